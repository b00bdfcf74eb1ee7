//! Usernames: what a tenant's policy accepts, and how a name from elsewhere becomes one.
//! Order and codes are kept for compatibility: docs/wire/identifiers.md, "Usernames".

use crate::model::UsernamePolicy;
use crate::rules::identifier::USERNAME_MAX;
use crate::{Code, Error};

/// What a username breaks; the first one in this order is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// Nothing was given.
    Required,
    /// The first character is a digit.
    StartsWithNumber,
    /// A character other than ASCII letters, digits and `_`.
    InvalidCharset,
    /// Fewer characters than the policy's minimum.
    TooShort {
        /// The minimum.
        min: u32,
    },
    /// More characters than the policy's maximum.
    TooLong {
        /// The maximum.
        max: u32,
    },
    /// The policy has no upper-case letters.
    UppercaseNotAllowed,
    /// The policy has no lower-case letters.
    LowercaseNotAllowed,
    /// The policy has no digits.
    NumbersNotAllowed,
    /// The policy has no `_`.
    UnderscoreNotAllowed,
}

impl Violation {
    /// Its code on the wire.
    pub const fn code(self) -> Code {
        match self {
            Self::Required => Code::UserUsernameRequired,
            Self::StartsWithNumber => Code::UserUsernameStartsWithNumber,
            Self::InvalidCharset => Code::UserUsernameInvalidCharsetHard,
            Self::TooShort { .. } => Code::UserUsernameTooShort,
            Self::TooLong { .. } => Code::UserUsernameTooLong,
            Self::UppercaseNotAllowed => Code::UserUsernameUppercaseNotAllowed,
            Self::LowercaseNotAllowed => Code::UserUsernameLowercaseNotAllowed,
            Self::NumbersNotAllowed => Code::UserUsernameNumbersNotAllowed,
            Self::UnderscoreNotAllowed => Code::UserUsernameUnderscoreNotAllowed,
        }
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        let error = Self::new(violation.code());
        match violation {
            Violation::TooShort { min } => error.with("min", min),
            Violation::TooLong { max } => error.with("max", max),
            _ => error,
        }
    }
}

/// What is wrong with a policy itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// A length outside 1 to 128.
    #[error("lengths must be between 1 and 128")]
    Length,
    /// The minimum is above the maximum.
    #[error("minLength must not be greater than maxLength")]
    Order,
    /// Neither letters nor `_` are allowed, so that no name could begin.
    #[error("letters or the underscore must be allowed")]
    Characters,
}

/// Checks that a policy can be met.
pub fn check_policy(policy: &UsernamePolicy) -> Result<(), PolicyFault> {
    let possible = 1..=128;
    if !possible.contains(&policy.min_length) || !possible.contains(&policy.max_length) {
        return Err(PolicyFault::Length);
    }
    if policy.min_length > policy.max_length {
        return Err(PolicyFault::Order);
    }
    let allowed = &policy.allowed_chars;
    if !(allowed.lowercase || allowed.uppercase || allowed.underscore) {
        return Err(PolicyFault::Characters);
    }
    Ok(())
}

/// Checks a username: first what holds everywhere, then the tenant's policy.
pub fn check(policy: &UsernamePolicy, name: &str) -> Result<(), Violation> {
    let Some(first) = name.bytes().next() else {
        return Err(Violation::Required);
    };
    if first.is_ascii_digit() {
        return Err(Violation::StartsWithNumber);
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(Violation::InvalidCharset);
    }
    // Only ASCII is left: bytes are characters.
    let (length, min, max) = (name.len(), policy.min_length, policy.max_length);
    if length < min as usize {
        return Err(Violation::TooShort { min });
    }
    if length > (max as usize).min(USERNAME_MAX) {
        return Err(Violation::TooLong { max });
    }
    let allowed = &policy.allowed_chars;
    if !allowed.uppercase && name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(Violation::UppercaseNotAllowed);
    }
    if !allowed.lowercase && name.bytes().any(|b| b.is_ascii_lowercase()) {
        return Err(Violation::LowercaseNotAllowed);
    }
    if !allowed.numbers && name.bytes().any(|b| b.is_ascii_digit()) {
        return Err(Violation::NumbersNotAllowed);
    }
    if !allowed.underscore && name.contains('_') {
        return Err(Violation::UnderscoreNotAllowed);
    }
    Ok(())
}

