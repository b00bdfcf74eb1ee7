//! The lockout: who fails too often to prove an identifier is kept from trying it for a while (docs/wire/sign-in.md).
//!
//! A lock is of what was typed, whether an account has it or not, so that it tells nothing about accounts.

use super::verification::Identifier;
use crate::guard;
use soleira_core::model::SignInExperience;
use soleira_core::{Code, Error, Result, TenantId, Timestamp};
use soleira_crypto::digest::sha256;
use soleira_runtime::Ctx;
use soleira_runtime::guard::Limit;
use soleira_store::Tx;
use soleira_store::sentinel::{self, Activity};

/// How far back failures count, in milliseconds.
const WINDOW: i64 = 60 * 60 * 1000;
/// Failures within the window that lock, unless the tenant says otherwise.
const MAX_ATTEMPTS: u32 = 100;
/// How long a lock lasts in minutes, unless the tenant says otherwise.
const LOCKOUT_MINUTES: u32 = 60;

/// Wrong passwords that one address may try in a quarter of an hour: enough for an office behind one address, too few to
/// go through many accounts with one password each.
const PASSWORDS_PER_ADDRESS: Limit = Limit {
    purpose: "password",
    attempts: 100,
    window: 15 * 60 * 1000,
};
/// Accounts that one address may make in an hour: a class that registers together, and no flood.
const REGISTRATIONS_PER_ADDRESS: Limit = Limit {
    purpose: "registration",
    attempts: 300,
    window: 60 * 60 * 1000,
};

/// Messages that one address may ask for in a quarter of an hour: sending costs money, and annoys who did not ask.
const MESSAGES_PER_ADDRESS: Limit = Limit {
    purpose: "message",
    attempts: 100,
    window: 15 * 60 * 1000,
};

/// Counts a message that somebody asks for from this address: 429 when there were too many.
pub(super) fn guard_messages(ctx: &Ctx) -> Result<()> {
    guard::attempt(ctx, MESSAGES_PER_ADDRESS)
}

/// Counts a password that somebody tries from this address: 429 when there were too many wrong ones.
pub(super) fn guard_password(ctx: &Ctx) -> Result<()> {
    guard::attempt(ctx, PASSWORDS_PER_ADDRESS)
}

/// The password was right: it does not count.
pub(super) fn forgive_password(ctx: &Ctx) {
    guard::forgive(ctx, PASSWORDS_PER_ADDRESS);
}

/// Counts an account that somebody wants to make from this address: 429 when there were too many.
pub(super) fn guard_registration(ctx: &Ctx) -> Result<()> {
    guard::attempt(ctx, REGISTRATIONS_PER_ADDRESS)
}

/// What is locked: an identifier under the form in which it is compared, so that no other spelling gets round the lock.
#[derive(Debug, Clone)]
pub(super) struct Target {
    hash: [u8; 32],
    max_attempts: i64,
    lockout: i64,
}

impl Target {
    pub(super) fn of(experience: &SignInExperience, identifier: &Identifier) -> Self {
        let policy = &experience.sentinel_policy;
        Self {
            hash: sha256(identifier.key(experience).as_bytes()),
            max_attempts: policy.max_attempts.unwrap_or(MAX_ATTEMPTS).max(1).into(),
            lockout: i64::from(policy.lockout_duration.unwrap_or(LOCKOUT_MINUTES)) * 60_000,
        }
    }

    /// Refuses while it is locked.
    pub(super) async fn require_open(&self, tx: &mut Tx<'_>, tenant: &TenantId, now: Timestamp) -> Result<()> {
        match sentinel::blocked_until(tx, tenant, &self.hash, now).await? {
            Some(until) => Err(blocked(until, now)),
            None => Ok(()),
        }
    }

    /// Counts an attempt, made while it was open, and says whether it is locked now. The failure that reaches the limit is
    /// itself answered as locked, and so is whoever was right meanwhile: nobody learns the outcome of an attempt beyond
    /// the limit.
    pub(super) async fn report(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Ctx,
        id: &str,
        action: &str,
        succeeded: bool,
    ) -> soleira_store::Result<Result<()>> {
        let (tenant, now) = (&ctx.tenant.id, ctx.now());
        tx.lock(&format!(
            "sentinel:{tenant}:{}",
            soleira_crypto::digest::hex(&self.hash)
        ))
        .await?;
        let mut until = sentinel::blocked_until(tx, tenant, &self.hash, now).await?;
        if until.is_none() {
            let failures = sentinel::failures(tx, tenant, &self.hash, now.plus_millis(-WINDOW)).await?;
            if failures + i64::from(!succeeded) >= self.max_attempts {
                until = Some(now.plus_millis(self.lockout));
            }
        }
        let activity = Activity {
            id,
            target_hash: &self.hash,
            action,
            succeeded,
            blocked_until: until,
            created_at: now,
        };
        sentinel::insert(tx, tenant, &activity).await?;
        Ok(until.map_or(Ok(()), |until| Err(blocked(until, now))))
    }
}

/// The refusal, with the whole minutes until the lock ends.
fn blocked(until: Timestamp, now: Timestamp) -> Error {
    let minutes = (until.since(now) + 59_999) / 60_000;
    Error::new(Code::SessionVerificationBlockedTooManyAttempts).with("count", minutes.max(1))
}
