//! What every client library does for its application, whatever it is written in.

use crate::world::{Application, CALLBACK, ORDERS, PASSWORD, SIGNED_OUT, World, text, words};
use serde_json::{Value, json};
use soleira_testkit::process::free_port;
use soleira_testkit::{Page, Visitor};
use soleira_tests::person;
use soleira_tests::program::{Client, Refusal, WebApp};
use std::process::Command;
use url::Url;

/// A client, and the browser that it sends to the server.
pub(crate) struct Story<'a, C> {
    world: &'a World,
    application: Application,
    redirect_uri: String,
    signed_out: String,
    pub(crate) client: C,
    pub(crate) browser: Visitor,
}

/// Whether a refresh token is replaced whenever it is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// By public clients.
    Each,
    /// By clients that authenticate, once most of its time is over.
    Late,
}

impl<'a, C: Client> Story<'a, C> {
    pub(crate) fn of(world: &'a World, application: &Application, client: C) -> Self {
        Self {
            world,
            application: application.clone(),
            redirect_uri: CALLBACK.to_owned(),
            signed_out: SIGNED_OUT.to_owned(),
            client,
            browser: world.server.visitor(),
        }
    }

    /// The same client, that comes back to other addresses.
    pub(crate) fn back_at(mut self, redirect_uri: &str, signed_out: &str) -> Self {
        redirect_uri.clone_into(&mut self.redirect_uri);
        signed_out.clone_into(&mut self.signed_out);
        self
    }

    /// Does something that the server allows.
    pub(crate) async fn does(&mut self, command: &str, given: Value) -> Value {
        let answer = self.client.ask(command, given).await;
        answer.unwrap_or_else(|refusal| panic!("{command}: {refusal:?}"))
    }

    /// Does something that is refused.
    pub(crate) async fn refused(&mut self, command: &str, given: Value) -> Refusal {
        match self.client.ask(command, given).await {
            Ok(answer) => panic!("{command} is not refused: {answer}"),
            Err(refusal) => refusal,
        }
    }

    /// Where the client sends the browser.
    pub(crate) async fn begins(&mut self, further: Value) -> Url {
        let answer = self.does("begin", further).await;
        Url::parse(answer.as_str().unwrap()).unwrap()
    }

    /// The tokens that the client holds.
    pub(crate) async fn tokens(&mut self) -> (String, String) {
        let tokens = self.does("tokens", json!({})).await;
        (text(&tokens, "accessToken"), text(&tokens, "refreshToken"))
    }

    /// Asked silently where nobody is signed in, the server says so, and the library passes it on.
    pub(crate) async fn hears_that_nobody_is_signed_in(&mut self) {
        let url = self.begins(json!({ "prompt": "none" })).await;
        let back = self
            .world
            .server
            .visitor()
            .get(url.as_str())
            .await
            .expect(303)
            .location();
        let refusal = self.refused("finish", json!({ "url": back })).await;
        assert_eq!(refusal.code, "login_required");
    }

    /// Goes through the sign-in pages. Where the browser comes back.
    pub(crate) async fn goes_to_sign_in(&mut self, further: Value) -> Url {
        let url = self.begins(further).await;
        let page = self.browser.get(url.as_str()).await;
        let redirect_uri = self.redirect_uri.clone();
        let is_back = move |url: &Url| url.as_str().split('?').next() == Some(redirect_uri.as_str());
        person::sign_in_on(page, "ada", PASSWORD, is_back).await
    }

    /// Signs in, and the library finds that it was Ada. An answer that was changed on the way is refused by the library,
    /// which calls that `changed`.
    pub(crate) async fn signs_in(&mut self, changed: &str, further: Value) -> Value {
        let back = self.goes_to_sign_in(further).await;
        let forged = with_another_state(&back);
        let refusal = self.refused("finish", json!({ "url": forged })).await;
        assert_eq!(refusal.code, changed, "{}", refusal.message);
        self.comes_back(&back).await
    }

