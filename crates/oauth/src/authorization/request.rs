//! Reading and validating an authorization request, a paragraph of the standard at a time.

use super::{ResponseMode, ResponseTarget};
use crate::prompt::PromptValues;
use crate::{Client, Error, ErrorCode, Params, Result, ScopeSet, pkce, resource, scope};
use std::collections::HashSet;

/// The parameters that the authorization endpoint knows; others are dropped.
pub const PARAMETERS: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "code_challenge",
    "code_challenge_method",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "acr_values",
    "display",
    "claims_locales",
    "claims",
    "request",
    "request_uri",
    "registration",
    "resource",
    "first_screen",
    "interaction_mode",
    "direct_sign_in",
    "identifier",
    "one_time_token",
    "organization_id",
    "google_one_tap_credential",
];

/// The parameters that the device authorization endpoint knows; others are dropped.
pub const DEVICE_PARAMETERS: &[&str] = &[
    "client_id",
    "scope",
    "nonce",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "acr_values",
    "display",
    "claims_locales",
    "request",
    "request_uri",
    "registration",
    "resource",
    "first_screen",
    "interaction_mode",
    "direct_sign_in",
    "identifier",
    "one_time_token",
    "organization_id",
];

/// Response types that exist and that no client here may use.
const DISALLOWED_RESPONSE_TYPES: [&str; 3] = ["code id_token", "id_token", "none"];

/// What a client asks a person for, whether the answer goes to its redirect URI or to a device that waits for it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// All known parameters, as sent; what an interaction keeps.
    pub params: Params,
    /// The scope, `offline_access` removed when the person is not asked to consent to it.
    pub scope: ScopeSet,
    /// The values of `prompt`; `max_age=0` counts as `login`.
    pub prompt: PromptValues,
    /// How old the sign-in may be, in seconds.
    pub max_age: Option<i64>,
    /// The resources that it names, each once.
    pub resources: Vec<String>,
}

/// An authorization request that holds. Dereferences to what it asks for.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// Where and how the answer goes.
    pub target: ResponseTarget,
    /// What it asks for.
    pub asked: Asked,
}

impl std::ops::Deref for AuthorizationRequest {
    type Target = Asked;

    fn deref(&self) -> &Asked {
        &self.asked
    }
}

/// Why an authorization request is refused, and whether the client may be told by redirect.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// Client or redirect URI are in doubt: the browser is told (RFC 6749 §4.1.2.1).
    Answer {
        /// What is wrong.
        error: Error,
        /// The `state` of the request.
        state: Option<String>,
    },
    /// The client is told at its redirect URI.
    Redirect {
        /// Where.
        target: Box<ResponseTarget>,
        /// What is wrong.
        error: Error,
    },
}

impl Refusal {
    /// The error, however it travels.
    pub fn error(&self) -> &Error {
        match self {
            Self::Answer { error, .. } | Self::Redirect { error, .. } => error,
        }
    }
}

impl AuthorizationRequest {
    /// The known parameters of a request, each at most once, and the client that it names. Done before the client is
    /// looked up.
    pub fn read(raw: &Params) -> Result<(Params, String), Refusal> {
        let params: Params = raw
            .pairs()
            .iter()
            .filter(|(name, value)| PARAMETERS.contains(&name.as_str()) && !value.is_empty())
            .cloned()
            .collect();
        let refused = |error| Refusal::Answer { error, state: None };
        raw.refuse_duplicates(PARAMETERS).map_err(refused)?;
        let [client_id] = params.required(["client_id"]).map_err(|error| Refusal::Answer {
            error,
            state: params.get("state").map(str::to_owned),
        })?;
        let client_id = client_id.to_owned();
        Ok((params, client_id))
    }

    /// Where the answer to a request goes, be it an error. A response mode that is not known counts as none.
    ///
    /// # Errors
    /// RFC 6749 §4.1.2.1: what is wrong with client or redirect URI, which is never told by redirect.
    pub fn target(params: &Params, client: &Client) -> Result<ResponseTarget, Refusal> {
        let state = params.get("state").map(str::to_owned);
        let verified = client
            .check_metadata()
            .and_then(|()| client.verify_redirect_uri(params.get("redirect_uri")));
        match verified {
            Ok(redirect_uri) => Ok(ResponseTarget {
                redirect_uri,
                mode: response_mode(params).unwrap_or_default(),
                state,
            }),
            Err(error) => Err(Refusal::Answer { error, state }),
        }
    }

