//! In which language a page speaks, and the links to the others.

use crate::query::PageQuery;
use serde_json::{Value, json};
use soleira_core::model::SignInExperience;
use soleira_phrases::{Language, accepted_languages};
use soleira_ui::LanguageLink;
use soleira_web::{Context, SetCookie, cookies};

/// The cookie in which the pages remember the choice; scripts may read it.
const HINTS: &str = "_logto";

/// The language of a page: the one that the reader chose here or the client asked for, else the browser's if the tenant
/// follows it, else the tenant's own.
pub(crate) fn choose(ctx: &Context, query: &PageQuery, experience: &SignInExperience) -> Language {
    let remembered = remembered(ctx);
    let asked = [
        query.locale.as_deref(),
        query.ui_locales.as_deref(),
        remembered.as_deref(),
    ];
    let accepted = ctx
        .request
        .accept_language
        .as_deref()
        .filter(|_| experience.language_info.auto_detect);
    let candidates = asked
        .into_iter()
        .flatten()
        .flat_map(str::split_whitespace)
        .chain(accepted.map(accepted_languages).unwrap_or_default());
    let fallback = Language::negotiate([experience.language_info.fallback_language.as_str()], &[], Language::EN);
    Language::negotiate(candidates, &[], fallback)
}

/// Remembers the language that the reader chose on this page.
pub(crate) fn remember(ctx: &Context, query: &PageQuery) {
    let Some(chosen) = query
        .locale
        .as_deref()
        .and_then(Language::parse)
        .filter(|language| language.is_built_in())
    else {
        return;
    };
    let mut hints = hints(ctx).unwrap_or_else(|| json!({}));
    hints["uiLocales"] = json!(chosen.tag());
    ctx.cookies()
        .set(SetCookie::new(HINTS, cookies::encode(&hints.to_string())).readable());
}

/// The page in the other languages.
pub(crate) fn links(path: &str, query: &PageQuery, current: Language) -> Vec<LanguageLink> {
    Language::BUILT_IN
        .iter()
        .filter(|language| **language != current)
        .map(|language| LanguageLink {
            tag: language.tag(),
            name: language.native_name(),
            href: PageQuery {
                locale: Some(language.tag().to_owned()),
                ..query.clone()
            }
            .on(path),
        })
        .collect()
}

fn hints(ctx: &Context) -> Option<Value> {
    let text = cookies::decode(ctx.cookies().get(HINTS)?)?;
    serde_json::from_str::<Value>(&text).ok().filter(Value::is_object)
}

fn remembered(ctx: &Context) -> Option<String> {
    Some(hints(ctx)?.get("uiLocales")?.as_str()?.to_owned())
}
