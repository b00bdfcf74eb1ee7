//! What these tests begin with: an administrator, applications of others, people, and what they may do.

use http::Method;
use serde_json::{Value, json};
use soleira_core::model::ApplicationType;
use soleira_core::{ApplicationId, UserId};
use soleira_directory::{Page as Rows, roles};
use soleira_testkit::{Page, TestServer, Visitor};
use soleira_tests::protocol::{self, CALLBACK, Client, answer_login, create_user};

/// An API resource of these tests.
pub(crate) const ORDERS: &str = "https://orders.example.com";
/// The resource through which permissions in organizations are asked for.
pub(crate) const ORGANIZATIONS: &str = "urn:logto:resource:organizations";
/// The scope that asks for the person's organizations.
pub(crate) const OWN_ORGANIZATIONS: &str = "urn:logto:scope:organizations";

/// A program that administers the tenant.
pub(crate) struct Admin {
    visitor: Visitor,
    token: String,
}

impl Admin {
    pub(crate) async fn of(server: &TestServer) -> Self {
        let client = protocol::register(server, ApplicationType::MachineToMachine).await;
        let ctx = server.system();
        let page = Rows { limit: 100, offset: 0 };
        let listed = roles::list(&ctx, roles::Filter::default(), Some(page)).await.unwrap();
        let role = listed
            .rows
            .into_iter()
            .find(|role| role.name == "Logto Management API access")
            .unwrap();
        let id = ApplicationId::from(client.id.as_str());
        roles::add_to_application(&ctx, &id, vec![role.id]).await.unwrap();
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

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.visitor.get_as(path, &self.token).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Page {
        self.visitor.send_json(method, path, Some(&self.token), &body).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Page {
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Page {
        self.send(Method::PUT, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Page {
        self.send(Method::PATCH, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Page {
        self.send(Method::DELETE, path, json!({})).await
    }

    async fn created(&self, path: &str, body: Value) -> String {
        let page = self.post(path, body).await;
        assert!(matches!(page.status(), 200 | 201), "{page:?}");
        text(&page.json(), "id")
    }

    /// An application of somebody else named Elsewhere, with a secret.
    pub(crate) async fn third_party(&self) -> Client {
        let body = json!({
            "name": "Elsewhere",
            "type": "Traditional",
            "isThirdParty": true,
            "oidcClientMetadata": { "redirectUris": [CALLBACK], "postLogoutRedirectUris": [] },
        });
        let id = self.created("/api/applications", body).await;
        let secrets = self
            .get(&format!("/api/applications/{id}/secrets"))
            .await
            .expect(200)
            .json();
        Client {
            secret: Some(text(&secrets[0], "value")),
            id,
        }
    }

    /// Lets an application ask for more.
    pub(crate) async fn let_ask(&self, client: &Client, scopes: Value) {
        let path = format!("/api/applications/{}/user-consent-scopes", client.id);
        self.post(&path, scopes).await.expect(201);
    }

    /// The API resource [`ORDERS`] with the permissions `read` and `write`; their identifiers.
    pub(crate) async fn orders(&self) -> (String, String) {
        let resource = self
            .created("/api/resources", json!({ "name": "Orders", "indicator": ORDERS }))
            .await;
        let path = format!("/api/resources/{resource}/scopes");
        let read = self
            .created(&path, json!({ "name": "read", "description": "See your orders" }))
            .await;
        let write = self
            .created(&path, json!({ "name": "write", "description": "Place orders" }))
            .await;
        (read, write)
    }

    /// Gives a person permissions on resources, by a role.
    pub(crate) async fn give(&self, user: &UserId, scopes: &[&String]) {
        let name = format!("role of {user} {}", scopes.len());
        let role = self
            .created(
                "/api/roles",
                json!({ "name": name, "description": "-", "scopeIds": scopes }),
            )
            .await;
        self.post(&format!("/api/users/{user}/roles"), json!({ "roleIds": [role] }))
            .await
            .expect(201);
    }

    /// A permission in organizations.
    pub(crate) async fn organization_scope(&self, name: &str) -> String {
        self.created("/api/organization-scopes", json!({ "name": name })).await
    }

    /// An organization of which a person is a member with these permissions in it and on resources.
    pub(crate) async fn organization(
        &self,
        name: &str,
        user: &UserId,
        own: &[&String],
        of_resources: &[&String],
    ) -> String {
        let id = self.created("/api/organizations", json!({ "name": name })).await;
        let role = json!({
            "name": format!("member of {name}"),
            "organizationScopeIds": own,
            "resourceScopeIds": of_resources,
        });
        let role = self.created("/api/organization-roles", role).await;
        let path = format!("/api/organizations/{id}/users");
        self.post(&path, json!({ "userIds": [user] })).await.expect(201);
        let path = format!("{path}/{user}/roles");
        self.post(&path, json!({ "organizationRoleIds": [role] }))
            .await
            .expect(201);
        id
    }
}

/// Begins an authorization request and lets this person sign in where that is asked for: the page, or the answer, that
/// it leads to.
pub(crate) async fn arrive(
    server: &TestServer,
    visitor: &Visitor,
    client: &Client,
    user: &UserId,
    request: &str,
) -> Page {
    let ctx = server.system();
    let mut page = visitor.get(request).await;
    for _ in 0..3 {
        if page.status() != 303 {
            return page;
        }
        let location = page.location();
        page = match location.path() {
            "/sign-in" => {
                let next = answer_login(&ctx, visitor, client, user).await;
                visitor.get(&next).await
            }
            "/consent" => return visitor.get(location.as_str()).await,
            _ => return page,
        };
    }
    page
}

/// As [`arrive`], for scopes.
pub(crate) async fn ask(server: &TestServer, visitor: &Visitor, client: &Client, user: &UserId, scope: &str) -> Page {
    arrive(server, visitor, client, user, &client.request(&[("scope", scope)])).await
}

/// Says yes on a page of consent: the code that goes to the application.
pub(crate) async fn allow(page: &Page) -> String {
    let page = page.form("Allow").submit().await.expect(303);
    let answer = page
        .follow_until(|url| url.as_str().starts_with(CALLBACK))
        .await
        .location();
    protocol::code(&answer)
}

/// A person named ana.
pub(crate) async fn ana(server: &TestServer) -> UserId {
    create_user(server, "ana").await
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    protocol::text(value, name).to_owned()
}

/// The names in a scope, sorted.
pub(crate) fn names(scope: &str) -> Vec<&str> {
    let mut names: Vec<&str> = scope.split(' ').filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names
}

/// The scope of a token response, sorted.
pub(crate) fn scope_of(tokens: &Value) -> Vec<&str> {
    names(protocol::text(tokens, "scope"))
}

/// The code of an error.
#[track_caller]
pub(crate) fn refused(page: Page, status: u16, code: &str) -> Value {
    let body = page.expect(status).json();
    assert_eq!(body["code"], code, "{body}");
    body
}
