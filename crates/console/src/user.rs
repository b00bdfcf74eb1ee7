//! The details of a user: profile, password, suspension, identities.

use crate::address::{see_other, user as page_of};
use crate::console::{Console, name_of};
use crate::problems::{self, Names, Problems};
use crate::shown_once;
use crate::users::{LIST, NAMES, generate_password, given};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use soleira_connect::Factory;
use soleira_core::model::{SocialIdentity, User};
use soleira_core::{Code, Secret, UserId};
use soleira_directory::users::{self, UserPatch, UserWithIdentities};
use soleira_directory::{connectors, sign_in_experience};
use soleira_ui::Field;
use soleira_ui::pages::console::users::{IdentityRow, UserPage, UserPasswordPage};
use soleira_ui::pages::experience::PasswordRules;
use soleira_web::{CsrfForm, Result};

const PASSWORD_NAMES: Names = &[("password", "password")];

/// What the form holds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Form {
    #[serde(default)]
    name: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    avatar: String,
}

impl Form {
    fn saved(user: &User) -> Self {
        let text = |member: &Option<String>| member.clone().unwrap_or_default();
        Self {
            name: text(&user.name),
            username: text(&user.username),
            email: text(&user.primary_email),
            phone: text(&user.primary_phone),
            avatar: text(&user.avatar),
        }
    }

    /// What differs from what is saved.
    fn patch(&self, user: &User) -> UserPatch {
        let change = |typed: &str, saved: &Option<String>| {
            let typed = given(typed);
            (typed != *saved).then_some(typed)
        };
        UserPatch {
            name: change(&self.name, &user.name),
            username: change(&self.username, &user.username),
            primary_email: change(&self.email, &user.primary_email),
            primary_phone: change(&self.phone, &user.primary_phone),
            avatar: change(&self.avatar, &user.avatar),
            ..UserPatch::default()
        }
    }
}

/// `GET /console/users/{id}`.
pub(crate) async fn show(console: Console, Path(id): Path<UserId>) -> Result {
    let found = users::get(&console.managed, &id).await?;
    let form = Form::saved(&found.user);
    page(&console, found, form, &Problems::default()).await
}

/// `POST /console/users/{id}`.
pub(crate) async fn save(console: Console, Path(id): Path<UserId>, CsrfForm(form): CsrfForm<Form>) -> Result {
    let found = users::get(&console.managed, &id).await?;
    match users::patch(&console.managed, &id, form.patch(&found.user)).await {
        Ok(_) => Ok(console.done(&page_of(&id, ""), "console.saved", "")),
        Err(error) => {
            let problems = Problems::of(error, console.language(), NAMES)?;
            page(&console, found, form, &problems).await
        }
    }
}

async fn page(console: &Console, found: UserWithIdentities, form: Form, problems: &Problems) -> Result<Response> {
    let UserWithIdentities { user, identities } = found;
    let id = &user.id;
    let factories = connectors::factories(&console.managed)?;
    let page = UserPage {
        id: id.to_string(),
        title: name_of(&user),
        suspended: user.is_suspended,
        created_at: user.created_at,
        last_sign_in_at: user.last_sign_in_at,
        list_href: LIST.to_owned(),
        action: page_of(id, ""),
        here_href: page_of(id, ""),
        errors: problems.entries(),
        name: problems.field("name", form.name),
        username: problems.field("username", form.username),
        email: problems.field("email", form.email),
        phone: problems.field("phone", form.phone),
        avatar: problems.field("avatar", form.avatar),
        identities: identities
            .iter()
            .map(|identity| row(console, identity, factories))
            .collect(),
        has_password: user.password.is_some(),
        password_href: page_of(id, "/password"),
        suspend_action: page_of(id, "/suspension"),
        delete_href: page_of(id, "/delete"),
    };
    let shown = console.show_with(&page, problems.notice());
    Ok(shown.status(problems.status()).into_response())
}

