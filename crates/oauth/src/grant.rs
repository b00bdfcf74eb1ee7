//! Grants: what a person allowed a client, and the rules of the grant types that draw on it (RFC 6749 §4.1.3 and §6).

use crate::{Client, Error, ErrorCode, Result, ScopeSet, lifetime, pkce};
use serde::{Deserialize, Serialize};
use soleira_core::Timestamp;
use std::collections::BTreeMap;

/// What a person allowed and refused a client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Standard scopes allowed.
    #[serde(default)]
    pub openid: ScopeSet,
    /// Scopes allowed, by resource indicator.
    #[serde(default)]
    pub resources: BTreeMap<String, ScopeSet>,
    /// Standard scopes refused.
    #[serde(default)]
    pub rejected_openid: ScopeSet,
    /// Scopes refused, by resource indicator.
    #[serde(default)]
    pub rejected_resources: BTreeMap<String, ScopeSet>,
}

impl Granted {
    /// The standard scopes that hold: allowed and not refused since (`openid` cannot be refused).
    pub fn openid_scope(&self) -> ScopeSet {
        self.openid
            .iter()
            .filter(|name| *name == "openid" || !self.rejected_openid.contains(name))
            .collect()
    }

    /// The scopes that hold for a resource.
    pub fn resource_scope(&self, indicator: &str) -> ScopeSet {
        let allowed = self.resources.get(indicator).cloned().unwrap_or_default();
        self.rejected_resources
            .get(indicator)
            .map_or(allowed.clone(), |rejected| allowed.difference(rejected))
    }

    /// The standard scopes that the person was asked about.
    pub fn encountered_openid(&self) -> ScopeSet {
        let mut scopes = self.openid.clone();
        scopes.extend(&self.rejected_openid);
        scopes
    }

    /// The scopes of a resource that the person was asked about.
    pub fn encountered_resource(&self, indicator: &str) -> ScopeSet {
        let mut scopes = self.resources.get(indicator).cloned().unwrap_or_default();
        if let Some(rejected) = self.rejected_resources.get(indicator) {
            scopes.extend(rejected);
        }
        scopes
    }

    /// Allows more.
    pub fn allow(&mut self, openid: &ScopeSet, resources: &BTreeMap<String, ScopeSet>) {
        self.openid.extend(openid);
        for (indicator, scopes) in resources {
            self.resources.entry(indicator.clone()).or_default().extend(scopes);
        }
    }

    /// Refuses scopes of resources: the person is not asked for them again in this grant.
    pub fn refuse(&mut self, resources: &BTreeMap<String, ScopeSet>) {
        for (indicator, scopes) in resources {
            let rejected = self.rejected_resources.entry(indicator.clone()).or_default();
            rejected.extend(scopes);
        }
    }

    /// Whether nothing at all is allowed of what was asked: the request ends in `access_denied`.
    pub fn allows_nothing_of(&self, scope: &ScopeSet, indicators: &[String]) -> bool {
        self.openid_scope().intersection(scope).is_empty()
            && indicators
                .iter()
                .all(|indicator| self.resource_scope(indicator).intersection(scope).is_empty())
    }
}

/// What a code was issued for, as far as its redemption must repeat it.
#[derive(Debug, Clone, Copy)]
pub struct IssuedCode<'a> {
    /// The client it was issued to.
    pub client_id: &'a str,
    /// The redirect URI of the authorization request, or the registered one when it was left out.
    pub redirect_uri: &'a str,
    /// The challenge, if any.
    pub code_challenge: Option<&'a str>,
}

/// What a token request presents with a code.
#[derive(Debug, Clone, Copy)]
pub struct PresentedCode<'a> {
    /// The `redirect_uri`.
    pub redirect_uri: Option<&'a str>,
    /// The `code_verifier`.
    pub code_verifier: Option<&'a str>,
}

