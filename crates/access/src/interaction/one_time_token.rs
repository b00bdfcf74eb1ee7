//! Signing in by a link that was sent to an e-mail address: a one-time token in it comes back (docs/openid.md, "Magic
//! links").

use super::flow::{Event, Flow};
use super::identification::checked;
use super::password::find;
use super::record::Interaction;
use super::registration::create;
use super::sentinel::{self, Target};
use super::settings;
use super::step::Step;
use super::storage::save;
use super::submit::{Next, account, audit, key, submit};
use super::verification::{Identifier, OneTimeTokenVerification};
use crate::browser::Browser;
use crate::consent;
use serde_json::json;
use soleira_core::model::{SignInExperience, SignInIdentifier};
use soleira_core::rules::identifier::fold_email;
use soleira_core::{Code, EntropyExt, Error, InteractionId, Kind, Result, Secret};
use soleira_directory::one_time_tokens::{self, Purpose};
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::{Tx, Unit, Verdict};
use std::sync::Arc;

impl From<Event> for Purpose {
    fn from(event: Event) -> Self {
        match event {
            Event::SignIn => Self::SignIn,
            Event::Register => Self::Register,
            Event::ForgotPassword => Self::ForgotPassword,
        }
    }
}

/// A token that came back, and the address that it was sent to.
#[derive(Debug, Clone)]
pub struct OneTimeTokenSignIn {
    /// The address.
    pub email: String,
    /// The token.
    pub token: Secret,
}

impl OneTimeTokenSignIn {
    /// What the authorization request brought along, if it did.
    pub fn of(interaction: &Interaction) -> Option<Self> {
        let given = |name| interaction.param(name).filter(|text: &&str| !text.is_empty());
        Some(Self {
            email: given("login_hint")?.to_owned(),
            token: Secret::new(given("one_time_token")?.to_owned()),
        })
    }
}

/// A token that is to be used up, and what is counted about it.
struct Attempt {
    presented: OneTimeTokenSignIn,
    target: Target,
    id: String,
    record_id: String,
}

impl Attempt {
    fn of(ctx: &Ctx, experience: &SignInExperience, presented: OneTimeTokenSignIn) -> Self {
        Self {
            target: Target::of(experience, &identifier(&presented.email)),
            presented,
            id: ctx.entropy().timely_id(ctx.now()),
            record_id: ctx.entropy().standard_id(),
        }
    }

    /// Uses the token up and counts the attempt, unless the address is locked; the row about it is written either way.
    async fn settle(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Ctx,
        step: &mut Step,
        event: Event,
    ) -> soleira_store::Result<Result<OneTimeTokenVerification>> {
        let outcome = self.decide(tx, ctx, event).await?;
        let entry_key = format!("Interaction.{}.Verification.OneTimeToken.Submit", event.as_str());
        let entry = match &outcome {
            Ok(_) => AuditEntry::success(entry_key),
            Err(error) => AuditEntry::failure(entry_key, error),
        };
        let identifier = json!(identifier(&self.presented.email));
        audit(tx, ctx, step, entry.with("identifier", identifier)).await?;
        Ok(outcome)
    }

    async fn decide(
        &self,
        tx: &mut Tx<'_>,
        ctx: &Ctx,
        event: Event,
    ) -> soleira_store::Result<Result<OneTimeTokenVerification>> {
        if let Err(locked) = self.target.require_open(tx, &ctx.tenant.id, ctx.now()).await {
            return Ok(Err(locked));
        }
        let (email, token) = (&self.presented.email, self.presented.token.expose());
        let consumed = one_time_tokens::consume(tx, ctx, email, token, Some(event.into())).await?;
        let reported = self.target.report(tx, ctx, &self.id, "OneTimeToken", consumed.is_ok());
        let row = match reported.await?.and(consumed) {
            Ok(row) => row,
            Err(error) => return Ok(Err(error)),
        };
        Ok(Ok(OneTimeTokenVerification {
            id: self.record_id.clone(),
            identifier: identifier(email),
            context: serde_json::from_str(&row.context)?,
        }))
    }
}

fn identifier(email: &str) -> Identifier {
    Identifier {
        kind: SignInIdentifier::Email,
        value: email.to_owned(),
    }
}

