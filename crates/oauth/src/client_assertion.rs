//! Client assertions: a client proves who it is with a JWT of its own (RFC 7523 §3, OpenID Connect Core 1.0 §9).
//! Reading one believes nothing; the signature is checked by whoever holds the client's keys, and [`accept`] says
//! whether what was signed is meant for us, now, from this client.

use crate::lifetime::CLOCK_TOLERANCE;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use soleira_core::Timestamp;
use soleira_crypto::digest::sha256;
use soleira_crypto::jws::{Header, JwsError, Unverified, Verified};
use soleira_crypto::{Algorithm, VerifyingKeys};

/// The only `client_assertion_type` (RFC 7523 §2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The algorithms of `private_key_jwt`; discovery adds that of `client_secret_jwt`.
pub const KEY_ALGORITHMS: [Algorithm; 5] = [
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Ed25519,
    Algorithm::EdDsa,
];

/// The algorithm of `client_secret_jwt`.
pub const SECRET_ALGORITHM: Algorithm = Algorithm::Hs256;

/// Longest time that an assertion may have left, in seconds: its identifier is remembered as long.
pub const MAX_LIFETIME: i64 = 3600;

/// Keys that are tried where the header names none.
const MAX_TRIALS: usize = 8;

/// Longest `jti`, in bytes.
const MAX_JTI: usize = 512;

/// An assertion about which nothing is known yet but who it claims to be from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientAssertion(String);

/// Without the token, which authenticates.
impl std::fmt::Debug for ClientAssertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAssertion")
    }
}

/// The claims that decide (RFC 7523 §3). Others are ignored.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: Option<Value>,
    sub: Option<Value>,
    aud: Option<Value>,
    exp: Option<Value>,
    iat: Option<Value>,
    nbf: Option<Value>,
    jti: Option<Value>,
}

impl ClientAssertion {
    /// Reads the `client_assertion` of a request, and the client that it claims to be from.
    ///
    /// # Errors
    /// `invalid_request` for what is no compact JWS with claims about a client.
    pub fn read(token: &str) -> Result<(Self, String)> {
        let malformed = |cause: String| Error::invalid_request("invalid client_assertion format").caused_by(cause);
        let unverified = Unverified::parse(token).map_err(|error| malformed(error.to_string()))?;
        let claims: Claims = unverified
            .claims_unverified()
            .map_err(|error| malformed(error.to_string()))?;
        match text(claims.sub.as_ref()) {
            Some(subject) if !subject.is_empty() => Ok((Self(token.to_owned()), subject.to_owned())),
            _ => Err(malformed("it has no subject".to_owned())),
        }
    }

    /// Its header, which nobody vouches for yet: good for finding a key.
    ///
    /// # Errors
    /// `invalid_client` for a header that cannot be read.
    pub fn header(&self) -> Result<Header> {
        Unverified::parse(&self.0)
            .map(|unverified| unverified.header().clone())
            .map_err(failed)
    }

    /// The name of its key and whether its algorithm is one that keys of clients may have.
    ///
    /// # Errors
    /// `invalid_client` when it is not.
    pub fn key_header(&self) -> Result<Header> {
        let header = self.header()?;
        if KEY_ALGORITHMS.contains(&header.alg) {
            Ok(header)
        } else {
            Err(Error::client_authentication_failed(format!(
                "the assertion is signed with {}, which is not for private_key_jwt",
                header.alg
            )))
        }
    }

    /// Checks the signature with the client's keys. `None` when none of them fits the header.
    ///
    /// # Errors
    /// `invalid_client` for a wrong algorithm or signature.
    pub fn verify_with_any(&self, keys: &VerifyingKeys) -> Result<Option<Verified>> {
        let mut outcome = None;
        for key in keys.matching(&self.key_header()?).iter().take(MAX_TRIALS) {
            match soleira_crypto::jws::verify(&self.0, |_| Some(key)) {
                Ok(verified) => return Ok(Some(verified)),
                Err(error) => outcome = Some(failed(error)),
            }
        }
        outcome.map_or(Ok(None), Err)
    }

    /// Checks the signature under one of the client's secrets.
    ///
    /// # Errors
    /// `invalid_client`.
    pub fn verify_under(&self, secret: &[u8]) -> Result<Verified> {
        if self.header()?.alg != SECRET_ALGORITHM {
            return Err(Error::client_authentication_failed(
                "the assertion is not signed with HS256",
            ));
        }
        soleira_crypto::jws::verify_hmac(&self.0, secret).map_err(failed)
    }
}

fn failed(error: JwsError) -> Error {
    Error::client_authentication_failed(format!("client_assertion: {error}"))
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str)
}

/// What is left to do with an assertion that holds: it may be used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneUse {
    /// Marks it as used.
    pub mark: [u8; 32],
    /// Until when it must be remembered.
    pub until: Timestamp,
}

