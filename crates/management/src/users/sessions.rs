//! Sessions and grants of users.

use crate::listing::{ListQuery, invalid_parameter};
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use soleira_core::{GrantId, SessionUid, UserId};
use soleira_directory::users::{self, RevokedGrants, UserGrant, UserSession};
use soleira_web::{Access, Context, Result, Routes};
use std::collections::BTreeMap;

pub(super) fn add(routes: Routes) -> Routes {
    let one = "/api/users/{userId}/sessions/{sessionId}";
    routes
        .get("/api/users/{userId}/sessions", Access::Management, list_sessions)
        .get(one, Access::Management, get_session)
        .delete(one, Access::Management, delete_session)
        .get("/api/users/{userId}/grants", Access::Management, list_grants)
        .delete("/api/users/{userId}/grants/{grantId}", Access::Management, delete_grant)
}

/// What a session allowed to a client.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authorization {
    sid: String,
    grant_id: String,
    persists_logout: bool,
}

/// A session as the provider keeps it. Times in seconds since the epoch.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionPayload {
    exp: i64,
    iat: i64,
    jti: String,
    uid: String,
    /// `Session`.
    kind: &'static str,
    login_ts: i64,
    account_id: String,
    /// By client.
    authorizations: BTreeMap<String, Authorization>,
}

/// A session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub(crate) struct SessionView {
    payload: SessionPayload,
    #[schema(required, value_type = Option<Object>)]
    last_submission: Option<Value>,
    #[schema(required)]
    client_id: Option<String>,
    #[schema(required)]
    account_id: Option<String>,
    /// Milliseconds since the epoch.
    expires_at: i64,
}

impl SessionView {
    fn of(user: &UserId, UserSession { session, clients }: UserSession) -> Self {
        let signed_in = session.authenticated_at.unwrap_or(session.updated_at).seconds();
        let client_id = clients.first().map(|client| client.client_id.0.clone());
        let authorizations = clients.into_iter().map(|client| {
            let authorization = Authorization {
                sid: client.sid,
                grant_id: client.grant_id.0,
                persists_logout: client.persists_logout,
            };
            (client.client_id.0, authorization)
        });
        Self {
            payload: SessionPayload {
                exp: session.expires_at.seconds(),
                iat: session.updated_at.seconds(),
                // The session's secret name is known to its browser alone.
                jti: session.uid.0.clone(),
                uid: session.uid.0,
                kind: "Session",
                login_ts: signed_in,
                account_id: user.0.clone(),
                authorizations: authorizations.collect(),
            },
            last_submission: None,
            client_id,
            account_id: Some(user.0.clone()),
            expires_at: session.expires_at.0,
        }
    }
}

/// The sessions of a user.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Sessions {
    sessions: Vec<SessionView>,
}

/// The live sessions of a user; none for a user who is not there.
#[utoipa::path(get, path = "/api/users/{userId}/sessions", operation_id = "ListUserSessions", tag = "Users",
    params(("userId" = String, Path)), responses((status = 200, body = Sessions)))]
pub(crate) async fn list_sessions(ctx: Context, Path(id): Path<String>) -> Result<Json<Sessions>> {
    let user = UserId(id);
    let found = users::sessions(&ctx, &user).await?;
    Ok(Json(Sessions {
        sessions: found
            .into_iter()
            .map(|session| SessionView::of(&user, session))
            .collect(),
    }))
}

/// A session of a user.
#[utoipa::path(get, path = "/api/users/{userId}/sessions/{sessionId}", operation_id = "GetUserSession", tag = "Users",
    params(("userId" = String, Path), ("sessionId" = String, Path)),
    responses((status = 200, body = SessionView), (status = 404)))]
pub(crate) async fn get_session(
    ctx: Context,
    Path((id, session)): Path<(String, String)>,
) -> Result<Json<SessionView>> {
    let user = UserId(id);
    let found = users::session(&ctx, &user, &SessionUid(session)).await?;
    Ok(Json(SessionView::of(&user, found)))
}

/// Ends a session of a user.
#[utoipa::path(delete, path = "/api/users/{userId}/sessions/{sessionId}", operation_id = "DeleteUserSession", tag = "Users",
    params(("userId" = String, Path), ("sessionId" = String, Path),
        ("revokeGrantsTarget" = Option<String>, Query, description = "`all` or `firstParty`")),
    responses((status = 204), (status = 404)))]
pub(crate) async fn delete_session(
    ctx: Context,
    Path((id, session)): Path<(String, String)>,
    query: ListQuery,
) -> Result<StatusCode> {
    let revoked = match query.value("revokeGrantsTarget") {
        None => None,
        Some("all") => Some(RevokedGrants::All),
        Some("firstParty") => Some(RevokedGrants::FirstParty),
        Some(_) => return Err(invalid_parameter("revokeGrantsTarget", "all or firstParty")),
    };
    users::end_session(&ctx, &UserId(id), &SessionUid(session), revoked).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A grant as the provider keeps it. Times in seconds since the epoch.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GrantPayload {
    exp: i64,
    iat: i64,
    jti: String,
    /// `Grant`.
    kind: &'static str,
    client_id: String,
    account_id: String,
}

/// The application that holds a grant.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct GrantApplication {
    id: String,
    name: String,
}

/// A grant.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Grant)]
pub(crate) struct GrantView {
    id: String,
    payload: GrantPayload,
    /// Milliseconds since the epoch.
    expires_at: i64,
    application: GrantApplication,
}

impl From<UserGrant> for GrantView {
    fn from(
        UserGrant {
            grant,
            application_name,
        }: UserGrant,
    ) -> Self {
        Self {
            id: grant.id.0.clone(),
            payload: GrantPayload {
                exp: grant.expires_at.seconds(),
                iat: grant.created_at.seconds(),
                jti: grant.id.0,
                kind: "Grant",
                client_id: grant.client_id.0.clone(),
                account_id: grant.user_id.0,
            },
            expires_at: grant.expires_at.0,
            application: GrantApplication {
                id: grant.client_id.0,
                name: application_name,
            },
        }
    }
}

/// The grants of a user.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Grants {
    grants: Vec<GrantView>,
}

/// What a user allowed to applications; nothing for a user who is not there.
#[utoipa::path(get, path = "/api/users/{userId}/grants", operation_id = "ListUserGrants", tag = "Users",
    params(("userId" = String, Path),
        ("appType" = Option<String>, Query, description = "`firstParty` or `thirdParty`")),
    responses((status = 200, body = Grants)))]
pub(crate) async fn list_grants(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result<Json<Grants>> {
    let third_party = match query.value("appType") {
        None => None,
        Some("firstParty") => Some(false),
        Some("thirdParty") => Some(true),
        Some(_) => return Err(invalid_parameter("appType", "firstParty or thirdParty")),
    };
    let found = users::grants(&ctx, &UserId(id), third_party).await?;
    Ok(Json(Grants {
        grants: found.into_iter().map(GrantView::from).collect(),
    }))
}

/// Revokes a grant and every token that was issued under it.
#[utoipa::path(delete, path = "/api/users/{userId}/grants/{grantId}", operation_id = "DeleteUserGrant", tag = "Users",
    params(("userId" = String, Path), ("grantId" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete_grant(ctx: Context, Path((id, grant)): Path<(String, String)>) -> Result<StatusCode> {
    users::revoke_grant(&ctx, &UserId(id), &GrantId(grant)).await?;
    Ok(StatusCode::NO_CONTENT)
}