/// Verifies a token for a program, once; the identifier of the verification record. While its address is locked no token
/// is looked at.
///
/// # Errors
/// 404 `session.interaction_not_found`, `one_time_token.token_not_found`; 400 `one_time_token.…`,
/// `session.verification_blocked_too_many_attempts`.
pub async fn verify_one_time_token(
    ctx: &Ctx,
    interaction: &InteractionId,
    presented: OneTimeTokenSignIn,
) -> Result<String> {
    let experience = settings(ctx).await?;
    ctx.write(Verify {
        ctx: ctx.clone(),
        interaction: interaction.clone(),
        attempt: Attempt::of(ctx, &experience, presented),
    })
    .await
}

/// The unit that verifies a token.
struct Verify {
    ctx: Ctx,
    interaction: InteractionId,
    attempt: Attempt,
}

impl Unit for Verify {
    type Out = String;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<String>> {
        let ctx = &self.ctx;
        let mut step = match Step::begun(tx, ctx, &self.interaction).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let event = step.flow().event();
        let record = match self.attempt.settle(tx, ctx, &mut step, event).await? {
            Ok(record) => record,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let id = record.id.clone();
        step.flow().record_one_time_token(record);
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(id))
    }
}

/// A link that can be used: whom it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroughtLink {
    /// The address that it was sent to.
    pub email: String,
    /// What using it does.
    pub event: Event,
}

/// The link of an authorization request, left as it is. Whoever has it has read the mail of its address, and may learn
/// whether that has an account.
///
/// # Errors
/// 404 `one_time_token.token_not_found`; 400 `one_time_token.…`.
pub async fn brought_link(ctx: &Ctx, interaction: &Interaction) -> Result<BroughtLink> {
    let presented = OneTimeTokenSignIn::of(interaction).ok_or(Code::OneTimeTokenTokenNotFound)?;
    one_time_tokens::check(ctx, &presented.email, presented.token.expose()).await?;
    let experience = settings(ctx).await?;
    let mut reader = ctx.read().await?;
    let address = identifier(&presented.email);
    let user = find(&mut reader.tx(), ctx, &experience, &address).await?;
    Ok(BroughtLink {
        email: presented.email,
        event: if user.is_some() { Event::SignIn } else { Event::Register },
    })
}

/// What the link of an authorization request asks for before consent.
#[derive(Debug, Clone)]
pub enum Link {
    /// Nothing: there is none, or it was used by whoever is signed in.
    Settled,
    /// It is for somebody else than whoever is signed in.
    OtherAccount,
    /// It is to be used.
    Waiting,
    /// It cannot be used.
    Unusable(Error),
}

/// What the link of an authorization request asks for, with whoever is signed in (docs/wire/authorization.md, "Consent").
///
/// # Errors
/// `session.not_found` when the session is not the one that is asked.
pub async fn link(ctx: &Ctx, browser: &Browser, interaction: &Interaction) -> Result<Link> {
    let Some(presented) = OneTimeTokenSignIn::of(interaction) else {
        return Ok(Link::Settled);
    };
    let user = consent::asked_user(ctx, browser, interaction).await?;
    let is_theirs = user
        .primary_email
        .as_deref()
        .is_some_and(|email| fold_email(email) == fold_email(&presented.email));
    if !is_theirs {
        // Whoever has just signed in some other way meant to.
        let prompts = interaction.param("prompt").unwrap_or_default();
        let has_chosen = interaction.record.result.login.is_some() || prompts.split(' ').any(|name| name == "login");
        return Ok(if has_chosen { Link::Settled } else { Link::OtherAccount });
    }
    match one_time_tokens::check(ctx, &presented.email, presented.token.expose()).await {
        Ok(_) => Ok(Link::Waiting),
        Err(error) if error.code() == Code::OneTimeTokenTokenConsumed => Ok(Link::Settled),
        Err(error) if matches!(error.kind(), Kind::Internal | Kind::Unavailable) => Err(error),
        Err(error) => Ok(Link::Unusable(error)),
    }
}

