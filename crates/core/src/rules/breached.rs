//! A local list of passwords that everybody tries first.
//!
//! `breached.txt` holds about two thousand of the commonest passwords of published leaks, written down by hand, in lower
//! case. It stops the guesses that an online attacker makes first; it is no substitute for a complete list of leaked
//! passwords, which has hundreds of millions of entries and would have to be asked over the network. Nothing here opens
//! a connection (docs/deviations.md, "Breached passwords").

use std::sync::LazyLock;

/// The list in ascending byte order, one password each.
static PASSWORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!("breached.txt").lines().collect());

/// Whether the password is on the list, whatever its letters' case.
pub fn is_listed(password: &str) -> bool {
    let folded = password.to_lowercase();
    PASSWORDS.binary_search(&folded.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_passwords_are_listed_in_any_case() {
        for common in [
            "123456",
            "password",
            "PassWord",
            "qwerty123",
            "123456aA",
            "test_password",
            "senha123",
        ] {
            assert!(is_listed(common), "{common}");
        }
    }

    #[test]
    fn only_the_whole_password_counts() {
        for own in [
            "",
            "password of mine",
            "xpassword",
            "correct horse battery staple",
            "tr0ub4dor&3x",
        ] {
            assert!(!is_listed(own), "{own}");
        }
    }

    #[test]
    fn the_list_is_sorted_distinct_and_lower_case() {
        assert!(PASSWORDS.len() >= 1000);
        assert!(PASSWORDS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            PASSWORDS
                .iter()
                .all(|line| !line.is_empty() && line.trim() == *line && line.to_lowercase() == *line)
        );
    }
}
