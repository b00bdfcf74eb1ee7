//! An application that signs people in: it makes authorization requests and exchanges codes, as a client library does.

use crate::stand_in::unguessable;
use crate::visitor::{Page, Visitor};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use soleira_core::model::{ApplicationType, OidcClientMetadata};
use soleira_directory::applications::{self, NewApplication};
use soleira_runtime::Ctx;
use url::Url;

/// A registered application of type "traditional web".
#[derive(Debug, Clone)]
pub struct RelyingParty {
    /// The App ID.
    pub client_id: String,
    /// The secret, sent with HTTP Basic authentication.
    pub client_secret: String,
    /// Where the browser comes back to.
    pub redirect_uri: String,
}

/// A request that a browser takes to the server, and what the application keeps until it comes back.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// Where the browser is sent.
    pub url: Url,
    /// Comes back with the answer (RFC 6749 §10.12).
    pub state: String,
    /// Proves that the code was asked for here (RFC 7636).
    pub code_verifier: String,
}

impl RelyingParty {
    /// Registers an application that comes back to `redirect_uri`.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn register(ctx: &Ctx, name: &str, redirect_uri: &str) -> Self {
        let metadata = OidcClientMetadata {
            redirect_uris: vec![redirect_uri.to_owned()],
            ..OidcClientMetadata::default()
        };
        let mut new = NewApplication::new(name, ApplicationType::Traditional);
        new.oidc_client_metadata = Some(metadata);
        let application = applications::create(ctx, new).await.expect("an application");
        let secrets = applications::secrets(ctx, &application.id).await.expect("its secrets");
        let secret = secrets.first().expect("a web application has a secret");
        Self {
            client_id: application.id.to_string(),
            client_secret: secret.value.clone(),
            redirect_uri: redirect_uri.to_owned(),
        }
    }

    /// A request for an ID token, a refresh token and the profile, as an SDK makes it; `further` parameters take the
    /// place of their namesakes.
    ///
    /// # Panics
    /// When `endpoint` is no address.
    pub fn request(&self, endpoint: &str, further: &[(&str, &str)]) -> AuthorizationRequest {
        let state = unguessable("");
        // RFC 7636 §4.1: at least 43 characters.
        let code_verifier = unguessable(&unguessable(""));
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier.as_bytes()));
        let mut parameters = vec![
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", "code"),
            ("scope", "openid offline_access profile"),
            ("prompt", "consent"),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        parameters.retain(|(name, _)| further.iter().all(|(other, _)| other != name));
        parameters.extend(further);
        let url = Url::parse_with_params(&format!("{endpoint}/oidc/auth"), parameters).expect("an endpoint");
        AuthorizationRequest {
            url,
            state,
            code_verifier,
        }
    }

    /// Whether the browser is on its way back.
    pub fn is_back(&self, url: &Url) -> bool {
        url.as_str().split(['?', '#']).next() == Some(self.redirect_uri.as_str())
    }

    /// The code that the browser brought back.
    ///
    /// # Panics
    /// When it brought an error, or another state than that of the request.
    pub fn code(&self, request: &AuthorizationRequest, back: &Url) -> String {
        let parameter = |name: &str| {
            back.query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        assert_eq!(parameter("state").as_deref(), Some(request.state.as_str()), "{back}");
        parameter("code").unwrap_or_else(|| panic!("no code: {back}"))
    }

    /// Exchanges a code (RFC 6749 §4.1.3).
    pub async fn exchange(&self, visitor: &Visitor, code: &str, code_verifier: &str) -> Page {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", code_verifier),
        ];
        self.token(visitor, &fields).await
    }

    /// Uses a refresh token (RFC 6749 §6).
    pub async fn refresh(&self, visitor: &Visitor, refresh_token: &str) -> Page {
        self.token(
            visitor,
            &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)],
        )
        .await
    }

    /// Sends anything to the token endpoint, authenticated.
    pub async fn token(&self, visitor: &Visitor, fields: &[(&str, &str)]) -> Page {
        visitor
            .post_form_as_client("/oidc/token", &self.client_id, &self.client_secret, fields)
            .await
    }
}
