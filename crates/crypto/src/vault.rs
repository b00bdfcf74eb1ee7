//! The vault: secrets that must be read again are sealed under the key-encryption key of the installation, and those
//! that must be found by value get a keyed hash beside it. The key itself never reaches the database.

use crate::digest::{constant_time_eq, hex, hmac_sha256};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use soleira_core::Entropy;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Version of the envelope: AES-256-GCM with a random nonce of 96 bits.
const VERSION: u8 = 1;
const KEK_ID: usize = 8;
const NONCE: usize = 12;
const TAG: usize = 16;
const HEADER: usize = 1 + KEK_ID + NONCE;

/// Why the vault cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The key is not 32 bytes in base64.
    #[error("the key-encryption key must be 32 bytes in base64 (make one with `openssl rand -base64 32`): {0}")]
    BadKey(String),
    /// The database was made with another key.
    #[error("the key-encryption key is not the one that this database was sealed with")]
    WrongKey,
    /// The envelope was sealed under another key.
    #[error("sealed under the key-encryption key {found}, and this server has {expected}")]
    OtherKey {
        /// Identifier of the key that sealed it.
        found: String,
        /// Identifier of the key at hand.
        expected: String,
    },
    /// The envelope is not one of ours, was changed, or belongs elsewhere.
    #[error("not a sealed value of this context")]
    BadEnvelope,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}

/// The keys derived from the key-encryption key, one for each purpose (HKDF-SHA256, RFC 5869).
///
/// A sealed value is `version (1) ‖ kek_id (8) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`; header and context are
/// authenticated, so that a value moved to another row or column does not open.
pub struct Vault {
    seal: LessSafeKey,
    lookup: hmac::Key,
    derive: Zeroizing<[u8; 32]>,
    check: [u8; 32],
    kek_id: [u8; KEK_ID],
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({})", self.kek_id())
    }
}