    /// Comes back with an answer, and the library finds that it was Ada.
    pub(crate) async fn comes_back(&mut self, back: &Url) -> Value {
        let claims = self.does("finish", json!({ "url": back })).await;
        is_ada(self.world, &claims);
        assert_eq!(claims["aud"], json!(self.application.id), "{claims}");
        claims
    }

    /// Userinfo is about Ada.
    pub(crate) async fn reads_userinfo(&mut self) {
        let claims = self.does("userinfo", json!({})).await;
        is_ada(self.world, &claims);
    }

    /// Refreshing gives another access token, and the library verifies the ID token that comes with it.
    pub(crate) async fn refreshes(&mut self, rotation: Rotation) {
        let before = self.tokens().await;
        let claims = self.does("refresh", json!({})).await;
        is_ada(self.world, &claims);
        let after = self.tokens().await;
        assert_ne!(before.0, after.0, "the access token is another");
        assert_eq!(before.1 != after.1, rotation == Rotation::Each, "the refresh token");
        self.reads_userinfo().await;
    }

    /// Gets a token of the API, and verifies it as the API does.
    pub(crate) async fn calls_the_api(&mut self) {
        let claims = self.does("resource", json!({})).await;
        self.reads_orders(&claims);
    }

    /// A token with which Ada reads orders through this application.
    pub(crate) fn reads_orders(&self, claims: &Value) {
        reads_orders(self.world, &self.application, claims);
    }

    /// Signs out at the server and comes back; whoever signs in next is asked who they are.
    pub(crate) async fn signs_out(&mut self) {
        let url = self.does("signOut", json!({})).await;
        let url = Url::parse(url.as_str().unwrap()).unwrap();
        let back = person::sign_out(&self.browser, &url).await;
        assert_eq!(back.as_str().split('?').next(), Some(self.signed_out.as_str()));
        let url = self.begins(json!({})).await;
        let page = self.browser.get(url.as_str()).await.follow_all().await.expect(200);
        assert_eq!(page.url().path(), "/sign-in");
    }

    /// A refresh token that is good no more is refused, in the standard's word.
    pub(crate) async fn cannot_refresh_with(&mut self, refresh_token: &str, called: &str) {
        let refusal = self.refused("refresh", json!({ "refreshToken": refresh_token })).await;
        assert_eq!(refusal.code, called, "{}", refusal.message);
    }

    /// Gives its refresh token back, which then opens nothing.
    pub(crate) async fn gives_its_token_back(&mut self) {
        let (_, refresh_token) = self.tokens().await;
        self.does("revoke", json!({ "token": refresh_token })).await;
        self.cannot_refresh_with(&refresh_token, "invalid_grant").await;
    }
}

/// A web application with pages of its own, and the browser that visits it.
pub(crate) struct Site<'a> {
    world: &'a World,
    app: WebApp,
    application: Application,
    /// Where it is.
    pub(crate) origin: String,
    pub(crate) browser: Visitor,
}

impl<'a> Site<'a> {
    /// Registers an application and starts it. Its addresses are paths.
    pub(crate) async fn start(world: &'a World, command: Command, callbacks: &[&str], signed_out: &str) -> Self {
        let port = free_port();
        let origin = format!("http://localhost:{port}");
        let callbacks: Vec<String> = callbacks.iter().map(|path| format!("{origin}{path}")).collect();
        let callbacks: Vec<&str> = callbacks.iter().map(String::as_str).collect();
        let signed_out = format!("{origin}{signed_out}");
        let application = world.application("Traditional", &callbacks, &signed_out).await;
        let registration = world.registration(&application, &json!({ "port": port }));
        let app = WebApp::start(command, &registration, port).await;
        Self {
            world,
            app,
            application,
            browser: Visitor::new(&origin),
            origin,
        }
    }

    /// What the app has printed.
    pub(crate) fn output(&self) -> String {
        self.app.output()
    }

