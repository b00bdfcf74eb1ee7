//! Passwords: a tenant's policy and the check against it, kept for compatibility in its codes, its order and its
//! tolerance (docs/wire/passwords.md).

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Which passwords the tenant accepts. Absent parts have their defaults, so `{}` means every rule is on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct PasswordPolicy {
    /// How long.
    pub length: Length,
    /// How varied.
    pub character_types: CharacterTypes,
    /// What it may not be.
    pub rejects: Rejects,
}

/// Length in UTF-16 code units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Length {
    /// At least 1; 8 if absent.
    pub min: u32,
    /// At least `min`; 256 if absent.
    pub max: u32,
}

impl Default for Length {
    fn default() -> Self {
        Self { min: 8, max: 256 }
    }
}

/// How many kinds of characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct CharacterTypes {
    /// Of lower-case letters, upper-case letters, digits and symbols, how many kinds: 1 to 4; 1 if absent.
    pub min: u32,
}

impl Default for CharacterTypes {
    fn default() -> Self {
        Self { min: 1 }
    }
}

/// What passwords may not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Rejects {
    /// On the list of leaked passwords; on if absent.
    pub pwned: bool,
    /// Mostly one character or a run such as `abc` or `123`; on if absent.
    pub repetition_and_sequence: bool,
    /// Mostly the person's own name, username, e-mail address or phone number; on if absent.
    pub user_info: bool,
    /// Mostly these words, whatever their case.
    pub words: Vec<String>,
}

impl Default for Rejects {
    fn default() -> Self {
        Self {
            pwned: true,
            repetition_and_sequence: true,
            user_info: true,
            words: Vec::new(),
        }
    }
}

/// What is wrong with a policy itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// A length below 1.
    #[error("lengths must be at least 1")]
    Length,
    /// The minimum is above the maximum.
    #[error("length.min must not be greater than length.max")]
    Order,
    /// More kinds of characters than there are, or none.
    #[error("characterTypes.min must be between 1 and 4")]
    CharacterTypes,
}

/// Checks that a policy can be met.
pub fn check_policy(policy: &PasswordPolicy) -> Result<(), PolicyFault> {
    if policy.length.min < 1 || policy.length.max < 1 {
        return Err(PolicyFault::Length);
    }
    if policy.length.min > policy.length.max {
        return Err(PolicyFault::Order);
    }
    if !(1..=4).contains(&policy.character_types.min) {
        return Err(PolicyFault::CharacterTypes);
    }
    Ok(())
}

/// What is known of the person who chooses the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UserInfo<'a> {
    /// What people call them.
    pub name: Option<&'a str>,
    /// Their username.
    pub username: Option<&'a str>,
    /// Their e-mail address.
    pub email: Option<&'a str>,
    /// Their phone number.
    pub phone: Option<&'a str>,
}

/// One reason why a password is not accepted, as the wire shows it: `{code, interpolation?}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Issue {
    /// `password_rejected.…`, which is also the key of its phrase.
    pub code: &'static str,
    /// What the phrase mentions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpolation: Option<Limit>,
}

/// The number that a rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// At least so many.
    Min(u32),
    /// At most so many.
    Max(u32),
}

impl Limit {
    /// The argument of the phrase: its name and its value.
    pub fn argument(self) -> (&'static str, u32) {
        match self {
            Self::Min(value) => ("min", value),
            Self::Max(value) => ("max", value),
        }
    }
}

impl Issue {
    const fn new(code: &'static str) -> Self {
        Self {
            code,
            interpolation: None,
        }
    }

    const fn with(code: &'static str, limit: Limit) -> Self {
        Self {
            code,
            interpolation: Some(limit),
        }
    }
}

