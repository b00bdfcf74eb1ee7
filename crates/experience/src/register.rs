//! `/register`: username and password on one page, and the social providers.

use crate::link;
use crate::message;
use crate::outcome::{self, refused};
use crate::query::PageQuery;
use crate::scene::{Scene, Stage, see_other};
use axum::response::IntoResponse;
use http::StatusCode;
use serde::Deserialize;
use soleira_access::interaction::{self, Event};
use soleira_core::model::{SignInIdentifier, SignInMode};
use soleira_core::{Code, Error, Secret};
use soleira_ui::pages::experience::{PasswordRules, RegisterPage, UsernameRegistration};
use soleira_ui::pages::{Field, Notice};
use soleira_web::{Context, CsrfForm, Failure, Query, Result};

const PATH: &str = "/register";

/// Whether new people can come in here at all: by the form, or through a provider.
pub(crate) async fn is_possible(stage: &Stage) -> std::result::Result<bool, Failure> {
    let has_form = stage
        .experience
        .sign_up
        .identifiers
        .contains(&SignInIdentifier::Username);
    Ok(has_form
        || !interaction::offered_providers(&stage.ctx, &stage.experience)
            .await?
            .is_empty())
}

/// Shows the page.
pub(crate) async fn show(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    if let Some(page) = link::instead(&scene) {
        return Ok(see_other(&page));
    }
    if scene.experience.sign_in_mode == SignInMode::SignIn {
        return Ok(see_other(&scene.query.on("/sign-in")));
    }
    let page = Draft::default().page(&scene).await?;
    Ok(scene.show(&page).into_response())
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RegisterForm {
    username: String,
    password: String,
    agree: Option<String>,
}

/// Makes the account, or says what is wrong.
pub(crate) async fn submit(
    ctx: Context,
    Query(query): Query<PageQuery>,
    CsrfForm(form): CsrfForm<RegisterForm>,
) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    let mut draft = Draft {
        username: Field::of(form.username.trim()),
        ..Draft::default()
    };
    let password = Secret::new(form.password);
    // Everything that is wrong is said at once.
    if let Err(error) = interaction::check_username(&scene.experience, &form.username) {
        draft.refuse(&scene, &error);
    }
    if password.expose().is_empty() {
        draft.password = draft.password.wrong(scene.text("experience.failed.password_required"));
    } else if let Err(error) =
        interaction::check_password(&scene.ctx, &scene.experience, form.username.trim(), &password)
    {
        draft.refuse(&scene, &error);
    }
    draft.agreement_error = scene.agreement_error(Event::Register, form.agree.as_deref());
    if draft.is_wrong() {
        return Ok(scene
            .show(&draft.page(&scene).await?)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .into_response());
    }
    let command = interaction::UsernameRegistration {
        username: form.username,
        password,
    };
    let error = match interaction::register_with_username(&scene.ctx, &scene.interaction.id, command).await {
        Ok(next) => return Ok(outcome::go(&scene, &next)),
        Err(error) => error,
    };
    if let Some(response) = outcome::elsewhere(&scene, &error).await? {
        return Ok(response);
    }
    draft.refuse(&scene, &error);
    Ok(refused(scene.show(&draft.page(&scene).await?), &error))
}

/// The page with something to say above it: what a provider did not do.
pub(crate) async fn with_notice(scene: &Scene, notice: Notice) -> std::result::Result<RegisterPage, Failure> {
    Draft {
        notice: Some(notice),
        ..Draft::default()
    }
    .page(scene)
    .await
}

/// Whether an error is about a username.
pub(crate) fn is_about_username(code: Code) -> bool {
    code.as_str().starts_with("user.username_")
}

/// What was typed, and what is wrong with it.
#[derive(Debug, Default)]
struct Draft {
    notice: Option<Notice>,
    username: Field,
    password: Field,
    agreement_error: Option<String>,
}

impl Draft {
    /// Ties an error to its field, or says it above the form.
    fn refuse(&mut self, scene: &Scene, error: &Error) {
        let field = |field: &mut Field, texts: Vec<String>| field.errors.extend(texts);
        match error.code() {
            Code::PasswordRejected => field(&mut self.password, message::password_issues(scene.language, error)),
            // Longer than anything that is hashed.
            Code::GuardInvalidInput => field(
                &mut self.password,
                vec![scene.text("experience.failed.password_too_long")],
            ),
            code if is_about_username(code) => field(&mut self.username, vec![message::of(scene.language, error)]),
            _ => self.notice = Some(outcome::notice(scene, error)),
        }
    }

    fn is_wrong(&self) -> bool {
        !self.username.errors.is_empty() || !self.password.errors.is_empty() || self.agreement_error.is_some()
    }

    async fn page(self, scene: &Scene) -> std::result::Result<RegisterPage, Failure> {
        let experience = &scene.experience;
        let is_open = experience.sign_in_mode != SignInMode::SignIn;
        let has_form = is_open && experience.sign_up.identifiers.contains(&SignInIdentifier::Username);
        let policy = interaction::password_policy(experience)?;
        Ok(RegisterPage {
            notice: self.notice,
            providers: scene.providers(Event::Register).await?,
            form: has_form.then(|| UsernameRegistration {
                action: scene.page(PATH),
                username: self.username,
                password: Some(self.password),
                rules: PasswordRules {
                    min_length: policy.length.min,
                    character_types: u8::try_from(policy.character_types.min).unwrap_or(u8::MAX),
                },
            }),
            sign_in_href: (experience.sign_in_mode == SignInMode::SignInAndRegister).then(|| scene.page("/sign-in")),
            agreement: scene.agreement(Event::Register),
            agreement_error: self.agreement_error,
        })
    }
}
