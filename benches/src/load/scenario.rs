//! What the clients of a load do.

use crate::{
    fixtures::{Fixtures, PASSWORD, REDIRECT_URI},
    http::{Answer, Connection, Jar},
    server::PORT,
};
use clap::ValueEnum;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The kinds of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The discovery document.
    Discovery,
    /// The key set.
    Jwks,
    /// A token for a machine.
    ClientCredentials,
    /// A code for tokens: an opaque access token, an ID token and a refresh token.
    CodeExchange,
    /// A refresh that rotates: an opaque access token, an ID token and the next refresh token.
    Refresh,
    /// Whether an opaque token is active.
    Introspection,
    /// The claims about an opaque token's person.
    Userinfo,
    /// A call of the Management API with an ES384 token.
    Management,
    /// A whole sign-in with a password, from the authorization request to the tokens: nine requests.
    SignIn,
}

impl Kind {
    /// Whether a client has something of its own that is used up: then it needs so many for each second of load.
    pub fn codes_per_second(self) -> usize {
        if self == Self::CodeExchange { 3_000 } else { 0 }
    }
}

/// A load with what it needs.
#[derive(Debug, Clone)]
pub struct Scenario {
    kind: Kind,
    fixtures: Arc<Fixtures>,
    next_code: Arc<AtomicUsize>,
    next_user: Arc<AtomicUsize>,
    /// Refresh tokens, the one that was refreshed longest ago first.
    refresh_tokens: Arc<Mutex<VecDeque<String>>>,
}

/// One of those who make a load.
pub trait Client: Send {
    /// Makes one request (or one sign-in) and checks its answer.
    ///
    /// # Errors
    /// What was wrong with the answer.
    fn request(&mut self) -> Result<(), String>;

    /// Gets ready to go on after a failure.
    fn recover(&mut self) {}
}

impl Scenario {
    /// The scenario of a kind.
    pub fn new(kind: Kind, fixtures: Arc<Fixtures>) -> Self {
        Self {
            kind,
            refresh_tokens: Arc::new(Mutex::new(fixtures.refresh_tokens.iter().cloned().collect())),
            fixtures,
            next_code: Arc::default(),
            next_user: Arc::default(),
        }
    }

    /// A client.
    ///
    /// # Errors
    /// When it cannot connect.
    pub fn client(&self) -> Result<Box<dyn Client>, String> {
        let connection = Connection::open(PORT).map_err(|error| error.to_string())?;
        let fixtures = &self.fixtures;
        let bearer = |token: &str| format!("authorization: Bearer {token}\r\n");
        Ok(match self.kind {
            Kind::Discovery => repeated(
                "GET",
                "/oidc/.well-known/openid-configuration",
                String::new(),
                String::new(),
            )?,
            Kind::Jwks => repeated("GET", "/oidc/jwks", String::new(), String::new())?,
            Kind::ClientCredentials => repeated("POST", "/oidc/token", FORM.to_owned(), fixtures.client_credentials())?,
            Kind::Userinfo => repeated("GET", "/oidc/me", bearer(&fixtures.access_token), String::new())?,
            Kind::Introspection => repeated(
                "POST",
                "/oidc/token/introspection",
                FORM.to_owned(),
                format!(
                    "client_id={}&client_secret={}&token={}",
                    fixtures.web, fixtures.web_secret, fixtures.access_token
                ),
            )?,
            Kind::Management => Box::new(Management {
                path: format!("/api/applications/{}", fixtures.web),
                credentials: fixtures.client_credentials(),
                headers: String::new(),
                connection,
            }),
            Kind::CodeExchange => Box::new(CodeExchange {
                connection,
                scenario: self.clone(),
            }),
            Kind::Refresh => Box::new(Refresh {
                connection,
                client_id: fixtures.native.to_string(),
                tokens: Arc::clone(&self.refresh_tokens),
            }),
            Kind::SignIn => Box::new(SignIn {
                connection,
                scenario: self.clone(),
            }),
        })
    }
}

const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "content-type: application/json\r\n";

fn expect(answer: &Answer, status: u16) -> Result<(), String> {
    if answer.status == status {
        return Ok(());
    }
    Err(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)))
}

fn member(answer: &Answer, name: &str) -> Result<String, String> {
    let value: serde_json::Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    let text = value.get(name).and_then(serde_json::Value::as_str);
    Ok(text.ok_or_else(|| format!("no {name} in {value}"))?.to_owned())
}

/// The same request over and over.
struct Repeated {
    connection: Connection,
    method: &'static str,
    path: String,
    headers: String,
    body: String,
}

fn repeated(method: &'static str, path: &str, headers: String, body: String) -> Result<Box<dyn Client>, String> {
    Ok(Box::new(Repeated {
        connection: Connection::open(PORT).map_err(|error| error.to_string())?,
        method,
        path: path.to_owned(),
        headers,
        body,
    }))
}

impl Client for Repeated {
    fn request(&mut self) -> Result<(), String> {
        let answer = self.connection.send(self.method, &self.path, &self.headers, &self.body);
        expect(&answer.map_err(|error| error.to_string())?, 200)
    }
}

struct Management {
    connection: Connection,
    path: String,
    credentials: String,
    headers: String,
}

