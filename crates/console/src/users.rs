//! Users: list, create, delete, and the password that is shown once.

use crate::address::{see_other, user as page_of};
use crate::console::{Console, name_of};
use crate::lists::Listed;
use crate::problems::{Names, Problems};
use crate::shown_once;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use soleira_core::{EntropyExt, Secret, UserId};
use soleira_directory::Search;
use soleira_directory::users::{self, CreateUser, Filter, NewPassword};
use soleira_ui::Field;
use soleira_ui::pages::console::ConfirmPage;
use soleira_ui::pages::console::users::{UserCreatePage, UserPasswordShownPage, UserRow, UsersPage};
use soleira_web::{CsrfForm, Query, Result};

/// The list.
pub(crate) const LIST: &str = "/console/users";
const CREATE: &str = "/console/users/create";
/// What a user's fields are called on the wire, and the errors about them.
pub(crate) const NAMES: Names = &[
    ("name", "name"),
    ("username", "username"),
    ("primaryEmail", "email"),
    ("primaryPhone", "phone"),
    ("avatar", "avatar"),
    ("user.username_already_in_use", "username"),
    ("user.email_already_in_use", "email"),
    ("user.phone_already_in_use", "phone"),
    ("user.invalid_email", "email"),
    ("user.invalid_phone", "phone"),
];

/// `GET /console/users`.
pub(crate) async fn list(console: Console, Query(listed): Query<Listed>) -> Result {
    let filter = Filter {
        search: Search::containing(&listed.q(), &users::FIELDS),
        ..Filter::default()
    };
    let found = users::list(&console.managed, filter, Some(listed.page())).await?;
    let total = found.total.unwrap_or_default();
    if let Some(last) = listed.last_page(LIST, total) {
        return Ok(see_other(&last));
    }
    let rows = found.rows.into_iter().map(|found| {
        let user = found.user;
        let title = name_of(&user);
        let identifiers = [&user.username, &user.primary_email, &user.primary_phone];
        UserRow {
            identifier: identifiers.into_iter().flatten().find(|text| **text != title).cloned(),
            title,
            suspended: user.is_suspended,
            created_at: user.created_at,
            last_sign_in_at: user.last_sign_in_at,
            href: page_of(&user.id, ""),
        }
    });
    let page = UsersPage {
        q: listed.q(),
        users: rows.collect(),
        pager: listed.pager(LIST, total),
        create_href: CREATE.to_owned(),
    };
    Ok(console.show(&page).into_response())
}

/// What the form posts.
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
}

/// A text without the whitespace around it; nothing if it is empty.
pub(crate) fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// `GET /console/users/create`.
pub(crate) async fn form(console: Console) -> impl IntoResponse {
    create_page(&console, Form::default(), &Problems::default())
}

fn create_page(console: &Console, form: Form, problems: &Problems) -> Response {
    let page = UserCreatePage {
        action: CREATE.to_owned(),
        errors: problems.entries(),
        name: problems.field("name", form.name),
        username: problems.field("username", form.username),
        email: problems.field("email", form.email),
        phone: problems.field("phone", form.phone),
        list_href: LIST.to_owned(),
    };
    console
        .show_with(&page, problems.notice())
        .status(problems.status())
        .into_response()
}

/// `POST /console/users/create`.
pub(crate) async fn create(console: Console, CsrfForm(form): CsrfForm<Form>) -> Result {
    let password = generate_password(&console);
    let new = CreateUser {
        name: given(&form.name),
        username: given(&form.username),
        primary_email: given(&form.email),
        primary_phone: given(&form.phone),
        password: Some(NewPassword::Plain(password.clone())),
        ..CreateUser::default()
    };
    if [&new.username, &new.primary_email, &new.primary_phone]
        .into_iter()
        .all(Option::is_none)
    {
        let problems = Problems::with("username", console.text("console.users.identifier_needed"));
        return Ok(create_page(&console, form, &problems));
    }
    match users::create(&console.managed, new).await {
        Ok(created) => {
            shown_once::leave(&console, &created.user.id, &password, true)?;
            Ok(see_other(&page_of(&created.user.id, "/password/shown")))
        }
        Err(error) => {
            let problems = Problems::of(error, console.language(), NAMES)?;
            Ok(create_page(&console, form, &problems))
        }
    }
}

/// Sixteen characters that cannot be taken for one another, in fours: 79 bits.
pub(crate) fn generate_password(console: &Console) -> Secret {
    let characters = console.ctx.entropy().string(b"23456789abcdefghijkmnpqrstuvwxyz", 16);
    let groups: Vec<&str> = [0, 4, 8, 12]
        .iter()
        .filter_map(|start| characters.get(*start..start + 4))
        .collect();
    Secret::new(groups.join("-"))
}

/// `GET /console/users/{id}/password/shown`: the password, once.
pub(crate) async fn show_password(console: Console, Path(id): Path<UserId>) -> Result {
    let user = users::get(&console.managed, &id).await?.user;
    let Some(shown) = shown_once::take(&console, &id) else {
        return Ok(see_other(&page_of(&id, "")));
    };
    let identifiers = [&user.username, &user.primary_email, &user.primary_phone];
    let page = UserPasswordShownPage {
        title: name_of(&user),
        identifier: identifiers.into_iter().flatten().next().cloned().unwrap_or_default(),
        password: shown.password,
        created: shown.created,
        details_href: page_of(&id, ""),
    };
    Ok(console.show(&page).holds_secret().into_response())
}

/// `GET /console/users/{id}/delete`.
pub(crate) async fn ask_to_delete(console: Console, Path(id): Path<UserId>) -> Result {
    let user = users::get(&console.managed, &id).await?.user;
    let name = name_of(&user);
    let page = ConfirmPage {
        title: console.say("console.users.delete_title", "name", &name),
        message: console.text("console.users.delete_what"),
        name: None,
        typed: Field::default(),
        button: console.say("console.users.delete_button", "name", &name),
        action: page_of(&id, "/delete"),
        cancel_href: page_of(&id, ""),
    };
    Ok(console.show(&page).into_response())
}

/// `POST /console/users/{id}/delete`.
pub(crate) async fn delete(
    console: Console,
    Path(id): Path<UserId>,
    CsrfForm(crate::session::Nothing {}): CsrfForm<crate::session::Nothing>,
) -> Result {
    let user = users::get(&console.managed, &id).await?.user;
    users::delete(&console.managed, &id).await?;
    Ok(console.done(LIST, "console.deleted", &name_of(&user)))
}
