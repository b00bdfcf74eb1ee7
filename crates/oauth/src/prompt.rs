//! `prompt` (OpenID Connect Core 1.0 §3.1.2.1) and the decision whether a person must sign in or consent.

use crate::authorization::Asked;
use crate::grant::Granted;
use crate::{Client, Error, ErrorCode, Result, ScopeSet};
use serde::{Deserialize, Serialize};
use soleira_core::Timestamp;
use std::collections::BTreeMap;

/// The values of `prompt` that a request gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromptValues {
    /// No page may be shown.
    pub none: bool,
    /// The person signs in again.
    pub login: bool,
    /// The person consents again.
    pub consent: bool,
}

impl PromptValues {
    /// Reads the space-separated list.
    pub fn parse(text: &str) -> Result<Self> {
        let mut values = Self::default();
        let mut count = 0;
        for value in text.split(' ').filter(|value| !value.is_empty()) {
            count += 1;
            match value {
                "none" => values.none = true,
                "login" => values.login = true,
                "consent" => values.consent = true,
                _ => return Err(Error::invalid_request("unsupported prompt value requested")),
            }
        }
        if values.none && count > 1 {
            return Err(Error::invalid_request("prompt none must only be used alone"));
        }
        Ok(values)
    }
}

/// What the person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PromptName {
    /// To sign in.
    Login,
    /// To consent.
    Consent,
}

impl PromptName {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
        }
    }
}

/// Scopes that were asked for and neither granted nor refused before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromptDetails {
    /// Standard scopes.
    #[serde(rename = "missingOIDCScope", default, skip_serializing_if = "ScopeSet::is_empty")]
    pub missing_oidc_scope: ScopeSet,
    /// Scopes by resource indicator.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing_resource_scopes: BTreeMap<String, ScopeSet>,
}

/// A question to the person, with the reasons for asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// What is asked.
    pub name: PromptName,
    /// Why: `login_prompt`, `no_session`, `max_age`, `id_token_hint`, `consent_prompt`, `native_client_prompt`,
    /// `op_scopes_missing`, `rs_scopes_missing`.
    pub reasons: Vec<String>,
    /// What is missing.
    #[serde(default)]
    pub details: PromptDetails,
}

impl Prompt {
    /// Whether it was asked for this reason.
    pub fn has_reason(&self, reason: &str) -> bool {
        self.reasons.iter().any(|own| own == reason)
    }

    /// What `prompt=none` gets instead of a page (OpenID Connect Core 1.0 §3.1.2.6).
    pub fn refusal(&self) -> Error {
        let describe = |code, text: &str| Error::new(code).describe(text);
        match self.name {
            PromptName::Login if self.has_reason("max_age") => describe(
                ErrorCode::LoginRequired,
                "End-User authentication could not be obtained",
            ),
            PromptName::Login if self.has_reason("id_token_hint") => describe(
                ErrorCode::LoginRequired,
                "id_token_hint and authenticated subject do not match",
            ),
            PromptName::Login => Error::new(ErrorCode::LoginRequired),
            PromptName::Consent if self.has_reason("native_client_prompt") => describe(
                ErrorCode::InteractionRequired,
                "native clients require End-User interaction",
            ),
            PromptName::Consent => describe(ErrorCode::ConsentRequired, "requested scopes not granted"),
        }
    }
}

/// The browser session, as far as prompts care.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen<'a> {
    /// Who is signed in.
    pub subject: Option<&'a str>,
    /// When they signed in.
    pub signed_in_at: Option<Timestamp>,
    /// Whether this very request already made them sign in.
    pub login_done: bool,
    /// Whether this very request already made them consent.
    pub consent_done: bool,
    /// The subject of `id_token_hint`.
    pub hinted_subject: Option<&'a str>,
}

/// Whether the person must sign in (again).
pub fn login(request: &Asked, seen: Seen<'_>, now: Timestamp) -> Option<Prompt> {
    let mut reasons = Vec::new();
    if request.prompt.login && !seen.login_done {
        reasons.push("login_prompt");
    }
    if seen.subject.is_none() {
        reasons.push("no_session");
    }
    if let (Some(max_age), Some(signed_in_at)) = (request.max_age, seen.signed_in_at)
        && !seen.login_done
        && now.seconds().saturating_sub(signed_in_at.seconds()) > max_age
    {
        reasons.push("max_age");
    }
    if let (Some(hinted), Some(subject)) = (seen.hinted_subject, seen.subject)
        && hinted != subject
    {
        reasons.push("id_token_hint");
    }
    prompt(PromptName::Login, reasons, PromptDetails::default())
}

