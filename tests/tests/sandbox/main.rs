//! A server that runs as a sandbox: its back door, its people, its test doubles, and the behaviours of the wire that
//! clients with nothing but a cookie jar rely on (docs/sandbox.md).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail at once, saying what was expected"
)]

mod back_door;
mod banner;
mod messages;
mod seeds;
mod social;
mod switches;
mod wire;

use http::Method;
use serde_json::{Value, json};
use soleira_testkit::{Page, TestServer, Visitor};

/// Where applications of these tests come back to.
const CALLBACK: &str = "https://app.example.com/callback";

/// Somebody who comes in by the back door.
struct Tester(Visitor);

impl Tester {
    /// On the tenant of the applications.
    fn of(server: &TestServer) -> Self {
        Self::taken_for(server.visitor(), "somebody")
    }

    /// On the tenant of the administrators.
    fn of_admin(server: &TestServer) -> Self {
        Self::taken_for(server.administrator(), "somebody")
    }

    fn taken_for(visitor: Visitor, user: &str) -> Self {
        visitor.always("development-user-id", user);
        Self(visitor)
    }

    async fn get(&self, path: &str) -> Page {
        self.0.get(path).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Page {
        self.0.send_json(method, path, None, body).await
    }

    async fn post(&self, path: &str, body: Value) -> Page {
        self.send(Method::POST, path, &body).await
    }

    async fn patch(&self, path: &str, body: Value) -> Page {
        self.send(Method::PATCH, path, &body).await
    }

    async fn delete(&self, path: &str) -> Page {
        self.send(Method::DELETE, path, &json!({})).await
    }

    /// Makes a connector; its identifier.
    async fn connector(&self, factory: &str, config: Value) -> String {
        let made = self
            .post("/api/connectors", json!({"connectorId": factory, "config": config}))
            .await;
        text(&made.expect(200).json(), "id")
    }

    /// Registers a web application that comes back to [`CALLBACK`]; its identifier.
    async fn application(&self) -> String {
        let body = json!({
            "name": "App", "type": "SPA",
            "oidcClientMetadata": {"redirectUris": [CALLBACK], "postLogoutRedirectUris": []},
        });
        text(&self.post("/api/applications", body).await.expect(200).json(), "id")
    }
}

/// The address of an authorization request; `further` parameters take the place of their namesakes.
fn request(client_id: &str, further: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "the-state"),
        // RFC 7636 appendix B.
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    parameters.retain(|(name, _)| further.iter().all(|(other, _)| other != name));
    parameters.extend(further);
    url::Url::parse_with_params("http://localhost:3001/oidc/auth", parameters)
        .unwrap()
        .into()
}

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
        .to_owned()
}

/// What a member of each object of a list is.
fn each<'v>(list: &'v Value, name: &str) -> Vec<&'v str> {
    list.as_array()
        .unwrap_or_else(|| panic!("no list: {list}"))
        .iter()
        .map(|item| item[name].as_str().unwrap())
        .collect()
}

#[track_caller]
fn refused(page: Page, status: u16, code: &str) -> Value {
    let body = page.expect(status).json();
    assert_eq!(body["code"], code, "{body}");
    body
}
