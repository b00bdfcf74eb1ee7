//! What a script for claims costs each token: `cargo bench -p soleira-benches --bench script`.

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value, json};
use soleira_script::{Denial, Limits, Run};
use std::hint::black_box;

fn claims(c: &mut Criterion) {
    let context = json!({
        "user": {
            "id": "h2x9v0q4m1k7", "username": "ada", "customData": {"plan": "pro"},
            "roles": [{"id": "r", "name": "clerk", "scopes": [{"name": "read:orders"}]}], "organizations": [],
        },
    });
    let run = Run {
        source: "const getCustomJwtClaims = async ({ context, api }) => {
            if (context.user.customData.unpaid) api.denyAccess('Pay first');
            return { plan: context.user.customData.plan, roles: context.user.roles.map(({ name }) => name) };
        };"
        .into(),
        entry: "getCustomJwtClaims",
        argument: Map::from_iter([("token".to_owned(), Value::Null), ("context".to_owned(), context)]),
        network: None,
        limits: Limits::default(),
        denial: Denial::default(),
    };
    c.bench_function("script/claims", |b| b.iter(|| soleira_script::run(black_box(&run))));
}

criterion_group!(script, claims);
criterion_main!(script);
