//! One connector: setup and details.

use crate::address::{connector as page_of, see_other};
use crate::connectors::{LIST, PICKER, SIGN_IN_EXPERIENCE, factory as factory_of, is_offered, name_of, one};
use crate::console::Console;
use crate::problems::{Names, Problems};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use soleira_connect::social::{EndpointOverride, TRUST_UNVERIFIED_EMAIL, Teller};
use soleira_connect::{Factory, FormItemType};
use soleira_core::{Code, ConnectorId, Error};
use soleira_directory::connectors::{self, ConnectorPatch, ConnectorWithFactory, NewConnector};
use soleira_directory::sign_in_experience;
use soleira_ui::pages::console::connectors::{ConnectorPage, FormItem, ItemKind};
use soleira_web::{CsrfForm, Result};

const NAMES: Names = &[];

/// The fields as a browser posts them.
type Posted = Vec<(String, String)>;

/// What the form holds.
struct Form {
    config: Map<String, Value>,
    sync_profile: bool,
}

impl Form {
    /// Reads what was posted into a configuration; members of `kept` that the form does not show stay.
    fn read(factory: &Factory, posted: &Posted, kept: Map<String, Value>) -> Self {
        let value = |key: &str| {
            posted
                .iter()
                .find(|(name, _)| name == key)
                .map_or("", |(_, value)| value.trim())
        };
        let mut config = kept;
        let mut put = |key: &str, value: Value| {
            let is_empty = value == Value::Bool(false) || value.as_str() == Some("");
            if is_empty {
                config.remove(key);
            } else {
                config.insert(key.to_owned(), value);
            }
        };
        for item in factory.form() {
            match item.kind {
                FormItemType::Switch => put(&item.key, Value::Bool(value(&item.key) == "true")),
                FormItemType::Text | FormItemType::MultilineText => put(&item.key, value(&item.key).into()),
                // No provider asks for one.
                FormItemType::Json => {}
            }
        }
        for endpoint in EndpointOverride::ALL {
            put(endpoint.key(), value(endpoint.key()).into());
        }
        put(
            TRUST_UNVERIFIED_EMAIL,
            Value::Bool(value("trust_unverified_email") == "yes"),
        );
        Self {
            config,
            sync_profile: value("sync_profile") == "yes",
        }
    }

    fn saved(connector: &ConnectorWithFactory) -> Self {
        Self {
            config: connector.connector.config.clone(),
            sync_profile: connector.connector.sync_profile,
        }
    }

    fn text(&self, key: &str) -> String {
        match self.config.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Bool(on)) => on.to_string(),
            _ => String::new(),
        }
    }
}

