//! What each of these tests begins with: a server, a person who may read orders, and applications.

use http::Method;
use serde_json::{Value, json};
use soleira_core::ApplicationId;
use soleira_core::model::ApplicationType;
use soleira_directory::applications::{self, NewApplication};
use soleira_directory::{Page as Rows, roles};
use soleira_testkit::{Engine, Page, ServerProcess, Visitor, server};
use std::collections::BTreeSet;

/// An API resource.
pub(crate) const ORDERS: &str = "https://orders.example.com";
/// Where applications that have no page of their own come back to.
pub(crate) const CALLBACK: &str = "http://localhost:3000/callback";
/// Where they send people after signing out.
pub(crate) const SIGNED_OUT: &str = "http://localhost:3000/signed-out";
/// The person's password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// What applications ask for. The person may read orders and not write them.
pub(crate) const SCOPES: [&str; 6] = [
    "openid",
    "offline_access",
    "profile",
    "email",
    "read:orders",
    "write:orders",
];

/// A running server, and who is there.
pub(crate) struct World {
    pub(crate) server: ServerProcess,
    administrator: Visitor,
    token: String,
    /// The person's identifier. They are called Ada Lovelace, with the username `ada`.
    pub(crate) ada: String,
    /// The permission to read orders.
    pub(crate) read_orders: String,
}

/// An application as it is registered.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

/// Runs a test's body beside a server. Left out where the machine lacks the engine.
pub(crate) async fn run(engine: Engine, body: impl AsyncFnOnce(&World)) {
    let Some(world) = World::start(engine).await else {
        return;
    };
    body(&world).await;
    assert_eq!(world.server.errors(), [] as [&str; 0]);
}

impl World {
    async fn start(engine: Engine) -> Option<Self> {
        // The first program that may administer is the operator's work; everything after it goes through the front door.
        let mut operator = None;
        let database = server::arranged(engine, async |ctx: &_| {
            let new = NewApplication::new("Operator", ApplicationType::MachineToMachine);
            let application = applications::create(ctx, new).await.unwrap();
            let all = Some(Rows { limit: 100, offset: 0 });
            let listed = roles::list(ctx, roles::Filter::default(), all).await.unwrap();
            let administers = |name: &str| name == "Logto Management API access";
            let role = listed.rows.into_iter().find(|role| administers(&role.name)).unwrap();
            let id = ApplicationId::from(application.id.as_str());
            roles::add_to_application(ctx, &id, vec![role.id]).await.unwrap();
            let secrets = applications::secrets(ctx, &id).await.unwrap();
            operator = Some((id.to_string(), secrets[0].value.clone()));
        })
        .await?;
        let server = ServerProcess::start_on(env!("CARGO_BIN_EXE_soleira-under-test"), database).await;
        let (id, secret) = operator.unwrap();
        let administrator = server.visitor();
        let fields = [
            ("grant_type", "client_credentials"),
            ("resource", "https://default.logto.app/api"),
            ("scope", "all"),
        ];
        let answer = administrator
            .post_form_as_client("/oidc/token", &id, &secret, &fields)
            .await;
        let token = text(&answer.expect(200).json(), "access_token");
        let mut world = Self {
            server,
            administrator,
            token,
            ada: String::new(),
            read_orders: String::new(),
        };
        world.ada = world
            .created(
                "/api/users",
                json!({ "username": "ada", "password": PASSWORD, "name": "Ada Lovelace", "primaryEmail": "ada@example.com" }),
            )
            .await;
        world.read_orders = world.api(ORDERS).await;
        Some(world)
    }

    /// Where the server is.
    pub(crate) fn origin(&self) -> String {
        self.server.origin()
    }

