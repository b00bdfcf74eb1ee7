//! Links that were sent to an e-mail address: they sign their reader in, once, when the reader says so.

use super::arrange::*;
use serde_json::json;
use soleira_core::Secret;
use soleira_directory::one_time_tokens::{self, NewOneTimeToken, OneTimeToken, Purpose, Status, TokenContext};
use soleira_directory::organizations::{self, OrganizationPatch, members};
use soleira_directory::users::{self, CreateUser};
use soleira_runtime::Ctx;
use soleira_testkit::browser::Options;
use soleira_testkit::{
    Browser, Engine, Page, RelyingParty, ServerProcess, TestServer, Visitor, on_both_engines, server,
};
use soleira_tests::tour::Tour;

const ANA: &str = "ana@example.com";

async fn token_in(ctx: &Ctx, email: &str, context: TokenContext) -> OneTimeToken {
    let new = NewOneTimeToken {
        email: email.to_owned(),
        context,
        expires_in: None,
    };
    one_time_tokens::create(ctx, new).await.unwrap()
}

async fn token(server: &TestServer, email: &str) -> OneTimeToken {
    token_in(&server.system(), email, TokenContext::default()).await
}

async fn status(server: &TestServer, token: &OneTimeToken) -> Status {
    one_time_tokens::get(&server.system(), &token.id).await.unwrap().status
}

/// Opens the link that an application made of a token; the first answer that is a page.
async fn open(visitor: &Visitor, party: &RelyingParty, token: &OneTimeToken) -> Page {
    let link = [
        ("one_time_token", token.token.as_str()),
        ("login_hint", token.email.as_str()),
        ("prompt", "consent"),
    ];
    begin(visitor, party, &link).await
}

/// Whose sign-in the application hears of.
async fn subject(server: &TestServer, visitor: &Visitor, party: &RelyingParty, page: Page) -> String {
    to_application(page).await;
    let request = party.request(server.origin(), &[("prompt", "none")]);
    let back = is_back(&visitor.get(request.url.as_str()).await);
    let code = party.code(&request, &back);
    let tokens = party
        .exchange(visitor, &code, &request.code_verifier)
        .await
        .expect(200)
        .json();
    let me = visitor
        .get_as("/oidc/me", tokens["access_token"].as_str().unwrap())
        .await
        .expect(200)
        .json();
    me["sub"].as_str().unwrap().to_owned()
}

