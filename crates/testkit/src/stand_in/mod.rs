//! A provider on loopback that behaves like Hugging Face, for tests and for trials by hand.
//!
//! It has a sign-in page, a page to authorize an application, and a page to register one. It accepts
//! `client_secret_basic` only, compares redirect URIs exactly, and takes each code once. Unlike Hugging Face it issues no
//! ID token, which a client that reads the profile from userinfo has no use for.

mod authorize;
mod endpoints;
mod pages;
mod state;

pub(crate) use state::random as unguessable;
pub use state::{Call, ClientCredentials, Failure, Person};

use crate::visitor::Visitor;
use axum::Router;
use axum::routing::{get, post};
use state::{Shared, State};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;
use url::Url;

/// The scopes that an application may ask for.
pub const SCOPES: &[&str] = &["openid", "profile", "email"];

/// A running provider; dropped, it stops.
#[derive(Debug)]
pub struct StandInProvider {
    address: SocketAddr,
    state: Shared,
    server: JoinHandle<()>,
}

impl StandInProvider {
    /// Starts on a free port of loopback.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start() -> Self {
        Self::start_on(0).await.expect("a free port")
    }

    /// Starts on a port of loopback, with one account: [`Person::default`].
    #[expect(
        clippy::disallowed_methods,
        reason = "the provider is a program of its own, stopped when it is dropped"
    )]
    pub async fn start_on(port: u16) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let state: Shared = Arc::new(Mutex::new(State::new(format!("http://{address}"))));
        let router = router(Arc::clone(&state));
        let server = tokio::spawn(async move {
            // Serving ends only with the task.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, state, server })
    }

    /// Where it is, such as `http://127.0.0.1:4001`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where browsers are sent to.
    pub fn authorization_endpoint(&self) -> String {
        format!("{}/oauth/authorize", self.origin())
    }

    /// Where codes are exchanged.
    pub fn token_endpoint(&self) -> String {
        format!("{}/oauth/token", self.origin())
    }

    /// Where profiles are read.
    pub fn user_info_endpoint(&self) -> String {
        format!("{}/oauth/userinfo", self.origin())
    }

    /// Registers an application with one redirect URI, compared exactly.
    pub fn register_client(&self, redirect_uri: &str) -> ClientCredentials {
        self.state().register_client("Test application", redirect_uri)
    }

    /// Replaces the account whose `preferred_username` is the same, or adds one. Its profile is served from now on.
    pub fn set_person(&self, person: Person) {
        self.state().set_person(person);
    }

    /// Makes the token endpoint fail from now on.
    pub fn fail_token_endpoint(&self, failure: Failure) {
        self.state().token_failure = Some(failure);
    }

    /// Makes userinfo fail from now on.
    pub fn fail_user_info(&self, failure: Failure) {
        self.state().user_info_failure = Some(failure);
    }

    /// Ends every failure.
    pub fn recover(&self) {
        let mut state = self.state();
        state.token_failure = None;
        state.user_info_failure = None;
    }

    /// The calls that servers made so far: to the token endpoint and to userinfo, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// Signs in as `person` where a browser was sent, authorizes the application, and says where the browser goes then.
    ///
    /// # Panics
    /// When the provider refuses the request.
    pub async fn approve(&self, authorization_url: &Url, person: &Person) -> Url {
        self.decide(authorization_url, person, "Authorize").await
    }

    /// Like [`Self::approve`], but denies.
    ///
    /// # Panics
    /// When the provider refuses the request.
    pub async fn deny(&self, authorization_url: &Url, person: &Person) -> Url {
        self.decide(authorization_url, person, "Deny").await
    }

    async fn decide(&self, authorization_url: &Url, person: &Person, button: &str) -> Url {
        let visitor = Visitor::new(&self.origin());
        let sign_in = visitor
            .get(authorization_url.as_str())
            .await
            .follow_all()
            .await
            .expect(200);
        let form = sign_in
            .form("Log in")
            .fill("Username", &person.preferred_username)
            .fill("Password", &person.password);
        let authorize = form.submit().await.follow_all().await.expect(200);
        authorize.click(button).await.expect(303).location()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        state::lock(&self.state)
    }
}

impl Drop for StandInProvider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(state: Shared) -> Router {
    Router::new()
        .route("/", get(pages::home))
        .route("/login", get(pages::login).post(pages::log_in))
        .route("/logout", get(pages::log_out))
        .route(
            "/settings/connected-applications/new",
            get(pages::new_application).post(pages::create_application),
        )
        .route("/oauth/authorize", get(authorize::ask).post(authorize::decide))
        .route("/oauth/token", post(endpoints::token))
        .route("/oauth/userinfo", get(endpoints::user_info))
        .route("/avatars/{name}", get(pages::avatar))
        .with_state(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLBACK: &str = "http://localhost:3001/callback/abc";

    struct Trial {
        provider: StandInProvider,
        client: ClientCredentials,
        visitor: Visitor,
    }

    impl Trial {
        async fn new() -> Self {
            let provider = StandInProvider::start().await;
            let client = provider.register_client(CALLBACK);
            let visitor = Visitor::new(&provider.origin());
            Self {
                provider,
                client,
                visitor,
            }
        }

        fn request(&self, changes: &[(&str, &str)]) -> Url {
            let mut parameters = vec![
                ("client_id", self.client.client_id.as_str()),
                ("redirect_uri", CALLBACK),
                ("response_type", "code"),
                ("scope", "openid profile email"),
                ("state", "s1"),
            ];
            parameters.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
            parameters.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
            Url::parse_with_params(&self.provider.authorization_endpoint(), parameters).unwrap()
        }

        async fn code(&self) -> String {
            let back = self.provider.approve(&self.request(&[]), &Person::default()).await;
            assert!(back.as_str().starts_with(CALLBACK));
            parameter(&back, "code").expect("a code")
        }

        async fn exchange(&self, code: &str, redirect_uri: &str) -> crate::visitor::Page {
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", redirect_uri),
            ];
            let ClientCredentials {
                client_id,
                client_secret,
            } = &self.client;
            self.visitor
                .post_form_as_client("/oauth/token", client_id, client_secret, &fields)
                .await
        }
    }

