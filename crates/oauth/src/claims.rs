//! Claims about a person, in ID tokens and at the userinfo endpoint (OpenID Connect Core 1.0 §5; docs/wire/tokens.md).

use crate::{Client, ScopeSet, lifetime, scope};
use serde_json::{Map, Value, json};
use soleira_core::model::{SocialIdentity, User};
use soleira_core::{Timestamp, UserId};

/// Claims that enter an ID token only if the tenant enables them; userinfo always has them.
pub const EXTENDED: [&str; 7] = [
    "custom_data",
    "identities",
    "sso_identities",
    "roles",
    "organizations",
    "organization_data",
    "organization_roles",
];

/// The subject by which a client knows a person (OpenID Connect Core 1.0 §8): the same for every client, `public`.
pub fn subject_for<'a>(user: &'a UserId, _client: &Client) -> &'a str {
    user.as_str()
}

/// A person's place in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The organization's identifier.
    pub organization_id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Names of the roles that the person holds in it.
    pub roles: Vec<String>,
}

/// A person and what belongs to them.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// The account.
    pub user: &'a User,
    /// Names of their roles.
    pub roles: &'a [String],
    /// Their accounts at social providers.
    pub identities: &'a [SocialIdentity],
    /// Their places in organizations.
    pub memberships: &'a [Membership],
}

/// Which claims of a scope are told.
#[derive(Debug, Clone, Copy)]
pub enum Audience<'a> {
    /// The userinfo endpoint: all of them.
    Userinfo,
    /// An ID token: of [`EXTENDED`] only those that the tenant enables.
    IdToken {
        /// The tenant's `enabledExtendedClaims`.
        enabled: &'a [&'a str],
    },
}

impl Audience<'_> {
    fn tells(self, claim: &str) -> bool {
        match self {
            Self::Userinfo => true,
            Self::IdToken { enabled } => !EXTENDED.contains(&claim) || enabled.contains(&claim),
        }
    }
}

/// The claims that the scopes allow, in the order of the wire and without `sub`.
///
/// `name`, `picture`, `username`, `email` and `phone_number` are `null` when unset, other unset claims are left out.
/// Times are milliseconds: kept for compatibility.
pub fn about(person: Person<'_>, scope: &ScopeSet, audience: Audience<'_>) -> Map<String, Value> {
    let user = person.user;
    let mut claims = Map::new();
    if scope.contains("profile") {
        profile(user, &mut claims);
    }
    if scope.contains("email") {
        claims.insert("email".into(), user.primary_email.clone().into());
        claims.insert("email_verified".into(), present(user.primary_email.as_ref()).into());
    }
    if scope.contains("phone") {
        claims.insert("phone_number".into(), user.primary_phone.clone().into());
        claims.insert(
            "phone_number_verified".into(),
            present(user.primary_phone.as_ref()).into(),
        );
    }
    if scope.contains("address")
        && let Some(address) = &user.profile.address
    {
        claims.insert("address".into(), json!(address));
    }
    let mut extended = |asked: &str, claim: &str, value: &dyn Fn() -> Value| {
        if scope.contains(asked) && audience.tells(claim) {
            claims.insert(claim.to_owned(), value());
        }
    };
    extended("custom_data", "custom_data", &|| {
        Value::Object(user.custom_data.clone())
    });
    extended("identities", "identities", &|| identities(person.identities));
    // Nobody has an enterprise identity yet: a list of nothing, as the wire tells it.
    extended("identities", "sso_identities", &|| json!([]));
    extended("roles", "roles", &|| json!(person.roles));
    extended(scope::ORGANIZATIONS, "organizations", &|| {
        person
            .memberships
            .iter()
            .map(|own| own.organization_id.as_str())
            .collect()
    });
    extended(scope::ORGANIZATIONS, "organization_data", &|| {
        let data =
            |own: &Membership| json!({"id": own.organization_id, "name": own.name, "description": own.description});
        person.memberships.iter().map(data).collect()
    });
    extended(scope::ORGANIZATION_ROLES, "organization_roles", &|| {
        person.memberships.iter().flat_map(held_roles).collect()
    });
    claims
}

/// `<organization id>:<role name>` for each role that is held.
fn held_roles(membership: &Membership) -> impl Iterator<Item = String> {
    let of = |role| format!("{}:{role}", membership.organization_id);
    membership.roles.iter().map(of)
}

