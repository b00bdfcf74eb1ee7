//! Keys that sign and keys that verify. Both are parsed once, and each knows the algorithms that it may be used with, so
//! that a token never chooses how it is checked (RFC 8725 §3.1).

use crate::digest::{base64url, from_base64url};
use crate::jwk::Jwk;
use crate::jws::{Algorithm, Header};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RsaEncoding, RsaKeyPair,
    RsaPublicKeyComponents, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use soleira_core::Secret;
use zeroize::Zeroize as _;

/// Sizes of RSA modulus that sign, in bits: below, keys can be factored (RFC 7518 §3.3); above, one signature costs more
/// than a request is worth.
const RSA_SIGNING_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// Sizes of RSA modulus that verify, in bits: verifying is cheap, so keys of others may be larger.
const RSA_VERIFYING_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text holds no private key in PEM.
    #[error("not a private key in PEM: {0}")]
    Pem(String),
    /// The bytes are no private key of a type that is supported.
    #[error("not an EC (P-256, P-384, P-521), RSA or Ed25519 private key")]
    PrivateKey,
    /// An RSA key outside of the accepted sizes.
    #[error("an RSA key of {0} bits; 2048 to 4096 are accepted for signing, up to 8192 for verifying")]
    RsaSize(usize),
    /// The public key is malformed, inconsistent or not for signatures.
    #[error("unusable public key: {0}")]
    PublicKey(&'static str),
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}

impl From<aws_lc_rs::error::Unspecified> for KeyError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Library
    }
}

enum KeyPair {
    Ec(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// The curves of JSON Web Algorithms, with the one algorithm that each has (RFC 7518 §3.4).
static CURVES: [(&str, Algorithm, &EcdsaSigningAlgorithm); 3] = [
    ("P-256", Algorithm::Es256, &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
    ("P-384", Algorithm::Es384, &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
    ("P-521", Algorithm::Es512, &signature::ECDSA_P521_SHA512_FIXED_SIGNING),
];

/// A curve of JSON Web Algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// P-256, for ES256.
    P256,
    /// P-384, for ES384.
    P384,
    /// P-521, for ES512.
    P521,
}

/// A private key that signs with one algorithm: ES256, ES384 or ES512 by its curve, `EdDSA`, or RS256 unless
/// [`SigningKey::with_algorithm`] says otherwise.
pub struct SigningKey {
    pair: KeyPair,
    algorithm: Algorithm,
    kid: String,
    jwk: Jwk,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm, self.kid)
    }
}

impl SigningKey {
    /// A new EC key on P-384, which signs with ES384: the default of a new tenant.
    pub fn generate_ec_p384() -> Result<Self, KeyError> {
        Self::generate_ec(Curve::P384)
    }

    /// A new EC key.
    pub fn generate_ec(curve: Curve) -> Result<Self, KeyError> {
        let (name, algorithm, signing) = CURVES[curve as usize];
        Self::of_ec(name, algorithm, EcdsaKeyPair::generate(signing)?)
    }

    /// A new Ed25519 key.
    pub fn generate_ed25519() -> Result<Self, KeyError> {
        Self::of_ed25519(Ed25519KeyPair::generate()?)
    }

    /// A new RSA key of 4096 bits, which signs with RS256. Takes seconds: not for a thread that serves requests.
    pub fn generate_rsa_4096() -> Result<Self, KeyError> {
        Self::of_rsa(RsaKeyPair::generate(KeySize::Rsa4096)?)
    }

    /// The same key, signing with another algorithm that its type allows: PS256 with RSA, the newer name with Ed25519.
    ///
    /// # Errors
    /// When the key is of another type.
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Result<Self, KeyError> {
        let fits = match self.pair {
            KeyPair::Ec(_) => algorithm == self.algorithm,
            KeyPair::Rsa(_) => matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256),
            KeyPair::Ed25519(_) => matches!(algorithm, Algorithm::EdDsa | Algorithm::Ed25519),
        };
        if !fits {
            return Err(KeyError::PrivateKey);
        }
        if self.jwk.alg.is_some() {
            self.jwk.alg = Some(algorithm.as_str().to_owned());
        }
        self.algorithm = algorithm;
        Ok(self)
    }

