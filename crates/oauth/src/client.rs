//! A client: an application as the protocol sees it (docs/wire/authorization.md, "Clients").

use crate::{Error, ErrorCode, Result, ScopeSet, lifetime};
use soleira_core::model::{Application, ApplicationType, TokenEndpointAuthMethod};
use soleira_core::rules::redirect_uri::{self, Ports, VerifiedRedirectUri};

/// How a client authenticates at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// It cannot keep a secret.
    None,
    /// With a secret, in the header or in the body.
    ClientSecret,
    /// With a JWT under a secret (OpenID Connect Core 1.0 §9).
    ClientSecretJwt,
    /// With a JWT under a private key (OpenID Connect Core 1.0 §9).
    PrivateKeyJwt,
}

/// The grant types that the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8628 §3.4.
    DeviceCode,
    /// RFC 8693 §2.1.
    TokenExchange,
}

impl GrantType {
    /// All of them, in the order of the discovery document.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::TokenExchange,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The grant type of a token request.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|grant| grant.as_str() == name)
            .ok_or_else(|| Error::new(ErrorCode::UnsupportedGrantType))
    }
}

/// An application as the protocol sees it.
#[derive(Debug, Clone)]
pub struct Client {
    application: Application,
    scope_limit: Option<ScopeSet>,
    is_document: bool,
}

impl Client {
    /// The client of an application.
    pub fn new(application: Application) -> Self {
        Self {
            application,
            scope_limit: None,
            is_document: false,
        }
    }

    /// A client that may ask for these standard scopes only, besides `openid` and `offline_access` (third-party
    /// applications).
    pub fn limited_to(application: Application, scope: ScopeSet) -> Self {
        Self {
            application,
            scope_limit: Some(scope),
            is_document: false,
        }
    }

    /// A client that a metadata document describes, which may ask for these standard scopes only, besides `openid` and
    /// `offline_access`.
    pub(crate) fn of_document(application: Application, scope: ScopeSet) -> Self {
        Self {
            is_document: true,
            ..Self::limited_to(application, scope)
        }
    }

    /// Whether it is described by a metadata document, at the address that is its `client_id`.
    pub fn is_document(&self) -> bool {
        self.is_document
    }

    /// Its `client_id`.
    pub fn id(&self) -> &str {
        self.application.id.as_str()
    }

    /// The application behind it.
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Whether people are asked before it gets anything.
    pub fn is_third_party(&self) -> bool {
        self.application.is_third_party
    }

    /// Whether its `application_type` is `native`.
    pub fn is_native(&self) -> bool {
        self.application.kind == ApplicationType::Native
    }

    /// How it authenticates: as it is registered, else as its type does. Basic and form fields are one method
    /// (docs/wire/tokens.md).
    pub fn auth_method(&self) -> AuthMethod {
        use TokenEndpointAuthMethod as Registered;
        match (
            self.application.oidc_client_metadata.token_endpoint_auth_method,
            self.application.kind,
        ) {
            (Some(Registered::PrivateKeyJwt), _) => AuthMethod::PrivateKeyJwt,
            (Some(Registered::None), _) | (_, ApplicationType::Native | ApplicationType::Spa) => AuthMethod::None,
            (Some(Registered::ClientSecretJwt), _) => AuthMethod::ClientSecretJwt,
            (Some(Registered::ClientSecretBasic | Registered::ClientSecretPost) | None, _) => AuthMethod::ClientSecret,
        }
    }

    /// Whether it can prove who it is (RFC 6749 §2.1).
    pub fn is_confidential(&self) -> bool {
        self.auth_method() != AuthMethod::None
    }

    /// Whether it is a single-page application: its refresh tokens never outlive the first one.
    pub fn is_browser_based(&self) -> bool {
        self.application.kind == ApplicationType::Spa
    }

    /// Whether it may exchange tokens (RFC 8693). One of somebody else never does: it would get what the person gave to
    /// another application.
    fn exchanges_tokens(&self) -> bool {
        self.application.custom_client_metadata.allow_token_exchange == Some(true) && !self.is_third_party()
    }

    fn uses_device_flow(&self) -> bool {
        self.is_native() && self.application.custom_client_metadata.is_device_flow == Some(true)
    }

    /// Whether the client may use a grant type.
    pub fn allows_grant(&self, grant: GrantType) -> bool {
        match (self.application.kind, grant) {
            (_, GrantType::TokenExchange) => self.exchanges_tokens(),
            (ApplicationType::MachineToMachine, grant) => grant == GrantType::ClientCredentials,
            (_, GrantType::ClientCredentials) => false,
            (_, GrantType::AuthorizationCode) => !self.uses_device_flow(),
            (_, GrantType::DeviceCode) => self.uses_device_flow(),
            (_, GrantType::RefreshToken) => true,
        }
    }

