//! What of a request a person can pass on: by themself, and in each of their organizations (docs/wire/authorization.md,
//! "Consent").

use crate::clients::KnownClient;
use crate::resources;
use soleira_core::{OrganizationId, UserId};
use soleira_oauth::{ScopeSet, resource};
use soleira_runtime::Ctx;
use soleira_store::consent_scopes::{self, ResourceLimits};
use soleira_store::{Tx, consent_organizations};
use std::collections::BTreeMap;

/// Scopes by resource indicator.
pub(super) type Scopes = BTreeMap<String, ScopeSet>;

/// An organization of the person.
pub(super) struct Membership {
    pub(super) id: OrganizationId,
    pub(super) name: String,
    /// Whether it was opened to the application before.
    pub(super) is_open: bool,
}

/// What was asked for at resources, and what limits it.
pub(super) struct Limits {
    asked: Scopes,
    /// What the application may ask for, by indicator; absent where nothing limits it.
    lists: BTreeMap<String, ResourceLimits>,
    /// The permissions that the person has outside of organizations: indicator and scope.
    held: Vec<(String, String)>,
    /// The permissions that the person has in organizations: organization, indicator and scope.
    held_in_organizations: Vec<(OrganizationId, String, String)>,
    memberships: Vec<(OrganizationId, String)>,
    opened: Vec<OrganizationId>,
}

impl Limits {
    pub(super) async fn read(
        tx: &mut Tx<'_>,
        ctx: &Ctx,
        client: &KnownClient,
        user: &UserId,
        asked: &Scopes,
    ) -> soleira_store::Result<Self> {
        let tenant = &ctx.tenant.id;
        let mut limits = Self {
            asked: asked.clone(),
            lists: BTreeMap::new(),
            held: Vec::new(),
            held_in_organizations: Vec::new(),
            memberships: Vec::new(),
            opened: Vec::new(),
        };
        let Some(party) = resources::party(client) else {
            return Ok(limits);
        };
        // What is asked for in organizations as such is limited where it is looked up.
        for indicator in asked.keys().filter(|indicator| *indicator != resource::ORGANIZATIONS) {
            let list = consent_scopes::resource_limits(tx, tenant, party, indicator).await?;
            limits.lists.insert(indicator.clone(), list);
        }
        if limits.lists.values().any(|list| !list.in_organizations.is_empty()) {
            limits.held = consent_organizations::resource_scopes_of_person(tx, tenant, user).await?;
            limits.held_in_organizations =
                consent_organizations::resource_scopes_in_organizations(tx, tenant, user).await?;
        }
        let memberships = consent_organizations::memberships(tx, tenant, user).await?;
        limits.memberships = memberships.into_iter().map(|row| (row.id, row.name)).collect();
        // What is opened to the client of a document ends with the grant.
        if !client.is_document() {
            limits.opened = consent_organizations::all(tx, tenant, &client.id, user).await?;
        }
        Ok(limits)
    }

    /// The person's organizations.
    pub(super) fn memberships(&self) -> impl Iterator<Item = Membership> {
        self.memberships.iter().map(|(id, name)| Membership {
            id: id.clone(),
            name: name.clone(),
            is_open: self.opened.contains(id),
        })
    }

    /// Whether the person is a member of an organization.
    pub(super) fn is_member(&self, organization: &OrganizationId) -> bool {
        self.memberships.iter().any(|(id, _)| id == organization)
    }

    /// What the person passes on of what they have by themself.
    pub(super) fn personal(&self) -> Scopes {
        self.asked
            .iter()
            .map(|(indicator, asked)| {
                let passed = match self.lists.get(indicator) {
                    Some(list) => asked.intersection(&list.personal.iter().map(String::as_str).collect()),
                    None => asked.clone(),
                };
                (indicator.clone(), passed)
            })
            .collect()
    }

    /// What the person passes on besides by opening an organization: of what they have there.
    pub(super) fn in_organization(&self, organization: &OrganizationId) -> Scopes {
        let holds = |indicator: &str, name: &str| {
            let there = (organization.as_str(), indicator, name);
            self.held
                .iter()
                .any(|(known, scope)| known == indicator && scope == name)
                || self
                    .held_in_organizations
                    .iter()
                    .any(|(id, known, scope)| (id.as_str(), known.as_str(), scope.as_str()) == there)
        };
        self.lists
            .iter()
            .filter_map(|(indicator, list)| {
                let asked = self.asked.get(indicator)?;
                let held = list.in_organizations.iter().filter(|name| holds(indicator, name));
                Some((
                    indicator.clone(),
                    asked.intersection(&held.map(String::as_str).collect()),
                ))
            })
            .collect()
    }

    /// What is granted when these organizations are opened, and what is refused by that.
    pub(super) fn divide(&self, chosen: &[OrganizationId]) -> (Scopes, Scopes) {
        let mut passed = self.personal();
        for organization in chosen.iter().chain(&self.opened) {
            for (indicator, scopes) in self.in_organization(organization) {
                passed.entry(indicator).or_default().extend(&scopes);
            }
        }
        let mut granted = Scopes::new();
        let mut refused = Scopes::new();
        for (indicator, asked) in &self.asked {
            let passed = passed.get(indicator).cloned().unwrap_or_default();
            granted.insert(indicator.clone(), asked.intersection(&passed));
            let left = asked.difference(&passed);
            if !left.is_empty() {
                refused.insert(indicator.clone(), left);
            }
        }
        (granted, refused)
    }
}
