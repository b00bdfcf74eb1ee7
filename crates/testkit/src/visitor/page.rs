//! What a server answered, read as a person or a client reads it.

use super::{Form, Visitor};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use scraper::{ElementRef, Html, Node, Selector};
use url::Url;

/// How many redirects are followed before a test is thought to run in circles.
const MOST_REDIRECTS: usize = 20;

/// An answer, and the visitor who got it.
#[derive(Clone)]
pub struct Page {
    visitor: Visitor,
    method: Method,
    url: Url,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} {} answered {}", self.method, self.url, self.status)?;
        if let Some(location) = self.header("location") {
            writeln!(f, "Location: {location}")?;
        }
        f.write_str(&self.body())
    }
}

impl Page {
    pub(super) fn new(
        visitor: Visitor,
        method: Method,
        url: Url,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        Self {
            visitor,
            method,
            url,
            status,
            headers,
            body,
        }
    }

    /// Where it came from.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The status as a number.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as it came.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }

    /// The page itself, when it has that status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    /// The page itself, when a person reads `text` on it.
    ///
    /// # Panics
    /// When not.
    #[track_caller]
    pub fn expect_text(self, text: &str) -> Self {
        assert!(self.says(text), "`{text}` is not on the page: {self:?}");
        self
    }

    /// Where it redirects to.
    ///
    /// # Panics
    /// When it does not redirect.
    #[track_caller]
    pub fn location(&self) -> Url {
        let location = self.redirect().unwrap_or_else(|| panic!("no redirect: {self:?}"));
        self.url
            .join(location)
            .unwrap_or_else(|error| panic!("{location}: {error}"))
    }

    fn redirect(&self) -> Option<&str> {
        self.status
            .is_redirection()
            .then(|| self.header(header::LOCATION.as_str()))
            .flatten()
    }

    /// Follows one redirect.
    ///
    /// # Panics
    /// When it does not redirect.
    pub async fn follow(&self) -> Page {
        let location = self.location();
        self.visitor.get(location.as_str()).await
    }

    /// Follows redirects to their end.
    ///
    /// # Panics
    /// When there is none.
    pub async fn follow_all(self) -> Page {
        self.follow_until(|_| false).await
    }

    /// Follows redirects until one leads to an address that `stop` accepts; that page, which redirects, is returned.
    ///
    /// # Panics
    /// When there is no end.
    pub async fn follow_until(self, stop: impl Fn(&Url) -> bool) -> Page {
        let mut page = self;
        for _ in 0..MOST_REDIRECTS {
            if page.redirect().is_none() || stop(&page.location()) {
                return page;
            }
            page = page.follow().await;
        }
        panic!("more than {MOST_REDIRECTS} redirects: {page:?}")
    }

    /// Whether a person reads `text` on it.
    pub fn says(&self, text: &str) -> bool {
        self.text().contains(&one_line(text))
    }

    /// What a person reads on it, in one line.
    pub fn text(&self) -> String {
        let html = self.html();
        let body = html
            .select(&selector("body"))
            .next()
            .unwrap_or_else(|| html.root_element());
        visible_text(body)
    }

    /// The text of the first element that matches a CSS selector.
    pub fn text_of(&self, css: &str) -> Option<String> {
        self.html().select(&selector(css)).next().map(visible_text)
    }

    /// The texts of all elements that match a CSS selector.
    pub fn texts_of(&self, css: &str) -> Vec<String> {
        self.html().select(&selector(css)).map(visible_text).collect()
    }

    /// An attribute of the first element that matches a CSS selector.
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.html()
            .select(&selector(css))
            .next()
            .and_then(|element| element.attr(name).map(str::to_owned))
    }

    /// Whether any element matches a CSS selector.
    pub fn has(&self, css: &str) -> bool {
        self.html().select(&selector(css)).next().is_some()
    }

    /// The address of the link that reads `text`.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn link(&self, text: &str) -> Url {
        self.find_link(text)
            .unwrap_or_else(|| panic!("no link reads `{text}`: {self:?}"))
    }

    /// The address of the link that reads `text`, when there is one.
    pub fn find_link(&self, text: &str) -> Option<Url> {
        let html = self.html();
        let link = html.select(&selector("a[href]")).find(|link| is_named(*link, text))?;
        self.url.join(link.attr("href").unwrap_or_default()).ok()
    }

    /// Follows the link, or presses the button, that reads `text`.
    ///
    /// # Panics
    /// When there is neither.
    pub async fn click(&self, text: &str) -> Page {
        match self.find_link(text) {
            Some(address) => self.visitor.get(address.as_str()).await,
            None => self.form(text).submit().await,
        }
    }

    /// The form whose submit button reads `button`.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn form(&self, button: &str) -> Form {
        Form::with_button(&self.visitor, &self.url, &self.html(), button)
            .unwrap_or_else(|| panic!("no form has a button `{button}`: {self:?}"))
    }

    /// The form that matches a CSS selector; it is sent as by its first button.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn form_at(&self, css: &str) -> Form {
        Form::at(&self.visitor, &self.url, &self.html(), &selector(css))
            .unwrap_or_else(|| panic!("no form matches `{css}`: {self:?}"))
    }

    /// The visitor who got it.
    pub fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    fn html(&self) -> Html {
        Html::parse_document(&self.body())
    }
}

pub(super) fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}

/// Whether a link or button is called `name`: by its label, its value or its text.
pub(super) fn is_named(element: ElementRef<'_>, name: &str) -> bool {
    let name = one_line(name);
    element.attr("aria-label").is_some_and(|label| one_line(label) == name)
        || (element.value().name() == "input" && element.attr("value").is_some_and(|value| one_line(value) == name))
        || visible_text(element) == name
}

/// The text that a person reads: no scripts, styles, templates or hidden parts.
pub(super) fn visible_text(element: ElementRef<'_>) -> String {
    let mut words = String::new();
    collect_text(element, &mut words);
    one_line(&words)
}

fn collect_text(element: ElementRef<'_>, words: &mut String) {
    for child in element.children() {
        match child.value() {
            Node::Text(text) => words.push_str(text),
            Node::Element(inner) => {
                let silent = matches!(inner.name(), "script" | "style" | "template" | "noscript" | "head");
                if silent || inner.attr("hidden").is_some() {
                    continue;
                }
                let block = !matches!(
                    inner.name(),
                    "a" | "b" | "code" | "em" | "i" | "kbd" | "mark" | "small" | "span" | "strong"
                );
                words.push_str(if block { " " } else { "" });
                if let Some(inner) = ElementRef::wrap(child) {
                    collect_text(inner, words);
                }
                words.push_str(if block { " " } else { "" });
            }
            _ => {}
        }
    }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
