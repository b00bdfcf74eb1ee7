//! Applications of others ask before they get anything.

use super::arrange::*;
use soleira_testkit::on_both_engines;
use url::Url;

on_both_engines! {
    async fn a_third_party_application_gets_what_its_person_allows(server) {
        let party = third_party(server).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        let request = party.request(server.origin(), &[("scope", "openid")]);
        let page = visitor.get(request.url.as_str()).await.follow_all().await.expect(200);
        let page = enter(&page, "ana", PASSWORD).await.expect(303).follow_all().await.expect(200);
        assert_eq!(page.url().path(), "/consent");
        page.clone().expect_text("May Elsewhere use your account?").expect_text("It learns that you are signed in, and nothing else.");
        page.form("Allow").without("_csrf").submit().await.expect(403);
        let back = to_application(page.form("Allow").submit().await.expect(303)).await;
        let code = party.code(&request, &back);
        party.exchange(&visitor, &code, &request.code_verifier).await.expect(200);
    }

    async fn a_person_may_say_no(server) {
        let party = third_party(server).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[("scope", "openid")]).await;
        let page = enter(&page, "ana", PASSWORD).await.expect(303).follow_all().await.expect(200);
        let refused = page.form("Cancel").submit().await.expect(303);
        let back: Url = refused.follow_until(|url| url.as_str().starts_with(CALLBACK)).await.location();
        let parameter = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        assert_eq!(parameter("error").as_deref(), Some("access_denied"), "{back}");
        assert!(parameter("state").is_some() && parameter("code").is_none());
    }

    async fn a_page_of_consent_is_not_for_another_browser(server) {
        let party = third_party(server).await;
        user(server, "ana").await;
        let visitor = server.visitor();
        let page = begin(&visitor, &party, &[("scope", "openid")]).await;
        let page = enter(&page, "ana", PASSWORD).await.expect(303).follow_all().await.expect(200);
        // The session ended meanwhile.
        visitor.forget_cookies(Some("_session"));
        visitor.forget_cookies(Some("_session--default"));
        let answer = page.form("Allow").submit().await.expect(303);
        assert_eq!(answer.location().path(), "/unknown-session");
    }
}
