//! What the provider knows: applications, accounts, codes and tokens.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard};

pub(super) type Shared = Arc<Mutex<State>>;

/// An account at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The identifier that never changes.
    pub sub: String,
    /// The name to show.
    pub name: String,
    /// The account's name, which signs in at the provider.
    pub preferred_username: String,
    /// Where the picture is; `None` for the one that the provider draws.
    pub picture: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether the provider vouches for it; `None` leaves the claim out.
    pub email_verified: Option<bool>,
    /// The password at the provider.
    pub password: String,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            sub: "65f1c9e2a7b84d0012ab34cd".to_owned(),
            name: "Ada Lovelace".to_owned(),
            preferred_username: "ada-lovelace".to_owned(),
            picture: None,
            email: Some("ada@example.com".to_owned()),
            email_verified: Some(true),
            password: "analytical engine".to_owned(),
        }
    }
}

/// How an endpoint fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// 401, with an OAuth error.
    Unauthorized,
    /// 500, with a page of HTML.
    ServerError,
    /// 200, with something that is not JSON.
    Garbage,
    /// 200, with JSON that has none of the expected fields.
    Empty,
    /// Takes the request and never answers.
    NeverAnswers,
}

/// What an application gets when it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The public identifier.
    pub client_id: String,
    /// The secret, for HTTP Basic authentication.
    pub client_secret: String,
}

/// A call that a server made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The path, such as `/oauth/token`.
    pub path: &'static str,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The form fields, in order.
    pub fields: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) secret: String,
    pub(super) redirect_uri: String,
}

/// A code, and the token it was exchanged for.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) username: String,
    pub(super) scope: String,
    pub(super) challenge: Option<String>,
    pub(super) exchanged_for: Option<String>,
}

#[derive(Debug)]
pub(super) struct Token {
    pub(super) username: String,
    pub(super) scope: String,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) origin: String,
    pub(super) clients: HashMap<String, Client>,
    pub(super) people: HashMap<String, Person>,
    /// Signed-in browsers: cookie to account name.
    pub(super) sessions: HashMap<String, String>,
    pub(super) codes: HashMap<String, Code>,
    pub(super) tokens: HashMap<String, Token>,
    pub(super) token_failure: Option<Failure>,
    pub(super) user_info_failure: Option<Failure>,
    pub(super) calls: Vec<Call>,
}

impl State {
    pub(super) fn new(origin: String) -> Self {
        let mut state = Self {
            origin,
            clients: HashMap::new(),
            people: HashMap::new(),
            sessions: HashMap::new(),
            codes: HashMap::new(),
            tokens: HashMap::new(),
            token_failure: None,
            user_info_failure: None,
            calls: Vec::new(),
        };
        state.set_person(Person::default());
        state
    }

    pub(super) fn set_person(&mut self, person: Person) {
        self.people.insert(person.preferred_username.clone(), person);
    }

    pub(super) fn register_client(&mut self, name: &str, redirect_uri: &str) -> ClientCredentials {
        let credentials = ClientCredentials {
            client_id: random(""),
            client_secret: random("oauth_app_secret_"),
        };
        let client = Client {
            name: name.to_owned(),
            secret: credentials.client_secret.clone(),
            redirect_uri: redirect_uri.to_owned(),
        };
        self.clients.insert(credentials.client_id.clone(), client);
        credentials
    }
}

pub(super) fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().expect("no handler panics while it holds this")
}

/// A value nobody guesses in a test: 32 hexadecimal digits.
pub(crate) fn random(prefix: &str) -> String {
    let half = || RandomState::new().hash_one(prefix);
    format!("{prefix}{:016x}{:016x}", half(), half())
}
