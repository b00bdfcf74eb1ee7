//! Digests, message authentication, comparison in constant time, and the encodings of the wire.

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use soleira_core::entropy::OPAQUE_TIME;

/// SHA-256 of some bytes.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// What is stored of a bearer that is never shown again (codes, refresh and opaque access tokens, session ids): its
/// SHA-256. These carry 258 random bits, so a plain digest gives nothing away.
pub fn token_hash(token: &str) -> [u8; 32] {
    sha256(token.as_bytes())
}

/// What is stored of a bearer that begins with the time (`EntropyExt::timely_opaque`): that beginning, then 192 bits of
/// the digest of all of it. Its 210 random bits stay unknown, and rows written one after the other lie side by side.
pub fn timely_token_hash(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    let time = &token.as_bytes()[..token.len().min(OPAQUE_TIME)];
    hash[..time.len()].copy_from_slice(time);
    hash[OPAQUE_TIME..].copy_from_slice(&sha256(token.as_bytes())[..32 - OPAQUE_TIME]);
    hash
}

/// HMAC-SHA256 of some bytes under a key of any length.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref());
    out
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Lower-case hexadecimal.
pub fn hex(data: &[u8]) -> String {
    hex::encode(data)
}

/// Base64url without padding (RFC 4648 §5, RFC 7515 §2).
pub fn base64url(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(data)
}

/// Reads base64url without padding; nothing else is accepted: no padding, no stray bits, no whitespace.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(
            hex(&sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        // RFC 4231 §4.3
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn base64url_is_strict() {
        assert_eq!(from_base64url("-_8").as_deref(), Some(&[0xfb, 0xff][..]));
        for bad in ["-_8=", "-_9", "+/8", "-_ 8", "-"] {
            assert_eq!(from_base64url(bad), None, "{bad}");
        }
    }

    #[test]
    fn bearers_of_a_time_lie_side_by_side() {
        let hashes = ["0Zk1aB-_one", "0Zk1aB-_two", "0Zk1aB-ztwo", "0Zk1", ""].map(timely_token_hash);
        assert!(hashes[0][..8] == hashes[1][..8] && hashes[0][8..] != hashes[1][8..]);
        assert!(hashes[2] != hashes[1] && hashes[3] != hashes[4]);
    }

    #[test]
    fn comparison() {
        assert!(constant_time_eq(b"same", b"same"));
        assert!(!constant_time_eq(b"same", b"sama"));
        assert!(!constant_time_eq(b"same", b"longer"));
    }
}
