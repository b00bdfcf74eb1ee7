//! The token endpoint and its neighbours: client authentication, codes, refresh tokens, machines, organizations, token
//! exchange, userinfo, introspection, revocation, discovery, and the Management API's check of tokens.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "tests fail at once, saying what was expected"
)]

mod arrange;
mod backchannel;
mod client_assertions;
mod clients;
mod codes;
mod custom_claims;
mod discovery;
mod introspection;
mod machines;
mod organizations;
mod personal_access_tokens;
mod quirks;
mod refresh;
mod resources;
mod token_exchange;
mod trail;
mod userinfo;

use serde_json::{Value, json};
use soleira_core::model::{ApplicationType, CustomClientMetadata};
use soleira_core::{ApplicationId, UserId};
use soleira_directory::roles;
use soleira_testkit::{Page, TestServer, Visitor};
use soleira_tests::protocol::{Client, code, register, text, walk};

/// The seeded role that gives machines the Management API.
const ADMIN_ROLE: &str = "admin-role";
/// The Management API of the tenant.
const API: &str = "https://default.logto.app/api";
/// What every refusal of a grant says.
const INVALID_GRANT: &str = "400 invalid_grant: grant request is invalid";
/// What a resource that may not be asked for gets.
const INVALID_TARGET: &str = "400 invalid_target: resource indicator is missing, or unknown";

fn described(page: &Page) -> String {
    let body = page.json();
    format!(
        "{} {}: {}",
        page.status(),
        text(&body, "error"),
        text(&body, "error_description")
    )
}

/// A code for a person who just signed in.
async fn fresh_code(server: &TestServer, client: &Client, user: &UserId, scope: &str) -> String {
    let request = client.request(&[("scope", scope), ("prompt", "consent")]);
    code(&walk(server, &server.visitor(), client, user, &request).await)
}

async fn machine(server: &TestServer) -> Client {
    let client = register(server, ApplicationType::MachineToMachine).await;
    let id = ApplicationId::from(client.id.as_str());
    roles::add_to_application(&server.system(), &id, vec![ADMIN_ROLE.into()])
        .await
        .expect("a role");
    client
}

/// A token for the Management API.
async fn management_token(server: &TestServer) -> String {
    let fields = [
        ("grant_type", "client_credentials"),
        ("resource", API),
        ("scope", "all"),
    ];
    let answer = machine(server).await.token(&server.visitor(), &fields).await;
    text(&answer.expect(200).json(), "access_token").to_owned()
}

/// What a machine gets beyond the grant type.
async fn credentials(client: &Client, visitor: &Visitor, further: &[(&str, &str)]) -> Page {
    client
        .token(visitor, &[&[("grant_type", "client_credentials")], further].concat())
        .await
}

/// A member of an answer's access token, and of the answer itself.
fn scopes(answer: &Value) -> [Value; 2] {
    let claims = soleira_tests::protocol::claims(text(answer, "access_token"));
    [claims["scope"].clone(), answer["scope"].clone()]
}

/// The same scope in an answer and in its token.
fn both(scope: &str) -> [Value; 2] {
    [json!(scope), json!(scope)]
}

/// What a request is answered, and how many statements ran meanwhile.
async fn counted(server: &TestServer, request: impl Future<Output = Page>) -> (u64, Value) {
    server.app.audit.flush(&server.app.db).await;
    let before = server.app.db.statements();
    let page = request.await;
    (server.app.db.statements() - before, page.expect(200).json())
}

fn without_refresh_rotation() -> CustomClientMetadata {
    CustomClientMetadata {
        rotate_refresh_token: Some(false),
        ..CustomClientMetadata::default()
    }
}
