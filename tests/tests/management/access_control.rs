//! Who may use an application: its rules, and what they mean for people who sign in and for what they were issued.

use super::{Admin, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_core::UserId;
use soleira_core::model::{ApplicationType, CustomClientMetadata};
use soleira_testkit::{Page, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{CALLBACK, Client, answer_login, code, parameter, register, register_with, walk};
use url::Url;

/// Rules, where those that are not given are empty.
fn rules(given: Value) -> Value {
    let mut rules = json!({"userIds": [], "userRoleIds": [], "organizationIds": [], "organizationRoleRules": []});
    for (name, value) in given.as_object().unwrap() {
        rules[name] = value.clone();
    }
    rules
}

impl Admin {
    async fn set_rules(&self, application: &str, given: Value) -> Page {
        let path = format!("/api/applications/{application}/access-control");
        self.put(&path, rules(given)).await
    }

    /// Lets only those enter whom these rules name.
    async fn control(&self, application: &str, given: Value) {
        self.set_rules(application, given).await.expect(200);
        let body = json!({"appLevelAccessControlEnabled": true});
        let changed = self
            .patch(&format!("/api/applications/{application}"), body)
            .await
            .expect(200)
            .json();
        assert_eq!(changed["appLevelAccessControlEnabled"], true);
    }
}

/// Where a person who signs in comes back to the application with.
async fn enter(server: &TestServer, client: &Client, user: &str) -> Url {
    let request = client.request(&[("scope", "openid offline_access"), ("prompt", "consent")]);
    walk(server, &server.visitor(), client, &UserId::from(user), &request).await
}

/// Why a person is not let in; nothing if they are.
async fn refusal(server: &TestServer, client: &Client, user: &str) -> Option<String> {
    parameter(&enter(server, client, user).await, "error")
}

#[track_caller]
fn denied(page: Page) {
    let body = page.expect(400).json();
    assert_eq!(
        (body["error"].as_str(), body["code"].as_str()),
        (Some("access_denied"), Some("oidc.access_denied"))
    );
}

async fn refresh(client: &Client, visitor: &Visitor, tokens: &Value) -> Page {
    client.refresh(visitor, &text(tokens, "refresh_token"), &[]).await
}

on_both_engines! {
    async fn rules_are_replaced_sorted_and_without_repetitions(server) {
        let admin = Admin::of(server).await;
        let app = admin.application("web", "Traditional").await;
        let path = format!("/api/applications/{app}/access-control");
        assert_eq!(admin.get(&path).await.expect(200).json(), rules(json!({})));

        let mut users = [admin.user(json!({"username": "ana"})).await, admin.user(json!({"username": "bia"})).await];
        users.sort();
        let role = admin.role("Reader", "User", &[]).await;
        let (acme, editor) = (admin.organization("Acme").await, admin.organization_role("editor", "User").await);
        let mut roles = [editor, admin.organization_role("viewer", "User").await];
        roles.sort();
        let sent = json!({
            "userIds": [users[1], users[0], users[1]], "userRoleIds": [role, role], "organizationIds": [acme],
            "organizationRoleRules": [
                {"organizationId": acme, "organizationRoleIds": [roles[1]]},
                {"organizationId": acme, "organizationRoleIds": [roles[0], roles[1]]},
            ],
        });
        let stored = json!({
            "userIds": users, "userRoleIds": [role], "organizationIds": [acme],
            "organizationRoleRules": [{"organizationId": acme, "organizationRoleIds": roles}],
        });
        assert_eq!(admin.put(&path, sent).await.expect(200).json(), stored);
        assert_eq!(admin.get(&path).await.expect(200).json(), stored);

        let fewer = rules(json!({"userIds": [users[0]]}));
        assert_eq!(admin.put(&path, fewer.clone()).await.expect(200).json(), fewer);
        assert_eq!(admin.get(&path).await.expect(200).json(), fewer);
        // Who goes is in no rule.
        admin.delete(&format!("/api/users/{}", users[0])).await.expect(204);
        assert_eq!(admin.get(&path).await.expect(200).json(), rules(json!({})));
    }

    async fn rules_that_make_no_sense_are_refused(server) {
        let admin = Admin::of(server).await;
        let app = admin.application("web", "Traditional").await;
        let path = format!("/api/applications/{app}/access-control");
        let set = |given: Value| admin.set_rules(&app, given);
        let unknown = "entity.relation_foreign_key_not_found";
        refused(set(json!({"userIds": ["nobody"]})).await, 404, unknown);
        refused(set(json!({"userRoleIds": ["nobody"]})).await, 404, unknown);
        refused(set(json!({"organizationIds": ["nobody"]})).await, 404, unknown);
        let acme = admin.organization("Acme").await;
        let editor = admin.organization_role("editor", "User").await;
        let of = |organization: &str, roles: Value| {
            json!({"organizationRoleRules": [{"organizationId": organization, "organizationRoleIds": roles}]})
        };
        refused(set(of("nobody", json!([editor]))).await, 404, unknown);
        refused(set(of(&acme, json!(["nobody"]))).await, 404, unknown);
        refused(set(of(&acme, json!([]))).await, 422, "request.invalid_input");
        let machines = admin.role("Worker", "MachineToMachine", &[]).await;
        refused(set(json!({"userRoleIds": [machines]})).await, 422, "entity.db_constraint_violated");
        let machines = admin.organization_role("worker", "MachineToMachine").await;
        refused(set(of(&acme, json!([machines]))).await, 422, "entity.db_constraint_violated");

        let many = |count: usize| (0..count).map(|index| format!("u{index}")).collect::<Vec<_>>();
        refused_field(set(json!({"userIds": many(1001)})).await, &json!(["userIds"]));
        refused_field(set(json!({"organizationIds": vec!["o"; 2001]})).await, &json!(["organizationIds"]));
        refused_field(admin.put(&path, json!({"userIds": []})).await, &json!(["userRoleIds"]));
        refused_field(set(json!({"userIds": "ana"})).await, &json!(["userIds"]));
        assert_eq!(admin.get(&path).await.expect(200).json(), rules(json!({})), "nothing is half-written");
        refused(admin.get("/api/applications/nobody/access-control").await, 404, "entity.not_exists_with_id");
        refused(admin.set_rules("nobody", json!({})).await, 404, "entity.not_exists_with_id");
        refused(admin.set_rules("demo-app", json!({})).await, 404, "entity.not_exists_with_id");
    }

    async fn controlled_access_has_a_rule_always(server) {
        let admin = Admin::of(server).await;
        let app = admin.application("web", "Traditional").await;
        let path = format!("/api/applications/{app}");
        let enable = json!({"appLevelAccessControlEnabled": true});
        refused(admin.patch(&path, enable.clone()).await, 422, "request.invalid_input");
        assert_eq!(admin.get(&path).await.json()["appLevelAccessControlEnabled"], false);
        let user = admin.user(json!({"username": "ana"})).await;
        admin.control(&app, json!({"userIds": [user]})).await;
        refused(admin.set_rules(&app, json!({})).await, 422, "request.invalid_input");
        let kept = admin.get(&format!("{path}/access-control")).await.expect(200).json();
        assert_eq!(kept["userIds"], json!([user]));
        admin.patch(&path, enable).await.expect(200);
        admin.patch(&path, json!({"appLevelAccessControlEnabled": false})).await.expect(200);
        admin.set_rules(&app, json!({})).await.expect(200);
    }

    async fn whoever_no_rule_names_stays_out(server) {
        let admin = Admin::of(server).await;
        let client = register(server, ApplicationType::Traditional).await;
        let (ana, bia) = (admin.user(json!({"username": "ana"})).await, admin.user(json!({"username": "bia"})).await);
        admin.control(&client.id, json!({"userIds": [ana]})).await;
        assert_eq!(refusal(server, &client, &ana).await, None);
        let back = enter(server, &client, &bia).await;
        assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
        assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));
        assert_eq!(parameter(&back, "code"), None);
        // Other applications are open to her.
        let other = register(server, ApplicationType::Traditional).await;
        assert_eq!(refusal(server, &other, &bia).await, None);
        admin.patch(&format!("/api/applications/{}", client.id), json!({"appLevelAccessControlEnabled": false})).await.expect(200);
        assert_eq!(refusal(server, &client, &bia).await, None);
    }

    async fn roles_open_the_door_and_close_it(server) {
        let admin = Admin::of(server).await;
        let client = register(server, ApplicationType::Traditional).await;
        let ana = admin.user(json!({"username": "ana"})).await;
        let role = admin.role("Staff", "User", &[]).await;
        admin.control(&client.id, json!({"userRoleIds": [role]})).await;
        let denied = Some("access_denied".to_owned());
        assert_eq!(refusal(server, &client, &ana).await, denied);
        admin.post(&format!("/api/roles/{role}/users"), json!({"userIds": [ana]})).await.expect(201);
        assert_eq!(refusal(server, &client, &ana).await, None);
        // A rule that goes with its role leaves nobody in.
        admin.delete(&format!("/api/roles/{role}")).await.expect(204);
        assert_eq!(refusal(server, &client, &ana).await, denied);
    }

    async fn organizations_and_their_roles_open_the_door_and_close_it(server) {
        let admin = Admin::of(server).await;
        let client = register(server, ApplicationType::Traditional).await;
        let ana = admin.user(json!({"username": "ana"})).await;
        let (acme, other) = (admin.organization("Acme").await, admin.organization("Other").await);
        let editor = admin.organization_role("editor", "User").await;
        let denied = Some("access_denied".to_owned());
        let join = |organization: &str| {
            let (path, user) = (format!("/api/organizations/{organization}/users"), ana.clone());
            let admin = &admin;
            async move { admin.post(&path, json!({"userIds": [user]})).await.expect(201) }
        };

        admin.control(&client.id, json!({"organizationIds": [acme]})).await;
        join(&other).await;
        assert_eq!(refusal(server, &client, &ana).await, denied);
        join(&acme).await;
        assert_eq!(refusal(server, &client, &ana).await, None);
        admin.delete(&format!("/api/organizations/{acme}/users/{ana}")).await.expect(204);
        assert_eq!(refusal(server, &client, &ana).await, denied);

        let rule = json!({"organizationRoleRules": [{"organizationId": acme, "organizationRoleIds": [editor]}]});
        admin.set_rules(&client.id, rule).await.expect(200);
        join(&acme).await;
        assert_eq!(refusal(server, &client, &ana).await, denied, "membership is not enough");
        let give = |organization: &str| {
            let path = format!("/api/organizations/{organization}/users/{ana}/roles");
            let (admin, body) = (&admin, json!({"organizationRoleIds": [editor]}));
            async move { admin.post(&path, body).await.expect(201) }
        };
        give(&other).await;
        assert_eq!(refusal(server, &client, &ana).await, denied, "the role counts in its organization only");
        give(&acme).await;
        assert_eq!(refusal(server, &client, &ana).await, None);
        admin.delete(&format!("/api/organizations/{acme}/users/{ana}/roles/{editor}")).await.expect(204);
        assert_eq!(refusal(server, &client, &ana).await, denied);
    }

    async fn what_was_issued_ends_with_the_rule(server) {
        let admin = Admin::of(server).await;
        let client = register(server, ApplicationType::Traditional).await;
        let (ana, bia) = (admin.user(json!({"username": "ana"})).await, admin.user(json!({"username": "bia"})).await);
        let (named, not_named) = (json!({"userIds": [ana]}), json!({"userIds": [bia]}));
        admin.control(&client.id, named.clone()).await;
        let visitor = server.visitor();
        let request = client.request(&[("scope", "openid offline_access"), ("prompt", "consent")]);
        let user = UserId::from(ana.as_str());
        let answer = walk(server, &visitor, &client, &user, &request).await;
        let tokens = client.redeem(&visitor, &code(&answer)).await.expect(200).json();
        let again = walk(server, &visitor, &client, &user, &request).await;

        admin.set_rules(&client.id, not_named).await.expect(200);
        denied(refresh(&client, &visitor, &tokens).await);
        denied(client.redeem(&visitor, &code(&again)).await);
        for prompt in ["none", "consent", ""] {
            let request = client.request(&[("scope", "openid offline_access"), ("prompt", prompt)]);
            let back = visitor.get(&request).await.expect(303).location();
            assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"), "{prompt}");
        }
        // A refusal uses nothing up.
        admin.set_rules(&client.id, named).await.expect(200);
        refresh(&client, &visitor, &tokens).await.expect(200);
    }

    async fn a_rule_that_goes_while_consent_waits_stops_it(server) {
        let admin = Admin::of(server).await;
        let client = register(server, ApplicationType::Traditional).await;
        let (ana, bia) = (admin.user(json!({"username": "ana"})).await, admin.user(json!({"username": "bia"})).await);
        admin.control(&client.id, json!({"userIds": [ana]})).await;
        let visitor = server.visitor();
        visitor.get(&client.request(&[])).await.expect(303);
        let resume = answer_login(&server.system(), &visitor, &client, &UserId::from(ana.as_str())).await;
        let consent = visitor.get(&resume).await.expect(303).location();
        assert_eq!(consent.path(), "/consent");
        admin.set_rules(&client.id, json!({"userIds": [bia]})).await.expect(200);
        visitor.get(consent.as_str()).await.expect(400);
        let back = visitor.get(&client.request(&[("prompt", "none")])).await.expect(303).location();
        assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    }

    async fn nobody_acts_for_a_person_whom_no_rule_names(server) {
        let admin = Admin::of(server).await;
        let custom = CustomClientMetadata { allow_token_exchange: Some(true), ..CustomClientMetadata::default() };
        let client = register_with(server, ApplicationType::Traditional, &[CALLBACK], custom).await;
        let (ana, bia) = (admin.user(json!({"username": "ana"})).await, admin.user(json!({"username": "bia"})).await);
        admin.control(&client.id, json!({"userIds": [ana]})).await;
        let visitor = server.visitor();
        let exchange = async |user: &str| {
            let token = admin.post("/api/subject-tokens", json!({"userId": user})).await.expect(201).json();
            let fields = [
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                ("subject_token", &text(&token, "subjectToken")),
                ("subject_token_type", "urn:logto:token-type:impersonation_token"),
                ("scope", "openid"),
            ];
            client.token(&visitor, &fields).await
        };
        exchange(&ana).await.expect(200);
        denied(exchange(&bia).await);
    }
}
