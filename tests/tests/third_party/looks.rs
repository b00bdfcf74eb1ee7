//! The page of consent in a real browser: what it looks like, what axe-core finds, and that it works with and without
//! scripts.

use super::arrange::{ORDERS, OWN_ORGANIZATIONS};
use serde_json::json;
use soleira_core::model::{ApplicationType, OidcClientMetadata, RoleType};
use soleira_core::{Secret, UserId};
use soleira_directory::applications::{self, NewApplication, PresentationPatch};
use soleira_directory::consent_scopes::{self, NewConsentScopes, Owner};
use soleira_directory::organizations::{self, OrganizationPatch, members};
use soleira_directory::resources::{self, NewResource, NewScope};
use soleira_directory::roles::{self, NewRole};
use soleira_directory::sign_in_experience::{self, SignInExperiencePatch};
use soleira_directory::users::{self, CreateUser, NewPassword};
use soleira_runtime::Ctx;
use soleira_testkit::browser::Options;
use soleira_testkit::{Browser, Engine, RelyingParty, ServerProcess, server};
use soleira_tests::tour::Tour;
use url::Url;

const CALLBACK: &str = "http://localhost:3000/callback";
const PASSWORD: &str = "limestone and azulejo";

async fn ana(ctx: &Ctx) -> UserId {
    let user = CreateUser {
        username: Some("ana".to_owned()),
        name: Some("Ana Prado".to_owned()),
        primary_email: Some("ana@example.com".to_owned()),
        password: Some(NewPassword::Plain(Secret::new(PASSWORD))),
        ..CreateUser::default()
    };
    users::create(ctx, user).await.unwrap().user.id
}

/// An application of somebody else that asks for much, of a person who has much to give.
async fn arrange(ctx: &Ctx) -> RelyingParty {
    let user = ana(ctx).await;
    let mut new = NewApplication::new("Elsewhere", ApplicationType::Traditional);
    new.is_third_party = true;
    new.oidc_client_metadata = Some(OidcClientMetadata {
        redirect_uris: vec![CALLBACK.to_owned()],
        ..OidcClientMetadata::default()
    });
    let application = applications::create(ctx, new).await.unwrap();
    let secrets = applications::secrets(ctx, &application.id).await.unwrap();
    let presentation = PresentationPatch {
        display_name: Some(Some("The Reading Circle of Elsewhere".to_owned())),
        terms_of_use_url: Some(Some("https://else.example/terms".to_owned())),
        privacy_policy_url: Some(Some("https://else.example/privacy".to_owned())),
        ..PresentationPatch::default()
    };
    applications::set_presentation(ctx, &application.id, presentation)
        .await
        .unwrap();
    let resource = NewResource {
        name: "Orders".to_owned(),
        indicator: ORDERS.to_owned(),
        access_token_ttl: None,
    };
    let resource = resources::create(ctx, resource).await.unwrap();
    let mut scopes = Vec::new();
    for (name, description) in [("read:orders", Some("See your orders")), ("write:orders", None)] {
        let new = NewScope {
            name: name.to_owned(),
            description: description.map(str::to_owned),
        };
        scopes.push(resources::create_scope(ctx, &resource.id, new).await.unwrap().id);
    }
    let role = NewRole {
        name: "Reader".to_owned(),
        description: "-".to_owned(),
        kind: RoleType::User,
        is_default: false,
        scope_ids: scopes.clone(),
    };
    let role = roles::create(ctx, role).await.unwrap();
    roles::add_to_user(ctx, &user, vec![role.id]).await.unwrap();
    for name in [
        "Acme",
        "A society with a name that is longer than the screen of a telephone is wide",
    ] {
        let organization = organizations::create(ctx, name.to_owned(), OrganizationPatch::default())
            .await
            .unwrap();
        members::add(ctx, &organization.id, vec![user.clone()]).await.unwrap();
    }
    let ids: Vec<String> = scopes.into_iter().map(|id| id.0).collect();
    let asked = NewConsentScopes {
        user: vec!["profile".to_owned(), "email".to_owned(), OWN_ORGANIZATIONS.to_owned()],
        resource: ids.clone(),
        organization_resource: ids,
        organization: Vec::new(),
    };
    consent_scopes::add(ctx, Owner::Application(application.id.clone()), asked)
        .await
        .unwrap();
    let patch: SignInExperiencePatch = serde_json::from_value(json!({
        "color": { "primaryColor": "#2454b3", "isDarkModeEnabled": true, "darkPrimaryColor": "#70a6f5" },
    }))
    .unwrap();
    sign_in_experience::patch(ctx, patch).await.unwrap();
    RelyingParty {
        client_id: application.id.to_string(),
        client_secret: secrets[0].value.clone(),
        redirect_uri: CALLBACK.to_owned(),
    }
}