/// Whether a signed assertion is from this client, for one of these audiences, and in time (RFC 7523 §3).
///
/// # Errors
/// `invalid_client`, with what is wrong for the log only.
pub fn accept(verified: &Verified, client_id: &str, audiences: &[&str], now: Timestamp) -> Result<OneUse> {
    let refused = |cause: &str| Error::client_authentication_failed(format!("client_assertion: {cause}"));
    // A JWT that the client signed for another purpose (a proof, a request object) authenticates nobody.
    let typ = verified.header.typ.as_deref();
    if typ.is_some() && !verified.header.is_type("JWT") && !verified.header.is_type("client-authentication+jwt") {
        return Err(refused("its typ is that of another kind of token"));
    }
    let claims: Claims = verified.claims().map_err(failed)?;
    if text(claims.iss.as_ref()) != Some(client_id) || text(claims.sub.as_ref()) != Some(client_id) {
        return Err(refused("iss and sub must both be the client"));
    }
    // CVE-2025-27370: with one audience only, no other server can pass it on as its own.
    let audience = match claims.aud.as_ref() {
        Some(Value::Array(items)) if items.len() == 1 => items[0].as_str(),
        other => text(other),
    };
    if !audience.is_some_and(|audience| audiences.contains(&audience)) {
        return Err(refused("aud must be the issuer and nothing else"));
    }
    let seconds = now.seconds();
    let Some(exp) = claims.exp.as_ref().and_then(numeric_date) else {
        return Err(refused("exp must be a number of seconds"));
    };
    if exp <= seconds.saturating_sub(CLOCK_TOLERANCE) {
        return Err(refused("it has expired"));
    }
    if exp > seconds + MAX_LIFETIME + CLOCK_TOLERANCE {
        return Err(refused("exp lies more than an hour ahead"));
    }
    for (name, value) in [("iat", &claims.iat), ("nbf", &claims.nbf)] {
        let Some(value) = value else { continue };
        let Some(begin) = numeric_date(value) else {
            return Err(refused(&format!("{name} must be a number of seconds")));
        };
        if begin > seconds + CLOCK_TOLERANCE {
            return Err(refused(&format!("{name} lies in the future")));
        }
    }
    if let Some(iat) = claims.iat.as_ref().and_then(numeric_date)
        && iat < seconds - MAX_LIFETIME - CLOCK_TOLERANCE
    {
        return Err(refused("iat lies more than an hour back"));
    }
    let jti = text(claims.jti.as_ref()).filter(|jti| !jti.is_empty() && jti.len() <= MAX_JTI);
    let Some(jti) = jti else {
        return Err(refused("jti must be a text of 1 to 512 bytes"));
    };
    Ok(OneUse {
        mark: mark(client_id, jti),
        until: Timestamp((exp + CLOCK_TOLERANCE + 1).saturating_mul(1000)),
    })
}

/// The client's identifier is part of the mark, with its length, so that no client can use up another's.
fn mark(client_id: &str, jti: &str) -> [u8; 32] {
    let length = (client_id.len() as u64).to_be_bytes();
    sha256(
        &[
            b"client assertion",
            length.as_slice(),
            client_id.as_bytes(),
            jti.as_bytes(),
        ]
        .concat(),
    )
}

