//! Consent for pages of one's own: `/api/interaction/consent` (docs/wire/experience.md, "Consent").

use crate::api::Arriving;
use crate::scene::browser;
use axum::Json;
use serde::{Deserialize, Serialize};
use soleira_access::consent::{self, Asked, AskedOrganization, AskedResource, AskedScope};
use soleira_core::OrganizationId;
use soleira_core::model::Branding;
use soleira_web::{Access, Face, Result, Routes, Valid, Validate};

const PATH: &str = "/api/interaction/consent";

/// The routes of consent.
pub(crate) fn routes() -> Routes {
    Routes::new(Face::Api)
        .get(PATH, Access::Interaction, show)
        .post(PATH, Access::Interaction, allow)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationView {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    branding: Branding,
    #[serde(skip_serializing_if = "Option::is_none")]
    terms_of_use_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    privacy_policy_url: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserView {
    id: String,
    name: Option<String>,
    avatar: Option<String>,
    username: Option<String>,
    primary_email: Option<String>,
    primary_phone: Option<String>,
}

#[derive(Debug, Serialize)]
struct ScopeView {
    id: String,
    name: String,
    description: Option<String>,
}

#[derive(Debug, Serialize)]
struct ResourceView {
    id: String,
    name: String,
    indicator: String,
}

#[derive(Debug, Serialize)]
struct ResourceScopesView {
    resource: ResourceView,
    scopes: Vec<ScopeView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationView {
    id: String,
    name: String,
    missing_resource_scopes: Vec<ResourceScopesView>,
}

/// What is to be asked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsentView {
    application: ApplicationView,
    user: UserView,
    organizations: Vec<OrganizationView>,
    #[serde(rename = "missingOIDCScope")]
    missing_oidc_scope: Vec<String>,
    missing_resource_scopes: Vec<ResourceScopesView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<String>,
}

impl From<AskedScope> for ScopeView {
    fn from(scope: AskedScope) -> Self {
        Self {
            id: scope.id,
            name: scope.name,
            description: scope.description,
        }
    }
}

impl From<AskedResource> for ResourceScopesView {
    fn from(asked: AskedResource) -> Self {
        Self {
            resource: ResourceView {
                id: asked.id,
                name: asked.name,
                indicator: asked.indicator,
            },
            scopes: asked.scopes.into_iter().map(ScopeView::from).collect(),
        }
    }
}

impl From<AskedOrganization> for OrganizationView {
    fn from(asked: AskedOrganization) -> Self {
        Self {
            id: asked.id.0,
            name: asked.name,
            missing_resource_scopes: asked.resources.into_iter().map(ResourceScopesView::from).collect(),
        }
    }
}

impl From<Asked> for ConsentView {
    fn from(asked: Asked) -> Self {
        let (application, user) = (asked.application, asked.user);
        Self {
            application: ApplicationView {
                id: application.id,
                name: application.name,
                display_name: application.display_name,
                branding: application.branding,
                terms_of_use_url: application.terms_of_use_url,
                privacy_policy_url: application.privacy_policy_url,
            },
            user: UserView {
                id: user.id.0,
                name: user.name,
                avatar: user.avatar,
                username: user.username,
                primary_email: user.primary_email,
                primary_phone: user.primary_phone,
            },
            organizations: asked.organizations.into_iter().map(OrganizationView::from).collect(),
            missing_oidc_scope: asked.openid.iter().map(str::to_owned).collect(),
            missing_resource_scopes: asked.resources.into_iter().map(ResourceScopesView::from).collect(),
            redirect_uri: asked.redirect_uri,
        }
    }
}

async fn show(visit: Arriving) -> Result<Json<ConsentView>> {
    let browser = browser(&visit.ctx);
    let asked = consent::asked(&visit.ctx, &browser, &visit.interaction).await?;
    Ok(Json(asked.into()))
}

/// The person's yes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Allowed {
    /// The organizations that they open to the application.
    organization_ids: Vec<OrganizationId>,
}

impl Validate for Allowed {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Onward {
    redirect_to: String,
}

async fn allow(visit: Arriving, Valid(input): Valid<Allowed>) -> Result<Json<Onward>> {
    let browser = browser(&visit.ctx);
    let redirect_to = consent::allow(&visit.ctx, &browser, &visit.interaction, input.organization_ids).await?;
    Ok(Json(Onward { redirect_to }))
}