/// Whether an identifier is one that [`connectors::new_id`] makes: nobody chose it.
fn is_made_here(id: &ConnectorId) -> bool {
    let text = id.as_str();
    text.len() == 12
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// The factory of a setup, or where its connector is now, if it was saved.
async fn setup(
    console: &Console,
    factory: &str,
    id: &ConnectorId,
) -> Result<std::result::Result<&'static Factory, Response>> {
    if !is_made_here(id) {
        return Err(Error::new(Code::EntityNotFound).into());
    }
    match connectors::get(&console.managed, id).await {
        Ok(_) => Ok(Err(see_other(&page_of(id, "")))),
        Err(error) if error.code() == Code::EntityNotFound => Ok(Ok(factory_of(console, factory)?)),
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/connectors/create/{factory}/{id}`.
pub(crate) async fn set_up(console: Console, Path((factory, id)): Path<(String, ConnectorId)>) -> Result {
    let factory = match setup(&console, &factory, &id).await? {
        Ok(factory) => factory,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let form = Form {
        config: Map::new(),
        sync_profile: false,
    };
    page(&console, factory, &id, None, &form, &Problems::default()).await
}

/// `POST /console/connectors/create/{factory}/{id}`.
pub(crate) async fn create(
    console: Console,
    Path((factory, id)): Path<(String, ConnectorId)>,
    CsrfForm(posted): CsrfForm<Posted>,
) -> Result {
    let factory = match setup(&console, &factory, &id).await? {
        Ok(factory) => factory,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let form = Form::read(factory, &posted, Map::new());
    let new = NewConnector {
        sync_profile: form.sync_profile,
        id: Some(id.clone()),
        ..NewConnector::new(factory.id(), form.config.clone())
    };
    match connectors::create(&console.managed, new).await {
        Ok(_) => Ok(console.done(&page_of(&id, ""), "console.saved", "")),
        // The form was sent twice at once.
        Err(error) if error.code() == Code::EntityUniqueIntegrityViolation => Ok(see_other(&page_of(&id, ""))),
        Err(error) => {
            let problems = Problems::of(error, console.language(), NAMES)?;
            page(&console, factory, &id, None, &form, &problems).await
        }
    }
}

/// `GET /console/connectors/{id}`.
pub(crate) async fn show(console: Console, Path(id): Path<ConnectorId>) -> Result {
    let connector = one(&console, &id).await?;
    let form = Form::saved(&connector);
    page(
        &console,
        connector.factory,
        &id,
        Some(&connector),
        &form,
        &Problems::default(),
    )
    .await
}

/// `POST /console/connectors/{id}`.
pub(crate) async fn save(console: Console, Path(id): Path<ConnectorId>, CsrfForm(posted): CsrfForm<Posted>) -> Result {
    let connector = one(&console, &id).await?;
    let form = Form::read(connector.factory, &posted, connector.connector.config.clone());
    let patch = ConnectorPatch {
        config: Some(form.config.clone()),
        sync_profile: Some(form.sync_profile),
        ..ConnectorPatch::default()
    };
    match connectors::patch(&console.managed, &id, patch).await {
        Ok(_) => Ok(console.done(&page_of(&id, ""), "console.saved", "")),
        Err(error) => {
            let problems = Problems::of(error, console.language(), NAMES)?;
            page(&console, connector.factory, &id, Some(&connector), &form, &problems).await
        }
    }
}

/// The page; `saved` is the connector, unless it is being set up.
async fn page(
    console: &Console,
    factory: &'static Factory,
    id: &ConnectorId,
    saved: Option<&ConnectorWithFactory>,
    form: &Form,
    problems: &Problems,
) -> Result<Response> {
    let language = console.language().tag();
    let manifest = factory.social().ok_or(Code::EntityNotFound)?;
    let here = match saved {
        Some(_) => page_of(id, ""),
        None => page_of("create", &format!("/{}/{id}", factory.id())),
    };
    let items = manifest.form.iter().map(|item| FormItem {
        key: item.key.clone(),
        kind: match item.kind {
            FormItemType::Text => ItemKind::Text,
            FormItemType::MultilineText | FormItemType::Json => ItemKind::Multiline,
            FormItemType::Switch => ItemKind::Switch,
        },
        label: item.label.get(language).to_owned(),
        hint: item.description.as_ref().map(|text| text.get(language).to_owned()),
        placeholder: item.placeholder.as_ref().map(|text| text.get(language).to_owned()),
        required: item.required,
        confidential: item.confidential,
        field: problems.field(&item.key, form.text(&item.key)),
    });
    // Nobody is asked at a provider's double.
    let endpoints = match manifest.teller {
        Teller::Provider => &EndpointOverride::ALL[..],
        Teller::Callback => &[],
    };
    let advanced: Vec<FormItem> = endpoints
        .iter()
        .map(|endpoint| FormItem {
            key: endpoint.key().to_owned(),
            kind: ItemKind::Text,
            label: console.text(match endpoint {
                EndpointOverride::Authorization => "console.application.authorization_endpoint",
                EndpointOverride::Token => "console.application.token_endpoint",
                EndpointOverride::UserInfo => "console.application.userinfo_endpoint",
            }),
            hint: None,
            placeholder: Some(endpoint.default_of(manifest).to_string()),
            required: false,
            confidential: false,
            field: problems.field(endpoint.key(), form.text(endpoint.key())),
        })
        .collect();
    let trust_unverified_email = form.text(TRUST_UNVERIFIED_EMAIL) == "true";
    let is_set = |item: &FormItem| !item.field.value.is_empty() || !item.field.errors.is_empty();
    let experience = sign_in_experience::get(&console.managed).await?;
    let page = ConnectorPage {
        name: saved.map_or_else(
            || manifest.name.get(language).to_owned(),
            |connector| name_of(console, connector),
        ),
        logo: factory.logo().to_owned(),
        dark_logo: None,
        new: saved.is_none(),
        list_href: if saved.is_some() { LIST } else { PICKER }.to_owned(),
        action: here.clone(),
        here_href: here,
        delete_href: saved.map(|_| page_of(id, "/delete")),
        errors: problems.entries(),
        redirect_uri: console.managed.tenant.url(&format!("/callback/{id}")),
        instructions: instructions(factory.readme(language)),
        items: items.collect(),
        advanced_open: trust_unverified_email || advanced.iter().any(is_set),
        advanced,
        sync_profile: form.sync_profile,
        trust_unverified_email,
        offered: is_offered(&experience, factory.target()),
        sign_in_experience_href: SIGN_IN_EXPERIENCE.to_owned(),
    };
    let shown = console.show_with(&page, problems.notice());
    Ok(shown.status(problems.status()).holds_secret().into_response())
}

/// The numbered steps of a provider's guide.
fn instructions(readme: &str) -> Vec<String> {
    let steps = readme.lines().filter_map(|line| {
        let (number, step) = line.split_once(". ")?;
        number.parse::<u32>().ok().map(|_| step.trim().to_owned())
    });
    steps.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use soleira_connect::Registry;

    #[test]
    fn every_provider_has_instructions_in_both_languages() {
        for factory in Registry::sandbox().unwrap().factories() {
            let english = instructions(factory.readme("en"));
            assert!(english.len() >= 3, "{}", factory.id());
            assert_eq!(
                english.len(),
                instructions(factory.readme("pt-BR")).len(),
                "{}",
                factory.id()
            );
        }
    }

    #[test]
    fn what_the_form_does_not_show_stays() {
        let registry = Registry::builtin().unwrap();
        let factory = registry.factory("huggingface-universal").unwrap();
        let kept: Map<String, Value> = [
            ("custom", "stays"),
            ("clientId", "old"),
            ("tokenEndpoint", "https://old.example/"),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect();
        let posted = [
            ("clientId", " new "),
            ("tokenEndpoint", ""),
            ("sync_profile", "yes"),
            ("other", "ignored"),
        ];
        let posted: Posted = posted
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let form = Form::read(factory, &posted, kept);
        assert_eq!(form.text("clientId"), "new");
        assert_eq!(form.text("custom"), "stays");
        assert_eq!(form.config.len(), 2);
        assert!(form.sync_profile);
    }

    #[test]
    fn only_identifiers_that_nobody_chose_are_taken() {
        assert!(is_made_here(&"abc123def456".into()));
        for other in ["", "abc", "ABC123def456", "abc123def45/", "abc123def456x"] {
            assert!(!is_made_here(&other.into()), "{other}");
        }
    }
}
