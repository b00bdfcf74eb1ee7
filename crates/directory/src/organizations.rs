//! Organizations: the customers, teams or workspaces of a tenant's applications, who is in them ([`members`]), and the
//! roles and permissions that all of them share ([`roles`], [`scopes`]).

pub mod members;
pub mod roles;
pub mod scopes;

use crate::checks::Checks;
use crate::{Change, Listing, Page, Search, author, no_such};
use serde_json::{Map, Value};
use soleira_core::model::{Branding, Organization, OrganizationColor};
use soleira_core::{Code, EntropyExt, Error, Kind, OrganizationId, Result, Timestamp};
use soleira_runtime::Ctx;
use soleira_store::{Error as StoreError, Verdict, organizations, unit};

/// What an organization can be searched by, its users in short, and a role as lists of members show it.
pub use soleira_store::organizations::{FIELDS, Featured, HeldRole};

/// A change of an organization. Each member that is given takes the place of the whole member.
#[derive(Debug, Clone, Default)]
pub struct OrganizationPatch {
    /// The name that people see, 1 to 128 characters.
    pub name: Option<String>,
    /// What it is, at most 256 characters.
    pub description: Change<String>,
    /// Whatever the administrator keeps with it.
    pub custom_data: Option<Map<String, Value>>,
    /// Whether members need a second factor to get its tokens.
    pub is_mfa_required: Option<bool>,
    /// Its colours on sign-in pages.
    pub color: Option<OrganizationColor>,
    /// Its logos and icons on sign-in pages.
    pub branding: Option<Branding>,
    /// Its style sheet on sign-in pages.
    pub custom_css: Change<String>,
    /// When it was created: for who moves organizations from another system.
    pub created_at: Option<Timestamp>,
}

impl OrganizationPatch {
    fn check(&self) -> Result<()> {
        let mut checks = Checks::default();
        check_texts(&mut checks, self.name.as_ref(), self.description.as_ref());
        if let Some(color) = &self.color {
            for (path, value) in [
                ("color.primaryColor", &color.primary_color),
                ("color.darkPrimaryColor", &color.dark_primary_color),
            ] {
                if let Some(value) = value {
                    checks.color(path, value);
                }
            }
        }
        if let Some(branding) = &self.branding {
            checks.branding("branding", branding);
        }
        checks.finish()
    }

    fn apply(&self, before: &Organization) -> Organization {
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        if let Some(data) = &self.custom_data {
            after.custom_data.clone_from(data);
        }
        if let Some(required) = self.is_mfa_required {
            after.is_mfa_required = required;
        }
        if let Some(color) = &self.color {
            after.color = color.clone();
        }
        if let Some(branding) = &self.branding {
            after.branding = branding.clone();
        }
        if let Some(css) = &self.custom_css {
            after.custom_css.clone_from(css);
        }
        if let Some(created_at) = self.created_at {
            after.created_at = created_at;
        }
        after
    }
}

/// Longest name of an organization, an organization role or permission, in characters.
const NAME_MAX: usize = 128;
/// Longest description of them.
const DESCRIPTION_MAX: usize = 256;

/// What holds for the names and descriptions of organizations, organization roles and permissions alike.
fn check_texts(checks: &mut Checks, name: Option<&String>, description: Option<&Option<String>>) {
    if let Some(name) = name {
        checks.length("name", name, 1, NAME_MAX);
    }
    if let Some(Some(description)) = description {
        checks.length("description", description, 0, DESCRIPTION_MAX);
    }
}

/// The organizations of a search, newest first.
pub async fn list(ctx: &Ctx, search: Search, page: Page) -> Result<Listing<Organization>> {
    ctx.require_administrator()?;
    ctx.list((ctx.tenant.id.clone(), search, page), |(tenant, search, page), tx| {
        Box::pin(async move {
            Ok(Listing {
                total: Some(organizations::count(tx, tenant, search).await?),
                rows: organizations::list(tx, tenant, search, Some(*page)).await?,
            })
        })
    })
    .await
}

