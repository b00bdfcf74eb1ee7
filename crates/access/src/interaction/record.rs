//! The interaction as it is stored: the authorization request that waits, the question to the person, and what came of
//! it. Whoever shows the pages reads `params` and `prompt` and keeps its own state in `flow`.

use super::Flow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use soleira_core::{ApplicationId, GrantId, InteractionId, SessionUid, Timestamp, UserId};
use soleira_oauth::Params;
use soleira_oauth::prompt::Prompt;

/// The version that [`Record`]s are written with.
pub const VERSION: u32 = 1;

/// An interaction: one authorization request of one browser.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// Its `uid`.
    pub id: InteractionId,
    /// What is stored.
    pub record: Record,
    /// When it expires.
    pub expires_at: Timestamp,
    /// How often it was saved: two tabs that change it at once are noticed.
    pub revision: i64,
}

impl Interaction {
    /// The client that waits.
    pub fn client_id(&self) -> &ApplicationId {
        &self.record.client_id
    }

    /// An authorization parameter by its wire name: `ui_locales`, `login_hint`, `first_screen`, …
    pub fn param(&self, name: &str) -> Option<&str> {
        self.record.params.get(name)
    }
}

/// The stored document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The shape of the document.
    pub version: u32,
    /// The client that waits.
    pub client_id: ApplicationId,
    /// The validated authorization parameters. They are validated again before anything is issued.
    pub params: Params,
    /// What the person is asked, and why.
    pub prompt: Prompt,
    /// Where the browser goes when the question is answered: an absolute address of this server.
    pub return_to: String,
    /// The browser's session when the question was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<KnownSession>,
    /// The device code whose device gets the answer, by the base64url hash of what the person typed; absent where the
    /// answer goes to a redirect URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The grant that consent adds to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// The answers so far.
    #[serde(default)]
    pub result: Answers,
    /// The state of the sign-in pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<Flow>,
}

/// A session that the browser had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownSession {
    /// The session.
    pub uid: SessionUid,
    /// Who was signed in.
    pub user_id: UserId,
}

/// What the person answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answers {
    /// They signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<LoginAnswer>,
    /// They consented, or the server did for a first-party application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentAnswer>,
    /// They said no to what the application asks for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub denied: bool,
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginAnswer {
    /// The account.
    pub account_id: UserId,
    /// When.
    pub at: Timestamp,
    /// How, for the scripts that add claims: the event and what was verified, without what is secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<Value>,
}

/// What was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentAnswer {
    /// The grant, new or extended.
    pub grant_id: GrantId,
}
