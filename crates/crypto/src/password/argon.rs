//! Argon2 (RFC 9106) in PHC strings.

use super::{PasswordError, PasswordMethod};
use crate::digest::constant_time_eq;
use argon2::password_hash::phc::{self, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::cell::RefCell;

/// Length of the salt of new hashes.
pub(super) const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// Imported hashes may ask for no more than this: 256 MiB, 64 lanes, and four passes over a gibibyte of memory in
/// total, a few seconds of one core.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_LANES: u32 = 64;
const MAX_WORK: u64 = 4 * 1024 * 1024;

thread_local! {
    /// The memory of this thread's last hash, for its next one: fresh memory costs a page fault for every four blocks.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Blocks (KiB) that a thread keeps for its next hash: those of new hashes. An imported one may have had more.
const KEPT_BLOCKS: usize = Params::LOGTO.memory_kib as usize;

/// Gives back the memory that this thread keeps for its next hash.
pub fn release_memory() {
    MEMORY.with_borrow_mut(|memory| *memory = Vec::new());
}

/// Argon2 in this thread's memory. The first pass writes every block before any is read.
fn fill(argon: &Argon2<'_>, password: &str, salt: &[u8], out: &mut [u8]) -> argon2::Result<()> {
    let blocks = argon.params().block_count();
    MEMORY.with_borrow_mut(|memory| {
        if memory.len() < blocks {
            *memory = Vec::new();
            memory
                .try_reserve_exact(blocks)
                .map_err(|_| argon2::Error::OutOfMemory)?;
            memory.resize(blocks, Block::new());
        }
        let outcome = argon.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut memory[..blocks]);
        if blocks > KEPT_BLOCKS {
            *memory = Vec::new();
        }
        outcome
    })
}

/// What a new hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Params {
    /// The cost of hashes on the wire, so that an exported user signs in elsewhere: 8 MiB, 8 passes, one lane.
    pub const LOGTO: Self = Self {
        memory_kib: 8192,
        iterations: 8,
        parallelism: 1,
    };

    /// The least that Argon2 allows, for tests where the cost is not the point.
    pub const CHEAPEST: Self = Self {
        memory_kib: 8,
        iterations: 1,
        parallelism: 1,
    };

    /// Kibibytes filled in all: what an attacker pays, lanes aside.
    pub(super) fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }
}

/// Hashes with Argon2i 1.3 into a PHC string.
pub(super) fn hash(password: &str, params: Params, salt: &[u8]) -> Result<String, PasswordError> {
    let failed = |error: argon2::Error| PasswordError::Hashing(error.to_string());
    let Params {
        memory_kib,
        iterations,
        parallelism,
    } = params;
    let cost = argon2::Params::new(memory_kib, iterations, parallelism, Some(HASH_BYTES)).map_err(failed)?;
    let mut out = [0; HASH_BYTES];
    let argon = Argon2::new(Algorithm::Argon2i, Version::V0x13, cost);
    fill(&argon, password, salt, &mut out).map_err(failed)?;
    Ok(format!(
        "$argon2i$v=19$m={memory_kib},t={iterations},p={parallelism}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(out)
    ))
}

/// A stored hash whose form and cost were checked.
pub(super) struct Stored {
    argon: Argon2<'static>,
    salt: phc::Salt,
    expected: phc::Output,
}

impl Stored {
    pub(super) fn parse(method: PasswordMethod, stored: &str) -> Result<Self, PasswordError> {
        let (algorithm, name) = match method {
            PasswordMethod::Argon2i => (Algorithm::Argon2i, "argon2i"),
            PasswordMethod::Argon2id => (Algorithm::Argon2id, "argon2id"),
            PasswordMethod::Argon2d => (Algorithm::Argon2d, "argon2d"),
            _ => return Err(PasswordError::Malformed("its method is not Argon2")),
        };
        let phc = PasswordHash::new(stored).map_err(|_| PasswordError::Malformed("it is not a PHC string"))?;
        if phc.algorithm.as_str() != name {
            return Err(PasswordError::Malformed("its PHC string is of another algorithm"));
        }
        // A PHC string without a version is from before 1.3 introduced one.
        let version = match phc.version {
            None | Some(0x10) => Version::V0x10,
            Some(0x13) => Version::V0x13,
            Some(_) => return Err(PasswordError::Malformed("its version of Argon2 is unknown")),
        };
        let cost = argon2::Params::try_from(&phc)
            .map_err(|_| PasswordError::Malformed("its parameters are not those of Argon2"))?;
        if cost.m_cost() > MAX_MEMORY_KIB || cost.p_cost() > MAX_LANES || work(&cost) > MAX_WORK {
            return Err(PasswordError::TooCostly("memory, iterations or parallelism of Argon2"));
        }
        let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else {
            return Err(PasswordError::Malformed("its PHC string has no salt or no hash"));
        };
        Ok(Self {
            argon: Argon2::new(algorithm, version, cost),
            salt,
            expected,
        })
    }

    pub(super) fn verify(&self, password: &str) -> Result<bool, PasswordError> {
        let mut out = vec![0; self.expected.len()];
        fill(&self.argon, password, self.salt.as_ref(), &mut out)
            .map_err(|error| PasswordError::Hashing(error.to_string()))?;
        Ok(constant_time_eq(&out, self.expected.as_bytes()))
    }

    pub(super) fn work(&self) -> u64 {
        work(self.argon.params())
    }
}

fn work(cost: &argon2::Params) -> u64 {
    u64::from(cost.m_cost()) * u64::from(cost.t_cost())
}
