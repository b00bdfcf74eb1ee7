//! Searches as query strings say them (docs/wire/management-api.md, "Search").

use soleira_core::{Code, Error, Result};
use soleira_store::{Condition, Field, Joint, Mode, Search, is_pattern};

/// Reads a search from the pairs of a query string. Names are matched by prefix: `search`, `search.<field>`, `mode`,
/// `mode.<field>`, `joint` (or `jointMode`), `isCaseSensitive`; other pairs are left alone.
///
/// # Errors
/// 400 `request.invalid_input` for what makes no sense: an unknown field or mode, an empty value, several values for a
/// comparison that takes one, a pattern that is none.
pub fn parse(pairs: &[(String, String)], fields: &'static [Field]) -> Result<Search> {
    let case_sensitive = last(pairs, "isCaseSensitive").is_some_and(is_truthy);
    let joint = match last(pairs, "joint").or_else(|| last(pairs, "jointMode")) {
        None | Some("or") => Joint::Or,
        Some("and") => Joint::And,
        Some(_) => return Err(invalid("`joint` is `or` or `and`")),
    };
    let mut general_mode = Mode::Like;
    let mut modes: Vec<(&'static Field, Mode)> = Vec::new();
    for (name, value) in pairs.iter().filter(|(name, _)| name.starts_with("mode")) {
        let mode = parse_mode(value)?;
        match field_of(name, "mode", fields)? {
            None => general_mode = mode,
            Some(field) => modes.push((field, mode)),
        }
    }
    let mode_of = |field: &'static Field| {
        let own = modes.iter().rev().find(|(known, _)| *known == field);
        own.map_or(general_mode, |(_, mode)| *mode)
    };

    let mut search = Search {
        joint,
        case_sensitive,
        ..Search::default()
    };
    for (name, value) in pairs.iter().filter(|(name, _)| name.starts_with("search")) {
        if value.is_empty() {
            return Err(invalid(format!("`{name}` is empty")));
        }
        match field_of(name, "search", fields)? {
            None => {
                if !search.any.is_empty() {
                    return Err(invalid("`search` is given twice"));
                }
                search.any = fields
                    .iter()
                    .map(|field| condition(field, mode_of(field), vec![value.clone()]))
                    .collect();
            }
            Some(field) => match search.conditions.iter_mut().find(|condition| condition.field == field) {
                Some(known) if known.mode == Mode::Exact => known.values.push(value.clone()),
                Some(_) => return Err(invalid(format!("`{name}` takes one value unless its mode is `exact`"))),
                None => search
                    .conditions
                    .push(condition(field, mode_of(field), vec![value.clone()])),
            },
        }
    }
    for condition in search.any.iter().chain(&search.conditions) {
        if condition.mode == Mode::SimilarTo && !case_sensitive {
            return Err(invalid("`similar_to` needs `isCaseSensitive=true`"));
        }
        if let Some(bad) = condition.values.iter().find(|value| !is_pattern(condition.mode, value)) {
            return Err(invalid(format!("`{bad}` is not a pattern of its mode")));
        }
    }
    Ok(search)
}

fn condition(field: &'static Field, mode: Mode, values: Vec<String>) -> Condition {
    Condition { field, mode, values }
}

fn parse_mode(name: &str) -> Result<Mode> {
    match name {
        "exact" => Ok(Mode::Exact),
        "like" => Ok(Mode::Like),
        "similar_to" => Ok(Mode::SimilarTo),
        "posix" => Ok(Mode::Posix),
        _ => Err(invalid("`mode` is `exact`, `like`, `similar_to` or `posix`")),
    }
}

/// The field that `<kind>.<field>` names; none for `<kind>` alone.
fn field_of(name: &str, kind: &str, fields: &'static [Field]) -> Result<Option<&'static Field>> {
    let Some(field) = name.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')) else {
        return if name == kind {
            Ok(None)
        } else {
            Err(invalid(format!("`{name}` is not a search parameter")))
        };
    };
    fields
        .iter()
        .find(|known| known.name == field)
        .map(Some)
        .ok_or_else(|| invalid(format!("`{field}` cannot be searched")))
}

fn last<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .rev()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// Whether a query parameter says yes.
pub fn is_truthy(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "1" | "true" | "y" | "yes" | "yeah" | "on"
    )
}

fn invalid(details: impl std::fmt::Display) -> Error {
    Error::new(Code::RequestInvalidInput).with("details", details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use soleira_store::users::FIELDS;

    fn pairs(text: &[(&str, &str)]) -> Vec<(String, String)> {
        text.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn one_text_is_looked_for_everywhere() {
        let search = parse(&pairs(&[("search", "%ana%"), ("page", "1")]), &FIELDS).unwrap();
        assert_eq!(search.any.len(), FIELDS.len());
        assert!(search.any.iter().all(|condition| condition.mode == Mode::Like));
        assert_eq!(search.joint, Joint::Or);
    }

    #[test]
    fn fields_have_modes_of_their_own() {
        let search = parse(
            &pairs(&[
                ("search.username", "ana"),
                ("search.username", "bia"),
                ("mode.username", "exact"),
                ("search.name", "^A"),
                ("mode.name", "posix"),
                ("joint", "and"),
                ("isCaseSensitive", "1"),
            ]),
            &FIELDS,
        )
        .unwrap();
        assert_eq!(search.conditions[0].values, ["ana", "bia"]);
        assert_eq!(search.conditions[1].mode, Mode::Posix);
        assert_eq!(search.joint, Joint::And);
        assert!(search.case_sensitive);
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            &[("search.password", "a")][..],
            &[("search.name.x", "a")],
            &[("search", "")],
            &[("searchname", "a")],
            &[("search.name", "a"), ("search.name", "b")],
            &[("search", "a"), ("mode", "fuzzy")],
            &[("search", "a"), ("joint", "xor")],
            &[("search.name", "("), ("mode", "posix")],
            &[("search.name", "a"), ("mode", "similar_to")],
            &[("search.name", "a\\")],
        ] {
            let error = parse(&pairs(bad), &FIELDS).unwrap_err();
            assert_eq!(error.code(), Code::RequestInvalidInput, "{bad:?}");
        }
    }
}
