//! What tests of the protocol share: clients of every type, people, and sign-ins that take the way of the protocol but
//! leave the pages out.

use serde_json::Value;
use soleira_access::browser::Browser;
use soleira_access::{consent, interaction};
use soleira_core::model::{Application, ApplicationType, CustomClientMetadata, OidcClientMetadata};
use soleira_core::{ApplicationId, EntropyExt, Timestamp, UserId};
use soleira_directory::applications::{self, ApplicationPatch, NewApplication};
use soleira_directory::users::{self, CreateUser};
use soleira_runtime::Ctx;
use soleira_store::{Verdict, unit};
use soleira_testkit::{Page, TestServer, Visitor};
use url::Url;

/// The verifier of RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Where the applications of these tests come back to.
pub const CALLBACK: &str = "https://app.example.com/callback";
/// Where they send people after signing out.
pub const SIGNED_OUT: &str = "https://app.example.com/bye";

/// A registered client.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its identifier.
    pub id: String,
    /// Its secret, if it has one.
    pub secret: Option<String>,
}

/// Registers a client with redirect URIs.
///
/// # Panics
/// When the server refuses it.
pub async fn register_with(
    server: &TestServer,
    kind: ApplicationType,
    redirect_uris: &[&str],
    custom: CustomClientMetadata,
) -> Client {
    let ctx = server.system();
    let mut new = NewApplication::new("App", kind);
    new.oidc_client_metadata = Some(OidcClientMetadata {
        redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
        post_logout_redirect_uris: vec![SIGNED_OUT.to_owned()],
        ..OidcClientMetadata::default()
    });
    new.custom_client_metadata = Some(custom);
    let application = applications::create(&ctx, new).await.expect("an application");
    let secret = if kind.has_secrets() {
        let secrets = applications::secrets(&ctx, &application.id).await.expect("its secrets");
        secrets.first().map(|secret| secret.value.clone())
    } else {
        None
    };
    Client {
        id: application.id.to_string(),
        secret,
    }
}

/// Registers a client that comes back to [`CALLBACK`].
pub async fn register(server: &TestServer, kind: ApplicationType) -> Client {
    register_with(server, kind, &[CALLBACK], CustomClientMetadata::default()).await
}

/// An application of a type that cannot be made here, as the data of another server brings it; it comes back to
/// [`CALLBACK`].
///
/// # Panics
/// When it cannot be stored.
pub async fn imported(server: &TestServer, kind: ApplicationType) -> ApplicationId {
    let ctx = server.system();
    let like = register(server, ApplicationType::Traditional).await;
    let like = ApplicationId::from(like.id.as_str());
    let like = applications::get(&ctx, &like).await.expect("an application");
    let application = Application {
        id: ApplicationId(ctx.entropy().standard_id()),
        kind,
        ..like
    };
    let needs = (soleira_directory::author(&ctx), application);
    let stored = ctx.write_config(unit(needs, |(author, application), tx| {
        Box::pin(async move {
            soleira_store::applications::insert(tx, author, application).await?;
            Ok(Verdict::Accept(application.id.clone()))
        })
    }));
    stored.await.expect("a stored application")
}

/// Changes the redirect URIs of a client.
///
/// # Panics
/// When the server refuses it.
pub async fn set_redirect_uris(server: &TestServer, client: &Client, redirect_uris: &[&str]) {
    let patch = ApplicationPatch {
        oidc_client_metadata: Some(OidcClientMetadata {
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
            ..OidcClientMetadata::default()
        }),
        ..ApplicationPatch::default()
    };
    let id = ApplicationId::from(client.id.as_str());
    applications::patch(&server.system(), &id, patch)
        .await
        .expect("a patched application");
}

/// Creates a user.
///
/// # Panics
/// When the server refuses it.
pub async fn create_user(server: &TestServer, username: &str) -> UserId {
    let user = CreateUser {
        username: Some(username.to_owned()),
        name: Some(format!("{username} of the tests")),
        primary_email: Some(format!("{username}@example.com")),
        ..CreateUser::default()
    };
    users::create(&server.system(), user).await.expect("a user").user.id
}

