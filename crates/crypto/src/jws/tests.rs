use super::*;
use crate::Jwk;
use crate::digest::base64url;
use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Vector {
    source: String,
    alg: String,
    jwk: Jwk,
    token: String,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../testdata/jws-vectors.json")).unwrap()
}

fn key() -> SigningKey {
    SigningKey::generate_ec_p384().unwrap()
}

fn forged(header: &Value, payload: &Value, signature: &[u8]) -> String {
    [header.to_string().as_bytes(), payload.to_string().as_bytes(), signature]
        .map(base64url)
        .join(".")
}

#[test]
fn the_signatures_of_the_standards_verify() {
    for vector in vectors() {
        let key = VerifyingKey::from_jwk(&vector.jwk).unwrap();
        let verified = verify(&vector.token, |header| {
            assert_eq!(header.alg.as_str(), vector.alg);
            Some(&key)
        });
        assert!(verified.is_ok(), "{}: {verified:?}", vector.source);
    }
}

#[test]
fn a_changed_part_does_not_verify() {
    for vector in vectors() {
        let key = VerifyingKey::from_jwk(&vector.jwk).unwrap();
        let parts: Vec<&str> = vector.token.split('.').collect();
        for (index, part) in parts.iter().enumerate() {
            let mut bytes = from_base64url(part).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            let changed = base64url(&bytes);
            let mut parts = parts.clone();
            parts[index] = &changed;
            assert!(
                verify(&parts.join("."), |_| Some(&key)).is_err(),
                "{} part {index}",
                vector.source
            );
        }
        let emptied = format!("{}.{}.", parts[0], parts[1]);
        assert_eq!(verify(&emptied, |_| Some(&key)), Err(JwsError::BadSignature));
    }
}

#[test]
fn the_hmac_of_the_standards_verifies() {
    let a1_key =
        from_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
    let a1 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9\
        .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
        .dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let verified = verify_hmac(a1, &a1_key).unwrap();
    assert!(verified.header.is_type("JWT"));
    assert_eq!(verified.claims::<Value>().unwrap()["iss"], "joe");
    assert_eq!(verify_hmac(a1, b"another secret"), Err(JwsError::BadSignature));

    // RFC 7520 §4.4: the cookbook's payload is that of its other examples.
    let payload = vectors()
        .into_iter()
        .find(|vector| vector.source == "RFC 7520 4.1")
        .unwrap()
        .token;
    let payload = payload.split('.').nth(1).unwrap();
    let token = format!(
        "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.{payload}\
         .s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"
    );
    assert!(
        verify_hmac(
            &token,
            &from_base64url("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg").unwrap()
        )
        .is_ok()
    );
}

#[test]
fn hmac_tokens_round_trip() {
    for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
        let token = sign_hmac(algorithm, b"secret", None, &json!({"iss": "client"})).unwrap();
        let verified = verify_hmac(&token, b"secret").unwrap();
        assert_eq!(
            verified.header,
            Header {
                alg: algorithm,
                typ: None,
                kid: None
            }
        );
    }
    assert_eq!(
        sign_hmac(Algorithm::Es256, b"secret", None, &json!({})),
        Err(JwsError::AlgorithmMismatch),
        "a secret makes no signature"
    );
}

