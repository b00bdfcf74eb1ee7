//! The details of an application: settings and secrets.

use crate::address::{Address, application as page_of, see_other};
use crate::console::Console;
use crate::guide::{self, given};
use crate::problems::{Names, Problems};
use axum::extract::Path;
use axum::response::IntoResponse;
use serde::Deserialize;
use soleira_core::model::{Application, ApplicationType};
use soleira_core::{ApplicationId, Code, Error};
use soleira_directory::applications::{self, ApplicationPatch};
use soleira_ui::Field;
use soleira_ui::pages::console::ConfirmPage;
use soleira_ui::pages::console::applications::{ApplicationPage, SecretRow, Secrets};
use soleira_web::{CsrfForm, Query, Result};

const LIST: &str = "/console/applications";
const NAMES: Names = &[
    ("name", "name"),
    ("description", "description"),
    ("oidcClientMetadata.redirectUris", "redirect_uri"),
    (
        "oidcClientMetadata.postLogoutRedirectUris",
        "post_sign_out_redirect_uri",
    ),
];
const SECRET_NAMES: Names = &[
    ("name", "secret_name"),
    ("application.secret_name_exists", "secret_name"),
];
/// Longest life of a secret that ends, in days.
const SECRET_DAYS_MAX: i64 = 3650;

/// `GET /console/applications/{id}`.
pub(crate) async fn show(console: Console, Path(id): Path<ApplicationId>) -> Result {
    let application = applications::get(&console.managed, &id).await?;
    page(
        &console,
        &application,
        &Saved::of(&application),
        &Problems::default(),
        None,
    )
    .await
}

/// What the form holds.
#[derive(Debug, Deserialize)]
pub(crate) struct Form {
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    redirect_uri: Vec<String>,
    #[serde(default)]
    post_sign_out_redirect_uri: Vec<String>,
}

/// What the form shows: the settings as they are saved, or as they were typed.
struct Saved {
    name: String,
    description: String,
    redirect_uris: Vec<String>,
    post_sign_out_redirect_uris: Vec<String>,
}

impl Saved {
    fn of(application: &Application) -> Self {
        Self {
            name: application.name.clone(),
            description: application.description.clone().unwrap_or_default(),
            redirect_uris: application.oidc_client_metadata.redirect_uris.clone(),
            post_sign_out_redirect_uris: application.oidc_client_metadata.post_logout_redirect_uris.clone(),
        }
    }

    fn typed(form: Form) -> Self {
        Self {
            name: form.name,
            description: form.description,
            redirect_uris: given(form.redirect_uri),
            post_sign_out_redirect_uris: given(form.post_sign_out_redirect_uri),
        }
    }
}

/// `POST /console/applications/{id}`.
pub(crate) async fn save(console: Console, Path(id): Path<ApplicationId>, CsrfForm(form): CsrfForm<Form>) -> Result {
    let application = applications::get(&console.managed, &id).await?;
    let typed = Saved::typed(form);
    let mut metadata = application.oidc_client_metadata.clone();
    metadata.redirect_uris.clone_from(&typed.redirect_uris);
    metadata
        .post_logout_redirect_uris
        .clone_from(&typed.post_sign_out_redirect_uris);
    let description = typed.description.trim();
    let patch = ApplicationPatch {
        name: Some(typed.name.trim().to_owned()),
        description: Some((!description.is_empty()).then(|| description.to_owned())),
        oidc_client_metadata: is_for_people(&application).then_some(metadata),
        ..ApplicationPatch::default()
    };
    match applications::patch(&console.managed, &id, patch).await {
        Ok(_) => Ok(console.done(&page_of(&id, ""), "console.saved", "")),
        Err(error) => {
            let problems = Problems::of(error, console.language(), NAMES)?;
            page(&console, &application, &typed, &problems, None).await
        }
    }
}

/// Whether people sign in to it, so that it has redirect URIs.
fn is_for_people(application: &Application) -> bool {
    application.kind != ApplicationType::MachineToMachine
}

