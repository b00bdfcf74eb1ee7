//! Scopes (RFC 6749 §3.3) as ordered sets of names, and the standard ones.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashSet;

/// The scopes that concern a person rather than an API (OpenID Connect Core 1.0 §5.4, docs/wire/tokens.md).
pub const STANDARD: [&str; 13] = [
    "openid",
    "offline_access",
    "profile",
    "email",
    "phone",
    "address",
    "custom_data",
    "identities",
    "roles",
    ORGANIZATIONS,
    ORGANIZATION_ROLES,
    "urn:logto:scope:sessions",
    "urn:logto:scope:trusted_devices",
];

/// The scope that asks for the person's organizations, and without which no organization token is issued.
pub const ORGANIZATIONS: &str = "urn:logto:scope:organizations";
/// The scope that asks for the person's roles in their organizations.
pub const ORGANIZATION_ROLES: &str = "urn:logto:scope:organization_roles";
/// The scope that asks for OpenID Connect.
pub const OPENID: &str = "openid";
/// The scope that asks for tokens that outlive the session.
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Whether the scope is one of [`STANDARD`].
pub fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name)
}

/// Scope names in the order in which they were first named. Anybody may send as many as a request holds, so what is done
/// with all of them takes time in proportion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeSet(Vec<String>);

impl ScopeSet {
    /// Reads a space-separated list; names keep their first place.
    pub fn parse(text: &str) -> Self {
        text.split(' ').filter(|name| !name.is_empty()).collect()
    }

    /// Whether the name is in it.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|own| own == name)
    }

    /// The names in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many names it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a name at the end unless it is there.
    pub fn insert(&mut self, name: &str) {
        if !self.contains(name) {
            self.0.push(name.to_owned());
        }
    }

    /// Removes a name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|own| own != name);
    }

    /// What is in both, in this one's order.
    pub fn intersection(&self, other: &Self) -> Self {
        let other = other.names();
        self.iter().filter(|name| other.contains(name)).collect()
    }

    /// What is in this one only.
    pub fn difference(&self, other: &Self) -> Self {
        let other = other.names();
        self.iter().filter(|name| !other.contains(name)).collect()
    }

    /// Adds everything of the other one.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.difference(self).0);
    }

    fn names(&self) -> Names<'_> {
        if self.0.len() <= FEW {
            Names::Few(&self.0)
        } else {
            Names::Many(self.iter().collect())
        }
    }

    /// The standard scopes of it.
    pub fn standard(&self) -> Self {
        self.iter().filter(|name| is_standard(name)).collect()
    }
}

/// Up to so many names are compared one by one: nearly every scope has fewer, and hashing them takes longer.
const FEW: usize = 16;

/// Names to look something up in.
enum Names<'a> {
    Few(&'a [String]),
    Many(HashSet<&'a str>),
}

impl Names<'_> {
    fn contains(&self, name: &str) -> bool {
        match self {
            Self::Few(names) => names.iter().any(|own| own == name),
            Self::Many(names) => names.contains(name),
        }
    }
}

impl<'a> FromIterator<&'a str> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        names.into_iter().map(str::to_owned).collect()
    }
}

impl FromIterator<String> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        let mut own: Vec<String> = Vec::new();
        // Of the names after the first few.
        let mut seen = HashSet::new();
        for name in names {
            let is_known = own.iter().take(FEW).any(|known| *known == name);
            if !is_known && (own.len() < FEW || seen.insert(name.clone())) {
                own.push(name);
            }
        }
        Self(own)
    }
}

impl std::fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_keeps_its_order_and_loses_its_doubles() {
        let scope = ScopeSet::parse(" b a  b c ");
        assert_eq!(scope.to_string(), "b a c");
        assert_eq!(scope.intersection(&ScopeSet::parse("c b")).to_string(), "b c");
        assert_eq!(scope.difference(&ScopeSet::parse("b")).to_string(), "a c");
        assert_eq!(ScopeSet::default().to_string(), "");
        let mut more = ScopeSet::parse("c a");
        more.extend(&scope);
        assert_eq!(more.to_string(), "c a b");
    }

    #[test]
    fn as_many_names_as_a_request_holds_take_no_time() {
        let text = (0..20_000)
            .map(|number| format!("{number:x}"))
            .collect::<Vec<_>>()
            .join(" ");
        let started = std::time::Instant::now();
        let scope = ScopeSet::parse(&text);
        let mut twice = scope.intersection(&scope);
        twice.extend(&scope);
        assert_eq!(
            (twice.iter().count(), scope.difference(&twice).iter().count()),
            (20_000, 0)
        );
        // Compared each with each, a slow machine would take minutes.
        assert!(
            started.elapsed() < std::time::Duration::from_secs(2),
            "{:?}",
            started.elapsed()
        );
    }
}
