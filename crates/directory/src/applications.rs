//! Applications: the clients that an administrator registers.

mod access_control;
mod built_in;
mod client;
mod consent_organizations;
mod presentation;
mod rules;
mod secrets;

pub use access_control::{AccessRules, NewAccessRules, access_rules, replace_access_rules};
pub use client::client;
pub use consent_organizations::{close_organization, list_consent_organizations, open_organizations};
pub use presentation::{PresentationPatch, get_presentation, presentation, set_presentation};
pub use secrets::{create_secret, delete_secret, rename_secret, secrets};

use crate::{Change, Listing, Page, author, no_such, tenants};
use rules::{check_new, check_patch};
use serde_json::{Map, Value};
use soleira_core::model::{Application, ApplicationType, CustomClientMetadata, OidcClientMetadata};
use soleira_core::{ApplicationId, Code, EntropyExt, Error, Result, RoleId, TenantId, Timestamp};
use soleira_runtime::Ctx;
use soleira_store::{Tx, Verdict, application_secrets, applications, logs, roles, unit};

/// What an application can be searched by, and which of them a list has.
pub use soleira_store::applications::{FIELDS, Filter};

/// The role by which an application administers its own tenant.
const INTERNAL_ADMIN_ROLE: &str = "admin-role";

/// An application to create.
#[derive(Debug, Clone)]
pub struct NewApplication {
    /// The name that people see, 1 to 256 characters.
    pub name: String,
    /// What kind of client it is.
    pub kind: ApplicationType,
    /// What the administrator notes about it.
    pub description: Option<String>,
    /// Standard metadata; no URIs if absent.
    pub oidc_client_metadata: Option<OidcClientMetadata>,
    /// Other settings of the client.
    pub custom_client_metadata: Option<CustomClientMetadata>,
    /// Whatever the administrator keeps with it.
    pub custom_data: Map<String, Value>,
    /// Whether people must consent to what it asks for.
    pub is_third_party: bool,
    /// Whether settings of a protected application were given.
    pub has_protected_app_metadata: bool,
}

impl NewApplication {
    /// An application with a name and nothing else.
    pub fn new(name: impl Into<String>, kind: ApplicationType) -> Self {
        Self {
            name: name.into(),
            kind,
            description: None,
            oidc_client_metadata: None,
            custom_client_metadata: None,
            custom_data: Map::new(),
            is_third_party: false,
            has_protected_app_metadata: false,
        }
    }
}

/// A change of an application. Each member that is given takes the place of the whole member.
#[derive(Debug, Clone, Default)]
pub struct ApplicationPatch {
    /// The name that people see.
    pub name: Option<String>,
    /// What the administrator notes about it.
    pub description: Change<String>,
    /// Standard metadata.
    pub oidc_client_metadata: Option<OidcClientMetadata>,
    /// Other settings of the client.
    pub custom_client_metadata: Option<CustomClientMetadata>,
    /// Whatever the administrator keeps with it.
    pub custom_data: Option<Map<String, Value>>,
    /// Whether only people whom its rules name may use it; it needs a rule first.
    pub app_level_access_control_enabled: Option<bool>,
    /// Whether it administers its tenant; ignored in the admin tenant.
    pub is_admin: Option<bool>,
    /// Whether settings of a protected application were given.
    pub has_protected_app_metadata: bool,
}

/// Creates an application, with a secret named `Default secret` if its type can keep one.
///
/// # Errors
/// 400 `guard.invalid_input` naming the fields, or the rule of its type that is broken.
pub async fn create(ctx: &Ctx, new: NewApplication) -> Result<Application> {
    ctx.require_administrator()?;
    check_new(&new)?;
    let tenant = ctx.tenant.id.clone();
    let application = Application {
        tenant_id: tenant.clone(),
        id: ApplicationId(ctx.entropy().standard_id()),
        name: new.name,
        description: new.description,
        kind: new.kind,
        oidc_client_metadata: new.oidc_client_metadata.unwrap_or_default(),
        custom_client_metadata: new.custom_client_metadata.unwrap_or_default(),
        protected_app_metadata: None,
        custom_data: new.custom_data,
        is_third_party: new.is_third_party,
        app_level_access_control_enabled: false,
        created_at: ctx.now(),
    };
    let secret = if new.kind.has_secrets() {
        let (vault, entropy) = (&ctx.app.vault, ctx.entropy());
        Some(tenants::default_secret(
            vault,
            entropy,
            &tenant,
            &application.id,
            ctx.now(),
        )?)
    } else {
        None
    };
    ctx.write_config(unit(
        (author(ctx), application, secret),
        |(author, application, secret), tx| {
            Box::pin(async move {
                applications::insert(tx, author, application).await?;
                if let Some(secret) = secret {
                    application_secrets::insert(tx, author, &application.tenant_id, &application.id, secret).await?;
                }
                Ok(Verdict::Accept(application.clone()))
            })
        },
    ))
    .await
}

