//! The state machine of signing in. Pages and the Experience API drive the same one.
//!
//! ```text
//! Anonymous ──record_password──> identify_by_password ───────────┐
//!     │                                                          ├──> Identified ──login──> Login
//!     ├──record_code─code_returned──> identify_by_record ────────┤         └─────reset───> PasswordReset
//!     ├──record_one_time_token──────> identify_by_record ────────┤
//!     ├──start_social─take_social─return_social─┬─identify_by_identity
//!     │                                         ├─link_identity ─┤
//!     │                                         └─gather_social──┤
//!     └──gather_…, candidate─adopt ──creation─created────────────┘
//! ```
//!
//! A transition takes what the directory knows as an argument and fails with the wire's code when it is not its turn.
//! Nothing here does I/O: [`Login`], [`PasswordReset`] and [`Creation`] exist only where this module made them, so that no
//! step is skipped.

mod gathering;
mod identification;
mod records;
mod view;

pub use gathering::{Candidate, ExtraProfile};
pub use identification::{IdentityOwner, LinkProof, Proof, require_password_method};

use super::account::Account;
use super::profile::{Missing, PendingPassword, PendingProfile, missing};
use super::verification::{
    CodeVerification, NewPasswordIdentity, OneTimeTokenVerification, PasswordVerification, SocialUserInfo,
    SocialVerification,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use soleira_core::model::{SignInExperience, SignInMode};
use soleira_core::{Code, Error, Result, UserId};

/// What a person set out to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Event {
    /// Sign in with an account.
    #[default]
    SignIn,
    /// Make an account.
    Register,
    /// Replace a password that they forgot. Ends without a sign-in.
    ForgotPassword,
}

