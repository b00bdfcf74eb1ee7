//! The cryptography of the house, over aws-lc-rs: random bytes, digests, JSON Web Signatures with keys that are parsed
//! once, the vault that seals secrets at rest, signed cookies, CSRF tokens and password hashes. No I/O here.

pub mod cookie;
pub mod csrf;
pub mod digest;
mod entropy;
pub mod jwk;
pub mod jws;
pub mod key;
pub mod password;
mod refresh_token;
pub mod vault;

pub use digest::{constant_time_eq, timely_token_hash, token_hash};
pub use entropy::SystemEntropy;
pub use jwk::{Jwk, JwkSet};
pub use jws::{Algorithm, Header, JwsError, Verified};
pub use key::{Curve, KeyError, SigningKey, VerifyingKey, VerifyingKeys};
pub use password::PasswordMethod;
pub use refresh_token::{refresh_token_family, refresh_token_hash, refresh_token_successor};
pub use vault::{Vault, VaultError};
