//! The state machine of signing in. Pages and the Experience API drive the same one.
//!
//! ```text
//! Anonymous ──record_password──> identify_by_password ───────────┐
//!     │                                                          ├──> Identified ──login──> Login
//!     ├──start_social─take_social─return_social─┬─identify_by_identity
//!     │                                         ├─link_identity ─┤
//!     │                                         └─gather_social──┤
//!     └──gather_credentials, gather_username ──creation─created──┘
//! ```
//!
//! A transition takes what the directory knows as an argument and fails with the wire's code when it is not its turn.
//! Nothing here does I/O: [`Login`] and [`Creation`] exist only where this module made them, so that no step is skipped.

use super::account::Account;
use super::profile::{Missing, PendingIdentity, PendingPassword, PendingProfile, missing};
use super::verification::{PasswordVerification, SocialStage, SocialUserInfo, SocialVerification};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use soleira_connect::social::ConnectorSession;
use soleira_core::model::{SignInExperience, SignInIdentifier, SignInMode};
use soleira_core::rules::identifier::fold_email;
use soleira_core::{Code, ConnectorId, Error, Result, UserId};

/// What a person set out to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Event {
    /// Sign in with an account.
    #[default]
    SignIn,
    /// Make an account.
    Register,
}

impl Event {
    /// Its name on the wire, part of the keys of audit rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "SignIn",
            Self::Register => "Register",
        }
    }

    /// Refuses what the tenant's sign-in mode does not offer: 403 `auth.forbidden`.
    pub fn require_offered(self, experience: &SignInExperience) -> Result<()> {
        match (experience.sign_in_mode, self) {
            (SignInMode::SignInAndRegister, _)
            | (SignInMode::SignIn, Self::SignIn)
            | (SignInMode::Register, Self::Register) => Ok(()),
            _ => Err(Error::new(Code::AuthForbidden)),
        }
    }
}

/// Where a sign-in stands: the part of an interaction that belongs to who signs in. Kept as JSON with the interaction.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    #[serde(default)]
    event: Event,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<PasswordVerification>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    social: Option<SocialVerification>,
    #[serde(default)]
    standing: Standing,
}

/// Whether it is known who signs in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Standing {
    /// Not yet.
    Anonymous {
        /// What was gathered for a new account.
        profile: PendingProfile,
    },
    /// This user, by a record above or because the account was made here.
    Identified {
        user_id: UserId,
        /// What the sign-in adds to the account.
        profile: PendingProfile,
    },
}

impl Default for Standing {
    fn default() -> Self {
        Self::Anonymous {
            profile: PendingProfile::default(),
        }
    }
}

/// An account that may now be made: everything that registration asks for is there. Made by [`Flow::creation`] only.
#[derive(Debug)]
pub struct Creation {
    profile: PendingProfile,
}

impl Creation {
    /// What the account begins with.
    pub fn profile(&self) -> &PendingProfile {
        &self.profile
    }
}

/// A person who is now signed in: identified, not suspended, with nothing missing. Made by [`Flow::login`] only.
#[derive(Debug)]
pub struct Login {
    user_id: UserId,
    additions: PendingProfile,
}

impl Login {
    /// Who.
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// What the sign-in adds to the account.
    pub fn additions(&self) -> &PendingProfile {
        &self.additions
    }
}

/// Why an identity at a provider may be given to an account with the same vouched-for e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkProof {
    /// The tenant links without asking.
    AutomaticLinking,
    /// The account's password was given in this interaction.
    Password,
}

impl Flow {
    /// A fresh beginning. A first step on a page starts over, so that nothing of an abandoned attempt remains.
    pub fn begin(event: Event) -> Self {
        Self {
            event,
            ..Self::default()
        }
    }

    /// What the person set out to do.
    pub fn event(&self) -> Event {
        self.event
    }

    /// Who it is, once that is known.
    pub fn user_id(&self) -> Option<&UserId> {
        match &self.standing {
            Standing::Anonymous { .. } => None,
            Standing::Identified { user_id, .. } => Some(user_id),
        }
    }

    /// What was gathered and is not written yet.
    pub fn profile(&self) -> &PendingProfile {
        match &self.standing {
            Standing::Anonymous { profile } | Standing::Identified { profile, .. } => profile,
        }
    }

