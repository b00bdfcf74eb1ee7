//! Randomness, injected, and the identifiers and secrets that are made from it.

/// A source of cryptographically strong random bytes.
pub trait Entropy: Send + Sync + std::fmt::Debug {
    /// Fills the buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

const LOWER: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The forms of identifier and secret that the wire knows (docs/wire/identifiers.md).
pub trait EntropyExt: Entropy {
    /// `length` characters drawn evenly from `alphabet` (at most 256 characters long).
    fn string(&self, alphabet: &[u8], length: usize) -> String {
        // Bytes at or above the largest multiple of the alphabet's size are dropped, so that no character is likelier.
        let limit = 256 - 256 % alphabet.len();
        let mut out = String::with_capacity(length);
        let mut buffer = [0_u8; 64];
        while out.len() < length {
            self.fill(&mut buffer);
            for byte in buffer {
                if usize::from(byte) < limit && out.len() < length {
                    out.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
                }
            }
        }
        out
    }

    /// Identifier of most rows (applications, resources, roles, logs…): 21 of `[0-9a-z]`.
    fn standard_id(&self) -> String {
        self.string(LOWER, 21)
    }

    /// Identifier of users, organizations and connectors: 12 of `[0-9a-z]`.
    fn short_id(&self) -> String {
        self.string(LOWER, 12)
    }

    /// Codes, opaque tokens, session, grant and interaction identifiers: 43 of `[A-Za-z0-9_-]`, 258 bits.
    fn opaque(&self) -> String {
        self.string(URL_SAFE, 43)
    }

    /// Application secrets, cookie keys and hook keys: 32 of `[0-9A-Za-z]`, 190 bits.
    fn secret(&self) -> String {
        self.string(ALPHANUMERIC, 32)
    }

    /// Identifier of a request, sent back as `Logto-Core-Request-Id`: 16 of `[A-Za-z0-9_-]`.
    fn request_id(&self) -> String {
        self.string(URL_SAFE, 16)
    }
}

impl<T: Entropy + ?Sized> EntropyExt for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Counting(std::sync::atomic::AtomicU8);
    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for byte in buffer {
                *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn identifiers_have_the_forms_of_the_wire() {
        let source = Counting(0.into());
        assert_eq!(source.standard_id().len(), 21);
        assert_eq!(source.short_id().len(), 12);
        assert!(
            source
                .standard_id()
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
        );
        let token = source.opaque();
        assert_eq!(token.len(), 43);
        assert!(
            token
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        assert_eq!(source.secret().len(), 32);
    }
}
