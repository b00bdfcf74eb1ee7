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
use soleira_core::Timestamp;
use soleira_directory::token_scripts::{self, TokenType};
use soleira_oauth::Result;
use soleira_runtime::Ctx;
use soleira_store::{Tx, Unit, Verdict};
use std::sync::Arc;

/// What every token request has, whatever its grant.
#[derive(Clone)]
pub(super) struct TokenRequest {
    pub(super) ctx: Ctx,
    pub(super) client: Arc<KnownClient>,
    /// What is written down of it.
    pub(super) trail: Trail,
}

/// What a grant needs: it looks, and once everything holds, uses up and stores.
pub(super) trait Grant: Clone + Send + Sync + 'static {
    /// Who asks, and where.
    fn request(&self) -> &TokenRequest;

    /// Checks everything in the transaction, as of [`OwnClaims::now`]. Then asks for the claims of the tenant's own
    /// ([`OwnClaims::of`]), and with these uses the artefact up and stores what is issued.
    fn redeem(&self, tx: &mut Tx<'_>, own: &OwnClaims) -> impl Future<Output = Result<Step, Stop>> + Send;
}

/// The claims of the tenant's own, in the middle of an issuance.
#[derive(Debug, Clone)]
pub(super) struct OwnClaims {
    now: Timestamp,
    answer: Answer,
}

#[derive(Debug, Clone)]
enum Answer {
    /// There is no script.
    Without,
    /// A script has to be asked.
    Unknown,
    /// What it said of the token of these facts.
    Said(Box<Facts>, Map<String, Value>),
}

impl OwnClaims {
    /// The time as of which everything is judged: that of the request, however long a script then takes. A code that was
    /// good when its client came with it does not expire meanwhile, and a refresh token that another request replaced
    /// meanwhile was not used too late.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether a script was asked meanwhile.
    pub(super) const fn took_time(&self) -> bool {
        matches!(self.answer, Answer::Said(..))
    }

    /// The claims for the token of these facts, or that the script is to be asked about it.
    pub(super) fn of(&self, facts: impl FnOnce() -> Facts) -> Result<Map<String, Value>, Step> {
        match &self.answer {
            Answer::Without => Ok(Map::new()),
            Answer::Unknown => Err(Step::AskScript(Box::new(facts()))),
            Answer::Said(asked, claims) => {
                let facts = facts();
                // What a token may have changed while the script looked at it: it judged another one.
                if (&facts.scope, &facts.audience) == (&asked.scope, &asked.audience) {
                    Ok(claims.clone())
                } else {
                    Err(Step::AskScript(Box::new(facts)))
                }
            }
        }
    }
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

/// How often a script is asked about one request.
const QUESTIONS: usize = 2;

/// Issues what a grant asks for.
pub(super) async fn issue<G: Grant>(grant: G) -> Result<TokenResponse> {
    let TokenRequest { ctx, client, trail } = grant.request().clone();
    let now = ctx.now();
    let Some(script) = token_scripts::active(&ctx, TokenType::AccessToken).await? else {
        let answer = Answer::Without;
        return match settle_with(&ctx, grant, OwnClaims { now, answer }).await? {
            Step::Settled(settled) => issue::sign(&ctx, &client, *settled).await,
            Step::AskScript(_) => Err(fault("an issuance asks for a script that is not there")),
        };
    };
    let mut answer = Answer::Unknown;
    for _ in 0..=QUESTIONS {
        let was_asked = matches!(answer, Answer::Said(..));
        match settle_with(&ctx, grant.clone(), OwnClaims { now, answer }).await? {
            Step::Settled(settled) if was_asked => return issue::sign(&ctx, &client, *settled).await,
            Step::Settled(_) => return Err(fault("an issuance did not ask for the script")),
            Step::AskScript(facts) => {
                let asked = custom_claims::for_person(&ctx, &client, &script, &facts).await;
                let claims = trail.note(&ctx, asked).await?;
                answer = Answer::Said(facts, claims);
            }
        }
    }
    Err(fault(
        "what a token may have changes faster than a script can look at it",
    ))
}

fn fault(what: &'static str) -> soleira_oauth::Error {
    soleira_core::Error::internal(what).into()
}

async fn settle_with<G: Grant>(ctx: &Ctx, grant: G, own: OwnClaims) -> Result<Step> {
    ctx.write(Issuance { grant, own }).await?
}

impl<G: Grant> Unit for Issuance<G> {
    type Out = Result<Step>;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Self::Out>> {
        let outcome = settle(self.grant.redeem(tx, &self.own).await)?;
        let TokenRequest { ctx, trail, .. } = self.grant.request();
        let entry = match &outcome {
            Ok(Step::AskScript(_)) => return Ok(Verdict::Accept(outcome)),
            Ok(Step::Settled(settled)) => {
                let scope = settled.access_scope.to_string();
                trail.issued(&settled.kinds(), Some(&scope), Some(&settled.basis.user_id))
            }
            Err(error) => trail.refused(error),
        };
        Ctx::audit_in(tx, &entry.into_row(ctx)).await?;
        Ok(Verdict::Accept(outcome))
    }
}