fn request(party: &RelyingParty, origin: &str) -> Url {
    let scope = format!("openid offline_access profile email {OWN_ORGANIZATIONS} read:orders write:orders");
    party
        .request(
            origin,
            &[("scope", &scope), ("prompt", "consent"), ("resource", ORDERS)],
        )
        .url
}

async fn sign_in(browser: &Browser, address: &Url) {
    browser.goto(address.as_str()).await;
    browser.fill("Username", "ana").await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Sign in").await;
    browser
        .read_heading("May The Reading Circle of Elsewhere use your account?")
        .await;
}

async fn back(browser: &Browser) -> Vec<(String, String)> {
    let back = browser
        .arrive("the application", |url| url.as_str().starts_with(CALLBACK))
        .await;
    back.query_pairs().into_owned().collect()
}

fn has(answer: &[(String, String)], name: &str, value: Option<&str>) -> bool {
    answer
        .iter()
        .any(|(known, given)| known == name && value.is_none_or(|value| value == given))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_consent_is_looked_at() {
    let mut party: Option<RelyingParty> = None;
    let work = async |ctx: &Ctx| party = Some(arrange(ctx).await);
    let Some(database) = server::arranged(Engine::Sqlite, work).await else {
        return;
    };
    let Some(browser) = Browser::start(Options::default()).await else {
        return;
    };
    let party = party.unwrap();
    let server = ServerProcess::start_on(env!("CARGO_BIN_EXE_soleira-under-test"), database).await;
    let mut tour = Tour::new(&browser, "consent");
    let address = request(&party, &server.origin());

    sign_in(&browser, &address).await;
    tour.look("consent").await;
    browser.click("Cancel").await;
    assert!(has(&back(&browser).await, "error", Some("access_denied")));

    browser.goto(address.as_str()).await;
    browser
        .read_heading("May The Reading Circle of Elsewhere use your account?")
        .await;
    browser.click("Acme").await;
    browser.click("Allow").await;
    // `form-action` lets the form reach another origin, through redirects. Nothing listens there.
    assert!(has(&back(&browser).await, "code", None));
    tour.end();
    assert!(server.errors().is_empty(), "{:?}", server.errors());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_works_without_scripts() {
    let mut party: Option<RelyingParty> = None;
    let work = async |ctx: &Ctx| party = Some(arrange(ctx).await);
    let Some(database) = server::arranged(Engine::Sqlite, work).await else {
        return;
    };
    let options = Options {
        javascript: false,
        ..Options::default()
    };
    let Some(browser) = Browser::start(options).await else {
        return;
    };
    let party = party.unwrap();
    let server = ServerProcess::start_on(env!("CARGO_BIN_EXE_soleira-under-test"), database).await;
    let address = request(&party, &server.origin());

    sign_in(&browser, &address).await;
    browser.click("Use another account").await;
    browser.read_heading("Sign in to Elsewhere").await;
    browser.fill("Username", "ana").await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Sign in").await;
    browser.click("Allow").await;
    assert!(has(&back(&browser).await, "code", None));
    assert!(server.errors().is_empty(), "{:?}", server.errors());
}