/// RFC 7519 §2, `NumericDate`: seconds, perhaps with a fraction.
fn numeric_date(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "fractions of a second do not count, and the range is checked"
    )]
    value
        .as_i64()
        .or_else(|| {
            value
                .as_f64()
                .filter(|number| number.abs() < 1e15)
                .map(|number| number as i64)
        })
        .filter(|seconds| seconds.unsigned_abs() < 1_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use soleira_crypto::jws::{sign, sign_hmac};
    use soleira_crypto::{Curve, SigningKey};

    const NOW: Timestamp = Timestamp(1_800_000_000_000);
    const ISSUER: &str = "https://id.example/oidc";

    fn claims() -> Value {
        json!({"iss": "app", "sub": "app", "aud": ISSUER, "jti": "1", "exp": 1_800_000_060, "iat": 1_800_000_000})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = claims();
        claims.as_object_mut().unwrap().shift_remove(name);
        claims
    }

    fn judged(typ: Option<&str>, claims: &Value) -> Result<OneUse> {
        let token = sign_hmac(SECRET_ALGORITHM, b"secret", typ, claims).unwrap();
        let (assertion, _) = ClientAssertion::read(&token)?;
        accept(&assertion.verify_under(b"secret")?, "app", &[ISSUER], NOW)
    }

    fn cause(claims: &Value) -> String {
        let error = judged(None, claims).unwrap_err();
        assert_eq!(
            (error.status(), error.description()),
            (401, "client authentication failed")
        );
        error.cause().unwrap().to_owned()
    }

    #[test]
    fn a_good_assertion_is_used_once() {
        let once = judged(Some("JWT"), &claims()).unwrap();
        assert_eq!(once, judged(Some("client-authentication+jwt"), &claims()).unwrap());
        assert_eq!(once.until, Timestamp(1_800_000_076_000));
        assert_ne!(once.mark, judged(None, &with("jti", json!("2"))).unwrap().mark);
        assert_ne!(mark("a", "bc"), mark("ab", "c"));
        assert!(judged(None, &without("iat")).is_ok());
        assert!(judged(None, &with("aud", json!([ISSUER]))).is_ok());
        assert!(judged(None, &with("exp", json!(1_800_000_060.5))).is_ok());
    }

    #[test]
    fn every_claim_is_held_to_its_rule() {
        for (claims, word) in [
            (without("iss"), "iss"),
            (with("iss", json!("other")), "iss"),
            (with("iss", json!(["app"])), "iss"),
            (with("sub", json!("other")), "sub"),
            (without("aud"), "aud"),
            (with("aud", json!("https://other.example")), "aud"),
            (with("aud", json!("https://id.example/oidc/token")), "aud"),
            (with("aud", json!("https://id.example/oidc/")), "aud"),
            (with("aud", json!([ISSUER, "https://other.example"])), "aud"),
            (with("aud", json!([])), "aud"),
            (without("exp"), "exp"),
            (with("exp", json!("1800000060")), "exp"),
            (with("exp", json!(1e300)), "exp"),
            (with("exp", json!(i64::MAX)), "exp"),
            (with("exp", json!(i64::MIN)), "exp"),
            (with("exp", json!(1_799_999_985)), "expired"),
            (with("exp", json!(1_800_003_616)), "hour"),
            (with("iat", json!(1_800_000_016)), "future"),
            (with("iat", json!(1_799_996_384)), "hour back"),
            (with("iat", json!("now")), "iat"),
            (with("nbf", json!(1_800_000_016)), "future"),
            (without("jti"), "jti"),
            (with("jti", json!("")), "jti"),
            (with("jti", json!(1)), "jti"),
            (with("jti", json!("x".repeat(513))), "jti"),
        ] {
            assert!(cause(&claims).contains(word), "{claims}: {}", cause(&claims));
        }
    }

    #[test]
    fn other_kinds_of_token_authenticate_nobody() {
        for typ in ["dpop+jwt", "oauth-authz-req+jwt", "at+jwt", "logout+jwt", ""] {
            assert!(judged(Some(typ), &claims()).is_err(), "{typ}");
        }
    }

    #[test]
    fn what_is_no_jwt_about_a_client_is_an_invalid_request() {
        let unnamed = sign_hmac(SECRET_ALGORITHM, b"secret", None, &without("sub")).unwrap();
        for text in ["", "x", "a.b.c", "..", "e30.e30.", unnamed.as_str()] {
            let error = ClientAssertion::read(text).unwrap_err();
            assert_eq!(error.description(), "invalid client_assertion format", "{text}");
        }
    }

    #[test]
    fn keys_and_secrets_are_not_mixed_up() {
        let key = SigningKey::generate_ec(Curve::P256).unwrap();
        let public = |key: &SigningKey| -> VerifyingKeys { [key.verifying_key().unwrap()].into_iter().collect() };
        let keys = public(&key);
        let (by_key, client) = ClientAssertion::read(&sign(&key, None, &claims()).unwrap()).unwrap();
        assert_eq!(client, "app");
        assert!(by_key.verify_with_any(&keys).unwrap().is_some());
        assert!(by_key.verify_with_any(&VerifyingKeys::default()).unwrap().is_none());
        assert!(by_key.verify_under(b"secret").is_err());
        // The public key as a secret: the algorithm decides before any key is looked at.
        let text = serde_json::to_vec(key.public_jwk()).unwrap();
        let (confused, _) =
            ClientAssertion::read(&sign_hmac(SECRET_ALGORITHM, &text, None, &claims()).unwrap()).unwrap();
        assert!(confused.verify_with_any(&keys).is_err());
        // An algorithm that discovery does not name.
        let p384 = SigningKey::generate_ec_p384().unwrap();
        let (unlisted, _) = ClientAssertion::read(&sign(&p384, None, &claims()).unwrap()).unwrap();
        assert!(unlisted.verify_with_any(&public(&p384)).is_err());
        let (longer, _) =
            ClientAssertion::read(&sign_hmac(Algorithm::Hs512, b"secret", None, &claims()).unwrap()).unwrap();
        assert!(longer.verify_under(b"secret").is_err());
        // Without a name each key of the algorithm is tried.
        let other = SigningKey::generate_ec(Curve::P256).unwrap();
        let unnamed = |key: &SigningKey| {
            let mut jwk = key.public_jwk().clone();
            jwk.kid = None;
            soleira_crypto::VerifyingKey::from_jwk(&jwk).unwrap()
        };
        let both: VerifyingKeys = [unnamed(&other), unnamed(&key)].into_iter().collect();
        assert!(
            by_key.verify_with_any(&both).unwrap().is_none(),
            "it names its key, they have no name"
        );
        let (by_other, _) = ClientAssertion::read(&sign(&other, None, &claims()).unwrap()).unwrap();
        assert!(by_other.verify_with_any(&keys).unwrap().is_none());
    }
}
