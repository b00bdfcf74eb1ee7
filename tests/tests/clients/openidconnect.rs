//! `openidconnect` (crates.io): a client in this process, that talks to the server over the network as others do.

use crate::story::{Rotation, Story};
use crate::world::{Application, CALLBACK, ORDERS, SCOPES, SIGNED_OUT, World};
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreIdToken, CoreIdTokenVerifier,
    CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRequestTokenError,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AdditionalClaims, AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndSessionUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpClientError, HttpRequest, HttpResponse, IdToken,
    IssuerUrl, JsonWebTokenType, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use soleira_tests::program::{Client, Refusal};
use std::pin::Pin;
use std::sync::Arc;
use url::Url;

/// The workspace's own version of `reqwest`, used as the crate uses the one that it could bring.
struct Http(reqwest::Client);

impl Http {
    fn new() -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            // The crate's documentation: following redirects opens the client up to forged requests.
            .redirect(reqwest::redirect::Policy::none());
        Self(client.build().unwrap())
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpClientError<reqwest::Error>;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self
                .0
                .execute(request.try_into().map_err(Box::new)?)
                .await
                .map_err(Box::new)?;
            let mut builder = http::Response::builder().status(response.status());
            for (name, value) in response.headers() {
                builder = builder.header(name, value);
            }
            let body = response.bytes().await.map_err(Box::new)?.to_vec();
            builder.body(body).map_err(HttpClientError::Http)
        })
    }
}

/// What the access tokens of an API have besides.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OfApi {
    scope: String,
    client_id: String,
}

impl AdditionalClaims for OfApi {}

type ApiToken = IdToken<OfApi, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// A request that is under way.
struct Request {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

struct Bookstore {
    http: Http,
    issuer: IssuerUrl,
    keys: CoreJsonWebKeySet,
    end_session: EndSessionUrl,
    client: CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>,
    request: Option<Request>,
    access_token: Option<AccessToken>,
    refresh_token: Option<RefreshToken>,
    id_token: Option<CoreIdToken>,
}

impl Bookstore {
    async fn of(world: &World, application: &Application, authentication: AuthType) -> Self {
        let http = Http::new();
        let issuer = IssuerUrl::new(world.issuer()).unwrap();
        let metadata = ProviderMetadataWithLogout::discover_async(issuer.clone(), &http)
            .await
            .unwrap();
        let end_session = metadata.additional_metadata().end_session_endpoint.clone().unwrap();
        let keys = metadata.jwks().clone();
        let secret = application.secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(application.id.clone()), secret)
            .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap())
            .set_auth_type(authentication);
        Self {
            http,
            issuer,
            keys,
            end_session,
            client,
            request: None,
            access_token: None,
            refresh_token: None,
            id_token: None,
        }
    }

    fn begin(&mut self, prompt: CoreAuthPrompt) -> Url {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = self
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            // The crate asks for `openid` by itself.
            .add_scopes(SCOPES[1..].iter().map(|scope| Scope::new((*scope).to_owned())))
            .add_extra_param("resource", ORDERS)
            .add_prompt(prompt)
            .set_pkce_challenge(challenge)
            .url();
        self.request = Some(Request { state, nonce, verifier });
        url
    }

    async fn finish(&mut self, back: &Url) -> Result<Value, Refusal> {
        let parameter = |name: &str| {
            let found = back.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned())
        };
        let request = self.request.as_ref().unwrap();
        if parameter("state").as_ref() != Some(request.state.secret()) {
            return Err(refusal("state", "not the state of this request"));
        }
        if let Some(error) = parameter("error") {
            return Err(refusal(&error, ""));
        }
        let Request { nonce, verifier, .. } = self.request.take().unwrap();
        let tokens = self
            .client
            .exchange_code(AuthorizationCode::new(parameter("code").unwrap()))
            .unwrap()
            .set_pkce_verifier(verifier)
            .request_async(&self.http)
            .await
            .map_err(|error| from_server(&error))?;
        Ok(self.keep(&tokens, Some(&nonce)))
    }

    /// Verifies the ID token; its claims.
    fn keep(&mut self, tokens: &CoreTokenResponse, nonce: Option<&Nonce>) -> Value {
        let id_token = tokens.id_token().unwrap();
        let verifier = self.client.id_token_verifier();
        let claims = match nonce {
            Some(nonce) => id_token.claims(&verifier, nonce),
            None => id_token.claims(&verifier, |_: Option<&Nonce>| Ok(())),
        };
        let mut shown = serde_json::to_value(claims.unwrap()).unwrap();
        shown["aud"] = shown["aud"][0].take();
        self.access_token = Some(tokens.access_token().clone());
        self.refresh_token = tokens.refresh_token().cloned().or(self.refresh_token.take());
        self.id_token = Some(id_token.clone());
        shown
    }

    async fn refresh(&mut self, with: Option<String>) -> Result<Value, Refusal> {
        let refresh_token = with.map_or_else(|| self.refresh_token.clone().unwrap(), RefreshToken::new);
        let tokens = self
            .client
            .exchange_refresh_token(&refresh_token)
            .unwrap()
            .request_async(&self.http)
            .await
            .map_err(|error| from_server(&error))?;
        Ok(self.keep(&tokens, None))
    }

    async fn resource(&mut self) -> Result<Value, Refusal> {
        let refresh_token = self.refresh_token.clone().unwrap();
        let tokens = self
            .client
            .exchange_refresh_token(&refresh_token)
            .unwrap()
            .add_extra_param("resource", ORDERS)
            .request_async(&self.http)
            .await
            .map_err(|error| from_server(&error))?;
        let token: ApiToken = tokens.access_token().secret().parse().unwrap();
        let api = ClientId::new(ORDERS.to_owned());
        let verifier = CoreIdTokenVerifier::new_public_client(api, self.issuer.clone(), self.keys.clone())
            .set_allowed_algs([CoreJwsSigningAlgorithm::EcdsaP384Sha384])
            .set_allowed_jose_types([JsonWebTokenType::new("at+jwt".to_owned()).normalize().unwrap()]);
        let claims = token.claims(&verifier, |_: Option<&Nonce>| Ok(())).unwrap();
        let mut shown = serde_json::to_value(claims).unwrap();
        shown["aud"] = shown["aud"][0].take();
        Ok(shown)
    }

    async fn userinfo(&self) -> Value {
        let claims: CoreUserInfoClaims = self
            .client
            .user_info(self.access_token.clone().unwrap(), None)
            .unwrap()
            .request_async(&self.http)
            .await
            .unwrap();
        serde_json::to_value(claims).unwrap()
    }

    fn sign_out(&self) -> Url {
        LogoutRequest::from(self.end_session.clone())
            .set_id_token_hint(self.id_token.as_ref().unwrap())
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(SIGNED_OUT.to_owned()).unwrap())
            .http_get_url()
    }
}

