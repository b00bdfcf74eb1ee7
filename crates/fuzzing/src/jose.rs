//! The parsers of JSON Web Signatures and Keys.

use crate::text;
use soleira_crypto::jws::{self, Unverified};
use soleira_crypto::{Algorithm, Jwk, JwkSet, VerifyingKey, VerifyingKeys};
use std::sync::LazyLock;

/// The key of RFC 7515 A.3, whose private half signs none of the inputs but its own example.
const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

/// Its example's payload.
const PAYLOAD: &[u8] = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

static VERIFYING: LazyLock<VerifyingKey> = LazyLock::new(|| {
    let jwk: Jwk = serde_json::from_str(KEY).expect("a key");
    VerifyingKey::from_jwk(&jwk).expect("a usable key")
});

/// The bytes are a token.
pub fn jws(data: &[u8]) {
    let token = text(data);
    let keys: VerifyingKeys = [VERIFYING.clone()].into_iter().collect();
    if let Ok(verified) = jws::verify(&token, |header| keys.find(header)) {
        assert_eq!(verified.payload(), PAYLOAD, "a signature covers what it covers");
    }
    assert!(jws::verify_hmac(&token, b"nobody signs with this").is_err());
    let Ok(unverified) = Unverified::parse(&token) else {
        return;
    };
    assert!(token.len() <= jws::MAX_TOKEN_BYTES);
    assert_eq!(token.split('.').count(), 3);
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)),
        "{token:?}"
    );
    assert!(Algorithm::parse(unverified.header().alg.as_str()).is_some());
    let _ = unverified.header().is_type("at+jwt");
    let _ = unverified.claims_unverified::<serde_json::Value>();
}

/// The bytes are a key, and a set of keys.
pub fn jwk(data: &[u8]) {
    if let Ok(set) = serde_json::from_slice::<JwkSet>(data) {
        let keys = VerifyingKeys::from_jwks(&set);
        assert!(keys.iter().count() <= set.keys.len());
        // What was read is written without what we do not know, and reads the same.
        let written = serde_json::to_vec(&set).expect("a set can be written");
        assert_eq!(serde_json::from_slice::<JwkSet>(&written).expect("and read again"), set);
    }
    let Ok(jwk) = serde_json::from_slice::<Jwk>(data) else {
        return;
    };
    if let Some(thumbprint) = jwk.thumbprint() {
        assert_eq!(thumbprint.len(), 43);
    }
    let Ok(key) = VerifyingKey::from_jwk(&jwk) else {
        return;
    };
    for algorithm in Algorithm::ALL {
        assert!(
            !(algorithm.is_hmac() && key.permits(algorithm)),
            "a public key is no secret"
        );
    }
    assert!(jwk.thumbprint().is_some(), "a usable key has a name");
}
