//! Proof Key for Code Exchange (RFC 7636), `S256` only (RFC 9700 §2.1.1).

use crate::client::AuthMethod;
use crate::{Client, Error, Result};
use soleira_crypto::digest::{base64url, sha256};

/// Whether the text is a challenge or a verifier: 43 to 128 unreserved characters (RFC 7636 §4.1 and §4.2).
fn check_form(name: &str, text: &str) -> Result<()> {
    if text.len() < 43 {
        return Err(Error::invalid_request(format!(
            "{name} must be a string with a minimum length of 43 characters"
        )));
    }
    if text.len() > 128 {
        return Err(Error::invalid_request(format!(
            "{name} must be a string with a maximum length of 128 characters"
        )));
    }
    if !text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'~' | b'-'))
    {
        return Err(Error::invalid_request(format!("{name} contains invalid characters")));
    }
    Ok(())
}

/// The challenge of an authorization request (RFC 7636 §4.3): required unless the client sends a secret (docs/wire).
pub fn check_challenge(client: &Client, challenge: Option<&str>, method: Option<&str>) -> Result<()> {
    match (challenge, method) {
        (Some(_), None) => return Err(Error::invalid_request("code_challenge_method must be provided")),
        (None, Some(_)) => {
            return Err(Error::invalid_request(
                "code_challenge must be provided with code_challenge_method",
            ));
        }
        (Some(_), Some("S256")) | (None, None) => {}
        (Some(_), Some(_)) => return Err(Error::invalid_request("not supported value of code_challenge_method")),
    }
    match challenge {
        Some(challenge) => check_form("code_challenge", challenge),
        None if client.auth_method() == AuthMethod::ClientSecret => Ok(()),
        None => Err(Error::invalid_request(
            "Authorization Server policy requires PKCE to be used for this request",
        )),
    }
}

/// Compares the verifier of a token request with the stored challenge (RFC 7636 §4.6). A verifier without a challenge
/// is refused too: RFC 9700 §4.8.2, PKCE downgrade.
pub fn verify(verifier: Option<&str>, challenge: Option<&str>) -> Result<()> {
    match (verifier, challenge) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Error::invalid_grant("code_verifier is missing")),
        (Some(_), None) => Err(Error::invalid_grant("code_verifier given, but no code_challenge was")),
        (Some(verifier), Some(challenge)) => {
            check_form("code_verifier", verifier).map_err(|error| Error::invalid_grant(error.description()))?;
            // The challenge is public and the verifier is used once: nothing leaks through the comparison's timing.
            if challenge_of(verifier) == challenge {
                Ok(())
            } else {
                Err(Error::invalid_grant("code_verifier does not match"))
            }
        }
    }
}

/// The `S256` challenge of a verifier.
pub fn challenge_of(verifier: &str) -> String {
    base64url(&sha256(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::{spa, traditional};

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_holds() {
        assert_eq!(challenge_of(VERIFIER), CHALLENGE);
        assert!(verify(Some(VERIFIER), Some(CHALLENGE)).is_ok());
    }

    #[test]
    fn every_other_combination_fails() {
        let other = "x".repeat(43);
        assert!(verify(None, None).is_ok());
        for (verifier, challenge) in [
            (Some(VERIFIER), None),
            (None, Some(CHALLENGE)),
            (Some(other.as_str()), Some(CHALLENGE)),
            (Some("short"), Some(CHALLENGE)),
        ] {
            assert_eq!(
                verify(verifier, challenge).unwrap_err().description(),
                "grant request is invalid"
            );
        }
    }

    #[test]
    fn public_clients_must_challenge_and_only_with_s256() {
        let text = |client: &Client, challenge: Option<&str>, method: Option<&str>| {
            check_challenge(client, challenge, method).map_err(|e| e.description().to_owned())
        };
        assert_eq!(
            text(&spa(), None, None).unwrap_err(),
            "Authorization Server policy requires PKCE to be used for this request"
        );
        assert!(text(&traditional(), None, None).is_ok());
        assert_eq!(
            text(&spa(), Some(CHALLENGE), None).unwrap_err(),
            "code_challenge_method must be provided"
        );
        assert_eq!(
            text(&spa(), Some(VERIFIER), Some("plain")).unwrap_err(),
            "not supported value of code_challenge_method"
        );
        assert!(text(&spa(), Some(CHALLENGE), Some("S256")).is_ok());
        assert!(text(&spa(), Some("short"), Some("S256")).is_err());
        assert!(text(&spa(), Some(&"a".repeat(129)), Some("S256")).is_err());
        assert!(text(&spa(), Some(&"é".repeat(30)), Some("S256")).is_err());
    }
}