#[test]
fn the_header_is_that_of_the_wire() {
    let key = key();
    let header = |token: &str| String::from_utf8(from_base64url(token.split('.').next().unwrap()).unwrap()).unwrap();
    let token = sign(&key, Some("at+jwt"), &json!({"sub": "u"})).unwrap();
    assert_eq!(
        header(&token),
        format!(r#"{{"alg":"ES384","typ":"at+jwt","kid":"{}"}}"#, key.kid())
    );
    let token = sign(&key, None, &json!({"sub": "u"})).unwrap();
    assert_eq!(header(&token), format!(r#"{{"alg":"ES384","kid":"{}"}}"#, key.kid()));
}

#[test]
fn claims_survive_in_their_order() {
    let key = key();
    let verifying = key.verifying_key().unwrap();
    let claims = json!({"z": 1, "a": "ü", "m": [null, true]});
    let token = sign(&key, Some("at+jwt"), &claims).unwrap();
    let verified = verify(&token, |header| {
        (header.kid.as_deref() == Some(key.kid())).then_some(&verifying)
    })
    .unwrap();
    assert_eq!(verified.payload(), claims.to_string().as_bytes());
    assert_eq!(verified.claims::<Value>().unwrap(), claims);
    assert!(verified.header.is_type("AT+JWT"));
    assert!(matches!(verified.claims::<Vec<u8>>(), Err(JwsError::Claims(_))));
    assert_eq!(verify(&token, |_| None), Err(JwsError::UnknownKey));
}

#[test]
fn types_are_compared_as_media_types() {
    let header = |typ: &str| Header {
        alg: Algorithm::Es384,
        typ: Some(typ.to_owned()),
        kid: None,
    };
    assert!(header("application/at+jwt").is_type("at+jwt"));
    assert!(header("Application/AT+JWT").is_type("at+jwt"));
    assert!(!header("JWT").is_type("at+jwt"));
    assert!(!header("applicatioñ/at+jwt").is_type("at+jwt"));
    assert!(
        !Header {
            typ: None,
            ..header("")
        }
        .is_type("at+jwt")
    );
}

#[test]
fn an_algorithm_never_comes_from_the_token() {
    let key = key();
    let verifying = key.verifying_key().unwrap();
    let payload = json!({"sub": "u"});
    for alg in ["none", "None", "NONE", "nOnE", "", "ES384 ", "es384", "A128GCM"] {
        for signature in [&b""[..], b"x"] {
            let token = forged(&json!({"alg": alg}), &payload, signature);
            assert_eq!(
                verify(&token, |_| Some(&verifying)),
                Err(JwsError::UnsupportedAlgorithm),
                "{alg}"
            );
        }
    }
    for alg in ["ES256", "ES512", "RS256", "PS256", "EdDSA", "HS256", "HS384", "HS512"] {
        let token = forged(&json!({"alg": alg}), &payload, &[0; 96]);
        assert_eq!(
            verify(&token, |_| Some(&verifying)),
            Err(JwsError::AlgorithmMismatch),
            "{alg}"
        );
    }
    // The classic: the public key as an HMAC secret.
    let public = serde_json::to_vec(key.public_jwk()).unwrap();
    let confused = sign_hmac(Algorithm::Hs384, &public, None, &payload).unwrap();
    assert_eq!(
        verify(&confused, |_| Some(&verifying)),
        Err(JwsError::AlgorithmMismatch)
    );
    let signed = sign(&key, None, &payload).unwrap();
    assert_eq!(verify_hmac(&signed, &public), Err(JwsError::AlgorithmMismatch));
}

#[test]
fn signatures_of_the_wrong_shape_do_not_verify() {
    let key = key();
    let verifying = key.verifying_key().unwrap();
    let token = sign(&key, None, &json!({})).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = from_base64url(signature).unwrap();
    let padded = [signature.as_slice(), &[0]].concat();
    // CVE-2022-21449: r = s = 0.
    for bad in [vec![0; 96], vec![0xff; 96], signature[..95].to_vec(), padded] {
        let token = format!("{input}.{}", base64url(&bad));
        assert_eq!(verify(&token, |_| Some(&verifying)), Err(JwsError::BadSignature));
    }
}

#[test]
fn critical_and_repeated_header_members_are_refused() {
    let verifying = key().verifying_key().unwrap();
    for header in [
        json!({"alg": "ES384", "crit": ["b64"], "b64": false}),
        json!({"alg": "ES384", "crit": []}),
        json!({"alg": "ES384", "crit": null}),
    ] {
        let token = forged(&header, &json!({}), &[0; 96]);
        assert_eq!(
            verify(&token, |_| Some(&verifying)),
            Err(JwsError::CriticalHeader),
            "{header}"
        );
    }
    for header in [
        r#"{"alg":"ES384","alg":"ES256"}"#,
        r#"{"alg":"ES384","\u0061lg":"none"}"#,
        r#"{"alg":"ES384","kid":"a","kid":"a"}"#,
        r#"{"alg":"ES384","jku":1,"jku":2}"#,
        r#"{"alg":null}"#,
        r#"{"alg":"ES384","kid":1}"#,
        r#"{"alg":"ES384",}"#,
        " ",
        "null",
        "\"ES384\"",
        r#"{"alg":1}"#,
        "{}",
        "[]",
        "",
        "{\"alg\":\"ES384\"} x",
    ] {
        let token = format!("{}.e30.AA", base64url(header.as_bytes()));
        assert!(
            matches!(verify(&token, |_| Some(&verifying)), Err(JwsError::Malformed(_))),
            "{header}"
        );
    }
}

#[test]
fn only_the_compact_form_is_read() {
    let key = key();
    let verifying = key.verifying_key().unwrap();
    let token = sign(&key, None, &json!({"sub": "u"})).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    for malformed in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{header}.{payload}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.x"),
        format!("{token}.x.y"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}="),
        format!("{header}={payload}.{signature}"),
        format!("{header}.{payload}==.{signature}"),
        format!("{header}. {payload}.{signature}"),
        format!("{header}.{payload}.{}", signature.replace(['-', '_'], "+") + "+"),
        format!("{header}\u{0}.{payload}.{signature}"),
    ] {
        assert!(
            matches!(verify(&malformed, |_| Some(&verifying)), Err(JwsError::Malformed(_))),
            "{malformed:?}"
        );
    }
    assert_eq!(
        verify(&"a".repeat(MAX_TOKEN_BYTES + 1), |_| Some(&verifying)),
        Err(JwsError::TooLong)
    );
}

#[test]
fn a_token_can_be_looked_at_before_it_is_trusted() {
    let key = key();
    let token = sign(&key, None, &json!({"iss": "client"})).unwrap();
    let unverified = Unverified::parse(&token).unwrap();
    assert_eq!(unverified.header().kid.as_deref(), Some(key.kid()));
    assert_eq!(unverified.claims_unverified::<Value>().unwrap()["iss"], "client");
    assert!(unverified.clone().verify(&key.verifying_key().unwrap()).is_ok());
    assert_eq!(
        unverified.verify(&self::key().verifying_key().unwrap()),
        Err(JwsError::BadSignature),
        "another key of the same kind"
    );
}

#[test]
fn unserialisable_claims_are_an_error() {
    let claims: std::collections::BTreeMap<Vec<u8>, u8> = [(vec![1], 1)].into();
    assert!(matches!(sign(&key(), None, &claims), Err(JwsError::Signing(_))));
}

/// Project Wycheproof's vectors of whole tokens: `[tcId, valid, comment, token]`.
#[derive(Deserialize)]
struct Tokens<K> {
    #[serde(flatten)]
    key: K,
    tests: Vec<(u32, bool, String, String)>,
}

#[test]
fn tokens_that_others_have_taken_for_valid_are_refused() {
    #[derive(Deserialize)]
    struct Secret {
        k: String,
    }
    #[derive(Deserialize)]
    struct Public {
        jwk: Jwk,
    }
    #[derive(Deserialize)]
    struct File {
        hs256: Tokens<Secret>,
        es256: Tokens<Public>,
    }
    let file: File = serde_json::from_str(include_str!("../../testdata/wycheproof/json_web_signature.json")).unwrap();
    let secret = from_base64url(&file.hs256.key.k).unwrap();
    for (id, valid, comment, token) in &file.hs256.tests {
        assert_eq!(verify_hmac(token, &secret).is_ok(), *valid, "{id}: {comment}");
    }
    let keys = crate::VerifyingKeys::from_jwks(&crate::JwkSet {
        keys: vec![file.es256.key.jwk],
    });
    for (id, valid, comment, token) in &file.es256.tests {
        assert_eq!(
            verify(token, |header| keys.find(header)).is_ok(),
            *valid,
            "{id}: {comment}"
        );
    }
    assert_eq!(file.hs256.tests.len() + file.es256.tests.len(), 32);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*", dotted in "[A-Za-z0-9_.-]{0,200}") {
        for token in [text, dotted] {
            prop_assert!(Unverified::parse(&token).is_err());
            prop_assert!(verify_hmac(&token, b"secret").is_err());
        }
    }

    #[test]
    fn no_header_panics(header in proptest::collection::vec(any::<u8>(), 0..64), alg in "[A-Z]{2}[0-9]{3}") {
        let _ = Unverified::parse(&format!("{}.e30.AA", base64url(&header)));
        let _ = Unverified::parse(&forged(&json!({"alg": alg}), &json!({}), &[]));
    }
}
