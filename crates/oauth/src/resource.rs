//! Resource indicators (RFC 8707).

use crate::{Error, ErrorCode, Result, ScopeSet, scope};
use url::Url;

/// The pseudo-resource through which organization permissions are asked for.
pub const ORGANIZATIONS: &str = "urn:logto:resource:organizations";

/// The audience of an organization token.
pub fn organization_audience(organization: &str) -> String {
    format!("urn:logto:organization:{organization}")
}

/// RFC 8707 §2: an absolute URI without a fragment.
pub fn check_indicator(indicator: &str) -> Result<()> {
    let url = Url::parse(indicator)
        .map_err(|_| Error::new(ErrorCode::InvalidTarget).describe("resource indicator must be an absolute URI"))?;
    if url.fragment().is_some() {
        return Err(
            Error::new(ErrorCode::InvalidTarget).describe("resource indicator must not contain a fragment component")
        );
    }
    Ok(())
}

/// Who a JWT access token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// The resource of this indicator.
    Resource(String),
    /// The organization of this identifier.
    Organization(String),
}

/// What kind of access token a token request gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An opaque token without audience, for userinfo and the account API.
    Opaque,
    /// A JWT.
    Jwt(Audience),
}

/// What a token request asks an access token for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The `resource` parameters.
    pub resources: &'a [&'a str],
    /// The `organization_id`.
    pub organization: Option<&'a str>,
    /// The effective scope.
    pub scope: &'a ScopeSet,
    /// The resources that may be asked for: those of the authorization request.
    pub authorized: &'a [String],
    /// The tenant's default resource.
    pub default: Option<&'a str>,
}

/// Chooses the kind of access token of a request for a person (docs/wire/tokens.md, "Opaque or JWT").
///
/// # Errors
/// `invalid_target` when a resource may not be asked for.
pub fn choose(asked: Asked<'_>) -> Result<Target> {
    let allowed = |indicator: &str| {
        if asked.authorized.iter().any(|own| own == indicator) {
            Ok(Target::Jwt(Audience::Resource(indicator.to_owned())))
        } else {
            Err(Error::new(ErrorCode::InvalidTarget))
        }
    };
    let fall_back = || asked.default.map_or(Ok(Target::Opaque), allowed);
    match (asked.resources, asked.organization) {
        ([one], _) => {
            check_indicator(one)?;
            allowed(one)
        }
        ([], Some(organization)) => Ok(Target::Jwt(Audience::Organization(organization.to_owned()))),
        ([], None) if asked.scope.contains(scope::OPENID) => Ok(Target::Opaque),
        ([], None) => match asked.authorized {
            [] => Ok(Target::Opaque),
            [one] => Ok(Target::Jwt(Audience::Resource(one.clone()))),
            _ => fall_back(),
        },
        (many, _) => {
            many.iter().try_for_each(|indicator| check_indicator(indicator))?;
            fall_back()
        }
    }
}

/// What a client-credentials request asks a token for. An organization alone is enough; the default resource then does
/// not count.
///
/// # Errors
/// `invalid_target`: more than one resource, none and no default, or not an absolute URI.
pub fn single(requested: &[&str], organization: Option<&str>, default: Option<&str>) -> Result<Audience> {
    match (requested, organization) {
        ([], Some(organization)) => Ok(Audience::Organization(organization.to_owned())),
        ([], None) => default
            .map(|default| Audience::Resource(default.to_owned()))
            .ok_or_else(|| {
                Error::new(ErrorCode::InvalidTarget).describe("both `resource` and `organization_id` are not provided")
            }),
        ([one], _) => check_indicator(one).map(|()| Audience::Resource((*one).to_owned())),
        _ => Err(Error::new(ErrorCode::InvalidTarget)
            .describe("only a single resource indicator value is supported for this grant type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(text: &str) -> Audience {
        Audience::Resource(text.to_owned())
    }

    fn jwt(text: &str) -> Target {
        Target::Jwt(resource(text))
    }

    fn chosen(resources: &[&str], scope: &str, authorized: &[&str], default: Option<&str>) -> Result<Target> {
        let authorized: Vec<String> = authorized.iter().map(|text| (*text).to_owned()).collect();
        choose(Asked {
            resources,
            organization: None,
            scope: &ScopeSet::parse(scope),
            authorized: &authorized,
            default,
        })
    }

    #[test]
    fn the_table_of_opaque_and_jwt_holds() {
        let (a, b, c) = ("https://a", "https://b", "https://c");
        assert_eq!(chosen(&[], "openid", &[a, b], Some(a)), Ok(Target::Opaque));
        assert_eq!(chosen(&[], "", &[a], None), Ok(jwt(a)));
        assert_eq!(chosen(&[], "", &[a, b], Some(b)), Ok(jwt(b)));
        assert!(chosen(&[], "", &[a, b], Some(c)).is_err());
        assert_eq!(chosen(&[], "", &[a, b], None), Ok(Target::Opaque));
        assert_eq!(chosen(&[], "", &[], None), Ok(Target::Opaque));
        assert_eq!(chosen(&[a], "openid", &[a], None), Ok(jwt(a)));
        assert_eq!(
            chosen(&[c], "openid", &[a], None).unwrap_err().code(),
            ErrorCode::InvalidTarget
        );
        assert_eq!(chosen(&[a, c], "openid", &[a], None), Ok(Target::Opaque));
        assert_eq!(chosen(&[a, b], "openid", &[a, b], Some(a)), Ok(jwt(a)));
        assert!(chosen(&[a, b], "openid", &[a, b], Some(c)).is_err());
    }

    #[test]
    fn an_organization_alone_is_an_audience_and_beside_a_resource_is_none() {
        let authorized = ["https://a".to_owned()];
        let scope = ScopeSet::default();
        let asked = |resources| Asked {
            resources,
            organization: Some("o1"),
            scope: &scope,
            authorized: &authorized,
            default: Some("https://a"),
        };
        assert_eq!(
            choose(asked(&[])),
            Ok(Target::Jwt(Audience::Organization("o1".to_owned())))
        );
        assert_eq!(choose(asked(&["https://a"])), Ok(jwt("https://a")));
        assert!(choose(asked(&["https://b"])).is_err());
        assert_eq!(organization_audience("o1"), "urn:logto:organization:o1");
    }

    #[test]
    fn indicators_are_absolute_and_without_fragment() {
        let text = |indicator| check_indicator(indicator).unwrap_err().description().to_owned();
        assert_eq!(text("api"), "resource indicator must be an absolute URI");
        assert_eq!(
            text("https://a#x"),
            "resource indicator must not contain a fragment component"
        );
        assert!(check_indicator(ORGANIZATIONS).is_ok());
    }

    #[test]
    fn client_credentials_have_one_resource_or_an_organization() {
        assert_eq!(single(&[], None, Some("https://d")), Ok(resource("https://d")));
        let organization = Some("o1");
        assert_eq!(
            single(&[], organization, Some("https://d")),
            Ok(Audience::Organization("o1".to_owned()))
        );
        assert_eq!(single(&["https://a"], organization, None), Ok(resource("https://a")));
        assert_eq!(
            single(&[], None, None).unwrap_err().description(),
            "both `resource` and `organization_id` are not provided"
        );
        assert!(single(&["https://a", "https://b"], organization, None).is_err());
    }
}
