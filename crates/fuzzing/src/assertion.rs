//! The parser of client credentials and client assertions.

use crate::text;
use serde_json::Value;
use soleira_core::Timestamp;
use soleira_crypto::jws;
use soleira_oauth::Params;
use soleira_oauth::client_assertion::{self, ClientAssertion, SECRET_ALGORITHM};
use soleira_oauth::client_auth::Credentials;

const ISSUER: &str = "https://id.example/oidc";
const SECRET: &[u8] = b"a secret of thirty-two characters";
const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// The bytes are an assertion, the claims of one that is signed well, a header, and a form.
pub fn run(data: &[u8]) {
    let input = text(data);
    if let Ok((assertion, client_id)) = ClientAssertion::read(&input) {
        assert!(!client_id.is_empty());
        // Nobody without the secret makes one that holds.
        assert!(assertion.verify_under(SECRET).is_err() || is_ours(&input));
        let _ = assertion.key_header();
    }
    let form = format!(
        "client_assertion_type={}&client_assertion={}",
        client_assertion::TYPE,
        url::form_urlencoded::byte_serialize(data).collect::<String>()
    );
    for params in [Params::from_form(&input), Params::from_form(&form)]
        .into_iter()
        .flatten()
    {
        for header in [None, Some(&*input)] {
            if let Ok(credentials) = Credentials::read(header, &params) {
                let proofs = [credentials.secret.is_some(), credentials.assertion.is_some()];
                assert!(proofs.iter().filter(|proof| **proof).count() <= 1, "one proof at most");
            }
        }
    }
    if let Ok(claims) = serde_json::from_slice::<Value>(data) {
        signed(&claims);
    }
}

/// Whether the text was signed here: a mutation may leave it whole.
fn is_ours(token: &str) -> bool {
    jws::verify_hmac(token, SECRET).is_ok()
}

/// Claims of any form under the client's own secret: accepted only if they say what they have to.
fn signed(claims: &Value) {
    let token = jws::sign_hmac(SECRET_ALGORITHM, SECRET, None, claims).expect("JSON can be signed");
    let Ok((assertion, client_id)) = ClientAssertion::read(&token) else {
        return;
    };
    let verified = assertion.verify_under(SECRET).expect("it was signed so");
    let Ok(once) = client_assertion::accept(&verified, &client_id, &[ISSUER], NOW) else {
        return;
    };
    assert_eq!(claims["iss"], client_id.as_str());
    assert_eq!(claims["sub"], client_id.as_str());
    let audience = match &claims["aud"] {
        Value::Array(items) => {
            assert_eq!(items.len(), 1);
            &items[0]
        }
        other => other,
    };
    assert_eq!(audience, ISSUER);
    let expiry = claims["exp"].as_f64().expect("a number");
    assert!(expiry > 1_799_999_984.0 && expiry < 1_800_003_616.0, "{expiry}");
    assert!(claims["jti"].as_str().is_some_and(|jti| !jti.is_empty()));
    assert!(once.until > NOW, "it is remembered as long as it could be repeated");
}
