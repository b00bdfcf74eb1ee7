//! What a tenant begins with, and what the admin tenant gets for it.

use super::{ALL, ALL_DESCRIPTION, Machine, NewResource, NewRole};
use serde_json::{Map, Value, json};
use soleira_core::model::{Branding, Organization, OrganizationColor, RoleType};
use soleira_core::{EntropyExt, OrganizationId, Result, TenantId};
use soleira_runtime::{App, tenant::management_api};
use soleira_store::{Author, Tx, configs, organizations, roles};

/// The role by which operators administer a tenant, in the admin tenant.
pub(crate) fn operator_role(tenant: &TenantId) -> String {
    format!("{tenant}:admin")
}

/// The organization of a tenant's operators, in the admin tenant.
pub(crate) fn operators_organization(tenant: &TenantId) -> OrganizationId {
    OrganizationId(format!("t-{tenant}"))
}

/// What needs to be made outside of the unit.
pub(super) struct Plan {
    /// Administers the tenant from the admin tenant's token endpoint.
    mapi: Machine,
    /// Talks to a hosting service on the tenant's behalf; there is none, and clients look for the application.
    cloud: Machine,
}

impl Plan {
    pub(super) fn new(app: &App, tenant: &TenantId) -> Result<Self> {
        let admin = TenantId::from(soleira_runtime::tenant::ADMIN);
        let mut cloud = Machine::new(
            app,
            &admin,
            app.entropy.standard_id(),
            "Cloud Service".to_owned(),
            format!("Lets the tenant {tenant} call the service that hosts it."),
        )?;
        cloud.tenant_id = Some(tenant.to_string());
        Ok(Self {
            mapi: mapi(app, &admin, tenant)?,
            cloud,
        })
    }

    pub(super) async fn insert(
        &self,
        tx: &mut Tx<'_>,
        author: &Author,
        tenant: &TenantId,
    ) -> soleira_store::Result<()> {
        let all = super::insert_resource(
            tx,
            author,
            tenant,
            NewResource {
                id: Some("management-api"),
                name: "Logto Management API",
                indicator: &management_api(tenant),
                scopes: &[(Some("management-api-all"), ALL, ALL_DESCRIPTION)],
            },
        )
        .await?;
        for (id, name, description) in [
            (
                Some("admin-role"),
                "#internal:admin",
                "Administers this tenant. Kept by the server for its own use.",
            ),
            (
                None,
                "Logto Management API access",
                "Lets a machine-to-machine application use the Management API of this tenant.",
            ),
        ] {
            let role = NewRole {
                id,
                name,
                description,
                kind: RoleType::MachineToMachine,
                scopes: &all,
            };
            super::insert_role(tx, author, tenant, role).await?;
        }
        let experience = super::default_experience(tenant);
        let account_center = super::account_center(tenant, false, &json!({}), &Value::Null);
        super::insert_settings(tx, tenant, &experience, &account_center, author.now).await?;
        // The secret is not here: it stays with the application, sealed.
        let connection = json!({"appId": self.cloud.id, "resource": super::admin::CLOUD_API});
        configs::insert(tx, tenant, "cloudConnection", &connection, author.now).await
    }

    pub(super) async fn insert_into_admin(
        &self,
        tx: &mut Tx<'_>,
        author: &Author,
        admin: &TenantId,
        tenant: &TenantId,
    ) -> soleira_store::Result<()> {
        let all = insert_management(tx, author, admin, tenant, &self.mapi).await?;
        let role = NewRole {
            id: None,
            name: &operator_role(tenant),
            description: &format!("Administers the tenant {tenant}."),
            kind: RoleType::User,
            scopes: &all,
        };
        super::insert_role(tx, author, admin, role).await?;
        self.cloud.insert(tx, author, admin).await?;
        if let Some(role) = roles::find_by_name(tx, admin, super::admin::TENANT_APPLICATION).await? {
            roles::give_to_application(tx, author, admin, &self.cloud.id, &role.id).await?;
        }
        Ok(())
    }
}

pub(super) fn mapi(app: &App, admin: &TenantId, tenant: &TenantId) -> Result<Machine> {
    Machine::new(
        app,
        admin,
        format!("m-{tenant}"),
        format!("Management API access for {tenant}"),
        format!("Administers the tenant {tenant} with tokens of the admin tenant."),
    )
}

/// Adds, to the admin tenant, the Management API of a tenant, the machine that uses it, and the organization of those
/// who administer it. Answers the permission.
pub(super) async fn insert_management(
    tx: &mut Tx<'_>,
    author: &Author,
    admin: &TenantId,
    tenant: &TenantId,
    machine: &Machine,
) -> soleira_store::Result<Vec<soleira_core::ScopeId>> {
    let indicator = management_api(tenant);
    let all = super::insert_resource(
        tx,
        author,
        admin,
        NewResource {
            id: None,
            name: &format!("Logto Management API for tenant {tenant}"),
            indicator: &indicator,
            scopes: &[(None, ALL, ALL_DESCRIPTION)],
        },
    )
    .await?;
    let role = NewRole {
        id: Some(&format!("m-{tenant}")),
        name: &format!("machine:mapi:{tenant}"),
        description: &format!("Lets a machine administer the tenant {tenant}."),
        kind: RoleType::MachineToMachine,
        scopes: &all,
    };
    let role = super::insert_role(tx, author, admin, role).await?;
    machine.insert(tx, author, admin).await?;
    roles::give_to_application(tx, author, admin, &machine.id, &role).await?;
    let operators = Organization {
        tenant_id: admin.clone(),
        id: operators_organization(tenant),
        name: format!("Tenant {tenant}"),
        description: None,
        custom_data: Map::new(),
        is_mfa_required: false,
        color: OrganizationColor::default(),
        branding: Branding::default(),
        custom_css: None,
        created_at: author.now,
    };
    organizations::insert(tx, author, &operators).await?;
    Ok(all)
}