    /// Validates the request for its client.
    ///
    /// # Errors
    /// What is wrong with it, told by redirect once client and redirect URI hold.
    pub fn validate(params: Params, client: &Client) -> Result<Self, Refusal> {
        let target = Self::target(&params, client)?;
        let checked = response_mode(&params).and_then(|_| {
            refuse_request_objects(&params)?;
            check_size(&params)?;
            check_response_type(&params, client)?;
            Asked::check(params, client, Flow::Code)
        });
        match checked {
            Ok(asked) => Ok(Self { target, asked }),
            Err(error) => Err(Refusal::Redirect {
                target: Box::new(target),
                error,
            }),
        }
    }
}

fn response_mode(params: &Params) -> Result<ResponseMode> {
    params
        .get("response_mode")
        .map_or(Ok(ResponseMode::default()), ResponseMode::parse)
}

/// Bytes that the names and values of a request may have together.
const MAX_SIZE: usize = 16 * 1024;

/// How the client gets its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// A code at its redirect URI.
    Code,
    /// Tokens, once the device asks again (RFC 8628).
    Device,
}

impl Asked {
    /// Reads a device authorization request (RFC 8628 §3.1).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_for_device(raw: &Params, client: &Client) -> Result<Self> {
        let params: Params = raw
            .pairs()
            .iter()
            .filter(|(name, value)| DEVICE_PARAMETERS.contains(&name.as_str()) && !value.is_empty())
            .filter(|(name, _)| name != "client_id")
            .cloned()
            .chain([("client_id".to_owned(), client.id().to_owned())])
            .collect();
        Self::of_device(params, client)
    }

    /// What a device asks for, by the parameters of its request. They are validated again at each step, since client and
    /// settings may have changed.
    ///
    /// # Errors
    /// As [`Asked::read_for_device`].
    pub fn of_device(params: Params, client: &Client) -> Result<Self> {
        refuse_request_objects(&params)?;
        check_size(&params)?;
        Self::check(params, client, Flow::Device)
    }

    /// A parameter by its name.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name)
    }

    /// Whether ID tokens tell when the person signed in (OpenID Connect Core 1.0 §2, `auth_time`).
    pub fn wants_auth_time(&self) -> bool {
        self.max_age.is_some() || self.prompt.login
    }

    /// The parameters that are checked once client and redirect URI hold.
    fn check(params: Params, client: &Client, flow: Flow) -> Result<Self> {
        let max_age = params.get("max_age").map(parse_max_age).transpose()?;
        let mut prompt = params
            .get("prompt")
            .map_or(Ok(PromptValues::default()), PromptValues::parse)?;
        let requested = ScopeSet::parse(params.get("scope").unwrap_or_default());
        client.check_scope(&requested)?;
        check_openid(&params, &requested)?;
        if flow == Flow::Code {
            pkce::check_challenge(
                client,
                params.get("code_challenge"),
                params.get("code_challenge_method"),
            )?;
        }
        let (mut resources, mut seen) = (Vec::new(), HashSet::new());
        for indicator in params.all("resource") {
            resource::check_indicator(indicator)?;
            if seen.insert(indicator) {
                resources.push(indicator.to_owned());
            }
        }
        if max_age == Some(0) {
            prompt.login = true;
        }
        let scope = match flow {
            Flow::Code => without_unasked_offline_access(requested, prompt),
            // A device cannot say `prompt`, and its person is always asked.
            Flow::Device => requested,
        };
        Ok(Self {
            params,
            scope,
            prompt,
            max_age,
            resources,
        })
    }
}

/// OpenID Connect Core 1.0 §6: neither request objects nor registration by value.
fn refuse_request_objects(params: &Params) -> Result<()> {
    for (name, code) in [
        ("request", ErrorCode::RequestNotSupported),
        ("request_uri", ErrorCode::RequestUriNotSupported),
        ("registration", ErrorCode::RegistrationNotSupported),
    ] {
        if params.get(name).is_some() {
            return Err(code.into());
        }
    }
    Ok(())
}

