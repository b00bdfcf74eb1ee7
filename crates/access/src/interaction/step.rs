//! One step of an interaction inside a write unit: read under a lock, changed, saved once.

use super::flow::Flow;
use super::record::Interaction;
use super::storage::save_in;
use soleira_core::{ApplicationId, Code, Error, InteractionId, Result};
use soleira_runtime::Ctx;
use soleira_store::Tx;
use soleira_store::interactions;

/// An interaction that is alive, as a step may change it. Steps of one interaction come one after the other: two tabs and
/// a double click do not meet.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) interaction: Box<Interaction>,
}

impl Step {
    /// Opens an interaction; 400 `session.not_found` when it is over.
    pub(super) async fn open(tx: &mut Tx<'_>, ctx: &Ctx, id: &InteractionId) -> soleira_store::Result<Result<Self>> {
        let tenant = &ctx.tenant.id;
        tx.lock(&format!("interaction:{tenant}:{id}")).await?;
        let row = interactions::find(tx, tenant, id).await?;
        let alive = row.filter(|row| row.consumed_at.is_none() && row.expires_at > ctx.now());
        Ok(match alive {
            Some(row) => Ok(Self {
                interaction: Box::new(Interaction::of_row(&row)?),
            }),
            None => Err(Error::new(Code::SessionNotFound)),
        })
    }

    /// Opens an interaction in which a program set out to do something; 404 `session.interaction_not_found` otherwise.
    pub(super) async fn begun(tx: &mut Tx<'_>, ctx: &Ctx, id: &InteractionId) -> soleira_store::Result<Result<Self>> {
        let step = Self::open(tx, ctx, id).await?;
        Ok(step.and_then(|step| match step.interaction.record.flow {
            Some(_) => Ok(step),
            None => Err(Error::new(Code::SessionInteractionNotFound)),
        }))
    }

    /// Where the sign-in stands; a page that was opened straight away finds it at its beginning.
    pub(super) fn flow(&mut self) -> &mut Flow {
        self.interaction.record.flow.get_or_insert_default()
    }

    /// The client that waits.
    pub(super) fn client_id(&self) -> &ApplicationId {
        self.interaction.client_id()
    }

    /// Saves what was changed.
    pub(super) async fn save(self, tx: &mut Tx<'_>, ctx: &Ctx) -> soleira_store::Result<()> {
        save_in(tx, &ctx.tenant.id, &self.interaction, ctx.now()).await
    }
}
