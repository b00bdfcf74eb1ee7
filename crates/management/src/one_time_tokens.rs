//! `/api/one-time-tokens`: what the links are made of by which people sign in without a password.

use crate::listing::{ListQuery, Paging};
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::OrganizationId;
use soleira_core::rules::identifier::is_email;
use soleira_directory::one_time_tokens::{self, NewOneTimeToken, OneTimeToken, Purpose, Status, TokenContext};
use soleira_web::{Access, Context, Issues, Result, Routes, Valid, Validate};

pub(crate) fn add(routes: Routes) -> Routes {
    let (all, one) = ("/api/one-time-tokens", "/api/one-time-tokens/{id}");
    routes
        .get(all, Access::Management, list_one_time_tokens)
        .post(all, Access::Management, create_one_time_token)
        .post("/api/one-time-tokens/verify", Access::Management, verify_one_time_token)
        .get(one, Access::Management, get_one_time_token)
        .delete(one, Access::Management, delete_one_time_token)
        .put(
            "/api/one-time-tokens/{id}/status",
            Access::Management,
            put_one_time_token_status,
        )
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) enum OneTimeTokenEvent {
    SignIn,
    Register,
    ForgotPassword,
}

/// What a token is for.
#[derive(Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OneTimeTokenContext {
    /// The organizations that whoever brings it becomes a member of.
    #[serde(skip_serializing_if = "Option::is_none")]
    jit_organization_ids: Option<Vec<String>>,
    /// The one thing that it may be used for; any if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction_event: Option<OneTimeTokenEvent>,
}

impl From<OneTimeTokenContext> for TokenContext {
    fn from(context: OneTimeTokenContext) -> Self {
        let ids = context.jit_organization_ids;
        Self {
            jit_organization_ids: ids.map(|ids| ids.into_iter().map(OrganizationId).collect()),
            interaction_event: context.interaction_event.map(|event| match event {
                OneTimeTokenEvent::SignIn => Purpose::SignIn,
                OneTimeTokenEvent::Register => Purpose::Register,
                OneTimeTokenEvent::ForgotPassword => Purpose::ForgotPassword,
            }),
        }
    }
}

impl From<TokenContext> for OneTimeTokenContext {
    fn from(context: TokenContext) -> Self {
        let ids = context.jit_organization_ids;
        Self {
            jit_organization_ids: ids.map(|ids| ids.into_iter().map(|id| id.0).collect()),
            interaction_event: context.interaction_event.map(|event| match event {
                Purpose::SignIn => OneTimeTokenEvent::SignIn,
                Purpose::Register => OneTimeTokenEvent::Register,
                Purpose::ForgotPassword => OneTimeTokenEvent::ForgotPassword,
            }),
        }
    }
}

/// What may still become of a token.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OneTimeTokenStatus {
    Active,
    Consumed,
    Revoked,
    Expired,
}

impl From<OneTimeTokenStatus> for Status {
    fn from(status: OneTimeTokenStatus) -> Self {
        match status {
            OneTimeTokenStatus::Active => Self::Active,
            OneTimeTokenStatus::Consumed => Self::Consumed,
            OneTimeTokenStatus::Revoked => Self::Revoked,
            OneTimeTokenStatus::Expired => Self::Expired,
        }
    }
}

impl From<Status> for OneTimeTokenStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Consumed => Self::Consumed,
            Status::Revoked => Self::Revoked,
            Status::Expired => Self::Expired,
        }
    }
}

/// A one-time token, with its value.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OneTimeToken)]
pub(crate) struct OneTimeTokenView {
    tenant_id: String,
    id: String,
    email: String,
    token: String,
    context: OneTimeTokenContext,
    status: OneTimeTokenStatus,
    /// Milliseconds since the epoch.
    created_at: i64,
    /// Milliseconds since the epoch.
    expires_at: i64,
}

impl From<OneTimeToken> for OneTimeTokenView {
    fn from(token: OneTimeToken) -> Self {
        Self {
            tenant_id: token.tenant_id.0,
            id: token.id,
            email: token.email,
            token: token.token,
            context: token.context.into(),
            status: token.status.into(),
            created_at: token.created_at.0,
            expires_at: token.expires_at.0,
        }
    }
}

/// A token to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateOneTimeToken {
    #[schema(min_length = 1, max_length = 128)]
    email: String,
    #[serde(default)]
    context: OneTimeTokenContext,
    /// Seconds; 600 if absent.
    #[serde(default)]
    #[schema(minimum = 1)]
    expires_in: Option<i64>,
}

impl Validate for CreateOneTimeToken {}