    /// `requested grant type is not allowed for this client`, if it is not.
    pub fn check_grant(&self, grant: GrantType) -> Result<()> {
        if self.allows_grant(grant) {
            Ok(())
        } else {
            Err(Error::invalid_request(
                "requested grant type is not allowed for this client",
            ))
        }
    }

    /// Whether the client may ask for a code at the authorization endpoint.
    pub fn allows_code(&self) -> bool {
        self.allows_grant(GrantType::AuthorizationCode)
    }

    /// Checks the metadata each time the client is used: the Management API stores more than the protocol can use.
    ///
    /// # Errors
    /// `invalid_redirect_uri` for a code client without redirect URI, or with one that cannot be redirected to;
    /// `invalid_client_metadata` for a post sign-out URI of that kind.
    pub fn check_metadata(&self) -> Result<()> {
        let metadata = &self.application.oidc_client_metadata;
        if self.allows_code() && metadata.redirect_uris.is_empty() {
            return Err(Error::new(ErrorCode::InvalidRedirectUri).describe("redirect_uris must contain members"));
        }
        check_uris("redirect_uris", &metadata.redirect_uris, ErrorCode::InvalidRedirectUri)?;
        check_uris(
            "post_logout_redirect_uris",
            &metadata.post_logout_redirect_uris,
            ErrorCode::InvalidClientMetadata,
        )
    }

    /// The redirect URI of an authorization request. It may be left out when exactly one is registered (RFC 6749
    /// §3.1.2.3) and that one has no wildcard. Native clients may use any port of the loopback interface (RFC 8252 §7.3).
    pub fn verify_redirect_uri(&self, candidate: Option<&str>) -> Result<VerifiedRedirectUri> {
        let registered = self
            .application
            .oidc_client_metadata
            .redirect_uris
            .iter()
            .map(String::as_str);
        let Some(candidate) = candidate else {
            return VerifiedRedirectUri::only_one(registered)
                .ok_or_else(|| Error::invalid_request("missing required parameter 'redirect_uri'"));
        };
        let verified = if self.is_document {
            VerifiedRedirectUri::verify_verbatim(registered, candidate)
        } else {
            let ports = if self.is_native() {
                Ports::AnyOnLoopback
            } else {
                Ports::Exact
            };
            VerifiedRedirectUri::verify(registered, candidate, ports)
        };
        verified.map_err(|refusal| Error::new(ErrorCode::InvalidRedirectUri).caused_by(refusal.to_string()))
    }

    /// The address to go to after signing out (OpenID Connect RP-Initiated Logout 1.0 §3).
    pub fn verify_post_logout_redirect_uri(&self, candidate: &str) -> Result<VerifiedRedirectUri> {
        let registered = self
            .application
            .oidc_client_metadata
            .post_logout_redirect_uris
            .iter()
            .map(String::as_str);
        VerifiedRedirectUri::verify(registered, candidate, Ports::Exact).map_err(|refusal| {
            Error::invalid_request("post_logout_redirect_uri not registered").caused_by(refusal.to_string())
        })
    }

    /// Whether a page of this origin may call the protocol endpoints for the client: the server's own, a configured
    /// one, or that of a redirect URI.
    pub fn allows_origin(&self, origin: &str, own: &[String]) -> bool {
        own.iter().any(|own| own == origin)
            || self
                .application
                .custom_client_metadata
                .cors_allowed_origins
                .iter()
                .flatten()
                .any(|allowed| allowed == origin)
            || redirect_uri::is_origin_of(
                self.application
                    .oidc_client_metadata
                    .redirect_uris
                    .iter()
                    .map(String::as_str),
                origin,
            )
    }

    /// Refuses a scope that a limited client may not ask for.
    pub fn check_scope(&self, scope: &ScopeSet) -> Result<()> {
        let Some(limit) = &self.scope_limit else { return Ok(()) };
        let refused = scope
            .standard()
            .iter()
            .find(|name| !matches!(*name, "openid" | "offline_access") && !limit.contains(name))
            .map(str::to_owned);
        match refused {
            Some(name) => Err(Error::new(ErrorCode::InvalidScope)
                .describe("requested scope is not allowed")
                .with_scope(name)),
            None => Ok(()),
        }
    }

    /// Lifetime of its ID tokens, in seconds.
    pub fn id_token_ttl(&self) -> i64 {
        self.application
            .custom_client_metadata
            .id_token_ttl
            .filter(|ttl| *ttl > 0)
            .unwrap_or(lifetime::ID_TOKEN)
    }

