//! A local list of passwords that everybody tries first.
//!
//! `breached.txt` holds about two thousand of the commonest passwords of published leaks, written down by hand, in lower
//! case. It stops the guesses that an online attacker makes first; it is no substitute for a complete list of leaked
//! passwords, which has hundreds of millions of entries and would have to be asked over the network. Nothing here opens
//! a connection (docs/deviations.md, "Breached passwords"). An operator may add a list of their own: [`List`].

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

/// The list in ascending byte order, one password each.
static PASSWORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!("breached.txt").lines().collect());

/// Whether the password is on the built-in list, whatever its letters' case.
pub fn is_listed(password: &str) -> bool {
    let folded = password.to_lowercase();
    PASSWORDS.binary_search(&folded.as_str()).is_ok()
}

/// The built-in list and an operator's own. The latter takes 8 bytes a password, so that millions fit in memory.
#[derive(Debug, Clone, Default)]
pub struct List {
    fingerprints: Vec<u64>,
    /// These, letter by letter, in place of everything else.
    only: Option<&'static [&'static str]>,
}

impl List {
    /// The built-in list and these passwords besides; empty lines do not count.
    pub fn with<'a>(passwords: impl IntoIterator<Item = &'a str>) -> Self {
        let mut fingerprints: Vec<u64> = passwords
            .into_iter()
            .map(|line| line.trim_end_matches(['\r', '\n']))
            .filter(|line| !line.is_empty())
            .map(fingerprint)
            .collect();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        Self {
            fingerprints,
            only: None,
        }
    }

    /// These passwords and no others, as they are written: a list that a test can count on.
    pub const fn exactly(passwords: &'static [&'static str]) -> Self {
        Self {
            fingerprints: Vec::new(),
            only: Some(passwords),
        }
    }

    /// Whether the password is on either list, whatever its letters' case.
    pub fn contains(&self, password: &str) -> bool {
        if let Some(only) = self.only {
            return only.contains(&password);
        }
        is_listed(password) || self.fingerprints.binary_search(&fingerprint(password)).is_ok()
    }
}

/// A password stands for its 64-bit hash; of a billion, none is likely to be taken for another.
fn fingerprint(password: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    password.to_lowercase().hash(&mut hasher);
    hasher.finish()
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
    fn an_operators_list_counts_beside_the_built_in_one() {
        let list = List::with(["Our Old Password", "", "second\r"]);
        for refused in ["our old password", "SECOND", "123456"] {
            assert!(list.contains(refused), "{refused}");
        }
        assert!(!list.contains("") && !list.contains("third"));
        assert!(List::default().contains("password") && !List::default().contains("second-one"));
    }

    #[test]
    fn an_exact_list_takes_the_place_of_the_others() {
        let list = List::exactly(&["123456aA", "test_password"]);
        assert!(list.contains("123456aA") && list.contains("test_password"));
        for free in ["123456aa", "password", "", "123456"] {
            assert!(!list.contains(free), "{free}");
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
