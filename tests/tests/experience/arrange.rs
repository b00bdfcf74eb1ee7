//! What these tests begin with: an application, people, a provider, and the settings they are about.

use serde_json::{Map, Value, json};
use soleira_core::model::{ApplicationType, OidcClientMetadata};
use soleira_core::{ConnectorId, Secret, UserId};
use soleira_directory::applications::{self, NewApplication};
use soleira_directory::connectors::{self, NewConnector};
use soleira_directory::sign_in_experience::{self, SignInExperiencePatch};
use soleira_directory::users::{self, CreateUser, NewPassword, UserWithIdentities};
use soleira_runtime::Ctx;
use soleira_store::users::Filter;
use soleira_testkit::{Page, Person, RelyingParty, StandInProvider, TestServer, Visitor};
use url::Url;

/// Where the application comes back to.
pub(crate) const CALLBACK: &str = "http://localhost:3000/callback";
/// A password that the policy accepts.
pub(crate) const PASSWORD: &str = "limestone and azulejo";
/// What the sign-in page says to who guesses.
pub(crate) const WRONG: &str = "That combination of account and password is not right.";

/// An application named Bookstore.
pub(crate) async fn bookstore(server: &TestServer) -> RelyingParty {
    RelyingParty::register(&server.system(), "Bookstore", CALLBACK).await
}

/// An application of somebody else, which may only learn who signs in.
pub(crate) async fn third_party(server: &TestServer) -> RelyingParty {
    third_party_in(&server.system()).await
}

/// As [`third_party`], on a server that is not running yet.
pub(crate) async fn third_party_in(ctx: &Ctx) -> RelyingParty {
    let mut new = NewApplication::new("Elsewhere", ApplicationType::Traditional);
    new.is_third_party = true;
    new.oidc_client_metadata = Some(OidcClientMetadata {
        redirect_uris: vec![CALLBACK.to_owned()],
        ..OidcClientMetadata::default()
    });
    let application = applications::create(ctx, new).await.unwrap();
    let secrets = applications::secrets(ctx, &application.id).await.unwrap();
    RelyingParty {
        client_id: application.id.to_string(),
        client_secret: secrets[0].value.clone(),
        redirect_uri: CALLBACK.to_owned(),
    }
}

/// Changes settings of the sign-in experience, named as on the wire.
pub(crate) async fn set(server: &TestServer, settings: Value) {
    set_in(&server.system(), settings).await;
}

/// As [`set`], on a server that is not running yet.
pub(crate) async fn set_in(ctx: &Ctx, settings: Value) {
    let patch: SignInExperiencePatch = serde_json::from_value(settings).unwrap();
    sign_in_experience::patch(ctx, patch).await.unwrap();
}

/// A user with a username, an e-mail address made of it, and [`PASSWORD`].
pub(crate) async fn user(server: &TestServer, username: &str) -> UserId {
    user_in(&server.system(), username).await
}

/// As [`user`], on a server that is not running yet.
pub(crate) async fn user_in(ctx: &Ctx, username: &str) -> UserId {
    let user = CreateUser {
        username: Some(username.to_owned()),
        primary_email: Some(format!("{username}@example.com")),
        password: Some(NewPassword::Plain(Secret::new(PASSWORD))),
        ..CreateUser::default()
    };
    users::create(ctx, user).await.unwrap().user.id
}

/// All users, newest first.
pub(crate) async fn all_users(server: &TestServer) -> Vec<UserWithIdentities> {
    users::list(&server.system(), Filter::default(), None)
        .await
        .unwrap()
        .rows
}

/// The only user.
pub(crate) async fn only_user(server: &TestServer) -> UserWithIdentities {
    let mut users = all_users(server).await;
    assert_eq!(users.len(), 1, "{users:?}");
    users.remove(0)
}

/// The page that an authorization request leads to.
pub(crate) async fn begin(visitor: &Visitor, party: &RelyingParty, further: &[(&str, &str)]) -> Page {
    let request = party.request("http://localhost:3001", further);
    visitor.get(request.url.as_str()).await.follow_all().await
}

/// Fills in the sign-in form and sends it.
pub(crate) async fn enter(page: &Page, identifier: &str, password: &str) -> Page {
    page.form("Sign in")
        .fill("identifier", identifier)
        .fill("password", password)
        .submit()
        .await
}

/// Follows the browser to the application.
#[track_caller]
pub(crate) fn is_back(page: &Page) -> Url {
    let location = page.location();
    assert!(
        location.as_str().starts_with(CALLBACK),
        "not back at the application: {page:?}"
    );
    assert!(location.query_pairs().any(|(name, _)| name == "code"), "{location}");
    location
}

/// Follows redirects until the browser would leave for the application, and checks that it brings a code.
pub(crate) async fn to_application(page: Page) -> Url {
    let page = page.follow_until(|url| url.as_str().starts_with(CALLBACK)).await;
    is_back(&page)
}

/// A provider like Hugging Face with a connector to it, offered on the sign-in page.
pub(crate) struct HuggingFace {
    pub(crate) provider: StandInProvider,
    pub(crate) connector_id: ConnectorId,
}

impl HuggingFace {
    pub(crate) async fn connect(server: &TestServer) -> Self {
        Self::connect_with(server, &[], false).await
    }

    /// With further configuration, and with a profile that follows the provider's.
    pub(crate) async fn connect_with(server: &TestServer, further: &[(&str, Value)], sync_profile: bool) -> Self {
        let provider = StandInProvider::start().await;
        let ctx = server.system();
        let connector_id = connectors::new_id(&ctx);
        let redirect_uri = format!("{}/callback/{connector_id}", server.origin());
        let credentials = provider.register_client(&redirect_uri);
        let mut config: Map<String, Value> = [
            ("clientId", credentials.client_id),
            ("clientSecret", credentials.client_secret),
            ("scope", "openid profile email".to_owned()),
            ("authorizationEndpoint", provider.authorization_endpoint()),
            ("tokenEndpoint", provider.token_endpoint()),
            ("userInfoEndpoint", provider.user_info_endpoint()),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Value::String(value)))
        .collect();
        config.extend(further.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        let mut new = NewConnector::new("huggingface-universal", config);
        new.id = Some(connector_id.clone());
        new.sync_profile = sync_profile;
        connectors::create(&ctx, new).await.unwrap();
        set(server, json!({ "socialSignInConnectorTargets": ["huggingface"] })).await;
        Self { provider, connector_id }
    }

    /// Clicks the button on a page: where the browser is sent.
    pub(crate) async fn leave(page: &Page) -> Url {
        page.click("Continue with Hugging Face").await.expect(303).location()
    }

    /// From a page to the provider and back: the address of the callback, not yet visited.
    pub(crate) async fn answer(&self, page: &Page, person: &Person) -> Url {
        self.provider.set_person(person.clone());
        self.provider.approve(&Self::leave(page).await, person).await
    }

    /// From a page to the provider and back into the server.
    pub(crate) async fn sign_in(&self, page: &Page, person: &Person) -> Page {
        let back = self.answer(page, person).await;
        page.visitor().get(back.as_str()).await
    }
}

/// Sign-up without identifiers: only providers make accounts.
pub(crate) fn not_applicable() -> Value {
    json!({ "signUp": { "identifiers": [], "password": false, "verify": false } })
}
