//! Every page filled in with plausible values: for the tests that render them all, and for looking at them
//! (`cargo run -p soleira-ui --example gallery`).

mod console;
mod experience;

use crate::{Frame, LanguageLink, Look, Page, RenderContext};
use minijinja::Value;
use minijinja::value::Serde;
use soleira_core::Timestamp;
use soleira_phrases::{Language, Phrases};

/// A page filled in with plausible values.
#[derive(Debug)]
pub struct Sample {
    /// What it shows, as a file name.
    pub name: &'static str,
    /// Its template.
    pub template: &'static str,
    /// Its values.
    pub page: Value,
    /// What stands around it.
    pub frame: Frame,
}

impl Sample {
    fn of<P: Page>(name: &'static str, frame: impl Into<Frame>, page: P) -> Self {
        Self {
            name,
            template: P::TEMPLATE,
            page: Value::from(Serde(page)),
            frame: frame.into(),
        }
    }

    /// The context to render it in.
    pub fn context(&self, language: Language, look: Look) -> RenderContext {
        RenderContext {
            language,
            phrases: Phrases::built_in().clone(),
            now: NOW,
            nonce: "c2FtcGxl".to_owned(),
            csrf: Some("token".to_owned()),
            look,
            frame: self.frame.clone(),
            sandbox: false,
        }
    }
}

/// The present of the samples: 3 November 2026, 14:05 UTC.
const NOW: Timestamp = Timestamp(1_793_714_700_000);

/// All samples, their texts in `language`.
pub fn all(language: Language) -> Vec<Sample> {
    let mut samples = experience::samples(language);
    samples.extend(console::samples(language));
    samples
}

/// The other languages of a page.
fn other_languages(language: Language) -> Vec<LanguageLink> {
    Language::BUILT_IN
        .iter()
        .filter(|other| **other != language)
        .map(|other| LanguageLink {
            tag: other.tag(),
            name: other.native_name(),
            href: format!("?ui_locales={}", other.tag()),
        })
        .collect()
}

/// A phrase that mentions nothing.
fn say(language: Language, key: &str) -> String {
    Phrases::built_in().text(language, key)
}

