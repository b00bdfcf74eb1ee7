//! How an application presents itself to people.

use super::{missing, require};
use crate::checks::Checks;
use crate::{Change, author};
use soleira_core::model::{ApplicationSignInExperience, Branding, OrganizationColor};
use soleira_core::{ApplicationId, Result};
use soleira_runtime::Ctx;
use soleira_store::{Verdict, application_experiences, unit};
use std::sync::Arc;

/// Longest address of a page, in characters.
const URL_MAX: usize = 2048;
/// Longest name, in characters.
const NAME_MAX: usize = 256;

/// A change of how an application presents itself. Each member that is given takes the place of the whole member.
#[derive(Debug, Clone, Default)]
pub struct PresentationPatch {
    /// Its colours.
    pub color: Option<OrganizationColor>,
    /// Its logos and icons.
    pub branding: Option<Branding>,
    /// Its style sheet.
    pub custom_css: Change<String>,
    /// The name that people see.
    pub display_name: Change<String>,
    /// Its terms of use; empty for none.
    pub terms_of_use_url: Change<String>,
    /// Its privacy policy; empty for none.
    pub privacy_policy_url: Change<String>,
}

impl PresentationPatch {
    fn check(&self) -> Result<()> {
        let mut checks = Checks::default();
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
        if let Some(Some(name)) = &self.display_name {
            checks.length("displayName", name, 0, NAME_MAX);
        }
        for (path, change) in [
            ("termsOfUseUrl", &self.terms_of_use_url),
            ("privacyPolicyUrl", &self.privacy_policy_url),
        ] {
            if let Some(Some(url)) = change
                && !url.is_empty()
            {
                checks.web_url(path, url);
                checks.length(path, url, 1, URL_MAX);
            }
        }
        checks.finish()
    }

    fn apply(&self, before: &ApplicationSignInExperience) -> ApplicationSignInExperience {
        let mut after = before.clone();
        if let Some(color) = &self.color {
            after.color = color.clone();
        }
        if let Some(branding) = &self.branding {
            after.branding = branding.clone();
        }
        for (member, change) in [
            (&mut after.custom_css, &self.custom_css),
            (&mut after.display_name, &self.display_name),
            (&mut after.terms_of_use_url, &self.terms_of_use_url),
            (&mut after.privacy_policy_url, &self.privacy_policy_url),
        ] {
            if let Some(value) = change {
                member.clone_from(value);
            }
        }
        after
    }
}

struct Found(Option<Arc<ApplicationSignInExperience>>);

/// How an application presents itself, from the cache; `None` if that was never said.
///
/// # Errors
/// When it cannot be read.
pub async fn presentation(ctx: &Ctx, id: &ApplicationId) -> Result<Option<Arc<ApplicationSignInExperience>>> {
    let needs = (ctx.tenant.id.clone(), id.clone());
    let found = ctx
        .cached(id.as_str(), &needs, |(tenant, id), tx| {
            Box::pin(async move {
                let found = application_experiences::find(tx, tenant, id).await?;
                Ok(Found(found.map(Arc::new)))
            })
        })
        .await?;
    Ok(found.0.clone())
}

/// How an application presents itself, for who administers it.
///
/// # Errors
/// 404 `entity.not_exists_with_id` when that was never said, or for an application that is not there.
pub async fn get_presentation(ctx: &Ctx, id: &ApplicationId) -> Result<ApplicationSignInExperience> {
    ctx.require_administrator()?;
    let mut reader = ctx.read().await?;
    let found = application_experiences::find(&mut reader.tx(), &ctx.tenant.id, id).await?;
    found.ok_or_else(|| missing(id))
}

/// Says how an application presents itself; whether it is for the first time.
///
/// # Errors
/// 404 `entity.not_exists_with_id` for an application that is not there; 400 `guard.invalid_input` naming the fields.
pub async fn set_presentation(
    ctx: &Ctx,
    id: &ApplicationId,
    patch: PresentationPatch,
) -> Result<(ApplicationSignInExperience, bool)> {
    ctx.require_administrator()?;
    patch.check()?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), id.clone(), patch),
        |(author, tenant, id, patch), tx| {
            Box::pin(async move {
                tx.lock(&format!("application:{tenant}:{id}")).await?;
                require(tx, tenant, id).await?;
                let before = application_experiences::find(tx, tenant, id).await?;
                let empty = ApplicationSignInExperience::new(tenant.clone(), id.clone());
                let after = patch.apply(before.as_ref().unwrap_or(&empty));
                application_experiences::put(tx, author, before.as_ref(), &after).await?;
                Ok(Verdict::Accept((after, before.is_none())))
            })
        },
    ))
    .await
}
