//! How a client says who it is (RFC 6749 §2.3.1): Basic or form fields, interchangeable whatever was registered.

use crate::client::AuthMethod;
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
    /// Whether the `Authorization` header was used; a refusal then carries a challenge (RFC 6749 §5.2).
    pub in_header: bool,
}

impl Credentials {
    /// Reads the `Authorization` header and the body's `client_id` and `client_secret`.
    ///
    /// # Errors
    /// `invalid_request` when there is no client, the header is malformed, the two disagree or both carry a secret.
    pub fn read(authorization: Option<&str>, params: &Params) -> Result<Self> {
        let Some(header) = authorization else {
            let client_id = params
                .get("client_id")
                .ok_or_else(|| Error::invalid_request("no client authentication mechanism provided"))?;
            return Ok(Self {
                client_id: client_id.to_owned(),
                secret: params.get("client_secret").map(Secret::new),
                in_header: false,
            });
        };
        let (client_id, secret) = basic(header)?;
        if params.get("client_id").is_some_and(|other| other != client_id) {
            return Err(Error::invalid_request("client_id mismatch"));
        }
        if params.get("client_secret").is_some() {
            return Err(Error::invalid_request(
                "client authentication must only be provided using one mechanism",
            ));
        }
        Ok(Self {
            client_id,
            secret: Some(secret),
            in_header: true,
        })
    }

    /// What is left to prove for this client: the secret to compare, or nothing.
    ///
    /// # Errors
    /// `invalid_client` when the mechanism is not the one that the client must use.
    pub fn to_prove(&self, client: &Client) -> Result<Option<&Secret>> {
        match (client.auth_method(), &self.secret) {
            (AuthMethod::None, None) => Ok(None),
            (AuthMethod::None, Some(_)) => Err(Error::client_authentication_failed("a public client sent a secret")),
            (AuthMethod::ClientSecret, None) => Err(Error::client_authentication_failed("no client secret was sent")),
            (AuthMethod::ClientSecret, Some(secret)) => Ok(Some(secret)),
        }
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
        assert_eq!(from_body.to_prove(&traditional()).unwrap().unwrap().expose(), "s");
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
        assert!(read(None, "client_id=app").unwrap().to_prove(&spa()).unwrap().is_none());
    }
}
