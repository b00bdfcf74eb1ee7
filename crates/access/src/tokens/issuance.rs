//! How tokens are issued to people, whatever the grant: one write unit in which everything holds and the artefact is used
//! up. Where the tenant has a script for claims, the unit runs twice: once to see that everything holds, without using
//! anything up, and again with what the script said, so that a refusal of the script loses nothing.

use super::TokenResponse;
use super::custom_claims;
use super::issue::{self, Settled};
use super::script_context::Facts;
use super::trail::Trail;
use crate::clients::KnownClient;
use crate::stop::{Stop, settle};
use serde_json::{Map, Value};
use soleira_directory::token_scripts::{self, TokenType};
use soleira_oauth::Result;
use soleira_runtime::Ctx;
use soleira_store::{Tx, Unit, Verdict};
use std::sync::Arc;

/// What a grant needs: it looks, and once everything holds, uses up and stores.
pub(super) trait Grant: Clone + Send + Sync + 'static {
    /// The request.
    fn ctx(&self) -> &Ctx;

    /// The client.
    fn client(&self) -> &Arc<KnownClient>;

    /// What is written down of it.
    fn trail(&self) -> &Trail;

    /// Checks everything in the transaction. With the claims of the tenant's own given, uses the artefact up and stores
    /// what is issued; without, says what a script has to know.
    fn redeem(&self, tx: &mut Tx<'_>, own: &OwnClaims) -> impl Future<Output = Result<Step, Stop>> + Send;
}

/// The claims of the tenant's own, in the middle of an issuance.
#[derive(Debug, Clone)]
pub(super) enum OwnClaims {
    /// A script has to be asked first.
    Unknown,
    /// These, or none.
    Known(Map<String, Value>),
}

/// How far an issuance got.
#[derive(Debug)]
pub(super) enum Step {
    /// Everything holds, and nothing was used up: the script is to be asked.
    AskScript(Box<Facts>),
    /// It is settled, and stored.
    Settled(Box<Settled>),
}

struct Issuance<G> {
    grant: G,
    own: OwnClaims,
}

/// Issues what a grant asks for.
pub(super) async fn issue<G: Grant>(grant: G) -> Result<TokenResponse> {
    let (ctx, client) = (grant.ctx().clone(), grant.client().clone());
    let step = match token_scripts::active(&ctx, TokenType::AccessToken).await? {
        None => settle_with(&ctx, grant, OwnClaims::Known(Map::new())).await?,
        Some(script) => match settle_with(&ctx, grant.clone(), OwnClaims::Unknown).await? {
            Step::AskScript(facts) => {
                let asked = custom_claims::for_person(&ctx, &client, &script, &facts).await;
                let own = grant.trail().note(&ctx, asked).await?;
                settle_with(&ctx, grant, OwnClaims::Known(own)).await?
            }
            settled @ Step::Settled(_) => settled,
        },
    };
    match step {
        Step::Settled(settled) => issue::sign(&ctx, &client, *settled).await,
        Step::AskScript(_) => Err(soleira_core::Error::internal("an issuance asks for a script that was asked").into()),
    }
}

async fn settle_with<G: Grant>(ctx: &Ctx, grant: G, own: OwnClaims) -> Result<Step> {
    ctx.write(Issuance { grant, own }).await?
}

impl<G: Grant> Unit for Issuance<G> {
    type Out = Result<Step>;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Self::Out>> {
        let outcome = settle(self.grant.redeem(tx, &self.own).await)?;
        let trail = self.grant.trail();
        let entry = match &outcome {
            Ok(Step::AskScript(_)) => return Ok(Verdict::Accept(outcome)),
            Ok(Step::Settled(settled)) => {
                let scope = settled.access_scope.to_string();
                trail.issued(&settled.kinds(), Some(&scope), Some(&settled.basis.user_id))
            }
            Err(error) => trail.refused(error),
        };
        Ctx::audit_in(tx, &entry.into_row(self.grant.ctx())).await?;
        Ok(Verdict::Accept(outcome))
    }
}
