//! Accounts of users at providers.

use super::{IdentityView, UserView, by_target};
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soleira_core::{ConnectorId, UserId};
use soleira_directory::connectors;
use soleira_directory::users::{self, NewIdentity};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};
use std::collections::BTreeMap;

pub(super) fn add(routes: Routes) -> Routes {
    let path = "/api/users/{userId}/identities/{target}";
    routes
        .get(path, Access::Management, get_identity)
        .put(path, Access::Management, put_identity)
        .delete(path, Access::Management, delete_identity)
        .post("/api/users/{userId}/identities", Access::Management, create_identity)
        .get("/api/users/{userId}/all-identities", Access::Management, all_identities)
}

type Identities = BTreeMap<String, IdentityView>;

/// One account at a provider.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OneIdentity {
    identity: IdentityView,
}

/// A user's account at a provider.
#[utoipa::path(get, path = "/api/users/{userId}/identities/{target}", operation_id = "GetUserIdentity", tag = "Users",
    params(("userId" = String, Path), ("target" = String, Path), ("includeTokenSecret" = Option<bool>, Query)),
    responses((status = 200, body = OneIdentity), (status = 404)))]
pub(crate) async fn get_identity(
    ctx: Context,
    Path((id, target)): Path<(String, String)>,
) -> Result<Json<OneIdentity>> {
    let identity = users::identity(&ctx, &UserId(id), &target).await?.into();
    Ok(Json(OneIdentity { identity }))
}

/// An account to link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PutIdentity {
    /// The account's identifier at the provider.
    user_id: String,
    #[serde(default)]
    details: Option<Map<String, Value>>,
}

impl Validate for PutIdentity {}

/// Links an account at a provider to a user, in place of the one of the same target.
#[utoipa::path(put, path = "/api/users/{userId}/identities/{target}", operation_id = "ReplaceUserIdentity", tag = "Users",
    params(("userId" = String, Path), ("target" = String, Path)), request_body = PutIdentity,
    responses((status = 200, body = BTreeMap<String, IdentityView>, description = "Replaced"),
        (status = 201, body = BTreeMap<String, IdentityView>, description = "Linked"), (status = 404), (status = 422)))]
pub(crate) async fn put_identity(
    ctx: Context,
    Path((id, target)): Path<(String, String)>,
    Valid(input): Valid<PutIdentity>,
) -> Result<(StatusCode, Json<Identities>)> {
    let new = NewIdentity {
        target,
        identity_id: input.user_id,
        connector_id: None,
        details: input.details.map(Value::Object),
    };
    let (identities, is_first) = users::put_identity(&ctx, &UserId(id), new).await?;
    let status = if is_first { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(by_target(identities))))
}

/// What a provider answered.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateIdentity {
    connector_id: String,
    /// What the provider sent along, and the `redirectUri` that it was asked with.
    connector_data: Map<String, Value>,
}

impl Validate for CreateIdentity {}

/// Links the account at a provider that the provider's answer is about.
#[utoipa::path(post, path = "/api/users/{userId}/identities", operation_id = "CreateUserIdentity", tag = "Users",
    params(("userId" = String, Path)), request_body = CreateIdentity,
    responses((status = 200, body = BTreeMap<String, IdentityView>), (status = 404), (status = 422)))]
pub(crate) async fn create_identity(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<CreateIdentity>,
) -> Result<Json<Identities>> {
    let connector = ConnectorId(input.connector_id);
    let identities = connectors::link(&ctx, &UserId(id), &connector, &input.connector_data).await?;
    Ok(Json(by_target(identities)))
}

/// Unlinks a user's account at a provider.
#[utoipa::path(delete, path = "/api/users/{userId}/identities/{target}", operation_id = "DeleteUserIdentity", tag = "Users",
    params(("userId" = String, Path), ("target" = String, Path)),
    responses((status = 200, body = UserView), (status = 404)))]
pub(crate) async fn delete_identity(
    ctx: Context,
    Path((id, target)): Path<(String, String)>,
) -> Result<Json<UserView>> {
    Ok(Json(UserView::of(
        users::delete_identity(&ctx, &UserId(id), &target).await?,
    )))
}

/// An account at a social provider.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SocialIdentityEntry {
    identity: IdentityView,
    target: String,
}

/// All accounts at providers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AllIdentities {
    social_identities: Vec<SocialIdentityEntry>,
    /// Enterprise identities, of which there are none yet.
    #[schema(value_type = Vec<Object>)]
    sso_identities: Vec<Value>,
}

/// All accounts of a user at providers.
#[utoipa::path(get, path = "/api/users/{userId}/all-identities", operation_id = "ListUserAllIdentities", tag = "Users",
    params(("userId" = String, Path), ("includeTokenSecret" = Option<bool>, Query)),
    responses((status = 200, body = AllIdentities), (status = 404)))]
pub(crate) async fn all_identities(ctx: Context, Path(id): Path<String>) -> Result<Json<AllIdentities>> {
    let identities = users::all_identities(&ctx, &UserId(id)).await?;
    let social = identities.into_iter().map(|identity| SocialIdentityEntry {
        target: identity.target.clone(),
        identity: identity.into(),
    });
    Ok(Json(AllIdentities {
        social_identities: social.collect(),
        sso_identities: Vec::new(),
    }))
}