/// The application of an identifier, built-in ones included.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn get(ctx: &Ctx, id: &ApplicationId) -> Result<Application> {
    ctx.require_administrator()?;
    if let Some(application) = built_in::find(&ctx.tenant, id) {
        return Ok(application);
    }
    let found = applications::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    let mut application = found.ok_or_else(|| missing(id))?;
    client::fill_in_addresses(&ctx.tenant, &mut application);
    Ok(application)
}

/// Whether an application administers its tenant.
pub async fn is_admin(ctx: &Ctx, id: &ApplicationId) -> Result<bool> {
    ctx.require_administrator()?;
    let held = roles::of_application(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    Ok(held.iter().any(|role| role.id.as_str() == INTERNAL_ADMIN_ROLE))
}

/// The applications of a filter, newest first: a page of them and how many there are, or all.
pub async fn list(ctx: &Ctx, filter: Filter, page: Option<Page>) -> Result<Listing<Application>> {
    ctx.require_administrator()?;
    ctx.list((ctx.tenant.id.clone(), filter, page), |(tenant, filter, page), tx| {
        Box::pin(async move {
            let rows = applications::list(tx, tenant, filter, *page).await?;
            let total = match page {
                Some(_) => Some(applications::count(tx, tenant, filter).await?),
                None => None,
            };
            Ok(Listing { total, rows })
        })
    })
    .await
}

/// Changes an application.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; 400 `guard.invalid_input` naming the fields, or the rule that is broken.
pub async fn patch(ctx: &Ctx, id: &ApplicationId, patch: ApplicationPatch) -> Result<Application> {
    ctx.require_administrator()?;
    let admin_role = (!ctx.tenant.is_admin()).then(|| RoleId::from(INTERNAL_ADMIN_ROLE));
    let mut patched = ctx
        .write_config(unit(
            (author(ctx), ctx.tenant.id.clone(), id.clone(), patch, admin_role),
            |(author, tenant, id, patch, admin_role), tx| {
                Box::pin(async move {
                    let before = lock(tx, tenant, id).await?;
                    check_patch(&before, patch)?;
                    let after = apply(&before, patch);
                    if after.app_level_access_control_enabled && !before.app_level_access_control_enabled {
                        access_control::require_rules(tx, tenant, id).await?;
                    }
                    applications::update(tx, author, &before, &after).await?;
                    match (patch.is_admin, admin_role) {
                        (Some(true), Some(role)) => {
                            if roles::find(tx, tenant, role).await?.is_none() {
                                let error = Error::new(Code::EntityNotExists).kind_is(soleira_core::Kind::Internal);
                                return Err(error.caused_by("the internal role of administrators is gone").into());
                            }
                            roles::give_to_application(tx, author, tenant, id, role).await?;
                        }
                        (Some(false), Some(role)) => {
                            roles::take_from_application(tx, author, tenant, id, role).await?;
                        }
                        _ => {}
                    }
                    Ok(Verdict::Accept(after))
                })
            },
        ))
        .await?;
    client::fill_in_addresses(&ctx.tenant, &mut patched);
    Ok(patched)
}

fn apply(before: &Application, patch: &ApplicationPatch) -> Application {
    let mut after = before.clone();
    if let Some(name) = &patch.name {
        after.name.clone_from(name);
    }
    if let Some(description) = &patch.description {
        after.description.clone_from(description);
    }
    if let Some(metadata) = &patch.oidc_client_metadata {
        after.oidc_client_metadata = metadata.clone();
    }
    if let Some(metadata) = &patch.custom_client_metadata {
        after.custom_client_metadata = metadata.clone();
    }
    if let Some(data) = &patch.custom_data {
        after.custom_data.clone_from(data);
    }
    if let Some(enabled) = patch.app_level_access_control_enabled {
        after.app_level_access_control_enabled = enabled;
    }
    after
}

/// Merges members into the custom data of an application, one level deep; answers all of it.
pub async fn merge_custom_data(
    ctx: &Ctx,
    id: &ApplicationId,
    changes: Map<String, Value>,
) -> Result<Map<String, Value>> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone(), changes),
        |(author, tenant, id, changes), tx| {
            Box::pin(async move {
                let before = lock(tx, tenant, id).await?;
                let mut after = before.clone();
                after.custom_data.extend(changes.clone());
                applications::update(tx, author, &before, &after).await?;
                Ok(Verdict::Accept(after.custom_data))
            })
        },
    ))
    .await
}

