//! Signing in at a social provider, as a program does it: where to send the browser, and what the provider sent along when
//! it sent the browser back. Whose sign-in it is then, identification says.

use super::flow::{Event, Flow};
use super::providers::provider;
use super::record::Interaction;
use super::social::{SocialCallback, Start, Take, ask};
use super::step::Step;
use super::submit::{audit, key};
use super::verification::SocialUserInfo;
use serde_json::{Map, Value, json};
use soleira_connect::social::{AuthorizationRequest, authorize};
use soleira_core::{Code, ConnectorId, EntropyExt, Error, InteractionId, Result};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::{Tx, Unit, Verdict};

/// Where a program sends the browser, and the record that waits for it.
#[derive(Debug, Clone)]
pub struct SocialAuthorization {
    /// The provider's address.
    pub authorization_uri: String,
    /// The verification record.
    pub verification_id: String,
}

/// Sends a person to a provider, and back to `redirect_uri`. `state` is the program's: it knows its own browser by it.
///
/// # Errors
/// 404 `session.interaction_not_found`; 400 `session.insufficient_info` where `state` or `redirect_uri` is empty; 404
/// `entity.not_found` for an unknown connector, 400 `connector.unexpected_type` for one that sends messages, 400
/// `connector.invalid_config`.
pub async fn authorize_social(
    ctx: &Ctx,
    interaction: &Interaction,
    connector_id: &ConnectorId,
    state: &str,
    redirect_uri: &str,
) -> Result<SocialAuthorization> {
    if state.is_empty() || redirect_uri.is_empty() {
        return Err(Error::new(Code::SessionInsufficientInfo));
    }
    let provider = provider(ctx, connector_id).await?;
    let config = provider.config(ctx)?;
    let request = AuthorizationRequest {
        redirect_uri,
        state,
        scope: None,
    };
    let authorization = authorize(provider.manifest(), &config, request, ctx.entropy());
    let verification_id = ctx.entropy().standard_id();
    ctx.write(Start {
        ctx: ctx.clone(),
        id: interaction.id.clone(),
        begins: None,
        record_id: verification_id.clone(),
        connector_id: provider.id.clone(),
        target: provider.target.clone(),
        session: authorization.session,
    })
    .await?;
    Ok(SocialAuthorization {
        authorization_uri: authorization.url.into(),
        verification_id,
    })
}

/// Verifies what a provider sent along; whatever comes of it, that answer is used up.
///
/// # Errors
/// 404 `session.interaction_not_found`, `session.verification_session_not_found` for a record that is not there or is
/// another connector's; 400 `session.connector_validation_session_not_found` for an answer that was used, or whose `state`
/// is not the one that was sent; 404 `entity.not_found` when the connector was removed meanwhile; the `connector.…` codes
/// when the provider denies or does not do its part.
pub async fn verify_social(
    ctx: &Ctx,
    interaction: &Interaction,
    connector_id: &ConnectorId,
    verification_id: Option<&str>,
    data: Map<String, Value>,
) -> Result<String> {
    let flow = interaction.record.flow.as_ref();
    let record = flow.and_then(Flow::social);
    let record = record
        .filter(|record| Some(record.id.as_str()) == verification_id && record.connector_id == *connector_id)
        .ok_or_else(|| Error::new(Code::SessionVerificationSessionNotFound))?;
    let event = flow.map_or(Event::SignIn, Flow::event);
    // A program that does not repeat the state has held it against its own.
    let state = data.get("state").and_then(Value::as_str);
    let state = state.unwrap_or_else(|| record.state()).to_owned();
    let taken = Take {
        ctx: ctx.clone(),
        id: interaction.id.clone(),
        connector_id: connector_id.clone(),
        state,
    };
    let (session, _) = ctx.write(taken).await?;
    let callback = SocialCallback {
        connector_id: connector_id.clone(),
        parameters: data,
    };
    let asked = match provider(ctx, connector_id).await {
        Ok(provider) => ask(ctx, &provider, &session, &callback).await,
        Err(error) => Err(error),
    };
    match asked {
        Ok(user_info) => {
            let unit = Return {
                ctx: ctx.clone(),
                id: interaction.id.clone(),
                state: session.state,
                user_info,
            };
            ctx.write(unit).await
        }
        Err(error) => {
            let entry_key = format!("Interaction.{}.Verification.Social.Submit", event.as_str());
            let entry = AuditEntry::failure(entry_key, &error).application(interaction.client_id());
            ctx.audit(entry.with("connectorId", json!(connector_id))).await;
            Err(error)
        }
    }
}

/// The unit that keeps who the provider says it is.
struct Return {
    ctx: Ctx,
    id: InteractionId,
    state: String,
    user_info: SocialUserInfo,
}

impl Unit for Return {
    type Out = String;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<String>> {
        let ctx = &self.ctx;
        let mut step = match Step::begun(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let returned = step.flow().return_social(&self.state, self.user_info.clone());
        let id = step.flow().social().map(|record| record.id.clone());
        let entry_key = key(step.flow(), "Verification.Social.Submit");
        if let Err(error) = returned {
            audit(tx, ctx, &mut step, AuditEntry::failure(entry_key, &error)).await?;
            return Ok(Verdict::Refuse(error));
        }
        audit(tx, ctx, &mut step, AuditEntry::success(entry_key)).await?;
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(id.unwrap_or_default()))
    }
}
