//! What the audit trail says of token requests (docs/wire/management-api.md, audit logs).

use serde_json::{Map, Value};
use soleira_core::{ApplicationId, GrantId, UserId};
use soleira_oauth::{Error, Params, Result};
use soleira_runtime::{AuditEntry, Ctx};

/// A token request on its way into the audit trail.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    key: &'static str,
    params: Map<String, Value>,
    client: Option<ApplicationId>,
}

impl Trail {
    pub(super) fn of_request(params: &Params) -> Self {
        let key = match params.get("grant_type") {
            Some("authorization_code") => "ExchangeTokenBy.AuthorizationCode",
            Some("refresh_token") => "ExchangeTokenBy.RefreshToken",
            Some("client_credentials") => "ExchangeTokenBy.ClientCredentials",
            Some("urn:ietf:params:oauth:grant-type:device_code") => "ExchangeTokenBy.DeviceCode",
            Some("urn:ietf:params:oauth:grant-type:token-exchange") => "ExchangeTokenBy.TokenExchange",
            _ => "ExchangeTokenBy.Unknown",
        };
        // The codes and tokens among them never enter the trail, whatever the masks of the trail itself know.
        let kept = [
            "client_id",
            "grant_type",
            "redirect_uri",
            "scope",
            "resource",
            "organization_id",
            "subject_token_type",
            "actor_token_type",
        ];
        let params = params
            .pairs()
            .iter()
            .filter(|(name, _)| kept.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.chars().take(1024).collect::<String>().into()))
            .collect();
        Self {
            key,
            params,
            client: None,
        }
    }

    pub(super) fn client(mut self, client: &ApplicationId) -> Self {
        self.client = Some(client.clone());
        self
    }

    fn complete(&self, entry: AuditEntry) -> AuditEntry {
        let entry = entry.with("params", Value::Object(self.params.clone()));
        match &self.client {
            Some(client) => entry.application(client),
            None => entry,
        }
    }

    pub(super) fn refused(&self, error: &Error) -> AuditEntry {
        self.complete(AuditEntry::oauth_failure(
            self.key,
            error.code().as_str(),
            error.cause().unwrap_or(error.description()),
        ))
    }

    /// Writes a refusal down that comes before anything was looked up.
    pub(super) async fn note<T>(&self, ctx: &Ctx, outcome: Result<T>) -> Result<T> {
        if let Err(error) = &outcome {
            ctx.audit(self.refused(error)).await;
        }
        outcome
    }

    pub(super) fn issued(&self, tokens: &[&str], scope: Option<&str>, user: Option<&UserId>) -> AuditEntry {
        let entry = AuditEntry::success(self.key)
            .with("tokenTypes", tokens.iter().map(|kind| Value::from(*kind)).collect())
            .with("scope", scope.into());
        let entry = self.complete(entry);
        match user {
            Some(user) => entry.user(user),
            None => entry,
        }
    }
}

/// A grant was revoked, and why.
pub(crate) fn grants_revoked(grants: &[GrantId], client: &ApplicationId, user: &UserId, reason: &str) -> AuditEntry {
    AuditEntry::success("RevokeGrants")
        .application(client)
        .user(user)
        .with(
            "revokeGrantIds",
            grants.iter().map(|id| Value::from(id.as_str())).collect(),
        )
        .with("reason", reason.into())
}

/// A client revoked a token.
pub(super) fn token_revoked(grant: &GrantId, client: &ApplicationId, user: &UserId, tokens: &[&str]) -> AuditEntry {
    AuditEntry::success("RevokeToken")
        .application(client)
        .user(user)
        .with("grantId", grant.as_str().into())
        .with("tokenTypes", tokens.iter().map(|kind| Value::from(*kind)).collect())
}
