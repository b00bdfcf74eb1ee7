//! Forms, filled in and sent as a browser without scripts does (HTML, §4.10.21).

use super::Visitor;
use super::page::{Page, is_named, selector, visible_text};
use http::{HeaderMap, Method};
use scraper::{ElementRef, Html, Selector};
use std::collections::HashMap;
use url::Url;

/// A form on a page, with what it would send.
#[derive(Debug, Clone)]
pub struct Form {
    visitor: Visitor,
    method: Method,
    action: Url,
    fields: Vec<Field>,
    button: Option<(String, String)>,
    labels: HashMap<String, String>,
}

#[derive(Debug, Clone)]
struct Field {
    name: String,
    value: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Text,
    /// A checkbox or radio button: whether it is chosen, and what stands beside it.
    Choice {
        chosen: bool,
        radio: bool,
        label: String,
    },
    /// A list: the value and the text of each option.
    List(Vec<(String, String)>),
}

impl Form {
    pub(super) fn with_button(visitor: &Visitor, page: &Url, html: &Html, text: &str) -> Option<Self> {
        let button = html.select(&submit_buttons()).find(|button| is_named(*button, text))?;
        let form = match button.attr("form") {
            Some(id) => html
                .select(&selector("form"))
                .find(|form| form.attr("id") == Some(id))?,
            None => button
                .ancestors()
                .filter_map(ElementRef::wrap)
                .find(|ancestor| ancestor.value().name() == "form")?,
        };
        Some(Self::read(visitor, page, html, form, Some(button)))
    }

    pub(super) fn at(visitor: &Visitor, page: &Url, html: &Html, css: &Selector) -> Option<Self> {
        let form = html.select(css).next()?;
        let button = form.select(&submit_buttons()).next();
        Some(Self::read(visitor, page, html, form, button))
    }

    fn read(visitor: &Visitor, page: &Url, html: &Html, form: ElementRef<'_>, button: Option<ElementRef<'_>>) -> Self {
        let of_button = |name: &str| button.and_then(|button| button.attr(name));
        let action = of_button("formaction")
            .or(form.attr("action"))
            .filter(|action| !action.is_empty());
        let method = of_button("formmethod").or(form.attr("method")).unwrap_or("get");
        let labels: HashMap<&str, String> = html
            .select(&selector("label[for]"))
            .filter_map(|label| Some((label.attr("for")?, visible_text(label))))
            .collect();
        let mut fields = Vec::new();
        let mut names = HashMap::new();
        for control in html
            .select(&selector("input, select, textarea"))
            .filter(|control| belongs_to(*control, form))
        {
            let Some(name) = control.attr("name").filter(|_| control.attr("disabled").is_none()) else {
                continue;
            };
            let label = control
                .attr("id")
                .and_then(|id| labels.get(id))
                .cloned()
                .or_else(|| enclosing_label(control));
            let label = label
                .or_else(|| control.attr("aria-label").map(str::to_owned))
                .unwrap_or_default();
            if let Some(field) = read_control(control, name, &label) {
                if !label.is_empty() && !matches!(field.kind, Kind::Choice { .. }) {
                    names.insert(label, name.to_owned());
                }
                fields.push(field);
            }
        }
        let action = action.map_or_else(|| Ok(page.clone()), |action| page.join(action));
        Self {
            visitor: visitor.clone(),
            method: if method.eq_ignore_ascii_case("post") {
                Method::POST
            } else {
                Method::GET
            },
            action: action.unwrap_or_else(|error| panic!("a form's action: {error}")),
            fields,
            button: of_button("name").map(|name| (name.to_owned(), of_button("value").unwrap_or_default().to_owned())),
            labels: names,
        }
    }

    /// Types into the field of that label or name; in a list, chooses the option of that text or value.
    ///
    /// # Panics
    /// When there is no such field or option.
    #[track_caller]
    pub fn fill(mut self, field: &str, value: &str) -> Self {
        let name = self.labels.get(field).map_or(field, String::as_str).to_owned();
        let found = self
            .fields
            .iter_mut()
            .find(|known| known.name == name && !matches!(known.kind, Kind::Choice { .. }));
        let Some(found) = found else {
            panic!("the form has no field `{field}`: {:?}", self.fields)
        };
        found.value = match &found.kind {
            Kind::List(options) => {
                let option = options.iter().find(|(of, text)| of == value || text == value);
                option
                    .unwrap_or_else(|| panic!("`{field}` has no option `{value}`: {options:?}"))
                    .0
                    .clone()
            }
            _ => value.to_owned(),
        };
        self
    }

