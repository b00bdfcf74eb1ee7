//! `/api/experience` itself: what the person set out to do, who they are, and the end of it.

use super::InteractionEvent;
use super::visit::{Arriving, Visit};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use soleira_access::interaction::{self, Identification, Identified};
use soleira_core::Code;
use soleira_web::{Access, Result, Routes, Valid, Validate};

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .put("/api/experience", Access::Interaction, init)
        .put("/api/experience/interaction-event", Access::Interaction, switch_event)
        .get("/api/experience/interaction", Access::Interaction, get)
        .post("/api/experience/identification", Access::Interaction, identify)
        .post("/api/experience/submit", Access::Interaction, submit)
}

/// The beginning of a sign-in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InitInteraction {
    interaction_event: InteractionEvent,
    captcha_token: Option<String>,
}

impl Validate for InitInteraction {}

/// Begins anew: nothing that was proved or gathered before remains.
#[utoipa::path(put, path = "/api/experience", operation_id = "InitInteraction", tag = "Experience",
    security(()), request_body = InitInteraction, responses((status = 204), (status = 400), (status = 422)))]
pub(crate) async fn init(visit: Arriving, Valid(input): Valid<InitInteraction>) -> Result<StatusCode> {
    if input.captcha_token.is_some() {
        // No captcha provider can be set up here yet, so none can confirm the token.
        return Err(Code::SessionCaptchaFailed.into());
    }
    interaction::begin(&visit.ctx, &visit.interaction.id, input.interaction_event.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a person sets out to do instead.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateInteractionEvent {
    interaction_event: InteractionEvent,
}

impl Validate for UpdateInteractionEvent {}

/// Goes on with signing in instead of registering, or the other way, with what was proved so far.
#[utoipa::path(put, path = "/api/experience/interaction-event", operation_id = "UpdateInteractionEvent",
    tag = "Experience", security(()), request_body = UpdateInteractionEvent,
    responses((status = 204), (status = 400), (status = 403), (status = 404)))]
pub(crate) async fn switch_event(visit: Visit, Valid(input): Valid<UpdateInteractionEvent>) -> Result<StatusCode> {
    interaction::switch_event(&visit.ctx, &visit.interaction.id, input.interaction_event.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The members of a sign-in as the wire shows it.
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Interaction)]
#[expect(dead_code, reason = "a part of the description")]
pub(crate) struct InteractionView {
    interaction_event: String,
    user_id: Option<String>,
    #[schema(value_type = Object)]
    profile: Value,
    verification_records: Vec<Object>,
    #[schema(value_type = Object)]
    mfa: Value,
    #[schema(value_type = Object)]
    sign_in_context: Value,
    #[schema(value_type = Object)]
    captcha: Value,
}

#[derive(utoipa::ToSchema)]
struct Object {}

/// Where the sign-in stands, without what is secret.
#[utoipa::path(get, path = "/api/experience/interaction", operation_id = "GetInteraction", tag = "Experience",
    security(()), responses((status = 200, body = InteractionView), (status = 404)))]
pub(crate) async fn get(visit: Visit) -> Result<Json<Value>> {
    let mut shown = visit.flow()?.to_wire();
    shown["mfa"] = json!({});
    shown["captcha"] = json!({ "verified": false, "skipped": false });
    let mut context = json!({});
    if let Some(ip) = visit.ctx.request.ip {
        context["ip"] = json!(ip.to_canonical().to_string());
    }
    if let Some(agent) = &visit.ctx.request.user_agent {
        context["userAgent"] = json!(agent);
    }
    shown["signInContext"] = context;
    Ok(Json(shown))
}

/// What identifies a person.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentifyUser {
    verification_id: Option<String>,
    link_social_identity: Option<bool>,
}

impl Validate for IdentifyUser {}

/// Identifies the person by what was proved, or makes their account of what was gathered.
#[utoipa::path(post, path = "/api/experience/identification", operation_id = "IdentifyUser", tag = "Experience",
    security(()), request_body = IdentifyUser,
    responses((status = 201), (status = 204), (status = 400), (status = 401), (status = 403), (status = 404),
        (status = 409), (status = 422)))]
pub(crate) async fn identify(visit: Visit, Valid(input): Valid<IdentifyUser>) -> Result<StatusCode> {
    let identification = Identification {
        verification_id: input.verification_id,
        link_social_identity: input.link_social_identity.unwrap_or(false),
    };
    let identified = interaction::identify(&visit.ctx, &visit.interaction, identification).await?;
    Ok(match identified {
        Identified::Created => StatusCode::CREATED,
        Identified::Known => StatusCode::NO_CONTENT,
    })
}

/// Where the authorization request goes on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Submitted)]
pub(crate) struct SubmittedView {
    redirect_to: String,
}

/// Ends what the person set out to do. After a password was replaced the answer is empty: nobody is signed in yet.
#[utoipa::path(post, path = "/api/experience/submit", operation_id = "SubmitInteraction", tag = "Experience",
    security(()), responses((status = 200, body = SubmittedView), (status = 400), (status = 401), (status = 404),
        (status = 422)))]
pub(crate) async fn submit(visit: Visit) -> Result<Response> {
    let redirect_to = interaction::submit_interaction(&visit.ctx, &visit.interaction.id).await?;
    Ok(match redirect_to {
        Some(redirect_to) => Json(SubmittedView { redirect_to }).into_response(),
        None => StatusCode::OK.into_response(),
    })
}