    /// Reads a private key in PEM: PKCS#8 (`PRIVATE KEY`), SEC 1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let mut der =
            PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| KeyError::Pem(error.to_string()))?;
        let key = Self::from_der(der.secret_der());
        der.zeroize();
        key
    }

    /// Reads a private key in DER: PKCS#8, SEC 1 or PKCS#1.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        for (curve, algorithm, signing) in CURVES {
            if let Ok(pair) = EcdsaKeyPair::from_private_key_der(signing, der) {
                return Self::of_ec(curve, algorithm, pair);
            }
        }
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
            return Self::of_rsa(pair);
        }
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::PrivateKey)?;
        Self::of_ed25519(pair)
    }

    /// The key as PKCS#8 in PEM.
    pub fn to_pkcs8_pem(&self) -> Result<Secret, KeyError> {
        let pem = match &self.pair {
            KeyPair::Ec(pair) => pem_of(pair.to_pkcs8v1()?.as_ref()),
            KeyPair::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der()?;
                pem_of(der.as_ref())
            }
            KeyPair::Ed25519(pair) => pem_of(pair.to_pkcs8v1()?.as_ref()),
        };
        Ok(Secret::new(pem))
    }

    /// The algorithm that it signs with.
    pub fn alg(&self) -> Algorithm {
        self.algorithm
    }

    /// Its name: the RFC 7638 thumbprint of its public half.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public half as it is published (docs/wire/discovery.md): `use` is `sig`, and `alg` is there only where the
    /// key's type leaves no choice, so not for RSA.
    pub fn public_jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The key that verifies what this one signs, with its one algorithm.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::from_jwk_as(&self.jwk, self.algorithm)
    }

    /// Signs a message; the signature has the form of JWS (for EC, both numbers at full length).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(match &self.pair {
            KeyPair::Ec(pair) => pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec(),
            KeyPair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            KeyPair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding: &'static dyn RsaEncoding = match self.algorithm {
                    Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                pair.sign(padding, &SystemRandom::new(), message, &mut signature)?;
                signature
            }
        })
    }

    fn of_ec(curve: &str, algorithm: Algorithm, pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        // SEC 1 §2.3.3: 0x04, then both coordinates at the field's full length, as RFC 7518 §6.2.1.2 wants them.
        let point = pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(point.len() / 2);
        let jwk = Jwk {
            kty: "EC".to_owned(),
            alg: Some(algorithm.as_str().to_owned()),
            crv: Some(curve.to_owned()),
            x: Some(base64url(x)),
            y: Some(base64url(y)),
            ..Jwk::default()
        };
        Self::named(KeyPair::Ec(pair), algorithm, jwk)
    }

    fn of_rsa(pair: RsaKeyPair) -> Result<Self, KeyError> {
        let bits = pair.public_modulus_len() * 8;
        if !RSA_SIGNING_BITS.contains(&bits) {
            return Err(KeyError::RsaSize(bits));
        }
        let jwk = Jwk {
            kty: "RSA".to_owned(),
            e: Some(base64url(
                pair.public_key().exponent().big_endian_without_leading_zero(),
            )),
            n: Some(base64url(pair.public_key().modulus().big_endian_without_leading_zero())),
            ..Jwk::default()
        };
        Self::named(KeyPair::Rsa(Box::new(pair)), Algorithm::Rs256, jwk)
    }

    fn of_ed25519(pair: Ed25519KeyPair) -> Result<Self, KeyError> {
        let jwk = Jwk {
            kty: "OKP".to_owned(),
            alg: Some(Algorithm::EdDsa.as_str().to_owned()),
            crv: Some("Ed25519".to_owned()),
            x: Some(base64url(pair.public_key().as_ref())),
            ..Jwk::default()
        };
        Self::named(KeyPair::Ed25519(pair), Algorithm::EdDsa, jwk)
    }

    fn named(pair: KeyPair, algorithm: Algorithm, mut jwk: Jwk) -> Result<Self, KeyError> {
        let kid = jwk.thumbprint().ok_or(KeyError::Library)?;
        jwk.usage = Some("sig".to_owned());
        jwk.kid = Some(kid.clone());
        Ok(Self {
            pair,
            algorithm,
            kid,
            jwk,
        })
    }
}

