//! Codes sent by mail and text message, and their coming back.

use super::flow::{Event, Flow};
use super::identifier::stored_phone;
use super::password::find;
use super::record::Interaction;
use super::sentinel::{self, Target};
use super::settings;
use super::step::Step;
use super::submit::{audit, key};
use super::verification::{CodeVerification, Identifier};
use serde_json::json;
use soleira_connect::message::{Channel, Payload, Usage};
use soleira_core::model::{
    AlternativeIdentifier, SignInExperience, SignInIdentifier, SignInMode, VerificationCodePolicy,
};
use soleira_core::rules::identifier::fold_email;
use soleira_core::{Code, EntropyExt, Error, InteractionId, OrganizationId, Result, Timestamp};
use soleira_directory::applications;
use soleira_directory::connectors::send_message;
use soleira_directory::sign_in_experience::require_allowed_email;
use soleira_runtime::{AuditEntry, Ctx};
use soleira_store::organizations;
use soleira_store::verification_codes::{self, VerificationCodeRow};
use soleira_store::{Tx, Unit, Verdict};
use std::sync::Arc;

/// Digits of a code.
const DIGITS: usize = 6;
/// How long a code works unless the tenant says otherwise, in seconds.
const EXPIRATION: i64 = 600;
/// The longest that a tenant may let codes work, in seconds: so long a row is kept.
const LONGEST_EXPIRATION: i64 = 3600;
/// How often a code may be mistyped unless the tenant says otherwise.
const MAX_ATTEMPTS: i64 = 10;
/// Messages that one recipient gets at most within [`MESSAGE_WINDOW`].
const MESSAGES_PER_RECIPIENT: i64 = 10;
/// The window in which messages to a recipient are counted, in milliseconds.
const MESSAGE_WINDOW: i64 = 600_000;

/// A code that is asked for.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    /// Where it goes: an e-mail address or a phone number.
    pub identifier: Identifier,
    /// What the person is about to do.
    pub event: Event,
    /// The language of the message.
    pub locale: String,
}

/// Sends a code; the identifier of the verification record that waits for it.
///
/// Nothing is sent to who has no account where the event needs one; the answer does not tell.
///
/// # Errors
/// 404 `session.interaction_not_found`; 400 `session.email_blocklist.invalid_email`, 422 `session.email_blocklist.…` for an
/// address that may not register; 429 `request.message_rate_limited` after ten messages to a recipient within ten minutes,
/// 429 `request.rate_limited` when too many are sent from one address; 501 `connector.not_found`; the `connector.…` codes
/// when the message cannot be sent.
pub async fn send_code(ctx: &Ctx, interaction: &Interaction, request: CodeRequest) -> Result<String> {
    let experience = settings(ctx).await?;
    let flow = interaction.record.flow.as_ref();
    let flow = flow.ok_or_else(|| Error::new(Code::SessionInteractionNotFound))?;
    let identifier = &request.identifier;
    let channel = channel(identifier)?;
    if request.event == Event::Register && channel == Channel::Email {
        require_allowed_email(&experience, &identifier.value)?;
    }
    sentinel::guard_messages(ctx)?;
    let usage = usage(&experience, flow, &request);
    let is_for_somebody = {
        let mut reader = ctx.read().await?;
        find(&mut reader.tx(), ctx, &experience, identifier).await?.is_some()
    };
    let code = ctx.entropy().string(b"0123456789", DIGITS);
    let id = ctx.entropy().standard_id();
    let row = VerificationCodeRow {
        scope_key: scope_key(&interaction.id),
        template: usage.as_str().to_owned(),
        identifier_kind: kind_name(identifier.kind).to_owned(),
        recipient: recipient(identifier),
        code_hash: hash(ctx, &id, &code),
        attempts: 0,
        created_at: ctx.now(),
        expires_at: ctx.now().plus_millis(LONGEST_EXPIRATION * 1000),
        consumed_at: None,
        id,
    };
    ctx.write(Keep {
        ctx: ctx.clone(),
        row: row.clone(),
    })
    .await?;
    if is_for_somebody || !needs_account(&experience, flow, request.event) {
        let payload = payload(ctx, interaction, channel, &code, &request.locale).await?;
        if let Err(error) = send_message(ctx, channel, usage, &identifier.value, payload).await {
            refused(ctx, interaction, &request, &row, &error).await?;
            return Err(error);
        }
    }
    let sent = Sent {
        ctx: ctx.clone(),
        interaction: interaction.id.clone(),
        record: CodeVerification {
            id: row.id.clone(),
            identifier: request.identifier,
            template_type: usage,
            verified: false,
        },
        row,
    };
    ctx.write(sent).await
}