on_both_engines! {
    async fn a_link_signs_its_reader_in_when_they_say_so(server) {
        let (party, ana) = (bookstore(server).await, user(server, "ana").await);
        let link = token(server, ANA).await;
        // Whatever looks at links in mail uses nothing up.
        open(&server.visitor(), &party, &link).await.expect(200).expect_text(ANA);
        assert_eq!(status(server, &link).await, Status::Active);

        let visitor = server.visitor();
        let page = open(&visitor, &party, &link).await.expect(200);
        assert_eq!((page.url().path(), page.text_of("h1").as_deref()), ("/one-time-token", Some("Sign in with your link")));
        let signed_in = page.form("Sign in").submit().await.expect(303);
        assert_eq!(status(server, &link).await, Status::Consumed);
        assert_eq!(subject(server, &visitor, &party, signed_in).await, ana.as_str());

        // Who is signed in opens it once more and goes on; nobody else does.
        to_application(begin_link(&visitor, &party, &link).await).await;
        let page = open(&server.visitor(), &party, &link).await.expect(400);
        page.expect_text("This link has already been used. Ask for a new one.");
    }

    async fn two_clicks_are_one(server) {
        let (party, _) = (bookstore(server).await, user(server, "ana").await);
        let link = token(server, ANA).await;
        let visitor = server.visitor();
        let page = open(&visitor, &party, &link).await.expect(200);
        let (first, second) = tokio::join!(page.form("Sign in").submit(), page.form("Sign in").submit());
        assert_eq!(first.expect(303).location(), second.expect(303).location());
    }

    async fn a_link_makes_an_account_with_what_the_tenant_asks_for(server) {
        let party = bookstore(server).await;
        set(server, json!({ "signInMode": "SignIn" })).await;
        let acme = organizations::create(&server.system(), "Acme".to_owned(), OrganizationPatch::default()).await.unwrap().id;
        let context = TokenContext { jit_organization_ids: Some(vec![acme.clone()]), ..TokenContext::default() };
        let link = token_in(&server.system(), ANA, context).await;
        let visitor = server.visitor();
        let page = open(&visitor, &party, &link).await.expect(200).expect_text("It makes an account for it");
        let page = page.form("Create account").submit().await.expect(303).follow().await.expect(200);
        assert_eq!(page.url().path(), "/continue/username");
        let page = page.form("Continue").fill("username", "ana").submit().await.expect(303).follow().await.expect(200);
        assert_eq!(page.url().path(), "/continue/password");
        let again = page.form("Create account").fill("password", "short").submit().await.expect(422);
        let page = again.form("Create account").fill("password", PASSWORD).submit().await.expect(303);
        let subject = subject(server, &visitor, &party, page).await;
        let made = only_user(server).await.user;
        assert_eq!((made.id.as_str(), made.username.as_deref(), made.primary_email.as_deref()), (subject.as_str(), Some("ana"), Some(ANA)));
        assert!(made.password.is_some());
        let joined = members::organizations_of_user(&server.system(), &made.id).await.unwrap();
        assert_eq!(joined.rows.iter().map(|(organization, _)| &organization.id).collect::<Vec<_>>(), [&acme]);
    }

    async fn an_account_without_a_password_gets_one(server) {
        let party = bookstore(server).await;
        let new = CreateUser { username: Some("ana".to_owned()), primary_email: Some(ANA.to_owned()), ..CreateUser::default() };
        let ana = users::create(&server.system(), new).await.unwrap().user.id;
        let (visitor, link) = (server.visitor(), token(server, ANA).await);
        let page = open(&visitor, &party, &link).await.expect(200);
        let page = page.form("Sign in").submit().await.expect(303).follow().await.expect(200);
        assert_eq!(page.url().path(), "/continue/password");
        let page = page.form("Continue").fill("password", PASSWORD).submit().await.expect(303);
        assert_eq!(subject(server, &visitor, &party, page).await, ana.as_str());
        assert!(users::verify_password(&server.system(), &ana, Secret::new(PASSWORD)).await.is_ok());
        // Nobody comes to that page without having proved something.
        let page = begin(&server.visitor(), &party, &[]).await.expect(200);
        let page = page.visitor().get(&format!("/continue/password?app_id={}", party.client_id)).await.expect(303);
        assert_eq!(page.location().path(), "/sign-in");
    }

    async fn a_link_for_somebody_else_asks_who_goes_on(server) {
        let party = bookstore(server).await;
        let (ana, bia) = (user(server, "ana").await, user(server, "bia").await);
        for decision in ["Stay signed in", "Go on with the link"] {
            let visitor = server.visitor();
            let page = begin(&visitor, &party, &[]).await;
            to_application(enter(&page, "bia", PASSWORD).await.expect(303)).await;
            let link = token(server, ANA).await;
            let page = open(&visitor, &party, &link).await.expect(200);
            assert_eq!(page.url().path(), "/switch-account");
            page.clone().expect_text("bia@example.com").expect_text(ANA);
            let page = page.form(decision).submit().await.expect(303);
            if decision == "Stay signed in" {
                assert_eq!(subject(server, &visitor, &party, page).await, bia.as_str());
                assert_eq!(status(server, &link).await, Status::Active);
                continue;
            }
            let page = page.follow().await.expect(200);
            assert_eq!(page.url().path(), "/one-time-token");
            // Whoever was signed in is signed out first.
            let page = page.form("Sign in").submit().await.expect(303).follow().await.expect(200);
            let page = page.form_at("form[id='op.logoutForm']").submit().await.expect(303);
            assert_eq!(subject(server, &visitor, &party, page).await, ana.as_str());
            assert_eq!(status(server, &link).await, Status::Consumed);
        }
    }

    async fn the_addresses_are_those_of_the_wire(server) {
        let (party, _) = (bookstore(server).await, user(server, "ana").await);
        user(server, "bia").await;
        let visitor = server.visitor();
        to_application(enter(&begin(&visitor, &party, &[]).await, "ana", PASSWORD).await.expect(303)).await;
        let link = token(server, ANA).await;
        let page = begin_link(&visitor, &party, &link).await.expect(302);
        let query = format!("app_id={}&login_hint=ana%40example.com&one_time_token={}", party.client_id, link.token);
        assert_eq!((page.location().path(), page.location().query()), ("/one-time-token", Some(query.as_str())));
        one_time_tokens::set_status(&server.system(), &link.id, Status::Revoked).await.unwrap();
        let page = begin_link(&visitor, &party, &link).await.expect(302).location();
        assert_eq!(page.path(), "/one-time-token");
        let said = page.query_pairs().find(|(name, _)| name == "errorMessage").unwrap().1.into_owned();
        assert_eq!(said, "This link has been withdrawn. Ask for a new one.");
        let other = token(server, "bia@example.com").await;
        let page = begin_link(&visitor, &party, &other).await.expect(302).location();
        assert_eq!(page.path(), "/switch-account");
    }

    async fn a_link_that_does_not_work_is_no_dead_end(server) {
        let (party, ana) = (bookstore(server).await, user(server, "ana").await);
        let link = token(server, ANA).await;
        server.clock.advance_seconds(600);
        let visitor = server.visitor();
        let page = open(&visitor, &party, &link).await.expect(400).expect_text("This link has expired. Ask for a new one.");
        let page = page.form("Sign in another way").submit().await.expect(303).follow().await.expect(200);
        assert_eq!(page.url().path(), "/sign-in");
        let page = enter(&page, "ana", PASSWORD).await.expect(303);
        assert_eq!(subject(server, &visitor, &party, page).await, ana.as_str());
        // Signed in, they go on without it.
        let page = open(&visitor, &party, &link).await.expect(400).expect_text("This link has expired.");
        to_application(page.form("Go on without the link").submit().await.expect(303)).await;
        // What stands in the address is not what the page says.
        let page = begin(&visitor, &party, &[("prompt", "login")]).await;
        let forged = format!("/one-time-token?app_id={}&one_time_token=x&login_hint=eve@evil.example&errorMessage=Call+555", party.client_id);
        let page = page.visitor().get(&forged).await.expect(404);
        assert!(!page.says("Call 555") && !page.says("evil.example"));
        page.expect_text("This link is not valid. Ask for a new one.");
    }

    async fn a_link_does_what_it_was_made_for(server) {
        let party = bookstore(server).await;
        user(server, "ana").await;
        for (email, purpose, button) in [(ANA, Purpose::Register, "Sign in"), ("new@example.com", Purpose::SignIn, "Create account")] {
            let context = TokenContext { interaction_event: Some(purpose), ..TokenContext::default() };
            let link = token_in(&server.system(), email, context).await;
            let page = open(&server.visitor(), &party, &link).await.expect(200);
            let page = page.form(button).submit().await.expect(400);
            page.expect_text("This link was made for another purpose.");
            assert_eq!(status(server, &link).await, Status::Active);
        }
    }

    async fn people_agree_to_the_terms_first(server) {
        let party = bookstore(server).await;
        set(server, json!({ "agreeToTermsPolicy": "ManualRegistrationOnly", "termsOfUseUrl": "https://example.com/terms" })).await;
        let (visitor, link) = (server.visitor(), token(server, ANA).await);
        let page = open(&visitor, &party, &link).await.expect(200);
        let page = page.form("Create account").submit().await.expect(422);
        assert_eq!(status(server, &link).await, Status::Active);
        page.form("Create account").check("agree").submit().await.expect(303);
        assert_eq!(status(server, &link).await, Status::Consumed);
    }

    async fn suspended_people_stay_out(server) {
        let (party, ana) = (bookstore(server).await, user(server, "ana").await);
        users::set_suspension(&server.system(), &ana, true).await.unwrap();
        let (visitor, link) = (server.visitor(), token(server, ANA).await);
        let page = open(&visitor, &party, &link).await.expect(200);
        let page = page.form("Sign in").submit().await.expect(303);
        assert_eq!(page.location().path(), "/account-suspended");
    }
}

