//! The flow as others see it: without what is secret.

use super::Flow;
use crate::interaction::verification::{
    CodeVerification, NewPasswordIdentity, OneTimeTokenVerification, PasswordVerification, SocialVerification,
};
use serde_json::{Value, json};

impl Flow {
    /// The flow as audit rows and the Experience API show it: the wire's names, without what is secret.
    pub fn to_wire(&self) -> Value {
        let records: Vec<Value> = [
            self.password.as_ref().map(PasswordVerification::to_wire),
            self.email_code.as_ref().map(CodeVerification::to_wire),
            self.phone_code.as_ref().map(CodeVerification::to_wire),
            self.social.as_ref().map(SocialVerification::to_wire),
            self.new_password_identity.as_ref().map(NewPasswordIdentity::to_wire),
            self.one_time_token.as_ref().map(OneTimeTokenVerification::to_wire),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut shown = json!({
            "interactionEvent": self.event,
            "verificationRecords": records,
            "profile": self.profile().to_wire(),
        });
        if let Some(user_id) = self.user_id() {
            shown["userId"] = json!(user_id);
        }
        shown
    }
}
