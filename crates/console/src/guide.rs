//! The guide of an application: code with its own values, forms that save in place, the wait for the first sign-in.

use crate::address::{Address, application as page_of, see_other};
use crate::console::Console;
use crate::guides::{self, Guide, Step, StepKind, Values};
use crate::problems::{Names, Problems};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use soleira_core::model::{Application, ApplicationType, RoleType};
use soleira_core::{ApplicationId, RoleId};
use soleira_directory::applications::{self, ApplicationPatch};
use soleira_directory::{Page as Part, Search, roles};
use soleira_ui::pages::console::start::{
    FirstSignIn, GuideBlock, GuideForm, GuidePage, GuideRoles, GuideStep, RoleChoice,
};
use soleira_web::{CsrfForm, Query, Result};

/// More roles than these are assigned through the API.
const ROLES: i64 = 100;

const NAMES: Names = &[
    ("oidcClientMetadata.redirectUris", "redirect_uri"),
    (
        "oidcClientMetadata.postLogoutRedirectUris",
        "post_sign_out_redirect_uri",
    ),
];

/// The guide of an application: the one that it was made with, else the one of its type.
pub(crate) fn of(application: &Application, chosen: Option<&str>) -> Option<&'static Guide> {
    chosen
        .and_then(guides::find)
        .or_else(|| guides::generic(application.kind))
}

/// What the query string says.
#[derive(Debug, Deserialize)]
pub(crate) struct Seen {
    /// The application was made just now.
    #[serde(default)]
    created: String,
    /// Which form is posted.
    #[serde(default)]
    save: String,
}

/// What a form of the guide posts.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Form {
    #[serde(default)]
    redirect_uri: Vec<String>,
    #[serde(default)]
    post_sign_out_redirect_uri: Vec<String>,
    #[serde(default)]
    role: Vec<RoleId>,
}

/// `GET /console/applications/{id}/guide`.
pub(crate) async fn show(console: Console, Path(id): Path<ApplicationId>, Query(seen): Query<Seen>) -> Result {
    let application = applications::get(&console.managed, &id).await?;
    page(&console, application, &seen, &Problems::default()).await
}

/// `POST /console/applications/{id}/guide?save=…`.
pub(crate) async fn save(
    console: Console,
    Path(id): Path<ApplicationId>,
    Query(seen): Query<Seen>,
    CsrfForm(form): CsrfForm<Form>,
) -> Result {
    let mut application = applications::get(&console.managed, &id).await?;
    let place = match seen.save.as_str() {
        "roles" => {
            assign(&console, &id, form.role).await?;
            "roles"
        }
        list => {
            let metadata = &mut application.oidc_client_metadata;
            let place = if list == "post_sign_out_redirect_uri" {
                metadata.post_logout_redirect_uris = given(form.post_sign_out_redirect_uri);
                "post_sign_out_redirect_uris"
            } else {
                metadata.redirect_uris = given(form.redirect_uri);
                "redirect_uris"
            };
            let patch = ApplicationPatch {
                oidc_client_metadata: Some(metadata.clone()),
                ..ApplicationPatch::default()
            };
            if let Err(error) = applications::patch(&console.managed, &id, patch).await {
                let problems = Problems::of(error, console.language(), NAMES)?;
                return page(&console, application, &seen, &problems).await;
            }
            place
        }
    };
    let guide = Address::new(page_of(&id, "/guide"))
        .with("created", &seen.created)
        .finish();
    Ok(see_other(&format!("{guide}#{place}")))
}

/// The rows of a list that were filled in.
pub(crate) fn given(rows: Vec<String>) -> Vec<String> {
    let mut given: Vec<String> = Vec::new();
    for row in rows {
        let row = row.trim();
        if !row.is_empty() && !given.iter().any(|known| known == row) {
            given.push(row.to_owned());
        }
    }
    given
}

/// Makes these roles the ones that a machine holds; none at all if there are none.
async fn assign(console: &Console, id: &ApplicationId, wanted: Vec<RoleId>) -> soleira_core::Result<()> {
    if !wanted.is_empty() {
        return roles::replace_of_application(&console.managed, id, wanted)
            .await
            .map(drop);
    }
    for held in held(console, id).await? {
        roles::take_from_application(&console.managed, id, &held).await?;
    }
    Ok(())
}

async fn held(console: &Console, id: &ApplicationId) -> soleira_core::Result<Vec<RoleId>> {
    let part = Part {
        limit: ROLES,
        offset: 0,
    };
    let held = roles::of_application(&console.managed, id, Search::default(), part).await?;
    Ok(held.rows.into_iter().map(|role| role.id).collect())
}

