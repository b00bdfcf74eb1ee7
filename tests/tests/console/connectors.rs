//! Social connectors.

use super::{administrator, error_at};
use soleira_testkit::{Page, Visitor, on_both_engines};

/// The setup page of Hugging Face.
pub(crate) async fn set_up(visitor: &Visitor) -> Page {
    let picker = visitor
        .get("/console/connectors")
        .await
        .click("Add social connector")
        .await
        .expect(200);
    picker
        .click("Hugging Face")
        .await
        .follow_all()
        .await
        .expect(200)
        .expect_text("Set up Hugging Face")
}

/// Adds Hugging Face; its details.
pub(crate) async fn add(visitor: &Visitor) -> Page {
    let form = set_up(visitor).await.form("Save and done");
    let form = form
        .fill("Client ID", "client")
        .fill("Client Secret", "shh")
        .fill("scope", "openid profile email");
    form.submit().await.expect(303).follow().await.expect(200)
}

on_both_engines! {
    async fn the_redirect_uri_is_known_before_and_stays(server) {
        let visitor = administrator(server).await;
        let setup = set_up(&visitor).await;
        let redirect_uri = setup.text_of("#redirect-uri").unwrap();
        assert!(redirect_uri.starts_with("http://localhost:3001/callback/"), "{redirect_uri}");
        assert!(setup.texts_of(".instructions li").len() >= 4, "{setup:?}");
        let reloaded = visitor.get(setup.url().as_str()).await.expect(200);
        assert_eq!(reloaded.text_of("#redirect-uri").unwrap(), redirect_uri, "loading the page again changes nothing");
        let failed = setup.form("Save and done").submit().await.expect(400);
        assert_eq!(failed.text_of("#redirect-uri").unwrap(), redirect_uri);
        assert_eq!(error_at(&failed, "clientId").as_deref(), Some("Fill this in."));
        assert_eq!(error_at(&failed, "clientSecret").as_deref(), Some("Fill this in."));
        let form = failed.form("Save and done").fill("Client ID", "client").fill("Client Secret", "shh");
        let details = form.clone().submit().await.expect(303).follow().await.expect(200).expect_text("Saved.");
        assert_eq!(details.text_of("#redirect-uri").unwrap(), redirect_uri);
        let page = details.click("Add it to your sign-in page").await.expect(200);
        assert_eq!(page.url().path(), "/console/sign-in-experience");
        // Sent twice, or the setup opened again: the connector that is there.
        assert_eq!(form.submit().await.expect(303).location(), *details.url());
        assert_eq!(visitor.get(setup.url().as_str()).await.expect(303).location(), *details.url());
        let again = visitor.get("/console/connectors/create/huggingface-universal").await.expect(303);
        assert_eq!(again.location(), *details.url());
        visitor.get("/console/connectors/create").await.expect(200).expect_text("added");
    }

    async fn a_connector_is_changed_and_deleted(server) {
        let visitor = administrator(server).await;
        let details = add(&visitor).await;
        let form = details.form("Save changes");
        assert_eq!(form.value("clientSecret"), Some("shh"), "it can be read again");
        let failed = form.clone().fill("tokenEndpoint", "ftp://x").fill("Client ID", "other").submit().await.expect(400);
        assert!(error_at(&failed, "tokenEndpoint").is_some());
        assert!(failed.has("details[open] #tokenEndpoint"), "what is wrong is in sight");
        assert_eq!(failed.form("Save changes").value("clientId"), Some("other"), "what was typed stays");
        let saved = form.fill("tokenEndpoint", "https://hub.example/token").check("Keep name and picture up to date");
        let saved = saved.submit().await.expect(303).follow().await.expect(200);
        assert_eq!(saved.form("Save changes").value("tokenEndpoint"), Some("https://hub.example/token"));
        assert_eq!(saved.form("Save changes").value("sync_profile"), Some("yes"));
        let cleared = saved.form("Save changes").fill("tokenEndpoint", "").submit().await.expect(303).follow().await;
        assert_eq!(cleared.form("Save changes").value("tokenEndpoint"), Some(""));
        let asked = cleared.click("Delete").await.expect(200).expect_text("Delete the connector Hugging Face?");
        let gone = asked.form("Delete Hugging Face").submit().await.expect(303).follow().await.expect(200);
        gone.expect_text("Hugging Face was deleted.").expect_text("No connectors yet");
        visitor.get(details.url().as_str()).await.expect(404);
    }

    async fn odd_addresses_of_the_setup_lead_nowhere(server) {
        let visitor = administrator(server).await;
        for path in ["nothing", "nothing/abc123def456", "huggingface-universal/short", "huggingface-universal/ABC123DEF456",
                     "huggingface-universal/abc%2F123def45"] {
            visitor.get(&format!("/console/connectors/create/{path}")).await.expect(404);
        }
        let form = set_up(&visitor).await.form("Save and done");
        let url = form.action().as_str().replace("huggingface-universal", "nothing");
        visitor.post_form(&url, &form.pairs()).await.expect(404);
    }
}
