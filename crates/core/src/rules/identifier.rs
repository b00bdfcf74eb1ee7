//! What people are found by: e-mail addresses, phone numbers and usernames, and the limits of short texts.
//! The forms are kept for compatibility: docs/wire/identifiers.md, "What people type".

/// Longest e-mail address, in characters.
pub const EMAIL_MAX: usize = 128;
/// Longest phone number, in digits.
pub const PHONE_MAX: usize = 128;
/// Longest username, in characters.
pub const USERNAME_MAX: usize = 128;
/// Longest name of a person, in characters.
pub const NAME_MAX: usize = 128;

/// Why a text is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing was given.
    #[error("must not be empty")]
    Empty,
    /// Longer than it may be, in characters.
    #[error("must have at most {max} characters")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// It has a control character: U+0000, a line break, a tab…
    #[error("must not contain control characters")]
    ControlCharacter,
    /// It does not have the form of an e-mail address, a phone number or a username.
    #[error("is not written correctly")]
    Malformed,
}

/// Checks a text of one line: not empty, at most `max` characters, no control characters.
pub fn check_line(text: &str, max: usize) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    if text.chars().count() > max {
        return Err(Fault::TooLong { max });
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::ControlCharacter);
    }
    Ok(())
}

/// Checks an e-mail address: a line that [`is_email`].
pub fn check_email(text: &str) -> Result<(), Fault> {
    check_line(text, EMAIL_MAX)?;
    if is_email(text) { Ok(()) } else { Err(Fault::Malformed) }
}

/// Checks a phone number: a line that [`is_phone`].
pub fn check_phone(text: &str) -> Result<(), Fault> {
    check_line(text, PHONE_MAX)?;
    if is_phone(text) { Ok(()) } else { Err(Fault::Malformed) }
}

/// Checks the form of a username, before the tenant's policy: a line that [`is_username`].
pub fn check_username(text: &str) -> Result<(), Fault> {
    check_line(text, USERNAME_MAX)?;
    if is_username(text) {
        Ok(())
    } else {
        Err(Fault::Malformed)
    }
}

/// Whether the text has the loose form of an e-mail address: something, `@`, something, `.`, something, and no space.
pub fn is_email(text: &str) -> bool {
    if text.chars().any(is_space) {
        return false;
    }
    // The first `@` that has something before it leaves the most room for the rest.
    let Some(first) = text.chars().next() else {
        return false;
    };
    let Some((_, domain)) = text[first.len_utf8()..].split_once('@') else {
        return false;
    };
    let Some(first) = domain.chars().next() else {
        return false;
    };
    domain[first.len_utf8()..]
        .char_indices()
        .any(|(at, c)| c == '.' && at + 1 < domain.len() - first.len_utf8())
}

/// Whether the text is a phone number: the digits of its international form, country code first, without `+`.
pub fn is_phone(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the text has the form of a username: an ASCII letter or `_`, then ASCII letters, digits and `_`.
pub fn is_username(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The form under which an e-mail address is looked up and unique. Addresses are stored as they were given.
pub fn fold_email(email: &str) -> String {
    email.to_lowercase()
}

/// The blanks of the wire's patterns (those of ECMAScript's `\s`).
fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_email_address_has_a_local_part_and_a_dotted_domain() {
        for good in [
            "a@b.c",
            "ana.souza+app@mail.example.com",
            "a@b@c.d",
            "é@é.é",
            "@@a.b",
            "a@..b",
            "a@b.c.",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.c",
            "a@.c",
            "a@b.",
            "a b@c.d",
            "a@b.c ",
            "a@\u{feff}b.c",
            "a@b\u{a0}.c",
            "a.b@",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn a_phone_number_is_digits() {
        assert!(is_phone("5511987654321"));
        for bad in ["", "+5511", "55 11", "٥", "1a"] {
            assert!(!is_phone(bad), "{bad}");
        }
    }

    #[test]
    fn a_username_starts_with_a_letter_or_underscore() {
        for good in ["a", "_", "Ana_9", "_1"] {
            assert!(is_username(good), "{good}");
        }
        for bad in ["", "1a", "a-b", "a b", "ana.souza", "josé", "a\n"] {
            assert!(!is_username(bad), "{bad}");
        }
    }

    #[test]
    fn lines_are_limited_and_free_of_control_characters() {
        assert_eq!(check_line("", 3), Err(Fault::Empty));
        assert_eq!(check_line("éée", 3), Ok(()));
        assert_eq!(check_line("abcd", 3), Err(Fault::TooLong { max: 3 }));
        for bad in ["a\0", "a\n", "\ta", "a\u{7f}", "a\u{85}"] {
            assert_eq!(check_line(bad, 3), Err(Fault::ControlCharacter), "{bad:?}");
        }
    }

    #[test]
    fn identifiers_are_checked_as_lines_first() {
        assert_eq!(check_email("a@b.c\0"), Err(Fault::ControlCharacter));
        assert_eq!(
            check_email(&format!("{}@b.c", "a".repeat(125))),
            Err(Fault::TooLong { max: EMAIL_MAX })
        );
        assert_eq!(check_email("nobody"), Err(Fault::Malformed));
        assert_eq!(check_phone(""), Err(Fault::Empty));
        assert_eq!(check_phone("+1"), Err(Fault::Malformed));
        assert_eq!(check_username("ana"), Ok(()));
        assert_eq!(check_username("9ana"), Err(Fault::Malformed));
    }

    #[test]
    fn an_email_address_is_looked_up_whatever_its_case() {
        assert_eq!(fold_email("Ana@Example.COM"), "ana@example.com");
        assert_eq!(fold_email("ÉLAN@example.com"), "élan@example.com");
    }

    /// `^\S+@\S+\.\S+$` by trying every place for `@` and `.`.
    fn matches_the_pattern(text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let solid = |part: &[char]| !part.is_empty() && !part.iter().copied().any(is_space);
        (0..chars.len()).filter(|&at| chars[at] == '@').any(|at| {
            (at + 1..chars.len())
                .filter(|&dot| chars[dot] == '.')
                .any(|dot| solid(&chars[..at]) && solid(&chars[at + 1..dot]) && solid(&chars[dot + 1..]))
        })
    }

    proptest! {
        #[test]
        fn the_email_rule_is_the_pattern_of_the_wire(text in "[a@. é]{0,9}") {
            prop_assert_eq!(is_email(&text), matches_the_pattern(&text));
        }

        #[test]
        fn no_text_makes_the_rules_panic(text in ".*") {
            let _ = (check_email(&text), check_phone(&text), check_username(&text), fold_email(&text));
        }
    }
}
