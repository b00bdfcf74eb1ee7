//! Refresh tokens as values. A token begins with the name of its family, which every successor keeps, so that a token
//! whose row is long gone still tells whose it was: using it again is reuse (RFC 9700 §4.14.2), and the family ends.

use crate::digest::sha256;
use soleira_core::entropy::OPAQUE_TIME;
use soleira_core::{Entropy, EntropyExt};

/// Characters that name the family: the time at which it began and 78 random bits. The 22 after them are the token's
/// own, 130 bits.
const FAMILY: usize = 21;

/// What is stored of a refresh token: of its family, and half a digest of all of it, so that the tokens of a family stand
/// side by side.
pub fn refresh_token_hash(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(&refresh_token_family(token));
    hash[16..].copy_from_slice(&sha256(token.as_bytes())[..16]);
    hash
}

/// How the hashes of a token's whole family begin: with the time, then 64 bits of a digest of the family's name. Families
/// that began one after the other stand side by side.
pub fn refresh_token_family(token: &str) -> [u8; 16] {
    let name = &token.as_bytes()[..token.len().min(FAMILY)];
    let time = &name[..name.len().min(OPAQUE_TIME)];
    let mut family = [0; 16];
    family[..time.len()].copy_from_slice(time);
    family[OPAQUE_TIME..].copy_from_slice(&sha256(name)[..16 - OPAQUE_TIME]);
    family
}

/// A new token of the same family: 43 characters of base64url, as every opaque token.
pub fn refresh_token_successor(token: &str, entropy: &dyn Entropy) -> String {
    let fresh = entropy.opaque();
    match (token.get(..FAMILY), fresh.get(FAMILY..)) {
        (Some(family), Some(own)) => format!("{family}{own}"),
        _ => fresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn a_successor_is_of_the_family_and_another_token() {
        let first = SystemEntropy.opaque();
        let second = refresh_token_successor(&first, &SystemEntropy);
        let third = refresh_token_successor(&second, &SystemEntropy);
        assert_eq!(third.len(), 43);
        assert_eq!(refresh_token_family(&first), refresh_token_family(&third));
        let hashes = [&first, &second, &third].map(|token| refresh_token_hash(token));
        assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2]);
        assert!(hashes.iter().all(|hash| hash[..16] == refresh_token_family(&first)));
        assert_ne!(
            refresh_token_family(&first),
            refresh_token_family(&SystemEntropy.opaque())
        );
    }

    #[test]
    fn any_text_may_be_presented() {
        for text in ["", "short", "ããããããããããããããããããããããããããããããã"] {
            assert_eq!(refresh_token_hash(text).len(), 32);
            assert_eq!(refresh_token_successor(text, &SystemEntropy).len(), 43);
        }
    }
}
