//! Whose sign-in a request is about.

use crate::scene::browser;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::IntoResponse;
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};
use soleira_access::interaction::{self, Flow, Interaction};
use soleira_core::{Code, Error};
use soleira_phrases::Phrases;
use soleira_web::{Context, Failure, Query, Web};

/// The header by which a page says which of the browser's sign-ins it means.
const APP_ID: &str = "logto-app-id";

/// A request of a browser that has a sign-in under way; 400 `session.not_found` otherwise.
#[derive(Debug)]
pub(crate) struct Arriving {
    pub(crate) ctx: Context,
    pub(crate) interaction: Interaction,
}

/// A request about a sign-in that was begun with `PUT /api/experience`; 404 `session.interaction_not_found` otherwise.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) ctx: Context,
    pub(crate) interaction: Interaction,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    app_id: Option<String>,
    parse_error: Option<String>,
}

impl FromRequestParts<Web> for Arriving {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let ctx = Context::from_request_parts(parts, web).await?;
        let Query(asked) = Query::<Asked>::from_request_parts(parts, web).await?;
        let named = parts.headers.get(APP_ID).and_then(|value| value.to_str().ok());
        let app_id = named.or(asked.app_id.as_deref()).filter(|id| !id.is_empty());
        match interaction::load(&ctx, &browser(&ctx), app_id).await {
            Ok(interaction) => Ok(Self { ctx, interaction }),
            Err(error) if error.code() == Code::SessionNotFound => {
                Err(no_session(&ctx, &error, asked.parse_error.as_deref()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The protocol's own refusal, with what the API adds unless it is asked not to (`parse_error=false`).
fn no_session(ctx: &Context, error: &Error, parse_error: Option<&str>) -> Failure {
    let description = error.cause().unwrap_or("interaction session not found");
    let mut body = json!({ "error": "invalid_request", "error_description": description });
    if parse_error != Some("false") {
        let code = error.code().as_str();
        body["code"] = json!(code);
        body["message"] = json!(Phrases::built_in().text(ctx.language(), &format!("errors.{code}")));
    }
    Failure::answer((StatusCode::BAD_REQUEST, Json::<Value>(body)).into_response())
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let Arriving { ctx, interaction } = Arriving::from_request_parts(parts, web).await?;
        if interaction.record.flow.is_none() {
            return Err(Error::new(Code::SessionInteractionNotFound).into());
        }
        Ok(Self { ctx, interaction })
    }
}

impl Visit {
    /// Where the sign-in stands.
    pub(crate) fn flow(&self) -> Result<&Flow, Failure> {
        let flow = self.interaction.record.flow.as_ref();
        flow.ok_or_else(|| Error::new(Code::SessionInteractionNotFound).into())
    }
}