impl Client {
    /// The address of an authorization request; `further` parameters take the place of their namesakes, and one with an
    /// empty value removes it.
    pub fn request(&self, further: &[(&str, &str)]) -> String {
        let mut parameters = vec![
            ("client_id", self.id.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "the-state"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        parameters.retain(|(name, _)| further.iter().all(|(other, _)| other != name));
        parameters.extend(further.iter().filter(|(_, value)| !value.is_empty()));
        Url::parse_with_params("http://localhost:3001/oidc/auth", parameters)
            .expect("an address")
            .into()
    }

    /// Sends a token request, authenticated as the client's type asks.
    pub async fn token(&self, visitor: &Visitor, fields: &[(&str, &str)]) -> Page {
        self.post(visitor, "/oidc/token", fields).await
    }

    /// Sends a request to an endpoint that authenticates the client.
    pub async fn post(&self, visitor: &Visitor, path: &str, fields: &[(&str, &str)]) -> Page {
        match &self.secret {
            Some(secret) => visitor.post_form_as_client(path, &self.id, secret, fields).await,
            None => {
                visitor
                    .post_form(path, &[&[("client_id", self.id.as_str())], fields].concat())
                    .await
            }
        }
    }

    /// Redeems a code.
    pub async fn redeem(&self, visitor: &Visitor, code: &str) -> Page {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.token(visitor, &fields).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, visitor: &Visitor, token: &str, further: &[(&str, &str)]) -> Page {
        let fields = [&[("grant_type", "refresh_token"), ("refresh_token", token)], further].concat();
        self.token(visitor, &fields).await
    }
}

/// What the protocol's use cases see of a visitor's browser.
fn browser(visitor: &Visitor) -> Browser {
    let cookie = |name: &str| {
        visitor
            .cookie(&format!("{name}--default"))
            .or_else(|| visitor.cookie(name))
    };
    let (session, interactions) = (cookie("_session"), cookie("_interaction"));
    Browser::read(|name| match name {
        "_session" => session.as_deref(),
        "_interaction" => interactions.as_deref(),
        _ => None,
    })
}

/// Answers the sign-in page: this person proved who they are. Where the browser goes then.
///
/// # Panics
/// When no sign-in is asked for.
pub async fn answer_login(ctx: &Ctx, visitor: &Visitor, client: &Client, user: &UserId) -> String {
    let mut waiting = interaction::load(ctx, &browser(visitor), Some(&client.id))
        .await
        .expect("an interaction");
    interaction::finish_login(ctx, &mut waiting, user)
        .await
        .expect("a finished sign-in")
}

/// Answers the consent prompt as the server does for first-party applications. Where the browser goes then.
///
/// # Panics
/// When no consent is asked for.
pub async fn answer_consent(ctx: &Ctx, visitor: &Visitor, client: &Client) -> String {
    let browser = browser(visitor);
    let waiting = interaction::load(ctx, &browser, Some(&client.id))
        .await
        .expect("an interaction");
    consent::auto_consent(ctx, &browser, &waiting).await.expect("consent")
}

/// Takes a visitor through an authorization request: signs in where asked, consents where asked. The answer that goes
/// back to the application.
///
/// # Panics
/// When the way leads elsewhere.
pub async fn walk(server: &TestServer, visitor: &Visitor, client: &Client, user: &UserId, request: &str) -> Url {
    let ctx = server.system();
    let mut page = visitor.get(request).await.expect(303);
    for _ in 0..4 {
        let location = page.location();
        if location.origin() != Url::parse(server.origin()).expect("an origin").origin() {
            return location;
        }
        let next = match location.path() {
            "/consent" => answer_consent(&ctx, visitor, client).await,
            _ => answer_login(&ctx, visitor, client, user).await,
        };
        page = visitor.get(&next).await.expect(303);
    }
    panic!("the request goes round in circles: {page:?}");
}

/// A parameter of an answer.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The code of an answer.
///
/// # Panics
/// When it is an error.
pub fn code(answer: &Url) -> String {
    parameter(answer, "code").unwrap_or_else(|| panic!("no code: {answer}"))
}

/// Signs a person in and redeems the code: the token response.
///
/// # Panics
/// When anything is refused.
pub async fn sign_in(server: &TestServer, visitor: &Visitor, client: &Client, user: &UserId, scope: &str) -> Value {
    let request = client.request(&[("scope", scope), ("prompt", "consent")]);
    let answer = walk(server, visitor, client, user, &request).await;
    client.redeem(visitor, &code(&answer)).await.expect(200).json()
}

/// The claims of a JWT, unverified.
///
/// # Panics
/// When it is none.
pub fn claims(token: &str) -> Value {
    soleira_crypto::jws::Unverified::parse(token)
        .expect("a JWT")
        .claims_unverified()
        .expect("claims")
}

/// A text member of an answer.
///
/// # Panics
/// When it is not there.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}: {value}"))
}

/// A further secret of a client, which expires.
///
/// # Panics
/// When the server refuses it.
pub async fn expiring_secret(server: &TestServer, client: &Client, expires_at: Timestamp) -> String {
    let id = ApplicationId::from(client.id.as_str());
    applications::create_secret(&server.system(), &id, "expiring", Some(expires_at))
        .await
        .expect("a secret")
        .value
}