impl Client for Management {
    fn request(&mut self) -> Result<(), String> {
        let failed = |error: std::io::Error| error.to_string();
        if self.headers.is_empty() {
            let answer = self
                .connection
                .send("POST", "/oidc/token", FORM, &self.credentials)
                .map_err(failed)?;
            expect(&answer, 200)?;
            self.headers = format!("authorization: Bearer {}\r\n", member(&answer, "access_token")?);
        }
        expect(
            &self
                .connection
                .send("GET", &self.path, &self.headers, "")
                .map_err(failed)?,
            200,
        )
    }
}

struct CodeExchange {
    connection: Connection,
    scenario: Scenario,
}

impl Client for CodeExchange {
    fn request(&mut self) -> Result<(), String> {
        let fixtures = &self.scenario.fixtures;
        let number = self.scenario.next_code.fetch_add(1, Ordering::Relaxed);
        let code = fixtures.codes.get(number).ok_or("the codes are used up")?;
        let body = format!(
            "grant_type=authorization_code&client_id={}&client_secret={}&redirect_uri={REDIRECT_URI}&code={code}",
            fixtures.web, fixtures.web_secret
        );
        let answer = self.connection.send("POST", "/oidc/token", FORM, &body);
        expect(&answer.map_err(|error| error.to_string())?, 200)
    }
}

struct Refresh {
    connection: Connection,
    client_id: String,
    tokens: Arc<Mutex<VecDeque<String>>>,
}

impl Refresh {
    fn tokens(&self) -> std::sync::MutexGuard<'_, VecDeque<String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client for Refresh {
    fn request(&mut self) -> Result<(), String> {
        let token = self
            .tokens()
            .pop_front()
            .ok_or("there are fewer refresh tokens than clients")?;
        let body = format!(
            "grant_type=refresh_token&client_id={}&refresh_token={token}",
            self.client_id
        );
        let answer = self.connection.send("POST", "/oidc/token", FORM, &body);
        let answer = answer.map_err(|error| error.to_string())?;
        expect(&answer, 200)?;
        let next = member(&answer, "refresh_token")?;
        self.tokens().push_back(next);
        Ok(())
    }
}

/// From one person who signs in to the next: a prime, so that everybody comes before anybody comes again.
const STRIDE: usize = 611_953;

struct SignIn {
    connection: Connection,
    scenario: Scenario,
}

impl SignIn {
    /// Follows where the answer points to, with the cookies so far.
    fn get(&mut self, location: &str, jar: &mut Jar) -> Result<Answer, String> {
        let path = location
            .strip_prefix(&format!("http://localhost:{PORT}"))
            .unwrap_or(location);
        let headers = format!("cookie: {jar}\r\n");
        let answer = self
            .connection
            .send("GET", path, &headers, "")
            .map_err(|error| error.to_string())?;
        jar.take(&answer);
        Ok(answer)
    }

    fn call(&mut self, method: &str, path: &str, jar: &mut Jar, body: &str) -> Result<Answer, String> {
        let headers = format!("{JSON}cookie: {jar}\r\n");
        let answer = self
            .connection
            .send(method, path, &headers, body)
            .map_err(|error| error.to_string())?;
        jar.take(&answer);
        if answer.status >= 300 {
            return Err(format!(
                "{path}: {} {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            ));
        }
        Ok(answer)
    }
}

fn location(answer: &Answer) -> Result<String, String> {
    let location = answer.header("location").map(str::to_owned);
    location.ok_or_else(|| format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)))
}

impl Client for SignIn {
    fn request(&mut self) -> Result<(), String> {
        let fixtures = Arc::clone(&self.scenario.fixtures);
        // One after the other, but never two that lie side by side.
        let user = self.scenario.next_user.fetch_add(STRIDE, Ordering::Relaxed) % fixtures.users.max(1);
        let mut jar = Jar::default();
        let begin = format!(
            "/oidc/auth?client_id={}&redirect_uri={REDIRECT_URI}&response_type=code&scope=openid%20profile",
            fixtures.web
        );
        self.get(&begin, &mut jar)?;
        self.call("PUT", "/api/experience", &mut jar, r#"{"interactionEvent":"SignIn"}"#)?;
        let password = serde_json::json!({
            "identifier": { "type": "username", "value": crate::fixtures::username(user) },
            "password": PASSWORD,
        });
        let proved = self.call(
            "POST",
            "/api/experience/verification/password",
            &mut jar,
            &password.to_string(),
        )?;
        let identification = serde_json::json!({ "verificationId": member(&proved, "verificationId")? });
        self.call(
            "POST",
            "/api/experience/identification",
            &mut jar,
            &identification.to_string(),
        )?;
        let submitted = self.call("POST", "/api/experience/submit", &mut jar, "")?;
        let consent = location(&self.get(&member(&submitted, "redirectTo")?, &mut jar)?)?;
        let resume = location(&self.get(&consent, &mut jar)?)?;
        let callback = location(&self.get(&resume, &mut jar)?)?;
        let code = callback
            .split(['?', '&'])
            .find_map(|pair| pair.strip_prefix("code="))
            .ok_or_else(|| format!("no code in {callback}"))?;
        let body = format!(
            "grant_type=authorization_code&client_id={}&client_secret={}&redirect_uri={REDIRECT_URI}&code={code}",
            fixtures.web, fixtures.web_secret
        );
        let answer = self.connection.send("POST", "/oidc/token", FORM, &body);
        expect(&answer.map_err(|error| error.to_string())?, 200)
    }

    fn recover(&mut self) {
        if let Ok(connection) = Connection::open(PORT) {
            self.connection = connection;
        }
    }
}
