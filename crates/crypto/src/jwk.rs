//! JSON Web Keys: the public half of a key, as it is published and as clients register it (RFC 7517, RFC 7518 §6).

use crate::digest::{base64url, sha256};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A public key. Members that are not listed here, private ones included, are dropped when read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Jwk {
    /// Key type: `EC`, `RSA` or `OKP`.
    pub kty: String,
    /// What the key is for; `sig` for signatures.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// Operations that the key is for (RFC 7517 §4.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_ops: Option<Vec<String>>,
    /// Name of the key within its set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The one algorithm that the key is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// Curve of an EC or OKP key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// Coordinate of an EC key, or the whole of an OKP key (base64url).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Coordinate of an EC key (base64url).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Exponent of an RSA key (base64url).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Modulus of an RSA key (base64url).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
}

impl Jwk {
    /// The key's SHA-256 thumbprint (RFC 7638 §3): the digest of its required members in lexicographic order, in
    /// base64url. `None` if a required member is missing or the key type is unknown.
    pub fn thumbprint(&self) -> Option<String> {
        #[derive(Serialize)]
        struct Ec<'a> {
            crv: &'a str,
            kty: &'a str,
            x: &'a str,
            y: &'a str,
        }
        #[derive(Serialize)]
        struct Rsa<'a> {
            e: &'a str,
            kty: &'a str,
            n: &'a str,
        }
        #[derive(Serialize)]
        struct Okp<'a> {
            crv: &'a str,
            kty: &'a str,
            x: &'a str,
        }
        let kty = self.kty.as_str();
        let json = match kty {
            "EC" => serde_json::to_vec(&Ec {
                crv: self.crv.as_deref()?,
                kty,
                x: self.x.as_deref()?,
                y: self.y.as_deref()?,
            }),
            "RSA" => serde_json::to_vec(&Rsa {
                e: self.e.as_deref()?,
                kty,
                n: self.n.as_deref()?,
            }),
            "OKP" => serde_json::to_vec(&Okp {
                crv: self.crv.as_deref()?,
                kty,
                x: self.x.as_deref()?,
            }),
            _ => return None,
        };
        json.ok().map(|json| base64url(&sha256(&json)))
    }
}

/// A set of keys. When a set is read, members that are not keys we understand are left out (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct JwkSet {
    /// The keys, in the order in which they are published.
    pub keys: Vec<Jwk>,
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            keys: Vec<Value>,
        }
        let raw = Raw::deserialize(deserializer)?;
        let keys = raw
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok())
            .collect();
        Ok(Self { keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_of_rfc_7638() {
        let jwk: Jwk = serde_json::from_value(serde_json::json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29"
        }))
        .unwrap();
        assert_eq!(
            jwk.thumbprint().as_deref(),
            Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
        );
    }

    #[test]
    fn a_set_keeps_what_it_understands() {
        let set: JwkSet =
            serde_json::from_str(r#"{"keys": [{"kty": "EC", "d": "private"}, {"no": "type"}, 3]}"#).unwrap();
        assert_eq!(set.keys.len(), 1);
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"{"keys":[{"kty":"EC"}]}"#);
        assert!(serde_json::from_str::<JwkSet>("[]").is_err());
    }
}
