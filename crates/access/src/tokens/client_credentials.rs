//! The client credentials grant (RFC 6749 §4.4): a machine acts for itself. Runs no SQL on the way.

use super::TokenResponse;
use super::issue::sign_access_token;
use super::trail::Trail;
use crate::clients::KnownClient;
use crate::{keys, resources};
use soleira_oauth::{Error, ErrorCode, Params, Result, ScopeSet, resource};
use soleira_runtime::Ctx;

/// Issues an access token to the client itself.
///
/// # Errors
/// `invalid_target`, `access_denied`.
pub(super) async fn issue(ctx: &Ctx, client: &KnownClient, params: &Params, trail: Trail) -> Result<TokenResponse> {
    let outcome = issue_token(ctx, client, params).await;
    let entry = match &outcome {
        Ok(response) => trail.issued(&["ClientCredentials"], response.scope.as_deref(), None),
        Err(error) => trail.refused(error),
    };
    ctx.audit(entry).await;
    outcome
}

async fn issue_token(ctx: &Ctx, client: &KnownClient, params: &Params) -> Result<TokenResponse> {
    if params.get("organization_id").is_some() {
        // No application belongs to an organization yet.
        let error = Error::new(ErrorCode::AccessDenied).with_status(403);
        return Err(error.describe("app has not associated with the organization"));
    }
    let requested: Vec<&str> = params.all("resource").collect();
    let indicator = resource::single(&requested, resources::default(ctx).await?.as_deref())?;
    let resource = resources::find(ctx, &indicator).await?;
    // Nothing is implied: only what is asked for and held (docs/wire/tokens.md, "Client credentials").
    let asked = ScopeSet::parse(params.get("scope").unwrap_or_default());
    let held = resources::scopes_of_application(ctx, &client.id, &indicator).await?;
    let scope = asked.intersection(&held);
    let scope = (!scope.is_empty()).then(|| scope.to_string());
    let keys = keys::of(ctx).await?;
    let access_token = sign_access_token(ctx, &keys, client, client.id.as_str(), &resource, scope.clone())?;
    Ok(TokenResponse {
        access_token,
        expires_in: resource.access_token_ttl,
        id_token: None,
        refresh_token: None,
        scope,
        token_type: "Bearer",
    })
}
