//! The OAuth 2 client that reads manifests (RFC 6749 §4.1, RFC 7636, OpenID Connect Core 1.0 §5.3).

use super::config::ConnectorConfig;
use super::double;
use super::manifest::{ClientAuthentication, Manifest, Teller};
use super::profile::SocialProfile;
use crate::error::{ConnectorCode, ConnectorError, Reason};
use crate::http::{HttpClient, Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soleira_core::{Entropy, EntropyExt as _, Secret};
use soleira_crypto::digest::{base64url, sha256};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long the provider has in all once the browser is back, for tokens and profile together: a page must answer
/// within six seconds even where the provider never does.
pub const CALLBACK_ALLOWANCE: Duration = Duration::from_secs(5);

/// Token responses and profiles are small; what is larger is not one.
const MAX_ANSWER: usize = 64 * 1024;
/// Longest code that is passed on, in bytes.
const MAX_CODE: usize = 4096;
/// Longest text of a provider that is repeated to anybody, in characters.
const MAX_REPEATED: usize = 256;

const TOKEN: &str = "token";
const USER_INFO: &str = "user information";

/// What an authorization request says besides what the manifest and the configuration do.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// Where the provider sends the browser back to.
    pub redirect_uri: &'a str,
    /// Returned as it is; the caller binds it to the browser and checks it.
    pub state: &'a str,
    /// Scope in place of the configured one.
    pub scope: Option<&'a str>,
}

/// What must be kept, bound to the browser, until the provider answers. It is read once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorSession {
    /// The state that was sent.
    pub state: String,
    /// The redirect URI that was sent; the token request repeats it (RFC 6749 §4.1.3).
    pub redirect_uri: String,
    /// The nonce that was sent, if the provider takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The verifier of the challenge that was sent, if the provider takes one (RFC 7636 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_verifier: Option<String>,
}

/// Where to send the browser, and what to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The provider's address for the browser.
    pub url: Url,
    /// What to keep until the provider answers.
    pub session: ConnectorSession,
}

/// Starts a sign-in (RFC 6749 §4.1.1).
pub fn authorize(
    manifest: &Manifest,
    config: &ConnectorConfig,
    request: AuthorizationRequest<'_>,
    entropy: &dyn Entropy,
) -> Authorization {
    if manifest.teller == Teller::Callback {
        return double::authorize(config, request, entropy);
    }
    let nonce = manifest.oauth.nonce.then(|| entropy.opaque());
    let code_verifier = manifest.oauth.pkce.then(|| entropy.opaque());
    let scope = request
        .scope
        .or(config.scope.as_deref())
        .unwrap_or(&manifest.oauth.default_scope);
    let mut url = config.authorization_endpoint.clone();
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &config.client_id)
            .append_pair("redirect_uri", request.redirect_uri);
        if !scope.is_empty() {
            query.append_pair("scope", scope);
        }
        query.append_pair("state", request.state);
        if let Some(nonce) = &nonce {
            query.append_pair("nonce", nonce);
        }
        if let Some(verifier) = &code_verifier {
            query
                .append_pair("code_challenge", &base64url(&sha256(verifier.as_bytes())))
                .append_pair("code_challenge_method", "S256");
        }
    }
    let session = ConnectorSession {
        state: request.state.to_owned(),
        redirect_uri: request.redirect_uri.to_owned(),
        nonce,
        code_verifier,
    };
    Authorization { url, session }
}

/// Finishes a sign-in with what the provider sent along when it sent the browser back: exchanges the code and reads the
/// profile, in [`CALLBACK_ALLOWANCE`] altogether. The caller has checked `state` and has taken `session` out of its
/// place. Only the sandbox's double gives no tokens.
pub async fn complete(
    http: &HttpClient,
    manifest: &Manifest,
    config: &ConnectorConfig,
    session: &ConnectorSession,
    callback: &Map<String, Value>,
) -> Result<(Option<TokenResponse>, SocialProfile), ConnectorError> {
    if manifest.teller == Teller::Callback {
        return double::complete(manifest, session, callback);
    }
    let deadline = Instant::now() + CALLBACK_ALLOWANCE;
    let code = authorization_code(callback)?;
    let tokens = exchange_code(http, manifest, config, session, code, deadline).await?;
    let profile = fetch_profile(http, manifest, config, &tokens, deadline).await?;
    Ok((Some(tokens), profile))
}