/// What is asked for is kept until the person has answered, for anybody who asks: it has to be of a reasonable size.
fn check_size(params: &Params) -> Result<()> {
    if params.size() > MAX_SIZE {
        return Err(Error::invalid_request("the authorization request is too large"));
    }
    Ok(())
}

fn check_response_type(params: &Params, client: &Client) -> Result<()> {
    let [response_type] = params.required(["response_type"])?;
    let mut values: Vec<&str> = response_type.split(' ').collect();
    values.sort_unstable();
    let response_type = values.join(" ");
    if response_type == "code" && client.allows_code() {
        Ok(())
    } else if response_type == "code" || DISALLOWED_RESPONSE_TYPES.contains(&response_type.as_str()) {
        Err(Error::new(ErrorCode::UnauthorizedClient)
            .describe("requested response_type is not allowed for this client"))
    } else {
        Err(ErrorCode::UnsupportedResponseType.into())
    }
}

/// Without `openid` the request is plain OAuth, and the parameters of OpenID Connect have no meaning.
fn check_openid(params: &Params, requested: &ScopeSet) -> Result<()> {
    if requested.contains(scope::OPENID) {
        return Ok(());
    }
    match ["nonce", "max_age", "id_token_hint", "acr_values", "claims_locales"]
        .into_iter()
        .find(|name| params.get(name).is_some())
    {
        Some(name) => Err(Error::invalid_request(format!(
            "openid scope must be requested when using the {name} parameter"
        ))),
        None => Ok(()),
    }
}

/// OpenID Connect Core 1.0 §11: offline access needs the person's consent, so without `prompt=consent` it is not asked.
fn without_unasked_offline_access(mut requested: ScopeSet, prompt: PromptValues) -> ScopeSet {
    if !prompt.consent {
        requested.remove(scope::OFFLINE_ACCESS);
    }
    requested
}