/// The form under which a username is looked up: as given, or lower-case where the policy does not tell case apart.
pub fn fold(policy: &UsernamePolicy, name: &str) -> String {
    if policy.case_sensitive {
        name.to_owned()
    } else {
        name.to_lowercase()
    }
}

/// A username that the policy accepts, as near as possible to the name that a provider prefers for the person;
/// `None` where too little of it remains. Whether it is free is not known here.
pub fn suggest(policy: &UsernamePolicy, preferred: &str) -> Option<String> {
    let allowed = &policy.allowed_chars;
    let mut name = String::new();
    for c in preferred.trim().chars().take(4 * USERNAME_MAX).map(without_accent) {
        match c {
            'a'..='z' | 'A'..='Z' => {
                let wanted = if c.is_ascii_lowercase() {
                    allowed.lowercase
                } else {
                    allowed.uppercase
                };
                if wanted {
                    name.push(c);
                } else if allowed.lowercase {
                    name.push(c.to_ascii_lowercase());
                } else if allowed.uppercase {
                    name.push(c.to_ascii_uppercase());
                }
            }
            '0'..='9' if allowed.numbers => name.push(c),
            '_' | '-' | '.' | ' ' | '+' if allowed.underscore && !name.ends_with('_') => name.push('_'),
            // What stands after `@` in an address used as a name is the provider's, not the person's.
            '@' if !name.is_empty() => break,
            _ => {}
        }
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        let first = if allowed.underscore {
            '_'
        } else if allowed.lowercase {
            'u'
        } else {
            'U'
        };
        name.insert(0, first);
    }
    name.truncate((policy.max_length as usize).min(USERNAME_MAX));
    let has_substance = name.bytes().any(|b| b.is_ascii_alphanumeric());
    (has_substance && check(policy, &name).is_ok()).then_some(name)
}

