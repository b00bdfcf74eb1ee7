//! What the server publishes about itself.

use soleira_testkit::on_both_engines;

on_both_engines! {
    async fn discovery_names_what_answers(server) {
        let visitor = server.visitor();
        let page = visitor.get("/oidc/.well-known/openid-configuration").await.expect(200);
        let document = page.json();
        assert_eq!(document["issuer"], "http://localhost:3001/oidc");
        assert_eq!(document["id_token_signing_alg_values_supported"], serde_json::json!(["ES384"]));
        assert_eq!(page.header("access-control-allow-origin"), Some("*"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("x-frame-options"), Some("SAMEORIGIN"));
        assert!(page.header("content-security-policy").is_none());
        for twin in [
            "/oidc/.well-known/oauth-authorization-server",
            "/.well-known/oauth-authorization-server/oidc",
            "/.well-known/openid-configuration/oidc",
        ] {
            let twin = visitor.get(twin).await.expect(200);
            assert_eq!(twin.body(), page.body());
            for header in ["content-type", "access-control-allow-origin", "x-frame-options", "vary"] {
                assert_eq!(twin.header(header), page.header(header), "{header}");
            }
            visitor.get("/.well-known/oauth-authorization-server/other").await.expect(404);
        }
        for (name, endpoint) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let status = visitor.get(endpoint.as_str().unwrap()).await;
                let unknown = status.status() == 404 && status.says("unrecognized route");
                let needs_post = [
                    "token_endpoint", "introspection_endpoint", "revocation_endpoint",
                    "pushed_authorization_request_endpoint", "device_authorization_endpoint",
                ].contains(&name.as_str());
                assert_eq!(unknown, needs_post, "{name}");
            }
        }
    }

    async fn keys_are_published_and_revalidated(server) {
        let visitor = server.visitor();
        let page = visitor.get("/oidc/jwks").await.expect(200);
        assert_eq!(page.header("content-type"), Some("application/jwk-set+json; charset=utf-8"));
        assert_eq!(page.header("cache-control"), Some("no-cache, max-age=0, must-revalidate"));
        let key = &page.json()["keys"][0];
        assert_eq!((key["kty"].as_str(), key["crv"].as_str(), key["alg"].as_str()), (Some("EC"), Some("P-384"), Some("ES384")));
        assert!(key.get("d").is_none());
        visitor.always("if-none-match", page.header("etag").unwrap());
        let again = visitor.get("/oidc/jwks").await.expect(304);
        assert!(again.body().is_empty());
    }

    async fn unknown_routes_are_told_in_json(server) {
        let page = server.visitor().get("/oidc/nonsense").await.expect(404);
        let body = page.json();
        assert_eq!(body["error"], "invalid_request");
        assert_eq!(body["error_description"], "unrecognized route or not allowed method (GET on /nonsense)");
        assert!(page.header("logto-core-request-id").is_some());
        server.visitor().get("/oidc/token").await.expect(404);
    }
}
