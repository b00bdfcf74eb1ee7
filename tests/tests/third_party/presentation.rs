//! How an application presents itself to people.

use super::arrange::*;
use serde_json::json;
use soleira_testkit::on_both_engines;

on_both_engines! {
    async fn an_application_presents_itself(server) {
        let admin = Admin::of(server).await;
        let client = admin.third_party().await;
        let path = format!("/api/applications/{}/sign-in-experience", client.id);
        refused(admin.get(&path).await, 404, "entity.not_exists_with_id");
        let first = admin.put(&path, json!({ "displayName": "Else", "termsOfUseUrl": "https://else.example/terms" })).await;
        assert_eq!(
            first.expect(201).json(),
            json!({
                "tenantId": "default", "applicationId": client.id, "color": {}, "branding": {}, "customCss": null,
                "termsOfUseUrl": "https://else.example/terms", "privacyPolicyUrl": null, "displayName": "Else",
            })
        );
        // What is left out stays; what is null or empty goes.
        let second = json!({
            "color": { "primaryColor": "#123" }, "branding": { "logoUrl": "https://else.example/logo.png" },
            "termsOfUseUrl": "", "privacyPolicyUrl": null, "customCss": "a{}",
        });
        let value = admin.put(&path, second).await.expect(200).json();
        assert_eq!((&value["displayName"], &value["termsOfUseUrl"]), (&json!("Else"), &json!("")));
        assert_eq!(admin.get(&path).await.expect(200).json(), value);

        let user = ana(server).await;
        let page = ask(server, &server.visitor(), &client, &user, "openid").await.expect(200);
        page.expect_text("May Else use your account?");
    }

    async fn what_cannot_be_shown_is_refused(server) {
        let admin = Admin::of(server).await;
        let client = admin.third_party().await;
        let path = format!("/api/applications/{}/sign-in-experience", client.id);
        for wrong in [
            json!({ "displayName": "a".repeat(257) }),
            json!({ "displayName": 1 }),
            json!({ "termsOfUseUrl": "javascript:alert(1)" }),
            json!({ "privacyPolicyUrl": "nonsense" }),
            json!({ "termsOfUseUrl": format!("https://else.example/{}", "a".repeat(2048)) }),
            json!({ "color": { "primaryColor": "red;}" } }),
            json!({ "branding": { "logoUrl": "data:text/html,x" } }),
        ] {
            refused(admin.put(&path, wrong).await, 400, "guard.invalid_input");
        }
        let path = "/api/applications/nobody/sign-in-experience";
        refused(admin.put(path, json!({})).await, 404, "entity.not_exists_with_id");
    }
}