/// The page; `adding` is the name of a secret that could not be added.
async fn page(
    console: &Console,
    application: &Application,
    form: &Saved,
    problems: &Problems,
    adding: Option<&str>,
) -> Result {
    let ctx = &console.managed;
    let id = &application.id;
    let for_people = is_for_people(application);
    let issuer = &ctx.tenant.issuer;
    let chosen = applications::guide(ctx, id).await?.name;
    let guide = guide::of(application, chosen.as_deref());
    let framework = guide.filter(|_| chosen.is_some()).and_then(|guide| guide.name.clone());
    let rows = |name: &str, uris: &[String]| for_people.then(|| problems.rows(name, uris, console.language()));
    let secrets = if application.kind.has_secrets() {
        let add_name = problems.field("secret_name", adding.unwrap_or_default());
        Some(secrets(console, id, add_name, adding).await?)
    } else {
        None
    };
    let page = ApplicationPage {
        id: id.to_string(),
        title: application.name.clone(),
        kind: application.kind,
        framework,
        third_party: application.is_third_party,
        list_href: LIST.to_owned(),
        guide_href: guide.map(|_| page_of(id, "/guide")),
        delete_href: page_of(id, "/delete"),
        tabs: Vec::new(),
        action: page_of(id, ""),
        here_href: page_of(id, ""),
        errors: problems.entries(),
        name: problems.field("name", &form.name),
        description: problems.field("description", &form.description),
        endpoint: ctx.tenant.origin(),
        issuer: issuer.clone(),
        authorization_endpoint: for_people.then(|| format!("{issuer}/auth")),
        token_endpoint: format!("{issuer}/token"),
        userinfo_endpoint: for_people.then(|| format!("{issuer}/me")),
        secrets,
        redirect_uris: rows("redirect_uri", &form.redirect_uris),
        post_sign_out_redirect_uris: rows("post_sign_out_redirect_uri", &form.post_sign_out_redirect_uris),
    };
    let shown = console.show_with(&page, problems.notice());
    Ok(shown.status(problems.status()).holds_secret().into_response())
}

async fn secrets(
    console: &Console,
    id: &ApplicationId,
    add_name: Field,
    adding: Option<&str>,
) -> soleira_core::Result<Secrets> {
    let now = console.ctx.now();
    let rows = applications::secrets(&console.managed, id)
        .await?
        .into_iter()
        .map(|secret| SecretRow {
            delete_href: Address::new(page_of(id, "/secrets/delete"))
                .with("name", &secret.name)
                .finish(),
            name: secret.name,
            value: secret.value,
            expires_at: secret.expires_at,
            expired: secret.expires_at.is_some_and(|end| end <= now),
        });
    Ok(Secrets {
        rows: rows.collect(),
        add_action: page_of(id, "/secrets"),
        add_name,
        adding: adding.is_some(),
    })
}

/// `GET /console/applications/{id}/secrets`: they stand on the application's page.
pub(crate) async fn to_page(_: Console, Path(id): Path<ApplicationId>) -> impl IntoResponse {
    see_other(&page_of(&id, ""))
}

/// A secret to add.
#[derive(Debug, Deserialize)]
pub(crate) struct NewSecret {
    #[serde(default)]
    secret_name: String,
    #[serde(default)]
    secret_expires_in: String,
}

/// `POST /console/applications/{id}/secrets`.
pub(crate) async fn add_secret(
    console: Console,
    Path(id): Path<ApplicationId>,
    CsrfForm(new): CsrfForm<NewSecret>,
) -> Result {
    let days = match new.secret_expires_in.as_str() {
        "" => None,
        text => match text.parse::<i64>() {
            Ok(days) if (1..=SECRET_DAYS_MAX).contains(&days) => Some(days),
            _ => return Err(Code::RequestInvalidInput.into()),
        },
    };
    let expires_at = days.map(|days| console.ctx.now().plus_seconds(days * 24 * 3600));
    let name = new.secret_name.trim();
    match applications::create_secret(&console.managed, &id, name, expires_at).await {
        Ok(_) => Ok(console.done(&page_of(&id, ""), "console.application.secret_added", name)),
        Err(error) => {
            let problems = Problems::of(error, console.language(), SECRET_NAMES)?;
            let application = applications::get(&console.managed, &id).await?;
            page(&console, &application, &Saved::of(&application), &problems, Some(name)).await
        }
    }
}

/// The secret that an address names.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    name: String,
}

/// `GET /console/applications/{id}/secrets/delete?name=…`.
pub(crate) async fn ask_to_delete_secret(
    console: Console,
    Path(id): Path<ApplicationId>,
    Query(Named { name }): Query<Named>,
) -> Result {
    let secrets = applications::secrets(&console.managed, &id).await?;
    if !secrets.iter().any(|secret| secret.name == name) {
        return Err(Error::new(Code::EntityNotFound).into());
    }
    let page = ConfirmPage {
        title: console.say("console.application.delete_secret_title", "name", &name),
        message: console.text("console.application.delete_secret_what"),
        name: None,
        typed: Field::default(),
        button: console.say("console.application.delete_secret_button", "name", &name),
        action: Address::new(page_of(&id, "/secrets/delete"))
            .with("name", &name)
            .finish(),
        cancel_href: page_of(&id, ""),
    };
    Ok(console.show(&page).into_response())
}

/// `POST /console/applications/{id}/secrets/delete?name=…`.
pub(crate) async fn delete_secret(
    console: Console,
    Path(id): Path<ApplicationId>,
    Query(Named { name }): Query<Named>,
    CsrfForm(crate::session::Nothing {}): CsrfForm<crate::session::Nothing>,
) -> Result {
    applications::delete_secret(&console.managed, &id, &name).await?;
    Ok(console.done(&page_of(&id, ""), "console.deleted", &name))
}
