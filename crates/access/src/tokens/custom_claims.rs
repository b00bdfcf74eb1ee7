//! Claims of the tenant's own: what a script says that it is told of a token before that is issued (docs/wire/tokens.md,
//! "Custom claims").

use super::script_context::{self, Facts};
use crate::clients::KnownClient;
use serde_json::{Map, Value, json};
use soleira_core::{EntropyExt, UserId};
use soleira_directory::token_scripts::{ActiveScript, TokenType};
use soleira_oauth::{Error, ErrorCode, Result};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_script::Outcome;

/// What the script says of a token of a person.
///
/// # Errors
/// `access_denied` when it says no; `invalid_request` when it fails and the tenant wants nothing to be issued then.
pub(super) async fn for_person(
    ctx: &Ctx,
    client: &KnownClient,
    script: &ActiveScript,
    facts: &Facts,
) -> Result<Map<String, Value>> {
    let context = script_context::of_person(ctx, client, facts).await?;
    let asked = Asked {
        kind: TokenType::AccessToken,
        user: Some(&facts.user_id),
        token: facts.token(ctx, client),
        context,
    };
    ask(ctx, client, script, asked).await
}

/// What the script says of a token of a machine.
///
/// # Errors
/// As for a person.
pub(super) async fn for_machine(
    ctx: &Ctx,
    client: &KnownClient,
    script: &ActiveScript,
    (audience, scope): (&str, Option<&str>),
) -> Result<Map<String, Value>> {
    let mut token = Map::new();
    token.insert("kind".into(), "ClientCredentials".into());
    token.insert("jti".into(), ctx.entropy().opaque().into());
    token.insert("clientId".into(), client.id.as_str().into());
    token.insert("aud".into(), audience.into());
    if let Some(scope) = scope {
        token.insert("scope".into(), scope.into());
    }
    let asked = Asked {
        kind: TokenType::ClientCredentials,
        user: None,
        token,
        context: script_context::of_machine(client)?,
    };
    ask(ctx, client, script, asked).await
}

struct Asked<'a> {
    kind: TokenType,
    user: Option<&'a UserId>,
    token: Map<String, Value>,
    context: Map<String, Value>,
}

async fn ask(ctx: &Ctx, client: &KnownClient, script: &ActiveScript, asked: Asked<'_>) -> Result<Map<String, Value>> {
    let failure = match script.run(ctx, asked.token, asked.context).await? {
        Ok(Outcome::Returned(claims)) => return Ok(claims),
        Ok(Outcome::Denied(message)) => return Err(Error::new(ErrorCode::AccessDenied).describe(message)),
        Err(failure) => failure.to_string(),
    };
    // Kept in the audit trail, which its author can read, and not in the log: a message may hold anything.
    let key = match asked.kind {
        TokenType::AccessToken => "JwtCustomizer.AccessToken",
        TokenType::ClientCredentials => "JwtCustomizer.ClientCredentials",
    };
    let entry = AuditEntry::failure(key, &soleira_core::Code::OidcCustomClaimsScriptError.into())
        .application(&client.id)
        .with("message", json!(failure));
    ctx.audit(match asked.user {
        Some(user) => entry.user(user),
        None => entry,
    })
    .await;
    if script.blocks_issuance_on_error() {
        let description = format!("Custom claims script error: {failure}");
        return Err(Error::new(ErrorCode::InvalidRequest).describe(description));
    }
    Ok(Map::new())
}
