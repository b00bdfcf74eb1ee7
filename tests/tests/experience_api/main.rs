//! The Experience API over HTTP, as a client without a browser and a page of one's own use it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail at once, saying what was expected"
)]

mod codes;
mod forgotten;
mod lookup;
mod one_time_tokens;
mod passwords;
mod races;
mod refusals;
mod social;

use http::Method;
use serde_json::{Map, Value, json};
use soleira_core::{Secret, UserId};
use soleira_directory::connectors::{self, NewConnector};
use soleira_directory::sign_in_experience::{self, SignInExperiencePatch};
use soleira_directory::users::{self, CreateUser, NewPassword};
use soleira_testkit::{AuthorizationRequest, Page, RelyingParty, TestServer, Visitor};

const CALLBACK: &str = "http://localhost:3000/callback";
/// A password that the policy accepts.
const PASSWORD: &str = "limestone and azulejo";
const EMAIL: &str = "ana@example.com";
const PHONE: &str = "5511987654321";

/// A program that has sent its person to the server and now goes through the steps of the sign-in.
struct Client {
    party: RelyingParty,
    request: AuthorizationRequest,
    visitor: Visitor,
}

impl Client {
    /// Makes an authorization request; the interaction is there.
    async fn arrives(server: &TestServer) -> Self {
        let party = RelyingParty::register(&server.system(), "Bookstore", CALLBACK).await;
        let visitor = server.visitor();
        let request = party.request(server.origin(), &[]);
        let answer = visitor.get(request.url.as_str()).await.expect(303);
        assert!(answer.header("location").unwrap().starts_with("/sign-in"), "{answer:?}");
        Self {
            party,
            request,
            visitor,
        }
    }

    /// Arrives, and sets out to do something.
    async fn begins(server: &TestServer, event: &str) -> Self {
        let client = Self::arrives(server).await;
        client.begin(event).await;
        client
    }

    async fn begin(&self, event: &str) {
        let body = json!({ "interactionEvent": event });
        self.put("", body).await.expect(204);
    }

    async fn switch_to(&self, event: &str) {
        let body = json!({ "interactionEvent": event });
        self.put("/interaction-event", body).await.expect(204);
    }

    async fn put(&self, path: &str, body: Value) -> Page {
        self.send(Method::PUT, path, body).await
    }

