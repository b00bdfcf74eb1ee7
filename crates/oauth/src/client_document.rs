//! Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document-02): a client names itself by the address
//! of a document that describes it. Whoever wrote the document is believed what concerns their own client, and nothing
//! else: what it may ask for and how it gets tokens is the server's to say (docs/wire/authorization.md, "Client ID
//! metadata documents").

use crate::{Client, Error, ErrorCode, Result, ScopeSet};
use serde_json::{Map, Value};
use soleira_core::model::{
    Application, ApplicationType, CustomClientMetadata, OidcClientMetadata, TokenEndpointAuthMethod,
};
use soleira_core::rules::redirect_uri;
use soleira_core::{ApplicationId, TenantId, Timestamp};
use url::Url;

/// Longest address of a document, in bytes.
pub const URL_MAX: usize = 2048;
/// Longest name of a client that is shown, in characters.
const NAME_MAX: usize = 128;

/// Ways of authenticating by something that both sides know: nobody shares a secret with the server by publishing it.
const SHARED_SECRET_METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "client_secret_jwt"];

const AUTH_METHOD: &str = "token_endpoint_auth_method";

/// What the server's own administrators decide about their clients. A document that says it means another server.
const RESERVED: [&str; 16] = [
    "corsAllowedOrigins",
    "idTokenTtl",
    "refreshTokenTtl",
    "refreshTokenTtlInDays",
    "tenantId",
    "alwaysIssueRefreshToken",
    "rotateRefreshToken",
    "allowTokenExchange",
    "isDeviceFlow",
    "maxAllowedGrants",
    "isThirdParty",
    "appLevelAccessControlEnabled",
    "customData",
    "protectedAppMetadata",
    "oidcClientMetadata",
    "customClientMetadata",
];

/// A client identifier that is the address of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentUrl {
    text: String,
    url: Url,
}

impl DocumentUrl {
    /// Reads a client identifier; `None` if it is not the address of a document: `https`, at most [`URL_MAX`] bytes, with
    /// a path, without user information, fragment, wildcard or `.` and `..` in the path.
    pub fn parse(client_id: &str) -> Option<Self> {
        let rest = client_id.strip_prefix("https://")?;
        let has_path = rest.split(['?', '#']).next().is_some_and(|rest| rest.contains('/'));
        if client_id.len() > URL_MAX || !has_path || client_id.contains('*') {
            return None;
        }
        // The parser of redirect URIs refuses whatever a browser would repair and a person would misread.
        redirect_uri::check_registration(client_id).ok()?;
        Some(Self {
            text: client_id.to_owned(),
            url: Url::parse(client_id).ok()?,
        })
    }

    /// As the client wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the document is.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The host that vouches for the document, with its port unless it is the usual one: the one thing about such a
    /// client that is known for sure.
    pub fn host(&self) -> String {
        host(&self.url)
    }
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The host that vouches for a client of a document, from its identifier.
pub fn host_of(client_id: &str) -> Option<String> {
    DocumentUrl::parse(client_id).map(|url| url.host())
}

/// What a document says of its client, as far as it is believed.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientDocument {
    application: Application,
    /// What the client calls itself.
    pub name: Option<String>,
    /// Its terms of use.
    pub terms_of_use_url: Option<String>,
    /// Its privacy policy.
    pub privacy_policy_url: Option<String>,
}