    /// Chooses the checkbox or radio button of that label, value or name.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn check(self, choice: &str) -> Self {
        self.choose(choice, true)
    }

    /// Clears the checkbox of that label, value or name.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn uncheck(self, choice: &str) -> Self {
        self.choose(choice, false)
    }

    #[track_caller]
    fn choose(mut self, choice: &str, wanted: bool) -> Self {
        let called = |field: &Field| match &field.kind {
            Kind::Choice { label, .. } => label == choice || field.value == choice || field.name == choice,
            _ => false,
        };
        let Some(index) = self.fields.iter().position(called) else {
            panic!("the form has no choice `{choice}`: {:?}", self.fields)
        };
        let name = self.fields[index].name.clone();
        for (at, field) in self.fields.iter_mut().enumerate() {
            if let Kind::Choice { chosen, radio, .. } = &mut field.kind {
                if at == index {
                    *chosen = wanted;
                } else if *radio && wanted && field.name == name {
                    *chosen = false;
                }
            }
        }
        self
    }

    /// What the field of that label or name would send.
    pub fn value(&self, field: &str) -> Option<&str> {
        let name = self.labels.get(field).map_or(field, String::as_str);
        self.fields
            .iter()
            .find(|known| known.name == name && known.is_sent())
            .map(|known| known.value.as_str())
    }

    /// Removes a field, as a forged form lacks it.
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|field| field.name != name);
        self
    }

    /// Adds a field that the page does not have.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push(Field {
            name: name.to_owned(),
            value: value.to_owned(),
            kind: Kind::Text,
        });
        self
    }

    /// Where it goes.
    pub fn action(&self) -> &Url {
        &self.action
    }

    /// What it sends, in the order of the page.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let fields = self.fields.iter().filter(|field| field.is_sent());
        let fields = fields.map(|field| (field.name.as_str(), field.value.as_str()));
        fields
            .chain(self.button.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .collect()
    }

    /// Sends it.
    pub async fn submit(self) -> Page {
        if self.method == Method::POST {
            return self
                .visitor
                .send_form(Method::POST, self.action.clone(), HeaderMap::new(), &self.pairs())
                .await;
        }
        let mut url = self.action.clone();
        url.query_pairs_mut().clear().extend_pairs(self.pairs());
        self.visitor.get(url.as_str()).await
    }
}

impl Field {
    fn is_sent(&self) -> bool {
        !matches!(self.kind, Kind::Choice { chosen: false, .. })
    }
}

fn submit_buttons() -> Selector {
    selector("button:not([type=button]):not([type=reset]), input[type=submit]")
}

fn belongs_to(control: ElementRef<'_>, form: ElementRef<'_>) -> bool {
    match control.attr("form") {
        Some(id) => form.attr("id") == Some(id),
        None => control.ancestors().any(|ancestor| ancestor.id() == form.id()),
    }
}

fn enclosing_label(control: ElementRef<'_>) -> Option<String> {
    let label = control
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find(|ancestor| ancestor.value().name() == "label")?;
    Some(visible_text(label))
}

