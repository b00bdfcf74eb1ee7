//! Claims by a script of the tenant: in which tokens they are, what the script knows, how it says no, and what becomes of
//! a token when it fails.

use super::arrange::{ORDERS, give, give_machine, join, organization, organization_role, organization_scope, resource};
use super::{credentials, described, fresh_code};
use serde_json::{Value, json};
use soleira_core::model::{ApplicationType, CustomClientMetadata, RoleType};
use soleira_core::{Secret, UserId};
use soleira_directory::token_scripts::{self, TokenScript, TokenType};
use soleira_directory::{configs, roles, subject_tokens, users};
use soleira_store::logs;
use soleira_testkit::{Page, Receiver, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{
    CALLBACK, Client, claims, code, create_user, register, register_with, sign_in, text, walk,
};
use tokio::task::JoinSet;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ORGANIZATIONS: &str = "urn:logto:scope:organizations";

async fn set(server: &TestServer, kind: TokenType, script: TokenScript) {
    token_scripts::put(&server.system(), kind, script)
        .await
        .expect("a script");
}

/// A function with this body, and a secret in its environment.
fn script(body: &str) -> TokenScript {
    TokenScript {
        script: format!(
            "const getCustomJwtClaims = async ({{ token, context, environmentVariables, api }}) => {{ {body} }};"
        ),
        environment_variables: Some([("KEY".to_owned(), "very secret".to_owned())].into()),
        ..TokenScript::default()
    }
}

async fn people(server: &TestServer, body: &str) {
    set(server, TokenType::AccessToken, script(body)).await;
}

/// A script for people's tokens after which nothing is issued when it fails.
async fn strict(server: &TestServer, body: &str) {
    let script = TokenScript {
        block_issuance_on_error: Some(true),
        ..script(body)
    };
    set(server, TokenType::AccessToken, script).await;
}

async fn no_script(server: &TestServer) {
    token_scripts::delete(&server.system(), TokenType::AccessToken)
        .await
        .expect("a script that goes");
}

async fn told(client: &Client, visitor: &Visitor, token: &str) -> Value {
    let page = client
        .post(visitor, "/oidc/token/introspection", &[("token", token)])
        .await;
    page.expect(200).json()
}

/// The claims of the access token of an answer.
fn of(answer: &Value) -> Value {
    claims(text(answer, "access_token"))
}

/// Tokens for the orders, whose permission to read the person has.
async fn orders(server: &TestServer, visitor: &Visitor, client: &Client, user: &UserId) -> Value {
    let request = client.request(&[
        ("scope", "openid offline_access read:orders"),
        ("resource", ORDERS),
        ("prompt", "consent"),
    ]);
    let answer = walk(server, visitor, client, user, &request).await;
    client.redeem(visitor, &code(&answer)).await.expect(200).json()
}

async fn exchanger(server: &TestServer) -> Client {
    let custom = CustomClientMetadata {
        allow_token_exchange: Some(true),
        ..CustomClientMetadata::default()
    };
    register_with(server, ApplicationType::Traditional, &[CALLBACK], custom).await
}

async fn exchange(server: &TestServer, client: &Client, token: &str, further: &[(&str, &str)]) -> Page {
    let fields = [
        ("grant_type", EXCHANGE),
        ("subject_token", token),
        ("subject_token_type", "urn:logto:token-type:impersonation_token"),
    ];
    client.token(&server.visitor(), &[&fields, further].concat()).await
}

async fn subject_token(server: &TestServer, user: &UserId, context: Value) -> String {
    let context = context.as_object().expect("an object").clone();
    let token = subject_tokens::create(&server.system(), user, context).await;
    token.expect("a token").expose().to_owned()
}

/// A script that tells a receiver that it runs and takes its time, where the condition holds.
async fn slow_for(server: &TestServer, condition: &str) -> Receiver {
    let receiver = Receiver::start().await;
    configs::let_scripts_use_network(&server.system(), true)
        .await
        .expect("a network");
    let url = receiver.url("/running");
    receiver.answer("/running", 200, &[], "");
    people(
        server,
        &format!(
            "if ({condition}) {{ await fetch('{url}'); await new Promise((resolve) => setTimeout(resolve, 1000)); }}
             return {{ seen: token.scope }};"
        ),
    )
    .await;
    receiver
}

/// The newest rows of the audit trail of one kind.
async fn trail(server: &TestServer, key: &str) -> Vec<Value> {
    server.app.audit.flush(&server.app.db).await;
    let ctx = server.system();
    let mut reader = ctx.read().await.unwrap();
    let rows = logs::newest(&mut reader.tx(), &server.tenant().id, 100).await.unwrap();
    let rows = rows.into_iter().filter(|row| row.key == key);
    rows.map(|row| serde_json::from_str(&row.payload).unwrap()).collect()
}

on_both_engines! {
    async fn claims_of_a_script_are_in_every_access_token_and_replace_no_other(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let (_, [read]) = resource(server, ORDERS, ["read:orders"]).await;
        give(server, &user, &[&read]).await;
        people(server, "return { plan: 'pro', deep: { of: [context.user.username, null] }, sub: 'root', scope: 'all', \
                        aud: 'everywhere', exp: 1, active: false };").await;

        let tokens = orders(server, &visitor, &client, &user).await;
        let opaque = told(&client, &visitor, text(&tokens, "access_token")).await;
        assert_eq!((opaque["plan"].clone(), opaque["deep"].clone()), (json!("pro"), json!({"of": ["ada", null]})));
        assert_eq!(opaque["sub"], user.as_str());
        assert_eq!((opaque["active"].clone(), opaque["scope"].clone()), (json!(true), json!("openid offline_access")));
        assert!(claims(text(&tokens, "id_token")).get("plan").is_none(), "ID tokens are left alone");
        let info = visitor.get_as("/oidc/me", text(&tokens, "access_token")).await.expect(200).json();
        assert!(info.get("plan").is_none());

        let refreshed = client.refresh(&visitor, text(&tokens, "refresh_token"), &[("resource", ORDERS)]).await;
        let jwt = of(&refreshed.expect(200).json());
        let names: Vec<&String> = jwt.as_object().unwrap().keys().take(3).collect();
        assert_eq!(names, ["plan", "deep", "active"]);
        assert_eq!((jwt["sub"].as_str(), jwt["scope"].as_str(), jwt["aud"].as_str()),
            (Some(user.as_str()), Some("read:orders"), Some(ORDERS)));
        assert!(jwt["exp"].as_i64() > jwt["iat"].as_i64());

        no_script(server).await;
        let refreshed = client.refresh(&visitor, text(&tokens, "refresh_token"), &[("resource", ORDERS)]).await;
        assert!(of(&refreshed.expect(200).json()).get("plan").is_none());
    }

    async fn a_script_knows_the_token_and_its_person(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let (_, [read, write]) = resource(server, ORDERS, ["read:orders", "write:orders"]).await;
        give(server, &user, &[&read, &write]).await;
        let acme = organization(server, "Acme").await;
        let admin = organization_role(server, RoleType::User, "admin", &[], &[]).await;
        join(server, &acme, user.clone(), &[&admin]).await;
        people(server, "return { seen: { token, context, environmentVariables } };").await;

        let tokens = orders(server, &visitor, &client, &user).await;
        let opaque = told(&client, &visitor, text(&tokens, "access_token")).await["seen"].clone();
        assert_eq!(opaque["environmentVariables"], json!({"KEY": "very secret"}));
        let token = &opaque["token"];
        assert_eq!((token["kind"].as_str(), token["gty"].as_str()), (Some("AccessToken"), Some("authorization_code")));
        assert_eq!((token["accountId"].as_str(), token["clientId"].as_str()), (Some(user.as_str()), Some(client.id.as_str())));
        assert_eq!(token["scope"], "openid offline_access");
        assert!(token.get("aud").is_none() && token["jti"] != tokens["access_token"], "{token}");
        assert!(token["grantId"].is_string() && token["sessionUid"].is_string(), "{token}");

        let context = &opaque["context"];
        let person = &context["user"];
        assert_eq!((person["id"].as_str(), person["username"].as_str()), (Some(user.as_str()), Some("ada")));
        assert_eq!(person["primaryEmail"], "ada@example.com");
        assert_eq!((person["hasPassword"].clone(), person["isSuspended"].clone()), (json!(false), json!(false)));
        assert!(person["createdAt"].is_i64() && person["profile"].is_object() && person["identities"].is_object());
        assert_eq!((person["ssoIdentities"].clone(), person["mfaVerificationFactors"].clone()), (json!([]), json!([])));
        assert!(person.get("password").is_none() && !person.to_string().contains("argon2"), "{person}");
        let roles = person["roles"].as_array().unwrap();
        let names: Vec<&Value> = roles[0]["scopes"].as_array().unwrap().iter().map(|scope| &scope["name"]).collect();
        assert_eq!((roles.len(), names), (1, vec![&json!("read:orders"), &json!("write:orders")]));
        assert_eq!(roles[0]["scopes"][0]["resource"]["indicator"], ORDERS);
        assert_eq!(roles[0]["scopes"][0]["resource"]["accessTokenTtl"], 600);
        assert_eq!(person["organizations"], json!([{"id": acme, "name": "Acme", "description": null}]));
        assert_eq!(person["organizationRoles"], json!([{"organizationId": acme, "roleId": admin, "roleName": "admin"}]));
        assert_eq!(context["application"]["id"], client.id.as_str());
        assert!(!context.to_string().contains(client.secret.as_deref().unwrap()), "no secret of the client");
        assert!(context.get("organization").is_none() && context.get("grant").is_none());

        let refreshed = client.refresh(&visitor, text(&tokens, "refresh_token"), &[("resource", ORDERS)]).await;
        let jwt = of(&refreshed.expect(200).json())["seen"]["token"].clone();
        assert_eq!((jwt["gty"].as_str(), jwt["aud"].as_str(), jwt["scope"].as_str()),
            (Some("authorization_code refresh_token"), Some(ORDERS), Some("read:orders")));
    }

    async fn a_script_knows_the_way_somebody_signed_in(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::Spa).await;
        users::create(&server.system(), users::CreateUser {
            username: Some("ada".into()),
            password: Some(users::NewPassword::Plain(Secret::new("correct horse battery"))),
            ..users::CreateUser::default()
        }).await.expect("a user");
        people(server, "return { interaction: context.interaction };").await;
        let request = client.request(&[("scope", "openid"), ("resource", ""), ("prompt", "consent")]);
        let page = visitor.get(&request).await.follow_all().await.expect(200);
        let form = page.form("Sign in").fill("identifier", "ada").fill("Password", "correct horse battery");
        let back = form.submit().await.follow_until(|url| url.as_str().starts_with(CALLBACK)).await.location();
        let tokens = client.redeem(&visitor, &code(&back)).await.expect(200).json();
        // A public client is told of its own token.
        let seen = told(&client, &visitor, text(&tokens, "access_token")).await["interaction"].clone();
        assert_eq!(seen["interactionEvent"], "SignIn");
        assert_eq!(seen["verificationRecords"][0]["type"], "Password");
        assert!(!seen.to_string().contains("correct horse"), "{seen}");
    }

    async fn organizations_and_subject_tokens_are_told_of(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let (_, [read]) = resource(server, ORDERS, ["read:orders"]).await;
        let acme = organization(server, "Acme").await;
        let invite = organization_scope(server, "invite").await;
        let admin = organization_role(server, RoleType::User, "admin", &[&invite], &[&read]).await;
        join(server, &acme, user.clone(), &[&admin]).await;
        people(server, "return { token, organization: context.organization, grant: context.grant };").await;

        let tokens = sign_in(server, &visitor, &client, &user, &format!("openid offline_access {ORGANIZATIONS}")).await;
        let acme_id = acme.as_str();
        let asked = client.refresh(&visitor, text(&tokens, "refresh_token"), &[("organization_id", acme_id)]).await;
        let own = of(&asked.expect(200).json());
        assert_eq!(own["organization"], json!({"id": acme, "name": "Acme", "description": null, "customData": {}}));
        assert_eq!(own["token"]["aud"], format!("urn:logto:organization:{acme}"));

        let subject = subject_token(server, &user, json!({"ticket": 7})).await;
        let further = [("resource", ORDERS), ("organization_id", acme_id), ("scope", "read:orders")];
        let own = of(&exchange(server, &client, &subject, &further).await.expect(200).json());
        assert_eq!(own["grant"], json!({"type": EXCHANGE, "subjectTokenContext": {"ticket": 7}}));
        assert_eq!((own["organization_id"].as_str(), own["token"]["gty"].as_str()), (Some(acme_id), Some(EXCHANGE)));
        assert!(own["token"].get("sessionUid").is_none(), "{own}");
        assert_eq!(own["scope"], "read:orders");
    }

    async fn machines_have_a_script_of_their_own(server) {
        let visitor = server.visitor();
        let client = register(server, ApplicationType::MachineToMachine).await;
        let (_, [read]) = resource(server, ORDERS, ["read:orders"]).await;
        give_machine(server, &client, &[&read]).await;
        people(server, "return { of: 'people' };").await;
        let ask = async || credentials(&client, &visitor, &[("resource", ORDERS), ("scope", "read:orders")]).await;
        assert!(of(&ask().await.expect(200).json()).get("of").is_none(), "not that of people");

        set(server, TokenType::ClientCredentials, script("return { of: 'machines', seen: { token, context } };")).await;
        let own = of(&ask().await.expect(200).json());
        assert_eq!((own["of"].as_str(), own["sub"].as_str()), (Some("machines"), Some(client.id.as_str())));
        let token = &own["seen"]["token"];
        assert_eq!((token["kind"].as_str(), token["clientId"].as_str()), (Some("ClientCredentials"), Some(client.id.as_str())));
        assert_eq!((token["aud"].as_str(), token["scope"].as_str()), (Some(ORDERS), Some("read:orders")));
        assert!(token.get("accountId").is_none());
        assert_eq!(own["seen"]["context"]["application"]["type"], "MachineToMachine");
        assert!(own["seen"]["context"].get("user").is_none());

        server.clock.advance_millis(1);
        set(server, TokenType::ClientCredentials, script("api.denyAccess('Not today');")).await;
        assert_eq!(described(&ask().await), "400 access_denied: Not today");
        assert_eq!(trail(server, "ExchangeTokenBy.ClientCredentials").await[0]["result"], "Error");
        set(server, TokenType::ClientCredentials, script("return 5;")).await;
        assert!(of(&ask().await.expect(200).json()).get("seen").is_none());
        assert_eq!(trail(server, "JwtCustomizer.ClientCredentials").await.len(), 1);
    }

    async fn a_script_that_says_no_loses_nobody_anything(server) {
        let (visitor, user, client) = (server.visitor(), create_user(server, "ada").await, exchanger(server).await);
        let tokens = sign_in(server, &visitor, &client, &user, "openid offline_access").await;
        let refresh_token = text(&tokens, "refresh_token");
        let subject = subject_token(server, &user, json!({})).await;
        let code = fresh_code(server, &client, &user, "openid").await;

        people(server, "if (context.user.username === 'ada') api.denyAccess('Pay first');").await;
        let refused = client.redeem(&visitor, &code).await;
        assert_eq!(described(&refused), "400 access_denied: Pay first");
        assert_eq!((refused.json()["code"].as_str(), refused.json().get("access_token")), (Some("oidc.access_denied"), None));
        assert_eq!(described(&client.refresh(&visitor, refresh_token, &[]).await), "400 access_denied: Pay first");
        assert_eq!(described(&exchange(server, &client, &subject, &[]).await), "400 access_denied: Pay first");
        let rows = trail(server, "ExchangeTokenBy.RefreshToken").await;
        assert_eq!((rows[0]["result"].as_str(), rows[0]["error"]["code"].as_str()), (Some("Error"), Some("oidc.access_denied")));

        people(server, "return { paid: true };").await;
        client.redeem(&visitor, &code).await.expect(200);
        client.refresh(&visitor, refresh_token, &[]).await.expect(200);
        exchange(server, &client, &subject, &[]).await.expect(200);
    }

    async fn a_script_that_fails_is_no_obstacle_unless_the_tenant_says_so(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        for (body, words) in [
            ("throw new Error('no plan');", "Error: no plan"),
            ("return [];", "The function must return a plain object: it returned an array."),
            ("await fetch('https://example.com/');", "TypeError: This tenant's scripts may not use the network."),
        ] {
            server.clock.advance_millis(1);
            people(server, body).await;
            let code = fresh_code(server, &client, &user, "openid").await;
            client.redeem(&visitor, &code).await.expect(200);
            let rows = trail(server, "JwtCustomizer.AccessToken").await;
            assert_eq!((rows[0]["result"].as_str(), rows[0]["message"].as_str()), (Some("Error"), Some(words)));
            assert_eq!((rows[0]["userId"].as_str(), rows[0]["applicationId"].as_str()),
                (Some(user.as_str()), Some(client.id.as_str())));
        }
        strict(server, "throw new Error('no plan');").await;
        let code = fresh_code(server, &client, &user, "openid").await;
        let refused = client.redeem(&visitor, &code).await;
        assert_eq!(described(&refused), "400 invalid_request: Custom claims script error: Error: no plan");
        people(server, "return {};").await;
        client.redeem(&visitor, &code).await.expect(200);
        let written = trail(server, "JwtCustomizer.AccessToken").await;
        assert!(!json!(written).to_string().contains("very secret"));
    }

    async fn a_script_without_end_ends(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        strict(server, "for (;;) {}").await;
        let code = fresh_code(server, &client, &user, "openid").await;
        let refused = client.redeem(&visitor, &code).await;
        assert_eq!(
            described(&refused),
            "400 invalid_request: Custom claims script error: The script did not end within 5000 milliseconds."
        );
    }

    async fn nobody_is_talked_about_who_gets_nothing_anyway(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Traditional).await;
        let other = register(server, ApplicationType::Traditional).await;
        strict(server, "throw new Error('the script was asked');").await;
        let invalid = "400 invalid_grant: grant request is invalid";
        let code = fresh_code(server, &client, &user, "openid").await;
        assert_eq!(described(&other.redeem(&visitor, &code).await), invalid);
        assert_eq!(described(&client.redeem(&visitor, "bogus").await), invalid);
        users::set_suspension(&server.system(), &user, true).await.expect("a suspended user");
        assert_eq!(described(&client.redeem(&visitor, &code).await), invalid);
        assert!(trail(server, "JwtCustomizer.AccessToken").await.is_empty());
    }

    async fn a_refresh_token_is_not_used_too_late_because_a_script_is_slow(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let (_, [read]) = resource(server, ORDERS, ["read:orders"]).await;
        give(server, &user, &[&read]).await;
        let tokens = orders(server, &visitor, &client, &user).await;
        let receiver = slow_for(server, "token.aud").await;
        let mut slow = JoinSet::new();
        slow.spawn({
            let (client, visitor, token) = (client.clone(), server.visitor(), text(&tokens, "refresh_token").to_owned());
            async move { client.refresh(&visitor, &token, &[("resource", ORDERS)]).await }
        });
        receiver.wait_for(1).await;
        client.refresh(&visitor, text(&tokens, "refresh_token"), &[]).await.expect(200);
        server.clock.advance_seconds(10);
        let slow = slow.join_next().await.unwrap().unwrap().expect(200).json();
        no_script(server).await;
        client.refresh(&visitor, text(&slow, "refresh_token"), &[]).await.expect(200);
    }

    async fn a_script_judges_the_token_that_is_issued(server) {
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let (_, [read]) = resource(server, ORDERS, ["read:orders"]).await;
        let role = give(server, &user, &[&read]).await;
        let tokens = orders(server, &visitor, &client, &user).await;
        let receiver = slow_for(server, "token.scope").await;
        let mut slow = JoinSet::new();
        slow.spawn({
            let (client, visitor, token) = (client.clone(), server.visitor(), text(&tokens, "refresh_token").to_owned());
            async move { client.refresh(&visitor, &token, &[("resource", ORDERS)]).await }
        });
        receiver.wait_for(1).await;
        roles::take_from_user(&server.system(), &user, &role).await.expect("a role that goes");
        let own = of(&slow.join_next().await.unwrap().unwrap().expect(200).json());
        assert_eq!((own["scope"].as_str(), own["seen"].as_str()), (Some(""), Some("")), "it was asked again");
    }

    async fn who_is_suspended_while_a_script_runs_gets_nothing(server) {
        let user = create_user(server, "ada").await;
        let client = register(server, ApplicationType::Traditional).await;
        let code = fresh_code(server, &client, &user, "openid").await;
        let receiver = slow_for(server, "true").await;
        let mut slow = JoinSet::new();
        slow.spawn({
            let (client, visitor) = (client.clone(), server.visitor());
            async move { client.redeem(&visitor, &code).await }
        });
        receiver.wait_for(1).await;
        users::set_suspension(&server.system(), &user, true).await.expect("a suspended user");
        assert_eq!(described(&slow.join_next().await.unwrap().unwrap()), "400 invalid_grant: grant request is invalid");
    }

    async fn whose_scripts_find_no_room_is_told_to_come_again(server) {
        let user = create_user(server, "ada").await;
        let client = register(server, ApplicationType::Traditional).await;
        let mut codes = Vec::new();
        for _ in 0..5 {
            codes.push(fresh_code(server, &client, &user, "openid").await);
        }
        strict(server, "await new Promise((resolve) => setTimeout(resolve, 60_000));").await;
        let mut all = JoinSet::new();
        for code in codes {
            let (client, visitor) = (client.clone(), server.visitor());
            all.spawn(async move { described(&client.redeem(&visitor, &code).await) });
        }
        let told = all.join_all().await;
        let busy = told.iter().filter(|told| told.starts_with("429 temporarily_unavailable")).count();
        assert_eq!(busy, 1, "{told:?}");
    }

    async fn of_many_redemptions_with_a_script_one_succeeds(server) {
        let user = create_user(server, "ada").await;
        let client = register(server, ApplicationType::Traditional).await;
        people(server, "return { plan: 'pro' };").await;
        let code = fresh_code(server, &client, &user, "openid").await;
        let mut all = JoinSet::new();
        for _ in 0..50 {
            let (client, code, visitor) = (client.clone(), code.clone(), server.visitor());
            all.spawn(async move { client.redeem(&visitor, &code).await.status() });
        }
        let statuses = all.join_all().await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 400].contains(status)), "{statuses:?}");
    }
}
