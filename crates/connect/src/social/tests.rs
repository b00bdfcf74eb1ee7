use super::*;
use crate::error::{ConnectorCode, ConnectorError, Reason};
use crate::factory::{Factory, Registry};
use crate::form::{Problem, deep_clean};
use crate::http::{HttpClient, HttpError, OutboundPolicy};
use crate::testing::{Answer, Seen, Server};
use serde_json::{Map, Value, json};
use soleira_core::{Code, Error};
use soleira_crypto::SystemEntropy;

fn factory() -> Factory {
    Registry::builtin()
        .unwrap()
        .factory("huggingface-universal")
        .unwrap()
        .clone()
}

fn members(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn config(extra: Value) -> ConnectorConfig {
    let mut config = members(json!({"clientId": "id", "clientSecret": "s3cret/:%+"}));
    config.extend(members(extra));
    ConnectorConfig::parse(factory().social().unwrap(), &config).unwrap()
}

fn tokens() -> Answer {
    Answer::json(&json!({"access_token": "at", "token_type": "bearer", "scope": "openid profile", "expires_in": 28800}))
}

fn person() -> Value {
    json!({
        "sub": "5dd96eb166059660ed1ee413",
        "name": "Ada Lovelace",
        "preferred_username": "ada",
        "picture": "https://cdn.example/ada.png",
        "email": "ada@example.com",
        "email_verified": true
    })
}

/// A provider on loopback that answers at `/token` and `/userinfo`.
fn provider(token: Answer, user_info: Answer) -> Server {
    Server::start(move |seen: &Seen| {
        if seen.line.contains("/token ") {
            token.clone()
        } else {
            user_info.clone()
        }
    })
}

async fn sign_in(
    server: &Server,
    extra: Value,
    callback: Value,
) -> Result<(TokenResponse, SocialProfile), ConnectorError> {
    let mut overrides = members(json!({
        "tokenEndpoint": server.url("/token"),
        "userInfoEndpoint": server.url("/userinfo"),
    }));
    overrides.extend(members(extra));
    let session = ConnectorSession {
        redirect_uri: "https://id.example/callback/c".to_owned(),
        ..ConnectorSession::default()
    };
    let http = HttpClient::new(OutboundPolicy::parse(["127.0.0.1"]).unwrap());
    let config = config(Value::Object(overrides));
    complete(
        &http,
        factory().social().unwrap(),
        &config,
        &session,
        &members(callback),
    )
    .await
    .map(|(tokens, profile)| (tokens.unwrap(), profile))
}

async fn failure(token: Answer, user_info: Answer) -> ConnectorError {
    sign_in(&provider(token, user_info), json!({}), json!({"code": "c"}))
        .await
        .unwrap_err()
}

#[test]
fn the_browser_is_sent_to_the_provider() {
    let factory = factory();
    let request = AuthorizationRequest {
        redirect_uri: "https://id.example/callback/c",
        state: "s t",
        scope: None,
    };
    let query = |url: &url::Url| url.query_pairs().into_owned().collect::<Vec<_>>();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());

    let started = authorize(factory.social().unwrap(), &config(json!({})), request, &SystemEntropy);
    assert!(
        started
            .url
            .as_str()
            .starts_with("https://huggingface.co/oauth/authorize?")
    );
    assert_eq!(
        query(&started.url),
        [
            pair("response_type", "code"),
            pair("client_id", "id"),
            pair("redirect_uri", "https://id.example/callback/c"),
            pair("scope", "profile"),
            pair("state", "s t"),
        ]
    );
    assert_eq!(
        serde_json::to_value(&started.session).unwrap(),
        json!({"state": "s t", "redirectUri": "https://id.example/callback/c"})
    );

    let configured = config(json!({
        "scope": " openid\n email ", "authorizationEndpoint": "https://hub.internal/authorize?tenant=1"
    }));
    let started = authorize(factory.social().unwrap(), &configured, request, &SystemEntropy);
    assert!(
        started
            .url
            .as_str()
            .starts_with("https://hub.internal/authorize?tenant=1&response_type=code&")
    );
    assert!(query(&started.url).contains(&pair("scope", "openid email")));
    let asked = AuthorizationRequest {
        scope: Some("read-repos"),
        ..request
    };
    let started = authorize(factory.social().unwrap(), &configured, asked, &SystemEntropy);
    assert!(query(&started.url).contains(&pair("scope", "read-repos")));
}

