//! Users: list, create, details, passwords.

use super::super::experience::PasswordRules;
use super::super::{Field, templates};
use super::{ErrorEntry, Pager};
use serde::Serialize;
use soleira_core::Timestamp;

/// A user in the list.
#[derive(Debug, Clone, Serialize)]
pub struct UserRow {
    /// Their name, or what comes nearest.
    pub title: String,
    /// What they sign in with, where it differs.
    pub identifier: Option<String>,
    /// Whether they may not sign in.
    pub suspended: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Their details.
    pub href: String,
}

/// `console/users.html`.
#[derive(Debug, Clone, Serialize)]
pub struct UsersPage {
    /// What is searched for.
    pub q: String,
    /// What is found.
    pub users: Vec<UserRow>,
    /// Which part of it this is.
    pub pager: Pager,
    /// Where a user is made.
    pub create_href: String,
}

/// `console/user-create.html`. Posts `name`, `username`, `email`, `phone`; the password is generated and shown once.
#[derive(Debug, Clone, Serialize)]
pub struct UserCreatePage {
    /// Where the form is posted to.
    pub action: String,
    /// What is wrong.
    pub errors: Vec<ErrorEntry>,
    /// Their name.
    pub name: Field,
    /// Their username.
    pub username: Field,
    /// Their e-mail.
    pub email: Field,
    /// Their phone number.
    pub phone: Field,
    /// The list of users.
    pub list_href: String,
}

/// An identity of a user at a provider.
#[derive(Debug, Clone, Serialize)]
pub struct IdentityRow {
    /// The provider's name.
    pub provider: String,
    /// Its logo, where its connector is known.
    pub logo: Option<String>,
    /// Its logo on dark, where it differs.
    pub dark_logo: Option<String>,
    /// The user's id there.
    pub id: String,
    /// Their name there.
    pub name: Option<String>,
    /// The e-mail that the provider tells.
    pub email: Option<String>,
    /// Whether the provider vouches for it.
    pub email_verified: bool,
}

/// `console/user.html`. Posts `name`, `username`, `email`, `phone`, `avatar`.
#[derive(Debug, Clone, Serialize)]
pub struct UserPage {
    /// Their id.
    pub id: String,
    /// Their name as saved, or what comes nearest.
    pub title: String,
    /// Whether they may not sign in.
    pub suspended: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// The list of users.
    pub list_href: String,
    /// Where the form is posted to.
    pub action: String,
    /// This page.
    pub here_href: String,
    /// What is wrong.
    pub errors: Vec<ErrorEntry>,
    /// Their name.
    pub name: Field,
    /// Their username.
    pub username: Field,
    /// Their e-mail.
    pub email: Field,
    /// Their phone number.
    pub phone: Field,
    /// The address of their picture.
    pub avatar: Field,
    /// Their identities at providers.
    pub identities: Vec<IdentityRow>,
    /// Whether they have a password.
    pub has_password: bool,
    /// Where a new password is asked for.
    pub password_href: String,
    /// Where suspension (or its end) is posted to.
    pub suspend_action: String,
    /// Where deletion is asked for.
    pub delete_href: String,
}

/// `console/user-password.html`: a new password. Posts `password`, or `generate=yes`.
#[derive(Debug, Clone, Serialize)]
pub struct UserPasswordPage {
    /// The user's name, or what comes nearest.
    pub title: String,
    /// Where the form is posted to.
    pub action: String,
    /// The password: its errors only.
    pub password: Field,
    /// What it has to be.
    pub rules: PasswordRules,
    /// The user's details.
    pub cancel_href: String,
}

/// `console/user-password-shown.html`: a password, shown whole once.
#[derive(Debug, Clone, Serialize)]
pub struct UserPasswordShownPage {
    /// The user's name, or what comes nearest.
    pub title: String,
    /// What they sign in with.
    pub identifier: String,
    /// The password.
    pub password: String,
    /// Whether the account was made with it just now.
    pub created: bool,
    /// The user's details.
    pub details_href: String,
}

templates! {
    UsersPage => "console/users.html",
    UserCreatePage => "console/user-create.html",
    UserPage => "console/user.html",
    UserPasswordPage => "console/user-password.html",
    UserPasswordShownPage => "console/user-password-shown.html",
}
