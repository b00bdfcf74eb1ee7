//! What a browser carries between requests: its session and the interactions under way, as cookies of the wire
//! (docs/wire/cookies.md). The web layer checks and makes their signatures.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};
use soleira_core::Secret;
use soleira_oauth::lifetime;
use soleira_runtime::CookieChange;

/// The session cookie. Its value rotates at each step of a sign-in.
pub const SESSION: &str = "_session";
/// The map from client to interaction.
pub const INTERACTION: &str = "_interaction";
/// Proof that this browser began the interaction that it resumes.
pub const RESUME: &str = "_interaction_resume";
/// What the sign-in pages should remember; scripts may read it.
pub const HINTS: &str = "_logto";

/// What the page of the device flow sends back with its form; scripts may read it.
pub const DEVICE_XSRF: &str = "_logto_device_flow_xsrf";
/// The same value signed: proof that this browser was given the page.
pub const DEVICE_PROOF: &str = "_device_flow";
/// A credential of Google One Tap on its way to the page that uses it; scripts may read it.
pub const ONE_TAP: &str = "_logto_google_one_tap_credential";
/// How long that takes, in seconds.
const ONE_TAP_LIFETIME: i64 = 10;

/// The page of the device flow.
pub const DEVICE_PAGE: &str = "/device";
/// Where its form is received.
pub const DEVICE_PATH: &str = "/oidc/device";

/// The key of the latest interaction in the map.
const LATEST: &str = "_legacy";
/// Clients that the map holds at most, and how long it may be when encoded: a browser drops cookies over 4 KB.
const MAX_CLIENTS: usize = 10;
const MAX_ENCODED: usize = 3072;

/// The cookies of one browser, and what this request changes of them.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    session_id: Option<Secret>,
    interactions: Map<String, Value>,
    resume: Option<String>,
    device_xsrf: Option<String>,
    changes: Vec<CookieChange>,
}

impl Browser {
    /// Reads the cookies; `signed` gives the value of a cookie whose signature is good.
    pub fn read<'c>(signed: impl Fn(&str) -> Option<&'c str>) -> Self {
        Self {
            session_id: signed(SESSION).filter(|id| !id.is_empty()).map(Secret::new),
            interactions: signed(INTERACTION).map(read_interactions).unwrap_or_default(),
            resume: signed(RESUME).map(str::to_owned),
            device_xsrf: signed(DEVICE_PROOF).map(str::to_owned),
            changes: Vec::new(),
        }
    }

    /// The identifier of its session.
    pub fn session_id(&self) -> Option<&Secret> {
        self.session_id.as_ref()
    }

    /// The interaction of a client, or the latest one.
    pub fn interaction(&self, client_id: Option<&str>) -> Option<&str> {
        client_id
            .and_then(|client_id| self.interactions.get(client_id))
            .or_else(|| self.interactions.get(LATEST))
            .and_then(Value::as_str)
    }

    /// Every interaction that it has under way.
    pub fn interactions(&self) -> impl Iterator<Item = &str> {
        self.interactions.values().filter_map(Value::as_str)
    }

    /// The interaction that this browser may resume.
    pub fn resumable(&self) -> Option<&str> {
        self.resume.as_deref()
    }

    /// Cookies to send.
    pub fn changes(&self) -> &[CookieChange] {
        &self.changes
    }

    /// Gives it a session.
    pub fn set_session(&mut self, id: &str, ttl: i64) {
        self.session_id = Some(Secret::new(id));
        self.change(CookieChange {
            name: SESSION,
            value: Some(id.to_owned()),
            path: "/".to_owned(),
            max_age: Some(ttl),
            signed: true,
        });
    }

    /// Takes its session away.
    pub fn drop_session(&mut self) {
        self.session_id = None;
        self.change(removal(SESSION, "/"));
    }

    /// What the form of the device flow must carry.
    pub fn device_xsrf(&self) -> Option<&str> {
        self.device_xsrf.as_deref()
    }

    /// Gives it the page of the device flow: the value of its form, and the proof of it.
    pub fn begin_device(&mut self, xsrf: &str) {
        self.device_xsrf = Some(xsrf.to_owned());
        for (name, path, signed) in [(DEVICE_XSRF, DEVICE_PAGE, false), (DEVICE_PROOF, "/", true)] {
            self.change(CookieChange {
                name,
                value: Some(xsrf.to_owned()),
                path: path.to_owned(),
                max_age: Some(lifetime::DEVICE_CODE),
                signed,
            });
        }
    }

    /// Takes the page of the device flow away: the device has its answer.
    pub fn end_device(&mut self) {
        self.device_xsrf = None;
        self.change(removal(DEVICE_XSRF, DEVICE_PAGE));
        self.change(removal(DEVICE_PROOF, "/"));
    }

    /// Gives it a credential of Google One Tap.
    pub fn offer_one_tap(&mut self, credential: &str) {
        self.change(CookieChange {
            name: ONE_TAP,
            value: Some(credential.to_owned()),
            path: "/".to_owned(),
            max_age: Some(ONE_TAP_LIFETIME),
            signed: false,
        });
    }

    /// Gives it an interaction: the map for the pages, the proof for the way back, which leads to `resume_path`, and the
    /// hints for scripts.
    pub fn begin_interaction(&mut self, client_id: &str, uid: &str, resume_path: &str, hints: Hints<'_>) {
        self.interactions.shift_remove(client_id);
        self.interactions.insert(client_id.to_owned(), uid.into());
        self.interactions.shift_remove(LATEST);
        self.interactions.insert(LATEST.to_owned(), uid.into());
        while self.interactions.len() > MAX_CLIENTS + 1 || encode(&self.interactions).len() > MAX_ENCODED {
            // The oldest client stands first. The latest interaction always stays.
            let Some(oldest) = self.interactions.keys().find(|key| *key != LATEST).cloned() else {
                break;
            };
            self.interactions.shift_remove(&oldest);
        }
        self.change(CookieChange {
            name: INTERACTION,
            value: Some(encode(&self.interactions)),
            path: "/".to_owned(),
            max_age: Some(lifetime::INTERACTION),
            signed: true,
        });
        self.change(CookieChange {
            name: RESUME,
            value: Some(uid.to_owned()),
            path: resume_path.to_owned(),
            max_age: Some(lifetime::INTERACTION),
            signed: true,
        });
        self.change(CookieChange {
            name: HINTS,
            value: Some(hints.to_json(client_id)),
            path: "/".to_owned(),
            max_age: None,
            signed: false,
        });
    }

    /// Takes the proof for the way back away: it was used.
    pub fn end_resume(&mut self, resume_path: &str) {
        self.resume = None;
        self.change(removal(RESUME, resume_path));
    }

    fn change(&mut self, change: CookieChange) {
        self.changes
            .retain(|known| (known.name, &known.path) != (change.name, &change.path));
        self.changes.push(change);
    }
}

