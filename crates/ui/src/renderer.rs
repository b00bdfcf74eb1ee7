//! Pages into HTML.

use crate::functions::{escape, template_functions};
use crate::{Page, RenderContext};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use rust_embed::RustEmbed;
use serde::Serialize;

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

/// A template could not be rendered: a fault of ours, never of the reader's.
#[derive(Debug, thiserror::Error)]
#[error("template `{template}`: {source:#}")]
pub struct RenderError {
    template: String,
    source: minijinja::Error,
}

/// Renders templates. One per process; templates are compiled on first use.
#[derive(Debug)]
pub struct Renderer {
    environment: Environment<'static>,
    strict_phrases: bool,
}

impl Default for Renderer {
    fn default() -> Self {
        Self::new()
    }
}

impl Renderer {
    /// A renderer over the built-in templates.
    ///
    /// A missing phrase is an error in a debug build, so that no test misses it, and shows its key in a release.
    pub fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment
            .set_loader(|name| Ok(Templates::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned())));
        environment.set_formatter(|out, state, value| match value.as_str() {
            Some(text) if !value.is_safe() => Ok(out.write_str(&escape(text))?),
            None if value.is_none() => Ok(()),
            _ => minijinja::escape_formatter(out, state, value),
        });
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        Self {
            environment,
            strict_phrases: cfg!(debug_assertions),
        }
    }

    /// Renders a page with the template that it names.
    pub fn page<P: Page>(&self, page: &P, context: &RenderContext) -> Result<String, RenderError> {
        self.render(P::TEMPLATE, page, context)
    }

    /// Renders `template` (`experience/sign-in.html`), which sees `page` and the context.
    pub fn render(
        &self,
        template: &str,
        page: &impl Serialize,
        context: &RenderContext,
    ) -> Result<String, RenderError> {
        let failed = |source| RenderError {
            template: template.to_owned(),
            source,
        };
        let page = ("page", Value::from(Serde(page)));
        let values = Value::from_pairs(template_functions(context, self.strict_phrases).chain([page]));
        self.environment
            .get_template(template)
            .map_err(failed)?
            .render(values)
            .map_err(failed)
    }

    /// The names of all templates.
    pub fn templates() -> impl Iterator<Item = String> {
        Templates::iter().map(std::borrow::Cow::into_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_compiles() {
        let renderer = Renderer::new();
        for template in Renderer::templates() {
            renderer.environment.get_template(&template).unwrap();
        }
    }

    /// The phrase keys that the templates name literally.
    #[test]
    fn every_phrase_a_template_names_exists() {
        let phrases = soleira_phrases::Phrases::built_in();
        let mut named = 0;
        for template in Renderer::templates() {
            let source = String::from_utf8(Templates::get(&template).unwrap().data.into_owned()).unwrap();
            for (start, call) in source.match_indices("t(\"") {
                let (key, after) = source[start + call.len()..].split_once('"').unwrap();
                let part_of_a_name = source[..start].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                if part_of_a_name || after.starts_with(" ~") {
                    continue;
                }
                named += 1;
                assert!(
                    phrases.contains(soleira_phrases::Language::EN, key),
                    "{template}: no phrase `{key}`"
                );
            }
        }
        assert!(named > 50, "the test has lost its way");
    }
}