async fn page(console: &Console, application: Application, seen: &Seen, problems: &Problems) -> Result<Response> {
    let ctx = &console.managed;
    let progress = applications::guide(ctx, &application.id).await?;
    let Some(guide) = of(&application, progress.name.as_deref()) else {
        return Ok(see_other(&page_of(&application.id, "")));
    };
    let is_machine = application.kind == ApplicationType::MachineToMachine;
    let seen_at = match progress.first_sign_in_at {
        None if is_machine => applications::first_token_at(ctx, &application.id).await?,
        seen_at => seen_at,
    };
    let secrets = if application.kind.has_secrets() {
        applications::secrets(ctx, &application.id).await?
    } else {
        Vec::new()
    };
    let now = ctx.now();
    let usable = secrets
        .iter()
        .find(|secret| secret.expires_at.is_none_or(|end| end > now));
    let management_api = ctx.tenant.management_api();
    let endpoint = ctx.tenant.origin();
    let values = Values {
        endpoint: &endpoint,
        issuer: &ctx.tenant.issuer,
        app_id: application.id.as_str(),
        app_secret: usable.map(|secret| secret.value.as_str()).unwrap_or_default(),
        management_api: &management_api,
    };
    let mut steps = Vec::new();
    let mut first_sign_in = None;
    for step in &guide.steps {
        let text = guide.of_step(step, "text", console.language());
        let title = guide.of_step(step, "title", console.language());
        if step.kind == StepKind::Check {
            first_sign_in = Some(FirstSignIn {
                title,
                text,
                is_token: is_machine,
                seen_at,
            });
            continue;
        }
        let mut blocks = vec![GuideBlock::Text { text }];
        blocks.extend(step.blocks.iter().map(|block| {
            GuideBlock::Code {
                caption: block
                    .file
                    .clone()
                    .or_else(|| (block.language == "sh").then(|| console.text("console.guide.terminal"))),
                code: block.filled(values),
            }
        }));
        blocks.extend(forms(console, step, guide, &application, seen, problems).await?);
        steps.push(GuideStep { title, blocks });
    }
    let page = GuidePage {
        details_href: page_of(&application.id, ""),
        guide_name: guide.title(console.language()),
        congratulate: !seen.created.is_empty(),
        application_name: application.name,
        steps,
        first_sign_in,
    };
    let shown = console.show_with(&page, problems.notice());
    Ok(shown.status(problems.status()).holds_secret().into_response())
}

/// The forms of a step that save in place.
async fn forms(
    console: &Console,
    step: &Step,
    guide: &Guide,
    application: &Application,
    seen: &Seen,
    problems: &Problems,
) -> soleira_core::Result<Vec<GuideBlock>> {
    let action = |save: &str| {
        Address::new(page_of(&application.id, "/guide"))
            .with("created", &seen.created)
            .with("save", save)
            .finish()
    };
    match step.kind {
        StepKind::Code | StepKind::Check => Ok(Vec::new()),
        StepKind::RedirectUris => {
            let metadata = &application.oidc_client_metadata;
            let form = |name: &'static str, saved: &[String], prefilled: Option<&String>| {
                let posted = seen.save == name;
                let is_wrong = posted && problems.is_any();
                let rows: Vec<String> = match (saved, prefilled, posted) {
                    ([], Some(uri), false) => vec![uri.clone()],
                    _ => saved.to_vec(),
                };
                GuideBlock::Form {
                    form: GuideForm {
                        action: action(name),
                        name,
                        rows: problems.rows(name, &rows, console.language()),
                        saved: !saved.is_empty() && !is_wrong,
                    },
                }
            };
            Ok(vec![
                form("redirect_uri", &metadata.redirect_uris, guide.redirect_uri.as_ref()),
                form(
                    "post_sign_out_redirect_uri",
                    &metadata.post_logout_redirect_uris,
                    guide.post_sign_out_redirect_uri.as_ref(),
                ),
            ])
        }
        StepKind::Role => {
            let filter = roles::Filter {
                kind: Some(RoleType::MachineToMachine),
                ..roles::Filter::default()
            };
            let all = roles::list(
                &console.managed,
                filter,
                Some(Part {
                    limit: ROLES,
                    offset: 0,
                }),
            )
            .await?;
            let held = held(console, &application.id).await?;
            let choices = all.rows.into_iter().map(|role| RoleChoice {
                assigned: held.contains(&role.id),
                id: role.id.to_string(),
                name: role.name,
                description: Some(role.description).filter(|text| !text.is_empty()),
            });
            Ok(vec![GuideBlock::Roles {
                form: GuideRoles {
                    action: action("roles"),
                    roles: choices.collect(),
                    saved: !held.is_empty(),
                },
            }])
        }
    }
}