/// What carries messages to an identifier.
fn channel(identifier: &Identifier) -> Result<Channel> {
    match identifier.kind {
        SignInIdentifier::Email => Ok(Channel::Email),
        SignInIdentifier::Phone => Ok(Channel::Sms),
        SignInIdentifier::Username => Err(Error::new(Code::GuardInvalidInput).with("type", "body")),
    }
}

const fn kind_name(kind: SignInIdentifier) -> &'static str {
    match kind {
        SignInIdentifier::Phone => "phone",
        SignInIdentifier::Email | SignInIdentifier::Username => "email",
    }
}

/// The form of an identifier under which messages to it are counted.
fn recipient(identifier: &Identifier) -> String {
    match identifier.kind {
        SignInIdentifier::Phone => stored_phone(&identifier.value),
        SignInIdentifier::Email | SignInIdentifier::Username => fold_email(identifier.value.trim()),
    }
}

fn scope_key(interaction: &InteractionId) -> String {
    format!("interaction:{interaction}")
}

fn hash(ctx: &Ctx, id: &str, code: &str) -> Vec<u8> {
    let context = format!("verification_code:{}:{id}", ctx.tenant.id);
    ctx.app.vault.lookup_hash(&context, code).to_vec()
}

/// What the message is about: the event, or a further way to confirm sign-ins for who is identified already.
fn usage(experience: &SignInExperience, flow: &Flow, request: &CodeRequest) -> Usage {
    if flow.user_id().is_some() && !is_part_of_sign_up(experience, request.identifier.kind) {
        return Usage::BindMfa;
    }
    match request.event {
        Event::SignIn => Usage::SignIn,
        Event::Register => Usage::Register,
        Event::ForgotPassword => Usage::ForgotPassword,
    }
}

fn is_part_of_sign_up(experience: &SignInExperience, kind: SignInIdentifier) -> bool {
    let sign_up = &experience.sign_up;
    sign_up.identifiers.contains(&kind)
        || sign_up.secondary_identifiers.iter().flatten().any(|secondary| {
            matches!(
                (secondary.identifier, kind),
                (AlternativeIdentifier::Email, SignInIdentifier::Email)
                    | (AlternativeIdentifier::Phone, SignInIdentifier::Phone)
                    | (AlternativeIdentifier::EmailOrPhone, _)
            )
        })
}

/// Whether a code is of use to people with an account only.
fn needs_account(experience: &SignInExperience, flow: &Flow, event: Event) -> bool {
    match event {
        Event::ForgotPassword => true,
        Event::SignIn => flow.user_id().is_none() && experience.sign_in_mode == SignInMode::SignIn,
        Event::Register => false,
    }
}

/// What the message may show. What is not known is left out; text messages show the code alone.
async fn payload(ctx: &Ctx, interaction: &Interaction, channel: Channel, code: &str, locale: &str) -> Result<Payload> {
    let mut payload = Payload::code(code).with("locale", locale);
    if let Some(ui_locales) = interaction.param("ui_locales") {
        payload = payload.with("uiLocales", ui_locales);
    }
    if channel == Channel::Sms {
        return Ok(payload);
    }
    if let Some(client) = applications::client(ctx, interaction.client_id()).await? {
        let mut shown = json!({ "id": client.id, "name": client.name });
        if let Some(presentation) = applications::presentation(ctx, &client.id).await? {
            shown["branding"] = json!(presentation.branding);
            if let Some(name) = &presentation.display_name {
                shown["displayName"] = json!(name);
            }
        }
        payload = payload.with("application", shown);
    }
    if let Some(id) = interaction.param("organization_id") {
        let id = OrganizationId::from(id);
        let found = organizations::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, &id).await?;
        if let Some(organization) = found {
            let shown = json!({
                "id": organization.id, "name": organization.name, "branding": organization.branding,
            });
            payload = payload.with("organization", shown);
        }
    }
    Ok(payload)
}