/// RFC 6749 §4.1.3 and RFC 7636 §4.6: the code must be this client's, for this redirect URI, with this verifier.
pub fn check_code(issued: IssuedCode<'_>, client: &Client, presented: PresentedCode<'_>) -> Result<()> {
    if issued.client_id != client.id() {
        return Err(Error::invalid_grant("the code was issued to another client"));
    }
    // It may be left out when exactly one is registered, here as at the authorization endpoint.
    let redirect_uri = match (
        presented.redirect_uri,
        client.application().oidc_client_metadata.redirect_uris.as_slice(),
    ) {
        (Some(given), _) => given,
        (None, [only]) => only,
        (None, _) => return Err(Error::invalid_grant("redirect_uri is missing")),
    };
    if redirect_uri != issued.redirect_uri {
        return Err(Error::invalid_grant("redirect_uri mismatch"));
    }
    pkce::verify(presented.code_verifier, issued.code_challenge)
}

/// A refresh token, as far as rotation cares.
#[derive(Debug, Clone, Copy)]
pub struct RefreshState {
    /// When this token was issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When the first token of the chain was issued.
    pub chain_started_at: Timestamp,
    /// When it was first replaced.
    pub consumed_at: Option<Timestamp>,
}

/// What becomes of a refresh token that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It stays.
    Keep,
    /// It is replaced by one that expires then.
    Rotate {
        /// When the new one expires.
        expires_at: Timestamp,
    },
}

impl RefreshState {
    /// Whether it was replaced longer ago than the grace: using it now is reuse, and revokes the grant (RFC 9700 §4.14.2).
    pub fn is_reused(self, now: Timestamp) -> bool {
        self.consumed_at
            .is_some_and(|consumed_at| now > consumed_at.plus_seconds(lifetime::REFRESH_TOKEN_GRACE))
    }