    /// Lifetime of its refresh tokens, in seconds.
    pub fn refresh_token_ttl(&self) -> i64 {
        let custom = &self.application.custom_client_metadata;
        custom
            .refresh_token_ttl_in_days
            .map(|days| days.saturating_mul(86_400))
            .or(custom.refresh_token_ttl)
            .filter(|ttl| *ttl > 0)
            .unwrap_or(lifetime::REFRESH_TOKEN)
    }

    /// Whether a grant with this scope comes with a refresh token.
    pub fn gets_refresh_token(&self, scope: &ScopeSet) -> bool {
        let always =
            !self.is_native() && self.application.custom_client_metadata.always_issue_refresh_token == Some(true);
        self.allows_grant(GrantType::RefreshToken) && (always || scope.contains(crate::scope::OFFLINE_ACCESS))
    }

    /// Whether its refresh tokens rotate at all.
    pub fn rotates_refresh_tokens(&self) -> bool {
        self.application.custom_client_metadata.rotate_refresh_token != Some(false)
    }

    /// Where it wants to hear that a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.2).
    pub fn backchannel_logout_uri(&self) -> Option<&str> {
        self.application.oidc_client_metadata.backchannel_logout_uri.as_deref()
    }

    /// Whether its ID tokens name the session, for logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.1).
    pub fn wants_sid(&self) -> bool {
        let metadata = &self.application.oidc_client_metadata;
        metadata.backchannel_logout_uri.is_some() && metadata.backchannel_logout_session_required == Some(true)
    }
}

