//! JSON Web Signatures in compact form (RFC 7515 §7.1), held to RFC 8725: one parser, strict to the letter; no `none`;
//! no critical extension; and a key verifies only with the algorithm that it is for.

mod algorithm;
mod hmac;

pub use algorithm::Algorithm;
pub use hmac::{sign_hmac, verify_hmac};

use crate::digest::from_base64url;
use crate::key::{KeyError, SigningKey, VerifyingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// Why a token is refused, or could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is longer than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// Not a compact JWS.
    #[error("not a compact JWS: {0}")]
    Malformed(&'static str),
    /// The header names an algorithm that is not supported; `none` is one.
    #[error("the algorithm is not supported")]
    UnsupportedAlgorithm,
    /// The header lists extensions that must be understood (`crit`); none is.
    #[error("critical extensions are not supported")]
    CriticalHeader,
    /// No key for this header.
    #[error("no key fits the token's header")]
    UnknownKey,
    /// The key is for another algorithm than the header names.
    #[error("the key is not for the token's algorithm")]
    AlgorithmMismatch,
    /// The signature was not made by this key over this content.
    #[error("the signature does not verify")]
    BadSignature,
    /// The payload is not the claims that were asked for.
    #[error("the claims cannot be read: {0}")]
    Claims(String),
    /// The token could not be signed.
    #[error("the token could not be signed: {0}")]
    Signing(String),
}

impl From<KeyError> for JwsError {
    fn from(error: KeyError) -> Self {
        Self::Signing(error.to_string())
    }
}

/// The header of a token (RFC 7515 §4.1): the members that decide anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The algorithm.
    pub alg: Algorithm,
    /// What kind of token it is, as written.
    pub typ: Option<String>,
    /// The name of the key.
    pub kid: Option<String>,
}

impl Header {
    /// Whether the token is of this media type: compared without letter case, with `application/` implied
    /// (RFC 7515 §4.1.9).
    pub fn is_type(&self, expected: &str) -> bool {
        self.typ.as_deref().is_some_and(|typ| {
            let bare = typ
                .split_at_checked("application/".len())
                .filter(|(prefix, _)| prefix.eq_ignore_ascii_case("application/"))
                .map_or(typ, |(_, bare)| bare);
            bare.eq_ignore_ascii_case(expected)
        })
    }
}

/// Signs claims. The header has `alg`, `typ` if given, and `kid`, in this order (docs/wire/tokens.md).
pub fn sign(key: &SigningKey, typ: Option<&str>, claims: &impl Serialize) -> Result<String, JwsError> {
    let mut token = signing_input(key.alg(), typ, Some(key.kid()), claims)?;
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// `BASE64URL(header) . BASE64URL(payload)` (RFC 7515 §5.1), with room for the signature.
fn signing_input(
    alg: Algorithm,
    typ: Option<&str>,
    kid: Option<&str>,
    claims: &impl Serialize,
) -> Result<String, JwsError> {
    #[derive(Serialize)]
    struct Members<'a> {
        alg: Algorithm,
        #[serde(skip_serializing_if = "Option::is_none")]
        typ: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        kid: Option<&'a str>,
    }
    let json = |error: serde_json::Error| JwsError::Signing(error.to_string());
    let header = serde_json::to_vec(&Members { alg, typ, kid }).map_err(json)?;
    let payload = serde_json::to_vec(claims).map_err(json)?;
    let mut input = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 192);
    URL_SAFE_NO_PAD.encode_string(header, &mut input);
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut input);
    Ok(input)
}

/// A token whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its header.
    pub header: Header,
    payload: Vec<u8>,
}

impl Verified {
    /// The signed bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signed bytes, read as JSON claims.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, JwsError> {
        serde_json::from_slice(&self.payload).map_err(|error| JwsError::Claims(error.to_string()))
    }
}

