//! How clients prove who they are, and how requests come.

use super::{API, described, machine};
use serde_json::json;
use soleira_core::model::ApplicationType;
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{CALLBACK, Client, code, create_user, expiring_secret, imported, register, walk};

on_both_engines! {
    async fn clients_prove_who_they_are(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::MachineToMachine).await;
        let (id, secret) = (client.id.as_str(), client.secret.clone().unwrap());
        let grant = ("grant_type", "client_credentials");
        let resource = ("resource", API);
        let post = async |fields: &[(&str, &str)]| visitor.post_form("/oidc/token", fields).await;
        assert_eq!(described(&post(&[grant]).await), "400 invalid_request: no client authentication mechanism provided");
        assert_eq!(described(&post(&[grant, ("client_id", "bogus")]).await), "400 invalid_client: invalid client bogus");
        assert_eq!(described(&post(&[grant, ("client_id", id)]).await), "401 invalid_client: client authentication failed");
        let wrong = post(&[grant, ("client_id", id), ("client_secret", "wrong")]).await;
        assert_eq!(described(&wrong), "401 invalid_client: client authentication failed");
        assert!(wrong.header("www-authenticate").is_none());
        let wrong = visitor.post_form_as_client("/oidc/token", id, "wrong", &[grant]).await;
        assert_eq!(described(&wrong), "401 invalid_client: client authentication failed");
        assert!(wrong.header("www-authenticate").unwrap().starts_with("Basic realm=\"http://localhost:3001/oidc\", error="));
        // Header and body are interchangeable, and the identifier may stand in both.
        visitor.post_form_as_client("/oidc/token", id, &secret, &[grant, resource, ("client_id", id)]).await.expect(200);
        post(&[grant, resource, ("client_id", id), ("client_secret", &secret)]).await.expect(200);
        let both = visitor.post_form_as_client("/oidc/token", id, &secret, &[grant, ("client_secret", &secret)]).await;
        assert_eq!(described(&both), "400 invalid_request: client authentication must only be provided using one mechanism");
        let other = visitor.post_form_as_client("/oidc/token", id, &secret, &[grant, ("client_id", "other")]).await;
        assert_eq!(described(&other), "400 invalid_request: client_id mismatch");
        let public = register(server, ApplicationType::Spa).await;
        let sneaky = post(&[("grant_type", "refresh_token"), ("client_id", &public.id), ("client_secret", "x")]).await;
        assert_eq!(described(&sneaky), "401 invalid_client: client authentication failed");
    }

    async fn protected_and_saml_applications_are_web_clients(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let id = imported(server, ApplicationType::Protected).await;
        let new = soleira_directory::applications::create_secret(&server.system(), &id, "One", None).await;
        let protected = Client { secret: Some(new.unwrap().value), id: id.to_string() };
        let request = protected.request(&[("scope", "openid offline_access"), ("prompt", "consent"), ("code_challenge", ""), ("code_challenge_method", "")]);
        let answer = walk(server, &visitor, &protected, &user, &request).await;
        let code_of = code(&answer);
        let fields = [("grant_type", "authorization_code"), ("code", code_of.as_str()), ("redirect_uri", CALLBACK)];
        let tokens = protected.token(&visitor, &fields).await.expect(200).json();
        protected.refresh(&visitor, tokens["refresh_token"].as_str().unwrap(), &[]).await.expect(200);
        let machine = [("grant_type", "client_credentials"), ("resource", API)];
        assert_eq!(
            described(&protected.token(&visitor, &machine).await),
            "400 invalid_request: requested grant type is not allowed for this client"
        );

        // The secret of a SAML application is the server's own: nobody else redeems its codes.
        let saml = Client { secret: None, id: imported(server, ApplicationType::Saml).await.to_string() };
        let answer = walk(server, &visitor, &saml, &user, &saml.request(&[])).await;
        let refused = saml.redeem(&visitor, &code(&answer)).await;
        assert_eq!(described(&refused), "401 invalid_client: client authentication failed");
    }

    async fn a_client_may_have_several_secrets_and_they_expire(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::MachineToMachine).await;
        let end = server.system().now().plus_seconds(60);
        let second = expiring_secret(server, &client, end).await;
        let fields = [("grant_type", "client_credentials"), ("resource", API)];
        let with_second = async || visitor.post_form_as_client("/oidc/token", &client.id, &second, &fields).await;
        with_second().await.expect(200);
        client.token(&visitor, &fields).await.expect(200);
        server.clock.advance_seconds(60);
        assert_eq!(described(&with_second().await), "400 invalid_request: client secret has expired");
        client.token(&visitor, &fields).await.expect(200);
    }

    async fn bodies_come_in_many_forms(server) {
        let visitor = server.visitor();
        let client = machine(server).await;
        let send = async |kind: &'static str, body: Vec<u8>| {
            let mut headers = http::HeaderMap::new();
            headers.insert("content-type", kind.parse().unwrap());
            visitor.send(http::Method::POST, visitor.resolve("/oidc/token"), headers, body.into()).await
        };
        let body = json!({
            "grant_type": "client_credentials", "resource": API, "scope": "all",
            "client_id": client.id, "client_secret": client.secret,
        });
        send("application/json", body.to_string().into_bytes()).await.expect(200);
        let broken = send("application/json", b"{".to_vec()).await;
        assert_eq!(described(&broken), "400 invalid_request: no client authentication mechanism provided");
        let other = send("application/json1", b"{}".to_vec()).await;
        assert_eq!(
            described(&other),
            "400 invalid_request: only application/x-www-form-urlencoded content-type bodies are supported on POST /token"
        );
        for body in ["code=%00", "code=\0"] {
            let nul = send("application/x-www-form-urlencoded", body.as_bytes().to_vec()).await;
            assert_eq!(described(&nul), "400 invalid_request: null bytes are not allowed in the request body");
        }
        send("application/x-www-form-urlencoded", vec![b'a'; 56 * 1024 + 1]).await.expect(413);
        let twice = send("application/x-www-form-urlencoded", b"grant_type=a&grant_type=b".to_vec()).await;
        assert_eq!(described(&twice), "400 invalid_request: 'grant_type' parameter must not be provided twice");
    }

    async fn grant_types_are_checked(server) {
        let visitor = server.visitor();
        let (web, machine) = (register(server, ApplicationType::Traditional).await, machine(server).await);
        assert_eq!(
            described(&web.token(&visitor, &[("grant_type", "password")]).await),
            "400 unsupported_grant_type: unsupported grant_type requested"
        );
        assert_eq!(described(&web.token(&visitor, &[]).await), "400 invalid_request: missing required parameter 'grant_type'");
        for (client, grant) in [(&web, "client_credentials"), (&machine, "refresh_token"), (&machine, "authorization_code")] {
            assert_eq!(
                described(&client.token(&visitor, &[("grant_type", grant)]).await),
                "400 invalid_request: requested grant type is not allowed for this client"
            );
        }
        assert_eq!(
            described(&web.token(&visitor, &[("grant_type", "authorization_code")]).await),
            "400 invalid_request: missing required parameter 'code'"
        );
        assert_eq!(
            described(&web.token(&visitor, &[("grant_type", "refresh_token")]).await),
            "400 invalid_request: missing required parameter 'refresh_token'"
        );
    }

    async fn scripts_may_call_from_pages_of_the_client_only(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        visitor.always("origin", "https://app.example.com");
        let own = client.token(&visitor, &fields).await.expect(400);
        assert_eq!(own.header("access-control-allow-origin"), Some("https://app.example.com"));
        assert_eq!(own.json()["error"], "invalid_grant");
        assert_eq!(own.header("access-control-expose-headers"), Some("WWW-Authenticate"));
        visitor.always("origin", "https://evil.example");
        let foreign = client.token(&visitor, &fields).await;
        assert_eq!(
            described(&foreign),
            format!("400 invalid_request: origin https://evil.example not allowed for client: {}", client.id)
        );
        assert!(foreign.header("access-control-allow-origin").is_none());
    }

    async fn unknown_clients_and_wrong_secrets_cost_the_same(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::MachineToMachine).await;
        let fields = [("grant_type", "client_credentials"), ("resource", API)];
        let mut work = Vec::new();
        for (id, status) in [(client.id.as_str(), 401), ("bogus", 400)] {
            let ask = async || {
                visitor.post_form_as_client("/oidc/token", id, "wrong", &fields).await.expect(status);
            };
            ask().await;
            server.app.audit.flush(&server.app.db).await;
            let before = (server.app.hashing.done(), server.app.db.statements());
            for _ in 0..20 {
                ask().await;
            }
            work.push((server.app.hashing.done() - before.0, server.app.db.statements() - before.1));
        }
        // The audit trail is written in batches, and caches ask once a second whether configuration changed.
        assert!(work.iter().all(|(hashes, statements)| *hashes == 0 && *statements <= 4 + 20), "{work:?}");
        assert!(work[0].1.abs_diff(work[1].1) <= 4, "{work:?}");
    }
}
