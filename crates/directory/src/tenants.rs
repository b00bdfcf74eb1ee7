//! Tenants and what a new one begins with (docs/wire/seeds.md).

pub(crate) mod admin;
pub(crate) mod member;
mod sandbox;

pub use admin::ADMIN_CONSOLE;

use crate::vault_failed;
use serde_json::{Map, Value, json};
use soleira_core::model::{
    AgreeToTermsPolicy, BrandColor, Branding, LanguageInfo, Resource, Scope, SentinelPolicy, SignIn, SignInExperience,
    SignInIdentifier, SignInMethod, SignInMode, SignUp, SocialSignIn, UsernamePolicy,
};
use soleira_core::{Entropy, EntropyExt, Error, ResourceId, Result, ScopeId, Secret, TenantId, Timestamp};
use soleira_crypto::{SigningKey, Vault};
use soleira_runtime::{App, tenant};
use soleira_store::application_secrets::{self, SecretRow};
use soleira_store::signing_keys::{self, Purpose, SigningKeyRow};
use soleira_store::{Author, Tx, Unit, Verdict, resources, scopes, sign_in_experience};

/// The brand on light: azulejo blue.
pub const PRIMARY_COLOR: &str = "#2454B3";
/// The brand on dark.
pub const DARK_PRIMARY_COLOR: &str = "#70A6F5";

/// Makes sure that the tenants of a new installation exist: the administrators' own, and `default`. Does nothing to a
/// tenant that is already there. In a sandbox, also that its people exist.
pub async fn seed(app: &App) -> Result<()> {
    create_tenant(app, &TenantId::from(tenant::DEFAULT), "Default").await?;
    if app.is_sandbox() {
        sandbox::seed(app).await?;
    }
    Ok(())
}

/// The server itself as the author of what it seeds.
fn seeding(app: &App) -> Author {
    Author {
        actor: "system".to_owned(),
        now: app.clock.now(),
        entropy: app.entropy.clone(),
    }
}

/// Makes a tenant and its side of the admin tenant, in one unit: its Management API there, the roles that administer
/// it, and the organization of its operators. A tenant that exists is left as it is.
pub async fn create_tenant(app: &App, id: &TenantId, name: &str) -> Result<()> {
    let admin_id = TenantId::from(tenant::ADMIN);
    // Most starts find everything in its place: no key is made in vain.
    if soleira_store::tenants::exists(&mut app.db.read().await?.tx(), id).await? {
        return Ok(());
    }
    let seed = Seed {
        author: seeding(app),
        admin: (
            admin_id.clone(),
            Keys::generate(app, &admin_id)?,
            admin::Plan::new(app)?,
        ),
        tenant: (id.clone(), Keys::generate(app, id)?, member::Plan::new(app, id)?),
        name: name.to_owned(),
    };
    match app.db.write(seed).await? {
        Verdict::Accept(()) => {}
        Verdict::Refuse(error) => return Err(error),
    }
    app.cache.changed(id);
    app.cache.changed(&admin_id);
    Ok(())
}

struct Seed {
    author: Author,
    admin: (TenantId, Keys, admin::Plan),
    tenant: (TenantId, Keys, member::Plan),
    name: String,
}

impl Unit for Seed {
    type Out = ();

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        let now = self.author.now;
        // Two nodes that start together: the second waits for the first, and then finds the rows.
        let (admin, keys, plan) = &self.admin;
        if soleira_store::tenants::insert(tx, admin, "Admin", now).await? {
            keys.insert(tx, admin).await?;
            plan.insert(tx, &self.author, admin).await?;
        }
        let (tenant, keys, plan) = &self.tenant;
        if soleira_store::tenants::insert(tx, tenant, &self.name, now).await? {
            keys.insert(tx, tenant).await?;
            plan.insert(tx, &self.author, tenant).await?;
            plan.insert_into_admin(tx, &self.author, admin, tenant).await?;
            soleira_store::tenants::bump_config_version(tx, admin).await?;
        }
        Ok(Verdict::Accept(()))
    }
}

/// The first keys of a tenant, brought along by the operator or made, and sealed outside of the unit.
struct Keys {
    oidc: Vec<SigningKeyRow>,
    cookie: Vec<SigningKeyRow>,
}

impl Keys {
    fn generate(app: &App, tenant: &TenantId) -> Result<Self> {
        let given = &app.settings.first_keys;
        let mut token = Vec::new();
        for pem in &given.token {
            token.push(SigningKey::from_pem(pem.expose()).map_err(Error::internal)?);
        }
        if token.is_empty() {
            token.push(SigningKey::generate_ec_p384().map_err(Error::internal)?);
        }
        let mut cookie = given.cookie.clone();
        if cookie.is_empty() {
            cookie.push(Secret::new(app.entropy.secret()));
        }
        let mut keys = Self {
            oidc: Vec::new(),
            cookie: Vec::new(),
        };
        for key in &token {
            let pem = key.to_pkcs8_pem().map_err(Error::internal)?;
            let row = key_row(app, tenant, &keys.oidc, key.kid().to_owned(), key.alg().as_str(), &pem)?;
            keys.oidc.push(row);
        }
        for secret in &cookie {
            let row = key_row(app, tenant, &keys.cookie, app.entropy.standard_id(), "HS256", secret)?;
            keys.cookie.push(row);
        }
        Ok(keys)
    }

