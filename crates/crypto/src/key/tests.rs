use super::*;
use serde_json::json;

const EC_P256: &str = include_str!("../../testdata/ec-p256.pkcs8.pem");
const EC_P521_SEC1: &str = include_str!("../../testdata/ec-p521.sec1.pem");
const EC_SECP256K1: &str = include_str!("../../testdata/ec-secp256k1.pkcs8.pem");
const ENCRYPTED: &str = include_str!("../../testdata/ec-p256.encrypted.pem");
const ED25519: &str = include_str!("../../testdata/ed25519.pkcs8.pem");
const RSA_1024: &str = include_str!("../../testdata/rsa-1024.pkcs8.pem");
const RSA_2048: &str = include_str!("../../testdata/rsa-2048.pkcs8.pem");
const RSA_2048_PKCS1: &str = include_str!("../../testdata/rsa-2048.pkcs1.pem");

fn members(key: &SigningKey) -> Vec<String> {
    let jwk = serde_json::to_value(key.public_jwk()).unwrap();
    jwk.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn each_key_has_the_algorithm_of_its_type_and_curve() {
    for (pem, algorithm) in [
        (EC_P256, Algorithm::Es256),
        (EC_P521_SEC1, Algorithm::Es512),
        (RSA_2048, Algorithm::Rs256),
        (RSA_2048_PKCS1, Algorithm::Rs256),
        (ED25519, Algorithm::EdDsa),
    ] {
        let key = SigningKey::from_pem(pem).unwrap();
        assert_eq!(key.alg(), algorithm);
        let signature = key.sign(b"message").unwrap();
        let verifying = key.verifying_key().unwrap();
        assert!(verifying.verify(algorithm, b"message", &signature));
        assert!(!verifying.verify(algorithm, b"another", &signature));
        for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            assert!(!verifying.permits(other), "{other}");
            assert!(!verifying.verify(other, b"message", &signature), "{other}");
        }
    }
}

#[test]
fn every_kind_of_key_can_be_made() {
    for (curve, algorithm) in [
        (Curve::P256, Algorithm::Es256),
        (Curve::P384, Algorithm::Es384),
        (Curve::P521, Algorithm::Es512),
    ] {
        assert_eq!(SigningKey::generate_ec(curve).unwrap().alg(), algorithm);
    }
    assert_eq!(SigningKey::generate_ed25519().unwrap().alg(), Algorithm::EdDsa);
}

#[test]
fn a_key_signs_with_what_its_type_allows() {
    let read = |pem| SigningKey::from_pem(pem).unwrap();
    for (key, algorithm) in [
        (read(RSA_2048), Algorithm::Ps256),
        (read(RSA_2048), Algorithm::Rs256),
        (read(ED25519), Algorithm::Ed25519),
        (read(EC_P256), Algorithm::Es256),
    ] {
        let key = key.with_algorithm(algorithm).unwrap();
        let signature = key.sign(b"message").unwrap();
        let verifying = key.verifying_key().unwrap();
        assert!(verifying.verify(algorithm, b"message", &signature), "{algorithm}");
        assert!(
            VerifyingKey::from_jwk(key.public_jwk())
                .unwrap()
                .verify(algorithm, b"message", &signature)
        );
    }
    let other_padding = read(RSA_2048).with_algorithm(Algorithm::Ps256).unwrap();
    let signature = other_padding.sign(b"message").unwrap();
    let pinned = read(RSA_2048).verifying_key().unwrap();
    assert!(
        !pinned.verify(Algorithm::Ps256, b"message", &signature),
        "pinned to RS256"
    );
    assert!(!pinned.verify(Algorithm::Rs256, b"message", &signature));
    assert!(read(RSA_2048).with_algorithm(Algorithm::Es256).is_err());
    assert!(read(EC_P256).with_algorithm(Algorithm::Es384).is_err());
    assert!(read(ED25519).with_algorithm(Algorithm::Rs256).is_err());
}