/// Goes on without the link of an authorization request.
///
/// # Errors
/// `session.not_found` when the interaction is over or changed meanwhile.
pub async fn forget_link(ctx: &Ctx, interaction: &Interaction) -> Result<()> {
    let mut interaction = interaction.clone();
    interaction.record.params.remove("one_time_token");
    save(ctx, &mut interaction).await
}

/// Signs in whoever opened the link of an authorization request: with the account of the address, or a new one.
///
/// # Errors
/// 404 `one_time_token.token_not_found`; 400 `one_time_token.…`, `session.verification_blocked_too_many_attempts`,
/// `session.not_found` when the interaction is over; 401 `user.suspended`; 429 when too many accounts come from one
/// address; what making an account refuses.
pub async fn sign_in_with_one_time_token(ctx: &Ctx, interaction: &Interaction) -> Result<Next> {
    let presented = OneTimeTokenSignIn::of(interaction).ok_or(Code::OneTimeTokenTokenNotFound)?;
    let experience = settings(ctx).await?;
    let is_known = {
        let mut reader = ctx.read().await?;
        let address = identifier(&presented.email);
        find(&mut reader.tx(), ctx, &experience, &address).await?.is_some()
    };
    if !is_known {
        sentinel::guard_registration(ctx)?;
    }
    ctx.write(SignIn {
        ctx: ctx.clone(),
        attempt: Attempt::of(ctx, &experience, presented),
        experience,
        interaction: interaction.id.clone(),
    })
    .await
}

/// The unit that signs in by a token.
struct SignIn {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    interaction: InteractionId,
    attempt: Attempt,
}

impl Unit for SignIn {
    type Out = Next;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Next>> {
        let step = match Step::open(tx, &self.ctx, &self.interaction).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        // The same form once more, by a double click: the token was used up by it, and its person is signed in.
        if step.interaction.record.result.login.is_some() && self.was_brought(&step) {
            return Ok(Verdict::Accept(Next::Resume(step.interaction.record.return_to.clone())));
        }
        Ok(match self.sign_in(tx, step).await? {
            Ok(next) => Verdict::Accept(next),
            Err(error) => Verdict::Refuse(error),
        })
    }
}

impl SignIn {
    /// Whether this interaction was signed in to by the address's token.
    fn was_brought(&self, step: &Step) -> bool {
        let flow = step.interaction.record.flow.as_ref();
        flow.and_then(Flow::one_time_token)
            .is_some_and(|record| record.identifier.value == self.attempt.presented.email)
    }

    async fn sign_in(&self, tx: &mut Tx<'_>, mut step: Step) -> soleira_store::Result<Result<Next>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let user = find(tx, ctx, experience, &identifier(&self.attempt.presented.email)).await?;
        let event = if user.is_some() { Event::SignIn } else { Event::Register };
        let record = match self.attempt.settle(tx, ctx, &mut step, event).await? {
            Ok(record) => record,
            Err(error) => return Ok(Err(error)),
        };
        let id = record.id.clone();
        let mut flow = Flow::begin(event);
        flow.record_one_time_token(record);
        *step.flow() = flow;
        let Some(user) = user else {
            let candidate = match step.flow().candidate(&id) {
                Ok(candidate) => checked(tx, ctx, experience, candidate).await?,
                Err(error) => Err(error),
            };
            return match candidate.and_then(|candidate| step.flow().adopt(None, candidate)) {
                Ok(()) => create(tx, ctx, experience, step).await,
                Err(error) => self.refuse(tx, step, error).await,
            };
        };
        let account = account(tx, ctx, &user).await?;
        if let Err(error) = step.flow().identify_by_record(experience, &id, &account) {
            return self.refuse(tx, step, error).await;
        }
        let entry = AuditEntry::success(key(step.flow(), "Identifier.Submit")).user(&user.id);
        audit(tx, ctx, &mut step, entry).await?;
        submit(tx, ctx, experience, step, &user).await
    }

    /// The token is used up, and where the sign-in stands is kept.
    async fn refuse(&self, tx: &mut Tx<'_>, mut step: Step, error: Error) -> soleira_store::Result<Result<Next>> {
        let entry = AuditEntry::failure(key(step.flow(), "Identifier.Submit"), &error);
        audit(tx, &self.ctx, &mut step, entry).await?;
        step.save(tx, &self.ctx).await?;
        Ok(Err(error))
    }
}
