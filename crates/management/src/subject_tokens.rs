//! `/api/subject-tokens`.

use axum::Json;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soleira_core::UserId;
use soleira_directory::subject_tokens;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(crate) fn add(routes: Routes) -> Routes {
    routes.post("/api/subject-tokens", Access::Management, create)
}

/// Whom a token is to stand for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateSubjectToken {
    user_id: String,
    /// What scripts for claims may read.
    #[serde(default)]
    context: Map<String, Value>,
}

impl Validate for CreateSubjectToken {}

/// A token that stands for a user, once.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubjectTokenView {
    subject_token: String,
    /// Seconds.
    expires_in: i64,
}

/// Makes a token that an application exchanges to act for a user.
#[utoipa::path(post, path = "/api/subject-tokens", operation_id = "CreateSubjectToken", tag = "Subject tokens",
    request_body = CreateSubjectToken, responses((status = 201, body = SubjectTokenView), (status = 404)))]
pub(crate) async fn create(
    ctx: Context,
    Valid(input): Valid<CreateSubjectToken>,
) -> Result<(StatusCode, Json<SubjectTokenView>)> {
    let token = subject_tokens::create(&ctx, &UserId(input.user_id), input.context).await?;
    let view = SubjectTokenView {
        subject_token: token.expose().to_owned(),
        expires_in: subject_tokens::LIFETIME,
    };
    Ok((StatusCode::CREATED, Json(view)))
}
