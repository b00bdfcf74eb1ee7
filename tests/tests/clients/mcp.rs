//! The OAuth client of `@modelcontextprotocol/sdk` (npm), towards an MCP server made with the same SDK: nobody has
//! registered it, and all it is told is where that server is.

use crate::story::Story;
use crate::world::{Application, World, text, words};
use http::Method;
use serde_json::{Value, json};
use soleira_testkit::process::free_port;
use soleira_testkit::{Answer, DocumentSite, Requirement};
use soleira_tests::program::{Driven, node};

/// The client's document, on its own site.
const DOCUMENT: &str = "/oauth/client.json";
const CALLBACK: &str = "http://127.0.0.1:51764/callback";
const SIGNED_OUT: &str = "http://127.0.0.1:51764/signed-out";

/// Publishes the client's document.
async fn published() -> (DocumentSite, Application) {
    let site = DocumentSite::start().await;
    let id = site.url(DOCUMENT);
    let document = json!({
        "client_id": id,
        "client_name": "Trial",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "post_logout_redirect_uris": [SIGNED_OUT],
        "token_endpoint_auth_method": "none",
    });
    site.publish(DOCUMENT, Answer::json(&document));
    (site, Application { id, secret: None })
}

/// The MCP server is an API of the tenant, and clients that nobody registered may ask to read orders there.
async fn opened(world: &World, indicator: &str) {
    let read = world.api(indicator).await;
    let scopes = json!({ "userScopes": ["profile", "email"], "resourceScopes": [read] });
    world.post("/api/cimd/user-consent-scopes", scopes).await.expect(201);
    let on = json!({ "enabled": true });
    world.send(Method::PATCH, "/api/configs/cimd", on).await.expect(200);
}

async fn whoami(story: &mut Story<'_, Driven>, world: &World, client: &Application, indicator: &str) {
    let claims: Value = story.does("whoami", json!({})).await;
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!(world.ada), &json!(indicator)));
    assert_eq!(claims["client_id"], json!(client.id));
    assert_eq!(words(&claims["scope"]), ["read:orders"].into());
}

against_a_running_server! {
    async fn a_client_that_nobody_registered_calls_a_tool(world) {
        let Some(modules) = Requirement::NodeModules.find_path() else { return };
        let indicator = format!("http://localhost:{}/mcp", free_port());
        opened(world, &indicator).await;
        let (_site, application) = published().await;
        let registration = world.registration(&application, &json!({
            "redirectUri": CALLBACK, "postLogoutRedirectUri": SIGNED_OUT, "resource": indicator,
            "scopes": ["openid", "offline_access", "profile", "email", "read:orders"],
        }));
        let client = Driven::start(node(&modules, "mcp.mjs"), &registration);
        let mut story = Story::of(world, &application, client).back_at(CALLBACK, SIGNED_OUT);

        story.hears_that_nobody_is_signed_in().await;
        let url = story.begins(json!({})).await;
        let parameter = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        assert_eq!(parameter("client_id").as_deref(), Some(application.id.as_str()));
        assert_eq!(parameter("resource").as_deref(), Some(indicator.as_str()));
        assert_eq!(parameter("code_challenge_method").as_deref(), Some("S256"));
        // It found the way by itself: from the MCP server to its authorization server, whose issuer has a path.
        let asked = story.does("asked", json!({})).await;
        let asked: Vec<&str> = asked.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let resource_metadata = indicator.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
        let server_metadata = format!("{}/.well-known/oauth-authorization-server/oidc", world.origin());
        assert!(asked.contains(&resource_metadata.as_str()) && asked.contains(&server_metadata.as_str()), "{asked:?}");
        assert!(!asked.iter().any(|url| url.ends_with("/openid-configuration")), "the first address is right: {asked:?}");

        let back = story.goes_to_sign_in(json!({})).await;
        story.does("finish", json!({ "url": back })).await;
        whoami(&mut story, world, &application, &indicator).await;
        let before = story.tokens().await;
        assert_eq!(story.does("refresh", json!({})).await, "AUTHORIZED");
        let after = story.tokens().await;
        assert!(before.0 != after.0 && before.1 != after.1, "both tokens are new");
        whoami(&mut story, world, &application, &indicator).await;
        story.reads_userinfo().await;

        let (_, refresh_token) = story.tokens().await;
        assert_eq!(story.does("revoke", json!({ "token": refresh_token })).await, 200);
        story.cannot_refresh_with(&refresh_token, "invalid_grant").await;
        // Told so by the server, the SDK forgets its tokens and begins anew.
        assert_eq!(story.does("refresh", json!({})).await, "REDIRECT");
        assert_eq!(story.does("tokens", json!({})).await, json!({}));
        story.signs_out().await;
    }

    async fn an_mcp_server_takes_its_own_tokens_only(world) {
        let Some(modules) = Requirement::NodeModules.find_path() else { return };
        let indicator = format!("http://localhost:{}/mcp", free_port());
        opened(world, &indicator).await;
        let machine = world.machine().await;
        let registration = world.registration(&machine, &json!({ "resource": indicator, "scopes": ["read:orders"] }));
        let mut client = Driven::start(node(&modules, "mcp.mjs"), &registration);
        soleira_tests::program::Client::ask(&mut client, "asked", json!({})).await.unwrap();
        // A token for another API, got by a client that may have one.
        let fields = [
            ("grant_type", "client_credentials"),
            ("resource", crate::world::ORDERS),
            ("scope", "read:orders"),
        ];
        let visitor = world.server.visitor();
        let answer = visitor.post_form_as_client("/oidc/token", &machine.id, machine.secret.as_ref().unwrap(), &fields).await;
        let token = text(&answer.expect(200).json(), "access_token");
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
        let refused = visitor.send_json(Method::POST, &indicator, Some(&token), &body).await.expect(401);
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_token\"") && challenge.contains("resource_metadata="), "{challenge}");
    }
}
