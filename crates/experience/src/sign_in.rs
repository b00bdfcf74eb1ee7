//! `/sign-in`: identifier and password, and the social providers.

use crate::link;
use crate::outcome::{self, refused};
use crate::query::PageQuery;
use crate::scene::{Scene, see_other};
use axum::response::IntoResponse;
use http::StatusCode;
use serde::Deserialize;
use soleira_access::interaction::{self, Event, PasswordSignIn};
use soleira_core::model::{SignInIdentifier, SignInMode};
use soleira_core::{Code, Secret};
use soleira_ui::pages::experience::{self as pages, Identifier, SignInPage};
use soleira_ui::pages::{Field, Notice};
use soleira_web::{Context, CsrfForm, Failure, Query, Result};

const PATH: &str = "/sign-in";

/// Shows the page.
pub(crate) async fn show(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    if let Some(page) = link::instead(&scene) {
        return Ok(see_other(&page));
    }
    if scene.experience.sign_in_mode == SignInMode::Register {
        return Ok(see_other(&scene.query.on("/register")));
    }
    let page = Draft::begin(&scene).page(&scene).await?;
    Ok(scene.show(&page).into_response())
}

/// What the form sends.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct SignInForm {
    identifier: String,
    password: String,
    agree: Option<String>,
}

/// Signs in, or says what is wrong.
pub(crate) async fn submit(
    ctx: Context,
    Query(query): Query<PageQuery>,
    CsrfForm(form): CsrfForm<SignInForm>,
) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    let mut draft = Draft {
        identifier: Field::of(form.identifier.trim()),
        ..Draft::default()
    };
    if draft.identifier.value.is_empty() {
        draft.identifier = draft
            .identifier
            .wrong(scene.text("experience.failed.identifier_required"));
    }
    if form.password.is_empty() {
        draft.password = draft.password.wrong(scene.text("experience.failed.password_required"));
    }
    draft.agreement_error = scene.agreement_error(Event::SignIn, form.agree.as_deref());
    if draft.is_wrong() {
        return Ok(scene
            .show(&draft.page(&scene).await?)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .into_response());
    }
    let command = PasswordSignIn {
        identifier: form.identifier,
        password: Secret::new(form.password),
    };
    let error = match interaction::sign_in_with_password(&scene.ctx, &scene.interaction.id, command).await {
        Ok(next) => return Ok(outcome::go(&scene, &next)),
        Err(error) => error,
    };
    if let Some(response) = outcome::elsewhere(&scene, &error).await? {
        return Ok(response);
    }
    let notice = outcome::notice(&scene, &error);
    if error.code() == Code::SessionInvalidCredentials {
        draft.password = draft.password.wrong(notice.text);
    } else {
        draft.notice = Some(notice);
    }
    Ok(refused(scene.show(&draft.page(&scene).await?), &error))
}

/// The page with something to say above it: what a provider did not do.
pub(crate) async fn with_notice(scene: &Scene, notice: Notice) -> std::result::Result<SignInPage, Failure> {
    Draft {
        notice: Some(notice),
        ..Draft::begin(scene)
    }
    .page(scene)
    .await
}

/// What was typed, and what is wrong with it.
#[derive(Debug, Default)]
struct Draft {
    notice: Option<Notice>,
    identifier: Field,
    password: Field,
    agreement_error: Option<String>,
}

impl Draft {
    /// An empty form, or one with who is likely to sign in.
    fn begin(scene: &Scene) -> Self {
        let hint = scene
            .query
            .login_hint
            .as_deref()
            .or_else(|| scene.interaction.param("login_hint"));
        let identifier = Field::of(
            hint.map(str::trim)
                .filter(|hint| hint.chars().count() <= 256)
                .unwrap_or_default(),
        );
        Self {
            identifier,
            ..Self::default()
        }
    }

    fn is_wrong(&self) -> bool {
        !self.identifier.errors.is_empty() || !self.password.errors.is_empty() || self.agreement_error.is_some()
    }

    async fn page(self, scene: &Scene) -> std::result::Result<SignInPage, Failure> {
        let identifiers = identifiers(scene);
        let can_register = scene.experience.sign_in_mode == SignInMode::SignInAndRegister
            && crate::register::is_possible(&scene.stage).await?;
        let is_open = scene.experience.sign_in_mode != SignInMode::Register;
        Ok(SignInPage {
            notice: self.notice,
            providers: scene.providers(Event::SignIn).await?,
            password: (is_open && !identifiers.is_empty()).then(|| pages::PasswordSignIn {
                action: scene.page(PATH),
                identifiers,
                identifier: self.identifier,
                password: self.password,
                forgot_password_href: None,
            }),
            register_href: can_register.then(|| scene.page("/register")),
            agreement: scene.agreement(Event::SignIn),
            agreement_error: self.agreement_error,
        })
    }
}

/// What may be typed as identifier: what the tenant allows, narrowed to what the client asks for.
fn identifiers(scene: &Scene) -> Vec<Identifier> {
    let allowed: Vec<SignInIdentifier> = interaction::password_kinds(&scene.experience).collect();
    let asked = scene
        .query
        .identifier
        .as_deref()
        .or_else(|| scene.interaction.param("identifier"))
        .unwrap_or_default();
    let is_asked = |kind: &SignInIdentifier| asked.split_whitespace().any(|name| name == name_of(*kind));
    let narrowed: Vec<SignInIdentifier> = allowed.iter().copied().filter(is_asked).collect();
    let shown = if narrowed.is_empty() { allowed } else { narrowed };
    shown
        .into_iter()
        .map(|kind| match kind {
            SignInIdentifier::Username => Identifier::Username,
            SignInIdentifier::Email => Identifier::Email,
            SignInIdentifier::Phone => Identifier::Phone,
        })
        .collect()
}

const fn name_of(kind: SignInIdentifier) -> &'static str {
    match kind {
        SignInIdentifier::Username => "username",
        SignInIdentifier::Email => "email",
        SignInIdentifier::Phone => "phone",
    }
}
