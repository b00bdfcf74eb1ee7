//! Connectors: the list, the picker, deletion.

use crate::address::{connector as page_of, see_other};
use crate::console::Console;
use axum::extract::Path;
use axum::response::IntoResponse;
use soleira_core::{Code, ConnectorId};
use soleira_directory::connectors::{self, ConnectorWithFactory, Factory};
use soleira_directory::sign_in_experience;
use soleira_ui::Field;
use soleira_ui::pages::console::ConfirmPage;
use soleira_ui::pages::console::connectors::{ConnectorRow, ConnectorsPage, FactoriesPage, FactoryCard};
use soleira_web::{CsrfForm, Result};

/// The list.
pub(crate) const LIST: &str = "/console/connectors";
/// The picker.
pub(crate) const PICKER: &str = "/console/connectors/create";
/// The settings that decide what is offered.
pub(crate) const SIGN_IN_EXPERIENCE: &str = "/console/sign-in-experience";

/// The provider's name in the reader's language.
pub(crate) fn name_of(console: &Console, connector: &ConnectorWithFactory) -> String {
    connector.factory.name().get(console.language().tag()).to_owned()
}

/// The connectors that people sign in with. Senders of messages are managed through the Management API.
pub(crate) async fn social(console: &Console) -> Result<Vec<ConnectorWithFactory>> {
    let mut all = connectors::list(&console.managed, None).await?;
    all.retain(|connector| connector.factory.social().is_some());
    Ok(all)
}

/// Such a connector.
///
/// # Errors
/// 404 `entity.not_found`, for a sender of messages too.
pub(crate) async fn one(console: &Console, id: &ConnectorId) -> soleira_core::Result<ConnectorWithFactory> {
    let found = connectors::get(&console.managed, id).await?;
    if found.factory.social().is_none() {
        return Err(Code::EntityNotFound.into());
    }
    Ok(found)
}

/// The factory of such connectors.
///
/// # Errors
/// 404 `entity.not_found`, for a factory of senders too.
pub(crate) fn factory(console: &Console, id: &str) -> soleira_core::Result<&'static Factory> {
    let found = connectors::factory(&console.managed, id)?;
    if found.social().is_none() {
        return Err(Code::EntityNotFound.into());
    }
    Ok(found)
}

/// `GET /console/connectors`.
pub(crate) async fn list(console: Console) -> Result<soleira_web::Page> {
    let experience = sign_in_experience::get(&console.managed).await?;
    let all = social(&console).await?;
    let rows = all.iter().map(|connector| ConnectorRow {
        name: name_of(&console, connector),
        logo: connector.factory.logo().to_owned(),
        dark_logo: None,
        target: connector.factory.target().to_owned(),
        offered: is_offered(&experience, connector.factory.target()),
        created_at: connector.connector.created_at,
        href: page_of(&connector.connector.id, ""),
    });
    Ok(console.show(&ConnectorsPage {
        connectors: rows.collect(),
        add_href: PICKER.to_owned(),
        sign_in_experience_href: SIGN_IN_EXPERIENCE.to_owned(),
    }))
}

/// Whether the sign-in page offers the providers of a target.
pub(crate) fn is_offered(experience: &soleira_core::model::SignInExperience, target: &str) -> bool {
    experience
        .social_sign_in_connector_targets
        .iter()
        .any(|offered| offered == target)
}

/// `GET /console/connectors/create`.
pub(crate) async fn picker(console: Console) -> Result<soleira_web::Page> {
    let present = social(&console).await?;
    let language = console.language().tag();
    let factories = connectors::factories(&console.managed)?;
    let cards = factories
        .iter()
        .filter(|factory| factory.social().is_some())
        .map(|factory| {
            let made = present.iter().find(|connector| connector.factory.id() == factory.id());
            FactoryCard {
                name: factory.name().get(language).to_owned(),
                description: factory.description().get(language).to_owned(),
                logo: factory.logo().to_owned(),
                dark_logo: None,
                href: match made {
                    Some(connector) => page_of(&connector.connector.id, ""),
                    None => page_of("create", &format!("/{}", factory.id())),
                },
                added: made.is_some(),
            }
        });
    Ok(console.show(&FactoriesPage {
        factories: cards.collect(),
        list_href: LIST.to_owned(),
    }))
}

/// `GET /console/connectors/{id}/delete`.
pub(crate) async fn ask_to_delete(console: Console, Path(id): Path<ConnectorId>) -> Result {
    let connector = one(&console, &id).await?;
    let name = name_of(&console, &connector);
    let page = ConfirmPage {
        title: console.say("console.connector.delete_title", "name", &name),
        message: console.say("console.connector.delete_what", "name", &name),
        name: None,
        typed: Field::default(),
        button: console.say("console.connector.delete_button", "name", &name),
        action: page_of(&id, "/delete"),
        cancel_href: page_of(&id, ""),
    };
    Ok(console.show(&page).into_response())
}

/// `POST /console/connectors/{id}/delete`.
pub(crate) async fn delete(
    console: Console,
    Path(id): Path<ConnectorId>,
    CsrfForm(crate::session::Nothing {}): CsrfForm<crate::session::Nothing>,
) -> Result {
    let connector = one(&console, &id).await?;
    connectors::delete(&console.managed, &id).await?;
    Ok(console.done(LIST, "console.deleted", &name_of(&console, &connector)))
}

/// `GET /console/connectors/create/{factory}`: gives the connector its identifier, so that the redirect URI is known
/// before anything is saved.
pub(crate) async fn begin(console: Console, Path(factory): Path<String>) -> Result {
    self::factory(&console, &factory)?;
    let present = social(&console).await?;
    if let Some(made) = present.iter().find(|connector| connector.factory.id() == factory) {
        return Ok(see_other(&page_of(&made.connector.id, "")));
    }
    let id = connectors::new_id(&console.managed);
    Ok(see_other(&page_of("create", &format!("/{factory}/{id}"))))
}
