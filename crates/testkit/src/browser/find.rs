//! XPath expressions that find what a person means.

/// Links, buttons and choices called exactly `name`: by their text, value or label.
pub(super) fn clickable(name: &str) -> String {
    let name = literal(name);
    format!(
        "//*[{CLICKABLE}][normalize-space(.)={name} or normalize-space(@aria-label)={name}] \
         | //input[@type='submit' or @type='button'][normalize-space(@value)={name}]"
    )
}

/// Links, buttons and choices whose text contains `words`.
pub(super) fn clickable_containing(words: &str) -> String {
    format!("//*[{CLICKABLE}][contains(normalize-space(.), {})]", literal(words))
}

const CLICKABLE: &str =
    "self::button or self::a[@href] or self::summary or self::label or @role='button' or @role='tab'";

/// The first heading, when it reads `text`.
pub(super) fn heading(text: &str) -> String {
    format!("//h1[normalize-space(.)={}]", literal(text))
}

/// Labels that read `label`, first those that read nothing else.
pub(super) fn labelled(label: &str) -> String {
    let label = literal(label);
    format!("//label[normalize-space(.)={label}] | //label[starts-with(normalize-space(.), concat({label}, ' '))]")
}

/// The field that a label without `for` encloses.
pub(super) const FIELD_WITHIN: &str = ".//*[self::input or self::textarea or self::select]";

/// The field of that id.
pub(super) fn field(id: &str) -> String {
    format!("//*[@id={}]", literal(id))
}

/// Fields that carry their label themselves.
pub(super) fn field_called(label: &str) -> String {
    format!(
        "//*[self::input or self::textarea or self::select][normalize-space(@aria-label)={}]",
        literal(label)
    )
}

/// The option of a list, by its text.
pub(super) fn option(text: &str) -> String {
    format!(".//option[normalize-space(.)={}]", literal(text))
}

/// A string in XPath 1.0, which knows no escapes.
fn literal(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn quotes_are_put_together() {
        assert_eq!(literal("Sign in"), "'Sign in'");
        assert_eq!(literal("Ada's \"app\""), "concat('Ada', \"'\", 's \"app\"')");
    }
}