    fn parameter(url: &Url, name: &str) -> Option<String> {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    #[tokio::test]
    async fn a_person_signs_in_and_the_application_reads_the_profile() {
        let trial = Trial::new().await;
        let back = trial.provider.approve(&trial.request(&[]), &Person::default()).await;
        assert_eq!(parameter(&back, "state").as_deref(), Some("s1"));
        let tokens = trial
            .exchange(&parameter(&back, "code").unwrap(), CALLBACK)
            .await
            .expect(200)
            .json();
        assert_eq!(tokens["token_type"], "bearer");
        assert_eq!(tokens["scope"], "openid profile email");
        let profile = trial
            .visitor
            .get_as("/oauth/userinfo", tokens["access_token"].as_str().unwrap())
            .await;
        let profile = profile.expect(200).json();
        assert_eq!(profile["preferred_username"], "ada-lovelace");
        assert_eq!(profile["email_verified"], true);
        assert!(
            profile["picture"]
                .as_str()
                .unwrap()
                .starts_with(&trial.provider.origin())
        );
        assert_eq!(trial.provider.calls().len(), 2);
    }

    #[tokio::test]
    async fn a_code_is_taken_once_and_for_the_same_redirect_uri_only() {
        let trial = Trial::new().await;
        let code = trial.code().await;
        assert_eq!(
            trial
                .exchange(&code, "http://localhost:3001/callback/abd")
                .await
                .expect(400)
                .json()["error"],
            "invalid_grant"
        );
        let code = trial.code().await;
        let tokens = trial.exchange(&code, CALLBACK).await.expect(200).json();
        assert_eq!(
            trial.exchange(&code, CALLBACK).await.expect(400).json()["error"],
            "invalid_grant"
        );
        // RFC 6749 §4.1.2: what a replayed code had given is revoked.
        trial
            .visitor
            .get_as("/oauth/userinfo", tokens["access_token"].as_str().unwrap())
            .await
            .expect(401);
    }

    #[tokio::test]
    async fn what_hugging_face_refuses_is_refused() {
        let trial = Trial::new().await;
        for wrong in [
            ("client_id", "nobody"),
            ("redirect_uri", "http://localhost:3001/callback/abc/"),
        ] {
            let page = trial.visitor.get(trial.request(&[wrong]).as_str()).await;
            assert_eq!(page.status(), 400, "{wrong:?}");
        }
        for (wrong, error) in [
            (("response_type", "token"), "unsupported_response_type"),
            (("scope", "openid admin"), "invalid_scope"),
            (("scope", ""), "invalid_scope"),
            (("state", ""), "invalid_request"),
        ] {
            let page = trial.visitor.get(trial.request(&[wrong]).as_str()).await.expect(303);
            assert_eq!(
                parameter(&page.location(), "error").as_deref(),
                Some(error),
                "{wrong:?}"
            );
        }

        let code = trial.code().await;
        let ClientCredentials {
            client_id,
            client_secret,
        } = &trial.client;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
        ];
        let in_body = [
            &fields[..],
            &[("client_id", client_id), ("client_secret", client_secret)],
        ]
        .concat();
        trial.visitor.post_form("/oauth/token", &in_body).await.expect(401);
        trial
            .visitor
            .post_form_as_client("/oauth/token", client_id, "guess", &fields)
            .await
            .expect(401);
        trial.visitor.get_as("/oauth/userinfo", "guess").await.expect(401);
    }

    #[tokio::test]
    async fn a_denial_comes_back_as_access_denied() {
        let trial = Trial::new().await;
        let back = trial.provider.deny(&trial.request(&[]), &Person::default()).await;
        assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
        assert_eq!(parameter(&back, "code"), None);
    }

    #[tokio::test]
    async fn endpoints_fail_on_demand() {
        let trial = Trial::new().await;
        let code = trial.code().await;
        trial.provider.fail_token_endpoint(Failure::ServerError);
        trial.exchange(&code, CALLBACK).await.expect(500);
        trial.provider.fail_token_endpoint(Failure::Garbage);
        assert!(
            serde_json::from_slice::<serde_json::Value>(trial.exchange(&code, CALLBACK).await.expect(200).bytes())
                .is_err()
        );
        trial.provider.fail_token_endpoint(Failure::NeverAnswers);
        let patience = std::time::Duration::from_millis(200);
        assert!(
            tokio::time::timeout(patience, trial.exchange(&code, CALLBACK))
                .await
                .is_err()
        );
        trial.provider.recover();
        trial.exchange(&code, CALLBACK).await.expect(200);
    }

    #[tokio::test]
    async fn an_application_is_registered_on_a_page() {
        let trial = Trial::new().await;
        let page = trial
            .visitor
            .get("/settings/connected-applications/new")
            .await
            .expect(200);
        let form = page
            .form("Create app")
            .fill("Application name", "Bookstore")
            .fill("Redirect URL", CALLBACK);
        let created = form.submit().await.expect(200);
        let id = created.text_of("#client-id").unwrap();
        let request = trial.request(&[("client_id", &id)]);
        trial
            .visitor
            .get(request.as_str())
            .await
            .follow_all()
            .await
            .expect(200)
            .expect_text("Log in");
    }
}