/// Deletes an application: its secrets, grants and tokens go with it.
///
/// # Errors
/// 404 `entity.not_found`; 400 `application.saml.use_saml_app_api`.
pub async fn delete(ctx: &Ctx, id: &ApplicationId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone()),
        |(author, tenant, id), tx| {
            Box::pin(async move {
                let application = applications::find(tx, tenant, id).await?.ok_or_else(|| missing(id))?;
                if application.kind == ApplicationType::Saml {
                    return Err(Error::new(Code::ApplicationSamlUseSamlAppApi).into());
                }
                applications::delete(tx, author, tenant, id).await?;
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// The guide that the Console shows for an application, and when somebody first signed in to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// Its name among the guides; none was chosen if absent.
    pub name: Option<String>,
    /// When somebody first signed in; nobody has if absent.
    pub first_sign_in_at: Option<Timestamp>,
}

/// The guide of an application.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn guide(ctx: &Ctx, id: &ApplicationId) -> Result<Guide> {
    ctx.require_administrator()?;
    let found = applications::guide(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
    let (name, first_sign_in_at) = found.ok_or_else(|| missing(id))?;
    Ok(Guide { name, first_sign_in_at })
}

/// When a program first got a token for itself, as far back as the audit log goes.
pub async fn first_token_at(ctx: &Ctx, id: &ApplicationId) -> Result<Option<Timestamp>> {
    ctx.require_administrator()?;
    ctx.app.audit.flush(&ctx.app.db).await;
    let mut reader = ctx.read().await?;
    let key = "ExchangeTokenBy.ClientCredentials";
    Ok(logs::first_success(&mut reader.tx(), &ctx.tenant.id, id.as_str(), key).await?)
}

/// Remembers which guide the Console shows for an application.
pub async fn set_guide(ctx: &Ctx, id: &ApplicationId, guide: &str) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write(unit(
        (ctx.tenant.id.clone(), id.clone(), guide.to_owned()),
        |(tenant, id, guide), tx| {
            Box::pin(async move {
                if !applications::set_guide(tx, tenant, id, guide).await? {
                    return Err(missing(id).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

fn missing(id: &ApplicationId) -> Error {
    no_such("applications", id.as_str())
}

/// The application, locked until the unit ends.
async fn lock(tx: &mut Tx<'_>, tenant: &TenantId, id: &ApplicationId) -> soleira_store::Result<Application> {
    tx.lock(&format!("application:{tenant}:{id}")).await?;
    Ok(applications::find(tx, tenant, id).await?.ok_or_else(|| missing(id))?)
}

/// The application, or the refusal of one that is not there.
pub(crate) async fn require(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id: &ApplicationId,
) -> soleira_store::Result<Application> {
    Ok(applications::find(tx, tenant, id).await?.ok_or_else(|| missing(id))?)
}

/// The refusal of an application that is not there, or that nobody is asked about.
pub(crate) async fn require_third_party(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id: &ApplicationId,
) -> soleira_store::Result<()> {
    if require(tx, tenant, id).await?.is_third_party {
        Ok(())
    } else {
        Err(Error::new(Code::ApplicationThirdPartyApplicationOnly).into())
    }
}