    /// The server as OpenID Connect knows it.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/oidc", self.origin())
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Page {
        let token = Some(self.token.as_str());
        self.administrator.send_json(method, path, token, &body).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Page {
        self.send(Method::POST, path, body).await
    }

    /// Makes something; its identifier.
    pub(crate) async fn created(&self, path: &str, body: Value) -> String {
        let page = self.post(path, body).await;
        assert!(matches!(page.status(), 200 | 201), "{page:?}");
        text(&page.json(), "id")
    }

    /// An API with the permissions `read:orders` and `write:orders`. Ada may read; that permission's identifier.
    pub(crate) async fn api(&self, indicator: &str) -> String {
        let resource = self
            .created("/api/resources", json!({ "name": indicator, "indicator": indicator }))
            .await;
        let scopes = format!("/api/resources/{resource}/scopes");
        let read = self.created(&scopes, json!({ "name": "read:orders" })).await;
        self.created(&scopes, json!({ "name": "write:orders" })).await;
        let role =
            json!({ "name": format!("Clerk of {indicator}"), "description": "Reads orders", "scopeIds": [read] });
        let role = self.created("/api/roles", role).await;
        let path = format!("/api/users/{}/roles", self.ada);
        self.post(&path, json!({ "roleIds": [role] })).await.expect(201);
        read
    }

    /// Registers an application that comes back to one of these addresses.
    pub(crate) async fn application(&self, kind: &str, redirect_uris: &[&str], signed_out: &str) -> Application {
        self.application_with(
            kind,
            json!({ "redirectUris": redirect_uris, "postLogoutRedirectUris": [signed_out] }),
            json!({}),
        )
        .await
    }

    /// Registers an application.
    pub(crate) async fn application_with(&self, kind: &str, metadata: Value, custom: Value) -> Application {
        let body = json!({
            "name": "Bookstore", "type": kind,
            "oidcClientMetadata": metadata, "customClientMetadata": custom,
        });
        let id = self.created("/api/applications", body).await;
        let secret = if matches!(kind, "Traditional" | "MachineToMachine") {
            let path = format!("/api/applications/{id}/secrets");
            let secrets = self.send(Method::GET, &path, json!({})).await.expect(200).json();
            Some(text(&secrets[0], "value"))
        } else {
            None
        };
        Application { id, secret }
    }

    /// A program of its own account that may read orders.
    pub(crate) async fn machine(&self) -> Application {
        let machine = self
            .application_with(
                "MachineToMachine",
                json!({ "redirectUris": [], "postLogoutRedirectUris": [] }),
                json!({}),
            )
            .await;
        let role = json!({
            "name": "Reader", "description": "Reads orders", "type": "MachineToMachine", "scopeIds": [self.read_orders],
        });
        let role = self.created("/api/roles", role).await;
        let path = format!("/api/applications/{}/roles", machine.id);
        self.post(&path, json!({ "roleIds": [role] })).await.expect(201);
        machine
    }

    /// An organization whose member Ada is, as somebody who may invite others.
    pub(crate) async fn organization(&self) -> String {
        let invite = self
            .created("/api/organization-scopes", json!({ "name": "invite:member" }))
            .await;
        let role = json!({ "name": "owner", "organizationScopeIds": [invite] });
        let role = self.created("/api/organization-roles", role).await;
        let organization = self.created("/api/organizations", json!({ "name": "Acme" })).await;
        let members = format!("/api/organizations/{organization}/users");
        self.post(&members, json!({ "userIds": [self.ada] })).await.expect(201);
        let roles = format!("{members}/{}/roles", self.ada);
        self.post(&roles, json!({ "organizationRoleIds": [role] }))
            .await
            .expect(201);
        organization
    }

    /// Keeps Ada from everything, until an administrator lets her in again.
    pub(crate) async fn suspend_ada(&self) {
        let path = format!("/api/users/{}/is-suspended", self.ada);
        let body = json!({ "isSuspended": true });
        self.send(Method::PATCH, &path, body).await.expect(200);
    }

    /// What a program of `tests/` is told of itself and of the server.
    pub(crate) fn registration(&self, application: &Application, further: &Value) -> Value {
        let mut registration = json!({
            "endpoint": self.origin(),
            "issuer": self.issuer(),
            "clientId": application.id,
            "redirectUri": CALLBACK,
            "postLogoutRedirectUri": SIGNED_OUT,
            "resource": ORDERS,
            "scope": SCOPES.join(" "),
            "scopes": SCOPES,
        });
        let members = registration.as_object_mut().unwrap();
        if let Some(secret) = &application.secret {
            members.insert("clientSecret".to_owned(), json!(secret));
        }
        members.extend(further.as_object().unwrap().clone());
        registration
    }
}

/// A member that is text.
pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
        .to_owned()
}

/// The words of a scope, or of anything else that separates words by blanks.
pub(crate) fn words(text: &Value) -> BTreeSet<&str> {
    text.as_str()
        .unwrap_or_else(|| panic!("no words: {text}"))
        .split(' ')
        .collect()
}