/// The unit that keeps a code before it is sent: parallel requests cannot send more than a recipient may get.
struct Keep {
    ctx: Ctx,
    row: VerificationCodeRow,
}

impl Unit for Keep {
    type Out = ();

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        let (tenant, row) = (&self.ctx.tenant.id, &self.row);
        tx.lock(&format!("messages:{tenant}:{}", row.recipient)).await?;
        let since = row.created_at.plus_millis(-MESSAGE_WINDOW);
        let sent = verification_codes::sent_since(tx, tenant, &row.identifier_kind, &row.recipient, since).await?;
        if sent >= MESSAGES_PER_RECIPIENT {
            return Ok(Verdict::Refuse(Error::new(Code::RequestMessageRateLimited)));
        }
        verification_codes::insert(tx, tenant, row).await?;
        Ok(Verdict::Accept(()))
    }
}

/// A message that was not sent does not count, and its code is forgotten.
async fn refused(
    ctx: &Ctx,
    interaction: &Interaction,
    request: &CodeRequest,
    row: &VerificationCodeRow,
    error: &Error,
) -> Result<()> {
    let unit = soleira_store::unit((ctx.tenant.id.clone(), row.id.clone()), |(tenant, id), tx| {
        Box::pin(async move {
            verification_codes::remove(tx, tenant, id).await?;
            Ok(Verdict::Accept(()))
        })
    });
    ctx.write(unit).await?;
    let event = interaction.record.flow.as_ref().map_or(request.event, Flow::event);
    let entry_key = entry_key(event, request.identifier.kind, "Create");
    let entry = AuditEntry::failure(entry_key, error).application(interaction.client_id());
    ctx.audit(entry.with("identifier", json!(request.identifier))).await;
    Ok(())
}

fn entry_key(event: Event, kind: SignInIdentifier, what: &str) -> String {
    let record = CodeVerification::type_name(kind);
    format!("Interaction.{}.Verification.{record}.{what}", event.as_str())
}

/// The unit that notes that a code is under way. Those sent before to an address of the same kind are worthless.
struct Sent {
    ctx: Ctx,
    interaction: InteractionId,
    record: CodeVerification,
    row: VerificationCodeRow,
}

impl Unit for Sent {
    type Out = String;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<String>> {
        let (ctx, record) = (&self.ctx, &self.record);
        let mut step = match Step::begun(tx, ctx, &self.interaction).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        verification_codes::retire(tx, &ctx.tenant.id, &self.row.scope_key, &self.row, ctx.now()).await?;
        let kind = record.identifier.kind;
        step.flow().record_code(record.clone());
        let entry_key = key(
            step.flow(),
            &format!("Verification.{}.Create", CodeVerification::type_name(kind)),
        );
        let entry = AuditEntry::success(entry_key).with("identifier", json!(record.identifier));
        audit(tx, ctx, &mut step, entry).await?;
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(record.id.clone()))
    }
}

/// A code that comes back.
#[derive(Debug, Clone)]
pub struct ReturnedCode {
    /// The verification record that waits for it.
    pub verification_id: String,
    /// Where it was sent.
    pub identifier: Identifier,
    /// The code.
    pub code: String,
}

/// Verifies a code, once. While its address is locked no code is compared.
///
/// # Errors
/// 404 `session.verification_session_not_found` for a record that is not there, or is another address's; 400
/// `verification_code.not_found` for a code that came back before, `.email_mismatch`, `.phone_mismatch`, `.expired`,
/// `.exceed_max_try`, `.code_mismatch`; 400 `session.verification_blocked_too_many_attempts`.
pub async fn verify_code(ctx: &Ctx, interaction: &InteractionId, returned: ReturnedCode) -> Result<String> {
    let experience = settings(ctx).await?;
    channel(&returned.identifier)?;
    let policy: VerificationCodePolicy =
        serde_json::from_value(experience.verification_code_policy.clone()).map_err(Error::internal)?;
    let unit = Verify {
        ctx: ctx.clone(),
        interaction: interaction.clone(),
        target: Target::of(&experience, &returned.identifier),
        attempt_id: ctx.entropy().timely_id(ctx.now()),
        policy,
        presented: Arc::new(returned),
    };
    ctx.write(unit).await
}