/// The base letter of the accented Latin letters that people's names have most often.
fn without_accent(c: char) -> char {
    let base = match c.to_lowercase().next().unwrap_or(c) {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => 'i',
        'ł' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' | 'ș' => 's',
        'ť' | 'ţ' | 'ț' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        _ => return c,
    };
    if c.is_uppercase() {
        base.to_ascii_uppercase()
    } else {
        base
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AllowedChars;
    use proptest::prelude::*;

    fn policy(min: u32, max: u32, characters: &str) -> UsernamePolicy {
        UsernamePolicy {
            case_sensitive: true,
            min_length: min,
            max_length: max,
            allowed_chars: AllowedChars {
                lowercase: characters.contains('a'),
                uppercase: characters.contains('A'),
                numbers: characters.contains('0'),
                underscore: characters.contains('_'),
            },
        }
    }

    #[test]
    fn what_holds_everywhere_comes_before_the_policy() {
        let strict = policy(5, 6, "a");
        assert_eq!(check(&strict, ""), Err(Violation::Required));
        assert_eq!(check(&strict, "1!"), Err(Violation::StartsWithNumber));
        assert_eq!(check(&strict, "a!"), Err(Violation::InvalidCharset));
        assert_eq!(check(&strict, "jos\u{e9}s"), Err(Violation::InvalidCharset));
        assert_eq!(check(&strict, "A_1"), Err(Violation::TooShort { min: 5 }));
        assert_eq!(check(&strict, "A_1A_1A"), Err(Violation::TooLong { max: 6 }));
        assert_eq!(check(&strict, "A_123"), Err(Violation::UppercaseNotAllowed));
        assert_eq!(check(&policy(1, 9, "A"), "Ab_1"), Err(Violation::LowercaseNotAllowed));
        assert_eq!(check(&strict, "a_123"), Err(Violation::NumbersNotAllowed));
        assert_eq!(check(&strict, "a_bcd"), Err(Violation::UnderscoreNotAllowed));
        assert_eq!(check(&strict, "abcde"), Ok(()));
    }

    #[test]
    fn the_default_policy_accepts_every_well_formed_name() {
        let default = UsernamePolicy::default();
        assert_eq!(check(&default, "_"), Ok(()));
        assert_eq!(check(&default, &"a".repeat(128)), Ok(()));
        assert_eq!(check(&default, &"a".repeat(129)), Err(Violation::TooLong { max: 128 }));
    }

    #[test]
    fn a_violation_becomes_the_error_of_the_wire() {
        let error = Error::from(Violation::TooShort { min: 4 });
        assert_eq!(error.code().as_str(), "user.username_too_short");
        assert_eq!(error.status(), 422);
        assert_eq!(error.args(), [("min", "4".to_owned())]);
    }

    #[test]
    fn a_policy_that_nobody_can_meet_is_refused() {
        assert_eq!(check_policy(&UsernamePolicy::default()), Ok(()));
        assert_eq!(check_policy(&policy(0, 5, "a")), Err(PolicyFault::Length));
        assert_eq!(check_policy(&policy(1, 129, "a")), Err(PolicyFault::Length));
        assert_eq!(check_policy(&policy(5, 4, "a")), Err(PolicyFault::Order));
        assert_eq!(check_policy(&policy(1, 5, "0")), Err(PolicyFault::Characters));
        assert_eq!(check_policy(&policy(1, 5, "_")), Ok(()));
    }

    #[test]
    fn case_counts_where_the_policy_says_so() {
        let mut tenant = UsernamePolicy::default();
        assert_eq!(fold(&tenant, "Ana"), "Ana");
        tenant.case_sensitive = false;
        assert_eq!(fold(&tenant, "Ana"), "ana");
    }

    #[test]
    fn a_preferred_name_becomes_a_username() {
        let any = UsernamePolicy::default();
        for (preferred, expected) in [
            ("ana", "ana"),
            ("Ana-Souza", "Ana_Souza"),
            ("ana.m.souza", "ana_m_souza"),
            ("José da Conceição", "Jose_da_Conceicao"),
            ("42cats", "_42cats"),
            ("ana@example.com", "ana"),
            ("@ana", "ana"),
            ("a--b", "a_b"),
            ("ana🎉", "ana"),
        ] {
            assert_eq!(suggest(&any, preferred).as_deref(), Some(expected), "{preferred}");
        }
        assert_eq!(suggest(&policy(1, 20, "a0"), "Ana-Souza").as_deref(), Some("anasouza"));
        assert_eq!(suggest(&policy(1, 20, "A_"), "ana9").as_deref(), Some("ANA"));
        assert_eq!(suggest(&policy(1, 20, "a0"), "9lives").as_deref(), Some("u9lives"));
        assert_eq!(suggest(&policy(1, 3, "a"), "anabela").as_deref(), Some("ana"));
    }

    #[test]
    fn too_little_of_a_name_is_no_suggestion() {
        for nothing in ["", "   ", "🎉", "---", "李雷", "\0\0"] {
            assert_eq!(suggest(&UsernamePolicy::default(), nothing), None, "{nothing:?}");
        }
        assert_eq!(suggest(&policy(4, 20, "a"), "ana"), None);
    }

    proptest! {
        #[test]
        fn every_suggestion_is_accepted(
            preferred in ".{0,200}",
            min in 1_u32..9,
            span in 0_u32..120,
            characters in "[aA0_]{0,4}",
        ) {
            let policy = policy(min, min + span, &characters);
            if let Some(name) = suggest(&policy, &preferred) {
                prop_assert_eq!(check(&policy, &name), Ok(()));
            }
        }
    }
}
