//! The pending profile: what is gathered for a new account, or for an identified one that lacks it.

use super::records::Verification;
use super::{Event, Flow, Standing};
use crate::interaction::account::Account;
use crate::interaction::identifier::stored_phone;
use crate::interaction::profile::{PendingIdentity, PendingPassword, PendingProfile};
use serde_json::{Map, Value};
use soleira_core::model::{SignInExperience, SignInIdentifier, UserProfile};
use soleira_core::{Code, Error, Result};
use soleira_directory::users::merge;

/// What a verification record says about an account that it is gathered for. Made by [`Flow::candidate`] only.
#[derive(Debug)]
pub struct Candidate {
    profile: PendingProfile,
}

impl Candidate {
    /// What it says.
    pub fn profile(&self) -> &PendingProfile {
        &self.profile
    }

    /// Refuses what the account has already: 422 `user.…_exists_in_profile`.
    pub fn require_new(&self, account: &Account) -> Result<()> {
        self.profile.require_new(account)
    }

    /// The same without the provider's e-mail address, which is another account's.
    pub fn without_email(mut self) -> Self {
        self.profile.primary_email = None;
        self
    }
}

/// Further profile fields of a person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExtraProfile {
    /// What people call them.
    pub name: Option<String>,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// Standard claims.
    pub profile: UserProfile,
    /// Everything else.
    pub custom_data: Map<String, Value>,
}

impl PendingProfile {
    /// Refuses what the account has already: 422 `user.…_exists_in_profile`.
    pub(super) fn require_new(&self, account: &Account) -> Result<()> {
        for (gathered, known, code) in [
            (&self.username, &account.username, Code::UserUsernameExistsInProfile),
            (
                &self.primary_email,
                &account.primary_email,
                Code::UserEmailExistsInProfile,
            ),
            (
                &self.primary_phone,
                &account.primary_phone,
                Code::UserPhoneExistsInProfile,
            ),
        ] {
            if gathered.is_some() && known.is_some() {
                return Err(Error::new(code));
            }
        }
        if self.password.is_some() && account.has_password {
            return Err(Error::new(Code::UserPasswordExistsInProfile));
        }
        Ok(())
    }

    /// Takes over what was gathered anew.
    fn take(&mut self, gathered: Self) {
        fn take<T>(place: &mut Option<T>, value: Option<T>) {
            if value.is_some() {
                *place = value;
            }
        }
        take(&mut self.username, gathered.username);
        take(&mut self.primary_email, gathered.primary_email);
        take(&mut self.primary_phone, gathered.primary_phone);
        take(&mut self.password, gathered.password);
        take(&mut self.social_identity, gathered.social_identity);
        for id in gathered.jit_organization_ids {
            if !self.jit_organization_ids.contains(&id) {
                self.jit_organization_ids.push(id);
            }
        }
        // What the person said themself stands before what a provider says.
        self.name = self.name.take().or(gathered.name);
        self.avatar = self.avatar.take().or(gathered.avatar);
    }
}

impl Flow {
    /// Gathers a new account from the provider's answer: the identity, the name and the avatar, and the e-mail address if
    /// it is vouched for and nobody's yet.
    pub fn gather_social(&mut self, experience: &SignInExperience, is_email_free: bool) -> Result<()> {
        self.require_event(Event::Register)?;
        Event::Register.require_offered(experience)?;
        let (social, user_info) = self.returned()?;
        let identity = PendingIdentity {
            target: social.target.clone(),
            connector_id: social.connector_id.clone(),
            user_info: user_info.clone(),
        };
        let profile = self.anonymous()?;
        profile.name.clone_from(&identity.user_info.name);
        profile.avatar.clone_from(&identity.user_info.avatar);
        profile.primary_email = identity
            .user_info
            .vouched_email()
            .filter(|_| is_email_free)
            .map(str::to_owned);
        profile.social_identity = Some(identity);
        Ok(())
    }

    /// What a verified record says about an account: 404 `session.verification_session_not_found`, 400
    /// `session.verification_failed` for one that is not verified or says nothing.
    pub fn candidate(&self, id: &str) -> Result<Candidate> {
        let mut profile = PendingProfile::default();
        match self.verification(id)? {
            Verification::Code(record) if record.verified => match record.identifier.kind {
                SignInIdentifier::Email => profile.primary_email = Some(record.identifier.value.clone()),
                SignInIdentifier::Phone => profile.primary_phone = Some(stored_phone(&record.identifier.value)),
                SignInIdentifier::Username => return Err(Error::new(Code::SessionVerificationFailed)),
            },
            Verification::Social(_) => {
                let (social, user_info) = self.returned()?;
                profile.name.clone_from(&user_info.name);
                profile.avatar.clone_from(&user_info.avatar);
                profile.primary_email = user_info.vouched_email().map(str::to_owned);
                profile.social_identity = Some(PendingIdentity {
                    target: social.target.clone(),
                    connector_id: social.connector_id.clone(),
                    user_info: user_info.clone(),
                });
            }
            Verification::OneTimeToken(record) => {
                record.require_made_for(self.event)?;
                profile.primary_email = Some(record.identifier.value.clone());
                profile.jit_organization_ids = record.context.jit_organization_ids.clone().unwrap_or_default();
            }
            Verification::NewPasswordIdentity(record) => {
                profile.username = Some(record.identifier.value.clone());
                profile.password = Some(record.password.clone());
            }
            Verification::Code(_) | Verification::Password(_) => {
                return Err(Error::new(Code::SessionVerificationFailed));
            }
        }
        Ok(Candidate { profile })
    }

