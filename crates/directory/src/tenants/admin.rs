//! What the administrators' tenant begins with.

use super::member::{insert_management, mapi};
use super::{Machine, NewResource, NewRole};
use serde_json::{Map, json};
use soleira_core::model::{
    Application, ApplicationType, CustomClientMetadata, OidcClientMetadata, OrganizationRole, OrganizationScope,
    RoleType, SignInMode,
};
use soleira_core::{ApplicationId, OrganizationScopeId, Result, TenantId};
use soleira_runtime::App;
use soleira_store::organizations::template;
use soleira_store::{Author, Tx, applications};

/// The Console's application.
pub const ADMIN_CONSOLE: &str = "admin-console";
/// The resource by which operators manage their own account.
const ME_API: &str = "https://admin.logto.app/me";
/// The resource of a hosting service; there is none, and tokens for it are of no use here.
pub(super) const CLOUD_API: &str = "https://cloud.logto.io/api";
/// The role that lets a tenant's machine call the hosting service.
pub(super) const TENANT_APPLICATION: &str = "tenantApplication";
/// The role that every operator has.
pub(crate) const USER_ROLE: &str = "user";
/// The organization role that may do everything.
pub(crate) const ORGANIZATION_ADMIN: &str = "admin";

const CLOUD_SCOPES: [(&str, &str); 8] = [
    ("create:tenant", "Create tenants"),
    ("manage:tenant:self", "Manage one's own tenants"),
    ("send:email", "Send mail"),
    ("send:sms", "Send text messages"),
    ("fetch:custom:jwt", "Run scripts for token claims"),
    ("report:subscription:updates", "Report changes of the plan"),
    ("create:affiliate", "Create affiliates"),
    ("manage:affiliate", "Manage affiliates"),
];

/// The permissions of organizations of operators: name and what it allows.
const ORGANIZATION_SCOPES: [(&str, &str); 8] = [
    ("read:data", "Read the tenant's data"),
    ("write:data", "Write the tenant's data"),
    ("delete:data", "Delete the tenant's data"),
    ("read:member", "See who administers the tenant"),
    ("invite:member", "Invite people to administer the tenant"),
    ("remove:member", "Remove people who administer the tenant"),
    (
        "update:member:role",
        "Change the roles of people who administer the tenant",
    ),
    ("manage:tenant", "Change the tenant itself"),
];
/// Of these, how many a collaborator has.
const COLLABORATOR_SCOPES: usize = 4;

/// What needs to be made outside of the unit.
pub(super) struct Plan {
    mapi: Machine,
}

impl Plan {
    pub(super) fn new(app: &App) -> Result<Self> {
        let admin = TenantId::from(soleira_runtime::tenant::ADMIN);
        Ok(Self {
            mapi: mapi(app, &admin, &admin)?,
        })
    }

    pub(super) async fn insert(&self, tx: &mut Tx<'_>, author: &Author, admin: &TenantId) -> soleira_store::Result<()> {
        insert_management(tx, author, admin, admin, &self.mapi).await?;
        insert_own_apis(tx, author, admin).await?;
        applications::insert(tx, author, &console(admin, author)).await?;
        insert_organization_template(tx, author, admin).await?;

        let mut experience = super::default_experience(admin);
        experience.sign_in_mode = SignInMode::Register;
        experience.mfa = json!({
            "factors": ["Totp", "WebAuthn", "BackupCode"],
            "policy": "NoPrompt",
            "organizationRequiredMfaPolicy": "Mandatory",
        });
        let fields = [
            "name",
            "avatar",
            "profile",
            "email",
            "phone",
            "password",
            "username",
            "social",
            "customData",
            "mfa",
        ];
        let fields: Map<_, _> = fields
            .into_iter()
            .map(|field| (field.to_owned(), json!("Edit")))
            .collect();
        let profile_fields = json!([{"name": "name"}, {"name": "avatar"}]);
        let account_center = super::account_center(admin, true, &json!(fields), &profile_fields);
        super::insert_settings(tx, admin, &experience, &account_center, author.now).await
    }
}

/// The operators' own account and the hosting service, and the roles that open them.
async fn insert_own_apis(tx: &mut Tx<'_>, author: &Author, admin: &TenantId) -> soleira_store::Result<()> {
    let me = NewResource {
        id: None,
        name: "Logto Me API",
        indicator: ME_API,
        scopes: &[(None, super::ALL, "Everything about one's own account")],
    };
    let mut user_scopes = super::insert_resource(tx, author, admin, me).await?;
    let scopes = CLOUD_SCOPES.map(|(name, description)| (None, name, description));
    let cloud = NewResource {
        id: None,
        name: "Logto Cloud API",
        indicator: CLOUD_API,
        scopes: &scopes,
    };
    let cloud_scopes = super::insert_resource(tx, author, admin, cloud).await?;
    user_scopes.extend(cloud_scopes.iter().take(2).cloned());
    let user = NewRole {
        id: None,
        name: USER_ROLE,
        description: "Everybody who administers a tenant.",
        kind: RoleType::User,
        scopes: &user_scopes,
    };
    super::insert_role(tx, author, admin, user).await?;
    let tenant_application = NewRole {
        id: None,
        name: TENANT_APPLICATION,
        description: "Lets a tenant call the service that hosts it.",
        kind: RoleType::MachineToMachine,
        scopes: &cloud_scopes[2..6],
    };
    super::insert_role(tx, author, admin, tenant_application).await?;
    Ok(())
}

fn console(admin: &TenantId, author: &Author) -> Application {
    Application {
        tenant_id: admin.clone(),
        id: ApplicationId::from(ADMIN_CONSOLE),
        name: "Admin Console".to_owned(),
        description: Some("The Console of this installation.".to_owned()),
        kind: ApplicationType::Spa,
        // Its redirect URIs follow the configured addresses: `applications::client` fills them in.
        oidc_client_metadata: OidcClientMetadata::default(),
        custom_client_metadata: CustomClientMetadata::default(),
        protected_app_metadata: None,
        custom_data: Map::new(),
        is_third_party: false,
        app_level_access_control_enabled: false,
        created_at: author.now,
    }
}

async fn insert_organization_template(tx: &mut Tx<'_>, author: &Author, admin: &TenantId) -> soleira_store::Result<()> {
    let id_of = |name: &str| OrganizationScopeId(name.replace(':', "-"));
    for (name, description) in ORGANIZATION_SCOPES {
        let scope = OrganizationScope {
            tenant_id: admin.clone(),
            id: id_of(name),
            name: name.to_owned(),
            description: Some(description.to_owned()),
        };
        template::insert_scope(tx, author, &scope).await?;
    }
    for (name, description, scopes) in [
        (
            ORGANIZATION_ADMIN,
            "Administers the tenant, its members included.",
            &ORGANIZATION_SCOPES[..],
        ),
        (
            "collaborator",
            "Works with the tenant's data.",
            &ORGANIZATION_SCOPES[..COLLABORATOR_SCOPES],
        ),
    ] {
        let role = OrganizationRole {
            tenant_id: admin.clone(),
            id: name.into(),
            name: name.to_owned(),
            description: Some(description.to_owned()),
            kind: RoleType::User,
        };
        template::insert_role(tx, author, &role).await?;
        for (scope, _) in scopes {
            let given = template::permissions::<OrganizationScopeId>();
            given.add(tx, author, admin, &[name, id_of(scope).as_str()]).await?;
        }
    }
    Ok(())
}
