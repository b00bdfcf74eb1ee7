//! The sandbox's double of a provider: nobody is asked, the callback itself says who the person is (docs/sandbox.md).

use super::client::{Authorization, AuthorizationRequest, ConnectorSession, TokenResponse};
use super::config::ConnectorConfig;
use super::manifest::Manifest;
use super::profile::SocialProfile;
use crate::error::{ConnectorCode, ConnectorError, Reason};
use serde_json::{Map, Value};
use soleira_core::Entropy;

/// What is asked for where nobody says otherwise.
const DEFAULT_SCOPE: &str = "email profile";
/// The member of the callback that says who the person is.
const USER_ID: &str = "userId";

/// An address that nothing answers at: a test reads it, and brings the callback itself.
pub(super) fn authorize(
    config: &ConnectorConfig,
    request: AuthorizationRequest<'_>,
    entropy: &dyn Entropy,
) -> Authorization {
    let mut url = config.authorization_endpoint.clone();
    url.query_pairs_mut()
        .append_pair("state", request.state)
        .append_pair("redirect_uri", request.redirect_uri)
        .append_pair("scope", request.scope.unwrap_or(DEFAULT_SCOPE));
    let session = ConnectorSession {
        state: request.state.to_owned(),
        redirect_uri: request.redirect_uri.to_owned(),
        // Tells apart the people of callbacks that name nobody.
        nonce: Some(uuid(entropy)),
        code_verifier: None,
    };
    Authorization { url, session }
}

/// The person of a callback. There are no tokens.
pub(super) fn complete(
    manifest: &Manifest,
    session: &ConnectorSession,
    callback: &Map<String, Value>,
) -> Result<(Option<TokenResponse>, SocialProfile), ConnectorError> {
    if callback.get("code").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(ConnectorError::garbage("callback", "it has no code"));
    }
    if session.state.is_empty() {
        return Err(ConnectorError::new(
            ConnectorCode::AuthorizationFailed,
            Reason::NotAsked,
        ));
    }
    let mut told = callback.clone();
    let is_named = told.get(USER_ID).is_some_and(|id| !id.is_null());
    if !is_named {
        let anybody = session.nonce.as_deref().unwrap_or(&session.state);
        told.insert(USER_ID.to_owned(), format!("mock-social-sub-{anybody}").into());
    }
    let mut profile = SocialProfile::read(&manifest.profile, told, true)?;
    if !is_named {
        profile.raw.remove(USER_ID);
    }
    Ok((None, profile))
}

/// A random UUID (RFC 9562 §5.4).
fn uuid(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 16];
    entropy.fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = soleira_crypto::digest::hex(&bytes);
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