/// What the sign-in pages should remember.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// The organization whose branding is shown.
    pub organization_id: Option<&'a str>,
    /// The languages that the client asks for.
    pub ui_locales: Option<&'a str>,
}

impl Hints<'_> {
    fn to_json(self, client_id: &str) -> String {
        let mut hints = Map::new();
        hints.insert("appId".into(), json!(client_id));
        if let Some(organization_id) = self.organization_id {
            hints.insert("organizationId".into(), json!(organization_id));
        }
        if let Some(ui_locales) = self.ui_locales {
            hints.insert("uiLocales".into(), json!(ui_locales));
        }
        Value::Object(hints).to_string()
    }
}

/// The path under which the interaction of an authorization request is resumed.
pub fn resume_path(uid: &str) -> String {
    format!("/oidc/auth/{uid}")
}

/// The path under which the interaction of a device code is resumed.
pub fn device_resume_path(uid: &str) -> String {
    format!("{DEVICE_PATH}/{uid}")
}

fn removal(name: &'static str, path: &str) -> CookieChange {
    CookieChange {
        name,
        value: None,
        path: path.to_owned(),
        max_age: None,
        signed: true,
    }
}

fn encode(interactions: &Map<String, Value>) -> String {
    let json = serde_json::to_string(interactions).unwrap_or_default();
    utf8_percent_encode(&json, NON_ALPHANUMERIC).to_string()
}

/// The map, percent-encoded or not, or the bare identifier that older servers wrote.
fn read_interactions(text: &str) -> Map<String, Value> {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    match serde_json::from_str::<Value>(&decoded) {
        Ok(Value::Object(map)) => map.into_iter().filter(|(_, value)| value.is_string()).collect(),
        _ => Map::from_iter([(LATEST.to_owned(), Value::from(decoded.into_owned()))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(browser: &Browser, name: &str) -> String {
        browser
            .changes()
            .iter()
            .find(|change| change.name == name)
            .and_then(|change| change.value.clone())
            .unwrap()
    }

    #[test]
    fn each_client_has_its_interaction_and_the_latest_serves_the_rest() {
        let mut browser = Browser::default();
        browser.begin_interaction("a", "1", "/oidc/auth/1", Hints::default());
        browser.begin_interaction(
            "b",
            "2",
            "/oidc/auth/2",
            Hints {
                ui_locales: Some("pt-BR"),
                ..Hints::default()
            },
        );
        let cookie = value_of(&browser, INTERACTION);
        assert_eq!(
            percent_decode_str(&cookie).decode_utf8().unwrap(),
            r#"{"a":"1","b":"2","_legacy":"2"}"#
        );
        assert_eq!(value_of(&browser, HINTS), r#"{"appId":"b","uiLocales":"pt-BR"}"#);
        let back = Browser::read(|name| (name == INTERACTION).then_some(cookie.as_str()));
        assert_eq!(back.interaction(Some("a")), Some("1"));
        assert_eq!(back.interaction(None), Some("2"));
        assert_eq!(back.interaction(Some("unknown")), Some("2"));
    }

    #[test]
    fn the_map_is_bounded_and_forgets_the_oldest() {
        let mut browser = Browser::default();
        for number in 0..30 {
            browser.begin_interaction(&format!("client-{number}"), &"u".repeat(43), "/", Hints::default());
        }
        assert_eq!(browser.interactions.len(), MAX_CLIENTS + 1);
        assert_eq!(browser.interactions.keys().next().unwrap(), "client-20");
        browser.begin_interaction(&"c".repeat(4000), "1", "/", Hints::default());
        assert_eq!(browser.interactions.keys().collect::<Vec<_>>(), [LATEST]);
    }

    #[test]
    fn a_bare_identifier_and_raw_json_are_read() {
        let read = |text: &'static str| Browser::read(move |name| (name == INTERACTION).then_some(text));
        assert_eq!(read("abc").interaction(Some("a")), Some("abc"));
        assert_eq!(read(r#"{"a":"1"}"#).interaction(Some("a")), Some("1"));
        assert_eq!(read(r#"{"a":1}"#).interaction(Some("a")), None);
    }
}