fn parse_max_age(text: &str) -> Result<i64> {
    text.parse::<i64>()
        .ok()
        .filter(|age| *age >= 0 && text.bytes().all(|b| b.is_ascii_digit()))
        .ok_or_else(|| Error::invalid_request("invalid max_age parameter value"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::client::tests::{machine, native, spa, traditional};

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn validate(query: &str, client: &Client) -> Result<AuthorizationRequest, Refusal> {
        let (params, _) = AuthorizationRequest::read(&Params::from_query(query).unwrap())?;
        AuthorizationRequest::validate(params, client)
    }

    /// A valid request of a web application with these parameters added.
    pub(crate) fn request(query: &str) -> AuthorizationRequest {
        validate(&format!("client_id=app&response_type=code&{query}"), &traditional()).unwrap()
    }

    fn told(query: &str) -> String {
        match validate(&format!("client_id=app&state=s&{query}"), &traditional()).unwrap_err() {
            Refusal::Redirect { target, error } => {
                assert_eq!(target.state.as_deref(), Some("s"));
                format!("{}: {}", error.code().as_str(), error.description())
            }
            Refusal::Answer { error, .. } => format!("answered {error}"),
        }
    }

    #[test]
    fn a_request_has_a_reasonable_size() {
        let nonce = "n".repeat(MAX_SIZE);
        assert_eq!(
            told(&format!("response_type=code&scope=openid&nonce={nonce}")),
            "invalid_request: the authorization request is too large"
        );
    }

    #[test]
    fn the_client_is_told_what_is_wrong() {
        for (query, expected) in [
            ("", "invalid_request: missing required parameter 'response_type'"),
            (
                "response_type=token",
                "unsupported_response_type: unsupported response_type requested",
            ),
            (
                "response_type=id_token code",
                "unauthorized_client: requested response_type is not allowed for this client",
            ),
            (
                "response_type=code&response_mode=jwt",
                "unsupported_response_mode: unsupported response_mode requested",
            ),
            (
                "response_type=code&request=x",
                "request_not_supported: request parameter provided but not supported",
            ),
            (
                "response_type=code&request_uri=x",
                "request_uri_not_supported: request_uri parameter provided but not supported",
            ),
            (
                "response_type=code&registration=x",
                "registration_not_supported: registration parameter provided but not supported",
            ),
            (
                "response_type=code&prompt=create",
                "invalid_request: unsupported prompt value requested",
            ),
            (
                "response_type=code&scope=openid&max_age=-1",
                "invalid_request: invalid max_age parameter value",
            ),
            (
                "response_type=code&scope=read&nonce=n",
                "invalid_request: openid scope must be requested when using the nonce parameter",
            ),
            (
                "response_type=code&resource=api",
                "invalid_target: resource indicator must be an absolute URI",
            ),
            (
                "response_type=code&code_challenge=x",
                "invalid_request: code_challenge_method must be provided",
            ),
        ] {
            assert_eq!(told(query), expected);
        }
    }

    #[test]
    fn the_browser_is_told_when_client_or_redirect_uri_are_in_doubt() {
        for query in [
            "response_type=code",
            "client_id=app&client_id=app&response_type=code",
            "client_id=app&response_type=code&redirect_uri=https://evil.example/",
            "client_id=app&response_type=code&state=a&state=b",
        ] {
            assert!(
                matches!(validate(query, &traditional()), Err(Refusal::Answer { .. })),
                "{query}"
            );
        }
    }

    #[test]
    fn public_clients_need_pkce_and_machines_have_no_code() {
        let error = validate("client_id=app&response_type=code&scope=openid", &spa()).unwrap_err();
        assert_eq!(
            error.error().description(),
            "Authorization Server policy requires PKCE to be used for this request"
        );
        assert!(
            validate(
                &format!("client_id=app&response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256"),
                &spa()
            )
            .is_ok()
        );
        let error = validate("client_id=app&response_type=code", &machine()).unwrap_err();
        assert_eq!(error.error().code(), ErrorCode::UnauthorizedClient);
    }

    #[test]
    fn offline_access_needs_prompt_consent() {
        assert_eq!(request("scope=openid offline_access").scope.to_string(), "openid");
        assert_eq!(
            request("scope=openid offline_access&prompt=consent").scope.to_string(),
            "openid offline_access"
        );
    }

    #[test]
    fn resources_are_collected_and_unknown_parameters_dropped() {
        let request = request("resource=https://a,https://b&resource=https://a&foo=1&foo=2&nonce=");
        assert_eq!(request.resources, ["https://a", "https://b"]);
        assert_eq!(request.param("foo"), None);
        assert_eq!(request.param("nonce"), None);
    }

    #[test]
    fn a_device_asks_without_code_redirect_uri_and_prompt() {
        let read = |query: &str| Asked::read_for_device(&Params::from_query(query).unwrap(), &native());
        let asked = read("scope=openid offline_access&client_secret=s&redirect_uri=x&prompt=none&max_age=0").unwrap();
        assert_eq!(asked.scope.to_string(), "openid offline_access");
        assert!(asked.wants_auth_time() && !asked.prompt.none);
        assert_eq!(
            asked.params.to_query(),
            "scope=openid+offline_access&max_age=0&client_id=app"
        );
        for (query, expected) in [
            ("request=x", ErrorCode::RequestNotSupported),
            ("request_uri=x", ErrorCode::RequestUriNotSupported),
            ("registration=x", ErrorCode::RegistrationNotSupported),
            ("scope=read&nonce=n", ErrorCode::InvalidRequest),
            ("resource=api", ErrorCode::InvalidTarget),
            ("max_age=soon", ErrorCode::InvalidRequest),
        ] {
            assert_eq!(read(query).unwrap_err().code(), expected, "{query}");
        }
    }

    proptest::proptest! {
        /// Whatever comes in, an answer goes to a registered address or to nobody.
        #[test]
        fn nobody_is_sent_elsewhere(query in ".{0,200}", uri in "https://app\\.example[a-z@/#?.:;%]{0,12}callback.{0,8}") {
            let mut raw = Params::from_query(&query).unwrap_or_default();
            raw.push("client_id", "app");
            raw.push("redirect_uri", uri);
            if let Ok((params, _)) = AuthorizationRequest::read(&raw) {
                let target = match AuthorizationRequest::validate(params, &traditional()) {
                    Ok(request) => Some(request.target),
                    Err(Refusal::Redirect { target, .. }) => Some(*target),
                    Err(Refusal::Answer { .. }) => None,
                };
                if let Some(target) = target {
                    proptest::prop_assert_eq!(target.redirect_uri.url().as_str(), "https://app.example/callback");
                }
            }
        }
    }

    #[test]
    fn max_age_zero_is_login() {
        let request = request("scope=openid&max_age=0");
        assert!(request.prompt.login && request.wants_auth_time());
    }
}