impl Vault {
    /// A vault under this key-encryption key; nonces come from `entropy`.
    pub fn new(kek: Zeroizing<[u8; 32]>, entropy: Arc<dyn Entropy>) -> Result<Self, VaultError> {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"soleira vault").extract(kek.as_slice());
        let expand = |purpose: &[u8]| -> Result<Zeroizing<[u8; 32]>, VaultError> {
            let mut key = Zeroizing::new([0; 32]);
            prk.expand(&[purpose], hkdf::HKDF_SHA256)
                .and_then(|okm| okm.fill(key.as_mut_slice()))
                .map_err(|_| VaultError::Library)?;
            Ok(key)
        };
        let seal = UnboundKey::new(&AES_256_GCM, expand(b"seal")?.as_slice()).map_err(|_| VaultError::Library)?;
        let mut kek_id = [0; KEK_ID];
        kek_id.copy_from_slice(&expand(b"id")?[..KEK_ID]);
        Ok(Self {
            seal: LessSafeKey::new(seal),
            lookup: hmac::Key::new(hmac::HMAC_SHA256, expand(b"lookup")?.as_slice()),
            derive: expand(b"derive")?,
            check: *expand(b"check")?,
            kek_id,
            entropy,
        })
    }

    /// Reads a key-encryption key as operators give it (`SECRET_VAULT_KEK`, `data/soleira.key`): 32 bytes in base64, in
    /// either alphabet, with or without padding, surrounding whitespace ignored.
    pub fn parse_kek(text: &str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        const LENIENT: GeneralPurposeConfig =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let text = text.trim();
        if text.is_empty() {
            return Err(VaultError::BadKey("it is empty".to_owned()));
        }
        let alphabet = if text.contains(['-', '_']) {
            &alphabet::URL_SAFE
        } else {
            &alphabet::STANDARD
        };
        let bytes = Zeroizing::new(
            GeneralPurpose::new(alphabet, LENIENT)
                .decode(text)
                .map_err(|_| VaultError::BadKey("it is not base64".to_owned()))?,
        );
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return Err(VaultError::BadKey(format!("it has {} bytes", bytes.len())));
        }
        key.copy_from_slice(&bytes);
        Ok(key)
    }

    /// Names the key-encryption key without telling anything about it: 16 hexadecimal digits.
    pub fn kek_id(&self) -> String {
        hex(&self.kek_id)
    }

    /// Seals a secret for one context, such as `connector.config:default:abc123`.
    pub fn seal(&self, context: &str, plaintext: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut envelope = Vec::with_capacity(HEADER + plaintext.len() + TAG);
        envelope.push(VERSION);
        envelope.extend_from_slice(&self.kek_id);
        let mut nonce = [0; NONCE];
        self.entropy.fill(&mut nonce);
        envelope.extend_from_slice(&nonce);
        let aad = self.authenticated(context);
        envelope.extend_from_slice(plaintext);
        let tag = self
            .seal
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                &mut envelope[HEADER..],
            )
            .map_err(|_| VaultError::Library)?;
        envelope.extend_from_slice(tag.as_ref());
        Ok(envelope)
    }

    /// Opens what was sealed for this context.
    pub fn open(&self, context: &str, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        if envelope.len() < HEADER + TAG || envelope[0] != VERSION {
            return Err(VaultError::BadEnvelope);
        }
        let kek_id = &envelope[1..=KEK_ID];
        if kek_id != self.kek_id {
            return Err(VaultError::OtherKey {
                found: hex(kek_id),
                expected: self.kek_id(),
            });
        }
        let nonce =
            Nonce::try_assume_unique_for_key(&envelope[1 + KEK_ID..HEADER]).map_err(|_| VaultError::BadEnvelope)?;
        let mut sealed = Zeroizing::new(envelope[HEADER..].to_vec());
        let length = self
            .seal
            .open_in_place(nonce, Aad::from(self.authenticated(context)), &mut sealed)
            .map_err(|_| VaultError::BadEnvelope)?
            .len();
        sealed.truncate(length);
        Ok(sealed)
    }

    /// Opens a sealed text.
    pub fn open_text(&self, context: &str, envelope: &[u8]) -> Result<soleira_core::Secret, VaultError> {
        let bytes = self.open(context, envelope)?;
        std::str::from_utf8(&bytes)
            .map(soleira_core::Secret::new)
            .map_err(|_| VaultError::BadEnvelope)
    }

    /// A keyed hash by which a secret can be found without being readable: HMAC-SHA256 under a key of its own.
    pub fn lookup_hash(&self, context: &str, value: &str) -> [u8; 32] {
        let mut mac = hmac::Context::with_key(&self.lookup);
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        mac.update(&(context.len() as u64).to_be_bytes());
        mac.update(context.as_bytes());
        mac.update(value.as_bytes());
        let mut out = [0; 32];
        out.copy_from_slice(mac.sign().as_ref());
        out
    }

    /// A key for another purpose (CSRF tokens, for one), which need not be stored anywhere.
    pub fn derive_key(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(hmac_sha256(self.derive.as_slice(), purpose.as_bytes()))
    }

    /// What a database keeps to recognise its key-encryption key: 64 hexadecimal digits.
    pub fn check_value(&self) -> String {
        hex(&self.check)
    }

    /// Compares with what the database kept: [`VaultError::WrongKey`] if this is not the key that it was made with.
    pub fn verify_check_value(&self, stored: &str) -> Result<(), VaultError> {
        if constant_time_eq(self.check_value().as_bytes(), stored.as_bytes()) {
            Ok(())
        } else {
            Err(VaultError::WrongKey)
        }
    }

    fn authenticated(&self, context: &str) -> Vec<u8> {
        [&[VERSION], self.kek_id.as_slice(), context.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    fn vault(byte: u8) -> Vault {
        Vault::new(Zeroizing::new([byte; 32]), Arc::new(SystemEntropy)).unwrap()
    }

    #[test]
    fn a_secret_opens_where_it_was_sealed() {
        let vault = vault(7);
        let sealed = vault.seal("hook:1", b"key").unwrap();
        assert_eq!(sealed.len(), HEADER + 3 + TAG);
        assert_eq!(vault.open("hook:1", &sealed).unwrap().as_slice(), b"key");
        assert_eq!(vault.open_text("hook:1", &sealed).unwrap().expose(), "key");
        assert_ne!(sealed, vault.seal("hook:1", b"key").unwrap(), "the nonce is fresh");
        assert_eq!(vault.open("hook:2", &sealed).unwrap_err(), VaultError::BadEnvelope);
        assert!(vault.open("", &vault.seal("", b"").unwrap()).unwrap().is_empty());
    }

    #[test]
    fn a_changed_envelope_does_not_open() {
        let vault = vault(7);
        let sealed = vault.seal("c", b"secret").unwrap();
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(vault.open("c", &changed).is_err(), "byte {position}");
        }
        for length in 0..sealed.len() {
            assert!(vault.open("c", &sealed[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn another_key_is_recognised() {
        let (ours, theirs) = (vault(1), vault(2));
        let sealed = theirs.seal("c", b"secret").unwrap();
        assert_eq!(
            ours.open("c", &sealed).unwrap_err(),
            VaultError::OtherKey {
                found: theirs.kek_id(),
                expected: ours.kek_id()
            }
        );
        assert_eq!(ours.verify_check_value(&ours.check_value()), Ok(()));
        assert_eq!(
            ours.verify_check_value(&theirs.check_value()),
            Err(VaultError::WrongKey)
        );
        assert_eq!(ours.verify_check_value(""), Err(VaultError::WrongKey));
    }

    #[test]
    fn lookups_are_keyed_and_of_their_context() {
        let vault = vault(1);
        assert_eq!(vault.lookup_hash("pat", "x"), vault.lookup_hash("pat", "x"));
        assert_ne!(vault.lookup_hash("pat", "x"), vault.lookup_hash("pa", "tx"));
        assert_ne!(vault.lookup_hash("pat", "x"), self::vault(2).lookup_hash("pat", "x"));
        assert_ne!(vault.derive_key("csrf"), vault.derive_key("other"));
    }

    #[test]
    fn the_same_key_gives_the_same_vault_after_a_restart() {
        let vault = vault(0);
        assert_eq!(vault.kek_id(), self::vault(0).kek_id());
        assert_eq!(vault.check_value(), self::vault(0).check_value());
        assert_eq!(format!("{vault:?}"), format!("Vault({})", vault.kek_id()));
    }

    #[test]
    fn keys_are_read_as_operators_write_them() {
        let key = [0xfb; 32];
        for text in [
            base64::engine::general_purpose::STANDARD.encode(key),
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key),
            format!(" {}\n", base64::engine::general_purpose::STANDARD_NO_PAD.encode(key)),
        ] {
            assert_eq!(*Vault::parse_kek(&text).unwrap(), key, "{text}");
        }
        let message = |text: &str| Vault::parse_kek(text).unwrap_err().to_string();
        assert!(message("").ends_with("it is empty"));
        assert!(message("c2hvcnQ=").ends_with("it has 5 bytes"));
        assert!(message("not base64!").ends_with("it is not base64"));
    }
}
