//! Where and how the answer to an authorization request goes (OAuth 2.0 Multiple Response Type Encoding Practices,
//! OAuth 2.0 Form Post Response Mode, RFC 9207).

use crate::{Error, ErrorCode, Result};
use soleira_core::rules::redirect_uri::VerifiedRedirectUri;
use url::Url;

/// How parameters travel to the redirect URI.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query.
    #[default]
    Query,
    /// After `#`.
    Fragment,
    /// By a form that the browser posts.
    FormPost,
}

impl ResponseMode {
    /// All of them, in the order of the discovery document.
    pub const ALL: [Self; 3] = [Self::FormPost, Self::Fragment, Self::Query];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }

    /// Reads `response_mode`.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == name)
            .ok_or_else(|| Error::new(ErrorCode::UnsupportedResponseMode))
    }
}

/// A verified place for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseTarget {
    /// Where.
    pub redirect_uri: VerifiedRedirectUri,
    /// How.
    pub mode: ResponseMode,
    /// The client's `state`, sent back untouched.
    pub state: Option<String>,
}

/// An answer ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// 303 to this address.
    Redirect(Url),
    /// A page that posts these fields to this address.
    FormPost {
        /// The redirect URI.
        action: Url,
        /// The parameters in order.
        fields: Vec<(String, String)>,
    },
}

impl ResponseTarget {
    /// The answer with an authorization code (RFC 6749 §4.1.2) and the issuer (RFC 9207 §2).
    pub fn code(&self, code: &str, issuer: &str) -> Delivery {
        self.deliver(vec![("code", code.to_owned())], issuer)
    }

    /// The answer with an error (RFC 6749 §4.1.2.1).
    pub fn error(&self, error: &Error, issuer: &str) -> Delivery {
        self.deliver(error.members(), issuer)
    }

    fn deliver(&self, mut members: Vec<(&'static str, String)>, issuer: &str) -> Delivery {
        if let Some(state) = &self.state {
            members.push(("state", state.clone()));
        }
        members.push(("iss", issuer.to_owned()));
        let mut url = self.redirect_uri.url().clone();
        match self.mode {
            ResponseMode::Query => {
                url.query_pairs_mut().extend_pairs(members);
                Delivery::Redirect(url)
            }
            ResponseMode::Fragment => {
                let fragment = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(members)
                    .finish();
                url.set_fragment(Some(&fragment));
                Delivery::Redirect(url)
            }
            ResponseMode::FormPost => Delivery::FormPost {
                action: url,
                fields: members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::application;
    use soleira_core::model::ApplicationType;

    fn target(uri: &str, mode: ResponseMode) -> ResponseTarget {
        let mut application = application(ApplicationType::Native);
        application.oidc_client_metadata.redirect_uris = vec![uri.to_owned()];
        let client = crate::Client::new(application);
        ResponseTarget {
            redirect_uri: client.verify_redirect_uri(None).unwrap(),
            mode,
            state: Some("a&b".into()),
        }
    }

    fn location(delivery: Delivery) -> String {
        match delivery {
            Delivery::Redirect(url) => url.to_string(),
            Delivery::FormPost { action, fields } => format!("{action} {fields:?}"),
        }
    }

    #[test]
    fn answers_keep_the_query_and_carry_state_and_issuer() {
        assert_eq!(
            location(target("https://a.example/cb?x=1", ResponseMode::Query).code("c", "http://i/oidc")),
            "https://a.example/cb?x=1&code=c&state=a%26b&iss=http%3A%2F%2Fi%2Foidc"
        );
        assert_eq!(
            location(target("myapp://callback", ResponseMode::Query).code("c", "i")),
            "myapp://callback?code=c&state=a%26b&iss=i"
        );
        assert_eq!(
            location(
                target("https://a.example/cb", ResponseMode::Fragment).error(&ErrorCode::LoginRequired.into(), "i")
            ),
            "https://a.example/cb#error=login_required&error_description=End-User+authentication+is+required&state=a%26b&iss=i"
        );
        assert_eq!(
            location(target("https://a.example/cb", ResponseMode::FormPost).code("c", "i")),
            r#"https://a.example/cb [("code", "c"), ("state", "a&b"), ("iss", "i")]"#
        );
    }
}
