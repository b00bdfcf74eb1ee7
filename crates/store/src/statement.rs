//! Statements whose conditions depend on what is asked for: literal text and bound values, never anything else.

use crate::db::Value;
use crate::{Engine, dialect};
use soleira_core::Timestamp;

/// A value that a [`Statement`] keeps until it runs.
#[derive(Debug, Clone)]
pub(crate) enum Bound {
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// Text.
    Text(String),
}

impl From<i64> for Bound {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<bool> for Bound {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<String> for Bound {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<&str> for Bound {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<Timestamp> for Bound {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.0)
    }
}

/// A statement under construction.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    sql: String,
    values: Vec<Bound>,
}

impl Statement {
    pub(crate) fn new(text: &'static str) -> Self {
        Self {
            sql: text.to_owned(),
            values: Vec::new(),
        }
    }

    /// Adds literal text.
    pub(crate) fn text(&mut self, text: &'static str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// Adds a placeholder and its value.
    pub(crate) fn bind(&mut self, value: impl Into<Bound>) -> &mut Self {
        self.values.push(value.into());
        self.sql.push('$');
        self.sql.push_str(&self.values.len().to_string());
        self
    }

    /// Adds `(v1, v2, …)`, or a list that nothing is in.
    pub(crate) fn bind_list<T: Into<Bound>>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        self.text("(");
        let before = self.values.len();
        for value in values {
            if self.values.len() > before {
                self.text(", ");
            }
            self.bind(value);
        }
        if self.values.len() == before {
            self.text("null");
        }
        self.text(")")
    }

    /// Adds the conditions of a search, preceded by `and`; nothing for a search without any.
    pub(crate) fn search(&mut self, search: &Search, engine: Engine) -> &mut Self {
        if search.any.is_empty() && search.conditions.is_empty() {
            return self;
        }
        let joint = match search.joint {
            Joint::Or => " or ",
            Joint::And => " and ",
        };
        self.text(" and (");
        if !search.any.is_empty() {
            self.text("(");
            for (index, condition) in search.any.iter().enumerate() {
                if index > 0 {
                    self.text(" or ");
                }
                self.condition(condition, search.case_sensitive, engine);
            }
            self.text(")");
        }
        for (index, condition) in search.conditions.iter().enumerate() {
            if index > 0 || !search.any.is_empty() {
                self.text(joint);
            }
            self.condition(condition, search.case_sensitive, engine);
        }
        self.text(")")
    }

    fn condition(&mut self, condition: &Condition, case_sensitive: bool, engine: Engine) {
        let field = condition.field;
        let fold = |text: &String| field.fold(text);
        match condition.mode {
            Mode::Exact if case_sensitive => {
                self.text(field.column)
                    .text(" in ")
                    .bind_list(condition.values.iter().map(String::as_str));
            }
            Mode::Exact => {
                self.text(field.folded)
                    .text(" in ")
                    .bind_list(condition.values.iter().map(fold));
            }
            Mode::Like if case_sensitive => {
                for pattern in &condition.values {
                    let (operator, pattern, escape) = dialect::like_with_case(engine, pattern);
                    self.text(field.column).text(operator).bind(pattern).text(escape);
                }
            }
            Mode::Like => {
                for pattern in &condition.values {
                    self.text(field.folded)
                        .text(" like ")
                        .bind(fold(pattern))
                        .text(" escape '\\'");
                }
            }
            Mode::SimilarTo => {
                for pattern in &condition.values {
                    let (operator, pattern) = dialect::matches(engine, &similar_to_regex(pattern), true);
                    self.text(field.column).text(operator).bind(pattern);
                }
            }
            Mode::Posix => {
                for pattern in &condition.values {
                    let (operator, pattern) = dialect::matches(engine, pattern, case_sensitive);
                    self.text(field.column).text(operator).bind(pattern);
                }
            }
        }
    }

    /// Adds `order by … limit … offset …` for a page, or the order alone for all rows.
    pub(crate) fn page(&mut self, order: &'static str, page: Option<Page>) -> &mut Self {
        self.text(order);
        if let Some(page) = page {
            self.text(" limit ").bind(page.limit).text(" offset ").bind(page.offset);
        }
        self
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    pub(crate) fn values(&self) -> Vec<Value<'_>> {
        self.values
            .iter()
            .map(|value| match value {
                Bound::Int(value) => Value::Int(*value),
                Bound::Bool(value) => Value::Bool(*value),
                Bound::Text(value) => Value::Text(value),
            })
            .collect()
    }
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many rows at most.
    pub limit: i64,
    /// How many rows come before.
    pub offset: i64,
}

/// A field that can be searched.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    pub(crate) column: &'static str,
    /// The column that was folded in Rust, or an expression that folds ASCII on both engines.
    pub(crate) folded: &'static str,
    /// Whether the folded form is that of ASCII only.
    pub(crate) ascii: bool,
}