/// RFC 7468 §2: 64 characters to the line.
fn pem_of(pkcs8: &[u8]) -> String {
    let mut text = STANDARD.encode(pkcs8);
    let mut pem = String::with_capacity(text.len() + text.len() / 64 + 64);
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    text.zeroize();
    pem
}

/// A public key, parsed, with the algorithms that it may be used with.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: Option<String>,
    parsed: Vec<(Algorithm, ParsedPublicKey)>,
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let algorithms: Vec<&str> = self.parsed.iter().map(|(algorithm, _)| algorithm.as_str()).collect();
        write!(f, "VerifyingKey({} {:?})", algorithms.join("/"), self.kid)
    }
}

const RSA_ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
];

impl VerifyingKey {
    /// Parses a public key. Its algorithm is the one that `alg` names, else the one of its curve; an RSA key without
    /// `alg` serves all RS and PS algorithms.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let algorithms: Vec<Algorithm> = match (&jwk.alg, jwk.kty.as_str()) {
            (Some(name), _) => {
                vec![Algorithm::parse(name).ok_or(KeyError::PublicKey("its alg is not a signature algorithm"))?]
            }
            (None, "EC") => CURVES
                .iter()
                .filter(|(curve, ..)| jwk.crv.as_deref() == Some(curve))
                .map(|&(_, algorithm, _)| algorithm)
                .collect(),
            (None, "RSA") => RSA_ALGORITHMS.to_vec(),
            (None, "OKP") => vec![Algorithm::EdDsa, Algorithm::Ed25519],
            (None, _) => Vec::new(),
        };
        Self::parse(jwk, &algorithms)
    }

    /// Parses a public key for one algorithm.
    pub fn from_jwk_as(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, KeyError> {
        if jwk.alg.as_deref().is_some_and(|name| name != algorithm.as_str()) {
            return Err(KeyError::PublicKey("it is for another algorithm"));
        }
        Self::parse(jwk, &[algorithm])
    }

    /// Its name, if its set gave it one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether it may be used with this algorithm.
    pub fn permits(&self, algorithm: Algorithm) -> bool {
        self.parsed.iter().any(|&(permitted, _)| permitted == algorithm)
    }

    /// Whether `signature` over `message` was made with `algorithm` by this key's private half.
    pub(crate) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.parsed
            .iter()
            .find(|&&(permitted, _)| permitted == algorithm)
            .is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }

    fn parse(jwk: &Jwk, algorithms: &[Algorithm]) -> Result<Self, KeyError> {
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(KeyError::PublicKey("its use is not sig"));
        }
        if jwk
            .key_ops
            .as_ref()
            .is_some_and(|operations| !operations.iter().any(|one| one == "verify"))
        {
            return Err(KeyError::PublicKey("its key_ops do not name verify"));
        }
        if algorithms.is_empty() {
            return Err(KeyError::PublicKey("its type or curve is not supported"));
        }
        let parsed = algorithms
            .iter()
            .map(|&algorithm| Ok((algorithm, parse_for(jwk, algorithm)?)))
            .collect::<Result<_, KeyError>>()?;
        Ok(Self {
            kid: jwk.kid.clone(),
            parsed,
        })
    }
}

