//! Password hashes: Argon2i for new ones, and every form that an import may bring (docs/wire/passwords.md).
//!
//! Hashing costs tens of milliseconds and megabytes on purpose. Callers run it on bounded threads, outside of any
//! transaction.

mod argon;
mod bcrypt;
mod legacy;

pub use argon::{Params, release_memory};

use crate::digest::{constant_time_eq, hex};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use soleira_core::Entropy;

/// How a stored password was hashed, by its name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PasswordMethod {
    /// Argon2i in a PHC string; the method of all new hashes.
    Argon2i,
    /// Argon2id in a PHC string.
    Argon2id,
    /// Argon2d in a PHC string.
    Argon2d,
    /// Bcrypt, 60 characters.
    Bcrypt,
    /// Lower-case hexadecimal MD5 of the password alone.
    #[serde(rename = "MD5")]
    Md5,
    /// Lower-case hexadecimal SHA-1 of the password alone.
    #[serde(rename = "SHA1")]
    Sha1,
    /// Lower-case hexadecimal SHA-256 of the password alone.
    #[serde(rename = "SHA256")]
    Sha256,
    /// A JSON array that says how: `["<algorithm>", ["argument", …, "@", …], "<expected>"]`.
    Legacy,
}

impl PasswordMethod {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Argon2i,
        Self::Argon2id,
        Self::Argon2d,
        Self::Bcrypt,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Legacy,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Argon2i => "Argon2i",
            Self::Argon2id => "Argon2id",
            Self::Argon2d => "Argon2d",
            Self::Bcrypt => "Bcrypt",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Legacy => "Legacy",
        }
    }

    /// The method of a name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// Whether a wrong password is found out so quickly that the time tells the account exists: [`decoy`] evens it out.
    pub const fn is_fast(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha1 | Self::Sha256 | Self::Legacy)
    }
}

/// Why a password could not be hashed or compared. To who is signing in, each of these is a wrong password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The stored form is not one of its method.
    #[error("the stored hash is malformed: {0}")]
    Malformed(&'static str),
    /// The stored form asks for more time or memory than one sign-in may take.
    #[error("the stored hash costs too much: {0}")]
    TooCostly(&'static str),
    /// The stored form names an algorithm that is not supported.
    #[error("the stored hash uses an unsupported algorithm: {0}")]
    UnsupportedAlgorithm(String),
    /// The hashing itself failed, for want of memory for one.
    #[error("hashing failed: {0}")]
    Hashing(String),
}

/// Hashes a new password with Argon2i into a PHC string.
pub fn hash(password: &str, params: Params, entropy: &dyn Entropy) -> Result<String, PasswordError> {
    let mut salt = [0; argon::SALT_BYTES];
    entropy.fill(&mut salt);
    argon::hash(password, params, &salt)
}

/// Whether the password is the one that was hashed. An error means that the stored form is unusable: treat it as a
/// wrong password, and log it.
pub fn verify(method: PasswordMethod, stored: &str, password: &str) -> Result<bool, PasswordError> {
    match method {
        PasswordMethod::Argon2i | PasswordMethod::Argon2id | PasswordMethod::Argon2d => {
            argon::Stored::parse(method, stored)?.verify(password)
        }
        PasswordMethod::Bcrypt => bcrypt::verify(stored, password),
        PasswordMethod::Md5 => Ok(same(stored, &hex(&md5::Md5::digest(password)))),
        PasswordMethod::Sha1 => Ok(same(stored, &hex(&sha1::Sha1::digest(password)))),
        PasswordMethod::Sha256 => Ok(same(stored, &hex(&sha2::Sha256::digest(password)))),
        PasswordMethod::Legacy => legacy::Legacy::parse(stored)?.verify(password),
    }
}

/// Does the work of verifying a password and forgets the result, so that an unknown user, or one without a password,
/// takes the time of a known one.
pub fn decoy(password: &str, params: Params) {
    // A failure means that real verifications fail at this moment too.
    drop(argon::hash(password, params, &[0; argon::SALT_BYTES]));
}

/// Whether the stored form should be replaced after the next successful sign-in: it is not Argon2i, or cheaper to
/// attack than `wanted`.
pub fn needs_rehash(method: PasswordMethod, stored: &str, wanted: Params) -> bool {
    method != PasswordMethod::Argon2i
        || argon::Stored::parse(method, stored).is_ok_and(|stored| stored.work() < wanted.work())
}

/// Checks a hash that an administrator wants to import, so that what could never be verified is refused at once.
/// Errors say whether the form is wrong, too costly, or names an unsupported algorithm.
pub fn validate_import(method: PasswordMethod, stored: &str) -> Result<(), PasswordError> {
    match method {
        PasswordMethod::Argon2i | PasswordMethod::Argon2id | PasswordMethod::Argon2d => {
            argon::Stored::parse(method, stored).map(drop)
        }
        PasswordMethod::Bcrypt => bcrypt::check(stored),
        PasswordMethod::Md5 => lower_hex(stored, 32),
        PasswordMethod::Sha1 => lower_hex(stored, 40),
        PasswordMethod::Sha256 => lower_hex(stored, 64),
        PasswordMethod::Legacy => legacy::Legacy::parse(stored).map(drop),
    }
}

fn lower_hex(stored: &str, length: usize) -> Result<(), PasswordError> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if stored.len() == length && stored.bytes().all(is_digit) {
        Ok(())
    } else {
        Err(PasswordError::Malformed(
            "it is not the lower-case hexadecimal form of its digest",
        ))
    }
}

fn same(stored: &str, computed: &str) -> bool {
    constant_time_eq(stored.as_bytes(), computed.as_bytes())
}

#[cfg(test)]
mod tests;
