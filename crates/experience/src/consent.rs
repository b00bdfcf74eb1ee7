//! `/consent`: the tenant's own applications get what they miss without a page; for those of others the person is asked.

mod api;

pub(crate) use api::routes as api_routes;

use crate::link;
use crate::outcome;
use crate::query::PageQuery;
use crate::scene::{Scene, browser, found, see_other};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use soleira_access::consent::{self, Asked, AskedScope, Choice, Question};
use soleira_core::model::User;
use soleira_core::{Error, OrganizationId};
use soleira_oauth::resource;
use soleira_ui::pages::experience::{ConsentPage, RequestedOrganization, RequestedResource, RequestedScope};
use soleira_web::{Context, CsrfForm, Query, Result};
use url::Url;

const PATH: &str = "/consent";

/// Grants what is missing, or asks.
pub(crate) async fn show(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    let browser = browser(&scene.ctx);
    match link::before_consent(&scene, &browser).await {
        Ok(None) => {}
        Ok(Some(page)) => return Ok(found(&page)),
        Err(error) => return refused(&scene, &error).await,
    }
    match consent::question(&scene.ctx, &browser, &scene.interaction).await {
        Ok(Question::Nothing) => {
            match consent::auto_consent(&scene.ctx, &browser, &scene.interaction).await {
                // 303, as clients with a cookie jar count on (docs/sandbox.md).
                Ok(url) => Ok(see_other(&url)),
                Err(error) => refused(&scene, &error).await,
            }
        }
        Ok(Question::Ask(asked)) => Ok(ask(&scene, &asked)),
        Err(error) => refused(&scene, &error).await,
    }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ConsentForm {
    decision: String,
    /// The organizations that were chosen.
    organization: Vec<String>,
}

/// Goes on with the person's decision.
pub(crate) async fn submit(
    ctx: Context,
    Query(query): Query<PageQuery>,
    CsrfForm(form): CsrfForm<ConsentForm>,
) -> Result {
    let scene = Scene::open(ctx, query, PATH).await?;
    let browser = browser(&scene.ctx);
    let outcome = match form.decision.as_str() {
        "allow" => {
            let chosen = form.organization.into_iter().filter(|id| !id.is_empty());
            let chosen = chosen.map(OrganizationId).collect();
            consent::allow(&scene.ctx, &browser, &scene.interaction, chosen).await
        }
        "switch" => consent::switch_account(&scene.ctx, &scene.interaction)
            .await
            .map(|()| scene.page("/sign-in")),
        // Whatever is not a clear yes is a no.
        _ => consent::deny(&scene.ctx, &scene.interaction).await,
    };
    match outcome {
        Ok(url) => Ok(see_other(&url)),
        Err(error) => refused(&scene, &error).await,
    }
}

async fn refused(scene: &Scene, error: &Error) -> Result<Response> {
    match outcome::elsewhere(scene, error).await? {
        Some(response) => Ok(response),
        None => Ok(scene.failed(error)),
    }
}

fn ask(scene: &Scene, asked: &Asked) -> Response {
    let page = page(scene, asked);
    let images = [&page.logo_url, &page.dark_logo_url];
    let shown = scene.show(&page);
    let shown = images
        .into_iter()
        .flatten()
        .fold(shown, |shown, url| shown.shows_image(url));
    match &asked.redirect_uri {
        Some(redirect_uri) => shown.leads_to(redirect_uri).into_response(),
        None => shown.into_response(),
    }
}

/// The question, in words where there are words for it.
fn page(scene: &Scene, asked: &Asked) -> ConsentPage {
    let application = &asked.application;
    let offline = asked.offline.then_some("offline_access");
    let (person, person_detail) = person(&asked.user);
    // What a stranger's document names is not loaded: it would tell the stranger who is looking at this page.
    let registered = application.host.is_none();
    let logo = |url: &Option<String>| url.clone().filter(|url| registered && !url.is_empty());
    ConsentPage {
        action: scene.page(PATH),
        application: application
            .display_name
            .clone()
            .unwrap_or_else(|| application.name.clone()),
        logo_url: logo(&application.branding.logo_url),
        dark_logo_url: logo(&application.branding.dark_logo_url),
        host: application.host.clone(),
        person,
        person_detail,
        scopes: asked
            .openid
            .iter()
            .chain(offline)
            .map(|name| standard(scene, name))
            .collect(),
        resources: asked
            .resources
            .iter()
            .map(|resource| RequestedResource {
                name: if resource.indicator == resource::ORGANIZATIONS {
                    String::new()
                } else {
                    resource.name.clone()
                },
                scopes: resource.scopes.iter().map(requested).collect(),
            })
            .collect(),
        organizations: asked
            .organizations
            .iter()
            .map(|organization| RequestedOrganization {
                id: organization.id.to_string(),
                name: organization.name.clone(),
                scopes: organization
                    .resources
                    .iter()
                    .flat_map(|resource| resource.scopes.iter().map(requested))
                    .collect(),
                is_open: organization.is_open,
            })
            .collect(),
        one_organization: asked.choice == Choice::One,
        terms_url: application.terms_of_use_url.clone(),
        privacy_url: application.privacy_policy_url.clone(),
        destination: asked.redirect_uri.as_deref().and_then(destination),
    }
}

/// A standard scope in words.
fn standard(scene: &Scene, name: &str) -> RequestedScope {
    let short = name.strip_prefix("urn:logto:scope:").unwrap_or(name);
    let key = format!("experience.consent.scope.{short}");
    let text = scene.text(&key);
    RequestedScope {
        name: name.to_owned(),
        description: (text != key).then_some(text),
    }
}

fn requested(scope: &AskedScope) -> RequestedScope {
    RequestedScope {
        name: scope.name.clone(),
        description: scope.description.clone(),
    }
}

/// Who is signed in, and what tells them apart from namesakes.
pub(crate) fn person(user: &User) -> (String, Option<String>) {
    let phone = user.primary_phone.as_ref().map(|phone| format!("+{phone}"));
    let mut known = [&user.name, &user.username, &user.primary_email, &phone]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .cloned();
    let first = known.next().unwrap_or_else(|| user.id.to_string());
    let detail = user.primary_email.clone().filter(|email| *email != first);
    (first, detail.or_else(|| known.next()))
}

/// Where a redirect URI leads, as far as a person can judge it: a host, or the scheme of a program on their device.
fn destination(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    Some(match (url.scheme(), url.host_str(), url.port()) {
        ("http" | "https", Some(host), Some(port)) => format!("{host}:{port}"),
        ("http" | "https", Some(host), None) => host.to_owned(),
        (scheme, ..) => format!("{scheme}:"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_what_a_person_can_judge() {
        for (redirect_uri, shown) in [
            ("https://app.example/callback?x=1", "app.example"),
            ("http://localhost:3000/callback", "localhost:3000"),
            ("myapp://callback", "myapp:"),
            ("com.example.app:/callback", "com.example.app:"),
        ] {
            assert_eq!(destination(redirect_uri).as_deref(), Some(shown));
        }
    }
}