fn parse_for(jwk: &Jwk, algorithm: Algorithm) -> Result<ParsedPublicKey, KeyError> {
    match algorithm {
        Algorithm::Es256 => ec(jwk, "P-256", 32, &signature::ECDSA_P256_SHA256_FIXED),
        Algorithm::Es384 => ec(jwk, "P-384", 48, &signature::ECDSA_P384_SHA384_FIXED),
        Algorithm::Es512 => ec(jwk, "P-521", 66, &signature::ECDSA_P521_SHA512_FIXED),
        Algorithm::Rs256 => rsa(jwk, &signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => rsa(jwk, &signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => rsa(jwk, &signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => rsa(jwk, &signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => rsa(jwk, &signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => rsa(jwk, &signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::EdDsa | Algorithm::Ed25519 => ed25519(jwk),
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => Err(KeyError::PublicKey("HMAC has no public key")),
    }
}

fn ec(
    jwk: &Jwk,
    curve: &str,
    length: usize,
    algorithm: &'static dyn VerificationAlgorithm,
) -> Result<ParsedPublicKey, KeyError> {
    if jwk.kty != "EC" || jwk.crv.as_deref() != Some(curve) {
        return Err(KeyError::PublicKey("its curve does not fit its algorithm"));
    }
    let x = member(jwk.x.as_deref())?;
    let y = member(jwk.y.as_deref())?;
    if x.len() != length || y.len() != length {
        return Err(KeyError::PublicKey("its coordinates do not have the curve's length"));
    }
    let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
    ParsedPublicKey::new(algorithm, point).map_err(|_| KeyError::PublicKey("its point is not on the curve"))
}

fn rsa(jwk: &Jwk, algorithm: &'static signature::RsaParameters) -> Result<ParsedPublicKey, KeyError> {
    if jwk.kty != "RSA" {
        return Err(KeyError::PublicKey("its type does not fit its algorithm"));
    }
    let components = RsaPublicKeyComponents {
        n: member(jwk.n.as_deref())?,
        e: member(jwk.e.as_deref())?,
    };
    let bits = components.n.len() * 8;
    if !RSA_VERIFYING_BITS.contains(&bits) {
        return Err(KeyError::RsaSize(bits));
    }
    components
        .to_parsed_public_key(algorithm)
        .map_err(|_| KeyError::PublicKey("its modulus or exponent is not acceptable"))
}

fn ed25519(jwk: &Jwk) -> Result<ParsedPublicKey, KeyError> {
    if jwk.kty != "OKP" || jwk.crv.as_deref() != Some("Ed25519") {
        return Err(KeyError::PublicKey("its curve does not fit its algorithm"));
    }
    ParsedPublicKey::new(&signature::ED25519, member(jwk.x.as_deref())?)
        .map_err(|_| KeyError::PublicKey("its point is not on the curve"))
}

fn member(value: Option<&str>) -> Result<Vec<u8>, KeyError> {
    value
        .and_then(from_base64url)
        .ok_or(KeyError::PublicKey("a member is missing or not base64url"))
}

/// A set of verifying keys, searched as a token's header asks.
#[derive(Debug, Clone, Default)]
pub struct VerifyingKeys(Vec<VerifyingKey>);

impl VerifyingKeys {
    /// The usable keys of a set; keys for encryption or of unknown types are left out (RFC 7517 §5).
    pub fn from_jwks(set: &crate::JwkSet) -> Self {
        set.keys
            .iter()
            .filter_map(|jwk| VerifyingKey::from_jwk(jwk).ok())
            .collect()
    }

    /// The key that the header names by `kid`; without a `kid`, the first key that permits its algorithm.
    pub fn find(&self, header: &Header) -> Option<&VerifyingKey> {
        self.0
            .iter()
            .find(|key| key.permits(header.alg) && header.kid.as_deref().is_none_or(|kid| key.kid() == Some(kid)))
    }

    /// All keys that [`Self::find`] could mean: with a `kid` those of the name, without one all of the algorithm.
    pub fn matching(&self, header: &Header) -> Self {
        let fits = |key: &&VerifyingKey| {
            key.permits(header.alg) && header.kid.as_deref().is_none_or(|kid| key.kid() == Some(kid))
        };
        self.0.iter().filter(fits).cloned().collect()
    }

    /// The keys.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.0.iter()
    }

    /// Whether there is no usable key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<VerifyingKey> for VerifyingKeys {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wycheproof;
