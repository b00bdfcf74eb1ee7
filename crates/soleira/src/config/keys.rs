//! The keys that a new tenant begins with. What is wrong with one is said without a word of the key itself.

use super::ConfigError;
use super::reading::Reading;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use soleira_core::Secret;
use soleira_crypto::{Algorithm, KeyError, SigningKey};
use soleira_runtime::FirstKeys;

/// How many keys of a kind: one that signs, and the one before it.
const KEYS_MAX: usize = 2;
/// Shortest key of cookies, in bytes: shorter ones can be found by trying.
const COOKIE_KEY_MIN: usize = 16;
/// Longest key of cookies, in bytes.
const COOKIE_KEY_MAX: usize = 1024;

pub(super) fn first_keys(reading: &Reading<'_>) -> Result<FirstKeys, ConfigError> {
    let written = reading.list("oidc_private_keys")?;
    let paths = reading.list("oidc_private_key_paths")?;
    if !written.is_empty() && !paths.is_empty() {
        let problem = "the keys are given by OIDC_PRIVATE_KEYS already: one of the two, not both";
        return Err(reading.problem("oidc_private_key_paths", problem));
    }
    let mut token = Vec::new();
    for (number, text) in (1..).zip(&written) {
        let problem = |problem: String| reading.problem("oidc_private_keys", format!("key {number} {problem}"));
        token.push(private_key(text).map_err(problem)?);
    }
    for (number, path) in (1..).zip(&paths) {
        let name = if may_be_key(path) {
            format!("path {number}, which looks like a key (keys are OIDC_PRIVATE_KEYS),")
        } else {
            path.clone()
        };
        let problem = |problem: String| reading.problem("oidc_private_key_paths", format!("{name} {problem}"));
        let text = std::fs::read_to_string(path).map_err(|error| problem(format!("cannot be read: {error}")))?;
        token.push(private_key(&text).map_err(problem)?);
    }
    let key = if paths.is_empty() {
        "oidc_private_keys"
    } else {
        "oidc_private_key_paths"
    };
    if token.len() > KEYS_MAX {
        return Err(reading.problem(
            key,
            "two keys at most: the one that signs, and the one that signed before",
        ));
    }
    if let [first, second] = token.as_slice()
        && first.kid() == second.kid()
    {
        return Err(reading.problem(key, "both keys are the same"));
    }
    let token: Result<Vec<Secret>, KeyError> = token.iter().map(SigningKey::to_pkcs8_pem).collect();
    Ok(FirstKeys {
        token: token.map_err(|error| reading.problem(key, error))?,
        cookie: cookie_keys(reading)?,
    })
}

fn cookie_keys(reading: &Reading<'_>) -> Result<Vec<Secret>, ConfigError> {
    let key = "oidc_cookie_keys";
    let keys = reading.list(key)?;
    if keys.len() > KEYS_MAX {
        return Err(reading.problem(
            key,
            "two keys at most: the one that signs, and the one that signed before",
        ));
    }
    if keys
        .iter()
        .any(|key| !(COOKIE_KEY_MIN..=COOKIE_KEY_MAX).contains(&key.len()))
    {
        let problem = format!("a key has {COOKIE_KEY_MIN} to {COOKIE_KEY_MAX} characters");
        return Err(reading.problem(key, problem));
    }
    Ok(keys.into_iter().map(Secret::new).collect())
}

/// Whether what stands in the place of a path may be a key, which is not to be repeated.
fn may_be_key(path: &str) -> bool {
    path.contains("-----BEGIN") || path.contains('\n') || path.len() > 255
}

/// A private key in PEM, with line breaks or with `\n` in their place, or the base64 of that.
fn private_key(text: &str) -> Result<SigningKey, String> {
    let expected = || "is no private key in PEM, nor the base64 of one".to_owned();
    let text = text.trim();
    let pem = if text.contains("-----BEGIN ") {
        text.replace("\\n", "\n")
    } else {
        let compact: String = text.split_whitespace().collect();
        let decoded = STANDARD.decode(compact).map_err(|_| expected())?;
        String::from_utf8(decoded).map_err(|_| expected())?
    };
    // The parser's own words may repeat a line of what it read.
    let key = SigningKey::from_pem(&pem).map_err(|error| match error {
        KeyError::RsaSize(_) => format!("is {error}"),
        _ => expected(),
    })?;
    match key.alg() {
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 | Algorithm::Rs256 => Ok(key),
        _ => Err("is neither an EC key (P-256, P-384, P-521) nor an RSA key".to_owned()),
    }
}
