//! Signing in at a provider.

use super::*;
use soleira_core::ConnectorId;
use soleira_testkit::in_sandbox;

const STATE: &str = "the-page's-own-state";
const BACK: &str = "http://localhost:3001/callback/mock";

async fn connect_provider(server: &TestServer) -> ConnectorId {
    set(
        server,
        json!({ "signUp": { "identifiers": [], "password": false, "verify": false } }),
    )
    .await;
    connect(
        server,
        "mock-social-connector",
        json!({ "clientId": "c", "clientSecret": "s" }),
    )
    .await
}

impl Client {
    async fn leaves(&self, connector: &ConnectorId) -> String {
        let body = json!({ "state": STATE, "redirectUri": BACK });
        let path = format!("/verification/social/{connector}/authorization-uri");
        let answer = self.post(&path, body).await.expect(200);
        let uri = answer.json()["authorizationUri"].as_str().unwrap().to_owned();
        assert!(uri.starts_with("http://mock-social/?state="), "{uri}");
        record(&answer)
    }

    async fn returns(&self, connector: &ConnectorId, id: &str, data: Value) -> Page {
        let body = json!({ "connectorData": data, "verificationId": id });
        self.post(&format!("/verification/social/{connector}/verify"), body)
            .await
    }
}

fn answer(user: &str) -> Value {
    json!({
        "state": STATE, "redirectUri": BACK, "code": "code", "userId": user, "email": format!("{user}@example.com"),
        "name": "Ana",
    })
}

in_sandbox! {
    async fn a_new_person_registers_with_a_provider_and_signs_in_with_it(server) {
        let connector = connect_provider(server).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.leaves(&connector).await;
        refused(client.identify(&id).await, 400, "session.verification_failed");
        let state = client.state().await;
        assert_eq!(
            state["verificationRecords"],
            json!([{ "id": id, "type": "Social", "connectorId": connector }]),
            "what the answer must fit is not shown"
        );
        client.returns(&connector, &id, answer("ana")).await.expect(200);
        refused(client.identify(&id).await, 404, "user.identity_not_exist");
        client.switch_to("Register").await;
        client.identify(&id).await.expect(201);
        let subject = client.gets_tokens().await;
        let user = users::get(&server.system(), &subject).await.unwrap();
        assert_eq!(user.user.primary_email.as_deref(), Some("ana@example.com"));
        assert_eq!(user.user.name.as_deref(), Some("Ana"));
        assert_eq!((user.identities[0].target.as_str(), user.identities[0].identity_id.as_str()), ("mock-social", "ana"));

        let client = Client::begins(server, "SignIn").await;
        let id = client.leaves(&connector).await;
        client.returns(&connector, &id, answer("ana")).await.expect(200);
        client.identify(&id).await.expect(204);
        assert_eq!(client.gets_tokens().await, subject);
    }

    async fn an_answer_is_used_once_by_who_asked_for_it(server) {
        let connector = connect_provider(server).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.leaves(&connector).await;
        refused(client.returns(&connector, "other", answer("ana")).await, 404, "session.verification_session_not_found");
        let other = ConnectorId("other".into());
        refused(client.returns(&other, &id, answer("ana")).await, 404, "session.verification_session_not_found");
        let thief = Client::begins(server, "SignIn").await;
        refused(thief.returns(&connector, &id, answer("ana")).await, 404, "session.verification_session_not_found");
        let mut forged = answer("ana");
        forged["state"] = json!("forged");
        let forged = client.returns(&connector, &id, forged).await;
        refused(forged, 400, "session.connector_validation_session_not_found");
        client.returns(&connector, &id, answer("ana")).await.expect(200);
        let again = client.returns(&connector, &id, answer("bob")).await;
        refused(again, 400, "session.connector_validation_session_not_found");
        assert_eq!(client.state().await["verificationRecords"][0]["socialUserInfo"]["id"], "ana");
    }

    async fn a_provider_that_does_not_do_its_part_is_an_error_of_the_connector(server) {
        let connector = connect_provider(server).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.leaves(&connector).await;
        let refusal = client.returns(&connector, &id, json!({ "state": STATE })).await;
        refused(refusal, 400, "connector.invalid_response");
        refused(client.identify(&id).await, 400, "session.verification_failed");
        for (state, redirect_uri) in [("", BACK), (STATE, "")] {
            let body = json!({ "state": state, "redirectUri": redirect_uri });
            let path = format!("/verification/social/{connector}/authorization-uri");
            refused(client.post(&path, body).await, 400, "session.insufficient_info");
        }
        let body = json!({ "state": STATE, "redirectUri": BACK });
        let unknown = client.post("/verification/social/nothing/authorization-uri", body.clone()).await;
        refused(unknown, 404, "entity.not_found");
        connect_senders(server).await;
        let sender = connectors::list(&server.system(), Some("mock-mail")).await.unwrap().remove(0).connector.id;
        let path = format!("/verification/social/{sender}/authorization-uri");
        refused(client.post(&path, body).await, 400, "connector.unexpected_type");
        // A connector that is removed meanwhile signs nobody in.
        let id = client.leaves(&connector).await;
        connectors::delete(&server.system(), &connector).await.unwrap();
        refused(client.returns(&connector, &id, answer("ana")).await, 404, "entity.not_found");
    }

    async fn linking_needs_the_accounts_own_proof(server) {
        let connector = connect_provider(server).await;
        allow_codes(server).await;
        let ana = user(server, "ana", PHONE).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.leaves(&connector).await;
        client.returns(&connector, &id, answer("ana")).await.expect(200);
        let body = refused(client.identify(&id).await, 404, "user.identity_not_exist");
        assert_eq!(body["data"]["relatedUser"], json!({ "type": "email", "value": EMAIL }));
        let link = json!({ "verificationId": id, "linkSocialIdentity": true });
        refused(client.post("/identification", link.clone()).await, 400, "session.verification_failed");
        client.prove(server, email(EMAIL), "SignIn").await;
        client.post("/identification", link).await.expect(204);
        assert_eq!(client.gets_tokens().await, ana);
        assert_eq!(users::get(&server.system(), &ana).await.unwrap().identities.len(), 1);
    }

    async fn linking_is_one_call_where_the_tenant_links_by_itself(server) {
        let connector = connect_provider(server).await;
        let ana = user(server, "ana", PHONE).await;
        set(server, json!({ "socialSignIn": { "automaticAccountLinking": true } })).await;
        let client = Client::begins(server, "SignIn").await;
        let id = client.leaves(&connector).await;
        client.returns(&connector, &id, answer("ana")).await.expect(200);
        let link = json!({ "verificationId": id, "linkSocialIdentity": true });
        client.post("/identification", link).await.expect(204);
        assert_eq!(client.gets_tokens().await, ana);
    }

    async fn a_provider_is_added_to_the_profile_of_who_signed_in(server) {
        let connector = connect_provider(server).await;
        let ana = user(server, "bob", PHONE).await;
        let client = Client::begins(server, "SignIn").await;
        let social = client.leaves(&connector).await;
        client.returns(&connector, &social, answer("ana")).await.expect(200);
        let body = json!({ "type": "social", "verificationId": social });
        refused(client.post("/profile", body.clone()).await, 404, "session.identifier_not_found");
        let id = record(&client.password(username("bob"), PASSWORD).await.expect(200));
        client.identify(&id).await.expect(204);
        // Another address than the account's does not take its place.
        refused(client.post("/profile", body).await, 422, "user.email_exists_in_profile");
        assert_eq!(client.gets_tokens().await, ana);
    }
}
