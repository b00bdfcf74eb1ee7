//! The identity that a provider vouches for has the e-mail address of an account: whoever knows the account's password links
//! the two, everybody else makes an account of their own.

use super::flow::{Event, LinkProof};
use super::password::{Compared, verify_user};
use super::providers;
use super::record::Interaction;
use super::sentinel::{self, Target};
use super::settings;
use super::social::{end, register, related_user, returned};
use super::step::Step;
use super::submit::{Next, account};
use super::verification::{Identifier, SocialUserInfo};
use soleira_core::model::{SignInExperience, SignInIdentifier};
use soleira_core::{Code, ConnectorId, Error, InteractionId, Result, Secret};
use soleira_runtime::Ctx;
use soleira_store::{Tx, Unit, Verdict, users};
use std::sync::Arc;

/// What a person is asked whose provider vouches for the e-mail address of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkOffer {
    /// The connector through which they came.
    pub connector_id: ConnectorId,
    /// What the provider told.
    pub user_info: SocialUserInfo,
    /// The account's e-mail address.
    pub email: String,
    /// Whether the account has a password to prove it by.
    pub has_password: bool,
    /// Whether they may make an account of their own instead.
    pub can_register: bool,
}

/// The question whether to link, as long as it is open.
///
/// # Errors
/// 400 `session.connector_validation_session_not_found` when nothing waits to be linked.
pub async fn link_offer(ctx: &Ctx, interaction: &Interaction, connector_id: &ConnectorId) -> Result<LinkOffer> {
    let experience = settings(ctx).await?;
    let not_open = || Error::new(Code::SessionConnectorValidationSessionNotFound);
    let flow = interaction.record.flow.as_ref().ok_or_else(not_open)?;
    let (target, known_id, user_info) = returned(flow)
        .filter(|_| flow.user_id().is_none())
        .ok_or_else(not_open)?;
    if known_id != *connector_id {
        return Err(not_open());
    }
    let mut reader = ctx.read().await?;
    let related = related_user(&mut reader.tx(), ctx, &target, &user_info).await?;
    let user = related.linkable.ok_or_else(not_open)?;
    Ok(LinkOffer {
        connector_id: known_id,
        email: user.primary_email.unwrap_or_default(),
        has_password: user.password.is_some(),
        can_register: Event::Register.require_offered(&experience).is_ok(),
        user_info,
    })
}

/// Links the provider's identity with the account that has the same vouched-for address, once its password is given, and
/// signs its person in.
///
/// # Errors
/// Those of [`super::sign_in_with_password`], and 400 `session.connector_validation_session_not_found` when nothing waits to
/// be linked.
pub async fn link_social(
    ctx: &Ctx,
    interaction: &Interaction,
    connector_id: &ConnectorId,
    password: Secret,
) -> Result<Next> {
    let experience = settings(ctx).await?;
    Event::SignIn.require_offered(&experience)?;
    let offer = link_offer(ctx, interaction, connector_id).await?;
    sentinel::guard_password(ctx)?;
    let identifier = Identifier {
        kind: SignInIdentifier::Email,
        value: offer.email,
    };
    let target = Target::of(&experience, &identifier);
    let user = {
        let mut reader = ctx.read().await?;
        let tx = &mut reader.tx();
        target.require_open(tx, &ctx.tenant.id, ctx.now()).await?;
        users::find_by_email(tx, &ctx.tenant.id, &identifier.value).await?
    };
    let compared = verify_user(ctx, target, identifier, user, password).await?;
    let sync_profile = providers::offered_providers(ctx, &experience)
        .await?
        .into_iter()
        .any(|provider| provider.id == *connector_id && provider.sync_profile);
    let unit = Link {
        ctx: ctx.clone(),
        experience,
        id: interaction.id.clone(),
        compared,
        sync_profile,
    };
    let linked = ctx.write(unit).await;
    if linked.is_ok() {
        sentinel::forgive_password(ctx);
    }
    linked
}

/// The unit that links by password.
struct Link {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
    compared: Compared,
    sync_profile: bool,
}

impl Unit for Link {
    type Out = Next;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Next>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let (user, record) = match self.compared.settle(tx, ctx, experience, Event::SignIn).await? {
            Ok(verified) => verified,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let mut step = match Step::open(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let account = account(tx, ctx, &user).await?;
        step.flow().record_password(record);
        let linked = step.flow().switch_event(experience, Event::SignIn).and_then(|()| {
            step.flow()
                .link_identity(experience, &account, LinkProof::Password, self.sync_profile)
        });
        Ok(match end(tx, ctx, experience, step, &user, linked).await? {
            Ok(next) => Verdict::Accept(next),
            Err(error) => Verdict::Refuse(error),
        })
    }
}

/// Makes an account of its own for who does not want to link. It begins without the address, which is another account's.
///
/// # Errors
/// 403 `auth.forbidden` where registration is closed; 422 `user.missing_profile`.
pub async fn register_instead_of_linking(ctx: &Ctx, interaction: &Interaction) -> Result<Next> {
    let experience = settings(ctx).await?;
    Event::Register.require_offered(&experience)?;
    ctx.write(RegisterInstead {
        ctx: ctx.clone(),
        experience,
        id: interaction.id.clone(),
    })
    .await
}

/// The unit that registers instead of linking.
struct RegisterInstead {
    ctx: Ctx,
    experience: Arc<SignInExperience>,
    id: InteractionId,
}

impl Unit for RegisterInstead {
    type Out = Next;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Next>> {
        let (ctx, experience) = (&self.ctx, &*self.experience);
        let mut step = match Step::open(tx, ctx, &self.id).await? {
            Ok(step) => step,
            Err(error) => return Ok(Verdict::Refuse(error)),
        };
        let Some((target, _, user_info)) = returned(step.flow()).filter(|_| step.flow().user_id().is_none()) else {
            return Ok(Verdict::Refuse(Error::new(
                Code::SessionConnectorValidationSessionNotFound,
            )));
        };
        let is_email_free = related_user(tx, ctx, &target, &user_info).await?.is_email_free;
        Ok(match register(tx, ctx, experience, step, is_email_free).await? {
            Ok(next) => Verdict::Accept(next),
            Err(error) => Verdict::Refuse(error),
        })
    }
}