impl Field {
    fn fold(&self, text: &str) -> String {
        if self.ascii {
            text.to_ascii_lowercase()
        } else {
            dialect::fold(text)
        }
    }
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Equal to one of the values.
    Exact,
    /// SQL `like`; the caller supplies the wildcards.
    Like,
    /// SQL `similar to`.
    SimilarTo,
    /// A regular expression that occurs somewhere.
    Posix,
}

/// How conditions combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Joint {
    /// One of them holds.
    #[default]
    Or,
    /// All of them hold.
    And,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Of which field.
    pub field: &'static Field,
    /// How.
    pub mode: Mode,
    /// With what: one value, or several with [`Mode::Exact`].
    pub values: Vec<String>,
}

/// What a list is searched for. The default finds everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// One of these holds (a text looked for in every field).
    pub any: Vec<Condition>,
    /// Conditions on single fields.
    pub conditions: Vec<Condition>,
    /// How those combine with each other and with [`Search::any`].
    pub joint: Joint,
    /// Whether letter case counts.
    pub case_sensitive: bool,
}

impl Search {
    /// Rows in one of whose fields the text occurs, letter case aside; everything for an empty text.
    pub fn containing(text: &str, fields: &'static [Field]) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        let pattern = format!("%{}%", dialect::escape_like(text));
        Self {
            any: fields
                .iter()
                .map(|field| Condition {
                    field,
                    mode: Mode::Like,
                    values: vec![pattern.clone()],
                })
                .collect(),
            ..Self::default()
        }
    }

    /// Whether it finds everything.
    pub fn is_empty(&self) -> bool {
        self.any.is_empty() && self.conditions.is_empty()
    }
}

/// Whether a pattern of [`Mode::SimilarTo`] or [`Mode::Posix`] is a regular expression that both engines accept.
pub fn is_pattern(mode: Mode, pattern: &str) -> bool {
    let text = match mode {
        Mode::SimilarTo => similar_to_regex(pattern),
        Mode::Posix => pattern.to_owned(),
        // An escape character at the end escapes nothing.
        Mode::Like => return pattern.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0,
        Mode::Exact => return true,
    };
    dialect::is_regex(&text)
}

/// SQL's `similar to` as a regular expression: `%` and `_` are its wildcards, `.`, `^` and `$` stand for themselves,
/// and the whole text must match.
fn similar_to_regex(pattern: &str) -> String {
    let mut out = String::from("^(?:");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '.' | '^' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '\\' => {
                let escaped = chars.next().unwrap_or('\\');
                if !escaped.is_alphanumeric() {
                    out.push('\\');
                }
                out.push(escaped);
            }
            other => out.push(other),
        }
    }
    out.push_str(")$");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Field = Field {
        name: "name",
        column: "name",
        folded: "name_folded",
        ascii: false,
    };

    #[test]
    fn values_are_never_part_of_the_text() {
        static FIELDS: [Field; 1] = [NAME];
        let mut statement = Statement::new("select 1 from users where tenant_id = ");
        statement
            .bind("t")
            .search(&Search::containing("'; drop table users; --", &FIELDS), Engine::Sqlite);
        assert_eq!(
            statement.sql(),
            r"select 1 from users where tenant_id = $1 and ((name_folded like $2 escape '\'))"
        );
    }

    #[test]
    fn similar_to_is_anchored_and_takes_dots_literally() {
        assert_eq!(similar_to_regex("a.%(b|c)_"), r"^(?:a\..*(b|c).)$");
        assert_eq!(similar_to_regex(r"50\%"), r"^(?:50\%)$");
    }

    #[test]
    fn broken_patterns_are_found() {
        assert!(!is_pattern(Mode::Posix, "("));
        assert!(!is_pattern(Mode::SimilarTo, "[a"));
        assert!(!is_pattern(Mode::Like, r"a\"));
        assert!(is_pattern(Mode::Like, r"a\\"));
        assert!(is_pattern(Mode::Posix, "^a+$"));
    }
}