impl Event {
    /// Its name on the wire, part of the keys of audit rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "SignIn",
            Self::Register => "Register",
            Self::ForgotPassword => "ForgotPassword",
        }
    }

    /// Refuses what the tenant's sign-in mode does not offer: 403 `auth.forbidden`.
    pub fn require_offered(self, experience: &SignInExperience) -> Result<()> {
        match (experience.sign_in_mode, self) {
            (_, Self::ForgotPassword)
            | (SignInMode::SignInAndRegister, _)
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
    email_code: Option<CodeVerification>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone_code: Option<CodeVerification>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    social: Option<SocialVerification>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new_password_identity: Option<NewPasswordIdentity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    one_time_token: Option<OneTimeTokenVerification>,
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
        /// Whether the account was made in this interaction.
        #[serde(default)]
        made_here: bool,
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

/// A forgotten password that may now be replaced: a code came back from an address of the account. Made by
/// [`Flow::reset`] only.
#[derive(Debug)]
pub struct PasswordReset {
    user_id: UserId,
    password: PendingPassword,
}

impl PasswordReset {
    /// Whose.
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The new password.
    pub fn password(&self) -> &PendingPassword {
        &self.password
    }
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

    /// Whether it is somebody whose account was made in this interaction.
    pub fn made_account(&self) -> bool {
        matches!(self.standing, Standing::Identified { made_here: true, .. })
    }

    /// What was gathered and is not written yet.
    pub fn profile(&self) -> &PendingProfile {
        match &self.standing {
            Standing::Anonymous { profile } | Standing::Identified { profile, .. } => profile,
        }
    }

    fn profile_mut(&mut self) -> &mut PendingProfile {
        match &mut self.standing {
            Standing::Anonymous { profile } | Standing::Identified { profile, .. } => profile,
        }
    }

    /// Sets out to do something else: 403 `auth.forbidden` where it is not offered, 400
    /// `session.not_supported_for_forgot_password` into and out of replacing a password. What was gathered for the one does
    /// not serve the other; what was verified does.
    pub fn switch_event(&mut self, experience: &SignInExperience, event: Event) -> Result<()> {
        event.require_offered(experience)?;
        if self.event == event {
            return Ok(());
        }
        if self.event == Event::ForgotPassword || event == Event::ForgotPassword {
            return Err(Error::new(Code::SessionNotSupportedForForgotPassword));
        }
        self.event = event;
        *self.profile_mut() = PendingProfile::default();
        Ok(())
    }

    /// The account that may be made now: 403 where registration is closed, unless a one-time token invites the address, 422 `user.missing_profile` with what is still
    /// missing, 422 `user.sign_up_method_not_enabled` where only providers make accounts.
    pub fn creation(&self, experience: &SignInExperience) -> Result<Creation> {
        self.require_event(Event::Register)?;
        let invited = self.one_time_token.as_ref().map(|record| &record.identifier.value);
        let is_invited = invited.is_some() && self.profile().primary_email.as_ref() == invited;
        if !is_invited {
            Event::Register.require_offered(experience)?;
        }
        let Standing::Anonymous { profile } = &self.standing else {
            return Err(Error::new(Code::SessionIdentityConflict));
        };
        // An identity counts only as long as the provider's answer that it came from.
        if let Some(identity) = &profile.social_identity {
            let (social, user_info) = self.returned()?;
            if social.target != identity.target || *user_info != identity.user_info {
                return Err(Error::new(Code::SessionVerificationFailed));
            }
        } else if experience.sign_up.identifiers.is_empty() && !is_invited {
            return Err(Error::new(Code::UserSignUpMethodNotEnabled));
        }
        require_complete(&self.missing(experience, None))?;
        // Without any of these nobody could sign in to the account again.
        if profile.password.is_none()
            && profile.social_identity.is_none()
            && profile.primary_email.is_none()
            && profile.primary_phone.is_none()
        {
            return Err(Error::new(Code::SessionVerificationFailed));
        }
        Ok(Creation {
            profile: profile.clone(),
        })
    }

    /// The account was made.
    pub fn created(&mut self, creation: Creation, user_id: UserId) {
        self.standing = Standing::Identified {
            user_id,
            profile: creation.profile.written(),
            made_here: true,
        };
    }

    /// What is still missing of the profile that registration asks for.
    pub fn missing(&self, experience: &SignInExperience, account: Option<&Account>) -> Vec<Missing> {
        missing(experience, self.profile(), account, self.social_user_info().is_some())
    }

    /// Ends the sign-in: 404 `session.identifier_not_found` while nobody is identified, 401 `user.suspended`, 422
    /// `user.…_exists_in_profile` for what the account has got meanwhile, 422 `user.missing_profile`. `account` is the
    /// identified user's, as it is now.
    pub fn login(&self, experience: &SignInExperience, account: &Account) -> Result<Login> {
        let (user_id, profile) = self.identified(account)?;
        // Whoever replaces a password signs in with it afterwards.
        if self.event == Event::ForgotPassword {
            return Err(Error::new(Code::SessionInvalidInteractionType));
        }
        profile.require_new(account)?;
        require_complete(&self.missing(experience, Some(account)))?;
        Ok(Login {
            user_id: user_id.clone(),
            additions: profile.clone(),
        })
    }

    /// What the sign-in added is written: a second click adds nothing.
    pub fn signed_in(&mut self, login: Login) {
        drop(login);
        let written = self.profile().written();
        *self.profile_mut() = written;
    }

    /// Ends the replacing of a password: 404 `session.identifier_not_found` while nobody is identified, 401
    /// `user.suspended`, 422 `user.new_password_required_in_profile`.
    pub fn reset(&self, account: &Account) -> Result<PasswordReset> {
        self.require_event(Event::ForgotPassword)?;
        let (user_id, profile) = self.identified(account)?;
        let password = profile.password.clone().ok_or(Code::UserNewPasswordRequiredInProfile)?;
        Ok(PasswordReset {
            user_id: user_id.clone(),
            password,
        })
    }

    /// The identified user, if `account` is theirs and may sign in.
    fn identified(&self, account: &Account) -> Result<(&UserId, &PendingProfile)> {
        let Standing::Identified { user_id, profile, .. } = &self.standing else {
            return Err(Error::new(Code::SessionIdentifierNotFound));
        };
        if account.id != *user_id {
            return Err(Error::new(Code::SessionIdentityConflict));
        }
        require_active(account)?;
        Ok((user_id, profile))
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
