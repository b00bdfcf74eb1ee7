//! Consent. For the tenant's own applications the server grants what is missing, without a page (docs/wire/
//! authorization.md, "Consent"); for those of others the person is asked, by the hosted page or by a custom one through
//! the API.

mod limits;
mod question;

pub use question::{Asked, AskedOrganization, AskedResource, AskedScope, Asking, Choice, Question, asked, question};

use crate::browser::Browser;
use crate::clients::{self, KnownClient};
use crate::interaction::record::{Answers, ConsentAnswer, KnownSession};
use crate::interaction::{Interaction, save, save_in};
use crate::{documents, gate};
use limits::Limits;
use soleira_core::model::User;
use soleira_core::{Code, EntropyExt, Error, GrantId, Kind, OrganizationId, Result, UserId};
use soleira_crypto::token_hash;
use soleira_oauth::grant::Granted;
use soleira_oauth::lifetime;
use soleira_oauth::prompt::{Prompt, PromptDetails, PromptName};
use soleira_runtime::Ctx;
use soleira_store::grants::{self, GrantRow, Rejected, ResourceScopes};
use soleira_store::users::{self, FirstClient};
use soleira_store::{Tx, Unit, Verdict, consent_organizations, session_submissions, sessions};
use std::sync::Arc;

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
    grant(ctx, browser, interaction, client, Vec::new()).await
}

/// Grants what the person was asked for and allowed, and opens these organizations of theirs to the application; the
/// address to send the browser to.
///
/// # Errors
/// `session.not_found` when nothing waits for consent or the session is not the one that was asked;
/// `oidc.access_denied` for an application that does not admit the person; `organization.require_membership` for an
/// organization that is not theirs; `request.invalid_input` for several where one is the most.
pub async fn allow(
    ctx: &Ctx,
    browser: &Browser,
    interaction: &Interaction,
    organizations: Vec<OrganizationId>,
) -> Result<String> {
    let client = waiting_client(ctx, interaction).await?;
    grant(ctx, browser, interaction, client, organizations).await
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

/// Lets somebody else sign in before the question is asked again, of them. Whoever is signed in stays so until then.
///
/// # Errors
/// `session.not_found` when nothing waits for consent.
pub async fn switch_account(ctx: &Ctx, interaction: &Interaction) -> Result<()> {
    waiting_client(ctx, interaction).await?;
    let mut interaction = interaction.clone();
    interaction.record.prompt = Prompt {
        name: PromptName::Login,
        reasons: vec!["login_prompt".to_owned()],
        details: PromptDetails::default(),
    };
    interaction.record.result = Answers::default();
    interaction.record.grant_id = None;
    interaction.record.flow = None;
    save(ctx, &mut interaction).await
}

/// Whether an interaction waits for consent: somebody is signed in then.
pub fn is_asked(interaction: &Interaction) -> bool {
    interaction.record.prompt.name == PromptName::Consent
}

/// The client that waits for consent.
async fn waiting_client(ctx: &Ctx, interaction: &Interaction) -> Result<Arc<KnownClient>> {
    if !is_asked(interaction) {
        return Err(not_found().caused_by("the interaction does not wait for consent"));
    }
    clients::find(ctx, interaction.client_id().as_str())
        .await?
        .ok_or_else(not_found)
}

fn session_hash(browser: &Browser) -> Result<[u8; 32]> {
    let id = browser.session_id().ok_or_else(not_found)?;
    Ok(token_hash(id.expose()))
}

/// The session that was asked, if it is the browser's and goes on: the question names a person and what is theirs, and
/// whoever sits at the browser after they signed out is told nothing of it.
async fn asked_session<'i>(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    session_hash: &[u8; 32],
    interaction: &'i Interaction,
) -> soleira_store::Result<&'i KnownSession> {
    let known = interaction.record.session.as_ref().ok_or_else(not_found)?;
    let session = sessions::find(tx, &ctx.tenant.id, session_hash, ctx.now()).await?;
    let session = session.ok_or_else(not_found)?;
    if known.uid != session.uid || session.user_id.as_ref() != Some(&known.user_id) {
        return Err(not_found().into());
    }
    Ok(known)
}

/// Whoever is signed in and asked.
///
/// # Errors
/// `session.not_found` when nothing waits for consent or the session is not the one that is asked.
pub async fn asked_user(ctx: &Ctx, browser: &Browser, interaction: &Interaction) -> Result<User> {
    waiting_client(ctx, interaction).await?;
    let session_hash = session_hash(browser)?;
    let mut reader = ctx.read().await?;
    let tx = &mut reader.tx();
    let known = asked_session(tx, ctx, &session_hash, interaction).await?;
    let user = users::find(tx, &ctx.tenant.id, &known.user_id).await?;
    user.ok_or_else(|| not_found().caused_by("its user is gone"))
}

/// Refuses a person whom the application does not admit.
async fn admit(tx: &mut Tx<'_>, ctx: &Ctx, user: &UserId, client: &KnownClient) -> soleira_store::Result<()> {
    let admitted = gate::admit_to_application(tx, ctx, client, user).await?;
    Ok(admitted.map_err(|closed| denied().caused_by(closed.cause()))?)
}

fn not_found() -> Error {
    Error::new(Code::SessionNotFound)
}

fn denied() -> Error {
    Error::new(Code::OidcAccessDenied).kind_is(Kind::Invalid)
}