fn present(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

fn profile(user: &User, claims: &mut Map<String, Value>) {
    let own = &user.profile;
    let optional = |claims: &mut Map<String, Value>, name: &str, value: Option<&String>| {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value.clone().into());
        }
    };
    claims.insert("name".into(), user.name.clone().into());
    optional(claims, "family_name", own.family_name.as_ref());
    optional(claims, "given_name", own.given_name.as_ref());
    optional(claims, "middle_name", own.middle_name.as_ref());
    optional(claims, "nickname", own.nickname.as_ref());
    optional(
        claims,
        "preferred_username",
        own.preferred_username.as_ref().or(user.username.as_ref()),
    );
    optional(claims, "profile", own.profile.as_ref());
    claims.insert("picture".into(), user.avatar.clone().into());
    optional(claims, "website", own.website.as_ref());
    optional(claims, "gender", own.gender.as_ref());
    optional(claims, "birthdate", own.birthdate.as_ref());
    optional(claims, "zoneinfo", own.zoneinfo.as_ref());
    optional(claims, "locale", own.locale.as_ref());
    claims.insert("updated_at".into(), user.updated_at.millis().into());
    claims.insert("username".into(), user.username.clone().into());
    claims.insert("created_at".into(), user.created_at.millis().into());
}

/// `{<target>: {userId, details?}}`; the inner keys stay camelCase.
fn identities(identities: &[SocialIdentity]) -> Value {
    let entry = |identity: &SocialIdentity| {
        let mut value = Map::new();
        value.insert("userId".into(), identity.identity_id.clone().into());
        if let Some(details) = &identity.details {
            value.insert("details".into(), details.clone());
        }
        (identity.target.clone(), Value::Object(value))
    };
    Value::Object(identities.iter().map(entry).collect())
}

/// What an ID token says besides the claims about the person (OpenID Connect Core 1.0 §2).
#[derive(Debug, Clone)]
pub struct IdToken<'a> {
    /// The subject.
    pub subject: &'a str,
    /// The claims of [`about`].
    pub claims: Map<String, Value>,
    /// The `nonce` of the authorization request.
    pub nonce: Option<&'a str>,
    /// When the person signed in; only when the request asked (`max_age` or `prompt=login`).
    pub auth_time: Option<Timestamp>,
    /// The session's identifier for this client; only for clients that want it in logout tokens.
    pub sid: Option<&'a str>,
    /// The client.
    pub audience: &'a str,
    /// Who issued it.
    pub issuer: &'a str,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// How long it lives, in seconds.
    pub lifetime: i64,
}

impl IdToken<'_> {
    /// The payload. No `at_hash`, `acr`, `amr` or `azp`: kept for compatibility.
    pub fn into_payload(self) -> Map<String, Value> {
        let mut payload = Map::new();
        payload.insert("sub".into(), self.subject.into());
        payload.extend(self.claims);
        if let Some(nonce) = self.nonce {
            payload.insert("nonce".into(), nonce.into());
        }
        if let Some(auth_time) = self.auth_time {
            payload.insert("auth_time".into(), auth_time.seconds().into());
        }
        if let Some(sid) = self.sid {
            payload.insert("sid".into(), sid.into());
        }
        payload.insert("aud".into(), self.audience.into());
        payload.insert("exp".into(), (self.issued_at.seconds() + self.lifetime).into());
        payload.insert("iat".into(), self.issued_at.seconds().into());
        payload.insert("iss".into(), self.issuer.into());
        payload
    }
}

/// Whether an `id_token_hint` of this payload is one that we issued to the client; expired ones count (OpenID Connect
/// RP-Initiated Logout 1.0 §2). Returns its subject.
pub fn hint_subject<'a>(payload: &'a Map<String, Value>, issuer: &str, client_id: &str) -> Option<&'a str> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let (Some(iss), Some(aud)) = (text("iss"), text("aud")) else {
        return None;
    };
    // A JWT access token has `client_id` and the audience of an API: it is never a hint.
    (iss == issuer && aud == client_id && !payload.contains_key("client_id")).then(|| text("sub"))?
}

