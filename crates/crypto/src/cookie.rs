//! Signatures of cookies, as clients of the wire know them (docs/wire/cookies.md): a companion cookie `<name>.sig`
//! carries HMAC-SHA1 over `name=value` in base64url without padding. The first of the tenant's cookie keys signs, each
//! of them verifies. HMAC-SHA1 is kept for the wire; its strength does not rest on SHA-1's collision resistance.

use crate::digest::{base64url, from_base64url};
use aws_lc_rs::hmac;

/// The value of `<name>.sig` for a cookie.
pub fn sign(key: &[u8], name: &str, value: &str) -> String {
    base64url(hmac::sign(&mac_key(key), &signed_text(name, value)).as_ref())
}

/// Whether one of the keys made this signature; compares in constant time.
pub fn verify<'k>(keys: impl IntoIterator<Item = &'k [u8]>, name: &str, value: &str, signature: &str) -> bool {
    let Some(signature) = from_base64url(signature) else {
        return false;
    };
    let text = signed_text(name, value);
    keys.into_iter()
        .any(|key| hmac::verify(&mac_key(key), &text, &signature).is_ok())
}

fn mac_key(key: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key)
}

fn signed_text(name: &str, value: &str) -> Vec<u8> {
    [name.as_bytes(), b"=", value.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_wire() {
        // printf '%s' '_session=abc' | openssl dgst -sha1 -hmac secret -binary | base64url
        assert_eq!(sign(b"secret", "_session", "abc"), "nZ4i7lHTMv_Y2lu45pVD_alcJEM");
    }

    #[test]
    fn every_key_verifies_and_nothing_else_does() {
        let (old, new) = (b"old".as_slice(), b"new".as_slice());
        let signature = sign(old, "_session", "abc");
        assert!(verify([new, old], "_session", "abc", &signature));
        assert!(!verify([new], "_session", "abc", &signature));
        assert!(!verify([old], "_session", "abd", &signature));
        assert!(!verify([old], "_interaction", "abc", &signature));
        assert!(!verify([old], "_session", "abc", ""));
        assert!(!verify([old], "_session", "abc", "not base64url!"));
        assert!(!verify([], "_session", "abc", &signature));
    }
}
