//! Users.

use super::{administrator, error_at};
use serde_json::json;
use soleira_core::UserId;
use soleira_directory::users::{self, NewIdentity};
use soleira_testkit::{Page, Visitor, on_both_engines};

/// Creates a user; the page that shows the password.
async fn create(visitor: &Visitor, fields: &[(&str, &str)]) -> Page {
    let form = visitor
        .get("/console/users/create")
        .await
        .expect(200)
        .form("Create user");
    let form = fields.iter().fold(form, |form, (name, value)| form.fill(name, value));
    form.submit().await
}

/// Creates a user and notes the password; their details.
async fn created(visitor: &Visitor, username: &str) -> Page {
    let shown = create(visitor, &[("username", username)])
        .await
        .expect(303)
        .follow()
        .await
        .expect(200);
    shown.click("I have noted it").await.expect(200)
}

on_both_engines! {
    async fn a_user_is_created_and_the_password_is_shown_once(server) {
        let visitor = administrator(server).await;
        let fields = [("name", " Ada Lovelace "), ("username", "ada"), ("email", "ada@example.com")];
        let shown = create(&visitor, &fields).await.expect(303).follow().await.expect(200);
        let shown = shown.expect_text("Ada Lovelace was created").expect_text("It is not shown again.");
        let password = shown.text_of("#password").unwrap();
        assert_eq!(password.len(), 19, "{password}");
        let again = visitor.get(shown.url().as_str()).await.expect(303).follow().await.expect(200);
        assert!(!again.body().contains(&password), "loading the page again leads to the details");
        let user = users::find_by_username(&server.system(), "ada").await.unwrap().unwrap();
        users::verify_password(&server.system(), &user.id, password.into()).await.unwrap();
        visitor.get("/console/users").await.expect(200).expect_text("Ada Lovelace").expect_text("ada");
    }

    async fn what_is_wrong_stands_at_its_field(server) {
        let visitor = administrator(server).await;
        let nothing = create(&visitor, &[("name", "Ada")]).await.expect(422);
        assert!(error_at(&nothing, "username").is_some());
        assert_eq!(nothing.form("Create user").value("name"), Some("Ada"), "what was typed stays");
        let bad = [("username", "1 ada"), ("email", "nowhere"), ("phone", "+x")];
        let bad = create(&visitor, &bad).await.expect(400).expect_text("3 things need your attention");
        for field in ["username", "email", "phone"] {
            assert!(error_at(&bad, field).is_some(), "{field}");
        }
        create(&visitor, &[("username", "ada"), ("email", "ada@example.com")]).await.expect(303);
        let taken = create(&visitor, &[("username", "ada")]).await.expect(422);
        assert!(error_at(&taken, "username").is_some());
        let taken = create(&visitor, &[("username", "bia"), ("email", "ADA@example.com")]).await.expect(422);
        assert!(error_at(&taken, "email").is_some());
        let long = create(&visitor, &[("name", &"a".repeat(129)), ("username", "caio")]).await.expect(422);
        assert_eq!(error_at(&long, "name").as_deref(), Some("This is too long."));
    }

    async fn a_profile_is_changed(server) {
        let visitor = administrator(server).await;
        let page = created(&visitor, "ada").await;
        let form = page.form("Save changes").fill("name", "Ada").fill("email", "ada@example.com");
        let bad = form.clone().fill("avatar", "javascript:alert(1)").submit().await.expect(400);
        assert!(error_at(&bad, "avatar").is_some());
        let saved = form.submit().await.expect(303).follow().await.expect(200).expect_text("Saved.");
        assert_eq!(saved.form("Save changes").value("email"), Some("ada@example.com"));
        let cleared = saved.form("Save changes").fill("email", "").submit().await.expect(303).follow().await;
        assert_eq!(cleared.form("Save changes").value("email"), Some(""));
    }

    async fn a_password_is_reset(server) {
        let visitor = administrator(server).await;
        let page = created(&visitor, "ada").await.click("Reset password").await.expect(200);
        let shown = page.form("Generate a password").submit().await.expect(303).follow().await.expect(200);
        let password = shown.text_of("#password").unwrap();
        let user = users::find_by_username(&server.system(), "ada").await.unwrap().unwrap();
        users::verify_password(&server.system(), &user.id, password.into()).await.unwrap();
        let weak = page.form("Set this password").fill("password", "short").submit().await.expect(422);
        assert!(error_at(&weak, "password").is_some());
        let set = page.form("Set this password").fill("password", "a better passphrase").submit().await.expect(303);
        set.follow().await.expect(200).expect_text("ada has a new password.");
        users::verify_password(&server.system(), &user.id, "a better passphrase".to_owned().into()).await.unwrap();
    }

    async fn a_user_is_suspended_and_comes_back(server) {
        let visitor = administrator(server).await;
        let page = created(&visitor, "ada").await;
        let suspended = page.form("Suspend").submit().await.expect(303).follow().await.expect(200);
        let suspended = suspended.expect_text("ada is suspended.");
        visitor.get("/console/users").await.expect(200).expect_text("suspended");
        let back = suspended.form("Reactivate").submit().await.expect(303).follow().await.expect(200);
        back.expect_text("ada can sign in again.");
        let odd = page.form("Suspend");
        let fields: Vec<(&str, &str)> = odd.pairs().into_iter().filter(|(name, _)| *name != "suspended").collect();
        visitor.post_form(odd.action().as_str(), &fields).await.expect(400);
        visitor.get(odd.action().as_str()).await.expect(303);
    }

    async fn a_user_is_deleted(server) {
        let visitor = administrator(server).await;
        let page = created(&visitor, "ada").await;
        let asked = page.click("Delete").await.expect(200).expect_text("Delete ada?");
        let gone = asked.form("Delete ada").submit().await.expect(303).follow().await.expect(200);
        gone.expect_text("ada was deleted.").expect_text("No users yet");
        visitor.get(page.url().as_str()).await.expect(404);
        asked.form("Delete ada").submit().await.expect(404);
    }

    async fn identities_say_who_vouches_for_them(server) {
        let visitor = administrator(server).await;
        let page = created(&visitor, "ada").await.expect_text("None.");
        let id = UserId::from(page.url().path_segments().unwrap().next_back().unwrap());
        let identity = |verified| NewIdentity {
            target: "huggingface".to_owned(),
            identity_id: "4711".to_owned(),
            connector_id: None,
            details: Some(json!({"id": "4711", "name": "Ada L.", "email": "ada@hub.example",
                                 "rawData": {"email_verified": verified}})),
        };
        users::put_identity(&server.system(), &id, identity(false)).await.unwrap();
        let page = visitor.get(page.url().as_str()).await.expect(200);
        let page = page.expect_text("Hugging Face").expect_text("4711").expect_text("ada@hub.example not verified");
        users::put_identity(&server.system(), &id, identity(true)).await.unwrap();
        assert!(!visitor.get(page.url().as_str()).await.says("not verified"));
    }

    async fn the_list_is_searched(server) {
        let visitor = administrator(server).await;
        for name in ["ada", "bia", "caio"] {
            create(&visitor, &[("username", name), ("email", &format!("{name}@example.com"))]).await.expect(303);
        }
        let found = visitor.get("/console/users?q=BIA").await.expect(200).expect_text("bia");
        assert!(!found.says("caio"));
        visitor.get("/console/users?q=example.com").await.expect(200).expect_text("1–3 of 3");
        visitor.get("/console/users?q=_").await.expect(200).expect_text("Nothing found");
    }
}
