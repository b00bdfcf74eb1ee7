//! How applications are registered to authenticate: `tokenEndpointAuthMethod`, `jwks` and `jwksUri`.

use super::{Admin, refused, refused_field};
use serde_json::{Value, json};
use soleira_crypto::{Curve, SigningKey};
use soleira_testkit::on_both_engines;

fn metadata(further: &Value) -> Value {
    let mut metadata = json!({"redirectUris": ["https://app.example/callback"], "postLogoutRedirectUris": []});
    let further = further.as_object().cloned().unwrap_or_default();
    metadata.as_object_mut().unwrap().extend(further);
    json!({"oidcClientMetadata": metadata})
}

fn public() -> Value {
    serde_json::to_value(SigningKey::generate_ec(Curve::P256).unwrap().public_jwk()).unwrap()
}

on_both_engines! {
    async fn a_registration_is_kept_and_shown(server) {
        let admin = Admin::of(server).await;
        let web = admin.application("Web", "Traditional").await;
        let path = format!("/api/applications/{web}");
        let plain = admin.get(&path).await.expect(200).json();
        for member in ["tokenEndpointAuthMethod", "jwks", "jwksUri"] {
            assert!(plain["oidcClientMetadata"].get(member).is_none(), "nothing that the wire does not know");
        }
        let keys = json!({"keys": [public()]});
        for registration in [
            json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwks": keys}),
            json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "https://app.example/jwks.json"}),
            json!({"tokenEndpointAuthMethod": "client_secret_jwt"}),
            json!({"tokenEndpointAuthMethod": "client_secret_post"}),
        ] {
            let body = metadata(&registration);
            let patched = admin.patch(&path, body.clone()).await.expect(200).json();
            assert_eq!(patched["oidcClientMetadata"], body["oidcClientMetadata"]);
            assert_eq!(admin.get(&path).await.expect(200).json()["oidcClientMetadata"], body["oidcClientMetadata"]);
        }
        // As everything in the object, it goes when it is left out.
        admin.patch(&path, metadata(&json!({}))).await.expect(200);
        assert_eq!(admin.get(&path).await.expect(200).json()["oidcClientMetadata"], plain_metadata());
    }

    async fn what_could_not_work_is_refused(server) {
        let admin = Admin::of(server).await;
        let (web, spa) = (admin.application("Web", "Traditional").await, admin.application("Page", "SPA").await);
        let patch = async |id: &str, further: Value| {
            admin.patch(&format!("/api/applications/{id}"), metadata(&further)).await
        };
        let at = |path: &str| {
            let mut segments = vec![json!("oidcClientMetadata")];
            segments.extend(path.split('.').map(|part| part.parse::<u64>().map_or_else(|_| json!(part), |at| json!(at))));
            Value::Array(segments)
        };
        for (id, further, place) in [
            (&web, json!({"tokenEndpointAuthMethod": "private_key_jwt"}), "tokenEndpointAuthMethod"),
            (&web, json!({"tokenEndpointAuthMethod": "none"}), "tokenEndpointAuthMethod"),
            (&spa, json!({"tokenEndpointAuthMethod": "client_secret_basic"}), "tokenEndpointAuthMethod"),
            (&spa, json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwks": {"keys": [public()]}}), "tokenEndpointAuthMethod"),
            (&web, json!({"jwks": {"keys": [public()]}, "jwksUri": "https://app.example/jwks"}), "jwksUri"),
            (&web, json!({"jwksUri": "ftp://app.example/jwks"}), "jwksUri"),
            (&web, json!({"jwksUri": "jwks.json"}), "jwksUri"),
            (&web, json!({"jwks": {}}), "jwks"),
            (&web, json!({"jwks": []}), "jwks"),
            (&web, json!({"jwks": {"keys": []}}), "jwks.keys"),
            (&web, json!({"jwks": {"keys": vec![public(); 21]}}), "jwks.keys"),
            (&web, json!({"jwks": {"keys": [public(), 3]}}), "jwks.keys.1"),
            (&web, json!({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}), "jwks.keys.0"),
            (&web, json!({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}}), "jwks.keys.0"),
            (&web, json!({"jwks": {"keys": [with(public(), "use", "enc")]}}), "jwks.keys.0"),
            // A private key is a leak, and a curve that discovery does not name a key that never works.
            (&web, json!({"jwks": {"keys": [with(public(), "d", "AA")]}}), "jwks.keys.0"),
            (&web, json!({"jwks": {"keys": [p384()]}}), "jwks.keys.0"),
        ] {
            refused_field(patch(id, further).await, &at(place));
        }
        refused(patch(&web, json!({"tokenEndpointAuthMethod": "tls_client_auth"})).await, 400, "guard.invalid_input");
        patch(&spa, json!({"tokenEndpointAuthMethod": "none"})).await.expect(200);
        let new = json!({"name": "Machine", "type": "MachineToMachine",
            "oidcClientMetadata": {"redirectUris": [], "postLogoutRedirectUris": [], "tokenEndpointAuthMethod": "private_key_jwt"}});
        refused_field(admin.post("/api/applications", new).await, &at("tokenEndpointAuthMethod"));
    }
}

fn plain_metadata() -> Value {
    metadata(&json!({}))["oidcClientMetadata"].clone()
}

fn with(mut key: Value, name: &str, value: &str) -> Value {
    key[name] = json!(value);
    key
}

fn p384() -> Value {
    serde_json::to_value(SigningKey::generate_ec_p384().unwrap().public_jwk()).unwrap()
}
