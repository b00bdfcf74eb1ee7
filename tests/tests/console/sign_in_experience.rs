//! Sign-up and sign-in, and the preview.

use super::{administrator, connectors};
use soleira_testkit::{Form, Page, Visitor, on_both_engines};

const PAGE: &str = "/console/sign-in-experience";

async fn open(visitor: &Visitor) -> Page {
    visitor.get(PAGE).await.expect(200)
}

/// The form, sent by `Save changes`.
fn settings(page: &Page) -> Form {
    page.form_at("#settings").without("_ignored")
}

/// What the form shows, for the frame.
async fn preview(visitor: &Visitor, form: &Form, page: &str) -> Page {
    let fields: Vec<(&str, &str)> = form
        .pairs()
        .into_iter()
        .filter(|(name, _)| *name != "preview_page")
        .collect();
    let fields = [fields, vec![("preview_page", page)]].concat();
    visitor.post_form("/console/sign-in-experience/preview", &fields).await
}

on_both_engines! {
    async fn the_preview_shows_what_is_not_saved(server) {
        let visitor = administrator(server).await;
        connectors::add(&visitor).await;
        let page = open(&visitor).await;
        let shown = preview(&visitor, &settings(&page), "sign_in").await.expect(200);
        assert!(shown.has("main[inert]") && !shown.has("script"), "{shown:?}");
        assert!(!shown.says("Continue with Hugging Face"));
        let policy = shown.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'self'"), "{policy}");
        let added = page.form("Add Hugging Face").submit().await.expect(200).expect_text("Not saved yet.");
        let shown = preview(&visitor, &settings(&added), "sign_in").await.expect(200);
        assert!(shown.says("Continue with Hugging Face"));
        assert!(shown.says("Create an account"));
        let closed = settings(&added).uncheck("People may register");
        assert!(!preview(&visitor, &closed, "sign_in").await.says("Create an account"));
        preview(&visitor, &settings(&added), "register").await.expect(200).expect_text("Create your account");
        let nothing = settings(&page).uncheck("Username and password");
        let nothing = preview(&visitor, &nothing.without("sign_in_username"), "sign_in").await.expect(200);
        assert!(!nothing.has("form"), "{nothing:?}");
        // Nothing of this was saved.
        assert!(!open(&visitor).await.has("input[name=social]"));
        visitor.post_form("/console/sign-in-experience/preview", &[]).await.expect(403);
    }

    async fn settings_are_saved(server) {
        let visitor = administrator(server).await;
        connectors::add(&visitor).await;
        let page = open(&visitor).await;
        let added = page.form("Add Hugging Face").submit().await.expect(200);
        let form = settings(&added).check("Not applicable").check("Link accounts automatically");
        let saved = form.submit().await.expect(303).follow().await.expect(200).expect_text("Saved.");
        let form = settings(&saved);
        assert_eq!(form.value("sign_up"), Some("not_applicable"));
        assert_eq!(form.value("social"), Some("huggingface"));
        assert_eq!(form.value("automatic_linking"), Some("yes"));
        assert_eq!(form.value("sign_in_username"), Some("yes"));
        let list = visitor.get("/console/connectors").await.expect(200).expect_text("shown");
        assert!(!list.says("not shown"));
        visitor.get("/console/get-started").await.expect(200).expect_text("2 of 4 done");
        let removed = saved.form("Remove Hugging Face").submit().await.expect(200).expect_text("Not saved yet.");
        let removed = settings(&removed).uncheck("sign_in_username").submit().await.expect(303);
        removed.follow().await.expect(200).expect_text("Nobody can sign in");
    }

    async fn a_closed_door_is_warned_of(server) {
        let visitor = administrator(server).await;
        let page = open(&visitor).await;
        assert!(!page.has(".notice.warning"));
        let saved = settings(&page).uncheck("sign_in_username").submit().await.expect(303).follow().await;
        saved.expect_text("Nobody can sign in");
        let page = open(&visitor).await;
        let form = settings(&page).check("Not applicable").check("sign_in_username");
        form.submit().await.expect(303).follow().await.expect_text("Nobody new can register");
    }

    async fn nonsense_changes_nothing(server) {
        let visitor = administrator(server).await;
        let form = settings(&open(&visitor).await);
        let odd = form.clone().with("social", "nothing").with("social", "nothing");
        let saved = odd.submit().await.expect(303).follow().await.expect(200);
        assert!(!saved.has("input[name=social]"), "targets without a connector are dropped");
        let url = form.action().as_str();
        let fields = [form.pairs(), vec![("move_up", "nothing"), ("add", "nowhere")]].concat();
        visitor.post_form(url, &fields).await.expect(200);
    }
}
