//! What people type to say who they are, made out: an e-mail address, a phone number or a username.

use super::verification::Identifier;
use soleira_core::model::{SignInExperience, SignInIdentifier};
use soleira_core::rules::identifier::{check_email, check_phone, check_username, fold_email};
use soleira_core::rules::username;
use soleira_directory::users::normalize_phone;

/// Longest text that is looked at: each identifier is shorter.
const LONGEST: usize = 256;

impl Identifier {
    /// Makes a typed text out, among the kinds with which the tenant's people sign in by password; `None` where it can be
    /// none of them, so that no account has it.
    ///
    /// Blanks around it are dropped, and from a phone number what people write between digits and before them.
    pub fn parse(experience: &SignInExperience, text: &str) -> Option<Self> {
        let text = text.trim();
        if text.chars().count() > LONGEST {
            return None;
        }
        password_kinds(experience).find_map(|kind| {
            let value = match kind {
                SignInIdentifier::Email => check_email(text).ok().map(|()| text.to_owned()),
                SignInIdentifier::Username => check_username(text).ok().map(|()| text.to_owned()),
                SignInIdentifier::Phone => {
                    let digits: String = text
                        .chars()
                        .filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')'))
                        .collect();
                    let digits = digits
                        .strip_prefix('+')
                        .or_else(|| digits.strip_prefix("00"))
                        .unwrap_or(&digits);
                    check_phone(digits).ok().and_then(|()| normalize_phone(digits).ok())
                }
            }?;
            Some(Self { kind, value })
        })
    }

    /// The form under which it is compared: spellings that find the same account share it.
    pub fn key(&self, experience: &SignInExperience) -> String {
        match self.kind {
            SignInIdentifier::Email => fold_email(&self.value),
            SignInIdentifier::Phone => stored_phone(&self.value),
            SignInIdentifier::Username => username::fold(&experience.username_policy, &self.value),
        }
    }
}

/// A phone number in the form in which accounts carry it; what is no phone number stays as it is.
pub(super) fn stored_phone(digits: &str) -> String {
    normalize_phone(digits).unwrap_or_else(|_| digits.to_owned())
}

/// The kinds of identifier with which people sign in by password, in the administrator's order.
pub fn password_kinds(experience: &SignInExperience) -> impl Iterator<Item = SignInIdentifier> {
    experience
        .sign_in
        .methods
        .iter()
        .filter(|method| method.password)
        .map(|method| method.identifier)
}