fn read_control(control: ElementRef<'_>, name: &str, label: &str) -> Option<Field> {
    let name = name.to_owned();
    let given = control.attr("value");
    let (value, kind) = match control.value().name() {
        // HTML drops one newline after the start tag.
        "textarea" => {
            let text: String = control.text().collect();
            (text.strip_prefix('\n').unwrap_or(&text).to_owned(), Kind::Text)
        }
        "select" => {
            let options: Vec<ElementRef<'_>> = control.select(&selector("option")).collect();
            let read = |option: &ElementRef<'_>| {
                let text = visible_text(*option);
                (option.attr("value").map_or_else(|| text.clone(), str::to_owned), text)
            };
            let chosen = options
                .iter()
                .find(|option| option.attr("selected").is_some())
                .or(options.first());
            (
                chosen.map(|option| read(option).0).unwrap_or_default(),
                Kind::List(options.iter().map(read).collect()),
            )
        }
        _ => match control.attr("type").unwrap_or("text") {
            "submit" | "button" | "reset" | "image" | "file" => return None,
            kind @ ("checkbox" | "radio") => {
                let chosen = control.attr("checked").is_some();
                let choice = Kind::Choice {
                    chosen,
                    radio: kind == "radio",
                    label: label.to_owned(),
                };
                (given.unwrap_or("on").to_owned(), choice)
            }
            _ => (given.unwrap_or_default().to_owned(), Kind::Text),
        },
    };
    Some(Field { name, value, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::response::{Html as Answer, Redirect};
    use axum::routing::{get, post};

    const PAGE: &str = r#"<!doctype html><title>Sign in</title><body><h1>Sign in to <b>Bookstore</b></h1>
        <form method="post" action="/enter" id="f">
          <input type="hidden" name="csrf" value="t0k">
          <label for="u">Email or username</label><input id="u" name="identifier">
          <label>Stay <input type="checkbox" name="stay"></label>
          <label><input type="radio" name="kind" value="a" checked> First</label>
          <label><input type="radio" name="kind" value="b"> Second</label>
          <select name="language"><option value="en">English</option><option value="pt-BR">Português</option></select>
          <textarea name="note">
kept</textarea>
          <input name="ignored" disabled value="x">
          <button type="button">Show</button><button name="action" value="go">Sign in</button>
        </form>
        <input form="f" name="outside" value="1">
        <script>var notRead = 1</script><p hidden>not seen</p><a href="/other">Other <span>page</span></a></body>"#;

    fn visitor() -> Visitor {
        let router = Router::new()
            .route("/", get(|| async { Answer(PAGE) }))
            .route(
                "/enter",
                post(|body: String| async move { ([("set-cookie", "seen=1; Path=/")], body) }),
            )
            .route("/other", get(|| async { Redirect::to("/end") }))
            .route(
                "/end",
                get(|headers: http::HeaderMap| async move { format!("{:?}", headers.get("cookie")) }),
            );
        Visitor::of_routers(
            "http://localhost:3001",
            vec![("http://localhost:3001".to_owned(), router)],
        )
    }

    #[tokio::test]
    async fn a_form_sends_what_a_browser_sends() {
        let page = visitor().get("/").await.expect(200);
        let form = page.form("Sign in");
        assert_eq!(form.value("csrf"), Some("t0k"));
        let answer = form
            .fill("Email or username", "ada b")
            .check("Second")
            .fill("language", "Português")
            .submit()
            .await;
        assert_eq!(
            answer.body(),
            "csrf=t0k&identifier=ada+b&kind=b&language=pt-BR&note=kept&outside=1&action=go"
        );
        let stays = page
            .form_at("form")
            .check("stay")
            .uncheck("Stay")
            .check("stay")
            .without("csrf")
            .submit()
            .await;
        assert!(stays.body().starts_with("identifier=&stay=on&kind=a"));
    }

    #[tokio::test]
    async fn a_page_is_read_as_a_person_reads_it() {
        let page = visitor().get("/").await;
        assert!(page.says("Sign in to Bookstore"));
        assert!(!page.says("not seen") && !page.says("notRead"));
        assert_eq!(page.text_of("h1").as_deref(), Some("Sign in to Bookstore"));
        assert_eq!(page.link("Other page").path(), "/other");
    }

    #[tokio::test]
    async fn redirects_are_followed_on_demand_with_the_cookies() {
        let visitor = visitor();
        visitor.post_form("/enter", &[]).await;
        let page = visitor.get("/").await.click("Other page").await.expect(303);
        assert_eq!(page.location().path(), "/end");
        assert!(page.follow().await.body().contains("seen=1"));
        assert!(visitor.stranger().get("/end").await.body().contains("None"));
    }

    #[tokio::test]
    #[should_panic(expected = "tests do not use the network")]
    async fn the_network_is_refused() {
        visitor().get("http://192.0.2.1/").await;
    }
}