/// Whether a token with this `exp` (seconds) is past, clocks differing by at most [`lifetime::CLOCK_TOLERANCE`].
pub fn is_past(expires_at: i64, now: Timestamp) -> bool {
    now.seconds() >= expires_at.saturating_add(lifetime::CLOCK_TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use soleira_core::model::{UserAddress, UserProfile};

    fn user() -> User {
        User {
            tenant_id: "default".into(),
            id: "u1".into(),
            username: Some("ada".into()),
            primary_email: None,
            primary_phone: Some("5511".into()),
            name: None,
            avatar: None,
            profile: UserProfile {
                family_name: Some("Lovelace".into()),
                address: Some(UserAddress {
                    street_address: Some("1 Way".into()),
                    ..UserAddress::default()
                }),
                ..UserProfile::default()
            },
            custom_data: Map::new(),
            password: None,
            password_updated_at: None,
            is_password_expired: false,
            is_suspended: false,
            application_id: None,
            cimd_client_id: None,
            last_sign_in_at: None,
            created_at: Timestamp(1),
            updated_at: Timestamp(2),
        }
    }

    fn text(scope: &str, audience: Audience<'_>) -> String {
        let user = user();
        let person = Person {
            user: &user,
            roles: &["admin".to_owned()],
            identities: &[],
            memberships: &[
                Membership {
                    organization_id: "o1".into(),
                    name: "One".into(),
                    description: None,
                    roles: vec!["owner".into(), "guest".into()],
                },
                Membership {
                    organization_id: "o2".into(),
                    name: "Two".into(),
                    description: Some("second".into()),
                    roles: vec![],
                },
            ],
        };
        serde_json::to_string(&about(person, &ScopeSet::parse(scope), audience)).unwrap()
    }

    #[test]
    fn unset_claims_are_null_or_left_out_by_the_table() {
        assert_eq!(
            text("openid profile", Audience::Userinfo),
            r#"{"name":null,"family_name":"Lovelace","preferred_username":"ada","picture":null,"updated_at":2,"username":"ada","created_at":1}"#
        );
        assert_eq!(
            text("email phone address", Audience::Userinfo),
            r#"{"email":null,"email_verified":false,"phone_number":"5511","phone_number_verified":true,"address":{"streetAddress":"1 Way"}}"#
        );
    }

    #[test]
    fn extended_claims_enter_an_id_token_only_when_enabled() {
        let all = "custom_data identities roles urn:logto:scope:organizations urn:logto:scope:organization_roles";
        assert_eq!(text(all, Audience::IdToken { enabled: &[] }), "{}");
        assert_eq!(
            text(all, Audience::IdToken { enabled: &["roles"] }),
            r#"{"roles":["admin"]}"#
        );
        assert_eq!(
            text(all, Audience::Userinfo),
            r#"{"custom_data":{},"identities":{},"sso_identities":[],"roles":["admin"],"organizations":["o1","o2"],"organization_data":[{"id":"o1","name":"One","description":null},{"id":"o2","name":"Two","description":"second"}],"organization_roles":["o1:owner","o1:guest"]}"#
        );
    }

    #[test]
    fn an_id_token_has_plain_audience_and_seconds() {
        let token = IdToken {
            subject: "u1",
            claims: Map::new(),
            nonce: Some("n"),
            auth_time: Some(Timestamp(5_999)),
            sid: None,
            audience: "app",
            issuer: "http://i/oidc",
            issued_at: Timestamp(10_000),
            lifetime: 3600,
        };
        assert_eq!(
            serde_json::to_string(&token.into_payload()).unwrap(),
            r#"{"sub":"u1","nonce":"n","auth_time":5,"aud":"app","exp":3610,"iat":10,"iss":"http://i/oidc"}"#
        );
    }

    #[test]
    fn only_our_own_id_tokens_for_the_client_are_hints() {
        let payload = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let good = payload(r#"{"iss":"i","aud":"app","sub":"u"}"#);
        assert_eq!(hint_subject(&good, "i", "app"), Some("u"));
        assert_eq!(hint_subject(&good, "i", "other"), None);
        assert_eq!(hint_subject(&good, "j", "app"), None);
        assert_eq!(
            hint_subject(&payload(r#"{"iss":"i","aud":["app"],"sub":"u"}"#), "i", "app"),
            None
        );
        assert_eq!(
            hint_subject(
                &payload(r#"{"iss":"i","aud":"app","client_id":"app","sub":"u"}"#),
                "i",
                "app"
            ),
            None
        );
    }
}
