//! The Management API over HTTP, as a program with machine-to-machine credentials uses it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail at once, saying what was expected"
)]

mod access_control;
mod applications;
mod beginnings;
mod client_authentication;
mod configs;
mod connectors;
mod conventions;
mod keys;
mod one_time_tokens;
mod organization_members;
mod organization_template;
mod organizations;
mod resources;
mod roles;
mod scripts;
mod sign_in_experience;
mod users;

use http::Method;
use serde_json::{Value, json};
use soleira_core::model::ApplicationType;
use soleira_core::{ApplicationId, RoleId};
use soleira_directory::{Page as Rows, roles as role_cases};
use soleira_testkit::{Page, TestServer, Visitor};
use soleira_tests::protocol::register;

/// A program that administers the tenant.
struct Admin {
    visitor: Visitor,
    token: String,
}

impl Admin {
    /// Registers a machine, gives it the seeded role, and gets a token with its secret.
    async fn of(server: &TestServer) -> Self {
        let client = register(server, ApplicationType::MachineToMachine).await;
        let role = access_role(server).await;
        let id = ApplicationId::from(client.id.as_str());
        role_cases::add_to_application(&server.system(), &id, vec![role])
            .await
            .unwrap();
        let visitor = server.visitor();
        let fields = [
            ("grant_type", "client_credentials"),
            ("resource", "https://default.logto.app/api"),
            ("scope", "all"),
        ];
        let answer = client.token(&visitor, &fields).await.expect(200).json();
        Self {
            visitor,
            token: text(&answer, "access_token"),
        }
    }

    async fn get(&self, path: &str) -> Page {
        self.visitor.get_as(path, &self.token).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Page {
        self.visitor.send_json(method, path, Some(&self.token), &body).await
    }

    async fn post(&self, path: &str, body: Value) -> Page {
        self.send(Method::POST, path, body).await
    }

    async fn put(&self, path: &str, body: Value) -> Page {
        self.send(Method::PUT, path, body).await
    }

    async fn patch(&self, path: &str, body: Value) -> Page {
        self.send(Method::PATCH, path, body).await
    }

    async fn delete(&self, path: &str) -> Page {
        self.send(Method::DELETE, path, json!({})).await
    }

    /// Creates an application; its identifier.
    async fn application(&self, name: &str, kind: &str) -> String {
        text(
            &self
                .post("/api/applications", json!({"name": name, "type": kind}))
                .await
                .expect(200)
                .json(),
            "id",
        )
    }

    /// Creates something of which the answer tells the identifier.
    async fn created(&self, path: &str, body: Value) -> String {
        text(&self.post(path, body).await.expect(201).json(), "id")
    }

    /// Creates an organization; its identifier.
    async fn organization(&self, name: &str) -> String {
        self.created("/api/organizations", json!({"name": name})).await
    }

    /// Creates an organization role; its identifier.
    async fn organization_role(&self, name: &str, kind: &str) -> String {
        self.created("/api/organization-roles", json!({"name": name, "type": kind}))
            .await
    }

    /// Creates a permission in organizations; its identifier.
    async fn organization_scope(&self, name: &str) -> String {
        self.created("/api/organization-scopes", json!({"name": name})).await
    }

    /// Creates an API resource with one permission; the permission's identifier.
    async fn resource_scope(&self, name: &str) -> String {
        let body = json!({"name": name, "indicator": format!("https://{name}.example.com")});
        let resource = self.created("/api/resources", body).await;
        self.created(&format!("/api/resources/{resource}/scopes"), json!({"name": name}))
            .await
    }

    /// Creates a user; their identifier.
    async fn user(&self, body: Value) -> String {
        text(&self.post("/api/users", body).await.expect(200).json(), "id")
    }
}

/// The seeded role that gives machines the Management API.
async fn access_role(server: &TestServer) -> RoleId {
    let page = Rows { limit: 100, offset: 0 };
    let listed = role_cases::list(&server.system(), role_cases::Filter::default(), Some(page))
        .await
        .unwrap();
    let role = listed
        .rows
        .into_iter()
        .find(|role| role.name == "Logto Management API access");
    role.unwrap().id
}

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
        .to_owned()
}

/// The code of an error.
#[track_caller]
fn refused(page: Page, status: u16, code: &str) -> Value {
    let body = page.expect(status).json();
    assert_eq!(body["code"], code, "{body}");
    assert!(
        body["message"].as_str().is_some_and(|message| !message.is_empty()),
        "{body}"
    );
    body
}

/// A refusal of an input, which names this field.
#[track_caller]
fn refused_field(page: Page, path: &Value) {
    let body = refused(page, 400, "guard.invalid_input");
    let issues = body["data"]["issues"]
        .as_array()
        .unwrap_or_else(|| panic!("no issues: {body}"));
    assert!(issues.iter().any(|issue| issue["path"] == *path), "{path}: {body}");
    assert!(
        body["details"].as_str().is_some_and(|details| !details.is_empty()),
        "{body}"
    );
}
