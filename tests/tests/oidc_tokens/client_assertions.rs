//! Clients that authenticate with a signed assertion: `private_key_jwt` and `client_secret_jwt` (RFC 7523, OpenID Connect
//! Core 1.0 §9).

use super::{API, described};
use serde_json::{Value, json};
use soleira_core::ApplicationId;
use soleira_core::model::{ApplicationType, OidcClientMetadata, TokenEndpointAuthMethod};
use soleira_crypto::{Algorithm, Curve, SigningKey, jws};
use soleira_directory::applications::{self, ApplicationPatch};
use soleira_directory::configs;
use soleira_runtime::jobs;
use soleira_testkit::{Page, Receiver, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{CALLBACK, Client, claims, create_user, expiring_secret, register, text, walk};
use tokio::task::JoinSet;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ISSUER: &str = "http://localhost:3001/oidc";
const REFUSED: &str = "401 invalid_client: client authentication failed";

/// Registers how a client authenticates.
async fn authenticates(server: &TestServer, client: &Client, change: impl FnOnce(&mut OidcClientMetadata)) {
    let (ctx, id) = (server.system(), ApplicationId::from(client.id.as_str()));
    let mut metadata = applications::get(&ctx, &id).await.unwrap().oidc_client_metadata;
    change(&mut metadata);
    let patch = ApplicationPatch {
        oidc_client_metadata: Some(metadata),
        ..ApplicationPatch::default()
    };
    applications::patch(&ctx, &id, patch).await.unwrap();
}

/// A machine that authenticates with this key.
async fn machine_with(server: &TestServer, key: &SigningKey) -> Client {
    let client = register(server, ApplicationType::MachineToMachine).await;
    let jwks = json!({"keys": [key.public_jwk()]});
    authenticates(server, &client, |metadata| {
        metadata.token_endpoint_auth_method = Some(TokenEndpointAuthMethod::PrivateKeyJwt);
        metadata.jwks = Some(jwks);
    })
    .await;
    client
}

fn p256() -> SigningKey {
    SigningKey::generate_ec(Curve::P256).unwrap()
}

/// The claims of a good assertion.
fn statement(server: &TestServer, client: &Client, jti: &str) -> Value {
    let now = server.system().now().seconds();
    json!({"iss": client.id, "sub": client.id, "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60})
}

fn signed(key: &SigningKey, claims: &Value) -> String {
    jws::sign(key, None, claims).unwrap()
}

/// Asks for a token with an assertion.
async fn ask(visitor: &Visitor, assertion: &str, further: &[(&str, &str)]) -> Page {
    let fields = [
        ("grant_type", "client_credentials"),
        ("resource", API),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    visitor.post_form("/oidc/token", &[&fields, further].concat()).await
}

on_both_engines! {
    async fn a_key_of_each_kind_authenticates(server) {
        let visitor = server.visitor();
        let rsa = || SigningKey::from_pem(include_str!("../../../crates/crypto/testdata/rsa-2048.pkcs8.pem")).unwrap();
        let ed25519 = || SigningKey::generate_ed25519().unwrap();
        for (key, algorithm) in [
            (p256(), Algorithm::Es256),
            (rsa(), Algorithm::Rs256),
            (rsa(), Algorithm::Ps256),
            (ed25519(), Algorithm::EdDsa),
            (ed25519(), Algorithm::Ed25519),
        ] {
            let key = key.with_algorithm(algorithm).unwrap();
            let client = machine_with(server, &key).await;
            let answer = ask(&visitor, &signed(&key, &statement(server, &client, "1")), &[]).await.expect(200).json();
            assert_eq!(claims(text(&answer, "access_token"))["sub"], client.id.as_str(), "{algorithm}");
            // The identifier may stand beside it.
            let second = signed(&key, &statement(server, &client, "2"));
            ask(&visitor, &second, &[("client_id", &client.id)]).await.expect(200);
        }
        let discovery = visitor.get("/oidc/.well-known/openid-configuration").await.expect(200).json();
        assert_eq!(
            discovery["token_endpoint_auth_signing_alg_values_supported"],
            json!(["HS256", "RS256", "PS256", "ES256", "Ed25519", "EdDSA"])
        );
    }

    async fn an_assertion_is_used_once(server) {
        let visitor = server.visitor();
        let (key, other_key) = (p256(), p256());
        let client = machine_with(server, &key).await;
        let assertion = signed(&key, &statement(server, &client, "once"));
        ask(&visitor, &assertion, &[]).await.expect(200);
        assert_eq!(described(&ask(&visitor, &assertion, &[]).await), REFUSED);
        // The identifier of another client is another one.
        let other = machine_with(server, &other_key).await;
        ask(&visitor, &signed(&other_key, &statement(server, &other, "once")), &[]).await.expect(200);
        // Of a hundred at once one gets through.
        let assertion = signed(&key, &statement(server, &client, "race"));
        let mut all = JoinSet::new();
        for _ in 0..100 {
            let (visitor, assertion) = (visitor.clone(), assertion.clone());
            all.spawn(async move { ask(&visitor, &assertion, &[]).await.status() });
        }
        let statuses = all.join_all().await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 99, "{statuses:?}");
        // A mark outlives the assertion, and no longer.
        server.clock.advance_seconds(60 + 15);
        assert_eq!(described(&ask(&visitor, &assertion, &[]).await), REFUSED, "it has expired");
        ask(&visitor, &signed(&key, &statement(server, &client, "race")), &[]).await.expect(401);
        server.clock.advance_seconds(2);
        ask(&visitor, &signed(&key, &statement(server, &client, "race")), &[]).await.expect(200);
        server.clock.advance_seconds(2 * 3600);
        assert!(jobs::sweep(&server.app).await.unwrap() >= 3, "marks go when nothing can be repeated");
    }

    async fn an_assertion_for_somebody_else_is_none(server) {
        let visitor = server.visitor();
        let key = p256();
        let client = machine_with(server, &key).await;
        let now = server.system().now().seconds();
        let changed = |name: &str, value: Value| {
            let mut claims = statement(server, &client, "x");
            claims[name] = value;
            signed(&key, &claims)
        };
        let token_endpoint = format!("{ISSUER}/token");
        let victim = machine_with(server, &p256()).await;
        for refused in [
            // CVE-2025-27370: whatever else it is meant for, it is not meant for us.
            changed("aud", json!(token_endpoint)),
            changed("aud", json!([ISSUER, "https://other.example"])),
            changed("aud", json!("https://other.example/oidc")),
            changed("aud", json!("http://localhost:3002/oidc")),
            changed("aud", json!("http://localhost:3001")),
            changed("iss", json!(victim.id)),
            changed("exp", json!(now - 15)),
            changed("exp", json!(now + 3600 + 16)),
            changed("iat", json!(now + 16)),
            changed("nbf", json!(now + 16)),
            changed("jti", json!("")),
            // Signed by one client for another.
            signed(&key, &statement(server, &victim, "y")),
            jws::sign(&key, Some("dpop+jwt"), &statement(server, &client, "z")).unwrap(),
            jws::sign(&key, Some("at+jwt"), &statement(server, &client, "z")).unwrap(),
        ] {
            assert_eq!(described(&ask(&visitor, &refused, &[]).await), REFUSED, "{}", claims(&refused));
        }
        let own = signed(&key, &statement(server, &client, "own"));
        let mismatch = ask(&visitor, &own, &[("client_id", &victim.id)]).await;
        assert_eq!(described(&mismatch), "400 invalid_request: client_id mismatch");
        ask(&visitor, &own, &[]).await.expect(200);
        // A setting of the tenant lets older libraries name the token endpoint.
        configs::accept_token_endpoint_audience(&server.system(), true).await.unwrap();
        ask(&visitor, &changed("aud", json!(token_endpoint)), &[]).await.expect(200);
        assert_eq!(described(&ask(&visitor, &changed("aud", json!("https://other.example")), &[]).await), REFUSED);
    }

    async fn a_secret_is_no_key_and_a_key_no_secret(server) {
        let visitor = server.visitor();
        let key = p256();
        let client = machine_with(server, &key).await;
        let secret = client.secret.clone().unwrap();
        let claims = statement(server, &client, "1");
        let hmac = |secret: &[u8]| jws::sign_hmac(Algorithm::Hs256, secret, None, &claims).unwrap();
        let public = serde_json::to_vec(key.public_jwk()).unwrap();
        for confused in [hmac(secret.as_bytes()), hmac(&public), hmac(b"")] {
            assert_eq!(described(&ask(&visitor, &confused, &[]).await), REFUSED);
        }
        // What the client is registered for is all that counts: its secret is worth nothing now.
        let fields = [("grant_type", "client_credentials"), ("resource", API)];
        assert_eq!(described(&client.token(&visitor, &fields).await), REFUSED);
        let p384 = SigningKey::generate_ec_p384().unwrap();
        assert_eq!(described(&ask(&visitor, &signed(&p384, &claims), &[]).await), REFUSED);
        assert_eq!(described(&ask(&visitor, &signed(&p256(), &claims), &[]).await), REFUSED);
        let unsigned = signed(&key, &claims);
        let (head, _) = unsigned.rsplit_once('.').unwrap();
        assert_eq!(described(&ask(&visitor, &format!("{head}."), &[]).await), REFUSED);
        // And clients with a secret, or without anything, do not take assertions.
        for kind in [ApplicationType::MachineToMachine, ApplicationType::Spa] {
            let plain = register(server, kind).await;
            let assertion = signed(&key, &statement(server, &plain, "1"));
            assert_eq!(described(&ask(&visitor, &assertion, &[]).await), REFUSED);
        }
    }

    async fn secrets_sign_too(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::MachineToMachine).await;
        authenticates(server, &client, |metadata| {
            metadata.token_endpoint_auth_method = Some(TokenEndpointAuthMethod::ClientSecretJwt);
        })
        .await;
        let end = server.system().now().plus_seconds(50);
        let second = expiring_secret(server, &client, end).await;
        let first = client.secret.clone().unwrap();
        let under = |secret: &str, jti: &str| {
            jws::sign_hmac(Algorithm::Hs256, secret.as_bytes(), None, &statement(server, &client, jti)).unwrap()
        };
        ask(&visitor, &under(&first, "1"), &[]).await.expect(200);
        ask(&visitor, &under(&second, "2"), &[]).await.expect(200);
        assert_eq!(described(&ask(&visitor, &under(&second, "2"), &[]).await), REFUSED, "used before");
        assert_eq!(described(&ask(&visitor, &under("another secret", "3"), &[]).await), REFUSED);
        let longer = jws::sign_hmac(Algorithm::Hs512, first.as_bytes(), None, &statement(server, &client, "4")).unwrap();
        assert_eq!(described(&ask(&visitor, &longer, &[]).await), REFUSED);
        let fields = [("grant_type", "client_credentials"), ("resource", API)];
        assert_eq!(described(&client.token(&visitor, &fields).await), REFUSED, "the secret itself is not sent");
        server.clock.advance_seconds(50);
        let expired = ask(&visitor, &under(&second, "5"), &[]).await;
        assert_eq!(described(&expired), "400 invalid_request: client secret has expired");
        ask(&visitor, &under(&first, "6"), &[]).await.expect(200);
    }

    async fn malformed_assertions_are_named(server) {
        let visitor = server.visitor();
        let key = p256();
        let client = machine_with(server, &key).await;
        let good = signed(&key, &statement(server, &client, "1"));
        let post = async |fields: &[(&str, &str)]| {
            described(&visitor.post_form("/oidc/token", &[&[("grant_type", "client_credentials")], fields].concat()).await)
        };
        assert_eq!(
            post(&[("client_assertion", &good)]).await,
            "400 invalid_request: client_assertion_type must be provided"
        );
        assert_eq!(
            post(&[("client_assertion_type", ASSERTION_TYPE), ("client_id", &client.id)]).await,
            "400 invalid_request: client_assertion must be provided"
        );
        assert_eq!(
            post(&[("client_assertion", &good), ("client_assertion_type", "other")]).await,
            format!("400 invalid_request: client_assertion_type must have value \"{ASSERTION_TYPE}\"")
        );
        for bad in ["x", "a.b.c", "e30.e30.", &format!("{good}.x"), &format!(" {good}"), &"a".repeat(50_000)] {
            assert_eq!(
                post(&[("client_assertion", bad), ("client_assertion_type", ASSERTION_TYPE)]).await,
                "400 invalid_request: invalid client_assertion format"
            );
        }
        let both = [("client_assertion", good.as_str()), ("client_assertion_type", ASSERTION_TYPE)];
        let one = "400 invalid_request: client authentication must only be provided using one mechanism";
        assert_eq!(post(&[&both[..], &[("client_secret", "x")]].concat()).await, one);
        let page = visitor.post_form_as_client("/oidc/token", &client.id, "x", &both).await;
        assert_eq!(described(&page), one);
        assert_eq!(
            post(&[both[0], both[0], both[1]]).await,
            "400 invalid_request: 'client_assertion' parameter must not be provided twice"
        );
        let unknown = Client { id: "nobody".to_owned(), secret: None };
        let unknown = signed(&key, &statement(server, &unknown, "1"));
        assert_eq!(described(&ask(&visitor, &unknown, &[]).await), "400 invalid_client: invalid client nobody");
        ask(&visitor, &good, &[]).await.expect(200);
    }

    async fn keys_are_fetched_where_the_client_publishes_them(server) {
        let visitor = server.visitor();
        let receiver = Receiver::start().await;
        let (first, second) = (p256(), p256());
        let publish = |keys: &[&SigningKey]| {
            let keys: Vec<Value> = keys.iter().map(|key| serde_json::to_value(key.public_jwk()).unwrap()).collect();
            receiver.answer("/jwks", 200, &[("cache-control", "max-age=300")], &json!({"keys": keys}).to_string());
        };
        publish(&[&first]);
        let client = register(server, ApplicationType::MachineToMachine).await;
        let address = receiver.url("/jwks");
        authenticates(server, &client, |metadata| {
            metadata.token_endpoint_auth_method = Some(TokenEndpointAuthMethod::PrivateKeyJwt);
            metadata.jwks_uri = Some(address);
        })
        .await;
        let with = async |key: &SigningKey, jti: &str| ask(&visitor, &signed(key, &statement(server, &client, jti)), &[]).await;
        with(&first, "1").await.expect(200);
        with(&first, "2").await.expect(200);
        assert_eq!(receiver.deliveries().len(), 1, "kept for a while");
        // A key that is not there yet is looked for, but not at every try.
        publish(&[&first, &second]);
        assert_eq!(described(&with(&second, "3").await), REFUSED, "it was fetched a moment ago");
        server.clock.advance_seconds(10);
        with(&second, "4").await.expect(200);
        for jti in ["5", "6", "7"] {
            assert_eq!(described(&with(&p256(), jti).await), REFUSED);
        }
        assert_eq!(receiver.deliveries().len(), 2);
        // Without an answer the keys that are known serve on for a while; a key that went is no longer one.
        receiver.answer("/jwks", 500, &[], "");
        server.clock.advance_seconds(300);
        with(&first, "8").await.expect(200);
        publish(&[&second]);
        server.clock.advance_seconds(10);
        assert_eq!(described(&with(&first, "9").await), REFUSED);
        with(&second, "10").await.expect(200);
        receiver.answer("/jwks", 302, &[("location", "http://127.0.0.1/elsewhere")], "");
        server.clock.advance_seconds(3600);
        assert_eq!(described(&with(&second, "11").await), REFUSED, "no redirects, and nothing for ever");
    }

    async fn keys_are_not_fetched_from_private_addresses(server) {
        let visitor = server.visitor();
        let key = p256();
        for address in ["http://192.168.0.1/jwks", "http://[::1]:1/jwks", "http://169.254.169.254/latest"] {
            let client = register(server, ApplicationType::MachineToMachine).await;
            authenticates(server, &client, |metadata| {
                metadata.token_endpoint_auth_method = Some(TokenEndpointAuthMethod::PrivateKeyJwt);
                metadata.jwks_uri = Some(address.to_owned());
            })
            .await;
            assert_eq!(described(&ask(&visitor, &signed(&key, &statement(server, &client, "1")), &[]).await), REFUSED);
        }
    }

    async fn every_endpoint_takes_assertions(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let key = p256();
        let client = register(server, ApplicationType::Traditional).await;
        let jwks = json!({"keys": [key.public_jwk()]});
        authenticates(server, &client, |metadata| {
            metadata.token_endpoint_auth_method = Some(TokenEndpointAuthMethod::PrivateKeyJwt);
            metadata.jwks = Some(jwks);
        })
        .await;
        let post = async |path: &str, jti: &str, fields: &[(&str, &str)]| {
            let assertion = signed(&key, &statement(server, &client, jti));
            let proof = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.as_str())];
            visitor.post_form(path, &[&proof, fields].concat()).await
        };
        // It sends no secret, so it has to use PKCE, as public clients do.
        let unprotected = client.request(&[("code_challenge", ""), ("code_challenge_method", "")]);
        assert!(visitor.get(&unprotected).await.expect(303).location().as_str().contains("PKCE"));
        let request = client.request(&[("scope", "openid offline_access"), ("prompt", "consent")]);
        let answer = walk(server, &visitor, &client, &user, &request).await;
        let code = soleira_tests::protocol::code(&answer);
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", soleira_tests::protocol::VERIFIER),
        ];
        let tokens = post("/oidc/token", "1", &fields).await.expect(200).json();
        let token = text(&tokens, "refresh_token");
        let look = post("/oidc/token/introspection", "2", &[("token", token)]).await.expect(200).json();
        assert_eq!(look["active"], true);
        assert_eq!(described(&post("/oidc/token/introspection", "2", &[("token", token)]).await), REFUSED);
        post("/oidc/token/revocation", "3", &[("token", token)]).await.expect(200);
        let pushed = post("/oidc/request", "4", &[
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("code_challenge", soleira_tests::protocol::CHALLENGE),
            ("code_challenge_method", "S256"),
            ("scope", "openid"),
        ])
        .await;
        assert!(pushed.expect(201).json()["request_uri"].is_string());
    }
}
