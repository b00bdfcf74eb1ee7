//! `/api/experience/verification/social`: what a person proves at a provider.

use super::Verified;
use super::visit::Visit;
use axum::Json;
use axum::extract::Path;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soleira_access::interaction;
use soleira_core::ConnectorId;
use soleira_web::{Access, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .post(
            "/api/experience/verification/social/{connectorId}/authorization-uri",
            Access::Interaction,
            authorization_uri,
        )
        .post(
            "/api/experience/verification/social/{connectorId}/verify",
            Access::Interaction,
            verify,
        )
}

/// How a program knows its browser again, and where it comes back to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SocialVerification)]
pub(crate) struct AuthorizationBody {
    state: String,
    redirect_uri: String,
}

impl Validate for AuthorizationBody {}

/// Where to send the browser.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SocialAuthorization)]
pub(crate) struct AuthorizationView {
    authorization_uri: String,
    verification_id: String,
}

/// Begins a sign-in at a provider.
#[utoipa::path(post, path = "/api/experience/verification/social/{connectorId}/authorization-uri",
    operation_id = "CreateSocialVerification", tag = "Experience", security(()),
    params(("connectorId" = String, Path)), request_body = AuthorizationBody,
    responses((status = 200, body = AuthorizationView), (status = 400), (status = 404), (status = 500)))]
pub(crate) async fn authorization_uri(
    visit: Visit,
    Path(connector_id): Path<String>,
    Valid(input): Valid<AuthorizationBody>,
) -> Result<Json<AuthorizationView>> {
    let connector_id = ConnectorId(connector_id);
    let authorization = interaction::authorize_social(
        &visit.ctx,
        &visit.interaction,
        &connector_id,
        &input.state,
        &input.redirect_uri,
    )
    .await?;
    Ok(Json(AuthorizationView {
        authorization_uri: authorization.authorization_uri,
        verification_id: authorization.verification_id,
    }))
}

/// What the provider sent along.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReturnedSocialVerification)]
pub(crate) struct ReturnedBody {
    #[schema(value_type = Object)]
    connector_data: Map<String, Value>,
    verification_id: Option<String>,
}

impl Validate for ReturnedBody {}

/// Ends a sign-in at a provider.
#[utoipa::path(post, path = "/api/experience/verification/social/{connectorId}/verify",
    operation_id = "VerifySocialVerification", tag = "Experience", security(()),
    params(("connectorId" = String, Path)), request_body = ReturnedBody,
    responses((status = 200, body = Verified), (status = 400), (status = 401), (status = 404), (status = 422),
        (status = 500)))]
pub(crate) async fn verify(
    visit: Visit,
    Path(connector_id): Path<String>,
    Valid(input): Valid<ReturnedBody>,
) -> Result<Json<Verified>> {
    let connector_id = ConnectorId(connector_id);
    let verification_id = interaction::verify_social(
        &visit.ctx,
        &visit.interaction,
        &connector_id,
        input.verification_id.as_deref(),
        input.connector_data,
    )
    .await?;
    Ok(Json(Verified { verification_id }))
}
