//! Hashes of other systems, described by themselves: `["<algorithm>", ["argument", …, "@", …], "<expected>"]`, where
//! `@` stands for the password (docs/wire/passwords.md). The algorithm is a digest over the arguments in a row,
//! `pbkdf2`, or Firebase's variant of scrypt.

use super::{PasswordError, same};
use crate::digest::{constant_time_eq, hex};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, SimpleHmac};
use sha2::Digest as _;
use std::str::FromStr;

/// Stands for the password among the arguments.
const PASSWORD: &str = "@";

/// Blocks of PBKDF2 times iterations that a sign-in may take, a few seconds of one core.
const MAX_PBKDF2_ROUNDS: u64 = 5_000_000;
const MAX_PBKDF2_BYTES: usize = 256;
/// Memory that scrypt may take, in bytes, and its block size.
const MAX_SCRYPT_BYTES: u64 = 256 * 1024 * 1024;
const MAX_SCRYPT_ROUNDS: u32 = 64;

/// A self-describing hash whose form and cost were checked.
pub(super) enum Legacy {
    Digest {
        algorithm: DigestName,
        arguments: Vec<String>,
        expected: String,
    },
    Pbkdf2 {
        salt: Vec<u8>,
        iterations: u32,
        length: usize,
        algorithm: DigestName,
        expected: String,
    },
    FirebaseScrypt {
        salt: Vec<u8>,
        signer_key: Vec<u8>,
        cost: scrypt::Params,
        expected: Vec<u8>,
    },
}

impl Legacy {
    pub(super) fn parse(stored: &str) -> Result<Self, PasswordError> {
        let (algorithm, arguments, expected): (String, Vec<String>, String) = serde_json::from_str(stored)
            .map_err(|_| PasswordError::Malformed("it is not [\"algorithm\", [\"argument\", …], \"expected\"]"))?;
        if !arguments.iter().any(|argument| argument == PASSWORD) {
            return Err(PasswordError::Malformed(
                "no argument is \"@\", the place of the password",
            ));
        }
        match algorithm.as_str() {
            "pbkdf2" | "pbkdf2Sync" => Self::pbkdf2(&arguments, expected),
            "firebase-scrypt" => Self::firebase_scrypt(&arguments, &expected),
            name => Ok(Self::Digest {
                algorithm: name.parse()?,
                arguments,
                expected,
            }),
        }
    }

    pub(super) fn verify(&self, password: &str) -> Result<bool, PasswordError> {
        match self {
            Self::Digest {
                algorithm,
                arguments,
                expected,
            } => {
                let text: String = arguments
                    .iter()
                    .map(|one| if one == PASSWORD { password } else { one })
                    .collect();
                Ok(same(expected, &hex(&algorithm.digest(text.as_bytes()))))
            }
            Self::Pbkdf2 {
                salt,
                iterations,
                length,
                algorithm,
                expected,
            } => {
                let mut key = vec![0; *length];
                algorithm.pbkdf2(password.as_bytes(), salt, *iterations, &mut key);
                Ok(same(expected, &hex(&key)))
            }
            Self::FirebaseScrypt {
                salt,
                signer_key,
                cost,
                expected,
            } => {
                let mut key = [0; 32];
                scrypt::scrypt(password.as_bytes(), salt, cost, &mut key)
                    .map_err(|error| PasswordError::Hashing(error.to_string()))?;
                let mut computed = signer_key.clone();
                aes_256_ctr(&key, &mut computed)?;
                Ok(constant_time_eq(expected, &computed))
            }
        }
    }

    /// Arguments: salt (text, or `hex:…`), iterations, bytes of output, digest.
    fn pbkdf2(arguments: &[String], expected: String) -> Result<Self, PasswordError> {
        let [salt, iterations, length, digest, ..] = arguments else {
            return Err(PasswordError::Malformed(
                "pbkdf2 needs salt, iterations, length, digest and \"@\"",
            ));
        };
        let salt = salt
            .strip_prefix("hex:")
            .and_then(|digits| hex::decode(digits).ok())
            .unwrap_or_else(|| salt.as_bytes().to_vec());
        let algorithm: DigestName = digest.parse()?;
        let iterations: u32 = positive(iterations)?;
        let length: usize = positive(length)?;
        let blocks = length.div_ceil(algorithm.digest(&[]).len()) as u64;
        if length > MAX_PBKDF2_BYTES || u64::from(iterations) * blocks > MAX_PBKDF2_ROUNDS {
            return Err(PasswordError::TooCostly("pbkdf2 iterations or length"));
        }
        Ok(Self::Pbkdf2 {
            salt,
            iterations,
            length,
            algorithm,
            expected,
        })
    }