    /// Gathers what a record says: for a new account, or for an identified one that lacks it.
    ///
    /// # Errors
    /// Those of [`Flow::gather_username`].
    pub fn adopt(&mut self, account: Option<&Account>, candidate: Candidate) -> Result<()> {
        let profile = self.gathered(account)?;
        if let Some(account) = account {
            candidate.profile.require_new(account)?;
        }
        profile.take(candidate.profile);
        Ok(())
    }

    /// Gathers a username that the policy accepts: for a new account, or for an identified one that has none.
    ///
    /// # Errors
    /// 400 `session.not_supported_for_forgot_password`; 404 `session.identifier_not_found` when nobody is identified who
    /// signs in; 422 `user.username_exists_in_profile`.
    pub fn gather_username(&mut self, account: Option<&Account>, username: String) -> Result<()> {
        let gathered = PendingProfile {
            username: Some(username),
            ..PendingProfile::default()
        };
        self.adopt(account, Candidate { profile: gathered })
    }

    /// Gathers a password that the policy accepts: for a new account, or for an identified one that has none.
    ///
    /// # Errors
    /// Those of [`Flow::gather_username`], about the password.
    pub fn gather_password(&mut self, account: Option<&Account>, password: PendingPassword) -> Result<()> {
        let gathered = PendingProfile {
            password: Some(password),
            ..PendingProfile::default()
        };
        self.adopt(account, Candidate { profile: gathered })
    }

    /// Gathers further profile fields.
    ///
    /// # Errors
    /// Those of [`Flow::gather_username`], but for what the account has.
    pub fn gather_extra(&mut self, account: Option<&Account>, extra: ExtraProfile) -> Result<()> {
        let profile = self.gathered(account)?;
        if extra.name.is_some() {
            profile.name = extra.name;
        }
        if extra.avatar.is_some() {
            profile.avatar = extra.avatar;
        }
        merge(&mut profile.profile, &extra.profile);
        profile.custom_data.extend(extra.custom_data);
        profile.submitted = true;
        Ok(())
    }

    /// Gathers username and password for a new account; both fit the tenant's policies.
    pub fn gather_credentials(
        &mut self,
        experience: &SignInExperience,
        username: String,
        password: PendingPassword,
    ) -> Result<()> {
        self.require_event(Event::Register)?;
        Event::Register.require_offered(experience)?;
        if !experience.sign_up.identifiers.contains(&SignInIdentifier::Username) {
            return Err(Error::new(Code::UserSignUpMethodNotEnabled));
        }
        let profile = self.anonymous()?;
        profile.username = Some(username);
        profile.password = Some(password);
        Ok(())
    }

    /// Keeps the password that takes the place of a forgotten one: 400 `session.invalid_interaction_type` for another event,
    /// 404 `session.identifier_not_found` while nobody is identified.
    pub fn gather_new_password(&mut self, account: &Account, password: PendingPassword) -> Result<()> {
        self.require_event(Event::ForgotPassword)?;
        self.identified(account)?;
        self.profile_mut().password = Some(password);
        Ok(())
    }

    /// Refuses while nothing is gathered: 400 `session.not_supported_for_forgot_password`, 404
    /// `session.identifier_not_found` when nobody is identified who signs in. `account` is the identified user's.
    pub fn require_gathering(&mut self, account: Option<&Account>) -> Result<()> {
        self.gathered(account).map(|_| ())
    }

    /// Where something is gathered now.
    fn gathered(&mut self, account: Option<&Account>) -> Result<&mut PendingProfile> {
        match (&mut self.standing, account, self.event) {
            (_, _, Event::ForgotPassword) => Err(Error::new(Code::SessionNotSupportedForForgotPassword)),
            (Standing::Identified { user_id, profile, .. }, Some(account), _) if account.id == *user_id => Ok(profile),
            (Standing::Anonymous { profile }, None, Event::Register) => Ok(profile),
            _ => Err(Error::new(Code::SessionIdentifierNotFound)),
        }
    }
}
