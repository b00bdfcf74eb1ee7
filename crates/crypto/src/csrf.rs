//! CSRF tokens of forms: a fresh nonce and HMAC-SHA256 over it and over what the token is bound to (a session, an
//! interaction), so that a token made for one browser is worth nothing in another and no state is kept.

use crate::digest::{base64url, from_base64url};
use aws_lc_rs::hmac;
use soleira_core::Entropy;

const NONCE: usize = 16;
const TAG: usize = 32;

/// A token for forms shown to the holder of `binding`; 64 characters of base64url.
pub fn token(key: &[u8], binding: &str, entropy: &dyn Entropy) -> String {
    let mut bytes = [0; NONCE + TAG];
    entropy.fill(&mut bytes[..NONCE]);
    let tag = hmac::sign(&mac_key(key), &authenticated(&bytes[..NONCE], binding));
    bytes[NONCE..].copy_from_slice(tag.as_ref());
    base64url(&bytes)
}

/// Whether `token` was made under this key for this binding.
pub fn verify(key: &[u8], binding: &str, token: &str) -> bool {
    let Some(bytes) = from_base64url(token).filter(|bytes| bytes.len() == NONCE + TAG) else {
        return false;
    };
    let (nonce, tag) = bytes.split_at(NONCE);
    hmac::verify(&mac_key(key), &authenticated(nonce, binding), tag).is_ok()
}

fn mac_key(key: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key)
}

fn authenticated(nonce: &[u8], binding: &str) -> Vec<u8> {
    [b"csrf\0", nonce, binding.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn a_token_is_bound_to_key_and_session() {
        let made = token(b"key", "session", &SystemEntropy);
        assert_eq!(made.len(), 64);
        assert_ne!(made, token(b"key", "session", &SystemEntropy));
        assert!(verify(b"key", "session", &made));
        assert!(!verify(b"other", "session", &made));
        assert!(!verify(b"key", "another session", &made));
        assert!(!verify(b"key", "session", &made[1..]));
        assert!(!verify(b"key", "session", ""));
    }
}
