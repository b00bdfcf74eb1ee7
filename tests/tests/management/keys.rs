//! `/api/configs/oidc/{private-keys|cookie-keys}`: keys, and how one follows another.

use super::{Admin, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_core::EntropyExt as _;
use soleira_core::model::ApplicationType;
use soleira_crypto::jws::Unverified;
use soleira_crypto::{Algorithm, Curve, SigningKey};
use soleira_directory::keys;
use soleira_runtime::jobs;
use soleira_store::signing_keys::{self, Purpose, SigningKeyRow};
use soleira_testkit::{TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{create_user, register, sign_in};

const TOKEN_KEYS: &str = "/api/configs/oidc/private-keys";
const COOKIE_KEYS: &str = "/api/configs/oidc/cookie-keys";

/// How long a new key waits before it signs, in seconds.
const SPREAD: i64 = keys::SPREAD / 1000;

async fn published(visitor: &Visitor) -> Vec<String> {
    let set = visitor.get("/oidc/jwks").await.expect(200).json();
    let keys = set["keys"].as_array().unwrap().clone();
    keys.iter().map(|key| text(key, "kid")).collect()
}

/// The key and the algorithm that an ID token is signed with now.
async fn signs(server: &TestServer) -> (String, String) {
    let token = id_token(server).await;
    let unverified = Unverified::parse(&token).unwrap();
    let header = unverified.header();
    (header.kid.clone().unwrap(), header.alg.as_str().to_owned())
}

async fn id_token(server: &TestServer) -> String {
    let name = format!("u{}", server.system().entropy().standard_id());
    let user = create_user(server, &name).await;
    let client = register(server, ApplicationType::Spa).await;
    let tokens = sign_in(server, &server.visitor(), &client, &user, "openid").await;
    text(&tokens, "id_token")
}

/// `id status` of each, in order.
fn shown(keys: &Value) -> Vec<String> {
    let keys = keys.as_array().unwrap();
    keys.iter()
        .map(|key| format!("{} {}", text(key, "id"), text(key, "status")))
        .collect()
}

async fn stored(server: &TestServer) -> Vec<SigningKeyRow> {
    let ctx = server.system();
    signing_keys::all(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id, Purpose::Oidc)
        .await
        .unwrap()
}

on_both_engines! {
    async fn a_new_tenant_has_one_key_of_each_kind(server) {
        let admin = Admin::of(server).await;
        let listed = admin.get(TOKEN_KEYS).await.expect(200).json();
        let key = &listed[0];
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert_eq!((text(key, "status").as_str(), text(key, "signingKeyAlgorithm").as_str()), ("Current", "EC"));
        assert_eq!(key["createdAt"], server.system().now().seconds(), "seconds");
        assert!(key.get("effectiveAt").is_none() && key.get("value").is_none());
        let cookies = admin.get(COOKIE_KEYS).await.expect(200).json();
        let names: Vec<&String> = cookies[0].as_object().unwrap().keys().collect();
        assert_eq!((cookies.as_array().unwrap().len(), names), (1, vec![&"id".to_owned(), &"createdAt".to_owned()]));
        assert_eq!(published(&server.visitor()).await, [text(key, "id")]);
        refused(admin.get("/api/configs/oidc/other-keys").await, 400, "guard.invalid_input");
        refused(server.visitor().get(TOKEN_KEYS).await, 401, "auth.authorization_header_missing");
    }

    async fn without_grace_the_new_key_is_current_and_signs_once_every_node_has_it(server) {
        let (admin, visitor) = (Admin::of(server).await, server.visitor());
        let (first, _) = signs(server).await;
        let old_token = id_token(server).await;
        let rotated = admin.post(&format!("{TOKEN_KEYS}/rotate"), json!({})).await.expect(200).json();
        let second = text(&rotated[0], "id");
        assert_eq!(shown(&rotated), [format!("{second} Current"), format!("{first} Previous")]);
        assert_eq!(shown(&admin.get(TOKEN_KEYS).await.expect(200).json()), shown(&rotated));
        // Published at once, for the nodes that will see its signatures; it signs only when they all have.
        assert_eq!(published(&visitor).await, [second.clone(), first.clone()]);
        assert_eq!(signs(server).await.0, first);
        server.clock.advance_seconds(SPREAD - 1);
        assert_eq!(signs(server).await.0, first);
        server.clock.advance_seconds(1);
        assert_eq!(signs(server).await.0, second);
        // What the previous key signed still verifies: as a hint, and for this API.
        admin.get(TOKEN_KEYS).await.expect(200);
        visitor.get(&format!("/oidc/session/end?id_token_hint={old_token}")).await.expect(200);
        let rotated = admin.post(&format!("{TOKEN_KEYS}/rotate"), json!({})).await.expect(200).json();
        assert_eq!(rotated.as_array().unwrap().len(), 2, "one previous key is kept");
        refused(admin.get(TOKEN_KEYS).await, 401, "auth.unauthorized");
        visitor.get(&format!("/oidc/session/end?id_token_hint={old_token}")).await.expect(400);
    }

    async fn rotating_twice_in_a_moment_signs_with_nothing_unpublished(server) {
        let (admin, visitor) = (Admin::of(server).await, server.visitor());
        let (first, _) = signs(server).await;
        let rotate = async || {
            admin.post(&format!("{TOKEN_KEYS}/rotate"), json!({"rotationGracePeriod": 0})).await.expect(200).json()
        };
        let second = text(&rotate().await[0], "id");
        let rotated = rotate().await;
        let third = text(&rotated[0], "id");
        assert_eq!(shown(&rotated), [format!("{third} Current"), format!("{second} Previous")]);
        let (signing, _) = signs(server).await;
        assert_eq!(signing, first);
        assert!(published(&visitor).await.contains(&signing));
        server.clock.advance_seconds(SPREAD);
        assert_eq!(signs(server).await.0, third);
        assert_eq!(published(&visitor).await, [third, second]);
        jobs::settle_keys(&server.app).await.unwrap();
        assert_eq!(stored(server).await.len(), 2, "the first private key is gone");
    }

    async fn a_grace_period_stages_the_key(server) {
        let (admin, visitor) = (Admin::of(server).await, server.visitor());
        let (first, _) = signs(server).await;
        // Keys are told apart by when they were made.
        server.clock.advance_seconds(1);
        let now = server.system().now();
        let body = json!({"rotationGracePeriod": 3600});
        let rotated = admin.post(&format!("{TOKEN_KEYS}/rotate"), body).await.expect(200).json();
        let second = text(&rotated[0], "id");
        assert_eq!(shown(&rotated), [format!("{second} Next"), format!("{first} Current")]);
        assert_eq!(rotated[0]["effectiveAt"], now.plus_seconds(3600).0, "milliseconds");
        assert!(rotated[1].get("effectiveAt").is_none());
        assert_eq!(published(&visitor).await, [first.clone(), second.clone()], "current, next");
        refused(admin.post(&format!("{TOKEN_KEYS}/rotate"), json!({})).await, 422, "oidc.invalid_request");
        refused(
            admin.delete(&format!("{TOKEN_KEYS}/{second}")).await,
            422,
            "oidc.only_previous_key_can_be_deleted",
        );
        server.clock.advance_seconds(3599);
        assert_eq!(signs(server).await.0, first);
        server.clock.advance_seconds(1);
        // Nobody wrote anything, and yet every node says the same from this moment on.
        assert_eq!(signs(server).await.0, second);
        assert_eq!(published(&visitor).await, [second.clone(), first.clone()]);
        let listed = admin_again(server).await.get(TOKEN_KEYS).await.expect(200).json();
        assert_eq!(shown(&listed), [format!("{second} Current"), format!("{first} Previous")]);
        for _ in 0..2 {
            jobs::settle_keys(&server.app).await.unwrap();
            let statuses: Vec<String> = stored(server).await.into_iter().map(|row| row.status).collect();
            assert_eq!(statuses, ["current", "previous"]);
            assert_eq!(signs(server).await.0, second);
        }
    }

    async fn only_the_previous_key_goes(server) {
        let (admin, visitor) = (Admin::of(server).await, server.visitor());
        let (first, _) = signs(server).await;
        refused(admin.delete(&format!("{TOKEN_KEYS}/{first}")).await, 422, "oidc.key_required");
        let rotated = admin.post(&format!("{TOKEN_KEYS}/rotate"), json!({})).await.expect(200).json();
        let second = text(&rotated[0], "id");
        refused(admin.delete(&format!("{TOKEN_KEYS}/unknown")).await, 404, "oidc.key_not_found");
        refused(
            admin.delete(&format!("{TOKEN_KEYS}/{second}")).await,
            422,
            "oidc.only_previous_key_can_be_deleted",
        );
        admin.delete(&format!("{TOKEN_KEYS}/{first}")).await.expect(204);
        assert_eq!(shown(&admin.get(TOKEN_KEYS).await.expect(200).json()), [format!("{second} Current")]);
        // It has to sign until the other can.
        assert_eq!(signs(server).await.0, first);
        assert_eq!(published(&visitor).await.len(), 2);
        server.clock.advance_seconds(SPREAD);
        assert_eq!(signs(server).await.0, second);
        assert_eq!(published(&visitor).await, [second]);
        refused(admin.get(TOKEN_KEYS).await, 401, "auth.unauthorized");
    }

    async fn rotations_at_once_are_one_after_the_other(server) {
        let admin = Admin::of(server).await;
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (visitor, token) = (admin.visitor.clone(), admin.token.clone());
            all.spawn(async move {
                let body = json!({"rotationGracePeriod": 60});
                let path = format!("{TOKEN_KEYS}/rotate");
                visitor.send_json(http::Method::POST, &path, Some(&token), &body).await.status()
            });
        }
        let statuses = all.join_all().await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 422].contains(status)), "{statuses:?}");
        assert_eq!(stored(server).await.len(), 2);
    }

    async fn nonsense_is_refused(server) {
        let admin = Admin::of(server).await;
        let rotate = async |path: &str, body: Value| admin.post(&format!("{path}/rotate"), body).await;
        refused_field(rotate(TOKEN_KEYS, json!({"rotationGracePeriod": -1})).await, &json!(["rotationGracePeriod"]));
        refused_field(rotate(TOKEN_KEYS, json!({"rotationGracePeriod": "1"})).await, &json!(["rotationGracePeriod"]));
        refused_field(rotate(TOKEN_KEYS, json!({"rotationGracePeriod": 1e12})).await, &json!(["rotationGracePeriod"]));
        refused_field(rotate(TOKEN_KEYS, json!({"signingKeyAlgorithm": "DSA"})).await, &json!(["signingKeyAlgorithm"]));
        refused(rotate(COOKIE_KEYS, json!({"rotationGracePeriod": 60})).await, 422, "oidc.invalid_request");
        refused(rotate("/api/configs/oidc/keys", json!({})).await, 400, "guard.invalid_input");
    }

    async fn cookies_of_the_old_key_are_still_read(server) {
        let admin = Admin::of(server).await;
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        sign_in(server, &visitor, &client, &user, "openid").await;
        let is_signed_in = async |visitor: &Visitor| {
            let page = visitor.get(&client.request(&[("scope", "openid"), ("prompt", "none")])).await.expect(303);
            page.location().query_pairs().all(|(name, _)| name != "error")
        };
        assert!(is_signed_in(&visitor).await);
        let old = visitor.cookie("_session--default.sig").or_else(|| visitor.cookie("_session.sig")).unwrap();
        let rotated = admin.post(&format!("{COOKIE_KEYS}/rotate"), json!({})).await.expect(200).json();
        assert_eq!(rotated.as_array().unwrap().len(), 2);
        assert!(is_signed_in(&visitor).await, "by the old key");
        // For a moment the old key still signs, since another node may not know the new one.
        let during = server.visitor();
        sign_in(server, &during, &client, &user, "openid").await;
        server.clock.advance_seconds(SPREAD);
        assert!(is_signed_in(&during).await);
        let after = server.visitor();
        sign_in(server, &after, &client, &user, "openid").await;
        assert!(is_signed_in(&after).await);
        let ids: Vec<String> = rotated.as_array().unwrap().iter().map(|key| text(key, "id")).collect();
        refused(admin.delete(&format!("{COOKIE_KEYS}/unknown")).await, 404, "oidc.key_not_found");
        admin.delete(&format!("{COOKIE_KEYS}/{}", ids[1])).await.expect(204);
        refused(admin.delete(&format!("{COOKIE_KEYS}/{}", ids[0])).await, 422, "oidc.key_required");
        assert!(is_signed_in(&after).await, "by the new key");
        let stranger = server.visitor();
        stranger.set_cookie("_session", &visitor.cookie("_session").unwrap_or_default());
        stranger.set_cookie("_session.sig", &old);
        assert!(!is_signed_in(&stranger).await, "the old key is gone");
    }

    async fn keys_of_every_curve_and_rsa_sign_like_the_first(server) {
        let (admin, visitor) = (Admin::of(server).await, server.visitor());
        let ctx = server.system();
        let rsa = SigningKey::from_pem(include_str!("../../../crates/crypto/testdata/rsa-2048.pkcs8.pem")).unwrap();
        for (key, algorithm, discovered) in [
            (SigningKey::generate_ec(Curve::P256).unwrap(), Algorithm::Es256, json!(["ES256", "ES384"])),
            (SigningKey::generate_ec(Curve::P521).unwrap(), Algorithm::Es512, json!(["ES256", "ES512"])),
            (rsa, Algorithm::Rs256, json!(["RS256", "PS256", "ES512"])),
        ] {
            keys::follow_with(&ctx, &key, 0).await.unwrap();
            server.clock.advance_seconds(SPREAD);
            assert_eq!(signs(server).await, (key.kid().to_owned(), algorithm.as_str().to_owned()));
            let discovery = visitor.get("/oidc/.well-known/openid-configuration").await.expect(200).json();
            assert_eq!(discovery["id_token_signing_alg_values_supported"], discovered);
            let set = visitor.get("/oidc/jwks").await.expect(200).json();
            let jwk = &set["keys"][0];
            assert_eq!(*jwk, serde_json::to_value(key.public_jwk()).unwrap());
            assert_eq!(jwk.get("alg").is_some(), algorithm != Algorithm::Rs256, "{jwk}");
            // Its tokens open the Management API, and are hints for signing out.
            let admin = admin_again(server).await;
            let listed = admin.get(TOKEN_KEYS).await.expect(200).json();
            let family = if algorithm == Algorithm::Rs256 { "RSA" } else { "EC" };
            assert_eq!(text(&listed[0], "signingKeyAlgorithm"), family);
            let token = id_token(server).await;
            visitor.get(&format!("/oidc/session/end?id_token_hint={token}")).await.expect(200);
            // The same claims with the other padding are not ours: a key has one algorithm.
            if algorithm == Algorithm::Rs256 {
                let claims: Value = Unverified::parse(&token).unwrap().claims_unverified().unwrap();
                let forged = key.with_algorithm(Algorithm::Ps256).unwrap();
                let forged = soleira_crypto::jws::sign(&forged, None, &claims).unwrap();
                visitor.get(&format!("/oidc/session/end?id_token_hint={forged}")).await.expect(400);
            }
        }
        drop(admin);
    }
}

/// The administrator with a token of now.
async fn admin_again(server: &TestServer) -> Admin {
    Admin::of(server).await
}

/// Making an RSA key takes seconds, on one engine once is enough; meanwhile the server answers.
#[test]
fn an_rsa_key_is_made_without_holding_anybody_up() {
    soleira_testkit::server::run(soleira_testkit::Engine::Sqlite, async |server| {
        let admin = Admin::of(server).await;
        let path = format!("{TOKEN_KEYS}/rotate");
        let making = admin.post(&path, json!({"signingKeyAlgorithm": "RSA"}));
        let visitor = server.visitor();
        let meanwhile = async {
            for _ in 0..20 {
                visitor.get("/oidc/jwks").await.expect(200);
            }
        };
        let (rotated, ()) = tokio::join!(making, meanwhile);
        let rotated = rotated.expect(200).json();
        assert_eq!(text(&rotated[0], "signingKeyAlgorithm"), "RSA");
        server.clock.advance_seconds(SPREAD);
        assert_eq!(signs(server).await.1, "RS256");
    });
}