/// Opens a link in a browser whose person is signed in: the answer of `/consent`.
async fn begin_link(visitor: &Visitor, party: &RelyingParty, token: &OneTimeToken) -> Page {
    let link = [
        ("one_time_token", token.token.as_str()),
        ("login_hint", token.email.as_str()),
        ("prompt", "consent"),
    ];
    let request = party.request("http://localhost:3001", &link);
    let page = visitor.get(request.url.as_str()).await.expect(303);
    assert_eq!(page.location().path(), "/consent");
    page.follow().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_links_are_looked_at() {
    let mut arranged: Option<(RelyingParty, OneTimeToken, OneTimeToken)> = None;
    let work = async |ctx: &Ctx| {
        let bookstore = RelyingParty::register(ctx, "Bookstore", CALLBACK).await;
        user_in(ctx, "bia").await;
        set_in(
            ctx,
            json!({
                "termsOfUseUrl": "https://example.com/terms",
                "privacyPolicyUrl": "https://example.com/privacy",
                "agreeToTermsPolicy": "ManualRegistrationOnly",
            }),
        )
        .await;
        let first = token_in(ctx, ANA, TokenContext::default()).await;
        let second = token_in(ctx, ANA, TokenContext::default()).await;
        arranged = Some((bookstore, first, second));
    };
    let Some(database) = server::arranged(Engine::Sqlite, work).await else {
        return;
    };
    let Some(browser) = Browser::start(Options::default()).await else {
        return;
    };
    let (party, first, second) = arranged.unwrap();
    let server = ServerProcess::start_on(env!("CARGO_BIN_EXE_soleira-under-test"), database).await;
    let mut tour = Tour::new(&browser, "links");
    let open = async |token: &OneTimeToken| {
        let link = [
            ("one_time_token", token.token.as_str()),
            ("login_hint", token.email.as_str()),
            ("prompt", "consent"),
        ];
        browser.goto(party.request(&server.origin(), &link).url.as_str()).await;
    };

    open(&first).await;
    browser.read_heading("Sign in with your link").await;
    browser.read(ANA).await;
    tour.look("link").await;
    browser.script("document.getElementById('agree').click()").await;
    browser.click("Create account").await;
    browser.read_heading("Choose a username").await;
    browser.fill("Username", "ana").await;
    browser.click("Continue").await;
    browser.read_heading("Choose a password").await;
    tour.look("password").await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Create account").await;
    browser
        .arrive("the application", |url| url.as_str().starts_with(CALLBACK))
        .await;

    browser.goto(&format!("{}/oidc/session/end", server.origin())).await;
    browser.read("You have successfully signed out.").await;
    open(&first).await;
    browser.read_heading("This link does not work").await;
    browser
        .read("This link has already been used. Ask for a new one.")
        .await;
    tour.look("unusable").await;
    browser.click("Sign in another way").await;
    browser.fill("Username", "bia").await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Sign in").await;
    browser
        .arrive("the application", |url| url.as_str().starts_with(CALLBACK))
        .await;

    open(&second).await;
    browser.read_heading("Who is it?").await;
    tour.look("switch-account").await;
    browser.click("Go on with the link").await;
    browser.read_heading("Sign in with your link").await;
    browser.click("Sign in").await;
    browser
        .arrive("the application", |url| url.as_str().starts_with(CALLBACK))
        .await;
    tour.end();
    assert!(server.errors().is_empty(), "{:?}", server.errors());
}
