//! Signing in with the double of a provider.

use super::{CALLBACK, Tester, refused, request, text};
use serde_json::json;
use soleira_testkit::in_sandbox;
use url::Url;

const FACTORY: &str = "mock-social-connector";

async fn connect(tester: &Tester) -> String {
    let id = tester
        .connector(FACTORY, json!({"clientId": "c", "clientSecret": "s"}))
        .await;
    let offer = json!({
        "socialSignInConnectorTargets": ["mock-social"],
        "signUp": {"identifiers": [], "password": false, "verify": false},
    });
    tester.patch("/api/sign-in-exp", offer).await.expect(200);
    id
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name}: {url}")).1.into_owned()
}

in_sandbox! {
    async fn a_person_signs_in_through_the_pages(server) {
        let tester = Tester::of(server);
        let id = connect(&tester).await;
        let client_id = tester.application().await;
        let visitor = server.visitor();
        let page = visitor.get(&request(&client_id, &[])).await.follow_all().await.expect(200);
        let away = page.click("Continue with Mock social provider").await.expect(303).location();
        assert_eq!((away.host_str(), away.path()), (Some("mock-social"), "/"));
        assert_eq!(parameter(&away, "redirect_uri"), format!("http://localhost:3001/callback/{id}"));
        assert_eq!(parameter(&away, "scope"), "email profile");
        let mut back = Url::parse(&parameter(&away, "redirect_uri")).unwrap();
        back.query_pairs_mut()
            .append_pair("state", &parameter(&away, "state"))
            .append_pair("code", "any")
            .append_pair("userId", "ada")
            .append_pair("email", "ada@example.com")
            .append_pair("name", "Ada");
        let answer = visitor.get(back.as_str()).await.follow_until(|url| url.as_str().starts_with(CALLBACK)).await;
        assert_eq!(parameter(&answer.location(), "state"), "the-state");
        let users = tester.get("/api/users").await.expect(200).json();
        assert_eq!((&users[0]["name"], &users[0]["primaryEmail"]), (&json!("Ada"), &json!("ada@example.com")));
        let identity = &users[0]["identities"]["mock-social"];
        assert_eq!((&identity["userId"], &identity["details"]["rawData"]["code"]), (&json!("ada"), &json!("any")));
    }

    async fn an_administrator_links_an_account_of_it(server) {
        let tester = Tester::of(server);
        let id = connect(&tester).await;
        let uri = json!({"state": "s", "redirectUri": "https://app.example.com/cb"});
        let answer = tester.post(&format!("/api/connectors/{id}/authorization-uri"), uri).await.expect(200).json();
        assert_eq!(
            text(&answer, "redirectTo"),
            "http://mock-social/?state=s&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&scope=email+profile"
        );
        let user = text(&tester.post("/api/users", json!({"username": "ada"})).await.expect(200).json(), "id");
        let path = format!("/api/users/{user}/identities");
        let data = |data: serde_json::Value| json!({"connectorId": id, "connectorData": data});
        let no_code = tester.post(&path, data(json!({"state": "s", "userId": "ada"}))).await;
        refused(no_code, 400, "connector.invalid_response");
        let not_asked = tester.post(&path, data(json!({"code": "any", "userId": "ada"}))).await;
        refused(not_asked, 401, "connector.authorization_failed");
        let linked = tester.post(&path, data(json!({"code": "any", "state": "s", "userId": "ada"}))).await;
        assert_eq!(linked.expect(200).json()["mock-social"]["userId"], "ada");
    }

    async fn a_provider_is_made_once(server) {
        let tester = Tester::of(server);
        connect(&tester).await;
        let again = json!({"connectorId": FACTORY, "config": {"clientId": "c", "clientSecret": "s"}});
        refused(tester.post("/api/connectors", again).await, 422, "connector.multiple_instances_not_supported");
    }
}