#[test]
fn a_provider_may_take_a_nonce_and_a_challenge() {
    let mut manifest = factory().social().unwrap().clone();
    manifest.oauth.nonce = true;
    manifest.oauth.pkce = true;
    manifest.oauth.default_scope = String::new();
    let request = AuthorizationRequest {
        redirect_uri: "https://id.example/c",
        state: "s",
        scope: None,
    };
    let started = authorize(&manifest, &config(json!({})), request, &SystemEntropy);
    let query: std::collections::HashMap<_, _> = started.url.query_pairs().into_owned().collect();
    assert_eq!(query.get("nonce"), started.session.nonce.as_ref());
    assert_eq!(query["code_challenge_method"], "S256");
    let verifier = started.session.code_verifier.clone().unwrap();
    assert_eq!(
        query["code_challenge"],
        soleira_crypto::digest::base64url(&soleira_crypto::digest::sha256(verifier.as_bytes()))
    );
    assert!(!query.contains_key("scope"));
    let stored = serde_json::to_string(&started.session).unwrap();
    assert_eq!(
        serde_json::from_str::<ConnectorSession>(&stored).unwrap(),
        started.session
    );
}

#[tokio::test]
async fn a_code_becomes_a_profile() {
    let server = provider(tokens(), Answer::json(&person()));
    let (tokens, profile) = sign_in(&server, json!({}), json!({"code": "c+d", "state": "s"}))
        .await
        .unwrap();
    assert_eq!(
        (tokens.access_token.expose(), tokens.scope.as_deref()),
        ("at", Some("openid profile"))
    );
    assert_eq!(
        profile,
        SocialProfile {
            id: "5dd96eb166059660ed1ee413".to_owned(),
            name: Some("Ada Lovelace".to_owned()),
            avatar: Some("https://cdn.example/ada.png".to_owned()),
            email: Some("ada@example.com".to_owned()),
            email_verified: true,
            phone: None,
            preferred_username: Some("ada".to_owned()),
            raw: members(person()),
        }
    );
    let [token, user_info] = server.seen().try_into().unwrap();
    assert_eq!(token.line, "POST /token HTTP/1.1");
    // Raw base64 of `id:s3cret/:%+`, not form-encoded first.
    assert_eq!(token.header("authorization"), Some("Basic aWQ6czNjcmV0LzolKw=="));
    assert_eq!(
        token.form(),
        [
            ("grant_type", "authorization_code"),
            ("code", "c+d"),
            ("redirect_uri", "https://id.example/callback/c")
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(user_info.line, "GET /userinfo HTTP/1.1");
    assert_eq!(user_info.header("authorization"), Some("bearer at"));
}

#[tokio::test]
async fn a_client_may_prove_itself_in_the_form() {
    let mut manifest = factory().social().unwrap().clone();
    manifest.oauth.client_authentication = ClientAuthentication::ClientSecretPost;
    let server = provider(tokens(), Answer::json(&person()));
    let config = config(json!({"tokenEndpoint": server.url("/token")}));
    let session = ConnectorSession {
        code_verifier: Some("verifier".to_owned()),
        ..ConnectorSession::default()
    };
    let http = HttpClient::new(OutboundPolicy::parse(["127.0.0.1"]).unwrap());
    let deadline = tokio::time::Instant::now() + CALLBACK_ALLOWANCE;
    exchange_code(&http, &manifest, &config, &session, "c", deadline)
        .await
        .unwrap();
    let seen = server.seen().remove(0);
    assert_eq!(seen.header("authorization"), None);
    for pair in [
        ("client_id", "id"),
        ("client_secret", "s3cret/:%+"),
        ("code_verifier", "verifier"),
    ] {
        assert!(
            seen.form().contains(&(pair.0.to_owned(), pair.1.to_owned())),
            "{pair:?}"
        );
    }
}

#[tokio::test]
async fn a_denial_and_a_missing_code_are_not_authorized() {
    let server = provider(tokens(), Answer::json(&person()));
    let denied = sign_in(
        &server,
        json!({}),
        json!({"error": "access_denied", "error_description": "no\nthanks"}),
    );
    let denied = denied.await.unwrap_err();
    assert_eq!(
        denied.reason,
        Reason::Denied {
            error: "access_denied".to_owned(),
            description: Some("no thanks".to_owned())
        }
    );
    let error = Error::from(denied);
    assert_eq!(
        (error.code(), error.status()),
        (Code::ConnectorAuthorizationFailed, 401)
    );
    assert_eq!(
        error.data(),
        Some(&json!({"error": "access_denied", "errorDescription": "no thanks"}))
    );
    for callback in [
        json!({}),
        json!({"code": ""}),
        json!({"code": 7}),
        json!({"code": "x".repeat(5000)}),
    ] {
        let error = sign_in(&server, json!({}), callback).await.unwrap_err();
        assert_eq!(
            (error.code, error.reason),
            (ConnectorCode::AuthorizationFailed, Reason::NoCode)
        );
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_token_endpoint_that_refuses_or_fails() {
    for status in [400, 401, 403, 429, 500, 503] {
        let body = json!({"error": "invalid_grant", "error_description": "used"});
        let error = failure(Answer::status(status, &body), Answer::Never).await;
        assert_eq!(error.code, ConnectorCode::General);
        assert_eq!(
            error.reason,
            Reason::Status {
                endpoint: "token",
                status,
                error: Some("invalid_grant".to_owned()),
                description: Some("used".to_owned())
            }
        );
        assert_eq!(
            (Error::from(error.clone()).code(), Error::from(error).status()),
            (Code::ConnectorGeneral, 400)
        );
    }
    let html = Answer::Whole(
        502,
        vec![("content-type", "text/html".to_owned())],
        b"<html>Bad gateway".to_vec(),
    );
    assert!(matches!(
        failure(html, Answer::Never).await.reason,
        Reason::Status {
            status: 502,
            error: None,
            ..
        }
    ));
    let redirect = Answer::Whole(
        302,
        vec![("location", "https://elsewhere.example/".to_owned())],
        Vec::new(),
    );
    assert!(matches!(
        failure(redirect, Answer::Never).await.reason,
        Reason::Status { status: 302, .. }
    ));
    let cheerful = Answer::json(&json!({"error": "bad_verification_code"}));
    assert!(matches!(
        failure(cheerful, Answer::Never).await.reason,
        Reason::Status { status: 200, .. }
    ));
}

#[tokio::test]
async fn a_token_response_must_be_complete() {
    for body in [
        json!({"token_type": "bearer", "scope": ""}),
        json!({"access_token": "", "token_type": "bearer", "scope": ""}),
        json!({"access_token": "at", "scope": ""}),
        json!({"access_token": "at", "token_type": "bearer"}),
        json!({"access_token": 1, "token_type": "bearer", "scope": ""}),
        json!({"access_token": "a\nb", "token_type": "bearer", "scope": ""}),
        json!([]),
        json!("text"),
    ] {
        let error = failure(Answer::json(&body), Answer::json(&person())).await;
        assert_eq!(error.code, ConnectorCode::InvalidResponse, "{body}");
        assert_eq!(Error::from(error).status(), 400);
    }
    let garbage = Answer::Whole(200, Vec::new(), vec![0xff, 0x00, 0x7b]);
    assert_eq!(
        failure(garbage, Answer::Never).await.code,
        ConnectorCode::InvalidResponse
    );
    let form = Answer::Whole(200, Vec::new(), b"access_token=at&token_type=bearer&scope=x".to_vec());
    assert_eq!(failure(form, Answer::Never).await.code, ConnectorCode::InvalidResponse);
}

#[tokio::test]
async fn a_profile_that_cannot_be_read() {
    let error = failure(tokens(), Answer::status(401, &json!({}))).await;
    assert_eq!(error.code, ConnectorCode::SocialInvalidAccessToken);
    assert_eq!(Error::from(error).status(), 401);
    for status in [403, 500] {
        let error = failure(tokens(), Answer::status(status, &json!({}))).await;
        assert_eq!(error.code, ConnectorCode::General);
    }
    for body in [
        json!([]),
        json!({}),
        json!({"sub": ""}),
        json!({"sub": null}),
        json!({"sub": 1.5}),
        json!({"sub": true}),
        json!({"sub": ["a"]}),
        json!({"sub": "a\u{0}b"}),
        json!({"sub": " a"}),
        json!({"sub": "x".repeat(129)}),
    ] {
        let error = failure(tokens(), Answer::json(&body)).await;
        assert_eq!(error.code, ConnectorCode::InvalidResponse, "{body}");
    }
    let deep = Answer::Whole(
        200,
        Vec::new(),
        format!("{{\"sub\":{}", "[".repeat(10_000)).into_bytes(),
    );
    assert_eq!(failure(tokens(), deep).await.code, ConnectorCode::InvalidResponse);
    let huge = Answer::json(&json!({"sub": "a", "more": "x".repeat(100_000)}));
    let error = failure(tokens(), huge).await;
    assert!(
        matches!(error.reason, Reason::Http(HttpError::TooLarge { .. })),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_takes_no_more_than_its_allowance() {
    let started = tokio::time::Instant::now();
    let error = failure(Answer::Never, Answer::Never).await;
    assert!(
        matches!(error.reason, Reason::Http(HttpError::Timeout { .. })),
        "{error}"
    );
    assert_eq!(Error::from(error).code(), Code::ConnectorGeneral);
    assert!(
        started.elapsed() < std::time::Duration::from_secs(6),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn both_requests_share_one_allowance() {
    let server = provider(tokens(), Answer::json(&person()));
    let config = config(json!({"tokenEndpoint": server.url("/token"), "userInfoEndpoint": server.url("/userinfo")}));
    let http = HttpClient::new(OutboundPolicy::parse(["127.0.0.1"]).unwrap());
    let spent = tokio::time::Instant::now();
    let tokens = TokenResponse {
        access_token: "at".to_owned().into(),
        token_type: "bearer".to_owned(),
        scope: None,
        id_token: None,
        refresh_token: None,
        expires_in: None,
    };
    let error = fetch_profile(&http, factory().social().unwrap(), &config, &tokens, spent)
        .await
        .unwrap_err();
    assert!(
        matches!(error.reason, Reason::Http(HttpError::Timeout { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn a_private_provider_needs_the_setting() {
    let server = provider(tokens(), Answer::json(&person()));
    let config = config(json!({"tokenEndpoint": server.url("/token")}));
    let http = HttpClient::new(OutboundPolicy::public_only());
    let callback = members(json!({"code": "c"}));
    let error = complete(
        &http,
        factory().social().unwrap(),
        &config,
        &ConnectorSession::default(),
        &callback,
    )
    .await
    .unwrap_err();
    assert!(
        error.to_string().contains("`outbound.allow`") && error.to_string().contains("127.0.0.1"),
        "{error}"
    );
    let wire = Error::from(error);
    let message = wire.data().unwrap()["message"].as_str().unwrap();
    assert!(
        message.contains("`outbound.allow`") && !message.contains("127.0.0.1"),
        "{message}"
    );
    assert_eq!(server.seen().len(), 0);
}

fn read(raw: Value, trust: bool) -> SocialProfile {
    SocialProfile::read(&factory().social().unwrap().profile, members(raw), trust).unwrap()
}

#[test]
fn an_address_counts_when_somebody_vouches_for_it() {
    let with = |claim: Value| json!({"sub": "a", "email": "a@example.com", "email_verified": claim});
    for (raw, trust, verified) in [
        (with(json!(true)), false, true),
        (with(json!(false)), false, false),
        (with(json!(false)), true, false),
        (with(json!("true")), false, false),
        (with(json!(1)), true, false),
        (with(json!(null)), false, false),
        (with(json!(null)), true, true),
        (json!({"sub": "a", "email": "a@example.com"}), false, false),
        (json!({"sub": "a", "email": "a@example.com"}), true, true),
    ] {
        let profile = read(raw.clone(), trust);
        assert_eq!(
            (profile.email.as_deref(), profile.email_verified),
            (Some("a@example.com"), verified),
            "{raw} {trust}"
        );
    }
    let without = read(json!({"sub": "a", "email_verified": true}), true);
    assert_eq!((without.email, without.email_verified), (None, false));
    let malformed = read(
        json!({"sub": "a", "email": "not an address", "email_verified": true}),
        true,
    );
    assert_eq!((malformed.email, malformed.email_verified), (None, false));
}

#[test]
fn what_a_provider_tells_is_cleaned() {
    let profile = read(
        json!({
            "sub": 42,
            "name": "  Ada\u{0}\r\n Lovelace".to_owned() + &"x".repeat(500),
            "picture": "javascript:alert(1)",
            "email": "x".repeat(200) + "@example.com",
            "preferred_username": {"not": "text"},
            "nested": {"a\u{0}": ["b\u{0}c", 1]}
        }),
        false,
    );
    assert_eq!(profile.id, "42");
    let name = profile.name.unwrap();
    assert!(
        name.starts_with("Ada Lovelacexxx") && name.chars().count() == 128,
        "{name}"
    );
    assert_eq!(
        (profile.avatar, profile.email, profile.preferred_username),
        (None, None, None)
    );
    assert_eq!(profile.raw["nested"], json!({"a": ["bc", 1]}));
    for picture in [
        "data:image/png;base64,AA",
        "//cdn.example/a.png",
        "/a.png",
        "",
        "ftp://example.com/a",
    ] {
        assert_eq!(
            read(json!({"sub": "a", "picture": picture}), false).avatar,
            None,
            "{picture}"
        );
    }
    let long = format!("https://example.com/{}", "x".repeat(3000));
    assert_eq!(read(json!({"sub": "a", "picture": long}), false).avatar, None);
}

#[test]
fn a_mapping_reaches_into_objects() {
    let mut mapping = factory().social().unwrap().profile.clone();
    mapping.id = "data.id".to_owned();
    mapping.phone = Some("data.phone".to_owned());
    let raw = members(json!({"data": {"id": 7, "phone": "+5511999990000"}}));
    let profile = SocialProfile::read(&mapping, raw, false).unwrap();
    assert_eq!(
        (profile.id.as_str(), profile.phone.as_deref()),
        ("7", Some("5511999990000"))
    );
    assert!(SocialProfile::read(&mapping, members(json!({"data": "id"})), false).is_err());
}

#[test]
fn a_configuration_reports_every_wrong_field() {
    let parse = |config: Value| ConnectorConfig::parse(factory().social().unwrap(), &members(config));
    let issues = |config: Value| {
        let found: Vec<(String, Problem)> = parse(config)
            .unwrap_err()
            .into_iter()
            .map(|issue| (issue.field, issue.problem))
            .collect();
        found
    };
    let issue = |field: &str, problem| (field.to_owned(), problem);
    assert_eq!(
        issues(json!({})),
        [
            issue("clientId", Problem::Required),
            issue("clientSecret", Problem::Required)
        ]
    );
    assert_eq!(
        issues(json!({
            "clientId": " ", "clientSecret": 7, "scope": ["email"], "tokenEndpoint": "not a url",
            "userInfoEndpoint": "ftp://example.com/", "trustUnverifiedEmail": "yes"
        })),
        [
            issue("clientId", Problem::Required),
            issue("clientSecret", Problem::NotText),
            issue("scope", Problem::NotText),
            issue("tokenEndpoint", Problem::NotEndpoint),
            issue("userInfoEndpoint", Problem::NotEndpoint),
            issue("trustUnverifiedEmail", Problem::NotSwitch),
        ]
    );
    let long = json!({"clientId": "x".repeat(2049), "clientSecret": "a\u{0}b"});
    assert_eq!(
        issues(long),
        [
            issue("clientId", Problem::TooLong),
            issue("clientSecret", Problem::ControlCharacter)
        ]
    );
    for endpoint in [
        "https://user:pw@example.com/",
        "https://example.com/#fragment",
        "/relative",
        "javascript:0",
    ] {
        let config = json!({"clientId": "a", "clientSecret": "b", "authorizationEndpoint": endpoint});
        assert_eq!(
            issues(config),
            [issue("authorizationEndpoint", Problem::NotEndpoint)],
            "{endpoint}"
        );
    }
    let config = parse(json!({"clientId": " a ", "clientSecret": "b\n", "scope": "", "unknown": {"kept": 1}})).unwrap();
    assert_eq!(
        (config.client_id.as_str(), config.client_secret.expose(), config.scope),
        ("a", "b", None)
    );
    assert_eq!(config.token_endpoint.as_str(), "https://huggingface.co/oauth/token");
    assert!(!config.trust_unverified_email);
    let error = ConnectorError::from(parse(json!({"clientId": "a"})).unwrap_err());
    assert_eq!(
        error.to_string(),
        "connector.invalid_config: the connector is not set up correctly; clientSecret: must be filled in"
    );
    assert_eq!(error.data(), json!([{"field": "clientSecret", "problem": "required"}]));
}

#[test]
fn empty_values_are_not_stored() {
    let cleaned = deep_clean(&members(json!({
        "clientId": "a", "scope": "", "null": null, "empty": {}, "nested": {"empty": {"more": ""}, "kept": 0},
        "hollow": {"inside": {"nothing": null}}, "list": [], "off": false
    })));
    assert_eq!(
        Value::Object(cleaned),
        json!({"clientId": "a", "nested": {"kept": 0}, "list": [], "off": false})
    );
}

#[test]
fn endpoints_may_be_put_in_place_of_the_providers() {
    let manifest = factory().social().unwrap().clone();
    for which in EndpointOverride::ALL {
        assert!(
            which
                .default_of(&manifest)
                .as_str()
                .starts_with("https://huggingface.co/oauth/")
        );
        assert!(
            !manifest.form.iter().any(|item| item.key == which.key()),
            "absent from the form items"
        );
    }
}

fn double() -> (Factory, ConnectorConfig) {
    let registry = Registry::sandbox().unwrap();
    let factory = registry.factory("mock-social-connector").unwrap().clone();
    let config = members(json!({"clientId": "anything", "clientSecret": "anything"}));
    let config = ConnectorConfig::parse(factory.social().unwrap(), &config).unwrap();
    (factory, config)
}

#[tokio::test]
async fn the_double_believes_the_callback() {
    let (factory, config) = double();
    let manifest = factory.social().unwrap();
    let request = AuthorizationRequest {
        redirect_uri: "https://id.example/callback/c",
        state: "s",
        scope: None,
    };
    let started = authorize(manifest, &config, request, &SystemEntropy);
    assert_eq!(
        started.url.as_str(),
        "http://mock-social/?state=s&redirect_uri=https%3A%2F%2Fid.example%2Fcallback%2Fc&scope=email+profile"
    );
    let asked = AuthorizationRequest {
        scope: Some("email"),
        ..request
    };
    let asked = authorize(manifest, &config, asked, &SystemEntropy);
    assert!(asked.url.as_str().ends_with("&scope=email"), "{}", asked.url);

    let http = HttpClient::new(OutboundPolicy::public_only());
    let session = &started.session;
    let answer = |callback: Value| {
        let (http, config) = (http.clone(), config.clone());
        async move { complete(&http, manifest, &config, session, &members(callback)).await }
    };
    let told = json!({
        "code": "any", "userId": "ada", "email": "ada@example.com", "phone": "15551234567", "name": "Ada",
        "avatar": "https://cdn.example/ada.png", "tokenResponse": {"access_token": "at"}
    });
    let (tokens, profile) = answer(told.clone()).await.unwrap();
    assert!(tokens.is_none());
    assert_eq!((profile.id.as_str(), profile.name.as_deref()), ("ada", Some("Ada")));
    assert_eq!(
        (profile.email.as_deref(), profile.email_verified),
        (Some("ada@example.com"), true)
    );
    assert_eq!(profile.phone.as_deref(), Some("15551234567"));
    assert_eq!(profile.avatar.as_deref(), Some("https://cdn.example/ada.png"));
    assert_eq!(Value::Object(profile.raw), told);

    let (_, anybody) = answer(json!({"code": "any"})).await.unwrap();
    let uuid = anybody.id.strip_prefix("mock-social-sub-").unwrap();
    assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
    assert_eq!(Value::Object(anybody.raw), json!({"code": "any"}));

    let nobody = answer(json!({"userId": "ada"})).await.unwrap_err();
    assert_eq!(nobody.code, ConnectorCode::InvalidResponse);
    let session = &ConnectorSession::default();
    let not_asked = complete(&http, manifest, &config, session, &members(json!({"code": "any"})))
        .await
        .unwrap_err();
    assert_eq!(not_asked.code, ConnectorCode::AuthorizationFailed);
}
