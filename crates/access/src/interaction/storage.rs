//! Finding, saving and finishing interactions.

use super::Flow;
use super::record::{Interaction, LoginAnswer, Record};
use crate::browser::Browser;
use serde_json::Value;
use soleira_core::{Code, Error, InteractionId, Result, TenantId, Timestamp, UserId};
use soleira_runtime::Ctx;
use soleira_store::interactions::{self, InteractionRow};
use soleira_store::{Tx, Unit, Verdict};

impl Interaction {
    pub(crate) fn of_row(row: &InteractionRow) -> soleira_store::Result<Self> {
        Ok(Self {
            id: row.id.clone(),
            record: serde_json::from_str::<Record>(&row.value)?,
            expires_at: row.expires_at,
            revision: row.version,
        })
    }

    /// Notes who signed in; the address to send the browser to. Takes effect when the interaction is saved.
    pub fn answer_login(&mut self, user: &UserId, now: Timestamp) -> String {
        self.record.result.login = Some(LoginAnswer {
            account_id: user.clone(),
            at: now,
            submission: self.record.flow.as_ref().map(submission),
        });
        self.record.return_to.clone()
    }

    /// The same request once more, for whoever comes too late: root-relative. A device shows a new code itself.
    pub fn restart_path(&self) -> String {
        if self.record.device.is_some() {
            return crate::browser::DEVICE_PAGE.to_owned();
        }
        format!("/oidc/auth?{}", self.record.params.to_query())
    }
}

/// How somebody signed in, without what was gathered for the account on the way.
fn submission(flow: &Flow) -> Value {
    let mut submission = flow.to_wire();
    if let Some(members) = submission.as_object_mut() {
        members.remove("profile");
    }
    submission
}

/// The interaction of this browser for a client (`Logto-App-Id` or `app_id`), or its latest one.
///
/// # Errors
/// `session.not_found` when there is none, it ended or expired, or it is another client's.
pub async fn load(ctx: &Ctx, browser: &Browser, app_id: Option<&str>) -> Result<Interaction> {
    let not_found = || Error::new(Code::SessionNotFound);
    let row = find(ctx, browser, app_id).await?.ok_or_else(not_found)?;
    if row.consumed_at.is_some() || ctx.now() >= row.expires_at {
        return Err(not_found());
    }
    let interaction = Interaction::of_row(&row)?;
    match app_id {
        Some(app_id) if app_id != interaction.client_id().as_str() => {
            Err(not_found().caused_by("interaction client_id mismatch"))
        }
        _ => Ok(interaction),
    }
}

/// The interaction of this browser even if it ended or expired, to offer "Start again" with [`Interaction::restart_path`].
pub async fn last_known(ctx: &Ctx, browser: &Browser, app_id: Option<&str>) -> Result<Option<Interaction>> {
    Ok(find(ctx, browser, app_id)
        .await?
        .as_ref()
        .map(Interaction::of_row)
        .transpose()?)
}

async fn find(ctx: &Ctx, browser: &Browser, app_id: Option<&str>) -> Result<Option<InteractionRow>> {
    let Some(uid) = browser.interaction(app_id) else {
        return Ok(None);
    };
    let uid = InteractionId::from(uid);
    Ok(interactions::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, &uid).await?)
}

/// Saves an interaction inside a unit.
///
/// # Errors
/// `session.not_found`, which rolls the unit back, when it ended or expired, or when another tab saved it in between.
pub async fn save_in(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    interaction: &Interaction,
    now: Timestamp,
) -> soleira_store::Result<()> {
    let value = serde_json::to_string(&interaction.record)?;
    if interactions::update(tx, tenant, &interaction.id, interaction.revision, &value, now).await? {
        Ok(())
    } else {
        Err(Error::new(Code::SessionNotFound)
            .caused_by("the interaction changed meanwhile")
            .into())
    }
}

struct Save {
    tenant: TenantId,
    interaction: Interaction,
    now: Timestamp,
}

impl Unit for Save {
    type Out = ();
    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        save_in(tx, &self.tenant, &self.interaction, self.now).await?;
        Ok(Verdict::Accept(()))
    }
}

/// Saves an interaction.
///
/// # Errors
/// As [`save_in`].
pub async fn save(ctx: &Ctx, interaction: &mut Interaction) -> Result<()> {
    let unit = Save {
        tenant: ctx.tenant.id.clone(),
        interaction: interaction.clone(),
        now: ctx.now(),
    };
    ctx.write(unit).await?;
    interaction.revision += 1;
    Ok(())
}

/// Notes who signed in and saves; the address to send the browser to.
pub async fn finish_login(ctx: &Ctx, interaction: &mut Interaction, user: &UserId) -> Result<String> {
    let redirect_to = interaction.answer_login(user, ctx.now());
    save(ctx, interaction).await?;
    Ok(redirect_to)
}
