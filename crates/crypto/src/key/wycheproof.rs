//! Project Wycheproof's vectors: signatures that verifiers have wrongly accepted or refused.

use super::VerifyingKey;
use crate::Jwk;
use crate::jws::Algorithm;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    source: String,
    alg: String,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    jwk: Jwk,
    tests: Vec<(u32, bool, String, String, String)>,
}

/// Runs the vectors of a file; how many there were.
fn run(text: &str) -> usize {
    let file: File = serde_json::from_str(text).unwrap();
    let algorithm = Algorithm::parse(&file.alg).unwrap();
    let mut count = 0;
    for group in &file.groups {
        let key = VerifyingKey::from_jwk_as(&group.jwk, algorithm).unwrap();
        for (id, valid, comment, message, signature) in &group.tests {
            let (message, signature) = (hex::decode(message).unwrap(), hex::decode(signature).unwrap());
            assert_eq!(
                key.verify(algorithm, &message, &signature),
                *valid,
                "{} {id}: {comment}",
                file.source
            );
            // A pinned key knows its bytes under no other name, whatever else they may be a signature of.
            for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
                assert!(
                    !key.verify(other, &message, &signature),
                    "{} {id} as {other}",
                    file.source
                );
            }
            count += 1;
        }
    }
    count
}

macro_rules! vectors {
    ($($name:ident: $count:literal),* $(,)?) => { $(
        #[test]
        fn $name() {
            assert_eq!(run(include_str!(concat!("../../testdata/wycheproof/", stringify!($name), ".json"))), $count);
        }
    )* };
}

vectors! {
    ecdsa_secp256r1_sha256_p1363: 118,
    ecdsa_secp384r1_sha384_p1363: 114,
    ecdsa_secp521r1_sha512_p1363: 114,
    rsa_signature_2048_sha256: 39,
    rsa_signature_4096_sha256: 21,
    rsa_signature_8192_sha256: 11,
    rsa_pss_2048_sha256_mgf1_32: 21,
    rsa_pss_4096_sha256_mgf1_32: 12,
    ed25519: 81,
}
