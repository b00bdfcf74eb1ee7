//! Verification records: what was proved in this interaction, at most one of each kind; a new one replaces the old one.

use super::Flow;
use crate::interaction::verification::{
    CodeVerification, Identifier, NewPasswordIdentity, OneTimeTokenVerification, PasswordVerification, SocialStage,
    SocialUserInfo, SocialVerification,
};
use soleira_connect::social::ConnectorSession;
use soleira_core::model::SignInIdentifier;
use soleira_core::{Code, ConnectorId, Error, Result};

/// A verification record of a flow.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verification<'a> {
    Password(&'a PasswordVerification),
    Code(&'a CodeVerification),
    Social(&'a SocialVerification),
    NewPasswordIdentity(&'a NewPasswordIdentity),
    OneTimeToken(&'a OneTimeTokenVerification),
}

impl Flow {
    /// The record of an identifier: 404 `session.verification_session_not_found`.
    pub(super) fn verification(&self, id: &str) -> Result<Verification<'_>> {
        let password = self
            .password
            .iter()
            .map(|record| (&record.id, Verification::Password(record)));
        let codes = self.email_code.iter().chain(&self.phone_code);
        let codes = codes.map(|record| (&record.id, Verification::Code(record)));
        let social = self
            .social
            .iter()
            .map(|record| (&record.id, Verification::Social(record)));
        let new = self.new_password_identity.iter();
        let new = new.map(|record| (&record.id, Verification::NewPasswordIdentity(record)));
        let links = self.one_time_token.iter();
        let links = links.map(|record| (&record.id, Verification::OneTimeToken(record)));
        password
            .chain(codes)
            .chain(social)
            .chain(new)
            .chain(links)
            .find(|(known, _)| *known == id)
            .map(|(_, record)| record)
            .ok_or_else(|| Error::new(Code::SessionVerificationSessionNotFound))
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

    /// The code that was sent to an address of this kind, and whether it came back.
    pub fn code(&self, kind: SignInIdentifier) -> Option<&CodeVerification> {
        match kind {
            SignInIdentifier::Email => self.email_code.as_ref(),
            SignInIdentifier::Phone => self.phone_code.as_ref(),
            SignInIdentifier::Username => None,
        }
    }

    /// Keeps that a code was sent. One that was sent to an address of the same kind before no longer counts.
    pub fn record_code(&mut self, record: CodeVerification) {
        match record.identifier.kind {
            SignInIdentifier::Phone => self.phone_code = Some(record),
            SignInIdentifier::Email | SignInIdentifier::Username => self.email_code = Some(record),
        }
    }

    /// The record that a code is given for: 404 `session.verification_session_not_found` when it is not of this kind of
    /// address, or another one took its place.
    pub fn awaited_code(&self, id: &str, kind: SignInIdentifier) -> Result<&CodeVerification> {
        self.code(kind)
            .filter(|record| record.id == id)
            .ok_or_else(|| Error::new(Code::SessionVerificationSessionNotFound))
    }

    /// The code came back.
    pub fn code_returned(&mut self, id: &str, identifier: &Identifier) -> Result<()> {
        let record = match identifier.kind {
            SignInIdentifier::Phone => self.phone_code.as_mut(),
            SignInIdentifier::Email | SignInIdentifier::Username => self.email_code.as_mut(),
        };
        let record = record.filter(|record| record.id == id && record.identifier == *identifier);
        record.ok_or(Code::SessionVerificationSessionNotFound)?.verified = true;
        Ok(())
    }

    /// Keeps a username and a password that somebody would like to have.
    pub fn record_new_password_identity(&mut self, record: NewPasswordIdentity) {
        self.new_password_identity = Some(record);
    }

    /// The one-time token that came back, if one did.
    pub fn one_time_token(&self) -> Option<&OneTimeTokenVerification> {
        self.one_time_token.as_ref()
    }

    /// Keeps that a one-time token came back.
    pub fn record_one_time_token(&mut self, record: OneTimeTokenVerification) {
        self.one_time_token = Some(record);
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
}