fn check_uris(field: &str, uris: &[String], code: ErrorCode) -> Result<()> {
    for uri in uris {
        redirect_uri::check_registration(uri)
            .map_err(|refusal| Error::new(code).describe(format!("{field}: {refusal}")))?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::Map;
    use soleira_core::Timestamp;
    use soleira_core::model::{CustomClientMetadata, OidcClientMetadata};

    pub(crate) fn application(kind: ApplicationType) -> Application {
        Application {
            tenant_id: "default".into(),
            id: "app".into(),
            name: "App".into(),
            description: None,
            kind,
            oidc_client_metadata: OidcClientMetadata {
                redirect_uris: vec!["https://app.example/callback".into()],
                post_logout_redirect_uris: vec!["https://app.example".into()],
                ..OidcClientMetadata::default()
            },
            custom_client_metadata: CustomClientMetadata::default(),
            protected_app_metadata: None,
            custom_data: Map::new(),
            is_third_party: false,
            app_level_access_control_enabled: false,
            created_at: Timestamp(0),
        }
    }

    pub(crate) fn spa() -> Client {
        Client::new(application(ApplicationType::Spa))
    }

    pub(crate) fn native() -> Client {
        Client::new(application(ApplicationType::Native))
    }

    pub(crate) fn traditional() -> Client {
        Client::new(application(ApplicationType::Traditional))
    }

    pub(crate) fn machine() -> Client {
        Client::new(application(ApplicationType::MachineToMachine))
    }

    fn with_uris(uris: &[&str]) -> Client {
        let mut application = application(ApplicationType::Spa);
        application.oidc_client_metadata.redirect_uris = uris.iter().map(|uri| (*uri).to_owned()).collect();
        Client::new(application)
    }

    #[test]
    fn grant_types_follow_the_application_type() {
        use GrantType::{AuthorizationCode, ClientCredentials, DeviceCode, RefreshToken, TokenExchange};
        for client in [spa(), native(), traditional()] {
            assert!(client.allows_grant(AuthorizationCode) && client.allows_grant(RefreshToken));
            assert!(
                [ClientCredentials, DeviceCode, TokenExchange]
                    .iter()
                    .all(|grant| !client.allows_grant(*grant))
            );
        }
        let mut device = application(ApplicationType::Native);
        device.custom_client_metadata.is_device_flow = Some(true);
        let device = Client::new(device);
        assert!(device.allows_grant(DeviceCode) && device.allows_grant(RefreshToken) && !device.allows_code());
        assert!(machine().allows_grant(ClientCredentials) && !machine().allows_grant(RefreshToken));
        assert_eq!(
            machine().check_grant(AuthorizationCode).unwrap_err().description(),
            "requested grant type is not allowed for this client"
        );
    }

    #[test]
    fn protected_and_saml_applications_are_web_clients_with_a_secret() {
        for kind in [ApplicationType::Protected, ApplicationType::Saml] {
            let mut application = application(kind);
            let client = Client::new(application.clone());
            assert_eq!(client.auth_method(), AuthMethod::ClientSecret, "{kind:?}");
            assert!(!client.is_native() && !client.is_browser_based() && !client.is_third_party());
            let allowed: Vec<GrantType> = GrantType::ALL
                .into_iter()
                .filter(|grant| client.allows_grant(*grant))
                .collect();
            assert_eq!(allowed, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
            assert!(!client.gets_refresh_token(&ScopeSet::parse("openid")));
            application.custom_client_metadata.always_issue_refresh_token = Some(true);
            application.custom_client_metadata.allow_token_exchange = Some(true);
            let client = Client::new(application.clone());
            assert!(client.gets_refresh_token(&ScopeSet::parse("openid")));
            assert!(client.allows_grant(GrantType::TokenExchange));
            application.oidc_client_metadata.redirect_uris.clear();
            assert!(Client::new(application).check_metadata().is_err());
        }
    }

    #[test]
    fn tokens_are_exchanged_by_own_clients_that_may() {
        for kind in [ApplicationType::MachineToMachine, ApplicationType::Spa] {
            let mut allowed = application(kind);
            allowed.custom_client_metadata.allow_token_exchange = Some(true);
            assert!(Client::new(allowed.clone()).allows_grant(GrantType::TokenExchange));
            allowed.is_third_party = true;
            assert!(!Client::new(allowed).allows_grant(GrantType::TokenExchange));
        }
    }

    #[test]
    fn a_code_client_needs_a_usable_redirect_uri() {
        assert_eq!(
            with_uris(&[]).check_metadata().unwrap_err().description(),
            "redirect_uris must contain members"
        );
        assert!(machine().check_metadata().is_ok());
        for bad in [
            "https://a.example/#x",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "nonsense",
        ] {
            assert_eq!(
                with_uris(&[bad]).check_metadata().unwrap_err().code(),
                ErrorCode::InvalidRedirectUri,
                "{bad}"
            );
        }
        assert!(
            with_uris(&["https://*.app.example/cb", "myapp://callback"])
                .check_metadata()
                .is_ok()
        );
    }

    #[test]
    fn a_redirect_uri_may_be_left_out_when_there_is_one() {
        assert_eq!(
            spa().verify_redirect_uri(None).unwrap().as_str(),
            "https://app.example/callback"
        );
        let error = with_uris(&["https://a.example/", "https://b.example/"])
            .verify_redirect_uri(None)
            .unwrap_err();
        assert_eq!(error.description(), "missing required parameter 'redirect_uri'");
        assert!(
            with_uris(&["https://*.app.example/"])
                .verify_redirect_uri(None)
                .is_err()
        );
    }

    #[test]
    fn redirect_uri_attacks_are_refused() {
        let client = spa();
        for attack in [
            "https://app.example/callback/",
            "https://app.example/callback/..;/evil",
            "https://app.example/callback?x=1",
            "https://app.example@evil.example/callback",
            "https://evil.example/callback@@app.example",
            "https://app.example.evil.example/callback",
            "https://app.example/callback#x",
            "https://app.example\n/callback",
            "https://app.example/\tcallback",
            "https://app.example\\@evil.example/callback",
            "http://app.example/callback",
            "https://*/callback",
            "//app.example/callback",
            "javascript:alert(1)",
            "",
        ] {
            assert!(client.verify_redirect_uri(Some(attack)).is_err(), "{attack:?}");
        }
        assert!(client.verify_redirect_uri(Some("https://app.example/callback")).is_ok());
    }

    #[test]
    fn lifetimes_prefer_days() {
        let mut application = application(ApplicationType::Spa);
        assert_eq!(Client::new(application.clone()).refresh_token_ttl(), 14 * 86_400);
        application.custom_client_metadata.refresh_token_ttl = Some(60);
        assert_eq!(Client::new(application.clone()).refresh_token_ttl(), 60);
        application.custom_client_metadata.refresh_token_ttl_in_days = Some(1);
        assert_eq!(Client::new(application).refresh_token_ttl(), 86_400);
    }

    #[test]
    fn always_issuing_refresh_tokens_is_for_web_clients() {
        for (kind, expected) in [
            (ApplicationType::Spa, true),
            (ApplicationType::Traditional, true),
            (ApplicationType::Native, false),
        ] {
            let mut application = application(kind);
            application.custom_client_metadata.always_issue_refresh_token = Some(true);
            assert_eq!(
                Client::new(application).gets_refresh_token(&ScopeSet::parse("openid")),
                expected
            );
        }
        assert!(native().gets_refresh_token(&ScopeSet::parse("openid offline_access")));
    }

    #[test]
    fn a_limited_client_asks_for_its_standard_scopes_only() {
        let client = Client::limited_to(application(ApplicationType::Spa), ScopeSet::parse("profile"));
        assert!(
            client
                .check_scope(&ScopeSet::parse("openid offline_access profile read:things"))
                .is_ok()
        );
        assert_eq!(
            client
                .check_scope(&ScopeSet::parse("openid email"))
                .unwrap_err()
                .scope(),
            Some("email")
        );
    }
}
