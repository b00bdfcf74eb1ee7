//! How a client says who it is: Basic or form fields, interchangeable whatever was registered (RFC 6749 §2.3.1), or a
//! signed assertion (RFC 7521 §4.2).

use crate::client::AuthMethod;
use crate::client_assertion::{self, ClientAssertion};
use crate::params::is_well_escaped;
use crate::{Client, Error, Params, Result};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use soleira_core::Secret;

/// Who the client says it is, not yet believed.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The client identifier.
    pub client_id: String,
    /// The secret, if one was sent.
    pub secret: Option<Secret>,
    /// The assertion, if one was sent.
    pub assertion: Option<ClientAssertion>,
    /// Whether the `Authorization` header was used; a refusal then carries a challenge (RFC 6749 §5.2).
    pub in_header: bool,
}

/// What is left to prove for a client.
#[derive(Debug, Clone, Copy)]
pub enum Claimed<'a> {
    /// Nothing: it has no secret to know.
    Identity,
    /// That it knows this secret.
    Secret(&'a Secret),
    /// That it signed this under one of its secrets.
    UnderSecret(&'a ClientAssertion),
    /// That it signed this with one of its keys.
    ByKey(&'a ClientAssertion),
}

impl Credentials {
    /// Reads the `Authorization` header and `client_id`, `client_secret` and `client_assertion` of the body.
    ///
    /// # Errors
    /// `invalid_request` when there is no client, something is malformed, two of them disagree, or there is more than one
    /// proof.
    pub fn read(authorization: Option<&str>, params: &Params) -> Result<Self> {
        if let Some(assertion) = assertion(params)? {
            return Self::asserted(authorization, params, assertion);
        }
        let Some(header) = authorization else {
            let client_id = params
                .get("client_id")
                .ok_or_else(|| Error::invalid_request("no client authentication mechanism provided"))?;
            return Ok(Self {
                client_id: client_id.to_owned(),
                secret: params.get("client_secret").map(Secret::new),
                assertion: None,
                in_header: false,
            });
        };
        let (client_id, secret) = basic(header)?;
        if params.get("client_id").is_some_and(|other| other != client_id) {
            return Err(Error::invalid_request("client_id mismatch"));
        }
        if params.get("client_secret").is_some() {
            return Err(one_mechanism());
        }
        Ok(Self {
            client_id,
            secret: Some(secret),
            assertion: None,
            in_header: true,
        })
    }

    /// RFC 7521 §4.2: `client_id` may be left out, since the assertion names the client.
    fn asserted(authorization: Option<&str>, params: &Params, assertion: &str) -> Result<Self> {
        if authorization.is_some() || params.get("client_secret").is_some() {
            return Err(one_mechanism());
        }
        let (assertion, client_id) = ClientAssertion::read(assertion)?;
        if params.get("client_id").is_some_and(|other| other != client_id) {
            return Err(Error::invalid_request("client_id mismatch"));
        }
        Ok(Self {
            client_id,
            secret: None,
            assertion: Some(assertion),
            in_header: false,
        })
    }

    /// What is left to prove for this client.
    ///
    /// # Errors
    /// `invalid_client` when the mechanism is not the one that the client must use.
    pub fn to_prove(&self, client: &Client) -> Result<Claimed<'_>> {
        match (client.auth_method(), &self.secret, &self.assertion) {
            (AuthMethod::None, None, None) => Ok(Claimed::Identity),
            (AuthMethod::None, ..) => Err(Error::client_authentication_failed("a public client sent a proof")),
            (AuthMethod::ClientSecret, Some(secret), None) => Ok(Claimed::Secret(secret)),
            (AuthMethod::ClientSecretJwt, None, Some(assertion)) => Ok(Claimed::UnderSecret(assertion)),
            (AuthMethod::PrivateKeyJwt, None, Some(assertion)) => Ok(Claimed::ByKey(assertion)),
            _ => Err(Error::client_authentication_failed(
                "no proof was sent, or one of another kind than the client is registered for",
            )),
        }
    }
}

fn one_mechanism() -> Error {
    Error::invalid_request("client authentication must only be provided using one mechanism")
}

/// The assertion of a request, if it has one.
fn assertion(params: &Params) -> Result<Option<&str>> {
    match (params.get("client_assertion"), params.get("client_assertion_type")) {
        (None, None) => Ok(None),
        (Some(assertion), Some(client_assertion::TYPE)) => Ok(Some(assertion)),
        (None, Some(_)) => Err(Error::invalid_request("client_assertion must be provided")),
        (Some(_), None) => Err(Error::invalid_request("client_assertion_type must be provided")),
        (Some(_), Some(_)) => Err(Error::invalid_request(format!(
            "client_assertion_type must have value \"{}\"",
            client_assertion::TYPE
        ))),
    }
}

/// `Basic base64(form-encoded id ":" form-encoded secret)`, RFC 6749 §2.3.1. Clients that do not encode work too, since
/// identifiers and secrets need no encoding.
fn basic(header: &str) -> Result<(String, Secret)> {
    let malformed = || Error::invalid_request("invalid authorization header value format");
    let (scheme, encoded) = header.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.contains(' ') {
        return Err(malformed());
    }
    let decoded = BASE64_STANDARD
        .decode(encoded)
        .or_else(|_| BASE64_STANDARD_NO_PAD.decode(encoded))
        .map_err(|_| malformed())?;
    let text = String::from_utf8(decoded).map_err(|_| malformed())?;
    let (client_id, secret) = text.split_once(':').ok_or_else(malformed)?;
    let (client_id, secret) = (
        form_decoded(client_id).ok_or_else(malformed)?,
        form_decoded(secret).ok_or_else(malformed)?,
    );
    if client_id.is_empty() {
        return Err(Error::invalid_request("no client authentication mechanism provided"));
    }
    if secret.is_empty() {
        return Err(Error::invalid_request(
            "client_secret must be provided in the Authorization header",
        ));
    }
    Ok((client_id, Secret::new(secret)))
}

fn form_decoded(text: &str) -> Option<String> {
    if !is_well_escaped(text) {
        return None;
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8().ok()?;
    (!decoded.contains('\0')).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::{spa, traditional};

    fn header(text: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(text))
    }

    fn read(authorization: Option<&str>, query: &str) -> Result<Credentials> {
        Credentials::read(authorization, &Params::from_query(query).unwrap())
    }

    #[test]
    fn header_and_body_are_interchangeable() {
        let from_header = read(Some(&header("app:s%2Bx+y")), "client_id=app").unwrap();
        assert_eq!(
            (from_header.client_id.as_str(), from_header.secret.unwrap().expose()),
            ("app", "s+x y")
        );
        let from_body = read(None, "client_id=app&client_secret=s").unwrap();
        assert!(
            matches!(from_body.to_prove(&traditional()).unwrap(), Claimed::Secret(secret) if secret.expose() == "s")
        );
    }

    #[test]
    fn contradictions_are_refused() {
        let text =
            |authorization: Option<&str>, query| read(authorization, query).unwrap_err().description().to_owned();
        assert_eq!(text(None, ""), "no client authentication mechanism provided");
        assert_eq!(text(Some(&header("app:s")), "client_id=other"), "client_id mismatch");
        assert_eq!(
            text(Some(&header("app:s")), "client_id=app&client_secret=s"),
            "client authentication must only be provided using one mechanism"
        );
        for bad in [
            "Basic",
            "Bearer x",
            "Basic !!",
            "Basic YQ==",
            &header("app:%ff"),
            &header("app:100%"),
            &header("%zz:s"),
            &header("a\0:b"),
            "Basic a b",
        ] {
            assert_eq!(
                text(Some(bad), ""),
                "invalid authorization header value format",
                "{bad}"
            );
        }
    }

    proptest::proptest! {
        /// A header of any text is read or refused.
        #[test]
        fn any_header_is_read_or_refused(header in ".{0,80}", inside in ".{0,40}") {
            let _ = read(Some(&header), "");
            let _ = read(Some(&self::header(&inside)), "");
        }
    }

    #[test]
    fn the_mechanism_must_fit_the_client() {
        assert_eq!(
            read(None, "client_id=app")
                .unwrap()
                .to_prove(&traditional())
                .unwrap_err()
                .status(),
            401
        );
        assert_eq!(
            read(None, "client_id=app&client_secret=s")
                .unwrap()
                .to_prove(&spa())
                .unwrap_err()
                .status(),
            401
        );
        let anonymous = read(None, "client_id=app").unwrap();
        assert!(matches!(anonymous.to_prove(&spa()).unwrap(), Claimed::Identity));
    }

    fn assertion_for(client_id: &str) -> String {
        let claims = serde_json::json!({"iss": client_id, "sub": client_id});
        soleira_crypto::jws::sign_hmac(soleira_crypto::Algorithm::Hs256, b"secret", None, &claims).unwrap()
    }

    fn with_assertion(further: &str) -> String {
        format!(
            "client_assertion={}&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer{further}",
            assertion_for("app")
        )
    }

    #[test]
    fn an_assertion_names_the_client() {
        let credentials = read(None, &with_assertion("")).unwrap();
        assert_eq!(
            (credentials.client_id.as_str(), credentials.secret.is_none()),
            ("app", true)
        );
        assert!(read(None, &with_assertion("&client_id=app")).is_ok());
        let text =
            |authorization: Option<&str>, query: &str| read(authorization, query).unwrap_err().description().to_owned();
        assert_eq!(text(None, &with_assertion("&client_id=other")), "client_id mismatch");
        let one = "client authentication must only be provided using one mechanism";
        assert_eq!(text(None, &with_assertion("&client_secret=s")), one);
        assert_eq!(text(Some(&header("app:s")), &with_assertion("")), one);
        assert_eq!(
            text(None, "client_assertion=x"),
            "client_assertion_type must be provided"
        );
        assert_eq!(
            text(None, &format!("client_assertion_type={}", client_assertion::TYPE)),
            "client_assertion must be provided"
        );
        assert_eq!(
            text(None, "client_assertion=x&client_assertion_type=y"),
            "client_assertion_type must have value \"urn:ietf:params:oauth:client-assertion-type:jwt-bearer\""
        );
        assert_eq!(
            text(
                None,
                &format!("client_assertion=x&client_assertion_type={}", client_assertion::TYPE)
            ),
            "invalid client_assertion format"
        );
    }

    #[test]
    fn only_the_registered_mechanism_counts() {
        use soleira_core::model::{ApplicationType, TokenEndpointAuthMethod};
        let client = |method| {
            let mut application = crate::client::tests::application(ApplicationType::Traditional);
            application.oidc_client_metadata.token_endpoint_auth_method = Some(method);
            Client::new(application)
        };
        let asserted = read(None, &with_assertion("")).unwrap();
        let secret = read(None, "client_id=app&client_secret=s").unwrap();
        let nothing = read(None, "client_id=app").unwrap();
        for (method, takes_secret, takes_assertion) in [
            (TokenEndpointAuthMethod::ClientSecretBasic, true, false),
            (TokenEndpointAuthMethod::ClientSecretPost, true, false),
            (TokenEndpointAuthMethod::ClientSecretJwt, false, true),
            (TokenEndpointAuthMethod::PrivateKeyJwt, false, true),
        ] {
            let client = client(method);
            assert_eq!(secret.to_prove(&client).is_ok(), takes_secret, "{method:?}");
            assert_eq!(asserted.to_prove(&client).is_ok(), takes_assertion, "{method:?}");
            assert_eq!(nothing.to_prove(&client).unwrap_err().status(), 401, "{method:?}");
        }
        assert_eq!(asserted.to_prove(&spa()).unwrap_err().status(), 401);
    }
}