    async fn insert(&self, tx: &mut Tx<'_>, tenant: &TenantId) -> soleira_store::Result<()> {
        for (purpose, rows) in [(Purpose::Oidc, &self.oidc), (Purpose::Cookie, &self.cookie)] {
            for row in rows {
                signing_keys::insert(tx, tenant, purpose, row).await?;
            }
        }
        Ok(())
    }
}

/// A key as it is stored: the current one, or the one before it where there is a current one.
fn key_row(
    app: &App,
    tenant: &TenantId,
    before: &[SigningKeyRow],
    id: String,
    algorithm: &str,
    secret: &Secret,
) -> Result<SigningKeyRow> {
    let status = if before.is_empty() { "current" } else { "previous" };
    let context = signing_keys::context(tenant, &id);
    let sealed = app.vault.seal(&context, secret.expose().as_bytes());
    Ok(SigningKeyRow {
        id,
        status: status.to_owned(),
        algorithm: algorithm.to_owned(),
        sealed: sealed.map_err(vault_failed)?,
        created_at: app.clock.now(),
        effective_at: None,
        retires_at: None,
    })
}

/// The secret that an application gets when it is created.
pub(crate) fn default_secret(
    vault: &Vault,
    entropy: &dyn Entropy,
    tenant: &TenantId,
    application: &soleira_core::ApplicationId,
    now: Timestamp,
) -> Result<SecretRow> {
    secret_row(
        vault,
        tenant,
        application,
        "Default secret",
        &Secret::new(entropy.secret()),
        now,
        None,
    )
}

/// A secret as it is stored.
pub(crate) fn secret_row(
    vault: &Vault,
    tenant: &TenantId,
    application: &soleira_core::ApplicationId,
    name: &str,
    value: &Secret,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<SecretRow> {
    let context = application_secrets::context(tenant, application);
    Ok(SecretRow {
        name: name.to_owned(),
        lookup_hash: vault.lookup_hash(&context, value.expose()).to_vec(),
        sealed: vault.seal(&context, value.expose().as_bytes()).map_err(vault_failed)?,
        created_at: now,
        expires_at,
    })
}

/// The settings that a tenant begins with.
fn default_experience(tenant: &TenantId) -> SignInExperience {
    let nothing = || Value::Object(Map::new());
    SignInExperience {
        tenant_id: tenant.clone(),
        id: "default".to_owned(),
        color: BrandColor {
            primary_color: PRIMARY_COLOR.to_owned(),
            is_dark_mode_enabled: true,
            dark_primary_color: DARK_PRIMARY_COLOR.to_owned(),
        },
        branding: Branding::default(),
        hide_logto_branding: false,
        language_info: LanguageInfo {
            auto_detect: true,
            fallback_language: "en".to_owned(),
        },
        terms_of_use_url: None,
        privacy_policy_url: None,
        agree_to_terms_policy: AgreeToTermsPolicy::Automatic,
        sign_in: SignIn {
            methods: vec![SignInMethod {
                identifier: SignInIdentifier::Username,
                password: true,
                verification_code: false,
                is_password_primary: true,
            }],
        },
        sign_up: SignUp {
            identifiers: vec![SignInIdentifier::Username],
            password: true,
            verify: false,
            secondary_identifiers: None,
        },
        social_sign_in: SocialSignIn::default(),
        social_sign_in_connector_targets: Vec::new(),
        sign_in_mode: SignInMode::SignInAndRegister,
        custom_css: None,
        custom_content: Map::new(),
        custom_ui_assets: None,
        custom_ui_csp: nothing(),
        password_policy: nothing(),
        mfa: json!({"factors": [], "policy": "UserControlled"}),
        adaptive_mfa: nothing(),
        single_sign_on_enabled: false,
        support_email: None,
        support_website_url: None,
        unknown_session_redirect_url: None,
        captcha_policy: nothing(),
        sentinel_policy: SentinelPolicy::default(),
        email_blocklist_policy: nothing(),
        verification_code_policy: nothing(),
        forgot_password_methods: Some(Vec::new()),
        passkey_sign_in: nothing(),
        sign_up_profile_fields: None,
        password_expiration: nothing(),
        username_policy: UsernamePolicy::default(),
    }
}

/// Adds an API resource with its permissions; answers the permissions' identifiers in their order.
async fn insert_resource(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    resource: NewResource<'_>,
) -> soleira_store::Result<Vec<ScopeId>> {
    let id = ResourceId(resource.id.map_or_else(|| author.entropy.standard_id(), str::to_owned));
    let row = Resource {
        tenant_id: tenant.clone(),
        id: id.clone(),
        name: resource.name.to_owned(),
        indicator: resource.indicator.to_owned(),
        is_default: false,
        access_token_ttl: 3600,
    };
    resources::insert(tx, author, &row).await?;
    let mut ids = Vec::with_capacity(resource.scopes.len());
    for (scope_id, name, description) in resource.scopes {
        let scope = Scope {
            tenant_id: tenant.clone(),
            id: ScopeId(scope_id.map_or_else(|| author.entropy.standard_id(), str::to_owned)),
            resource_id: id.clone(),
            name: (*name).to_owned(),
            description: Some((*description).to_owned()),
            created_at: author.now,
        };
        scopes::insert(tx, author, &scope).await?;
        ids.push(scope.id);
    }
    Ok(ids)
}

/// An API resource to seed. Identifiers that are absent are made.
struct NewResource<'a> {
    id: Option<&'a str>,
    name: &'a str,
    indicator: &'a str,
    /// Identifier, name, description.
    scopes: &'a [(Option<&'a str>, &'a str, &'a str)],
}

