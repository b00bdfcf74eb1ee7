//! Consent. For the tenant's own applications the server grants what is missing, without a page (docs/wire/
//! authorization.md, "Consent"); for those of others the person is asked.

use crate::browser::Browser;
use crate::clients::{self, KnownClient};
use crate::gate;
use crate::interaction::record::ConsentAnswer;
use crate::interaction::{Interaction, save, save_in};
use soleira_core::{Code, EntropyExt, Error, GrantId, Kind, Result};
use soleira_crypto::token_hash;
use soleira_oauth::grant::Granted;
use soleira_oauth::prompt::PromptName;
use soleira_oauth::{ScopeSet, lifetime};
use soleira_runtime::Ctx;
use soleira_store::grants::{self, GrantRow, Rejected, ResourceScopes};
use soleira_store::{Tx, Unit, Verdict, sessions};
use std::sync::Arc;

/// What a person is asked before an application gets what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Nothing: the application is the tenant's own.
    Nothing,
    /// Whether a third-party application may have these scopes.
    Scopes(Vec<String>),
}

/// What is to be asked.
///
/// # Errors
/// `session.not_found` when nothing waits for consent; `oidc.access_denied` for an application that does not admit the
/// person.
pub async fn question(ctx: &Ctx, interaction: &Interaction) -> Result<Question> {
    let client = waiting_client(ctx, interaction).await?;
    let mut reader = ctx.read().await?;
    admit(&mut reader.tx(), ctx, interaction, &client).await?;
    if !client.is_third_party() {
        return Ok(Question::Nothing);
    }
    let missing = &interaction.record.prompt.details;
    let of_resources = missing.missing_resource_scopes.values().flat_map(ScopeSet::iter);
    Ok(Question::Scopes(
        missing
            .missing_oidc_scope
            .iter()
            .chain(of_resources)
            .map(str::to_owned)
            .collect(),
    ))
}

/// Grants exactly what the consent prompt found missing; the address to send the browser to.
///
/// # Errors
/// `session.not_found` when nothing waits for consent or the session is not the one that was asked;
/// `oidc.access_denied` for third-party applications, whose people must be asked, and for one that does not admit the
/// person.
pub async fn auto_consent(ctx: &Ctx, browser: &Browser, interaction: &Interaction) -> Result<String> {
    let client = waiting_client(ctx, interaction).await?;
    if client.is_third_party() {
        return Err(denied());
    }
    grant(ctx, browser, interaction, client).await
}

/// Grants what the person was asked for and allowed; the address to send the browser to.
///
/// # Errors
/// `session.not_found` when nothing waits for consent or the session is not the one that was asked;
/// `oidc.access_denied` for an application that does not admit the person.
pub async fn allow(ctx: &Ctx, browser: &Browser, interaction: &Interaction) -> Result<String> {
    let client = waiting_client(ctx, interaction).await?;
    grant(ctx, browser, interaction, client).await
}

/// Notes that the person said no; the address to send the browser to, from where the application hears of it.
///
/// # Errors
/// `session.not_found` when nothing waits for consent.
pub async fn deny(ctx: &Ctx, interaction: &Interaction) -> Result<String> {
    waiting_client(ctx, interaction).await?;
    let mut interaction = interaction.clone();
    interaction.record.result.denied = true;
    save(ctx, &mut interaction).await?;
    Ok(interaction.record.return_to)
}

/// The client that waits for consent.
async fn waiting_client(ctx: &Ctx, interaction: &Interaction) -> Result<Arc<KnownClient>> {
    let not_found = || Error::new(Code::SessionNotFound);
    if interaction.record.prompt.name != PromptName::Consent {
        return Err(not_found().caused_by("the interaction does not wait for consent"));
    }
    clients::find(ctx, interaction.client_id().as_str())
        .await?
        .ok_or_else(not_found)
}

/// Refuses a person whom the application does not admit.
async fn admit(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    interaction: &Interaction,
    client: &KnownClient,
) -> soleira_store::Result<()> {
    let known = interaction.record.session.as_ref();
    let user = known.map(|known| &known.user_id).ok_or_else(|| Error::new(Code::SessionNotFound))?;
    let admitted = gate::admit_to_application(tx, ctx, client, user).await?;
    Ok(admitted.map_err(|closed| denied().caused_by(closed.cause()))?)
}

fn denied() -> Error {
    Error::new(Code::OidcAccessDenied).kind_is(Kind::Invalid)
}

async fn grant(
    ctx: &Ctx,
    browser: &Browser,
    interaction: &Interaction,
    client: Arc<KnownClient>,
) -> Result<String> {
    let session_id = browser.session_id().ok_or_else(|| Error::new(Code::SessionNotFound))?;
    let unit = Consent {
        ctx: ctx.clone(),
        client,
        interaction: interaction.clone(),
        session_hash: token_hash(session_id.expose()),
    };
    ctx.write(unit).await
}

struct Consent {
    ctx: Ctx,
    client: Arc<KnownClient>,
    interaction: Interaction,
    session_hash: [u8; 32],
}

impl Unit for Consent {
    type Out = String;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<String>> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let not_found = || soleira_store::Error::from(Error::new(Code::SessionNotFound));
        let session = sessions::find(tx, tenant, &self.session_hash, now)
            .await?
            .ok_or_else(not_found)?;
        let known = self.interaction.record.session.as_ref().ok_or_else(not_found)?;
        if known.uid != session.uid || session.user_id.as_ref() != Some(&known.user_id) {
            return Err(not_found());
        }
        admit(tx, &self.ctx, &self.interaction, &self.client).await?;
        let mut interaction = self.interaction.clone();
        let mut grant = self.grant(tx).await?;
        let mut granted: Granted = gate::granted_of_row(&grant);
        let missing = &interaction.record.prompt.details;
        granted.allow(&missing.missing_oidc_scope, &missing.missing_resource_scopes);
        gate::write_granted(&granted, &mut grant);
        grants::upsert(tx, tenant, &grant).await?;
        interaction.record.result.consent = Some(ConsentAnswer { grant_id: grant.id });
        save_in(tx, tenant, &interaction, now).await?;
        Ok(Verdict::Accept(interaction.record.return_to))
    }
}

impl Consent {
    /// The grant that the person gave the client before, if it still holds, or a new one.
    async fn grant(&self, tx: &mut Tx<'_>) -> soleira_store::Result<GrantRow> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let record = &self.interaction.record;
        let user_id = record.session.as_ref().map(|known| known.user_id.clone());
        let user_id = user_id.ok_or_else(|| soleira_store::Error::from(Error::new(Code::SessionNotFound)))?;
        if let Some(id) = &record.grant_id
            && let Some(grant) = grants::find(tx, tenant, id).await?
            && grant.revoked_at.is_none()
            && now < grant.expires_at
            && grant.user_id == user_id
            && grant.client_id == record.client_id
        {
            return Ok(grant);
        }
        Ok(GrantRow {
            id: GrantId::from(self.ctx.entropy().opaque()),
            user_id,
            client_id: record.client_id.clone(),
            openid_scope: String::new(),
            resources: ResourceScopes::new(),
            rejected: Rejected::default(),
            created_at: now,
            expires_at: now.plus_seconds(lifetime::GRANT),
            revoked_at: None,
        })
    }
}