async fn grant(
    ctx: &Ctx,
    browser: &Browser,
    interaction: &Interaction,
    client: Arc<KnownClient>,
    mut organizations: Vec<OrganizationId>,
) -> Result<String> {
    // One that is named a thousand times is one.
    organizations.sort_unstable();
    organizations.dedup();
    if client.is_document() && organizations.len() > 1 {
        return Err(Error::new(Code::RequestInvalidInput)
            .kind_is(Kind::Unprocessable)
            .with("details", "one organization is the most for this application"));
    }
    let session_hash = session_hash(browser)?;
    let unit = Consent {
        ctx: ctx.clone(),
        client: Arc::clone(&client),
        interaction: interaction.clone(),
        session_hash,
        organizations,
    };
    let return_to = ctx.write(unit).await?;
    documents::note_use(ctx, &client);
    Ok(return_to)
}

struct Consent {
    ctx: Ctx,
    client: Arc<KnownClient>,
    interaction: Interaction,
    session_hash: [u8; 32],
    /// The organizations that the person opens.
    organizations: Vec<OrganizationId>,
}

impl Unit for Consent {
    type Out = String;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<String>> {
        match self.consent(tx).await {
            Ok(return_to) => Ok(Verdict::Accept(return_to)),
            // The person or the grant was removed while it ran.
            Err(soleira_store::Error::ForeignKey(cause)) => Err(not_found().caused_by(cause).into()),
            Err(error) => Err(error),
        }
    }
}

impl Consent {
    async fn consent(&self, tx: &mut Tx<'_>) -> soleira_store::Result<String> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let known = asked_session(tx, &self.ctx, &self.session_hash, &self.interaction).await?;
        // Whoever signs out at the same moment does so before this or after it.
        if !sessions::hold(tx, tenant, &known.uid).await? {
            return Err(not_found().into());
        }
        admit(tx, &self.ctx, &known.user_id, &self.client).await?;
        let mut interaction = self.interaction.clone();
        let missing = &interaction.record.prompt.details;
        let limits = Limits::read(
            tx,
            &self.ctx,
            &self.client,
            &known.user_id,
            &missing.missing_resource_scopes,
        )
        .await?;
        if self.client.is_third_party() && !self.organizations.iter().all(|id| limits.is_member(id)) {
            return Err(Error::new(Code::OrganizationRequireMembership).into());
        }
        let (allowed, refused) = limits.divide(&self.organizations);
        let mut grant = self.grant(tx, &known.user_id).await?;
        let mut granted: Granted = gate::granted_of_row(&grant);
        granted.allow(&missing.missing_oidc_scope, &allowed);
        granted.refuse(&refused);
        gate::write_granted(&granted, &mut grant);
        grants::upsert(tx, tenant, &grant).await?;
        self.open_organizations(tx, &grant).await?;
        self.note_first_client(tx, &known.user_id).await?;
        if let Some(submission) = interaction
            .record
            .result
            .login
            .as_ref()
            .and_then(|login| login.submission.as_ref())
        {
            let who = (&known.user_id, &self.client.id);
            session_submissions::put(tx, tenant, &known.uid, who, submission, now).await?;
        }
        interaction.record.result.consent = Some(ConsentAnswer { grant_id: grant.id });
        save_in(tx, tenant, &interaction, now).await?;
        Ok(interaction.record.return_to)
    }

    /// The grant that the person gave the client before, if it still holds, or a new one.
    async fn grant(&self, tx: &mut Tx<'_>, user_id: &UserId) -> soleira_store::Result<GrantRow> {
        let (tenant, now) = (&self.ctx.tenant.id, self.ctx.now());
        let record = &self.interaction.record;
        if let Some(id) = &record.grant_id
            && let Some(grant) = grants::find(tx, tenant, id).await?
            && grant.revoked_at.is_none()
            && now < grant.expires_at
            && grant.user_id == *user_id
            && grant.client_id == record.client_id
        {
            return Ok(grant);
        }
        Ok(GrantRow {
            id: GrantId::from(self.ctx.entropy().timely_opaque(now)),
            user_id: user_id.clone(),
            client_id: record.client_id.clone(),
            openid_scope: String::new(),
            resources: ResourceScopes::new(),
            rejected: Rejected::default(),
            created_at: now,
            expires_at: now.plus_seconds(lifetime::GRANT),
            revoked_at: None,
        })
    }

    /// Opens the organizations to the application: for good to one that is registered, for this grant to one of a
    /// document.
    async fn open_organizations(&self, tx: &mut Tx<'_>, grant: &GrantRow) -> soleira_store::Result<()> {
        let tenant = &self.ctx.tenant.id;
        if !self.client.is_third_party() {
            return Ok(());
        }
        for organization in &self.organizations {
            let opened = if self.client.is_document() {
                consent_organizations::bind_grant(tx, tenant, &grant.id, &grant.user_id, organization).await
            } else {
                consent_organizations::open(tx, tenant, &self.client.id, &grant.user_id, organization).await
            };
            opened.map_err(|error| match error {
                // They left it while this ran.
                soleira_store::Error::ForeignKey(cause) => {
                    Error::new(Code::OrganizationRequireMembership).caused_by(cause).into()
                }
                other => other,
            })?;
        }
        Ok(())
    }

    async fn note_first_client(&self, tx: &mut Tx<'_>, user_id: &UserId) -> soleira_store::Result<()> {
        let first = if self.client.is_document() {
            FirstClient::Document(&self.client.id)
        } else {
            FirstClient::Application(&self.client.id)
        };
        users::note_first_client(tx, &self.ctx.tenant.id, user_id, first).await
    }
}