/// A token that somebody brought, and the address that they say is theirs.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct VerifyOneTimeToken {
    #[schema(min_length = 1, max_length = 256)]
    token: String,
    #[schema(min_length = 1, max_length = 128)]
    email: String,
}

impl Validate for VerifyOneTimeToken {
    fn validate(&self, issues: &mut Issues) {
        issues.length("token", &self.token, 1, 256);
        issues.length("email", &self.email, 1, 128);
        if !is_email(&self.email) {
            issues.add("email", "invalid_string", "Invalid email");
        }
    }
}

/// Another status of a token.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct UpdateOneTimeTokenStatus {
    status: OneTimeTokenStatus,
}

impl Validate for UpdateOneTimeTokenStatus {}

/// The tokens, newest first.
#[utoipa::path(get, path = "/api/one-time-tokens", operation_id = "ListOneTimeTokens", tag = "One-time tokens",
    params(("email" = Option<String>, Query, description = "Only those of this address"),
        ("status" = Option<OneTimeTokenStatus>, Query, description = "Only those of this status"),
        ("page" = Option<i64>, Query, minimum = 1), ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = [OneTimeTokenView]), (status = 400)))]
pub(crate) async fn list_one_time_tokens(ctx: Context, query: ListQuery) -> Result {
    let paging = query.optional_paging()?;
    let status = match query.value("status").map(Status::parse) {
        None => None,
        Some(Some(status)) => Some(status),
        Some(None) => return Err(crate::listing::invalid_parameter("status", "Unknown status")),
    };
    let email = query.value("email");
    if email.is_some_and(|email| !is_email(email)) {
        return Err(crate::listing::invalid_parameter("email", "Invalid email"));
    }
    let listing = one_time_tokens::list(&ctx, email.map(str::to_owned), status, paging.map(Paging::rows)).await?;
    Ok(query.answer(&ctx, listing.map(OneTimeTokenView::from), paging))
}

/// Makes a token for an address: put it into a link, and send that there.
#[utoipa::path(post, path = "/api/one-time-tokens", operation_id = "AddOneTimeTokens", tag = "One-time tokens",
    request_body = CreateOneTimeToken, responses((status = 201, body = OneTimeTokenView), (status = 400)))]
pub(crate) async fn create_one_time_token(
    ctx: Context,
    Valid(input): Valid<CreateOneTimeToken>,
) -> Result<(StatusCode, Json<OneTimeTokenView>)> {
    let new = NewOneTimeToken {
        email: input.email,
        context: input.context.into(),
        expires_in: input.expires_in,
    };
    let token = one_time_tokens::create(&ctx, new).await?;
    Ok((StatusCode::CREATED, Json(token.into())))
}

/// Uses a token up.
#[utoipa::path(post, path = "/api/one-time-tokens/verify", operation_id = "VerifyOneTimeToken",
    tag = "One-time tokens", request_body = VerifyOneTimeToken,
    responses((status = 200, body = OneTimeTokenView), (status = 400), (status = 404)))]
pub(crate) async fn verify_one_time_token(
    ctx: Context,
    Valid(input): Valid<VerifyOneTimeToken>,
) -> Result<Json<OneTimeTokenView>> {
    let token = one_time_tokens::verify(&ctx, &input.email, &input.token).await?;
    Ok(Json(token.into()))
}

/// A token.
#[utoipa::path(get, path = "/api/one-time-tokens/{id}", operation_id = "GetOneTimeToken", tag = "One-time tokens",
    params(("id" = String, Path)), responses((status = 200, body = OneTimeTokenView), (status = 404)))]
pub(crate) async fn get_one_time_token(ctx: Context, Path(id): Path<String>) -> Result<Json<OneTimeTokenView>> {
    Ok(Json(one_time_tokens::get(&ctx, &id).await?.into()))
}

/// Withdraws a token, or notes what became of it otherwise; none becomes active again.
#[utoipa::path(put, path = "/api/one-time-tokens/{id}/status", operation_id = "ReplaceOneTimeTokenStatus",
    tag = "One-time tokens", params(("id" = String, Path)), request_body = UpdateOneTimeTokenStatus,
    responses((status = 200, body = OneTimeTokenView), (status = 400), (status = 404)))]
pub(crate) async fn put_one_time_token_status(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UpdateOneTimeTokenStatus>,
) -> Result<Json<OneTimeTokenView>> {
    let token = one_time_tokens::set_status(&ctx, &id, input.status.into()).await?;
    Ok(Json(token.into()))
}

/// Removes a token.
#[utoipa::path(delete, path = "/api/one-time-tokens/{id}", operation_id = "DeleteOneTimeToken",
    tag = "One-time tokens", params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_one_time_token(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    one_time_tokens::delete(&ctx, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