/// The code of a callback, or what it says instead (RFC 6749 §4.1.2.1).
fn authorization_code(callback: &Map<String, Value>) -> Result<&str, ConnectorError> {
    let failed = |reason| ConnectorError::new(ConnectorCode::AuthorizationFailed, reason);
    let text = |name: &str| {
        callback
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    if let Some(error) = text("error") {
        return Err(failed(Reason::Denied {
            error: repeatable(error),
            description: text("error_description").map(repeatable),
        }));
    }
    text("code")
        .filter(|code| code.len() <= MAX_CODE)
        .ok_or_else(|| failed(Reason::NoCode))
}

/// The tokens of a provider.
#[derive(Debug, Clone)]
pub struct TokenResponse {
    /// Opens the provider's APIs.
    pub access_token: Secret,
    /// How the access token is presented, such as `bearer`.
    pub token_type: String,
    /// What the person agreed to.
    pub scope: Option<String>,
    /// Who signed in, if the provider speaks OpenID Connect. Nobody has verified it.
    pub id_token: Option<Secret>,
    /// Gets the next access token.
    pub refresh_token: Option<Secret>,
    /// Lifetime of the access token, in seconds.
    pub expires_in: Option<i64>,
}

/// Exchanges a code for tokens (RFC 6749 §4.1.3).
pub async fn exchange_code(
    http: &HttpClient,
    manifest: &Manifest,
    config: &ConnectorConfig,
    session: &ConnectorSession,
    code: &str,
    deadline: Instant,
) -> Result<TokenResponse, ConnectorError> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", session.redirect_uri.as_str()),
    ];
    if let Some(verifier) = &session.code_verifier {
        form.push(("code_verifier", verifier));
    }
    let mut request = Request::post(config.token_endpoint.clone()).accept_json();
    match manifest.oauth.client_authentication {
        ClientAuthentication::ClientSecretBasic => {
            let credentials = format!("{}:{}", config.client_id, config.client_secret.expose());
            request = request.authorization(&format!("Basic {}", STANDARD.encode(credentials)))?;
        }
        ClientAuthentication::ClientSecretPost => {
            form.push(("client_id", &config.client_id));
            form.push(("client_secret", config.client_secret.expose()));
        }
    }
    let response = http
        .send(request.form(form).deadline(deadline).max_body(MAX_ANSWER))
        .await?;
    let members = object(TOKEN, &response)?;
    read_tokens(manifest, &members)
}

fn read_tokens(manifest: &Manifest, members: &Map<String, Value>) -> Result<TokenResponse, ConnectorError> {
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    for name in &manifest.oauth.required_token_members {
        if text(name).is_none() {
            return Err(ConnectorError::garbage(TOKEN, format!("it has no {name}")));
        }
    }
    let present = |name: &'static str| {
        text(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| ConnectorError::garbage(TOKEN, format!("it has no {name}")))
    };
    Ok(TokenResponse {
        access_token: present("access_token")?.into(),
        token_type: present("token_type")?,
        scope: text("scope"),
        id_token: text("id_token").map(Secret::new),
        refresh_token: text("refresh_token").map(Secret::new),
        expires_in: members.get("expires_in").and_then(Value::as_i64),
    })
}

/// Reads the profile (OpenID Connect Core 1.0 §5.3), presenting the token as the provider named its type.
pub async fn fetch_profile(
    http: &HttpClient,
    manifest: &Manifest,
    config: &ConnectorConfig,
    tokens: &TokenResponse,
    deadline: Instant,
) -> Result<SocialProfile, ConnectorError> {
    let request = Request::get(config.user_info_endpoint.clone())
        .accept_json()
        .authorization(&format!("{} {}", tokens.token_type, tokens.access_token.expose()))
        .map_err(|_| ConnectorError::garbage(TOKEN, "its token cannot be sent in a header"))?;
    let response = http.send(request.deadline(deadline).max_body(MAX_ANSWER)).await?;
    let raw = object(USER_INFO, &response).map_err(|mut error| {
        if response.status() == 401 {
            error.code = ConnectorCode::SocialInvalidAccessToken;
        }
        error
    })?;
    SocialProfile::read(&manifest.profile, raw, config.trust_unverified_email)
}

/// The JSON object of a successful response. An OAuth error in the body counts whatever the status says.
fn object(endpoint: &'static str, response: &Response) -> Result<Map<String, Value>, ConnectorError> {
    let body = response.json::<Map<String, Value>>();
    let told = |name: &str| {
        body.as_ref()
            .ok()
            .and_then(|members| members.get(name)?.as_str())
            .map(repeatable)
    };
    let (error, description) = (told("error"), told("error_description"));
    if !response.is_success() || error.is_some() {
        let status = response.status();
        return Err(ConnectorError::new(
            ConnectorCode::General,
            Reason::Status {
                endpoint,
                status,
                error,
                description,
            },
        ));
    }
    body.map_err(|_| ConnectorError::garbage(endpoint, "it is not a JSON object"))
}

/// A text of the provider, short and on one line, to be repeated in logs and on pages.
fn repeatable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_REPEATED)
        .collect()
}