/// Whether the person must consent, given what they granted before and what each requested resource could give them.
pub fn consent(
    request: &Asked,
    client: &Client,
    seen: Seen<'_>,
    granted: &Granted,
    available: &BTreeMap<String, ScopeSet>,
) -> Option<Prompt> {
    let mut reasons = Vec::new();
    if request.prompt.consent && !seen.consent_done {
        reasons.push("consent_prompt");
    }
    if client.is_native() && !seen.consent_done {
        reasons.push("native_client_prompt");
    }
    let missing_oidc_scope = request.scope.standard().difference(&granted.encountered_openid());
    if !missing_oidc_scope.is_empty() {
        reasons.push("op_scopes_missing");
    }
    let missing_resource_scopes: BTreeMap<String, ScopeSet> = available
        .iter()
        .map(|(indicator, scopes)| {
            let asked = request.scope.intersection(scopes);
            (
                indicator.clone(),
                asked.difference(&granted.encountered_resource(indicator)),
            )
        })
        .filter(|(_, missing)| !missing.is_empty())
        .collect();
    if !missing_resource_scopes.is_empty() {
        reasons.push("rs_scopes_missing");
    }
    prompt(
        PromptName::Consent,
        reasons,
        PromptDetails {
            missing_oidc_scope,
            missing_resource_scopes,
        },
    )
}

fn prompt(name: PromptName, reasons: Vec<&str>, details: PromptDetails) -> Option<Prompt> {
    (!reasons.is_empty()).then(|| Prompt {
        name,
        reasons: reasons.into_iter().map(str::to_owned).collect(),
        details,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorization::tests::request;
    use crate::client::tests::{native, spa};

    const NOW: Timestamp = Timestamp(1_000_000);

    fn signed_in() -> Seen<'static> {
        Seen {
            subject: Some("u1"),
            signed_in_at: Some(Timestamp(990_000)),
            ..Seen::default()
        }
    }

    fn reasons(prompt: Option<Prompt>) -> Vec<String> {
        prompt.map(|prompt| prompt.reasons).unwrap_or_default()
    }

    #[test]
    fn prompt_values_are_checked() {
        assert!(PromptValues::parse("login consent").unwrap().consent);
        assert_eq!(
            PromptValues::parse("none login").unwrap_err().description(),
            "prompt none must only be used alone"
        );
        assert_eq!(
            PromptValues::parse("select_account").unwrap_err().description(),
            "unsupported prompt value requested"
        );
    }

    #[test]
    fn a_login_is_asked_for_when_it_must_be() {
        let plain = request("scope=openid");
        assert_eq!(reasons(login(&plain, Seen::default(), NOW)), ["no_session"]);
        assert_eq!(login(&plain, signed_in(), NOW), None);
        assert_eq!(
            reasons(login(&request("scope=openid&prompt=login"), signed_in(), NOW)),
            ["login_prompt"]
        );
        assert_eq!(
            reasons(login(&request("scope=openid&max_age=9"), signed_in(), NOW)),
            ["max_age"]
        );
        assert_eq!(login(&request("scope=openid&max_age=10"), signed_in(), NOW), None);
        assert_eq!(
            reasons(login(
                &plain,
                Seen {
                    hinted_subject: Some("u2"),
                    ..signed_in()
                },
                NOW
            )),
            ["id_token_hint"]
        );
        let done = Seen {
            login_done: true,
            ..signed_in()
        };
        assert_eq!(login(&request("scope=openid&prompt=login&max_age=1"), done, NOW), None);
    }

    #[test]
    fn max_age_zero_is_a_login_prompt() {
        assert_eq!(
            reasons(login(&request("scope=openid&max_age=0"), signed_in(), NOW)),
            ["login_prompt", "max_age"]
        );
    }

    #[test]
    fn consent_is_asked_for_what_is_missing() {
        let asked = request("scope=openid profile read write");
        let mut granted = Granted::default();
        granted.openid.insert("openid");
        granted.rejected_openid.insert("profile");
        let available = BTreeMap::from([("https://api".to_owned(), ScopeSet::parse("read delete"))]);
        let prompt = consent(&asked, &spa(), signed_in(), &granted, &available).unwrap();
        assert_eq!(prompt.reasons, ["rs_scopes_missing"]);
        assert_eq!(
            prompt.details.missing_resource_scopes["https://api"].to_string(),
            "read"
        );
        granted.resources.insert("https://api".into(), ScopeSet::parse("read"));
        assert_eq!(consent(&asked, &spa(), signed_in(), &granted, &available), None);
        assert_eq!(
            reasons(consent(
                &asked,
                &spa(),
                signed_in(),
                &Granted::default(),
                &BTreeMap::new()
            )),
            ["op_scopes_missing"]
        );
    }

    #[test]
    fn native_clients_consent_each_time() {
        let mut granted = Granted::default();
        granted.openid.insert("openid");
        let plain = request("scope=openid");
        let prompt = consent(&plain, &native(), signed_in(), &granted, &BTreeMap::new()).unwrap();
        assert_eq!(prompt.refusal().code(), ErrorCode::InteractionRequired);
        let done = Seen {
            consent_done: true,
            ..signed_in()
        };
        assert_eq!(consent(&plain, &native(), done, &granted, &BTreeMap::new()), None);
    }
}
