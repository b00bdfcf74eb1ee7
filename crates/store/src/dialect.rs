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
    words.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_escaped() {
        assert_eq!(escape_like(r"50%_\"), r"50\%\_\\");
    }
}
