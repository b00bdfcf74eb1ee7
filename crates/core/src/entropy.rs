//! Randomness, injected, and the identifiers and secrets that are made from it.
//!
//! What is written all the time begins with the present: rows that follow each other then lie side by side in every index,
//! and a commit changes a few pages instead of one for each row (docs/decisions/0012).

use crate::Timestamp;

/// A source of cryptographically strong random bytes.
pub trait Entropy: Send + Sync + std::fmt::Debug {
    /// Fills the buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

const LOWER: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The characters of base64url in the order in which text sorts.
const SORTED: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/// How many characters of [`EntropyExt::timely_opaque`] tell the time.
pub const OPAQUE_TIME: usize = 8;
/// How many characters of [`EntropyExt::timely_id`] tell the time.
const ID_TIME: usize = 9;

/// Milliseconds since the epoch as `length` digits of an alphabet: later times sort after earlier ones.
fn digits(now: Timestamp, alphabet: &[u8], length: usize) -> String {
    let base = alphabet.len() as u64;
    let mut rest = u64::try_from(now.millis()).unwrap_or_default();
    let mut digits = vec![0; length];
    for digit in digits.iter_mut().rev() {
        *digit = alphabet[usize::try_from(rest % base).unwrap_or_default()];
        rest /= base;
    }
    digits.into_iter().map(char::from).collect()
}

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

    /// Identifier of rows that are written all the time (audit rows): as [`Self::standard_id`], but the first nine
    /// characters are the time. The other twelve, 62 random bits, tell those of a millisecond apart.
    fn timely_id(&self, now: Timestamp) -> String {
        digits(now, LOWER, ID_TIME) + &self.string(LOWER, 21 - ID_TIME)
    }

    /// Identifier of users, organizations and connectors: 12 of `[0-9a-z]`.
    fn short_id(&self) -> String {
        self.string(LOWER, 12)
    }

    /// Codes, opaque tokens, session, grant and interaction identifiers: 43 of `[A-Za-z0-9_-]`, 258 bits.
    fn opaque(&self) -> String {
        self.string(URL_SAFE, 43)
    }

    /// Codes, tokens and grants, which are written all the time: as [`Self::opaque`], but the first eight characters are
    /// the time. The other 35 are 210 random bits.
    fn timely_opaque(&self, now: Timestamp) -> String {
        digits(now, SORTED, OPAQUE_TIME) + &self.string(URL_SAFE, 43 - OPAQUE_TIME)
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

    #[test]
    fn what_is_written_all_the_time_sorts_by_time() {
        let source = Counting(0.into());
        let times = [0, 1, 63, 64, 1_700_000_000_000, 1_700_000_000_001, 1_900_000_000_000].map(Timestamp);
        let ids = times.map(|time| source.timely_id(time));
        let values = times.map(|time| source.timely_opaque(time));
        assert!(ids.is_sorted() && values.is_sorted(), "{ids:?} {values:?}");
        assert!(
            ids.iter()
                .all(|id| { id.len() == 21 && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()) })
        );
        assert!(values.iter().all(|value| {
            value.len() == 43
                && value
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        }));
        source.fill(&mut [0; 7]);
        assert_ne!(source.timely_id(times[4])[9..], ids[4][9..]);
        assert_ne!(source.timely_opaque(times[4])[8..], values[4][8..]);
    }
}
