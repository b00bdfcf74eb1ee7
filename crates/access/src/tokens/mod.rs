//! The token endpoint (RFC 6749 §3.2) and its neighbours: userinfo, introspection, revocation.

mod client_credentials;
mod custom_claims;
mod device_code;
mod exchange_code;
mod introspect;
mod issuance;
mod issue;
mod organization;
mod refresh;
mod revoke;
mod script_context;
mod token_exchange;
mod trail;
mod userinfo;
mod wanted;

pub use introspect::introspect;
pub use revoke::revoke;
pub use userinfo::{Userinfo, userinfo};

use crate::clients::{self, KnownClient};
use crate::documents;
use serde::Serialize;
use soleira_oauth::client::GrantType;
use soleira_oauth::client_auth::Credentials;
use soleira_oauth::{Error, Params};
use soleira_runtime::Ctx;
use std::sync::Arc;
use trail::Trail;
pub(crate) use trail::grants_revoked;

/// The parameters that the token endpoint knows.
const PARAMETERS: &[&str] = &[
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "grant_type",
    "code",
    "code_verifier",
    "device_code",
    "redirect_uri",
    "refresh_token",
    "scope",
    "resource",
    "organization_id",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
];

/// The parameters by which a client authenticates at any endpoint.
pub(crate) const CREDENTIALS: &[&str] = &["client_secret", "client_assertion", "client_assertion_type"];

/// Whether the text has the form of an opaque token; anything else is none of ours.
fn is_opaque(token: &str) -> bool {
    token.len() == 43
}

/// A request of a client to an endpoint that authenticates it.
#[derive(Debug, Clone)]
pub struct ClientRequest {
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The `Origin` header, of a browser's script.
    pub origin: Option<String>,
    /// The body.
    pub params: Params,
}

/// Why a client's request is refused.
#[derive(Debug, Clone)]
pub struct ClientRefusal {
    /// The error.
    pub error: Error,
    /// The request came from a page that may not speak for the client: no script may read the answer.
    pub is_foreign_origin: bool,
    /// Basic credentials were sent, so that a 401 carries a challenge for them.
    pub asked_basic: bool,
}

impl From<Error> for ClientRefusal {
    fn from(error: Error) -> Self {
        Self {
            error,
            is_foreign_origin: false,
            asked_basic: false,
        }
    }
}

impl From<soleira_core::Error> for ClientRefusal {
    fn from(error: soleira_core::Error) -> Self {
        Error::from(error).into()
    }
}

/// The answer of the token endpoint (RFC 6749 §5.1), members in the order of the wire.
#[derive(Clone, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// How long it lives, in seconds.
    pub expires_in: i64,
    /// The ID token, if `openid` is in the scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What was granted: always there for people, maybe empty; left out for machines without scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// `Bearer`.
    pub token_type: &'static str,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// Answers a token request.
///
/// # Errors
/// As RFC 6749 §5.2 says, with the descriptions of docs/wire/errors.md.
pub async fn token(ctx: &Ctx, request: &ClientRequest) -> Result<TokenResponse, ClientRefusal> {
    let trail = Trail::of_request(&request.params);
    let client = match authenticate(ctx, request, PARAMETERS).await {
        Ok(client) => client,
        Err(refusal) => {
            ctx.audit(trail.refused(&refusal.error)).await;
            return Err(refusal);
        }
    };
    let ctx = &ctx.by(soleira_runtime::Actor::Client(client.id.clone()));
    let trail = trail.client(&client.id);
    let grant = trail.note(ctx, grant_type(&client, &request.params)).await?;
    let served = Arc::clone(&client);
    let outcome = match grant {
        GrantType::AuthorizationCode => exchange_code::exchange_code(ctx, client, &request.params, trail).await,
        GrantType::RefreshToken => refresh::refresh(ctx, client, &request.params, trail).await,
        GrantType::ClientCredentials => client_credentials::issue(ctx, &client, &request.params, trail).await,
        GrantType::TokenExchange => token_exchange::exchange_token(ctx, client, &request.params, trail).await,
        GrantType::DeviceCode => device_code::redeem(ctx, client, &request.params, trail).await,
    };
    let response = outcome?;
    documents::note_use(ctx, &served);
    Ok(response)
}

fn grant_type(client: &KnownClient, params: &Params) -> Result<GrantType, Error> {
    let [name] = params.required(["grant_type"])?;
    let grant = GrantType::parse(name)?;
    client.check_grant(grant)?;
    Ok(grant)
}

/// The client of a request: known, called from a page of its own if from a page at all, and who it says it is.
pub(crate) async fn authenticate(
    ctx: &Ctx,
    request: &ClientRequest,
    known: &[&str],
) -> Result<Arc<KnownClient>, ClientRefusal> {
    request.params.refuse_duplicates(known)?;
    let credentials = Credentials::read(request.authorization.as_deref(), &request.params)?;
    let refuse = |error| ClientRefusal {
        error,
        is_foreign_origin: false,
        asked_basic: credentials.in_header,
    };
    let client = clients::identify(ctx, &credentials.client_id).await.map_err(refuse)?;
    if let Some(origin) = &request.origin {
        check_origin(ctx, &client, origin)?;
    }
    clients::prove(ctx, &client, &credentials).await.map_err(refuse)?;
    Ok(client)
}

/// Refuses scripts of pages that are not the client's.
fn check_origin(ctx: &Ctx, client: &KnownClient, origin: &str) -> Result<(), ClientRefusal> {
    if clients::allows_origin(ctx, client, origin) {
        return Ok(());
    }
    let description = format!("origin {origin} not allowed for client: {}", client.id);
    Err(ClientRefusal {
        error: Error::invalid_request(description),
        is_foreign_origin: true,
        asked_basic: false,
    })
}
