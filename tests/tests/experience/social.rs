//! Signing in with Hugging Face.

use super::arrange::*;
use serde_json::json;
use soleira_core::Timestamp;
use soleira_directory::{connectors, users};
use soleira_testkit::{Failure, Person, on_both_engines};
use std::time::{Duration, Instant};
use url::Url;

on_both_engines! {
    async fn a_new_person_chooses_a_username_and_is_in(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &Person::default()).await.expect(303).follow().await.expect(200);
        assert_eq!(page.url().path(), "/continue/username");
        page.clone().expect_text("You signed in with Hugging Face as Ada Lovelace.");
        let form = page.form("Continue");
        assert_eq!(form.value("username"), Some("ada_lovelace"), "made valid from what the provider says");
        assert!(all_users(server).await.is_empty(), "no account before it is complete");
        to_application(form.submit().await.expect(303)).await;

        let made = only_user(server).await;
        assert_eq!(made.user.username.as_deref(), Some("ada_lovelace"));
        assert_eq!(made.user.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(made.user.primary_email.as_deref(), Some("ada@example.com"), "the provider vouches for it");
        assert!(made.user.avatar.unwrap().starts_with(&hugging_face.provider.origin()));
        assert_eq!(made.user.password, None);
        let identity = &made.identities[0];
        assert_eq!((identity.target.as_str(), identity.identity_id.as_str()), ("huggingface", "65f1c9e2a7b84d0012ab34cd"));
        assert_eq!(identity.connector_id, Some(hugging_face.connector_id.clone()));
        assert_eq!(identity.details.as_ref().unwrap()["rawData"]["preferred_username"], "ada-lovelace");

        // The next time nothing is asked.
        let page = begin(&server.visitor(), &party, &[]).await;
        to_application(hugging_face.sign_in(&page, &Person::default()).await.expect(303)).await;
        only_user(server).await;
    }

    async fn sign_up_not_applicable_makes_the_account_at_once(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        set(server, not_applicable()).await;
        let page = begin(&server.visitor(), &party, &[("first_screen", "register")]).await.expect(200);
        assert!(!page.has("form"), "the providers stand alone");
        to_application(hugging_face.sign_in(&page, &Person::default()).await.expect(303)).await;
        assert_eq!(only_user(server).await.user.username, None);
    }

    async fn required_identifiers_can_be_skipped(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        set(server, json!({ "socialSignIn": { "skipRequiredIdentifiers": true } })).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        to_application(hugging_face.sign_in(&page, &Person::default()).await.expect(303)).await;
        assert_eq!(only_user(server).await.user.username, None);
    }

    async fn the_suggested_username_is_free(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        user(server, "ada_lovelace").await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &Person::default()).await.expect(303).follow().await.expect(200);
        let form = page.form("Continue");
        assert_eq!(form.value("username"), Some("ada_lovelace2"));
        let refused = form.fill("username", "ada_lovelace").submit().await.expect(422);
        refused.clone().expect_text("This username is already taken.");
        let refused = refused.form("Continue").fill("username", "9 lives").submit().await.expect(422);
        refused.clone().expect_text("A username may not start with a digit.");
        assert_eq!(refused.form("Continue").value("username"), Some("9 lives"), "what was typed stays");
        to_application(refused.form("Continue").fill("username", "ada").submit().await.expect(303)).await;
    }

    async fn a_reload_and_a_double_click_change_nothing(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        let back = hugging_face.answer(&page, &Person::default()).await;
        let first = visitor.get(back.as_str()).await.expect(303);
        // The callback once more, before the username is chosen: it leads where the sign-in stands.
        assert_eq!(visitor.get(back.as_str()).await.expect(303).location(), first.location());
        let form = first.follow().await.form("Continue");
        let (one, two) = tokio::join!(form.clone().submit(), form.submit());
        assert_eq!(one.expect(303).location(), two.clone().expect(303).location());
        only_user(server).await;
        to_application(two).await;
        // And once everything is over.
        let replayed = visitor.get(back.as_str()).await.expect(303).follow().await.expect(400);
        replayed.expect_text("This sign-in has ended");
        only_user(server).await;
        assert_eq!(calls(&hugging_face, "/oauth/token"), 1, "the code is exchanged once");
    }

    async fn one_answer_arriving_twice_at_once_is_taken_once(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        set(server, not_applicable()).await;
        let visitor = server.visitor();
        let back = hugging_face.answer(&begin(&visitor, &party, &[]).await, &Person::default()).await;
        let (one, two) = tokio::join!(visitor.get(back.as_str()), visitor.get(back.as_str()));
        assert_eq!(calls(&hugging_face, "/oauth/token"), 1);
        assert!([one.status(), two.status()].contains(&303), "{one:?} {two:?}");
        only_user(server).await;
    }

    async fn a_denial_leads_back_to_the_page(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        for (screen, path) in [("sign_in", "/sign-in"), ("register", "/register")] {
            let page = begin(&visitor, &party, &[("first_screen", screen)]).await;
            let denied = hugging_face.provider.deny(&HuggingFace::leave(&page).await, &Person::default()).await;
            let page = visitor.get(denied.as_str()).await.expect(401);
            page.clone().expect_text("Hugging Face did not sign you in");
            // It is the page that one came from, whole: another way, or the same once more.
            assert!(page.form_at("form").action().path() == path, "{page:?}");
            page.link("Continue with Hugging Face");
        }
        assert!(all_users(server).await.is_empty());
    }

    async fn a_provider_that_fails_is_explained_and_the_way_stays_open(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        let failures = [Failure::Unauthorized, Failure::ServerError, Failure::Garbage, Failure::Empty];
        for failure in failures {
            for of_token in [true, false] {
                let page = begin(&visitor, &party, &[]).await;
                if of_token {
                    hugging_face.provider.fail_token_endpoint(failure);
                } else {
                    hugging_face.provider.fail_user_info(failure);
                }
                let page = hugging_face.sign_in(&page, &Person::default()).await;
                assert!((400..500).contains(&page.status()), "{failure:?}: {page:?}");
                page.clone().expect_text("Hugging Face did not answer as it should.");
                hugging_face.provider.recover();
                let next = hugging_face.sign_in(&page, &Person::default()).await.expect(303);
                assert_eq!(next.location().path(), "/continue/username");
            }
        }
        assert!(all_users(server).await.is_empty());
    }

    async fn a_provider_that_never_answers_is_given_up_within_six_seconds(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        let back = hugging_face.answer(&page, &Person::default()).await;
        hugging_face.provider.fail_token_endpoint(Failure::NeverAnswers);
        let asked = Instant::now();
        let page = visitor.get(back.as_str()).await.expect(400);
        assert!(asked.elapsed() < Duration::from_secs(6));
        page.expect_text("Hugging Face did not answer as it should.");
    }

    async fn only_who_asked_may_bring_the_answer(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        set(server, not_applicable()).await;
        let victim = server.visitor();
        let attacker = server.visitor();
        let back = hugging_face.answer(&begin(&attacker, &party, &[]).await, &Person::default()).await;
        // A browser without a sign-in, and one with a sign-in of its own.
        victim.get(back.as_str()).await.expect(303).follow().await.expect(400).expect_text("This sign-in has ended");
        begin(&victim, &party, &[]).await;
        victim.get(back.as_str()).await.expect(400).expect_text("That sign-in was used before");
        let page = begin(&victim, &party, &[]).await;
        HuggingFace::leave(&page).await;
        victim.get(back.as_str()).await.expect(400).expect_text("That sign-in was used before");
        assert_eq!(calls(&hugging_face, "/oauth/token"), 0, "its code was not touched");
        assert!(all_users(server).await.is_empty());
    }

    async fn a_forged_answer_is_refused(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        let back = hugging_face.answer(&page, &Person::default()).await;
        let code = parameter(&back, "code");
        let state = parameter(&back, "state");
        let path = back.path();
        for query in [
            format!("code={code}"),
            format!("code={code}&state="),
            format!("code={code}&state={state}x"),
            format!("code={code}&state={}", &state[1..]),
        ] {
            visitor.get(&format!("{path}?{query}")).await.expect(400).expect_text("That sign-in was used before");
        }
        visitor.get(&format!("{path}?code={code}%00&state={state}")).await.expect(400);
        visitor.get(&format!("/callback/unknown?code={code}&state={state}")).await.expect(422);
        assert_eq!(calls(&hugging_face, "/oauth/token"), 0);
        // None of it spoilt the real one.
        visitor.get(back.as_str()).await.expect(303);
    }

    async fn an_answer_without_a_code_is_explained(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        let back = hugging_face.answer(&begin(&visitor, &party, &[]).await, &Person::default()).await;
        let address = format!("{}?state={}", back.path(), parameter(&back, "state"));
        visitor.get(&address).await.expect(401).expect_text("Hugging Face did not sign you in");
        // The answer is used up: not even the real one counts any more.
        visitor.get(back.as_str()).await.expect(400);
    }

    async fn a_second_window_makes_the_first_answer_stale(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        let first = hugging_face.answer(&page, &Person::default()).await;
        let second = hugging_face.answer(&page, &Person::default()).await;
        visitor.get(first.as_str()).await.expect(400).expect_text("begun in another window");
        visitor.get(second.as_str()).await.expect(303);
    }

    async fn a_connector_that_was_withdrawn_meanwhile_signs_nobody_in(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[]).await;
        let back = hugging_face.answer(&page, &Person::default()).await;
        set(server, json!({ "socialSignInConnectorTargets": [] })).await;
        let refused = visitor.get(back.as_str()).await.expect(400);
        refused.clone().expect_text("Hugging Face can no longer be used to sign in here.");
        assert!(refused.find_link("Continue with Hugging Face").is_none());
        assert_eq!(calls(&hugging_face, "/oauth/token"), 0);
        // The button of a page that is still open leads to the page as it is now.
        let page = page.click("Continue with Hugging Face").await.expect(303).follow().await.expect(200);
        assert_eq!(page.url().path(), "/sign-in");

        set(server, json!({ "socialSignInConnectorTargets": ["huggingface"] })).await;
        let page = begin(&visitor, &party, &[]).await;
        let back = hugging_face.answer(&page, &Person::default()).await;
        connectors::delete(&server.system(), &hugging_face.connector_id).await.unwrap();
        visitor.get(back.as_str()).await.expect(400).expect_text("can no longer be used");
        assert!(all_users(server).await.is_empty());
    }

    async fn nobody_unknown_comes_in_where_registration_is_closed(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        set(server, json!({ "signInMode": "SignIn" })).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &Person::default()).await.expect(404);
        page.expect_text("There is no account for this sign-in, and new accounts are not open here.");
        assert!(all_users(server).await.is_empty());
    }

    async fn nobody_known_comes_in_where_signing_in_is_closed(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        set(server, not_applicable()).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        to_application(hugging_face.sign_in(&page, &Person::default()).await.expect(303)).await;
        set(server, json!({ "signInMode": "Register" })).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        hugging_face.sign_in(&page, &Person::default()).await.expect(403).expect_text("This is not open here");
    }

    async fn the_suspended_are_told_so(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        set(server, not_applicable()).await;
        let page = begin(&server.visitor(), &party, &[]).await;
        to_application(hugging_face.sign_in(&page, &Person::default()).await.expect(303)).await;
        let user = only_user(server).await.user;
        users::set_suspension(&server.system(), &user.id, true).await.unwrap();
        let page = begin(&server.visitor(), &party, &[]).await;
        let page = hugging_face.sign_in(&page, &Person::default()).await.expect(303);
        assert_eq!(page.location().path(), "/account-suspended");
    }

    async fn name_and_picture_follow_the_provider_where_they_should(server) {
        let party = bookstore(server).await;
        let renamed = Person { name: "Ada King".to_owned(), ..Person::default() };
        for (sync_profile, expected) in [(false, "Ada Lovelace"), (true, "Ada King")] {
            let hugging_face = HuggingFace::connect_with(server, &[], sync_profile).await;
            set(server, not_applicable()).await;
            let page = begin(&server.visitor(), &party, &[]).await;
            to_application(hugging_face.sign_in(&page, &Person::default()).await.expect(303)).await;
            let page = begin(&server.visitor(), &party, &[]).await;
            to_application(hugging_face.sign_in(&page, &renamed).await.expect(303)).await;
            assert_eq!(only_user(server).await.user.name.as_deref(), Some(expected));
            connectors::delete(&server.system(), &hugging_face.connector_id).await.unwrap();
        }
    }

    async fn a_provider_that_answers_by_form_is_bounced(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        let back = hugging_face.answer(&begin(&visitor, &party, &[]).await, &Person::default()).await;
        let fields: Vec<(String, String)> = back.query_pairs().into_owned().collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // From another site, and so without the browser's cookies.
        let bare = visitor.stranger();
        bare.always("origin", &hugging_face.provider.origin());
        let bounced = bare.post_form(back.path(), &fields).await.expect(303).location();
        assert_eq!(bounced.path(), back.path());
        visitor.get(bounced.as_str()).await.expect(303);
    }

    async fn an_application_may_send_people_straight_to_the_provider(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        set(server, not_applicable()).await;
        let visitor = server.visitor();
        let request = party.request(server.origin(), &[("direct_sign_in", "social:huggingface")]);
        let provider = hugging_face.provider.origin();
        let page = visitor.get(request.url.as_str()).await.follow_until(|url| url.as_str().starts_with(&provider)).await;
        let back = hugging_face.provider.approve(&page.location(), &Person::default()).await;
        to_application(visitor.get(back.as_str()).await.expect(303)).await;

        for (direct, screen, path) in [
            ("social:unknown", "register", "/register"),
            ("social:unknown", "sign_in", "/sign-in"),
            ("sso:unknown", "sign_in", "/sign-in"),
        ] {
            let further = [("direct_sign_in", direct), ("first_screen", screen)];
            let page = begin(&server.visitor(), &party, &further).await.expect(200);
            assert_eq!(page.url().path(), path, "{direct}");
        }
    }

    async fn what_happened_is_in_the_audit_trail_without_secrets(server) {
        let party = bookstore(server).await;
        let hugging_face = HuggingFace::connect(server).await;
        let visitor = server.visitor();
        let back = hugging_face.answer(&begin(&visitor, &party, &[]).await, &Person::default()).await;
        let page = visitor.get(back.as_str()).await.expect(303).follow().await;
        to_application(page.form("Continue").submit().await).await;
        let ctx = server.system();
        let mut reader = ctx.read().await.unwrap();
        let logs = soleira_store::logs::newest(&mut reader.tx(), &ctx.tenant.id, 50).await.unwrap();
        for key in [
            "Interaction.Create",
            "Interaction.SignIn.Verification.Social.Create",
            "Interaction.SignIn.Verification.Social.Submit",
            "Interaction.Register.Profile.Update",
            "Interaction.Register.Identifier.Submit",
            "Interaction.Register.Submit",
        ] {
            assert!(logs.iter().any(|log| log.key == key && log.created_at > Timestamp(0)), "{key}");
        }
        let (code, state) = (parameter(&back, "code"), parameter(&back, "state"));
        assert!(logs.iter().all(|log| !log.payload.contains(&code) && !log.payload.contains(&state)));
    }
}

fn calls(hugging_face: &HuggingFace, path: &str) -> usize {
    hugging_face
        .provider
        .calls()
        .iter()
        .filter(|call| call.path == path)
        .count()
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .unwrap()
}