/// What the permission of every Management API is called.
pub(crate) const ALL: &str = "all";
const ALL_DESCRIPTION: &str = "Everything that the Management API offers";

/// Adds what every tenant has: its settings, its account centre, its progress in the Console.
async fn insert_settings(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    experience: &SignInExperience,
    account_center: &Value,
    now: Timestamp,
) -> soleira_store::Result<()> {
    use soleira_store::configs;
    sign_in_experience::insert(tx, experience, now).await?;
    sign_in_experience::insert_account_center(tx, tenant, account_center, now).await?;
    let console = json!({"signInExperienceCustomized": false, "organizationCreated": false});
    configs::insert(tx, tenant, "adminConsole", &console, now).await?;
    let id_token = json!({"enabledExtendedClaims": ["roles", "organizations", "organization_roles"]});
    configs::insert(tx, tenant, "idToken", &id_token, now).await
}

fn account_center(tenant: &TenantId, enabled: bool, fields: &Value, profile_fields: &Value) -> Value {
    json!({
        "tenantId": tenant,
        "id": "default",
        "enabled": enabled,
        "fields": fields,
        "webauthnRelatedOrigins": [],
        "deleteAccountUrl": null,
        "customCss": null,
        "profileFields": profile_fields,
    })
}

/// A machine-to-machine application of the house, with its secret sealed beforehand.
struct Machine {
    id: soleira_core::ApplicationId,
    name: String,
    description: String,
    tenant_id: Option<String>,
    secret: SecretRow,
}

impl Machine {
    fn new(app: &App, tenant: &TenantId, id: String, name: String, description: String) -> Result<Self> {
        let id = soleira_core::ApplicationId(id);
        let secret = default_secret(&app.vault, &*app.entropy, tenant, &id, app.clock.now())?;
        Ok(Self {
            id,
            name,
            description,
            tenant_id: None,
            secret,
        })
    }

    async fn insert(&self, tx: &mut Tx<'_>, author: &Author, tenant: &TenantId) -> soleira_store::Result<()> {
        use soleira_core::model::{Application, ApplicationType, CustomClientMetadata, OidcClientMetadata};
        let application = Application {
            tenant_id: tenant.clone(),
            id: self.id.clone(),
            name: self.name.clone(),
            description: Some(self.description.clone()),
            kind: ApplicationType::MachineToMachine,
            oidc_client_metadata: OidcClientMetadata::default(),
            custom_client_metadata: CustomClientMetadata {
                tenant_id: self.tenant_id.clone(),
                ..CustomClientMetadata::default()
            },
            protected_app_metadata: None,
            custom_data: Map::new(),
            is_third_party: false,
            app_level_access_control_enabled: false,
            created_at: author.now,
        };
        soleira_store::applications::insert(tx, author, &application).await?;
        application_secrets::insert(tx, author, tenant, &self.id, &self.secret).await
    }
}

/// A role to seed.
struct NewRole<'a> {
    id: Option<&'a str>,
    name: &'a str,
    description: &'a str,
    kind: soleira_core::model::RoleType,
    scopes: &'a [ScopeId],
}

async fn insert_role(
    tx: &mut Tx<'_>,
    author: &Author,
    tenant: &TenantId,
    role: NewRole<'_>,
) -> soleira_store::Result<soleira_core::RoleId> {
    use soleira_core::model::Role;
    let row = Role {
        tenant_id: tenant.clone(),
        id: soleira_core::RoleId(role.id.map_or_else(|| author.entropy.standard_id(), str::to_owned)),
        name: role.name.to_owned(),
        description: role.description.to_owned(),
        kind: role.kind,
        is_default: false,
    };
    soleira_store::roles::insert(tx, author, &row).await?;
    for scope in role.scopes {
        soleira_store::roles::add_scope(tx, author, tenant, &row.id, scope).await?;
    }
    Ok(row.id)
}
