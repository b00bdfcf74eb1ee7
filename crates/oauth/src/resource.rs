//! Resource indicators (RFC 8707).

use crate::{Error, ErrorCode, Result, ScopeSet, scope};
use url::Url;

/// The pseudo-resource through which organization permissions are asked for. Nobody belongs to an organization yet, so
/// it grants nothing.
pub const ORGANIZATIONS: &str = "urn:logto:resource:organizations";

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

/// What kind of access token a token request gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An opaque token without audience, for userinfo and the account API.
    Opaque,
    /// A JWT for this resource.
    Resource(String),
}

/// Chooses the kind of access token of a code or refresh request (docs/wire/tokens.md, "Opaque or JWT").
///
/// `requested` is the `resource` of this token request, `scope` its effective scope, `authorized` the resources of the
/// authorization request, `default` the tenant's default resource.
///
/// # Errors
/// `invalid_target` when a resource was not in the authorization request.
pub fn choose(requested: &[&str], scope: &ScopeSet, authorized: &[String], default: Option<&str>) -> Result<Target> {
    let allowed = |indicator: &str| {
        if authorized.iter().any(|own| own == indicator) {
            Ok(Target::Resource(indicator.to_owned()))
        } else {
            Err(Error::new(ErrorCode::InvalidTarget))
        }
    };
    match requested {
        [one] => {
            check_indicator(one)?;
            allowed(one)
        }
        [] if scope.contains(scope::OPENID) => Ok(Target::Opaque),
        [] => match authorized {
            [] => Ok(Target::Opaque),
            [one] => Ok(Target::Resource(one.clone())),
            _ => default.map_or(Ok(Target::Opaque), allowed),
        },
        many => {
            many.iter().try_for_each(|indicator| check_indicator(indicator))?;
            default.map_or(Ok(Target::Opaque), allowed)
        }
    }
}

/// The one resource of a client-credentials request.
///
/// # Errors
/// `invalid_target`: more than one, none and no default, or not an absolute URI.
pub fn single(requested: &[&str], default: Option<&str>) -> Result<String> {
    match requested {
        [] => default.map(str::to_owned).ok_or_else(|| {
            Error::new(ErrorCode::InvalidTarget).describe("both `resource` and `organization_id` are not provided")
        }),
        [one] => check_indicator(one).map(|()| (*one).to_owned()),
        _ => Err(Error::new(ErrorCode::InvalidTarget)
            .describe("only a single resource indicator value is supported for this grant type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(text: &str) -> Target {
        Target::Resource(text.to_owned())
    }

    #[test]
    fn the_table_of_opaque_and_jwt_holds() {
        let openid = ScopeSet::parse("openid");
        let none = ScopeSet::default();
        let a = ["https://a".to_owned()];
        let both = ["https://a".to_owned(), "https://b".to_owned()];
        assert_eq!(choose(&[], &openid, &both, Some("https://a")), Ok(Target::Opaque));
        assert_eq!(choose(&[], &none, &a, None), Ok(resource("https://a")));
        assert_eq!(choose(&[], &none, &both, Some("https://b")), Ok(resource("https://b")));
        assert!(choose(&[], &none, &both, Some("https://c")).is_err());
        assert_eq!(choose(&[], &none, &both, None), Ok(Target::Opaque));
        assert_eq!(choose(&[], &none, &[], None), Ok(Target::Opaque));
        assert_eq!(choose(&["https://a"], &openid, &a, None), Ok(resource("https://a")));
        assert_eq!(
            choose(&["https://c"], &openid, &a, None).unwrap_err().code(),
            ErrorCode::InvalidTarget
        );
        assert_eq!(
            choose(&["https://a", "https://c"], &openid, &a, None),
            Ok(Target::Opaque)
        );
        assert_eq!(
            choose(&["https://a", "https://b"], &openid, &both, Some("https://a")),
            Ok(resource("https://a"))
        );
        assert!(choose(&["https://a", "https://b"], &openid, &both, Some("https://c")).is_err());
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
    fn client_credentials_have_one_resource() {
        assert_eq!(single(&[], Some("https://d")), Ok("https://d".to_owned()));
        assert_eq!(
            single(&[], None).unwrap_err().description(),
            "both `resource` and `organization_id` are not provided"
        );
        assert!(single(&["https://a", "https://b"], None).is_err());
    }
}
