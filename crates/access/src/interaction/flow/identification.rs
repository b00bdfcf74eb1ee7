//! Who it is: what a verification record proves, and for which account.

use super::records::Verification;
use super::{Event, Flow, PendingProfile, Standing, require_active};
use crate::interaction::account::Account;
use crate::interaction::identifier::stored_phone;
use crate::interaction::profile::PendingIdentity;
use crate::interaction::verification::{CodeVerification, Identifier, SocialUserInfo};
use soleira_core::model::{ForgotPasswordMethod, SignInExperience, SignInIdentifier};
use soleira_core::rules::identifier::fold_email;
use soleira_core::{Code, Error, Kind, Result, UserId};

/// Why an identity at a provider may be given to an account with the same vouched-for e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkProof {
    /// The tenant links without asking.
    AutomaticLinking,
    /// The account's password was given in this interaction.
    Password,
    /// A code came back from the address in this interaction.
    Code,
}

/// What a verification record proves about who somebody is.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// They know the password of this user.
    Password(UserId),
    /// This e-mail address or phone number is theirs.
    Address(Identifier),
    /// This identity at a provider is theirs.
    Identity {
        /// The provider.
        target: String,
        /// Who it says they are.
        user_info: Box<SocialUserInfo>,
    },
}

impl Proof {
    fn is_of(&self, account: &Account) -> bool {
        match self {
            Self::Password(user_id) => *user_id == account.id,
            Self::Address(address) => address.is_of(account),
            // Whose identity it is, the directory says: see `Flow::identify_by_identity`.
            Self::Identity { .. } => false,
        }
    }
}

impl Identifier {
    fn is_of(&self, account: &Account) -> bool {
        match self.kind {
            SignInIdentifier::Email => account
                .primary_email
                .as_deref()
                .is_some_and(|email| fold_email(email) == fold_email(&self.value)),
            SignInIdentifier::Phone => account.primary_phone.as_deref() == Some(&*stored_phone(&self.value)),
            SignInIdentifier::Username => false,
        }
    }
}

impl Flow {
    /// What a record proves, where the tenant lets people identify themselves by its kind. A one-time token, which an
    /// administrator's program made, signs in whatever the tenant's settings are.
    ///
    /// # Errors
    /// 404 `session.verification_session_not_found`; 403 `auth.forbidden`; 422 `user.sign_in_method_not_enabled`; to replace
    /// a password, 422 `session.not_supported_for_forgot_password` for anything but a code by an offered way; 400
    /// `session.verification_failed` for a record that is not verified.
    pub fn proof(&self, experience: &SignInExperience, id: &str) -> Result<Proof> {
        let record = self.verification(id)?;
        if let (Verification::OneTimeToken(record), Event::SignIn) = (record, self.event) {
            record.require_made_for(self.event)?;
            return Ok(Proof::Address(record.identifier.clone()));
        }
        self.event.require_offered(experience)?;
        match self.event {
            Event::SignIn => require_sign_in_method(experience, record)?,
            Event::ForgotPassword => require_reset_method(experience, record)?,
            Event::Register => return Err(Error::new(Code::SessionInvalidInteractionType)),
        }
        match record {
            Verification::Password(record) => Ok(Proof::Password(record.user_id.clone())),
            Verification::Code(record) if record.verified => Ok(Proof::Address(record.identifier.clone())),
            Verification::Social(record) => record
                .user_info()
                .map(|user_info| Proof::Identity {
                    target: record.target.clone(),
                    user_info: Box::new(user_info.clone()),
                })
                .ok_or_else(|| Error::new(Code::SessionVerificationFailed)),
            Verification::Code(_) | Verification::NewPasswordIdentity(_) | Verification::OneTimeToken(_) => {
                Err(Error::new(Code::SessionVerificationFailed))
            }
        }
    }

    /// Identifies the account that a record proves, other than by an identity at a provider.
    ///
    /// # Errors
    /// Those of [`Flow::proof`]; 401 `user.suspended`; 409 `session.identity_conflict`.
    pub fn identify_by_record(&mut self, experience: &SignInExperience, id: &str, account: &Account) -> Result<()> {
        if !self.proof(experience, id)?.is_of(account) {
            return Err(Error::new(Code::SessionVerificationFailed));
        }
        let mut additions = PendingProfile::default();
        if let Verification::OneTimeToken(record) = self.verification(id)? {
            additions.jit_organization_ids = record.context.jit_organization_ids.clone().unwrap_or_default();
        }
        self.identify(account, additions)
    }

    /// Identifies the account whose password was verified.
    pub fn identify_by_password(&mut self, experience: &SignInExperience, account: &Account) -> Result<()> {
        self.require_event(Event::SignIn)?;
        Event::SignIn.require_offered(experience)?;
        let record = self.password.as_ref().ok_or(Code::SessionVerificationSessionNotFound)?;
        if record.user_id != account.id {
            return Err(Error::new(Code::SessionVerificationFailed));
        }
        require_password_method(experience, record.identifier.kind)?;
        self.identify(account, PendingProfile::default())
    }

