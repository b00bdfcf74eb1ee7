//! What the addresses of the pages carry.

use serde::{Deserialize, Serialize};

/// The parameters of a page. Unknown ones do not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PageQuery {
    /// The client that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_id: Option<String>,
    /// The organization whose members sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) organization_id: Option<String>,
    /// The language that the reader chose on a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) locale: Option<String>,
    /// Languages that the client asks for, best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ui_locales: Option<String>,
    /// Who is likely to sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) login_hint: Option<String>,
    /// What a link brought along that signs its reader in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) one_time_token: Option<String>,
    /// Which identifiers to ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identifier: Option<String>,
    /// Where a direct sign-in that is not possible leads, a path without its slash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
    /// The code of a device, to be confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_code: Option<String>,
    /// What was typed as the code of a device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_code: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl PageQuery {
    /// A page of this server with these parameters.
    pub(crate) fn on(&self, path: &str) -> String {
        match serde_html_form::to_string(self) {
            Ok(query) if !query.is_empty() => format!("{path}?{query}"),
            _ => path.to_owned(),
        }
    }
}

/// A page of this server for a client.
pub(crate) fn page(path: &str, app_id: &str) -> String {
    PageQuery {
        app_id: Some(app_id.to_owned()),
        ..PageQuery::default()
    }
    .on(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded() {
        assert_eq!(page("/sign-in", "a&b=c"), "/sign-in?app_id=a%26b%3Dc");
        assert_eq!(PageQuery::default().on("/sign-in"), "/sign-in");
    }
}
