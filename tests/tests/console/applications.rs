//! Applications and their guides.

use super::{administrator, error_at};
use soleira_testkit::{Page, Visitor, on_both_engines};

/// Creates an application from its guide; the guide's page.
async fn create(visitor: &Visitor, guide: &str, name: &str) -> Page {
    let form = visitor
        .get(&format!("/console/applications/create?guide={guide}"))
        .await
        .expect(200);
    let answer = form
        .form("Create application")
        .fill("Name", name)
        .submit()
        .await
        .expect(303);
    answer.follow().await.expect(200)
}

/// The App ID that the page of an application or of its guide has in its address.
fn id(page: &Page) -> String {
    page.url().path_segments().unwrap().nth(2).unwrap().to_owned()
}

on_both_engines! {
    async fn a_guide_leads_from_created_to_connected(server) {
        let visitor = administrator(server).await;
        let library = visitor.get("/console/get-started").await.click("View all").await.expect(200);
        library.click("Flask").await.expect(200).expect_text("Create an application with Flask");
        let guide = create(&visitor, "flask", "Bookstore").await.expect_text("Bookstore is ready. Now connect it");
        let app = id(&guide);
        assert!(guide.body().contains(&format!("AUTH_APP_ID=&quot;{app}&quot;")), "{guide:?}");
        assert!(guide.body().contains("AUTH_ENDPOINT=&quot;http://localhost:3001&quot;"));
        let uris = guide.form_at("#redirect_uris");
        assert_eq!(uris.value("redirect_uri"), Some("http://localhost:3000/callback"), "prefilled");
        let saved = uris.submit().await.expect(303).follow().await.expect(200);
        assert_eq!(saved.text_of("#redirect_uris .badge").as_deref(), Some("Saved"));
        assert!(!saved.has("#post_sign_out_redirect_uris .badge"));
        saved.form_at("#post_sign_out_redirect_uris").submit().await.expect(303);
        let details = visitor.get(&format!("/console/applications/{app}")).await.expect(200);
        for text in ["Bookstore", "http://localhost:3001/oidc/token", "Default secret"] {
            assert!(details.says(text), "{text}: {details:?}");
        }
        assert!(details.body().contains("http://localhost:3000/callback"));
        let again = details.click("Guide").await.expect(200).expect_text("Guide for Bookstore");
        assert!(again.has("#first-sign-in[data-poll]"));
        visitor.get("/console/get-started").await.expect(200).expect_text("1 of 4 done");
    }

    async fn bad_redirect_uris_are_named_where_they_stand(server) {
        let visitor = administrator(server).await;
        let guide = create(&visitor, "flask", "Bookstore").await;
        let form = guide.form_at("#redirect_uris").with("redirect_uri", "javascript:alert(1)");
        let failed = form.submit().await.expect(400);
        assert_eq!(error_at(&failed, "redirect_uri-2").as_deref(), Some("Addresses with this scheme are not allowed."));
        assert!(failed.body().contains("javascript:alert(1)"), "what was typed stays");
        let details = visitor.get(&format!("/console/applications/{}", id(&guide))).await.expect(200);
        assert!(!details.body().contains("javascript:"), "nothing is half-written");
        let form = details.form_at("form[data-unsaved]").fill("name", "").with("post_sign_out_redirect_uri", "nowhere");
        let failed = form.submit().await.expect(400);
        assert_eq!(error_at(&failed, "name").as_deref(), Some("Fill this in."));
        assert!(error_at(&failed, "post_sign_out_redirect_uri-1").is_some());
        assert!(failed.says("2 things need your attention"));
    }

    async fn an_application_without_a_framework_gets_the_guide_of_its_type(server) {
        let visitor = administrator(server).await;
        for (kind, says) in [("SPA", "client_id"), ("Native", "com.example.app"), ("MachineToMachine", "client_credentials")] {
            let form = visitor.get("/console/applications/create").await.expect(200).form("Create application");
            let form = form.fill("Name", kind).with("type", kind);
            let fields: Vec<(&str, &str)> =
                form.pairs().into_iter().filter(|(name, value)| *name != "type" || *value == kind).collect();
            let answer = visitor.post_form(form.action().as_str(), &fields).await.expect(303);
            let guide = answer.follow().await.expect(200);
            assert!(guide.body().contains(says) || kind == "SPA", "{kind}: {guide:?}");
        }
        let form = visitor.get("/console/applications/create").await.form("Create application").fill("Name", "x");
        let fields: Vec<(&str, &str)> = form.pairs().into_iter().filter(|(name, _)| *name != "type").collect();
        visitor.post_form(form.action().as_str(), &fields).await.expect(422);
        visitor.post_form(form.action().as_str(), &[fields, vec![("type", "SAML")]].concat()).await.expect(422);
    }

    async fn a_machine_gets_its_roles_in_the_guide(server) {
        let visitor = administrator(server).await;
        let guide = create(&visitor, "machine-to-machine", "Job").await;
        let form = guide.form_at("#roles").check("Logto Management API access");
        let saved = form.submit().await.expect(303).follow().await.expect(200);
        assert_eq!(saved.text_of("#roles .badge").as_deref(), Some("Saved"));
        let taken = saved.form_at("#roles").uncheck("Logto Management API access").submit().await.expect(303);
        assert!(!taken.follow().await.expect(200).has("#roles .badge"));
    }

    async fn a_machines_first_token_is_noticed(server) {
        let visitor = administrator(server).await;
        let guide = create(&visitor, "machine-to-machine", "Job").await;
        assert!(guide.has("#first-sign-in[data-poll]"));
        let app = id(&guide);
        let details = visitor.get(&format!("/console/applications/{app}")).await.expect(200);
        let secret = details.text_of(".secret code").unwrap();
        let fields = [("grant_type", "client_credentials"), ("resource", "https://default.logto.app/api")];
        server.visitor().post_form_as_client("/oidc/token", &app, &secret, &fields).await.expect(200);
        let guide = visitor.get(&format!("/console/applications/{app}/guide")).await.expect(200);
        guide.expect_text("your program got its first token");
    }

    async fn secrets_come_and_go(server) {
        let visitor = administrator(server).await;
        let app = id(&create(&visitor, "web", "Bookstore").await);
        let page = visitor.get(&format!("/console/applications/{app}")).await.expect(200);
        let add = page.form_at("form.card.panel");
        let again = add.clone().fill("secret_name", "Default secret").submit().await.expect(422);
        assert!(error_at(&again, "secret_name").is_some(), "{again:?}");
        let added = add.clone().fill("secret_name", "next/one").with("x", "y").submit().await.expect(303);
        let page = added.follow().await.expect(200).expect_text("The secret next/one was added.");
        assert_eq!(page.texts_of(".secret code").len(), 2);
        let asked = page.click("Delete secret next/one").await.expect(200).expect_text("Delete the secret next/one?");
        let gone = asked.form("Delete next/one").submit().await.expect(303).follow().await.expect(200);
        assert_eq!(gone.texts_of(".secret code").len(), 1);
        visitor.get(&format!("/console/applications/{app}/secrets/delete?name=nothing")).await.expect(404);
        let odd = add.fill("secret_name", "x").fill("secret_expires_in", "Never");
        let fields: Vec<(&str, &str)> = odd.pairs().into_iter().filter(|(name, _)| *name != "secret_expires_in").collect();
        let url = odd.action().as_str();
        visitor.post_form(url, &[fields, vec![("secret_expires_in", "-1")]].concat()).await.expect(400);
    }

    async fn an_application_is_deleted_once_its_name_is_typed(server) {
        let visitor = administrator(server).await;
        let app = id(&create(&visitor, "flask", "Bookstore").await);
        let page = visitor.get(&format!("/console/applications/{app}/delete")).await.expect(200);
        let wrong = page.form("Delete Bookstore").fill("confirm", "bookstore").submit().await.expect(422);
        assert!(error_at(&wrong, "confirm").is_some());
        let right = wrong.form("Delete Bookstore").fill("confirm", "Bookstore").submit().await.expect(303);
        right.follow().await.expect(200).expect_text("Bookstore was deleted.").expect_text("No applications yet");
        visitor.get(&format!("/console/applications/{app}")).await.expect(404);
    }

    async fn the_list_is_searched_and_paged(server) {
        let visitor = administrator(server).await;
        for number in 0..23 {
            create(&visitor, "web", &format!("Shop {number:02}")).await;
        }
        let list = visitor.get("/console/applications").await.expect(200).expect_text("1–20 of 23");
        let next = list.click("Next page").await.expect(200).expect_text("21–23 of 23");
        assert_eq!(next.url().query(), Some("page=2"));
        let found = visitor.get("/console/applications?q=shop+07").await.expect(200).expect_text("Shop 07");
        assert!(!found.says("Shop 08"));
        visitor.get("/console/applications?q=%25").await.expect(200).expect_text("Nothing found");
        let past = visitor.get("/console/applications?page=99").await.expect(303);
        assert_eq!(past.location().query(), Some("page=2"));
    }

    async fn the_library_is_searched_and_filtered(server) {
        let visitor = administrator(server).await;
        let found = visitor.get("/console/guides?q=python").await.expect(200);
        assert_eq!(found.texts_of("#library h3"), ["Flask"]);
        let native = visitor.get("/console/guides").await.click("Native app").await.expect(200);
        assert_eq!(native.texts_of("#library h3"), ["Any native app"]);
        visitor.get("/console/guides?q=cobol").await.expect(200).expect_text("Nothing found");
        visitor.get("/console/applications/create?guide=nothing").await.expect(200);
    }
}
