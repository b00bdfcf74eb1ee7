//! What the last action has to tell the page that follows it: a signed cookie that is shown once.

use serde::{Deserialize, Serialize};
use soleira_access::operator;
use soleira_phrases::{Language, Phrases};
use soleira_ui::Notice;
use soleira_web::{Context, SetCookie, cookies};

const COOKIE: &str = "soleira_console_notice";
/// Seconds within which the page that follows is shown.
const MAX_AGE: i64 = 60;

/// A phrase, and the name of the thing that it is about.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    phrase: String,
    name: String,
}

/// Has the next page say `phrase`, with `name` for the thing that it is about.
pub(crate) fn leave(ctx: &Context, phrase: &str, name: &str) {
    let told = Told {
        phrase: phrase.to_owned(),
        name: name.to_owned(),
    };
    if let Ok(text) = serde_json::to_string(&told) {
        let cookie = SetCookie::new(COOKIE, cookies::encode(&text))
            .path(operator::PATH)
            .max_age(MAX_AGE);
        ctx.cookies().set(cookie.signed());
    }
}

/// What the last action had to tell; it is told once.
pub(crate) fn take(ctx: &Context, language: Language) -> Option<Notice> {
    let text = cookies::decode(ctx.cookies().signed(COOKIE)?)?;
    ctx.cookies().remove_at(COOKIE, operator::PATH);
    let told: Told = serde_json::from_str(&text).ok()?;
    Some(Notice::success(Phrases::built_in().get(
        language,
        &told.phrase,
        &[("name", &told.name)],
    )))
}
