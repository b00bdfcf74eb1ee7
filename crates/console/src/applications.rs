//! Applications: list, create, delete.

use crate::address::{Address, application as page_of, see_other};
use crate::console::Console;
use crate::guides::{self, Guide};
use crate::lists::Listed;
use crate::problems::{Names, Problems};
use crate::start::{CREATE, KINDS, LIBRARY};
use axum::extract::Path;
use axum::response::IntoResponse;
use http::StatusCode;
use serde::Deserialize;
use soleira_core::ApplicationId;
use soleira_core::model::ApplicationType;
use soleira_directory::Search;
use soleira_directory::applications::{self, Filter, NewApplication};
use soleira_ui::Field;
use soleira_ui::pages::console::applications::{ApplicationCreatePage, ApplicationRow, ApplicationsPage, KindChoice};
use soleira_ui::pages::console::{Choice, ConfirmPage};
use soleira_web::{CsrfForm, Query, Result};

const LIST: &str = "/console/applications";
const NAMES: Names = &[("name", "name"), ("description", "description")];

/// `GET /console/applications`.
pub(crate) async fn list(console: Console, Query(listed): Query<Listed>) -> Result {
    let filter = Filter {
        search: Search::containing(&listed.q(), &applications::FIELDS),
        ..Filter::default()
    };
    let found = applications::list(&console.managed, filter, Some(listed.page())).await?;
    let total = found.total.unwrap_or_default();
    if let Some(last) = listed.last_page(LIST, total) {
        return Ok(see_other(&last));
    }
    let rows = found.rows.into_iter().map(|application| ApplicationRow {
        href: page_of(&application.id, ""),
        id: application.id.to_string(),
        name: application.name,
        kind: application.kind,
        third_party: application.is_third_party,
        created_at: application.created_at,
    });
    let page = ApplicationsPage {
        q: listed.q(),
        applications: rows.collect(),
        pager: listed.pager(LIST, total),
        create_href: LIBRARY.to_owned(),
    };
    Ok(console.show(&page).into_response())
}

/// What is chosen before the form.
#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    guide: String,
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Form {
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    guide: String,
}

/// `GET /console/applications/create`.
pub(crate) async fn form(console: Console, Query(chosen): Query<Chosen>) -> impl IntoResponse {
    let form = Form {
        guide: chosen.guide,
        ..Form::default()
    };
    create_page(&console, form, &Problems::default())
}

fn create_page(console: &Console, form: Form, problems: &Problems) -> soleira_web::Page {
    let guide = guides::find(&form.guide);
    let chosen = ApplicationType::parse(&form.kind).unwrap_or(ApplicationType::Traditional);
    let kinds = match guide {
        Some(_) => Vec::new(),
        None => KINDS
            .iter()
            .map(|kind| KindChoice {
                kind: *kind,
                chosen: *kind == chosen,
            })
            .collect(),
    };
    let page = ApplicationCreatePage {
        action: Address::new(CREATE)
            .with("guide", guide.map_or("", |guide| &guide.id))
            .finish(),
        errors: problems.entries(),
        name: problems.field("name", form.name),
        description: problems.field("description", form.description),
        kinds,
        guide: guide.map(|guide| Choice {
            value: guide.id.clone(),
            text: guide.title(console.language()),
        }),
        cancel_href: LIBRARY.to_owned(),
    };
    console.show_with(&page, problems.notice()).status(problems.status())
}

/// `POST /console/applications/create`.
pub(crate) async fn create(console: Console, CsrfForm(form): CsrfForm<Form>) -> Result {
    let guide: Option<&Guide> = guides::find(&form.guide);
    let kind = guide
        .map(|guide| guide.kind)
        .or_else(|| ApplicationType::parse(&form.kind));
    let Some(kind) = kind.filter(|kind| KINDS.contains(kind)) else {
        let problems = Problems::with("type-Traditional", console.text("console.problem.required"));
        return Ok(create_page(&console, form, &problems).into_response());
    };
    let mut new = NewApplication::new(form.name.trim(), kind);
    new.description = Some(form.description.trim().to_owned()).filter(|text| !text.is_empty());
    let application = match applications::create(&console.managed, new).await {
        Ok(application) => application,
        Err(error) => {
            let problems = Problems::of(error, console.language(), NAMES)?;
            return Ok(create_page(&console, form, &problems).into_response());
        }
    };
    if let Some(guide) = guide {
        applications::set_guide(&console.managed, &application.id, &guide.id).await?;
    }
    Ok(see_other(
        &Address::new(page_of(&application.id, "/guide"))
            .with("created", "yes")
            .finish(),
    ))
}

/// What a deletion asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct Confirmed {
    #[serde(default)]
    confirm: String,
}

fn confirm(console: &Console, id: &ApplicationId, name: &str, typed: Field) -> soleira_web::Page {
    console.show(&ConfirmPage {
        title: console.say("console.application.delete_title", "name", name),
        message: console.say("console.application.delete_what", "name", name),
        name: Some(name.to_owned()),
        typed,
        button: console.say("console.application.delete_button", "name", name),
        action: page_of(id, "/delete"),
        cancel_href: page_of(id, ""),
    })
}

/// `GET /console/applications/{id}/delete`.
pub(crate) async fn ask_to_delete(console: Console, Path(id): Path<ApplicationId>) -> Result {
    let application = applications::get(&console.managed, &id).await?;
    Ok(confirm(&console, &id, &application.name, Field::default()).into_response())
}

/// `POST /console/applications/{id}/delete`.
pub(crate) async fn delete(
    console: Console,
    Path(id): Path<ApplicationId>,
    CsrfForm(confirmed): CsrfForm<Confirmed>,
) -> Result {
    let application = applications::get(&console.managed, &id).await?;
    if confirmed.confirm.trim() != application.name.trim() {
        let typed = Field::of(confirmed.confirm).wrong(console.text("common.confirm.mismatch"));
        let page = confirm(&console, &id, &application.name, typed);
        return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
    }
    applications::delete(&console.managed, &id).await?;
    Ok(console.done(LIST, "console.deleted", &application.name))
}
