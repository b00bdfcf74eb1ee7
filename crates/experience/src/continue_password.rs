//! `/continue/password`: the password that is missing to make the account, or that the account lacks.

use crate::message;
use crate::outcome::{self, refused};
use crate::query::PageQuery;
use crate::scene::{Scene, see_other};
use axum::response::IntoResponse;
use http::StatusCode;
use serde::Deserialize;
use soleira_access::interaction::{self, Flow};
use soleira_core::{Code, Secret};
use soleira_ui::pages::experience::{ContinuePasswordPage, PasswordRules};
use soleira_ui::pages::{Field, Notice};
use soleira_web::{Context, CsrfForm, Failure, Page, Query, Result};

const PATH: &str = "/continue/password";

/// Shows the page.
pub(crate) async fn show(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    let Some(flow) = scene.flow().filter(|flow| waits(flow)) else {
        // Nobody came this far: the sign-in begins on its first page.
        return Ok(see_other(&scene.page("/sign-in")));
    };
    Ok(page(&scene, flow, Field::default(), None)?.into_response())
}

/// Whether somebody is known, or proved an address to make an account with.
fn waits(flow: &Flow) -> bool {
    flow.user_id().is_some() || flow.one_time_token().is_some()
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PasswordForm {
    password: String,
}

/// Goes on with the password, or says what is wrong with it.
pub(crate) async fn submit(
    ctx: Context,
    Query(query): Query<PageQuery>,
    CsrfForm(form): CsrfForm<PasswordForm>,
) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    let Some(flow) = scene.flow().filter(|flow| waits(flow)) else {
        return Ok(see_other(&scene.page("/sign-in")));
    };
    if form.password.is_empty() {
        let field = Field::default().wrong(scene.text("experience.failed.password_required"));
        return Ok(page(&scene, flow, field, None)?
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .into_response());
    }
    let password = Secret::new(form.password);
    let error = match interaction::continue_with_password(&scene.ctx, &scene.interaction, password).await {
        Ok(next) => return Ok(outcome::go(&scene, &next)),
        Err(error) => error,
    };
    if let Some(response) = outcome::elsewhere(&scene, &error).await? {
        return Ok(response);
    }
    let mut field = Field::default();
    let page = match error.code() {
        Code::SessionIdentifierNotFound => return Ok(see_other(&scene.page("/sign-in"))),
        Code::PasswordRejected => {
            field.errors = message::password_issues(scene.language, &error);
            page(&scene, flow, field, None)?
        }
        // Longer than anything that is hashed.
        Code::GuardInvalidInput => {
            let field = field.wrong(scene.text("experience.failed.password_too_long"));
            page(&scene, flow, field, None)?
        }
        _ => page(&scene, flow, field, Some(outcome::notice(&scene, &error)))?,
    };
    Ok(refused(page, &error))
}

fn page(scene: &Scene, flow: &Flow, password: Field, notice: Option<Notice>) -> std::result::Result<Page, Failure> {
    let policy = interaction::password_policy(&scene.experience)?;
    let profile = flow.profile();
    let identifier = profile.username.as_ref().or(profile.primary_email.as_ref());
    let proved = flow.one_time_token().map(|record| &record.identifier.value);
    Ok(scene.show(&ContinuePasswordPage {
        notice,
        action: scene.page(PATH),
        identifier: identifier.or(proved).cloned(),
        password,
        rules: PasswordRules {
            min_length: policy.length.min,
            character_types: u8::try_from(policy.character_types.min).unwrap_or(u8::MAX),
        },
        is_new: flow.user_id().is_none(),
    }))
}
