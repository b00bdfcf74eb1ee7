//! What templates can call, bound to the reader of one page.

use crate::{CSRF_FIELD, RenderContext, Theme, asset_url};
use minijinja::value::{Kwargs, Rest, Serde};
use minijinja::{Error, ErrorKind, Value};
use rust_embed::RustEmbed;
use soleira_core::Timestamp;
use soleira_phrases::{Language, Missing, Phrases};
use std::collections::HashMap;
use std::sync::LazyLock;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(RustEmbed)]
#[folder = "icons/"]
struct Icons;

/// Each icon as it stands in a page: hidden from assistive technology, styled by its class.
static ICONS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    Icons::iter()
        .filter_map(|file| {
            let name = file.strip_suffix(".svg")?.to_owned();
            let svg = String::from_utf8(Icons::get(&file)?.data.into_owned()).ok()?;
            Some((
                name,
                svg.trim()
                    .replacen("<svg", "<svg class=\"icon\" aria-hidden=\"true\"", 1),
            ))
        })
        .collect()
});

/// The names that every template sees beside `page`:
/// `lang`, `dir`, `nonce`, `frame`, `sandbox`, `theme`, `styles` (the nonce's style sheet, if any), `csrf_field`,
/// `t(key, name=value)`, `icon(name)`, `asset(name)`, `time_ago(ms)`, `date_time(ms)`, `iso(ms)`, `number(n)`,
/// `classes(a, b)`, `marked(text)`.
pub(crate) fn template_functions(
    context: &RenderContext,
    strict: bool,
) -> impl Iterator<Item = (&'static str, Value)> + use<> {
    let (language, now) = (context.language, context.now);
    let bound = move |phrases: &Phrases| phrases.clone();
    let (for_t, for_ago, for_moment, for_number) = (
        bound(&context.phrases),
        bound(&context.phrases),
        bound(&context.phrases),
        bound(&context.phrases),
    );
    [
        ("lang", Value::from(language.tag())),
        ("dir", Value::from(language.direction().as_str())),
        ("nonce", Value::from(context.nonce.as_str())),
        ("frame", Value::from(Serde(&context.frame))),
        ("sandbox", Value::from(context.sandbox)),
        ("theme", Value::from(context.look.theme.as_str())),
        ("forced_theme", Value::from(context.look.theme != Theme::System)),
        ("styles", Value::from_safe_string(style_sheet(context))),
        (
            "csrf_field",
            Value::from_safe_string(csrf_field(context.csrf.as_deref())),
        ),
        (
            "t",
            Value::from_function(move |key: String, args: Kwargs| phrase(&for_t, language, &key, &args, strict)),
        ),
        ("icon", Value::from_function(icon)),
        ("asset", Value::from_function(asset)),
        (
            "time_ago",
            Value::from_function(move |at: i64| soleira_phrases::time_ago(&for_ago, language, Timestamp(at), now)),
        ),
        (
            "date_time",
            Value::from_function(move |at: i64| soleira_phrases::date_time(&for_moment, language, Timestamp(at))),
        ),
        ("iso", Value::from_function(iso)),
        (
            "number",
            Value::from_function(move |value: i64| soleira_phrases::number(&for_number, language, value)),
        ),
        ("classes", Value::from_function(classes)),
        (
            "marked",
            Value::from_function(|text: &str| Value::from_safe_string(marked(text))),
        ),
    ]
    .into_iter()
}

/// A phrase filled in. Where an argument is markup, the phrase and the other arguments are escaped and the result is
/// markup too.
fn phrase(phrases: &Phrases, language: Language, key: &str, args: &Kwargs, strict: bool) -> Result<Value, Error> {
    let mut values = Vec::new();
    for name in args.args() {
        values.push((name.to_owned(), args.get::<Value>(name)?));
    }
    args.assert_all_used()?;
    let markup = values.iter().any(|(_, value)| value.is_safe());
    let texts: Vec<(String, String)> = values
        .into_iter()
        .map(|(name, value)| {
            let text = if markup && !value.is_safe() {
                escape(&value.to_string())
            } else {
                value.to_string()
            };
            (name, text)
        })
        .collect();
    let found = if markup {
        // The phrase itself is text: it is escaped before the markup comes in.
        phrases.find_mapped(language, key, &texts, escape)
    } else {
        phrases.find(language, key, &texts)
    };
    let text = match found {
        Ok(text) => text,
        Err(missing) if strict => return Err(Error::new(ErrorKind::InvalidOperation, missing.to_string())),
        Err(Missing::Key(key)) => escape(&key),
        Err(Missing::Argument { key, .. }) => escape(&phrases.text(language, &key)),
    };
    Ok(if markup {
        Value::from_safe_string(text)
    } else {
        Value::from(text)
    })
}