    fn is_back(&self) -> impl Fn(&Url) -> bool {
        let origin = Url::parse(&self.origin).unwrap().origin();
        move |url| url.origin() == origin
    }

    /// Follows the browser to the server and, without a word from the person, back to the app.
    pub(crate) async fn until_back(&self, page: Page) -> Url {
        person::back_at(page, self.is_back()).await
    }

    /// The same from one of the app's addresses.
    pub(crate) async fn goes_to(&self, path: &str) -> Url {
        self.until_back(self.browser.get(path).await).await
    }

    /// Follows the browser to the server, signs in there, and back to the app.
    pub(crate) async fn signs_in_on(&self, page: Page) -> Url {
        person::sign_in_on(page, "ada", PASSWORD, self.is_back()).await
    }

    /// The same from one of the app's addresses.
    pub(crate) async fn signs_in_from(&self, path: &str) -> Url {
        self.signs_in_on(self.browser.get(path).await).await
    }

    /// The app refuses an answer, and calls the error that.
    pub(crate) async fn refuses(&self, back: &Url, called: &str) {
        let page = self.browser.get(back.as_str()).await;
        assert!(page.status() >= 400, "{page:?}");
        assert_eq!(page.json()["error"], called, "{page:?}");
    }

    /// The app takes an answer; the page after it.
    pub(crate) async fn comes_back(&self, back: &Url) -> Page {
        self.browser.get(back.as_str()).await.follow_all().await.expect(200)
    }

    /// What the app shows at an address.
    pub(crate) async fn reads(&self, path: &str) -> Value {
        let page = self.browser.get(path).await;
        assert_eq!(page.status(), 200, "{page:?}\n{}", self.output());
        page.json()
    }

    pub(crate) fn is_ada(&self, claims: &Value) {
        is_ada(self.world, claims);
    }

    pub(crate) fn reads_orders(&self, claims: &Value) {
        reads_orders(self.world, &self.application, claims);
    }

    /// Signs out where the app has sent the browser; where the browser goes then.
    pub(crate) async fn signs_out(&self, page: &Page) -> Url {
        let back = person::sign_out(&self.browser, &page.location()).await;
        assert!(self.is_back()(&back), "{back}");
        back
    }

    /// Nobody is signed in any more.
    pub(crate) async fn asks_again_who_it_is(&self, path: &str) {
        let page = self.browser.get(path).await.follow_all().await.expect(200);
        assert_eq!(page.url().path(), "/sign-in");
    }

    /// What the server says to a refresh token that the app has held.
    pub(crate) async fn exchanges_as_app(&self, refresh_token: &str) -> Page {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        let (id, secret) = (&self.application.id, self.application.secret.as_ref().unwrap());
        let visitor = self.world.server.visitor();
        visitor.post_form_as_client("/oidc/token", id, secret, &fields).await
    }
}

/// The claims are about Ada.
fn is_ada(world: &World, claims: &Value) {
    assert_eq!(claims["sub"], json!(world.ada), "{claims}");
    assert_eq!(claims["name"], "Ada Lovelace", "{claims}");
    assert_eq!(claims["email"], "ada@example.com", "{claims}");
}

/// The claims are of a token with which Ada reads orders through this application, and does nothing else.
fn reads_orders(world: &World, application: &Application, claims: &Value) {
    assert_eq!(claims["sub"], json!(world.ada), "{claims}");
    assert_eq!(claims["aud"], ORDERS, "{claims}");
    assert_eq!(claims["client_id"], json!(application.id), "{claims}");
    assert_eq!(words(&claims["scope"]), ["read:orders"].into(), "{claims}");
}

/// An answer that was made for another request.
pub(crate) fn with_another_state(back: &Url) -> Url {
    let mut forged = back.clone();
    let pairs = back.query_pairs().map(|(name, value)| match &*name {
        "state" => (name, "another".into()),
        _ => (name, value),
    });
    forged.query_pairs_mut().clear().extend_pairs(pairs);
    forged
}
