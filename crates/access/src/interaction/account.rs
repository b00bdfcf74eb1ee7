//! What the state machine needs to know of an account.

use soleira_core::UserId;
use soleira_core::model::User;

/// An account as the directory knows it at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub id: UserId,
    /// Suspended users sign in nowhere.
    pub is_suspended: bool,
    /// Their username.
    pub username: Option<String>,
    /// Their e-mail address; present means vouched for.
    pub primary_email: Option<String>,
    /// Their phone number.
    pub primary_phone: Option<String>,
    /// Whether a password was set.
    pub has_password: bool,
    /// Whether they can sign in with a provider.
    pub has_social_identity: bool,
}

impl Account {
    /// The account of a user, who has this many identities at providers.
    pub fn of(user: &User, identities: usize) -> Self {
        Self {
            id: user.id.clone(),
            is_suspended: user.is_suspended,
            username: user.username.clone(),
            primary_email: user.primary_email.clone(),
            primary_phone: user.primary_phone.clone(),
            has_password: user.password.is_some(),
            has_social_identity: identities > 0,
        }
    }
}