fn row(console: &Console, identity: &SocialIdentity, factories: &[Factory]) -> IdentityRow {
    let factory = factories.iter().find(|factory| factory.target() == identity.target);
    let told = identity.details.as_ref();
    let text = |name: &str| told.and_then(|told| told[name].as_str()).map(str::to_owned);
    let claim = factory
        .and_then(Factory::social)
        .and_then(|manifest| manifest.profile.email_verified.as_deref());
    IdentityRow {
        provider: factory.map_or_else(
            || identity.target.clone(),
            |factory| factory.name().get(console.language().tag()).to_owned(),
        ),
        logo: factory.map(|factory| factory.logo().to_owned()),
        dark_logo: None,
        id: identity.identity_id.clone(),
        name: text("name"),
        email: text("email"),
        email_verified: told
            .zip(claim)
            .is_some_and(|(told, claim)| told["rawData"][claim] == true),
    }
}

/// `GET /console/users/{id}/suspension`: it stands on the user's page.
pub(crate) async fn to_page(_: Console, Path(id): Path<UserId>) -> impl IntoResponse {
    see_other(&page_of(&id, ""))
}

/// Suspension, or its end.
#[derive(Debug, Deserialize)]
pub(crate) struct Suspension {
    #[serde(default)]
    suspended: String,
}

/// `POST /console/users/{id}/suspension`.
pub(crate) async fn suspend(
    console: Console,
    Path(id): Path<UserId>,
    CsrfForm(wanted): CsrfForm<Suspension>,
) -> Result {
    let suspended = match wanted.suspended.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Code::RequestInvalidInput.into()),
    };
    let user = users::set_suspension(&console.managed, &id, suspended).await?.user;
    let phrase = if suspended {
        "console.users.suspended_done"
    } else {
        "console.users.reactivated_done"
    };
    Ok(console.done(&page_of(&id, ""), phrase, &name_of(&user)))
}

/// A new password: one that is typed, or one that is made.
#[derive(Debug, Deserialize)]
pub(crate) struct NewPassword {
    #[serde(default)]
    password: String,
    #[serde(default)]
    generate: String,
}

/// `GET /console/users/{id}/password`.
pub(crate) async fn ask_for_password(console: Console, Path(id): Path<UserId>) -> Result {
    let user = users::get(&console.managed, &id).await?.user;
    password_page(&console, &user, Field::default(), StatusCode::OK).await
}

async fn password_page(console: &Console, user: &User, password: Field, status: StatusCode) -> Result<Response> {
    let experience = sign_in_experience::get(&console.managed).await?;
    let policy = sign_in_experience::password_policy(&experience)?;
    let page = UserPasswordPage {
        title: name_of(user),
        action: page_of(&user.id, "/password"),
        password,
        rules: PasswordRules {
            min_length: policy.length.min,
            character_types: u8::try_from(policy.character_types.min).unwrap_or(u8::MAX),
        },
        cancel_href: page_of(&user.id, ""),
    };
    Ok(console.show(&page).status(status).into_response())
}

/// `POST /console/users/{id}/password`. What is typed keeps to the tenant's policy, as the page says.
pub(crate) async fn set_password(
    console: Console,
    Path(id): Path<UserId>,
    CsrfForm(new): CsrfForm<NewPassword>,
) -> Result {
    let user = users::get(&console.managed, &id).await?.user;
    if new.generate == "yes" {
        let password = generate_password(&console);
        users::set_password(&console.managed, &id, password.clone()).await?;
        shown_once::leave(&console, &id, &password, false)?;
        return Ok(see_other(&page_of(&id, "/password/shown")));
    }
    let issues = sign_in_experience::check_password_of(&console.managed, &new.password, Some(&id)).await?;
    let refusal = if issues.is_empty() {
        users::set_password(&console.managed, &id, Secret::new(new.password))
            .await
            .err()
    } else {
        let issues = serde_json::to_value(issues).map_err(soleira_core::Error::internal)?;
        Some(soleira_core::Error::new(Code::PasswordRejected).with_data(issues))
    };
    let Some(error) = refusal else {
        return Ok(console.done(&page_of(&id, ""), "console.users.password_set", &name_of(&user)));
    };
    let problems = Problems::of(error.clone(), console.language(), PASSWORD_NAMES)?;
    let password = Field {
        value: String::new(),
        errors: problems::of_password(console.language(), &error),
    };
    password_page(&console, &user, password, problems.status()).await
}