/// A phrase that mentions one thing.
fn say_of(language: Language, key: &str, name: &str, value: &str) -> String {
    Phrases::built_in().get(language, key, &[(name, value)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Brand, Renderer, Theme};
    use std::collections::BTreeSet;

    fn rendered(language: Language, look: &Look) -> Vec<(String, String)> {
        let renderer = Renderer::new();
        let render = |sample: Sample| {
            let html = renderer.render(sample.template, &sample.page, &sample.context(language, look.clone()));
            (
                sample.name.to_owned(),
                html.unwrap_or_else(|error| panic!("{}: {error}", sample.name)),
            )
        };
        all(language).into_iter().map(render).collect()
    }

    /// The start tags of `html`, without their brackets.
    fn tags(html: &str) -> impl Iterator<Item = &str> {
        html.split('<')
            .skip(1)
            .filter(|tag| !tag.starts_with(['/', '!']))
            .map(|tag| tag.split('>').next().unwrap())
    }

    fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
        let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        tag[start..].split('"').next()
    }

    #[test]
    fn every_page_template_has_a_sample() {
        let sampled: BTreeSet<&str> = all(Language::EN).iter().map(|sample| sample.template).collect();
        for template in Renderer::templates() {
            let part =
                template.starts_with("layouts/") || template.starts_with("components/") || template.contains("/_");
            assert!(part || sampled.contains(template.as_str()), "{template} has no sample");
        }
    }

    #[test]
    fn every_page_renders_in_every_language() {
        for language in Language::BUILT_IN {
            for (name, html) in rendered(*language, &Look::default()) {
                assert!(
                    html.contains(&format!("<html lang=\"{language}\" dir=\"ltr\"")),
                    "{name}: language"
                );
                assert_eq!(html.matches("<h1").count(), 1, "{name} in {language}: one heading");
                assert!(!html.contains("undefined"), "{name}: undefined");
                for prefix in ["common.", "experience.", "console.", "errors."] {
                    assert!(
                        !html.contains(&format!(">{prefix}")),
                        "{name} in {language}: a phrase is missing"
                    );
                }
            }
        }
    }

    #[test]
    fn a_sandbox_says_so_on_every_page() {
        let renderer = Renderer::new();
        for language in Language::BUILT_IN {
            let banner = say(*language, "common.sandbox");
            for sample in all(*language) {
                let mut context = sample.context(*language, Look::default());
                context.sandbox = true;
                let html = renderer.render(sample.template, &sample.page, &context).unwrap();
                // The preview stands in a page of the Console, which says it already.
                let inert = matches!(&sample.frame, Frame::Experience(frame) if frame.inert);
                assert_eq!(html.matches(&banner).count(), usize::from(!inert), "{}", sample.name);
            }
        }
    }

    #[test]
    fn pages_obey_the_content_security_policy() {
        let look = Look {
            theme: Theme::Dark,
            brand: Brand::new("#e11d48", None),
            custom_css: Some("main{border:0}".to_owned()),
        };
        for (name, html) in rendered(Language::EN, &look) {
            for tag in tags(&html) {
                assert_eq!(attribute(tag, "style"), None, "{name}: style in <{tag}>");
                let handler = tag.split('"').step_by(2).any(|names| names.contains(" on"));
                assert!(!handler, "{name}: handler in <{tag}>");
                if tag.starts_with("style") {
                    assert_eq!(attribute(tag, "nonce"), Some("c2FtcGxl"), "{name}: style without nonce");
                }
                if tag.starts_with("script") {
                    assert!(
                        attribute(tag, "src").is_some_and(|src| src.starts_with("/assets/")),
                        "{name}: <{tag}>"
                    );
                }
                for address in ["src", "srcset"].iter().filter_map(|kind| attribute(tag, kind)) {
                    assert!(!address.starts_with("http"), "{name}: <{tag}> loads from another host");
                }
            }
        }
    }

    #[test]
    fn every_control_has_a_name_and_every_reference_a_target() {
        for (name, html) in rendered(Language::PT_BR, &Look::default()) {
            let ids: Vec<&str> = tags(&html).filter_map(|tag| attribute(tag, "id")).collect();
            let unique: BTreeSet<&&str> = ids.iter().collect();
            assert_eq!(unique.len(), ids.len(), "{name}: an id stands twice in {ids:?}");
            let labelled: BTreeSet<&str> = tags(&html)
                .filter(|tag| tag.starts_with("label "))
                .filter_map(|tag| attribute(tag, "for"))
                .collect();
            for tag in tags(&html) {
                let control = ["input ", "textarea ", "select "]
                    .iter()
                    .any(|kind| tag.starts_with(kind));
                let hidden = attribute(tag, "type") == Some("hidden") || attribute(tag, "aria-hidden").is_some();
                if control && !hidden {
                    let named = attribute(tag, "aria-label").is_some()
                        || attribute(tag, "aria-labelledby").is_some()
                        || attribute(tag, "id").is_some_and(|id| labelled.contains(id));
                    assert!(named, "{name}: <{tag}> has no label");
                }
                for kind in [
                    "aria-describedby",
                    "aria-labelledby",
                    "aria-controls",
                    "for",
                    "popovertarget",
                ] {
                    for id in attribute(tag, kind).into_iter().flat_map(str::split_whitespace) {
                        assert!(ids.contains(&id), "{name}: <{tag}> refers to #{id}");
                    }
                }
            }
        }
    }

    /// DESIGN: the sign-in page's first load is under 30 KB compressed, in at most four requests.
    #[test]
    fn the_sign_in_page_is_small() {
        let (_, html) = rendered(Language::EN, &Look::default()).swap_remove(0);
        let compressed = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut encoder, bytes).unwrap();
            encoder.finish().unwrap().len()
        };
        let addresses: Vec<&str> = tags(&html)
            .filter(|tag| tag.starts_with("link") || tag.starts_with("script") || tag.starts_with("img"))
            .filter_map(|tag| attribute(tag, "href").or_else(|| attribute(tag, "src")))
            .filter(|address| !address.starts_with("data:"))
            .collect();
        let assets: usize = addresses
            .iter()
            .map(|address| {
                crate::asset(address.strip_prefix("/assets/").unwrap())
                    .unwrap()
                    .gzip()
                    .len()
            })
            .sum();
        let total = compressed(html.as_bytes()) + assets;
        assert!(addresses.len() <= 3, "{addresses:?}");
        assert!(total < 30 * 1024, "{total} bytes");
    }
}
