//! What the two engines spell differently, in one place.

use crate::Engine;

/// The types of our schema in the engine's words. The schema files use upper-case placeholders for types, so that
/// one text serves both: `TEXT`, `BIGINT`, `BOOLEAN`, `BYTES`, and `STRICT` at a table's end.
pub(crate) fn ddl(engine: Engine, text: &str) -> String {
    let words: [(&str, &str); 4] = match engine {
        Engine::Sqlite => [
            ("BIGINT", "integer"),
            ("BOOLEAN", "integer"),
            ("BYTES", "blob"),
            ("STRICT", "strict"),
        ],
        Engine::Postgres => [
            // Keys and folded columns compare by code point on both engines.
            ("TEXT", "text collate \"C\""),
            ("BOOLEAN", "boolean"),
            ("BYTES", "bytea"),
            ("STRICT", ""),
        ],
    };
    words
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// `<column> like <placeholder>` with `\` as the escape character, on columns that were folded in Rust.
/// SQLite's `like` folds ASCII by itself, PostgreSQL's does not: on folded columns they agree.
pub fn like(column: &str, placeholder: usize) -> String {
    format!("{column} like ${placeholder} escape '\\'")
}

/// A text in which the wildcards of `like` stand for themselves.
pub fn escape_like(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Lower-cases in Rust, the same for both engines: what search columns hold and what is searched for.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// A `like` in which letter case counts: operator, pattern and what follows the pattern. SQLite's own `like` folds
/// ASCII, so there the pattern becomes that of `glob`.
pub(crate) fn like_with_case(engine: Engine, pattern: &str) -> (&'static str, String, &'static str) {
    match engine {
        Engine::Postgres => (" like ", pattern.to_owned(), " escape '\\'"),
        Engine::Sqlite => (" glob ", like_to_glob(pattern), ""),
    }
}

fn like_to_glob(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let literal = match c {
            '%' => {
                out.push('*');
                continue;
            }
            '_' => {
                out.push('?');
                continue;
            }
            '\\' => chars.next().unwrap_or('\\'),
            other => other,
        };
        if matches!(literal, '*' | '?' | '[') {
            out.push('[');
            out.push(literal);
            out.push(']');
        } else {
            out.push(literal);
        }
    }
    out
}

/// A regular expression that must occur in a column: operator and pattern. On SQLite it runs in Rust, in linear time
/// ([`register`]); on PostgreSQL within the time that a list may take.
pub(crate) fn matches(engine: Engine, pattern: &str, case_sensitive: bool) -> (&'static str, String) {
    match (engine, case_sensitive) {
        (Engine::Postgres, true) => (" ~ ", pattern.to_owned()),
        (Engine::Postgres, false) => (" ~* ", pattern.to_owned()),
        (Engine::Sqlite, true) => (" regexp ", pattern.to_owned()),
        (Engine::Sqlite, false) => (" regexp ", format!("(?i){pattern}")),
    }
}

fn regex(pattern: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(pattern)
        .dot_matches_new_line(true)
        .size_limit(1 << 20)
        .build()
}

/// Whether the text is a regular expression.
pub(crate) fn is_regex(pattern: &str) -> bool {
    regex(pattern).is_ok()
}

/// Gives a connection of SQLite the operator `regexp`.
pub(crate) fn register(conn: &rusqlite::Connection) -> rusqlite::Result<()> {
    use rusqlite::functions::FunctionFlags;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("regexp", 2, flags, |context| {
        let pattern = context.get_or_create_aux(0, |value| -> Result<_, Box<dyn std::error::Error + Send + Sync>> {
            Ok(regex(value.as_str()?)?)
        })?;
        let text = context.get_raw(1).as_str_or_null()?;
        Ok(text.map(|text| pattern.is_match(text)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_escaped() {
        assert_eq!(escape_like(r"50%_\"), r"50\%\_\\");
    }

    #[test]
    fn a_pattern_of_like_becomes_one_of_glob() {
        assert_eq!(like_to_glob(r"A%b_c\%[*"), "A*b?c%[[][*]");
    }
}