    async fn post(&self, path: &str, body: Value) -> Page {
        self.send(Method::POST, path, body).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Page {
        self.visitor
            .send_json(method, &format!("/api/experience{path}"), None, &body)
            .await
    }

    /// Where the sign-in stands.
    async fn state(&self) -> Value {
        self.visitor.get("/api/experience/interaction").await.expect(200).json()
    }

    /// Gives an identifier and a password.
    async fn password(&self, identifier: Value, password: &str) -> Page {
        let body = json!({ "identifier": identifier, "password": password });
        self.post("/verification/password", body).await
    }

    /// Asks for a code; the record that waits for it.
    async fn ask_code(&self, identifier: Value, event: &str) -> String {
        let body = json!({ "identifier": identifier, "interactionEvent": event });
        record(&self.post("/verification/verification-code", body).await.expect(200))
    }

    /// Gives a code back.
    async fn give_code(&self, identifier: Value, id: &str, code: &str) -> Page {
        let body = json!({ "identifier": identifier, "verificationId": id, "code": code });
        self.post("/verification/verification-code/verify", body).await
    }

    /// Proves an address with the code that was sent there.
    async fn prove(&self, server: &TestServer, identifier: Value, event: &str) -> String {
        let id = self.ask_code(identifier.clone(), event).await;
        let code = last_code(server, &identifier);
        let given = self.give_code(identifier, &id, &code).await.expect(200);
        assert_eq!(record(&given), id);
        id
    }

    async fn identify(&self, id: &str) -> Page {
        self.post("/identification", json!({ "verificationId": id })).await
    }

    async fn submit(&self) -> Page {
        self.post("/submit", json!({})).await
    }

    /// Ends the sign-in, goes back to the application, and gets tokens: the subject.
    async fn gets_tokens(&self) -> UserId {
        let submitted = self.submit().await.expect(200).json();
        let redirect_to = submitted["redirectTo"].as_str().unwrap();
        assert!(
            redirect_to.starts_with("http://localhost:3001/oidc/auth/"),
            "{redirect_to}"
        );
        let page = self.visitor.get(redirect_to).await.expect(303);
        let page = page.follow_until(|url| url.as_str().starts_with(CALLBACK)).await;
        let code = self.party.code(&self.request, &page.location());
        let tokens = self
            .party
            .exchange(&self.visitor, &code, &self.request.code_verifier)
            .await;
        let tokens = tokens.expect(200).json();
        let token = tokens["access_token"].as_str().unwrap();
        let claims = self.visitor.get_as("/oidc/me", token).await.expect(200).json();
        UserId::from(claims["sub"].as_str().unwrap())
    }
}

fn username(value: &str) -> Value {
    json!({ "type": "username", "value": value })
}

fn email(value: &str) -> Value {
    json!({ "type": "email", "value": value })
}

fn phone(value: &str) -> Value {
    json!({ "type": "phone", "value": value })
}

/// The verification record of an answer.
#[track_caller]
fn record(page: &Page) -> String {
    page.json()["verificationId"].as_str().unwrap().to_owned()
}

/// The answer is a refusal with this code; its body.
#[track_caller]
fn refused(page: Page, status: u16, code: &str) -> Value {
    let body = page.expect(status).json();
    assert_eq!(body["code"], code, "{body}");
    assert!(
        body["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty() && !text.contains('{')),
        "{body}"
    );
    body
}

/// The code of the last message to an address.
#[track_caller]
fn last_code(server: &TestServer, identifier: &Value) -> String {
    let (message, to) = match identifier["type"].as_str() {
        Some("email") => (server.last_email().unwrap(), "address"),
        _ => (server.last_text_message().unwrap(), "phone"),
    };
    assert_eq!(message[to], identifier["value"], "{message}");
    let code = message["code"].as_str().unwrap().to_owned();
    assert!(
        code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()),
        "{code}"
    );
    code
}

/// Changes settings of the sign-in experience, named as on the wire.
async fn set(server: &TestServer, settings: Value) {
    let patch: SignInExperiencePatch = serde_json::from_value(settings).unwrap();
    sign_in_experience::patch(&server.system(), patch).await.unwrap();
}

/// Connectors that leave their messages in files.
async fn connect_senders(server: &TestServer) {
    let templates = |kinds: [&str; 4]| {
        kinds.map(|kind| json!({ "usageType": kind, "type": "text/plain", "subject": kind, "content": "{{code}}" }))
    };
    let kinds = ["SignIn", "Register", "ForgotPassword", "Generic"];
    let mail = json!({ "apiKey": "k", "fromEmail": "a@example.com", "fromName": "A", "templates": templates(kinds) });
    connect(server, "mock-email-service", mail).await;
    let texts = kinds.map(|kind| json!({ "usageType": kind, "content": "{{code}}" }));
    let text = json!({
        "accountSID": "s", "authToken": "t", "fromMessagingServiceSID": "m", "templates": texts
    });
    connect(server, "mock-short-message-service", text).await;
}

async fn connect(server: &TestServer, factory: &str, config: Value) -> soleira_core::ConnectorId {
    let Value::Object(config) = config else {
        panic!("{config}")
    };
    let config: Map<String, Value> = config;
    let created = connectors::create(&server.system(), NewConnector::new(factory, config))
        .await
        .unwrap();
    created.connector.id
}

/// Signing in by password and code with every identifier; registration asks for an e-mail address.
async fn allow_codes(server: &TestServer) {
    connect_senders(server).await;
    set(
        server,
        json!({ "signUp": { "identifiers": ["email"], "password": false, "verify": true } }),
    )
    .await;
    set(
        server,
        json!({ "signIn": { "methods": methods() }, "forgotPasswordMethods": null }),
    )
    .await;
}

fn methods() -> [Value; 3] {
    ["username", "email", "phone"].map(|identifier| {
        json!({
            "identifier": identifier,
            "password": true,
            "verificationCode": identifier != "username",
            "isPasswordPrimary": true,
        })
    })
}

/// A user with a username, an address of each kind and [`PASSWORD`].
async fn user(server: &TestServer, name: &str, phone: &str) -> UserId {
    let user = CreateUser {
        username: Some(name.to_owned()),
        primary_email: Some(format!("{name}@example.com")),
        primary_phone: Some(phone.to_owned()),
        password: Some(NewPassword::Plain(Secret::new(PASSWORD))),
        ..CreateUser::default()
    };
    users::create(&server.system(), user).await.unwrap().user.id
}

/// A user as they are now.
async fn stored(server: &TestServer, id: &UserId) -> soleira_core::model::User {
    users::get(&server.system(), id).await.unwrap().user
}