/// The organizations of a search with their users in short, newest first.
pub async fn list_with_featured(ctx: &Ctx, search: Search, page: Page) -> Result<Listing<(Organization, Featured)>> {
    ctx.require_administrator()?;
    ctx.list((ctx.tenant.id.clone(), search, page), |(tenant, search, page), tx| {
        Box::pin(async move {
            let total = Some(organizations::count(tx, tenant, search).await?);
            let mut rows = Vec::new();
            for organization in organizations::list(tx, tenant, search, Some(*page)).await? {
                let featured = organizations::featured(tx, tenant, &organization.id).await?;
                rows.push((organization, featured));
            }
            Ok(Listing { total, rows })
        })
    })
    .await
}

/// Creates an organization of a name, with what else `details` say.
///
/// # Errors
/// 400 `guard.invalid_input` naming the fields.
pub async fn create(ctx: &Ctx, name: String, details: OrganizationPatch) -> Result<Organization> {
    ctx.require_administrator()?;
    let details = OrganizationPatch {
        name: Some(name),
        ..details
    };
    details.check()?;
    let organization = details.apply(&Organization {
        tenant_id: ctx.tenant.id.clone(),
        id: OrganizationId(ctx.entropy().short_id()),
        name: String::new(),
        description: None,
        custom_data: Map::new(),
        is_mfa_required: false,
        color: OrganizationColor::default(),
        branding: Branding::default(),
        custom_css: None,
        created_at: ctx.now(),
    });
    ctx.write_config(unit((author(ctx), organization), |(author, organization), tx| {
        Box::pin(async move {
            if !organizations::insert(tx, author, organization).await? {
                return Err(Error::new(Code::EntityUniqueIntegrityViolation).into());
            }
            Ok(Verdict::Accept(organization.clone()))
        })
    }))
    .await
}

/// The organization of an identifier.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub async fn get(ctx: &Ctx, id: &OrganizationId) -> Result<Organization> {
    ctx.require_administrator()?;
    let found = find(ctx, id).await?;
    found.ok_or_else(|| no_such("organizations", id.as_str()))
}

/// The organization of an identifier at this moment, for whoever signs people in.
pub async fn find(ctx: &Ctx, id: &OrganizationId) -> Result<Option<Organization>> {
    Ok(organizations::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?)
}

/// Changes an organization.
///
/// # Errors
/// 404 `entity.not_exists`; 400 `guard.invalid_input` naming the fields.
pub async fn patch(ctx: &Ctx, id: &OrganizationId, patch: OrganizationPatch) -> Result<Organization> {
    ctx.require_administrator()?;
    patch.check()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone(), patch),
        |(author, tenant, id, patch), tx| {
            Box::pin(async move {
                organizations::lock(tx, tenant, id).await?;
                let found = organizations::find(tx, tenant, id).await?;
                let before = found.ok_or_else(|| Error::new(Code::EntityNotExists))?;
                let after = patch.apply(&before);
                organizations::update(tx, author, &before, &after).await?;
                Ok(Verdict::Accept(after))
            })
        },
    ))
    .await
}

/// Deletes an organization. Its members lose what they held in it, and stay in the tenant.
///
/// # Errors
/// 404 `entity.not_found`.
pub async fn delete(ctx: &Ctx, id: &OrganizationId) -> Result<()> {
    ctx.require_administrator()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone()),
        |(author, tenant, id), tx| {
            Box::pin(async move {
                if !organizations::delete(tx, author, tenant, id).await? {
                    return Err(Error::new(Code::EntityNotFound).into());
                }
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await
}

/// What the wire says, on all routes of organizations, of a row that does not exist: 422.
fn no_relation() -> Error {
    Error::new(Code::EntityRelationForeignKeyNotFound).kind_is(Kind::Unprocessable)
}

/// What the wire says, on all routes of organizations, of rows that the database refuses.
fn refused(error: StoreError) -> StoreError {
    match error {
        StoreError::ForeignKey(_) => no_relation().into(),
        StoreError::Unique(_) => Error::new(Code::EntityUniqueIntegrityViolation).into(),
        other => other,
    }
}
