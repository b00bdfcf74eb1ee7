//! E-mails and text messages. A sender is a [`Manifest`]: data that says what the administrator fills in, and which
//! [`Sender`] carries the messages. [`send`] chooses the template, fills it in and hands it over; it returns when the
//! sender has taken the message.

mod payload;
mod record;
mod template;

pub use payload::Payload;
pub use template::{Template, render};

use crate::error::{ConnectorCode, ConnectorError, Reason};
use crate::form::{Fields, FormItem, FormItemType, Issue, Localized, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soleira_core::model::ConnectorType;
use std::fmt;
use std::path::Path;

/// What carries a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text messages to phones.
    Sms,
}

impl Channel {
    /// The type of the connectors that carry it.
    pub const fn connector_type(self) -> ConnectorType {
        match self {
            Self::Email => ConnectorType::Email,
            Self::Sms => ConnectorType::Sms,
        }
    }
}

/// What a message is for: `usageType` of a template (docs/wire/connectors.md, "Templates").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Usage {
    /// A code to sign in.
    SignIn,
    /// A code to register.
    Register,
    /// A code to choose a new password.
    ForgotPassword,
    /// An invitation to an organization.
    OrganizationInvitation,
    /// Anything without a template of its own.
    Generic,
    /// A code that confirms who is acting.
    UserPermissionValidation,
    /// A code that proves a further address.
    BindNewIdentifier,
    /// A code as the second factor.
    MfaVerification,
    /// A code that makes an address the second factor.
    BindMfa,
}

impl Usage {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::SignIn,
        Self::Register,
        Self::ForgotPassword,
        Self::OrganizationInvitation,
        Self::Generic,
        Self::UserPermissionValidation,
        Self::BindNewIdentifier,
        Self::MfaVerification,
        Self::BindMfa,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "SignIn",
            Self::Register => "Register",
            Self::ForgotPassword => "ForgotPassword",
            Self::OrganizationInvitation => "OrganizationInvitation",
            Self::Generic => "Generic",
            Self::UserPermissionValidation => "UserPermissionValidation",
            Self::BindNewIdentifier => "BindNewIdentifier",
            Self::MfaVerification => "MfaVerification",
            Self::BindMfa => "BindMfa",
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message to send.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The address, or the phone number in international digits without `+`.
    pub to: &'a str,
    /// What it is for.
    pub usage: Usage,
    /// What its template may show.
    pub payload: &'a Payload,
}

/// Who carries the messages of a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// A file that holds the last e-mail (docs/sandbox.md).
    RecordedEmail,
    /// The same without a template: the data alone.
    RecordedBareEmail,
    /// A file that holds the last text message (docs/sandbox.md).
    RecordedText,
}

impl Sender {
    /// What it carries.
    pub const fn channel(self) -> Channel {
        match self {
            Self::RecordedEmail | Self::RecordedBareEmail => Channel::Email,
            Self::RecordedText => Channel::Sms,
        }
    }

    /// Whether its templates have a subject.
    const fn has_subject(self) -> bool {
        matches!(self.channel(), Channel::Email)
    }
}

/// A factory of senders.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The factory's identifier.
    pub id: String,
    /// The service behind it.
    pub target: String,
    /// The service's name.
    pub name: Localized,
    /// What it is.
    pub description: Localized,
    /// What the administrator fills in.
    pub form: Vec<FormItem>,
    /// Who carries the messages.
    pub sender: Sender,
}

/// The configuration of a sender, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderConfig {
    /// What it sends.
    pub templates: Vec<Template>,
}

/// The member of a configuration that holds the templates.
const TEMPLATES: &str = "templates";

impl SenderConfig {
    /// Checks a configuration against its factory's form and reports every field that is wrong.
    pub fn parse(manifest: &Manifest, config: &Map<String, Value>) -> Result<Self, Vec<Issue>> {
        let mut fields = Fields::of(config);
        let mut templates = Vec::new();
        for item in &manifest.form {
            let present = match item.kind {
                FormItemType::Text | FormItemType::MultilineText => fields.text(&item.key).is_some(),
                FormItemType::Switch => fields.switch(&item.key),
                FormItemType::Json => fields.value(&item.key).is_some(),
            };
            if item.required && !present {
                fields.refuse(&item.key, Problem::Required);
            }
        }
        if let Some(value) = fields.value(TEMPLATES) {
            match template::read(value, manifest.sender.has_subject()) {
                Some(read) => templates = read,
                None => fields.refuse(TEMPLATES, Problem::NotTemplates),
            }
        }
        fields.finish(Self { templates })
    }

    /// The template for a message: the one made for it, else the one for messages in general.
    fn template(&self, usage: Usage) -> Result<&Template, ConnectorError> {
        [usage, Usage::Generic]
            .into_iter()
            .find_map(|usage| {
                self.templates
                    .iter()
                    .find(|template| template.usage_type == usage.as_str())
            })
            .ok_or_else(|| ConnectorError::new(ConnectorCode::TemplateNotFound, Reason::NoTemplate(usage)))
    }
}

/// Sends a message. `records` is the directory of the sandbox's doubles.
///
/// # Errors
/// `connector.template_not_found`; `connector.general` when the sender does not take the message.
pub async fn send(
    manifest: &Manifest,
    config: &SenderConfig,
    message: Message<'_>,
    records: &Path,
) -> Result<(), ConnectorError> {
    match manifest.sender {
        Sender::RecordedEmail => record::email(records, message, config.template(message.usage)?).await,
        Sender::RecordedBareEmail => record::bare_email(records, message).await,
        Sender::RecordedText => {
            // A text without a template could not be sent either.
            config.template(message.usage)?;
            record::text(records, message).await
        }
    }
}

#[cfg(test)]
mod tests;
