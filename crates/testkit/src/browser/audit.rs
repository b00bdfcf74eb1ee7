//! axe-core, run in the page.

use crate::requirement::Requirement;
use fantoccini::Client;
use serde_json::Value;
use std::fmt;

/// A rule of accessibility that a page breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The page, as the test calls it.
    pub page: String,
    /// axe-core's name of the rule, such as `color-contrast`.
    pub rule: String,
    /// What it is about.
    pub help: String,
    /// The elements, each with what is wrong.
    pub elements: Vec<String>,
}

impl Violation {
    pub(super) fn overflow(page: &str) -> Self {
        Self {
            page: page.to_owned(),
            rule: "reflow".to_owned(),
            help: "the page is wider than its window (WCAG 1.4.10)".to_owned(),
            elements: Vec::new(),
        }
    }

    fn read(page: &str, violation: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let nodes = violation["nodes"].as_array().into_iter().flatten();
        let elements = nodes
            .map(|node| format!("{} ({})", text(&node["html"]), text(&node["failureSummary"])))
            .collect();
        Self {
            page: page.to_owned(),
            rule: text(&violation["id"]),
            help: text(&violation["help"]),
            elements,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}: {}", self.page, self.rule, self.help)?;
        self.elements
            .iter()
            .try_for_each(|element| writeln!(f, "    {}", element.replace('\n', " ")))
    }
}

/// Scripts that ChromeDriver runs are exempt from the page's content security policy.
pub(super) async fn run(client: &Client, page: &str) -> Vec<Violation> {
    let Some(modules) = Requirement::NodeModules.find_path() else {
        return Vec::new();
    };
    let path = modules.join("axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let load = format!("if (!window.axe) {{ {axe} }}");
    client
        .execute(&load, Vec::new())
        .await
        .unwrap_or_else(|error| panic!("axe-core: {error}"));
    let check = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] })
            .then(found => done({ violations: found.violations }), error => done({ error: String(error) }));";
    let answer = client
        .execute_async(check, Vec::new())
        .await
        .unwrap_or_else(|error| panic!("axe-core: {error}"));
    assert!(answer["error"].is_null(), "axe-core: {}", answer["error"]);
    answer["violations"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|violation| Violation::read(page, violation))
        .collect()
}