#[test]
fn the_default_key_is_es384_and_survives_storage() {
    let key = SigningKey::generate_ec_p384().unwrap();
    assert_eq!(key.alg(), Algorithm::Es384);
    assert_eq!(key.kid().len(), 43);
    let pem = key.to_pkcs8_pem().unwrap();
    assert!(pem.expose().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(pem.expose().lines().all(|line| line.len() <= 64));
    let read = SigningKey::from_pem(pem.expose()).unwrap();
    assert_eq!(read.public_jwk(), key.public_jwk());
    assert_eq!(format!("{key:?}"), format!("SigningKey(ES384 {})", key.kid()));
}

#[test]
fn rsa_and_ed25519_survive_storage() {
    for pem in [RSA_2048, ED25519, EC_P521_SEC1] {
        let key = SigningKey::from_pem(pem).unwrap();
        let stored = key.to_pkcs8_pem().unwrap();
        assert_eq!(SigningKey::from_pem(stored.expose()).unwrap().kid(), key.kid());
    }
    assert_eq!(
        SigningKey::from_pem(RSA_2048).unwrap().kid(),
        SigningKey::from_pem(RSA_2048_PKCS1).unwrap().kid()
    );
}

#[test]
fn published_keys_have_the_members_of_the_wire() {
    assert_eq!(
        members(&SigningKey::from_pem(EC_P256).unwrap()),
        ["kty", "use", "kid", "alg", "crv", "x", "y"]
    );
    assert_eq!(
        members(&SigningKey::from_pem(RSA_2048).unwrap()),
        ["kty", "use", "kid", "e", "n"]
    );
    let jwk = SigningKey::from_pem(EC_P521_SEC1).unwrap().public_jwk().clone();
    assert_eq!((jwk.alg.as_deref(), jwk.crv.as_deref()), (Some("ES512"), Some("P-521")));
    assert_eq!(jwk.x.unwrap().len(), 88, "coordinates keep their leading zeros");
    assert_eq!(jwk.usage.as_deref(), Some("sig"));
    assert_eq!(
        SigningKey::from_pem(RSA_2048).unwrap().public_jwk().e.as_deref(),
        Some("AQAB")
    );
}

#[test]
fn unsuitable_private_keys_are_refused() {
    assert!(matches!(
        SigningKey::from_pem(RSA_1024),
        Err(KeyError::RsaSize(1024) | KeyError::PrivateKey)
    ));
    assert!(matches!(SigningKey::from_pem(EC_SECP256K1), Err(KeyError::PrivateKey)));
    assert!(matches!(SigningKey::from_pem(ENCRYPTED), Err(KeyError::Pem(_))));
    assert!(matches!(SigningKey::from_pem("no key"), Err(KeyError::Pem(_))));
    assert!(matches!(SigningKey::from_der(&[]), Err(KeyError::PrivateKey)));
    assert!(matches!(SigningKey::from_der(&[0x30; 40]), Err(KeyError::PrivateKey)));
}

fn jwk(value: serde_json::Value) -> Jwk {
    serde_json::from_value(value).unwrap()
}

#[test]
fn unsuitable_public_keys_are_refused() {
    let good = SigningKey::from_pem(EC_P256).unwrap().public_jwk().clone();
    assert!(VerifyingKey::from_jwk(&good).is_ok());
    let refused = |change: &dyn Fn(&mut Jwk)| {
        let mut changed = good.clone();
        change(&mut changed);
        assert!(VerifyingKey::from_jwk(&changed).is_err(), "{changed:?}");
    };
    refused(&|jwk| jwk.usage = Some("enc".to_owned()));
    refused(&|jwk| jwk.key_ops = Some(vec!["encrypt".to_owned()]));
    refused(&|jwk| jwk.alg = Some("none".to_owned()));
    refused(&|jwk| jwk.alg = Some("HS256".to_owned()));
    refused(&|jwk| jwk.alg = Some("RS256".to_owned()));
    refused(&|jwk| jwk.alg = Some("ES384".to_owned()));
    refused(&|jwk| jwk.crv = Some("P-384".to_owned()));
    refused(&|jwk| jwk.crv = None);
    refused(&|jwk| jwk.x = None);
    refused(&|jwk| jwk.x = jwk.y.clone());
    refused(&|jwk| jwk.x = Some(base64url(&[0; 31])));
    refused(&|jwk| jwk.kty = "oct".to_owned());
    let rsa = |n: &[u8], e: &[u8]| jwk(json!({"kty": "RSA", "n": base64url(n), "e": base64url(e)}));
    assert!(matches!(
        VerifyingKey::from_jwk(&rsa(&[0xff; 128], &[1, 0, 1])),
        Err(KeyError::RsaSize(1024))
    ));
    assert!(matches!(
        VerifyingKey::from_jwk(&rsa(&[0xff; 1025], &[1, 0, 1])),
        Err(KeyError::RsaSize(8200))
    ));
    assert!(VerifyingKey::from_jwk(&rsa(&[0; 256], &[1, 0, 1])).is_err());
    assert!(VerifyingKey::from_jwk(&jwk(json!({"kty": "OKP", "crv": "X25519", "x": base64url(&[9; 32])}))).is_err());
}

#[test]
fn a_set_is_searched_by_name_and_algorithm() {
    let mut first = SigningKey::from_pem(EC_P256).unwrap().public_jwk().clone();
    first.kid = Some("one".to_owned());
    let mut second = SigningKey::from_pem(RSA_2048).unwrap().public_jwk().clone();
    second.kid = None;
    let unusable = jwk(json!({"kty": "EC", "crv": "P-256", "kid": "bad"}));
    let keys = VerifyingKeys::from_jwks(&crate::JwkSet {
        keys: vec![unusable, first, second],
    });
    let header = |alg, kid: Option<&str>| Header {
        alg,
        typ: None,
        kid: kid.map(str::to_owned),
    };
    assert_eq!(
        keys.find(&header(Algorithm::Es256, Some("one"))).unwrap().kid(),
        Some("one")
    );
    assert_eq!(keys.find(&header(Algorithm::Es256, None)).unwrap().kid(), Some("one"));
    assert_eq!(keys.find(&header(Algorithm::Ps256, None)).unwrap().kid(), None);
    assert!(keys.find(&header(Algorithm::Rs256, Some("one"))).is_none());
    assert!(keys.find(&header(Algorithm::Es256, Some("two"))).is_none());
    assert!(keys.find(&header(Algorithm::Hs256, None)).is_none());
    assert!(!keys.is_empty());
}