    /// Whether it has expired.
    pub fn is_expired(self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Decides on rotation (docs/wire/tokens.md, "Refresh tokens"): public clients rotate at each use, confidential
    /// ones after seven tenths of the token's life, nobody after a year of rotating. A single-page application's
    /// new token inherits what is left of the old one's life.
    pub fn rotation(self, client: &Client, now: Timestamp) -> Rotation {
        let chain_is_old = now.since(self.chain_started_at) >= lifetime::REFRESH_TOKEN_CHAIN * 1000;
        if !client.rotates_refresh_tokens() || chain_is_old {
            return Rotation::Keep;
        }
        if client.is_confidential() && self.percent_elapsed(now) < 70 {
            return Rotation::Keep;
        }
        let expires_at = if client.is_browser_based() {
            self.expires_at
        } else {
            now.plus_seconds(client.refresh_token_ttl())
        };
        Rotation::Rotate { expires_at }
    }

    /// How much of the token's life has passed, in whole percent.
    fn percent_elapsed(self, now: Timestamp) -> i64 {
        let lifetime = self.expires_at.since(self.issued_at).max(1);
        now.since(self.issued_at).saturating_mul(100) / lifetime
    }
}

/// The scope that a refresh request asks for: a part of the token's, or all of it (RFC 6749 §6).
pub fn narrowed_scope(requested: Option<&str>, token_scope: &ScopeSet) -> Result<ScopeSet> {
    let Some(requested) = requested.map(ScopeSet::parse) else {
        return Ok(token_scope.clone());
    };
    let missing = requested.difference(token_scope);
    if missing.is_empty() {
        return Ok(requested);
    }
    let plural = if missing.len() == 1 { "scope" } else { "scopes" };
    Err(Error::new(ErrorCode::InvalidScope)
        .describe(format!("refresh token missing requested {plural}"))
        .with_scope(missing.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::tests::{application, native, spa, traditional};
    use soleira_core::model::ApplicationType;

    fn code() -> IssuedCode<'static> {
        IssuedCode {
            client_id: "app",
            redirect_uri: "https://app.example/callback",
            code_challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        }
    }

    fn presented() -> PresentedCode<'static> {
        PresentedCode {
            redirect_uri: Some("https://app.example/callback"),
            code_verifier: Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        }
    }

    #[test]
    fn a_code_is_bound_to_client_redirect_uri_and_verifier() {
        assert!(check_code(code(), &spa(), presented()).is_ok());
        assert!(
            check_code(
                code(),
                &spa(),
                PresentedCode {
                    redirect_uri: None,
                    ..presented()
                }
            )
            .is_ok()
        );
        assert!(
            check_code(
                IssuedCode {
                    client_id: "other",
                    ..code()
                },
                &spa(),
                presented()
            )
            .is_err()
        );
        assert!(
            check_code(
                code(),
                &spa(),
                PresentedCode {
                    redirect_uri: Some("https://app.example/"),
                    ..presented()
                }
            )
            .is_err()
        );
        assert!(
            check_code(
                code(),
                &spa(),
                PresentedCode {
                    code_verifier: None,
                    ..presented()
                }
            )
            .is_err()
        );
        let mut two = application(ApplicationType::Spa);
        two.oidc_client_metadata
            .redirect_uris
            .push("https://app.example/other".into());
        assert!(
            check_code(
                code(),
                &Client::new(two),
                PresentedCode {
                    redirect_uri: None,
                    ..presented()
                }
            )
            .is_err()
        );
    }

    fn token() -> RefreshState {
        RefreshState {
            issued_at: Timestamp(0),
            expires_at: Timestamp(100_000),
            chain_started_at: Timestamp(0),
            consumed_at: None,
        }
    }

    #[test]
    fn public_clients_rotate_each_time_and_pages_inherit_the_end() {
        assert_eq!(
            token().rotation(&spa(), Timestamp(1)),
            Rotation::Rotate {
                expires_at: Timestamp(100_000)
            }
        );
        assert_eq!(
            token().rotation(&native(), Timestamp(1000)),
            Rotation::Rotate {
                expires_at: Timestamp(1000).plus_seconds(lifetime::REFRESH_TOKEN)
            }
        );
    }

    #[test]
    fn confidential_clients_rotate_late() {
        assert_eq!(token().rotation(&traditional(), Timestamp(69_999)), Rotation::Keep);
        assert!(matches!(
            token().rotation(&traditional(), Timestamp(70_000)),
            Rotation::Rotate { .. }
        ));
    }

    #[test]
    fn rotation_can_be_off_or_over() {
        let mut off = application(ApplicationType::Spa);
        off.custom_client_metadata.rotate_refresh_token = Some(false);
        assert_eq!(token().rotation(&Client::new(off), Timestamp(1)), Rotation::Keep);
        let old = Timestamp(lifetime::REFRESH_TOKEN_CHAIN * 1000);
        assert_eq!(token().rotation(&native(), old), Rotation::Keep);
    }

    #[test]
    fn a_replaced_token_works_for_three_seconds() {
        let used = RefreshState {
            consumed_at: Some(Timestamp(1000)),
            ..token()
        };
        assert!(!used.is_reused(Timestamp(4000)));
        assert!(used.is_reused(Timestamp(4001)));
    }

    #[test]
    fn a_scope_can_only_shrink() {
        let own = ScopeSet::parse("openid profile");
        assert_eq!(narrowed_scope(None, &own).unwrap(), own);
        assert_eq!(narrowed_scope(Some("profile"), &own).unwrap().to_string(), "profile");
        let error = narrowed_scope(Some("email phone openid"), &own).unwrap_err();
        assert_eq!(
            (error.description(), error.scope()),
            ("refresh token missing requested scopes", Some("email phone"))
        );
    }

    #[test]
    fn refusals_outweigh_grants_except_openid() {
        let granted = Granted {
            openid: ScopeSet::parse("openid email"),
            rejected_openid: ScopeSet::parse("openid email"),
            resources: BTreeMap::from([("r".to_owned(), ScopeSet::parse("a b"))]),
            rejected_resources: BTreeMap::from([("r".to_owned(), ScopeSet::parse("b"))]),
        };
        assert_eq!(granted.openid_scope().to_string(), "openid");
        assert_eq!(granted.resource_scope("r").to_string(), "a");
        assert!(granted.allows_nothing_of(&ScopeSet::parse("b email"), &["r".to_owned()]));
        assert!(!granted.allows_nothing_of(&ScopeSet::parse("a"), &["r".to_owned()]));
    }
}