/// The unit that verifies a code.
struct Verify {
    ctx: Ctx,
    interaction: InteractionId,
    target: Target,
    attempt_id: String,
    policy: VerificationCodePolicy,
    presented: Arc<ReturnedCode>,
}

impl Unit for Verify {
    type Out = String;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<String>> {
        let (ctx, presented) = (&self.ctx, &*self.presented);
        let kind = presented.identifier.kind;
        let mut step = match Step::begun(tx, ctx, &self.interaction).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let record = match step.flow().awaited_code(&presented.verification_id, kind) {
            Ok(record) => record.clone(),
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let outcome = self.outcome(tx, &record).await?;
        let entry_key = key(
            step.flow(),
            &format!("Verification.{}.Submit", CodeVerification::type_name(kind)),
        );
        let outcome = outcome.and_then(|()| step.flow().code_returned(&record.id, &record.identifier));
        let entry = match &outcome {
            Ok(()) => AuditEntry::success(entry_key),
            Err(error) => AuditEntry::failure(entry_key, error),
        };
        audit(
            tx,
            ctx,
            &mut step,
            entry.with("identifier", json!(presented.identifier)),
        )
        .await?;
        if let Err(error) = outcome {
            return Ok(Verdict::Refuse(error));
        }
        step.save(tx, ctx).await?;
        Ok(Verdict::Accept(record.id))
    }
}

impl Verify {
    /// Compares the code and counts the attempt, unless the address is locked.
    async fn outcome(&self, tx: &mut Tx<'_>, record: &CodeVerification) -> soleira_store::Result<Result<()>> {
        if let Err(locked) = self.target.require_open(tx, &self.ctx.tenant.id, self.ctx.now()).await {
            return Ok(Err(locked));
        }
        let compared = self.compare(tx, record).await?;
        let reported = self
            .target
            .report(tx, &self.ctx, &self.attempt_id, "VerificationCode", compared.is_ok());
        Ok(reported.await?.and(compared))
    }

    async fn compare(&self, tx: &mut Tx<'_>, record: &CodeVerification) -> soleira_store::Result<Result<()>> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let refuse = |code| Ok(Err(Error::new(code)));
        let Some(row) = verification_codes::find(tx, tenant, &record.id).await? else {
            return refuse(Code::VerificationCodeNotFound);
        };
        if record.identifier != self.presented.identifier {
            return refuse(match record.identifier.kind {
                SignInIdentifier::Phone => Code::VerificationCodePhoneMismatch,
                SignInIdentifier::Email | SignInIdentifier::Username => Code::VerificationCodeEmailMismatch,
            });
        }
        if now >= self.expires_at(&row) {
            return refuse(Code::VerificationCodeExpired);
        }
        let max_attempts = self.policy.max_retry_attempts.unwrap_or(MAX_ATTEMPTS);
        if row.attempts >= max_attempts {
            return refuse(Code::VerificationCodeExceedMaxTry);
        }
        let presented = hash(&self.ctx, &row.id, &self.presented.code);
        if !soleira_crypto::constant_time_eq(&presented, &row.code_hash) {
            verification_codes::count_attempt(tx, tenant, &row.id).await?;
            return refuse(Code::VerificationCodeCodeMismatch);
        }
        if !verification_codes::consume(tx, tenant, &row.id, max_attempts, now).await? {
            return refuse(Code::VerificationCodeNotFound);
        }
        Ok(Ok(()))
    }

    /// Until when the code works, by the policy of this moment.
    fn expires_at(&self, row: &VerificationCodeRow) -> Timestamp {
        let seconds = self.policy.expiration_duration.unwrap_or(EXPIRATION);
        row.created_at.plus_millis(seconds * 1000)
    }
}