/// Every reason, in the wire's order, why the policy does not accept the password; none if it does.
/// `is_breached` says whether the password is known from leaks (such as [`super::breached::is_listed`]).
pub fn check(
    policy: &PasswordPolicy,
    password: &str,
    user: &UserInfo<'_>,
    is_breached: impl FnOnce(&str) -> bool,
) -> Vec<Issue> {
    let mut issues = Vec::new();
    issues.extend(check_length(&policy.length, password));
    issues.extend(check_characters(&policy.character_types, password));
    if policy.rejects.pwned && is_breached(password) {
        issues.push(Issue::new("password_rejected.pwned"));
    }
    issues.extend(check_restricted(&policy.rejects, password, user));
    issues
}

fn check_length(policy: &Length, password: &str) -> Option<Issue> {
    let length = password.encode_utf16().count();
    if length < policy.min as usize {
        Some(Issue::with("password_rejected.too_short", Limit::Min(policy.min)))
    } else if length > policy.max as usize {
        Some(Issue::with("password_rejected.too_long", Limit::Max(policy.max)))
    } else {
        None
    }
}

fn check_characters(policy: &CharacterTypes, password: &str) -> Vec<Issue> {
    let is_symbol = |c: char| c.is_ascii_punctuation() || c == ' ';
    let has = |kind: &dyn Fn(char) -> bool| u32::from(password.chars().any(kind));
    let kinds = has(&|c| c.is_ascii_lowercase())
        + has(&|c| c.is_ascii_uppercase())
        + has(&|c| c.is_ascii_digit())
        + has(&is_symbol);
    let mut issues = Vec::new();
    if !password.chars().all(|c| c.is_ascii_alphanumeric() || is_symbol(c)) {
        issues.push(Issue::new("password_rejected.unsupported_characters"));
    }
    if kinds < policy.min {
        issues.push(Issue::with("password_rejected.character_types", Limit::Min(policy.min)));
    }
    issues
}

const REPETITION: &str = "password_rejected.restricted.repetition";
const SEQUENCE: &str = "password_rejected.restricted.sequence";
const WORDS: &str = "password_rejected.restricted.words";
const USER_INFO: &str = "password_rejected.restricted.user_info";

/// The shortest run that counts as a repetition or a sequence.
const SHORTEST_RUN: usize = 3;
/// So many characters must lie outside everything restricted (in a password of four or more).
const FREE_CHARACTERS: usize = 3;

/// So many characters are examined for restricted parts, to bound the work that a request can ask for.
const EXAMINED_CHARACTERS: usize = 1024;

/// A password may have restricted parts; it is refused when hardly anything else is left.
fn check_restricted(rejects: &Rejects, password: &str, user: &UserInfo<'_>) -> Vec<Issue> {
    let characters: Vec<char> = password.chars().take(EXAMINED_CHARACTERS).collect();
    let folded: Vec<char> = characters.iter().map(|&c| fold(c)).collect();
    let words: Vec<Vec<char>> = rejects.words.iter().map(|word| folded_characters(word)).collect();
    let person = Person::new(user);
    let mut marked = vec![false; characters.len()];
    let mut triggered: Vec<&'static str> = Vec::new();
    for start in 0..characters.len() {
        let mut hits = [(REPETITION, 0), (SEQUENCE, 0), (WORDS, 0), (USER_INFO, 0)];
        if rejects.repetition_and_sequence {
            hits[0].1 = repetition_at(&characters[start..]);
            hits[1].1 = sequence_at(&characters[start..]);
        }
        hits[2].1 = longest_at(&folded[start..], &words);
        if rejects.user_info {
            hits[3].1 = person.longest_at(&folded[start..]);
        }
        for (code, length) in hits {
            if length > 0 {
                marked[start..start + length].fill(true);
                if !triggered.contains(&code) {
                    triggered.push(code);
                }
            }
        }
    }
    let restricted = marked.iter().filter(|&&is_marked| is_marked).count();
    if restricted > characters.len().saturating_sub(FREE_CHARACTERS).max(1) {
        triggered.into_iter().map(Issue::new).collect()
    } else {
        Vec::new()
    }
}