/// Text as HTML, in an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn icon(name: &str) -> Result<Value, Error> {
    ICONS
        .get(name)
        .map(|svg| Value::from_safe_string(svg.clone()))
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no icon `{name}`")))
}

fn asset(name: &str) -> Result<String, Error> {
    asset_url(name).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no asset `{name}`")))
}

/// A moment as HTML's `datetime` attribute wants it.
fn iso(at: i64) -> String {
    OffsetDateTime::from_unix_timestamp(at.div_euclid(1000))
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// Class names joined, whatever is empty or not there left out.
fn classes(names: Rest<Option<String>>) -> String {
    names
        .iter()
        .flatten()
        .filter(|name| !name.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Text of guides and instructions as HTML: `` `code` ``, `**strong**` and `[words](https://…)` are marked up, all else
/// is escaped.
fn marked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['`', '*', '[']) {
        out.push_str(&escape(&rest[..start]));
        rest = &rest[start..];
        let (html, length) = mark(rest).unwrap_or_else(|| (rest[..1].to_owned(), 1));
        out.push_str(&html);
        rest = &rest[length..];
    }
    out.push_str(&escape(rest));
    out
}

/// The mark that `text` begins with as HTML, and its length in `text`.
fn mark(text: &str) -> Option<(String, usize)> {
    if let Some((code, _)) = text.strip_prefix('`').and_then(|text| text.split_once('`')) {
        return Some((format!("<code>{}</code>", escape(code)), code.len() + 2));
    }
    if let Some((strong, _)) = text.strip_prefix("**").and_then(|text| text.split_once("**")) {
        return Some((format!("<strong>{}</strong>", marked(strong)), strong.len() + 4));
    }
    let (words, after) = text.strip_prefix('[')?.split_once("](")?;
    let (address, _) = after.split_once(')')?;
    if !address.starts_with("https://") && !address.starts_with('/') {
        return None;
    }
    let html = format!(
        "<a href=\"{}\" target=\"_blank\" rel=\"noopener\">{}</a>",
        escape(address),
        escape(words)
    );
    Some((html, words.len() + address.len() + 4))
}

/// What the page's own style element holds: the tenant's colours, then the tenant's style sheet.
fn style_sheet(context: &RenderContext) -> String {
    let mut sheet = context.look.brand.as_ref().map(crate::Brand::style).unwrap_or_default();
    if let Some(css) = &context.look.custom_css {
        // `<\/` means `</` in CSS, and cannot end the element.
        sheet.push_str(&css.replace("</", "<\\/"));
    }
    sheet
}

fn csrf_field(token: Option<&str>) -> String {
    token.map_or_else(String::new, |token| {
        format!(
            "<input type=\"hidden\" name=\"{CSRF_FIELD}\" value=\"{}\">",
            escape(token)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_share_one_grid_and_carry_no_style() {
        assert!(ICONS.len() > 20);
        for (name, svg) in ICONS.iter() {
            assert!(svg.contains("viewBox=\"0 0 24 24\""), "{name} is not on the grid");
            assert!(
                !svg.contains("style=") && !svg.contains("<script"),
                "{name} carries style or script"
            );
            assert!(
                svg.starts_with("<svg class=\"icon\" aria-hidden=\"true\""),
                "{name} is no icon"
            );
        }
    }

    #[test]
    fn moments_are_written_for_machines() {
        assert_eq!(iso(1_793_714_700_123), "2026-11-03T14:05:00Z");
        assert_eq!(iso(i64::MAX), "");
    }

    #[test]
    fn guides_mark_up_code_and_links_and_nothing_else() {
        assert_eq!(
            marked("run `a<b` **now**"),
            "run <code>a&lt;b</code> <strong>now</strong>"
        );
        assert_eq!(
            marked("see [the docs](https://example.com/?a=1&b)"),
            "see <a href=\"https://example.com/?a=1&amp;b\" target=\"_blank\" rel=\"noopener\">the docs</a>"
        );
        assert_eq!(
            marked("[x](javascript:alert(1)) <b> 2 * 3 `"),
            "[x](javascript:alert(1)) &lt;b&gt; 2 * 3 `"
        );
    }

    #[test]
    fn a_custom_style_sheet_cannot_leave_its_element() {
        let css = "a::after{content:'</style><script>'}";
        assert!(!css.replace("</", "<\\/").contains("</"));
    }
}
