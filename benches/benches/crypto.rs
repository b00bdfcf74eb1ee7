//! What the cryptography of a request costs: `cargo bench -p soleira-benches`.

#![expect(clippy::expect_used, reason = "a bench that cannot begin ends")]

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;
use soleira_crypto::{SigningKey, SystemEntropy, VerifyingKeys, jws, password};
use std::hint::black_box;

fn signatures(c: &mut Criterion) {
    let key = SigningKey::generate_ec_p384().expect("a key");
    let claims = json!({
        "jti": "p3oV1kq2Jr0sZQy8mZ5cXw7nDf4Lh9Gb6Ta-Ue_RiKO", "sub": "h2x9v0q4m1k7s3d8f6j5a", "iat": 1, "exp": 3601,
        "scope": "all", "client_id": "h2x9v0q4m1k7s3d8f6j5a", "iss": "http://localhost:3001/oidc",
        "aud": "https://default.logto.app/api",
    });
    c.bench_function("jws/sign ES384", |b| {
        b.iter(|| jws::sign(&key, Some("at+jwt"), black_box(&claims)));
    });
    let token = jws::sign(&key, Some("at+jwt"), &claims).expect("a token");
    let set = soleira_crypto::JwkSet {
        keys: vec![key.public_jwk().clone()],
    };
    let keys = VerifyingKeys::from_jwks(&set);
    c.bench_function("jws/verify ES384", |b| {
        b.iter(|| jws::verify(black_box(&token), |header| keys.find(header)).is_ok());
    });
}

fn passwords(c: &mut Criterion) {
    let mut group = c.benchmark_group("password");
    group.sample_size(20);
    let stored = password::hash("correct horse", password::Params::LOGTO, &SystemEntropy).expect("a hash");
    group.bench_function("verify Argon2i", |b| {
        b.iter(|| password::verify(password::PasswordMethod::Argon2i, &stored, black_box("correct horse")));
    });
    group.finish();
}

criterion_group!(crypto, signatures, passwords);
criterion_main!(crypto);