/// Length of the run of one character at the start, or 0 if it is shorter than counts.
fn repetition_at(text: &[char]) -> usize {
    let run = text.iter().take_while(|&c| c == &text[0]).count();
    if run >= SHORTEST_RUN { run } else { 0 }
}

/// Digits, the alphabet, the rows of the keyboard and its columns; forwards and backwards, in lower and upper case.
static SEQUENCES: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    [
        "0123456789",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1qaz",
        "2wsx",
        "3edc",
        "4rfv",
        "5tgb",
        "6yhn",
        "7ujm",
        "8ik",
        "9ol",
    ]
    .iter()
    .flat_map(|sequence| [(*sequence).to_owned(), sequence.to_uppercase()])
    .flat_map(|sequence| [sequence.chars().collect(), sequence.chars().rev().collect()])
    .collect()
});

/// Length of the longest part of a sequence at the start, or 0 if it is shorter than counts.
fn sequence_at(text: &[char]) -> usize {
    let run = SEQUENCES
        .iter()
        .filter_map(|sequence| {
            let from = sequence.iter().position(|c| c == &text[0])?;
            Some(sequence[from..].iter().zip(text).take_while(|(a, b)| a == b).count())
        })
        .max()
        .unwrap_or(0);
    if run >= SHORTEST_RUN { run } else { 0 }
}

/// Length of the longest of the phrases that stands at the start; 0 if none does.
fn longest_at(text: &[char], phrases: &[Vec<char>]) -> usize {
    phrases
        .iter()
        .filter(|phrase| text.starts_with(phrase))
        .map(Vec::len)
        .max()
        .unwrap_or(0)
}

/// What a password may not consist of, because it is known of the person.
struct Person {
    full_name: Vec<Vec<char>>,
    words_of_name: Vec<Vec<char>>,
    others: Vec<Vec<char>>,
}

impl Person {
    fn new(user: &UserInfo<'_>) -> Self {
        let name = user.name.unwrap_or_default();
        let words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
        let local_part = user
            .email
            .map(|email| email.split_once('@').map_or(email, |(local, _)| local));
        Self {
            full_name: [name, &words.concat()].into_iter().map(folded_characters).collect(),
            words_of_name: words.into_iter().map(folded_characters).collect(),
            others: [user.username, local_part, user.phone]
                .into_iter()
                .flatten()
                .map(folded_characters)
                .collect(),
        }
    }

    /// The words of the name count only where the whole name does not stand.
    fn longest_at(&self, text: &[char]) -> usize {
        let name = match longest_at(text, &self.full_name) {
            0 => longest_at(text, &self.words_of_name),
            whole => whole,
        };
        name.max(longest_at(text, &self.others))
    }
}

fn folded_characters(text: &str) -> Vec<char> {
    text.chars().map(fold).collect()
}