impl ClientDocument {
    /// Reads the document that was found at `address`. `algorithm` is the one that the tenant signs ID tokens with.
    ///
    /// # Errors
    /// `invalid_client_metadata` or `invalid_redirect_uri`, naming the member.
    pub fn read(tenant: &TenantId, address: &DocumentUrl, body: &[u8], algorithm: &str) -> Result<Self> {
        let members: Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| invalid("the client metadata document must be a JSON object"))?;
        if members.get("client_id").and_then(Value::as_str) != Some(address.as_str()) {
            return Err(invalid("client_id must be the address of the client metadata document"));
        }
        check_members(&members, algorithm)?;
        let is_native = match text(&members, "application_type")? {
            None | Some("web") => false,
            Some("native") => true,
            Some(_) => return Err(invalid("application_type must be 'web' or 'native'")),
        };
        let name = text(&members, "client_name")?
            .map(displayable)
            .filter(|name| !name.is_empty());
        let application = Application {
            tenant_id: tenant.clone(),
            id: ApplicationId::from(address.as_str()),
            name: name.clone().unwrap_or_else(|| address.host()),
            description: None,
            kind: if is_native {
                ApplicationType::Native
            } else {
                ApplicationType::Spa
            },
            oidc_client_metadata: OidcClientMetadata {
                redirect_uris: texts(&members, "redirect_uris")?,
                post_logout_redirect_uris: texts(&members, "post_logout_redirect_uris")?,
                backchannel_logout_uri: text(&members, "backchannel_logout_uri")?.map(str::to_owned),
                backchannel_logout_session_required: members
                    .get("backchannel_logout_session_required")
                    .and_then(Value::as_bool),
                logo_uri: text(&members, "logo_uri")?.map(str::to_owned),
                token_endpoint_auth_method: Some(auth_method(&members)?),
                jwks: members.get("jwks").cloned(),
                jwks_uri: text(&members, "jwks_uri")?.map(str::to_owned),
            },
            custom_client_metadata: CustomClientMetadata::default(),
            protected_app_metadata: None,
            custom_data: Map::new(),
            is_third_party: true,
            app_level_access_control_enabled: false,
            created_at: Timestamp(0),
        };
        Client::new(application.clone()).check_metadata()?;
        Ok(Self {
            application,
            name,
            terms_of_use_url: text(&members, "tos_uri")?.map(str::to_owned),
            privacy_policy_url: text(&members, "policy_uri")?.map(str::to_owned),
        })
    }

    /// The client, which may ask for these standard scopes besides `openid` and `offline_access`.
    pub fn client(&self, scope: ScopeSet) -> Client {
        Client::of_document(self.application.clone(), scope)
    }
}

/// What no document may say, whatever it describes.
fn check_members(members: &Map<String, Value>, algorithm: &str) -> Result<()> {
    for (name, value) in members {
        if name.starts_with("client_secret") {
            return Err(invalid(format!("{name} must not be in a client metadata document")));
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(invalid(format!("{name} is not for a client metadata document to say")));
        }
        if name.ends_with("_uri") && !is_https(value) {
            return Err(invalid(format!("{name} must be an https address")));
        }
    }
    if members.get("jwks").is_some_and(|keys| !are_public(keys)) {
        return Err(invalid("jwks must be a set of public keys"));
    }
    match text(members, "id_token_signed_response_alg")? {
        Some(other) if other != algorithm => {
            Err(invalid(format!("id_token_signed_response_alg must be '{algorithm}'")))
        }
        _ => Ok(()),
    }
}

/// How the client authenticates: not at all, or by a key whose public part it publishes. Nothing else is open to who has
/// no secret with the server.
fn auth_method(members: &Map<String, Value>) -> Result<TokenEndpointAuthMethod> {
    match text(members, AUTH_METHOD)? {
        None | Some("none") => Ok(TokenEndpointAuthMethod::None),
        Some("private_key_jwt") if members.contains_key("jwks") || members.contains_key("jwks_uri") => {
            Ok(TokenEndpointAuthMethod::PrivateKeyJwt)
        }
        Some("private_key_jwt") => Err(invalid("jwks or jwks_uri must be given for private_key_jwt")),
        Some(method) if SHARED_SECRET_METHODS.contains(&method) => {
            Err(invalid(format!("{AUTH_METHOD} must not need a shared secret")))
        }
        Some(_) => Err(invalid(format!("{AUTH_METHOD} must be 'none' or 'private_key_jwt'"))),
    }
}

/// Whether a value is a set of keys without anything that is to be kept to oneself (RFC 7518 §6).
fn are_public(keys: &Value) -> bool {
    let Some(keys) = keys["keys"].as_array() else {
        return false;
    };
    keys.iter().all(|key| {
        let secret = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
        key.as_object()
            .is_some_and(|key| secret.iter().all(|member| !key.contains_key(*member)))
    })
}

fn is_https(value: &Value) -> bool {
    let url = value.as_str().and_then(|text| Url::parse(text).ok());
    url.is_some_and(|url| url.scheme() == "https" && url.username().is_empty() && url.password().is_none())
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(format!("{name} must be a string"))),
    }
}

fn texts(members: &Map<String, Value>, name: &str) -> Result<Vec<String>> {
    let wrong = || invalid(format!("{name} must be an array of strings"));
    let items = match members.get(name) {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(wrong()),
    };
    items
        .iter()
        .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
        .collect()
}