/// Verifies a token with the key that `find` has for its header.
pub fn verify<'k>(token: &str, find: impl FnOnce(&Header) -> Option<&'k VerifyingKey>) -> Result<Verified, JwsError> {
    let unverified = Unverified::parse(token)?;
    let key = find(&unverified.header).ok_or(JwsError::UnknownKey)?;
    unverified.verify(key)
}

/// A well-formed token about which nothing is known yet.
#[derive(Debug, Clone)]
pub struct Unverified<'t> {
    header: Header,
    signing_input: &'t str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Unverified<'t> {
    /// Reads a compact JWS: exactly three parts, each in base64url without padding, with a JSON object for a header.
    pub fn parse(token: &'t str) -> Result<Self, JwsError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JwsError::TooLong);
        }
        let (signing_input, signature) = token
            .rsplit_once('.')
            .ok_or(JwsError::Malformed("it does not have three parts"))?;
        let (header, payload) = signing_input
            .split_once('.')
            .ok_or(JwsError::Malformed("it does not have three parts"))?;
        if payload.contains('.') {
            return Err(JwsError::Malformed("it has more than three parts"));
        }
        let part = |text| from_base64url(text).ok_or(JwsError::Malformed("a part is not base64url"));
        Ok(Self {
            header: parse_header(&part(header)?)?,
            signing_input,
            payload: part(payload)?,
            signature: part(signature)?,
        })
    }

    /// Its header, which nobody vouches for yet: good for finding a key, and for nothing else.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its claims, which nobody vouches for yet: good for finding out whose keys to try, and for nothing else.
    pub fn claims_unverified<T: DeserializeOwned>(&self) -> Result<T, JwsError> {
        serde_json::from_slice(&self.payload).map_err(|error| JwsError::Claims(error.to_string()))
    }

    /// Verifies the signature.
    pub fn verify(self, key: &VerifyingKey) -> Result<Verified, JwsError> {
        if !key.permits(self.header.alg) {
            return Err(JwsError::AlgorithmMismatch);
        }
        if !key.verify(self.header.alg, self.signing_input.as_bytes(), &self.signature) {
            return Err(JwsError::BadSignature);
        }
        Ok(self.into_verified())
    }

    fn into_verified(self) -> Verified {
        Verified {
            header: self.header,
            payload: self.payload,
        }
    }
}

/// The members of a header that decide anything. RFC 7515 §4: a member that occurs twice, known or not, is an error.
#[derive(Default)]
struct Members {
    alg: Option<String>,
    typ: Option<String>,
    kid: Option<String>,
    /// Whatever its value, `null` included, the member is there.
    crit: bool,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JOSE header")
            }

            fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let (mut members, mut seen) = (Members::default(), Vec::<String>::new());
                while let Some(name) = map.next_key::<String>()? {
                    if seen.contains(&name) {
                        return Err(serde::de::Error::custom("a member occurs twice"));
                    }
                    match name.as_str() {
                        "alg" => members.alg = map.next_value()?,
                        "typ" => members.typ = map.next_value()?,
                        "kid" => members.kid = map.next_value()?,
                        _ => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                            members.crit |= name == "crit";
                        }
                    }
                    seen.push(name);
                    if seen.len() > MAX_MEMBERS {
                        return Err(serde::de::Error::custom("too many members"));
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

/// Members that a header may have: more than any registry knows, and few enough to compare each with all.
const MAX_MEMBERS: usize = 64;

fn parse_header(json: &[u8]) -> Result<Header, JwsError> {
    let malformed = || JwsError::Malformed("its header is not the JSON of a JWS");
    let members: Members = serde_json::from_slice(json).map_err(|_| malformed())?;
    if members.crit {
        return Err(JwsError::CriticalHeader);
    }
    let alg = Algorithm::parse(&members.alg.ok_or_else(malformed)?).ok_or(JwsError::UnsupportedAlgorithm)?;
    Ok(Header {
        alg,
        typ: members.typ,
        kid: members.kid,
    })
}

#[cfg(test)]
mod tests;