/// One lower-case character for one character, so that positions stay.
fn fold(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const NOBODY: UserInfo<'_> = UserInfo {
        name: None,
        username: None,
        email: None,
        phone: None,
    };

    fn codes(policy: &PasswordPolicy, password: &str, user: &UserInfo<'_>) -> Vec<&'static str> {
        check(policy, password, user, |password| password == "leaked-one")
            .into_iter()
            .map(|issue| issue.code.strip_prefix("password_rejected.").expect("prefix"))
            .collect()
    }

    fn default_codes(password: &str) -> Vec<&'static str> {
        codes(&PasswordPolicy::default(), password, &NOBODY)
    }

    #[test]
    fn an_empty_policy_has_every_rule_on() {
        let policy: PasswordPolicy = serde_json::from_value(json!({})).expect("policy");
        assert_eq!(policy, PasswordPolicy::default());
        assert_eq!(
            serde_json::to_value(&policy).expect("json"),
            json!({
                "length": {"min": 8, "max": 256},
                "characterTypes": {"min": 1},
                "rejects": {"pwned": true, "repetitionAndSequence": true, "userInfo": true, "words": []},
            })
        );
        let partial: PasswordPolicy =
            serde_json::from_value(json!({"length": {"min": 4}, "rejects": {"userInfo": false}})).expect("policy");
        assert_eq!(partial.length, Length { min: 4, max: 256 });
        assert!(partial.rejects.pwned && !partial.rejects.user_info);
    }

    #[test]
    fn a_policy_that_nobody_can_meet_is_refused() {
        let policy = |value| serde_json::from_value::<PasswordPolicy>(value).expect("policy");
        assert_eq!(check_policy(&PasswordPolicy::default()), Ok(()));
        assert_eq!(
            check_policy(&policy(json!({"length": {"min": 0}}))),
            Err(PolicyFault::Length)
        );
        assert_eq!(
            check_policy(&policy(json!({"length": {"max": 7}}))),
            Err(PolicyFault::Order)
        );
        for min in [0, 5] {
            let refused = policy(json!({"characterTypes": {"min": min}}));
            assert_eq!(check_policy(&refused), Err(PolicyFault::CharacterTypes));
        }
    }

    #[test]
    fn length_is_counted_in_utf_16_units() {
        assert_eq!(default_codes("k9;Vt2x"), ["too_short"]);
        assert_eq!(default_codes("k9;Vt2xq"), [""; 0]);
        // A character outside the basic plane counts twice.
        assert_eq!(default_codes("k9;Vt2🎉"), ["unsupported_characters"]);
        let long: String = "k9;Vt2xq".repeat(33);
        assert_eq!(default_codes(&long), ["too_long"]);
        let issue = check(&PasswordPolicy::default(), "k9;Vt2x", &NOBODY, |_| false)[0];
        assert_eq!(
            serde_json::to_value(issue).expect("json"),
            json!({"code": "password_rejected.too_short", "interpolation": {"min": 8}})
        );
        assert_eq!(issue.interpolation.map(Limit::argument), Some(("min", 8)));
    }

    #[test]
    fn kinds_of_characters_are_counted() {
        let with = |min| PasswordPolicy {
            character_types: CharacterTypes { min },
            ..PasswordPolicy::default()
        };
        assert_eq!(codes(&with(2), "kvtxqpzm", &NOBODY), ["character_types"]);
        assert_eq!(codes(&with(2), "kvtx qpzm", &NOBODY), [""; 0]);
        assert_eq!(codes(&with(4), "kV7xqpzm", &NOBODY), ["character_types"]);
        assert_eq!(codes(&with(4), "kV7xq~zm", &NOBODY), [""; 0]);
        assert_eq!(codes(&with(1), "kvtéxqpzm", &NOBODY), ["unsupported_characters"]);
        assert_eq!(codes(&with(1), "kvt\txqpzm", &NOBODY), ["unsupported_characters"]);
    }

    #[test]
    fn leaked_passwords_are_refused_unless_the_policy_allows_them() {
        assert_eq!(default_codes("leaked-one"), ["pwned"]);
        let mut policy = PasswordPolicy::default();
        policy.rejects.pwned = false;
        assert_eq!(codes(&policy, "leaked-one", &NOBODY), [""; 0]);
    }

    #[test]
    fn repetitions_and_sequences_are_refused_when_hardly_anything_else_is_left() {
        assert_eq!(default_codes("aaaaaaaa"), ["restricted.repetition"]);
        assert_eq!(default_codes("12345678"), ["restricted.sequence"]);
        assert_eq!(default_codes("87654321"), ["restricted.sequence"]);
        assert_eq!(default_codes("QWERTYUI"), ["restricted.sequence"]);
        assert_eq!(
            default_codes("aaaa1234"),
            ["restricted.repetition", "restricted.sequence"]
        );
        assert_eq!(
            default_codes("1234aaaa"),
            ["restricted.sequence", "restricted.repetition"]
        );
        assert_eq!(default_codes("1qaz2wsx"), ["restricted.sequence"]);
        // Mixed case is no sequence.
        assert_eq!(default_codes("aBcDeFgH"), [""; 0]);
        let mut lenient = PasswordPolicy::default();
        lenient.rejects.repetition_and_sequence = false;
        assert_eq!(codes(&lenient, "aaaa1234", &NOBODY), [""; 0]);
    }

    #[test]
    fn three_free_characters_are_enough() {
        assert_eq!(default_codes("aaaaaaaaaxyk"), [""; 0], "nine of twelve are restricted");
        assert_eq!(
            default_codes("aaaaaaaaaaky"),
            ["restricted.repetition"],
            "ten of twelve are restricted"
        );
    }

    #[test]
    fn short_passwords_may_have_one_restricted_character() {
        let mut policy = PasswordPolicy {
            length: Length { min: 1, max: 9 },
            ..PasswordPolicy::default()
        };
        policy.rejects.words = vec!["k".to_owned()];
        assert_eq!(codes(&policy, "k", &NOBODY), [""; 0]);
        assert_eq!(codes(&policy, "kk", &NOBODY), ["restricted.words"]);
    }

    #[test]
    fn words_are_refused_whatever_their_case() {
        let mut policy = PasswordPolicy::default();
        policy.rejects.words = vec!["sole".to_owned(), "soleira".to_owned(), String::new()];
        assert_eq!(codes(&policy, "SoLeIrA7", &NOBODY), ["restricted.words"]);
        assert_eq!(codes(&policy, "soleira7xk", &NOBODY), [""; 0]);
    }

    #[test]
    fn what_is_known_of_the_person_is_refused() {
        let ana = UserInfo {
            name: Some("Ana Maria Souza"),
            username: Some("anams_1987"),
            email: Some("souza.ana@example.com"),
            phone: Some("5511987654321"),
        };
        let policy = PasswordPolicy::default();
        for own in [
            "ana maria souza",
            "AnaMariaSouza",
            "souza-ana",
            "Maria!Ana",
            "anams_1987",
            "SOUZA.ANA",
            "5511987654321",
        ] {
            assert!(codes(&policy, own, &ana).contains(&"restricted.user_info"), "{own}");
            assert!(!codes(&policy, own, &NOBODY).contains(&"restricted.user_info"), "{own}");
        }
        // Without `restricted.user_info`, free characters decide.
        assert_eq!(codes(&policy, "anams_1987kvx", &ana), [""; 0]);
        let mut lenient = PasswordPolicy::default();
        lenient.rejects.user_info = false;
        assert_eq!(codes(&lenient, "anams_1987", &ana), [""; 0]);
    }

    #[test]
    fn all_reasons_are_told_in_order() {
        let mut policy = PasswordPolicy {
            character_types: CharacterTypes { min: 2 },
            ..PasswordPolicy::default()
        };
        policy.rejects.words = vec!["ééé".to_owned()];
        assert_eq!(
            codes(&policy, "ééé", &NOBODY),
            [
                "too_short",
                "unsupported_characters",
                "character_types",
                "restricted.repetition",
                "restricted.words"
            ]
        );
        assert_eq!(default_codes(""), ["too_short", "character_types"]);
    }

    proptest! {
        #[test]
        fn no_password_makes_the_check_panic(password in ".{0,80}", name in ".{0,20}", word in ".{0,5}") {
            let mut policy = PasswordPolicy::default();
            policy.rejects.words = vec![word];
            let user = UserInfo { name: Some(&name), username: Some(&name), email: Some(&name), phone: None };
            let _ = check(&policy, &password, &user, super::super::breached::is_listed);
        }

        #[test]
        fn a_random_password_is_accepted(password in "[bdfhjlnprtvxz][13579][BDFHJLNPRTVXZ]-[bdfhjlnprtvxz][13579]!~[a-z]") {
            prop_assert!(check(&PasswordPolicy::default(), &password, &NOBODY, |_| false).is_empty());
        }
    }
}