/// A name without characters that hide, or that turn the text around them.
fn displayable(text: &str) -> String {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    let visible: String = text.chars().filter(|c| !hides(*c)).take(NAME_MAX).collect();
    visible.trim().to_owned()
}

fn invalid(description: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidClientMetadata).describe(description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ADDRESS: &str = "https://client.example/oauth/client.json";

    fn document(changes: Value) -> Result<ClientDocument> {
        let mut document = json!({
            "client_id": ADDRESS,
            "client_name": "Trial",
            "redirect_uris": ["http://localhost/callback", "https://client.example/callback"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "client_credentials"],
            "scope": "everything",
        });
        let (Some(members), Value::Object(changes)) = (document.as_object_mut(), changes) else {
            panic!("objects");
        };
        members.extend(changes);
        let address = DocumentUrl::parse(ADDRESS).unwrap();
        let tenant = TenantId::from("default");
        ClientDocument::read(&tenant, &address, document.to_string().as_bytes(), "ES384")
    }

    fn refusal(changes: Value) -> String {
        document(changes).unwrap_err().description().to_owned()
    }

    #[test]
    fn an_address_is_https_and_means_one_thing() {
        for good in [
            ADDRESS,
            "https://client.example/",
            "https://client.example:8443/a?v=2",
            "https://client.example/a.b/..c",
        ] {
            assert_eq!(DocumentUrl::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "client",
            "http://client.example/a",
            "HTTPS://client.example/a",
            "https://client.example",
            "https://client.example?a/b",
            "https://user@client.example/a",
            "https://user:password@client.example/a",
            "https://client.example/a#b",
            "https://client.example/a/../b",
            "https://client.example/./b",
            "https://client.example/%2e%2E/b",
            "https://client.example/a;/..;/b",
            "https://client.example/a b",
            "https://client.example\\@evil.example/a",
            "https://*.example/a",
            "https:///a",
        ] {
            assert_eq!(DocumentUrl::parse(bad), None, "{bad}");
        }
        let long = |length: usize| format!("https://client.example/{}", "a".repeat(length - 23));
        assert!(DocumentUrl::parse(&long(2048)).is_some());
        assert!(DocumentUrl::parse(&long(2049)).is_none());
        assert_eq!(host_of("https://client.example:8443/a").unwrap(), "client.example:8443");
    }

    #[test]
    fn what_it_may_do_is_not_its_to_say() {
        let read = document(json!({})).unwrap();
        let client = read.client(ScopeSet::parse("profile"));
        assert!(client.is_third_party() && client.is_document() && !client.is_confidential());
        assert!(!client.allows_grant(crate::client::GrantType::ClientCredentials));
        assert!(client.allows_code());
        assert!(
            client
                .check_scope(&ScopeSet::parse("openid offline_access profile"))
                .is_ok()
        );
        assert_eq!(
            client.check_scope(&ScopeSet::parse("openid email")).unwrap_err().code(),
            ErrorCode::InvalidScope
        );
        assert_eq!((client.id(), client.application().name.as_str()), (ADDRESS, "Trial"));
    }

    #[test]
    fn it_names_its_own_address() {
        for other in [json!("https://client.example/other.json"), json!(null), json!(1)] {
            assert_eq!(
                refusal(json!({ "client_id": other })),
                "client_id must be the address of the client metadata document"
            );
        }
    }

    #[test]
    fn it_must_be_an_object() {
        let address = DocumentUrl::parse(ADDRESS).unwrap();
        for body in ["", "[]", "null", "{\"client_id\":", "<!doctype html>"] {
            let error = ClientDocument::read(&"default".into(), &address, body.as_bytes(), "ES384").unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidClientMetadata, "{body}");
        }
    }

    #[test]
    fn it_holds_no_secret() {
        for name in ["client_secret", "client_secret_expires_at"] {
            assert_eq!(
                refusal(json!({ name: "x" })),
                format!("{name} must not be in a client metadata document")
            );
        }
        for method in SHARED_SECRET_METHODS {
            assert_eq!(
                refusal(json!({ "token_endpoint_auth_method": method })),
                "token_endpoint_auth_method must not need a shared secret"
            );
        }
        assert!(refusal(json!({ "token_endpoint_auth_method": "tls_client_auth" })).contains("must be 'none'"));
    }

    #[test]
    fn it_may_prove_itself_by_a_published_key() {
        let by_key = |keys: Value| {
            let mut changes = json!({ "token_endpoint_auth_method": "private_key_jwt" });
            changes
                .as_object_mut()
                .unwrap()
                .extend(keys.as_object().unwrap().clone());
            document(changes)
        };
        let public = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": "x", "y": "y" }] });
        for keys in [
            json!({ "jwks": public }),
            json!({ "jwks_uri": "https://client.example/jwks.json" }),
        ] {
            assert!(by_key(keys).unwrap().client(ScopeSet::default()).is_confidential());
        }
        assert!(by_key(json!({})).is_err());
        for secret in [
            json!({ "keys": [{ "kty": "oct", "k": "x" }] }),
            json!({ "keys": [{ "kty": "EC", "d": "x" }] }),
            json!({ "keys": [1] }),
            json!([]),
        ] {
            assert_eq!(
                by_key(json!({ "jwks": secret })).unwrap_err().description(),
                "jwks must be a set of public keys"
            );
        }
    }

    #[test]
    fn its_addresses_are_https() {
        for name in [
            "logo_uri",
            "client_uri",
            "policy_uri",
            "tos_uri",
            "jwks_uri",
            "backchannel_logout_uri",
            "any_uri",
        ] {
            for bad in [
                json!("http://client.example/"),
                json!("javascript:alert(1)"),
                json!("https://user@client.example/"),
                json!("nonsense"),
                json!(7),
                json!(null),
            ] {
                assert_eq!(
                    refusal(json!({ name: bad })),
                    format!("{name} must be an https address")
                );
            }
            assert!(document(json!({ name: "https://client.example/x" })).is_ok(), "{name}");
        }
    }

    #[test]
    fn it_does_not_speak_for_the_administrator() {
        for name in RESERVED {
            assert!(refusal(json!({ name: true })).starts_with(name));
        }
    }

    #[test]
    fn it_takes_the_tenants_algorithm() {
        assert!(document(json!({ "id_token_signed_response_alg": "ES384" })).is_ok());
        for other in ["RS256", "none", "HS256"] {
            assert_eq!(
                refusal(json!({ "id_token_signed_response_alg": other })),
                "id_token_signed_response_alg must be 'ES384'"
            );
        }
    }

    #[test]
    fn its_redirect_uris_can_be_redirected_to() {
        assert_eq!(
            refusal(json!({ "redirect_uris": [] })),
            "redirect_uris must contain members"
        );
        for bad in [json!("https://client.example/"), json!([1]), json!({})] {
            assert_eq!(
                refusal(json!({ "redirect_uris": bad })),
                "redirect_uris must be an array of strings"
            );
        }
        for bad in [
            "https://client.example/?a=*",
            "https://client.example/#a",
            "javascript:alert(1)",
            "myapp://*",
        ] {
            let error = document(json!({ "redirect_uris": [bad] })).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidRedirectUri, "{bad}");
        }
        let client = document(json!({})).unwrap().client(ScopeSet::default());
        let verify = |uri: &str| client.verify_redirect_uri(Some(uri)).is_ok();
        assert!(verify("https://client.example/callback"));
        assert!(verify("http://localhost:4100/callback"), "of any application type");
        assert!(!verify("https://client.example:443/callback") && !verify("https://client.example/callback/"));
    }

    #[test]
    fn a_name_hides_nothing() {
        let named = |name: &str| {
            document(json!({ "client_name": name }))
                .unwrap()
                .client(ScopeSet::default())
        };
        let name = |text: &str| named(text).application().name.clone();
        assert_eq!(name("Good\u{202e}knaB\u{0}\u{200b}\u{61c}\u{ad}\n"), "GoodknaB");
        assert_eq!(name(" \u{feff} "), "client.example");
        assert_eq!(name(&"a".repeat(1000)).len(), NAME_MAX);
        assert_eq!(refusal(json!({ "client_name": 1 })), "client_name must be a string");
    }

    #[test]
    fn its_type_is_web_or_native() {
        assert!(!document(json!({})).unwrap().client(ScopeSet::default()).is_native());
        let native = document(json!({ "application_type": "native" })).unwrap();
        assert!(native.client(ScopeSet::default()).is_native());
        assert_eq!(
            refusal(json!({ "application_type": "desktop" })),
            "application_type must be 'web' or 'native'"
        );
    }
}
