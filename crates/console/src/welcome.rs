//! Welcome: the first administrator, once.

use crate::address::see_other;
use crate::preferences::Preferences;
use crate::problems;
use crate::session::{enter, plain};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri};
use serde::Deserialize;
use soleira_access::operator::{self, Claim};
use soleira_core::{Code, Error, Kind, Secret};
use soleira_directory::{operators, sign_in_experience};
use soleira_phrases::Phrases;
use soleira_ui::pages::console::start::WelcomePage;
use soleira_ui::pages::experience::PasswordRules;
use soleira_ui::{Field, Frame, Notice};
use soleira_web::{Context, CsrfForm, Result};

const PATH: &str = "/console/welcome";

/// What the page posts.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Form {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    code: Option<String>,
}

/// `GET /console/welcome`.
pub(crate) async fn show(ctx: Context, uri: Uri) -> Result {
    if operators::exists(&ctx).await? {
        return Ok(see_other(operator::PATH));
    }
    page(&ctx, Preferences::read(&ctx, &uri), Form::default(), None).await
}

/// `POST /console/welcome`.
pub(crate) async fn create(ctx: Context, uri: Uri, CsrfForm(form): CsrfForm<Form>) -> Result {
    let claim = Claim {
        username: form.username.clone(),
        password: Secret::new(form.password.clone()),
        code: form.code.clone().map(Secret::new),
    };
    match operator::claim(&ctx, claim).await {
        Ok(signed_in) => Ok(enter(&ctx, &signed_in)),
        // Somebody was first: from now on one signs in.
        Err(error) if error.code() == Code::AuthForbidden => Ok(see_other(operator::PATH)),
        Err(error) if matches!(error.kind(), Kind::Internal | Kind::Unavailable) => Err(error.into()),
        Err(error) => page(&ctx, Preferences::read(&ctx, &uri), form, Some(error)).await,
    }
}

/// The page, with what was typed and what is wrong with it.
async fn page(ctx: &Context, preferences: Preferences, form: Form, error: Option<Error>) -> Result<Response> {
    let experience = sign_in_experience::get(ctx).await?;
    let policy = sign_in_experience::password_policy(&experience)?;
    let is_empty = form.password.is_empty();
    let mut page = WelcomePage {
        action: PATH.to_owned(),
        notice: None,
        username: Field::of(form.username),
        password: Field::default(),
        rules: PasswordRules {
            min_length: policy.length.min,
            character_types: u8::try_from(policy.character_types.min).unwrap_or(u8::MAX),
        },
        code: ctx
            .app
            .settings
            .welcome_code
            .as_ref()
            .map(|_| Field::of(form.code.unwrap_or_default())),
    };
    let mut status = StatusCode::OK;
    if let Some(error) = error {
        status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let language = preferences.language;
        match (error.code(), &mut page.code) {
            (Code::VerificationCodeCodeMismatch, Some(code)) => {
                code.errors
                    .push(Phrases::built_in().text(language, "console.welcome.code_wrong"));
            }
            (Code::PasswordRejected | Code::GuardInvalidInput, _) if is_empty => {
                page.password
                    .errors
                    .push(Phrases::built_in().text(language, "console.problem.required"));
            }
            (Code::PasswordRejected | Code::GuardInvalidInput, _) => {
                page.password.errors = problems::of_password(language, &error);
            }
            _ if error.code().as_str().starts_with("user.username") => {
                page.username.errors.push(problems::message(language, &error));
            }
            _ => page.notice = Some(Notice::danger(problems::message(language, &error))),
        }
    }
    let frame = Frame::Plain {
        languages: preferences.links(PATH),
    };
    Ok(plain(ctx, preferences, frame, &page).status(status).into_response())
}
