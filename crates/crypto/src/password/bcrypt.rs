//! Bcrypt, as imports bring it.

use super::PasswordError;

/// The highest cost that a sign-in may take: two seconds of one core. Each step more doubles it.
const MAX_COST: u32 = 15;
/// Bcrypt reads no further (and this includes its closing NUL in most implementations).
const MAX_PASSWORD_BYTES: usize = 72;

/// Whether the password is the one that was hashed. An empty password, and one longer than bcrypt reads, never match:
/// the rest of a long one would go unchecked.
pub(super) fn verify(stored: &str, password: &str) -> Result<bool, PasswordError> {
    check(stored)?;
    if password.is_empty() || password.len() > MAX_PASSWORD_BYTES {
        return Ok(false);
    }
    ::bcrypt::verify(password, stored).map_err(|_| PasswordError::Malformed("it is not a bcrypt hash"))
}

/// Checks form (`$2b$10$…`, 60 characters) and cost.
pub(super) fn check(stored: &str) -> Result<(), PasswordError> {
    const MALFORMED: PasswordError = PasswordError::Malformed("it is not a bcrypt hash");
    let parts: ::bcrypt::HashParts = stored.parse().map_err(|_| MALFORMED)?;
    match parts.get_cost() {
        4..=MAX_COST => Ok(()),
        16..=31 => Err(PasswordError::TooCostly("bcrypt cost")),
        _ => Err(MALFORMED),
    }
}