    /// Identifies the account that the provider's identity belongs to. `synchronize` takes name and avatar along.
    pub fn identify_by_identity(
        &mut self,
        experience: &SignInExperience,
        owner: &IdentityOwner<'_>,
        synchronize: bool,
    ) -> Result<()> {
        self.require_event(Event::SignIn)?;
        Event::SignIn.require_offered(experience)?;
        let (social, user_info) = self.returned()?;
        if social.target != owner.target || user_info.id != owner.identity_id {
            return Err(Error::new(Code::SessionVerificationFailed));
        }
        let mut profile = PendingProfile::default();
        if synchronize {
            profile.name.clone_from(&user_info.name);
            profile.avatar.clone_from(&user_info.avatar);
        }
        self.identify(owner.account, profile)
    }

    /// Gives the provider's identity, which belongs to nobody yet, to the account that has the same e-mail address. The
    /// address must be vouched for, and either the tenant links automatically or that account's password was given.
    pub fn link_identity(
        &mut self,
        experience: &SignInExperience,
        account: &Account,
        proof: LinkProof,
        synchronize: bool,
    ) -> Result<()> {
        self.require_event(Event::SignIn)?;
        Event::SignIn.require_offered(experience)?;
        let (social, user_info) = self.returned()?;
        let vouched = user_info.vouched_email().ok_or(Code::UserIdentityNotExist)?;
        let of_account = account.primary_email.as_deref().ok_or(Code::UserIdentityNotExist)?;
        if fold_email(vouched) != fold_email(of_account) {
            return Err(Error::new(Code::UserIdentityNotExist));
        }
        let is_proved = match proof {
            LinkProof::AutomaticLinking => experience.social_sign_in.automatic_account_linking.unwrap_or(false),
            LinkProof::Password => self
                .password
                .as_ref()
                .is_some_and(|record| record.user_id == account.id),
            LinkProof::Code => self.email_code.as_ref().is_some_and(|record| {
                record.verified && fold_email(&record.identifier.value) == fold_email(of_account)
            }),
        };
        if !is_proved {
            return Err(Error::new(Code::SessionVerificationFailed));
        }
        let mut profile = PendingProfile {
            social_identity: Some(PendingIdentity {
                target: social.target.clone(),
                connector_id: social.connector_id.clone(),
                user_info: user_info.clone(),
            }),
            ..PendingProfile::default()
        };
        if synchronize {
            profile.name.clone_from(&user_info.name);
            profile.avatar.clone_from(&user_info.avatar);
        }
        self.identify(account, profile)
    }

    fn identify(&mut self, account: &Account, additions: PendingProfile) -> Result<()> {
        require_active(account)?;
        match &self.standing {
            // The same person once more: what was gathered stays.
            Standing::Identified { user_id, .. } if *user_id == account.id => Ok(()),
            Standing::Identified { .. } => Err(Error::new(Code::SessionIdentityConflict)),
            Standing::Anonymous { .. } => {
                self.standing = Standing::Identified {
                    user_id: account.id.clone(),
                    profile: additions,
                    made_here: false,
                };
                Ok(())
            }
        }
    }
}

/// The account that an identity at a provider belongs to, as it was looked up.
#[derive(Debug)]
pub struct IdentityOwner<'a> {
    /// The provider.
    pub target: &'a str,
    /// The account's identifier at the provider.
    pub identity_id: &'a str,
    /// Whose it is.
    pub account: &'a Account,
}

/// Refuses an identifier with which nobody signs in by password: 422 `user.sign_in_method_not_enabled`.
pub fn require_password_method(experience: &SignInExperience, kind: SignInIdentifier) -> Result<()> {
    let is_enabled = experience
        .sign_in
        .methods
        .iter()
        .any(|method| method.identifier == kind && method.password);
    if is_enabled {
        Ok(())
    } else {
        Err(Error::new(Code::UserSignInMethodNotEnabled))
    }
}

/// Refuses a record by which the tenant lets nobody sign in: 422 `user.sign_in_method_not_enabled`.
fn require_sign_in_method(experience: &SignInExperience, record: Verification<'_>) -> Result<()> {
    match record {
        Verification::Password(record) => require_password_method(experience, record.identifier.kind),
        Verification::Code(record) => require_code_method(experience, record),
        Verification::Social(_) => Ok(()),
        Verification::NewPasswordIdentity(_) | Verification::OneTimeToken(_) => {
            Err(Error::new(Code::UserSignInMethodNotEnabled))
        }
    }
}

fn require_code_method(experience: &SignInExperience, record: &CodeVerification) -> Result<()> {
    let is_enabled = experience
        .sign_in
        .methods
        .iter()
        .any(|method| method.identifier == record.identifier.kind && method.verification_code);
    if is_enabled {
        Ok(())
    } else {
        Err(Error::new(Code::UserSignInMethodNotEnabled))
    }
}

/// Refuses a record by which the tenant lets nobody replace a password. Without a setting both kinds of code do.
fn require_reset_method(experience: &SignInExperience, record: Verification<'_>) -> Result<()> {
    let method = match record {
        Verification::Code(record) => match record.identifier.kind {
            SignInIdentifier::Email => Some(ForgotPasswordMethod::EmailVerificationCode),
            SignInIdentifier::Phone => Some(ForgotPasswordMethod::PhoneVerificationCode),
            SignInIdentifier::Username => None,
        },
        _ => None,
    };
    let is_offered = method.is_some_and(|method| {
        let offered = experience.forgot_password_methods.as_ref();
        offered.is_none_or(|offered| offered.iter().any(|name| name == method.as_str()))
    });
    if is_offered {
        Ok(())
    } else {
        Err(Error::new(Code::SessionNotSupportedForForgotPassword).kind_is(Kind::Unprocessable))
    }
}
