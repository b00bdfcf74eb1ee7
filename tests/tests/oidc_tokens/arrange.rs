//! Resources, roles and organizations for the tests, made by the administrator's use cases.

use soleira_core::model::RoleType;
use soleira_core::{
    ApplicationId, OrganizationId, OrganizationRoleId, OrganizationScopeId, ResourceId, RoleId, ScopeId, UserId,
};
use soleira_directory::organizations::{self, OrganizationPatch, members};
use soleira_directory::resources::{self, NewResource, NewScope};
use soleira_directory::roles::{self, NewRole};
use soleira_testkit::TestServer;
use soleira_tests::protocol::Client;

/// The API resource of most tests.
pub(crate) const ORDERS: &str = "https://orders.example.com";
/// Another one.
pub(crate) const STOCK: &str = "https://stock.example.com";

/// An API resource with permissions of these names: its identifier and theirs.
pub(crate) async fn resource<const N: usize>(
    server: &TestServer,
    indicator: &str,
    names: [&str; N],
) -> (ResourceId, [ScopeId; N]) {
    let ctx = server.system();
    let new = NewResource {
        name: indicator.to_owned(),
        indicator: indicator.to_owned(),
        access_token_ttl: Some(600),
    };
    let resource = resources::create(&ctx, new).await.expect("a resource").id;
    let mut ids = Vec::new();
    for name in names {
        let new = NewScope {
            name: name.to_owned(),
            description: None,
        };
        ids.push(
            resources::create_scope(&ctx, &resource, new)
                .await
                .expect("a permission")
                .id,
        );
    }
    (resource, ids.try_into().expect("one for each name"))
}

async fn role(server: &TestServer, kind: RoleType, scopes: &[&ScopeId]) -> RoleId {
    let ctx = server.system();
    let new = NewRole {
        name: format!("role {}", soleira_core::EntropyExt::short_id(ctx.entropy())),
        description: "for a test".to_owned(),
        kind,
        is_default: false,
        scope_ids: scopes.iter().map(|id| (*id).clone()).collect(),
    };
    roles::create(&ctx, new).await.expect("a role").id
}

/// Gives a person a role with these permissions.
pub(crate) async fn give(server: &TestServer, user: &UserId, scopes: &[&ScopeId]) -> RoleId {
    let role = role(server, RoleType::User, scopes).await;
    roles::add_to_user(&server.system(), user, vec![role.clone()])
        .await
        .expect("a role that is held");
    role
}

/// Gives a machine a role with these permissions.
pub(crate) async fn give_machine(server: &TestServer, client: &Client, scopes: &[&ScopeId]) {
    let role = role(server, RoleType::MachineToMachine, scopes).await;
    roles::add_to_application(&server.system(), &ApplicationId::from(client.id.as_str()), vec![role])
        .await
        .expect("a role that is held");
}

/// An organization.
pub(crate) async fn organization(server: &TestServer, name: &str) -> OrganizationId {
    // Organizations are told oldest first.
    server.clock.advance_millis(1);
    organizations::create(&server.system(), name.to_owned(), OrganizationPatch::default())
        .await
        .expect("an organization")
        .id
}

/// Makes an organization ask its members for a second factor.
pub(crate) async fn require_mfa(server: &TestServer, organization: &OrganizationId) {
    let patch = OrganizationPatch {
        is_mfa_required: Some(true),
        ..OrganizationPatch::default()
    };
    organizations::patch(&server.system(), organization, patch)
        .await
        .expect("a changed organization");
}

/// A permission in organizations.
pub(crate) async fn organization_scope(server: &TestServer, name: &str) -> OrganizationScopeId {
    organizations::scopes::create(
        &server.system(),
        name.to_owned(),
        organizations::scopes::ScopePatch::default(),
    )
    .await
    .expect("a permission")
    .id
}

/// A role in organizations.
pub(crate) async fn organization_role(
    server: &TestServer,
    kind: RoleType,
    name: &str,
    in_organizations: &[&OrganizationScopeId],
    at_resources: &[&ScopeId],
) -> OrganizationRoleId {
    let new = organizations::roles::NewRole {
        name: name.to_owned(),
        description: None,
        kind,
        organization_scope_ids: in_organizations.iter().map(|id| (*id).clone()).collect(),
        resource_scope_ids: at_resources.iter().map(|id| (*id).clone()).collect(),
    };
    organizations::roles::create(&server.system(), new)
        .await
        .expect("a role")
        .id
}

/// Lets somebody into an organization, with a role or without one.
pub(crate) async fn join<M: members::Member>(
    server: &TestServer,
    organization: &OrganizationId,
    member: M,
    roles: &[&OrganizationRoleId],
) {
    let ctx = server.system();
    members::add(&ctx, organization, vec![member.clone()])
        .await
        .expect("a member");
    if !roles.is_empty() {
        let roles = roles.iter().map(|id| (*id).clone()).collect();
        members::give_roles(&ctx, organization, vec![member], roles)
            .await
            .expect("a role that is held");
    }
}

/// The application behind a client.
pub(crate) fn application(client: &Client) -> ApplicationId {
    ApplicationId::from(client.id.as_str())
}