impl Client for Bookstore {
    async fn ask(&mut self, command: &str, given: Value) -> Result<Value, Refusal> {
        let argument = |name: &str| given[name].as_str().map(str::to_owned);
        let prompt = match argument("prompt").as_deref() {
            Some("none") => CoreAuthPrompt::None,
            _ => CoreAuthPrompt::Consent,
        };
        Ok(match command {
            "begin" => json!(self.begin(prompt)),
            "finish" => self.finish(&argument("url").unwrap().parse().unwrap()).await?,
            "tokens" => json!({
                "accessToken": self.access_token.as_ref().unwrap().secret(),
                "refreshToken": self.refresh_token.as_ref().unwrap().secret(),
            }),
            "refresh" => self.refresh(argument("refreshToken")).await?,
            "resource" => self.resource().await?,
            "userinfo" => self.userinfo().await,
            "signOut" => json!(self.sign_out()),
            _ => panic!("no such command: {command}"),
        })
    }
}

fn refusal(code: &str, message: &str) -> Refusal {
    Refusal {
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

/// What the crate calls an error that the server answered.
fn from_server(error: &CoreRequestTokenError<HttpClientError<reqwest::Error>>) -> Refusal {
    match error {
        RequestTokenError::ServerResponse(response) => refusal(response.error().as_ref(), &response.to_string()),
        other => refusal("transport", &other.to_string()),
    }
}

async fn everything(world: &World, application: &Application, authentication: AuthType, rotation: Rotation) {
    let client = Bookstore::of(world, application, authentication).await;
    let mut story = Story::of(world, application, client);
    story.hears_that_nobody_is_signed_in().await;
    story.signs_in("state", json!({})).await;
    story.reads_userinfo().await;
    story.refreshes(rotation).await;
    story.calls_the_api().await;
    let (_, refresh_token) = story.tokens().await;
    story.signs_out().await;
    // The crate gives tokens back over https alone; an administrator can end them.
    world.suspend_ada().await;
    story.cannot_refresh_with(&refresh_token, "invalid_grant").await;
}

against_a_running_server! {
    async fn a_web_application_sends_its_secret_in_the_form(world) {
        let application = world.application("Traditional", &[CALLBACK], SIGNED_OUT).await;
        everything(world, &application, AuthType::RequestBody, Rotation::Late).await;
    }

    async fn a_single_page_application_has_no_secret(world) {
        let application = world.application("SPA", &[CALLBACK], SIGNED_OUT).await;
        everything(world, &application, AuthType::RequestBody, Rotation::Each).await;
    }
}
