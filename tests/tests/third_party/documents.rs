//! Clients that describe themselves by a document at the address that is their `client_id`.

use super::arrange::*;
use serde_json::{Value, json};
use soleira_core::UserId;
use soleira_directory::users as user_cases;
use soleira_testkit::{Answer, DocumentSite, Page, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{CALLBACK, Client, claims, code, parameter};

/// Where the client of these tests publishes its document.
const PATH: &str = "/oauth/client.json";

/// A site that publishes a document, and the client that it describes.
pub(crate) struct Published {
    pub(crate) site: DocumentSite,
    pub(crate) client: Client,
}

impl Published {
    /// A document with these changes.
    pub(crate) async fn with(changes: Value) -> Self {
        let site = DocumentSite::start().await;
        let client = Client {
            id: site.url(PATH),
            secret: None,
        };
        let published = Self { site, client };
        published.site.publish(PATH, Answer::json(&published.document(changes)));
        published
    }

    pub(crate) fn document(&self, changes: Value) -> Value {
        let mut document = json!({
            "client_id": self.client.id,
            "client_name": "Trial",
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "none",
        });
        let members = document.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        document
    }

    /// How often the document was fetched.
    pub(crate) fn fetches(&self) -> usize {
        self.site.asked().iter().filter(|asked| asked.path == PATH).count()
    }
}

/// Takes such clients from now on.
pub(crate) async fn accept(admin: &Admin) {
    assert_eq!(
        admin
            .patch("/api/configs/cimd", json!({ "enabled": true }))
            .await
            .expect(200)
            .json(),
        json!({ "enabled": true })
    );
}

/// The question about scopes, and about those of resources.
async fn question(
    server: &TestServer,
    visitor: &Visitor,
    client: &Client,
    user: &UserId,
    (scope, resources): (&str, &[&str]),
) -> Page {
    let mut further = vec![("scope", scope), ("prompt", "consent")];
    further.extend(resources.iter().map(|indicator| ("resource", *indicator)));
    arrive(server, visitor, client, user, &client.request(&further)).await
}

on_both_engines! {
    async fn they_are_off_until_an_administrator_says_so(server) {
        let admin = Admin::of(server).await;
        let published = Published::with(json!({})).await;
        let visitor = server.visitor();
        assert_eq!(admin.get("/api/configs/cimd").await.expect(200).json(), json!({ "enabled": false }));
        let discovered = async || visitor.get("/oidc/.well-known/openid-configuration").await.expect(200).json();
        assert!(discovered().await.get("client_id_metadata_document_supported").is_none());
        let refusal = visitor.get(&published.client.request(&[])).await.expect(400).json();
        assert_eq!(refusal["error"], "invalid_client");
        assert_eq!(refusal["error_description"], format!("invalid client {}", published.client.id));
        assert_eq!(published.fetches(), 0, "nothing is fetched");

        accept(&admin).await;
        assert_eq!(admin.get("/api/configs/cimd").await.expect(200).json(), json!({ "enabled": true }));
        assert_eq!(discovered().await["client_id_metadata_document_supported"], true);
        assert_eq!(visitor.get(&published.client.request(&[("scope", "openid")])).await.expect(303).location().path(), "/sign-in");
        assert_eq!(admin.patch("/api/configs/cimd", json!({})).await.expect(200).json(), json!({ "enabled": true }));
        refused(admin.patch("/api/configs/cimd", json!({ "enabled": "yes" })).await, 400, "guard.invalid_input");
        admin.patch("/api/configs/cimd", json!({ "enabled": false })).await.expect(200);
        visitor.get(&published.client.request(&[("scope", "openid")])).await.expect(400);
    }

    async fn a_client_of_a_document_signs_people_in(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let user = ana(server).await;
        admin.post("/api/cimd/user-consent-scopes", json!({ "userScopes": ["email"] })).await.expect(201);
        let published = Published::with(json!({ "logo_uri": "https://tracker.example/pixel.png", "tos_uri": "https://client.example/terms" })).await;
        let (client, visitor) = (&published.client, server.visitor());
        let page = question(server, &visitor, client, &user, ("openid offline_access email", &[])).await.expect(200);
        page.clone().expect_text("May Trial use your account?").expect_text("Nobody here has checked this application.");
        assert!(page.says(client.id.strip_prefix("https://").unwrap().split('/').next().unwrap()), "the host vouches");
        assert!(!page.body().contains("tracker.example"), "nothing of a stranger is loaded");
        assert_eq!(page.link("terms of use").as_str(), "https://client.example/terms");
        let asked = visitor.get("/api/interaction/consent").await.expect(200).json();
        assert_eq!((&asked["application"]["id"], &asked["application"]["name"]), (&json!(client.id), &json!("Trial")));
        assert_eq!(asked["application"]["branding"]["logoUrl"], "https://tracker.example/pixel.png");

        let tokens = client.redeem(&visitor, &allow(&page).await).await.expect(200).json();
        assert_eq!(scope_of(&tokens), ["email", "offline_access", "openid"]);
        let identity = claims(&text(&tokens, "id_token"));
        assert_eq!((&identity["aud"], &identity["email"]), (&json!(client.id), &json!("ana@example.com")));
        let me = visitor.get_as("/oidc/me", &text(&tokens, "access_token")).await.expect(200).json();
        assert_eq!(me["sub"], json!(user));
        let refreshed = client.refresh(&visitor, &text(&tokens, "refresh_token"), &[]).await.expect(200).json();
        assert_eq!(scope_of(&refreshed), ["email", "offline_access", "openid"]);

        let stored = user_cases::get(&server.system(), &user).await.unwrap().user;
        assert_eq!((stored.application_id, stored.cimd_client_id.unwrap().0), (None, client.id.clone()));
        assert_eq!(admin.get(&format!("/api/users/{user}")).await.expect(200).json()["cimdClientId"], client.id);
        let grants = admin.get(&format!("/api/users/{user}/grants?appType=thirdParty")).await.expect(200).json();
        let host = client.id.strip_prefix("https://").unwrap().split('/').next().unwrap();
        assert_eq!(grants["grants"][0]["application"], json!({ "id": client.id, "name": host }));
        assert_eq!(published.fetches(), 1, "a document is kept for a while");
        assert!(published.site.asked()[0].head.contains("accept: application/json"));
    }

    async fn people_are_asked_each_time(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let (user, visitor) = (ana(server).await, server.visitor());
        let published = Published::with(json!({})).await;
        let client = &published.client;
        let first = allow(&ask(server, &visitor, client, &user, "openid").await.expect(200)).await;
        client.redeem(&visitor, &first).await.expect(200);
        let page = ask(server, &visitor, client, &user, "openid").await.expect(200);
        page.form("Cancel").submit().await.expect(303);
        let none = visitor.get(&client.request(&[("scope", "openid"), ("prompt", "none")])).await.expect(303).location();
        assert_eq!(parameter(&none, "error").as_deref(), Some("consent_required"));
    }

    async fn they_may_ask_for_what_the_tenant_lists(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let user = ana(server).await;
        let (read, write) = admin.orders().await;
        admin.give(&user, &[&read, &write]).await;
        admin.post("/api/cimd/user-consent-scopes", json!({ "userScopes": ["profile"], "resourceScopes": [read] })).await.expect(201);
        let published = Published::with(json!({ "scope": "openid email read write" })).await;
        let (client, visitor) = (&published.client, server.visitor());
        let refusal = visitor.get(&client.request(&[("scope", "openid email")])).await.expect(303).location();
        assert_eq!(parameter(&refusal, "error").as_deref(), Some("invalid_scope"));
        assert_eq!(parameter(&refusal, "scope").as_deref(), Some("email"));
        let page = question(server, &visitor, client, &user, ("openid offline_access profile read write", &[ORDERS])).await.expect(200);
        assert!(page.says("See your orders") && !page.says("Place orders"));
        let tokens = client.redeem(&visitor, &allow(&page).await).await.expect(200).json();
        let orders = client.refresh(&visitor, &text(&tokens, "refresh_token"), &[("resource", ORDERS)]).await.expect(200).json();
        assert_eq!(scope_of(&orders), ["read"]);
    }

    async fn a_grant_is_good_for_one_organization(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let user = ana(server).await;
        let manage = admin.organization_scope("manage").await;
        let one = admin.organization("One", &user, &[&manage], &[]).await;
        let two = admin.organization("Two", &user, &[&manage], &[]).await;
        admin.post("/api/cimd/user-consent-scopes", json!({
            "userScopes": [OWN_ORGANIZATIONS], "organizationScopes": [manage],
        })).await.expect(201);
        let published = Published::with(json!({})).await;
        let (client, visitor) = (&published.client, server.visitor());
        let scope = format!("openid offline_access {OWN_ORGANIZATIONS} manage");
        let page = question(server, &visitor, client, &user, (&scope, &[ORGANIZATIONS])).await.expect(200);
        let both = page.form("Allow").with("organization", &one).with("organization", &two).submit().await;
        assert_eq!(both.status(), 422);
        // One that is named twice is one.
        let page = page.form("Allow").check("One").with("organization", &one).submit().await.expect(303);
        let answer = page.follow_until(|url| url.as_str().starts_with(CALLBACK)).await.location();
        let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        let enter = async |tokens: &Value, organization: &str| {
            client.refresh(&visitor, &text(tokens, "refresh_token"), &[("organization_id", organization)]).await
        };
        assert_eq!(scope_of(&enter(&tokens, &one).await.expect(200).json()), ["manage"]);

        // The next grant is good for another one, or none: nothing carries over.
        let page = question(server, &visitor, client, &user, (&scope, &[ORGANIZATIONS])).await.expect(200);
        let tokens = client.redeem(&visitor, &allow(&page).await).await.expect(200).json();
        for organization in [&one, &two] {
            let closed = enter(&tokens, organization).await.expect(403).json();
            assert_eq!(closed["error_description"], "organization access is not granted to the application");
        }
    }

    async fn their_redirect_uris_match_letter_by_letter(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let published = Published::with(json!({ "redirect_uris": [CALLBACK, "http://127.0.0.1/callback"] })).await;
        let visitor = server.visitor();
        let asked = async |uri: &str| visitor.get(&published.client.request(&[("scope", "openid"), ("redirect_uri", uri)])).await;
        for good in [CALLBACK, "http://127.0.0.1:51234/callback"] {
            asked(good).await.expect(303);
        }
        for wrong in [
            "https://app.example.com:443/callback",
            "https://APP.example.com/callback",
            "https://app.example.com/callback/",
            "https://app.example.com/callback?x",
            "http://localhost:51234/callback",
            "https://evil.example/callback",
        ] {
            assert_eq!(asked(wrong).await.expect(400).json()["error"], "invalid_redirect_uri", "{wrong}");
        }
    }

    async fn they_need_a_challenge(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let published = Published::with(json!({})).await;
        let request = published.client.request(&[("scope", "openid"), ("code_challenge", ""), ("code_challenge_method", "")]);
        let answer = server.visitor().get(&request).await.expect(303).location();
        assert_eq!(parameter(&answer, "error").as_deref(), Some("invalid_request"));
        assert!(parameter(&answer, "error_description").unwrap().contains("PKCE"));
    }

    async fn they_learn_of_their_own_tokens_only(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let (user, visitor) = (ana(server).await, server.visitor());
        let (one, two) = (Published::with(json!({})).await, Published::with(json!({})).await);
        let code = allow(&ask(server, &visitor, &one.client, &user, "openid").await.expect(200)).await;
        let tokens = one.client.redeem(&visitor, &code).await.expect(200).json();
        let token = text(&tokens, "access_token");
        let introspected = async |client: &Client| client.post(&visitor, "/oidc/token/introspection", &[("token", &token)]).await.expect(200).json();
        assert_eq!(introspected(&one.client).await["active"], true);
        assert_eq!(introspected(&two.client).await, json!({ "active": false }));
        // A code of the one is nothing to the other.
        let code = allow(&ask(server, &visitor, &one.client, &user, "openid").await.expect(200)).await;
        assert_eq!(two.client.redeem(&visitor, &code).await.expect(400).json()["error"], "invalid_grant");
    }

    async fn a_document_is_fetched_again_when_its_time_is_over(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let published = Published::with(json!({})).await;
        let visitor = server.visitor();
        let ask = async || visitor.get(&published.client.request(&[("scope", "openid")])).await;
        let publish = |header: &str, redirect_uri: &str| {
            let document = published.document(json!({ "redirect_uris": [redirect_uri] }));
            published.site.publish(PATH, Answer::json(&document).with("cache-control", header));
        };
        publish("no-store", CALLBACK);
        ask().await.expect(303);
        publish("max-age=600", "https://elsewhere.example/callback");
        server.clock.advance_seconds(29);
        ask().await.expect(303);
        assert_eq!(published.fetches(), 1, "thirty seconds at least");
        server.clock.advance_seconds(2);
        ask().await.expect(400);
        publish("max-age=100000000", CALLBACK);
        server.clock.advance_seconds(598);
        ask().await.expect(400);
        assert_eq!(published.fetches(), 2);
        server.clock.advance_seconds(3);
        ask().await.expect(303);
        server.clock.advance_seconds(86_401);
        publish("max-age=60", CALLBACK);
        ask().await.expect(303);
        assert_eq!(published.fetches(), 4, "a day at most");
    }

    async fn a_client_whose_document_is_gone_gets_nothing(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let (user, visitor) = (ana(server).await, server.visitor());
        let published = Published::with(json!({})).await;
        let client = &published.client;
        let code = allow(&ask(server, &visitor, client, &user, "openid offline_access").await.expect(200)).await;
        let tokens = client.redeem(&visitor, &code).await.expect(200).json();
        published.site.publish(PATH, Answer::status(404, &[], ""));
        server.clock.advance_seconds(31);
        visitor.get_as("/oidc/me", &text(&tokens, "access_token")).await.expect(401);
        let refused = client.post(&visitor, "/oidc/token", &[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
        assert_eq!(refused.expect(400).json()["error"], "invalid_client_metadata");
    }
}