    /// Arguments: salt, signer key and salt separator in base64, rounds (scrypt's `r`) and memory cost (log₂ of its
    /// `N`).
    fn firebase_scrypt(arguments: &[String], expected: &str) -> Result<Self, PasswordError> {
        let [salt, signer_key, separator, rounds, memory_cost, ..] = arguments else {
            return Err(PasswordError::Malformed(
                "firebase-scrypt needs salt, signer key, salt separator, rounds, memory cost and \"@\"",
            ));
        };
        let salt = [from_any_base64(salt)?, from_any_base64(separator)?].concat();
        let rounds: u32 = positive(rounds)?;
        let memory_cost: u8 = positive(memory_cost)?;
        let too_costly = PasswordError::TooCostly("rounds or memory cost of scrypt");
        if rounds > MAX_SCRYPT_ROUNDS || memory_cost > 21 || (128 * u64::from(rounds)) << memory_cost > MAX_SCRYPT_BYTES
        {
            return Err(too_costly);
        }
        let cost = scrypt::Params::new(memory_cost, rounds, 1).map_err(|_| too_costly)?;
        Ok(Self::FirebaseScrypt {
            salt,
            signer_key: from_any_base64(signer_key)?,
            cost,
            expected: from_any_base64(expected)?,
        })
    }
}

fn positive<T: FromStr + Default + PartialEq>(text: &str) -> Result<T, PasswordError> {
    text.parse::<T>()
        .ok()
        .filter(|number| *number != T::default())
        .ok_or(PasswordError::Malformed(
            "a number among its arguments is not a positive integer in range",
        ))
}

/// Either alphabet, with or without padding.
fn from_any_base64(text: &str) -> Result<Vec<u8>, PasswordError> {
    STANDARD_NO_PAD
        .decode(text.trim_end_matches('=').replace('-', "+").replace('_', "/"))
        .map_err(|_| PasswordError::Malformed("an argument is not base64"))
}

/// Firebase encrypts its signer key under the derived key, in counter mode from a counter of zero.
fn aes_256_ctr(key: &[u8; 32], data: &mut [u8]) -> Result<(), PasswordError> {
    let failed = |_| PasswordError::Hashing("AES-256-CTR".to_owned());
    let key = UnboundCipherKey::new(&AES_256, key)
        .and_then(EncryptingKey::ctr)
        .map_err(failed)?;
    key.less_safe_encrypt(data, EncryptionContext::Iv128(FixedLength::from([0; 16])))
        .map_err(failed)?;
    Ok(())
}

/// Declares the digests by the names that OpenSSL has for them.
macro_rules! digests {
    ($($variant:ident = $type:ty, $mac:ident, $($name:literal)|+;)*) => {
        /// A digest that imports may name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum DigestName { $($variant,)* }

        impl FromStr for DigestName {
            type Err = PasswordError;

            /// Letter case does not count, nor a leading `RSA-`, nor which separator stands before a truncated length.
            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let normal = name.to_ascii_lowercase().replace(['/', '_'], "-");
                match normal.strip_prefix("rsa-").unwrap_or(&normal) {
                    $($($name)|+ => Ok(Self::$variant),)*
                    _ => Err(PasswordError::UnsupportedAlgorithm(name.to_owned())),
                }
            }
        }

        impl DigestName {
            pub(super) fn digest(self, data: &[u8]) -> Vec<u8> {
                match self { $(Self::$variant => <$type>::digest(data).to_vec(),)* }
            }

            pub(super) fn pbkdf2(self, password: &[u8], salt: &[u8], iterations: u32, key: &mut [u8]) {
                match self {
                    $(Self::$variant => {
                        // HMAC takes keys of every length, so this has no way to fail.
                        let _ = pbkdf2::pbkdf2::<$mac<$type>>(password, salt, iterations, key);
                    })*
                }
            }
        }

        #[cfg(test)]
        impl DigestName {
            /// All digests.
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant,)*];
        }
    };
}

// Sponges and lazy digests have no block-level form that `Hmac` could keep ready.
digests! {
    Md5 = md5::Md5, Hmac, "md5";
    Ripemd160 = ripemd::Ripemd160, Hmac, "ripemd160" | "ripemd" | "rmd160";
    Sha1 = sha1::Sha1, Hmac, "sha1";
    Sha224 = sha2::Sha224, Hmac, "sha224";
    Sha256 = sha2::Sha256, Hmac, "sha256";
    Sha384 = sha2::Sha384, Hmac, "sha384";
    Sha512 = sha2::Sha512, Hmac, "sha512";
    Sha512Trunc224 = sha2::Sha512_224, Hmac, "sha512-224";
    Sha512Trunc256 = sha2::Sha512_256, Hmac, "sha512-256";
    Sha3With224 = sha3::Sha3_224, SimpleHmac, "sha3-224";
    Sha3With256 = sha3::Sha3_256, SimpleHmac, "sha3-256";
    Sha3With384 = sha3::Sha3_384, SimpleHmac, "sha3-384";
    Sha3With512 = sha3::Sha3_512, SimpleHmac, "sha3-512";
    Blake2b = blake2::Blake2b512, SimpleHmac, "blake2b512";
    Blake2s = blake2::Blake2s256, SimpleHmac, "blake2s256";
}