    /// The password that was verified, if one was.
    pub fn password(&self) -> Option<&PasswordVerification> {
        self.password.as_ref()
    }

    /// The sign-in at a provider, if one is under way or done.
    pub fn social(&self) -> Option<&SocialVerification> {
        self.social.as_ref()
    }

    /// Who the provider says it is, once it has.
    pub fn social_user_info(&self) -> Option<&SocialUserInfo> {
        self.social.as_ref().and_then(SocialVerification::user_info)
    }

    /// Sets out to do something else. What was gathered for the one does not serve the other; what was verified does.
    pub fn switch_event(&mut self, experience: &SignInExperience, event: Event) -> Result<()> {
        event.require_offered(experience)?;
        if self.event != event {
            self.event = event;
            match &mut self.standing {
                Standing::Anonymous { profile } | Standing::Identified { profile, .. } => {
                    *profile = PendingProfile::default();
                }
            }
        }
        Ok(())
    }

    /// Keeps a verified password.
    pub fn record_password(&mut self, record: PasswordVerification) {
        self.password = Some(record);
    }

    /// Sends the browser to a provider; what the answer must fit is kept.
    pub fn start_social(&mut self, id: String, connector_id: ConnectorId, target: String, session: ConnectorSession) {
        let stage = SocialStage::Started { session };
        self.social = Some(SocialVerification {
            id,
            connector_id,
            target,
            stage,
        });
    }

    /// Takes what the provider's answer must fit. Only one answer gets it: 400
    /// `session.connector_validation_session_not_found` for any other, and for an answer that this browser did not ask for.
    pub fn take_social(&mut self, connector_id: &ConnectorId, state: &str) -> Result<ConnectorSession> {
        let not_found = || Error::new(Code::SessionConnectorValidationSessionNotFound);
        let social = self.social.as_mut().ok_or_else(not_found)?;
        let SocialStage::Started { session } = &social.stage else {
            return Err(not_found());
        };
        if !soleira_crypto::constant_time_eq(session.state.as_bytes(), state.as_bytes()) {
            return Err(not_found());
        }
        if social.connector_id != *connector_id {
            return Err(Error::new(Code::SessionInvalidConnectorId));
        }
        let session = session.clone();
        social.stage = SocialStage::Taken {
            state: session.state.clone(),
        };
        Ok(session)
    }

