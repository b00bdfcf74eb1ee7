//! The client credentials grant (RFC 6749 §4.4): a machine acts for itself. Runs no SQL on the way.

use super::TokenResponse;
use super::custom_claims;
use super::issue::{Content, organization_claim, sign_access_token};
use super::organization::denied;
use super::trail::Trail;
use crate::clients::KnownClient;
use crate::keys;
use crate::resources::{self, KnownResource, MachinePermissions};
use serde_json::Map;
use soleira_core::OrganizationId;
use soleira_directory::token_scripts::{self, TokenType};
use soleira_oauth::resource::{self, Audience};
use soleira_oauth::{Params, Result, ScopeSet};
use soleira_runtime::Ctx;
use std::sync::Arc;

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

/// What a machine asked for and holds.
struct Allowed {
    resource: KnownResource,
    /// Left out of tokens for resources when it is empty (docs/wire/tokens.md, "Client credentials").
    scope: Option<String>,
    /// The organization in which a resource is asked for.
    organization: Option<OrganizationId>,
}

async fn issue_token(ctx: &Ctx, client: &KnownClient, params: &Params) -> Result<TokenResponse> {
    let Allowed {
        resource,
        scope,
        organization,
    } = allowed(ctx, client, params).await?;
    let mut extra = organization.as_ref().map_or_else(Map::new, organization_claim);
    if let Some(script) = token_scripts::active(ctx, TokenType::ClientCredentials).await? {
        let token = (resource.indicator.as_str(), scope.as_deref());
        extra.extend(custom_claims::for_machine(ctx, client, &script, token).await?);
    }
    let expires_in = resource.access_token_ttl;
    let content = Content {
        subject: client.id.as_str(),
        resource: &resource,
        scope: scope.clone(),
        extra,
    };
    let keys = keys::of(ctx).await?;
    let access_token = sign_access_token(ctx, &keys, client, content)?;
    ctx.count_machine_token();
    Ok(TokenResponse {
        access_token,
        expires_in,
        id_token: None,
        refresh_token: None,
        scope,
        token_type: "Bearer",
    })
}

async fn allowed(ctx: &Ctx, client: &KnownClient, params: &Params) -> Result<Allowed> {
    let organization = params.get("organization_id").map(OrganizationId::from);
    let within = match &organization {
        None => None,
        Some(organization) => Some(permissions_in(ctx, client, organization).await?),
    };
    // Nothing is implied: only what is asked for and held (docs/wire/tokens.md, "Client credentials").
    let asked = ScopeSet::parse(params.get("scope").unwrap_or_default());
    let requested: Vec<&str> = params.all("resource").collect();
    let default = resources::default(ctx).await?;
    match resource::single(
        &requested,
        organization.as_ref().map(OrganizationId::as_str),
        default.as_deref(),
    )? {
        Audience::Organization(id) => {
            let held = within.map(|within| within.organization.clone()).unwrap_or_default();
            Ok(Allowed {
                resource: KnownResource::of_organization(&id),
                scope: Some(asked.intersection(&held).to_string()),
                organization: None,
            })
        }
        Audience::Resource(indicator) => {
            let resource = resources::find(ctx, &indicator).await?;
            let held = match within {
                // In an organization the roles of the tenant do not count.
                Some(within) => within.resources.get(&indicator).cloned().unwrap_or_default(),
                None => resources::scopes_of_application(ctx, &client.id, &indicator).await?,
            };
            let scope = asked.intersection(&held);
            Ok(Allowed {
                resource,
                scope: (!scope.is_empty()).then(|| scope.to_string()),
                organization,
            })
        }
    }
}

async fn permissions_in(
    ctx: &Ctx,
    client: &KnownClient,
    organization: &OrganizationId,
) -> Result<Arc<MachinePermissions>> {
    resources::permissions_of_application_in(ctx, &client.id, organization)
        .await?
        .ok_or_else(|| denied("app has not associated with the organization"))
}
