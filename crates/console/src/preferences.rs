//! In which language and in which theme the Console speaks to this browser.

use crate::address::{Address, see_other};
use http::{Uri, header};
use serde::Deserialize;
use soleira_access::operator;
use soleira_phrases::Language;
use soleira_ui::{LanguageLink, Theme};
use soleira_web::{Context, CsrfForm, Result, SetCookie};

const COOKIE: &str = "soleira_console_preferences";
/// A year, the longest that browsers keep a cookie.
const MAX_AGE: i64 = 365 * 24 * 3600;

/// What the reader prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Preferences {
    pub(crate) language: Language,
    pub(crate) theme: Theme,
}

impl Preferences {
    /// The choice that this request makes (`?locale=`), else the one that the browser keeps, else its own languages.
    pub(crate) fn read(ctx: &Context, uri: &Uri) -> Self {
        let asked = pairs(uri.query().unwrap_or_default(), "locale").and_then(|tag| built_in(&tag));
        let kept = ctx.cookies().get(COOKIE).unwrap_or_default();
        let preferences = Self {
            language: asked
                .or_else(|| pairs(kept, "language").and_then(|tag| built_in(&tag)))
                .unwrap_or_else(|| ctx.language()),
            theme: pairs(kept, "theme")
                .and_then(|name| Theme::parse(&name))
                .unwrap_or_default(),
        };
        if asked.is_some() {
            preferences.keep(ctx);
        }
        preferences
    }

    fn keep(self, ctx: &Context) {
        let value = form_urlencoded::Serializer::new(String::new())
            .append_pair("language", self.language.tag())
            .append_pair("theme", self.theme.as_str())
            .finish();
        ctx.cookies()
            .set(SetCookie::new(COOKIE, value).path(operator::PATH).max_age(MAX_AGE));
    }

    /// A page outside the Console's frame in the other languages.
    pub(crate) fn links(self, path: &str) -> Vec<LanguageLink> {
        Language::BUILT_IN
            .iter()
            .filter(|language| **language != self.language)
            .map(|language| LanguageLink {
                tag: language.tag(),
                name: language.native_name(),
                href: Address::new(path).with("locale", language.tag()).finish(),
            })
            .collect()
    }
}

fn pairs(text: &str, wanted: &str) -> Option<String> {
    let found = form_urlencoded::parse(text.as_bytes()).find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.into_owned())
}

fn built_in(tag: &str) -> Option<Language> {
    Language::parse(tag).filter(|language| language.is_built_in())
}

/// What the menu posts: one choice at a time.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    language: Option<String>,
    theme: Option<String>,
    return_to: Option<String>,
}

/// `POST /console/preferences`: remembers a choice and comes back to the page that it was made on.
pub(crate) async fn save(ctx: Context, uri: Uri, CsrfForm(choice): CsrfForm<Choice>) -> Result {
    let mut preferences = Preferences::read(&ctx, &uri);
    if let Some(language) = choice.language.as_deref().and_then(built_in) {
        preferences.language = language;
    }
    if let Some(theme) = choice.theme.as_deref().and_then(Theme::parse) {
        preferences.theme = theme;
    }
    preferences.keep(&ctx);
    Ok(see_other(operator::own_path(
        choice.return_to.as_deref().unwrap_or_default(),
    )))
}

/// Where the browser was when it sent this request, if that was in the Console: where a sign-in comes back to.
pub(crate) fn referring_page(headers: &http::HeaderMap) -> Option<String> {
    let referer: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    Some(operator::own_path(referer.path_and_query()?.as_str()).to_owned())
}