    /// Keeps who the provider says it is. The browser may have started anew meanwhile: then the answer is too late.
    pub fn return_social(&mut self, state: &str, user_info: SocialUserInfo) -> Result<()> {
        let late = || Error::new(Code::SessionConnectorValidationSessionNotFound);
        let social = self.social.as_mut().ok_or_else(late)?;
        match &social.stage {
            SocialStage::Taken { state: taken } if taken == state => {
                social.stage = SocialStage::Returned {
                    state: taken.clone(),
                    user_info,
                };
                Ok(())
            }
            _ => Err(late()),
        }
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

    /// Gathers a username that the policy accepts: for a new account, or for an identified one that has none.
    pub fn gather_username(&mut self, account: Option<&Account>, username: String) -> Result<()> {
        match (&mut self.standing, account) {
            (Standing::Identified { user_id, profile }, Some(account)) if account.id == *user_id => {
                if account.username.is_some() {
                    return Err(Error::new(Code::UserUsernameExistsInProfile));
                }
                profile.username = Some(username);
                Ok(())
            }
            (Standing::Anonymous { profile }, None) if self.event == Event::Register => {
                profile.username = Some(username);
                Ok(())
            }
            _ => Err(Error::new(Code::SessionIdentifierNotFound)),
        }
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

    /// The account that may be made now: 403 where registration is closed, 422 `user.missing_profile` with what is still
    /// missing.
    pub fn creation(&self, experience: &SignInExperience) -> Result<Creation> {
        self.require_event(Event::Register)?;
        Event::Register.require_offered(experience)?;
        let Standing::Anonymous { profile } = &self.standing else {
            return Err(Error::new(Code::SessionIdentityConflict));
        };
        // Without a password and without an identity nobody could sign in to the account again.
        if profile.password.is_none() && profile.social_identity.is_none() {
            return Err(Error::new(Code::SessionVerificationFailed));
        }
        // An identity counts only as long as the provider's answer that it came from.
        if let Some(identity) = &profile.social_identity {
            let (social, user_info) = self.returned()?;
            if social.target != identity.target || *user_info != identity.user_info {
                return Err(Error::new(Code::SessionVerificationFailed));
            }
        }
        require_complete(&missing(experience, profile, None, self.social_user_info().is_some()))?;
        Ok(Creation {
            profile: profile.clone(),
        })
    }

    /// The account was made.
    pub fn created(&mut self, creation: Creation, user_id: UserId) {
        drop(creation);
        self.standing = Standing::Identified {
            user_id,
            profile: PendingProfile::default(),
        };
    }

    /// What is still missing of the profile that registration asks for.
    pub fn missing(&self, experience: &SignInExperience, account: Option<&Account>) -> Vec<Missing> {
        missing(experience, self.profile(), account, self.social_user_info().is_some())
    }

    /// Ends the sign-in: 404 `session.identifier_not_found` while nobody is identified, 401 `user.suspended`, 422
    /// `user.missing_profile`. `account` is the identified user's, as it is now.
    pub fn login(&self, experience: &SignInExperience, account: &Account) -> Result<Login> {
        let Standing::Identified { user_id, profile } = &self.standing else {
            return Err(Error::new(Code::SessionIdentifierNotFound));
        };
        if account.id != *user_id {
            return Err(Error::new(Code::SessionIdentityConflict));
        }
        require_active(account)?;
        require_complete(&self.missing(experience, Some(account)))?;
        Ok(Login {
            user_id: user_id.clone(),
            additions: profile.clone(),
        })
    }

    /// The flow as audit rows show it: the wire's names, without what is secret.
    pub fn to_log(&self) -> Value {
        let profile = self.profile();
        let mut records = Vec::new();
        if let Some(password) = &self.password {
            records.push(json!({
                "id": password.id, "type": "Password", "identifier": password.identifier, "verified": true,
            }));
        }
        if let Some(social) = &self.social {
            let mut record = json!({ "id": social.id, "type": "Social", "connectorId": social.connector_id });
            if let Some(user_info) = social.user_info() {
                record["socialUserInfo"] = user_info.details();
            }
            records.push(record);
        }
        let mut log = json!({ "interactionEvent": self.event, "verificationRecords": records, "profile": {} });
        if let Some(user_id) = self.user_id() {
            log["userId"] = json!(user_id);
        }
        for (name, value) in [
            ("name", &profile.name),
            ("avatar", &profile.avatar),
            ("username", &profile.username),
            ("primaryEmail", &profile.primary_email),
        ] {
            if let Some(value) = value {
                log["profile"][name] = json!(value);
            }
        }
        if let Some(identity) = &profile.social_identity {
            log["profile"]["socialIdentity"] =
                json!({ "target": identity.target, "userInfo": identity.user_info.details() });
        }
        log
    }

    fn require_event(&self, event: Event) -> Result<()> {
        if self.event == event {
            Ok(())
        } else {
            Err(Error::new(Code::SessionInvalidInteractionType))
        }
    }

    fn returned(&self) -> Result<(&SocialVerification, &SocialUserInfo)> {
        let social = self.social.as_ref().ok_or(Code::SessionVerificationSessionNotFound)?;
        let user_info = social.user_info().ok_or(Code::SessionVerificationFailed)?;
        Ok((social, user_info))
    }

    fn anonymous(&mut self) -> Result<&mut PendingProfile> {
        match &mut self.standing {
            Standing::Anonymous { profile } => Ok(profile),
            Standing::Identified { .. } => Err(Error::new(Code::SessionIdentityConflict)),
        }
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

fn require_active(account: &Account) -> Result<()> {
    if account.is_suspended {
        Err(Error::new(Code::UserSuspended))
    } else {
        Ok(())
    }
}

fn require_complete(missing: &[Missing]) -> Result<()> {
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Error::new(Code::UserMissingProfile).with_data(json!({ "missingProfile": missing })))
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
