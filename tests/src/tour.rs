//! A walk through pages that looks at each one: pictures in both languages, light and dark, narrow and wide, and what
//! axe-core finds there.

use soleira_testkit::Browser;
use soleira_testkit::browser::Violation;

/// The languages that pages are looked at in; the last is the one that the walk goes on in.
const LANGUAGES: [&str; 2] = ["pt-BR", "en"];

/// A walk, and what was found on it.
#[derive(Debug)]
pub struct Tour<'a> {
    browser: &'a Browser,
    name: &'static str,
    pages: usize,
    found: Vec<Violation>,
}

impl<'a> Tour<'a> {
    /// Begins a walk; pictures go into a directory of that name.
    pub fn new(browser: &'a Browser, name: &'static str) -> Self {
        Self {
            browser,
            name,
            pages: 0,
            found: Vec::new(),
        }
    }

    /// Looks at the page where the browser is. The page is loaded anew in each language, so this comes before anything
    /// is typed.
    pub async fn look(&mut self, page: &str) {
        self.pages += 1;
        let name = format!("{}/{:02}-{page}", self.name, self.pages);
        for language in LANGUAGES {
            self.browser.speak(language).await;
            self.browser.reload().await;
            self.found
                .extend(self.browser.inspect(&format!("{name}.{language}")).await);
        }
    }

    /// Looks at the page where the browser is, as it stands: for one that loading anew would change.
    pub async fn look_once(&mut self, page: &str) {
        self.pages += 1;
        let name = format!("{}/{:02}-{page}", self.name, self.pages);
        self.found.extend(self.browser.inspect(&name).await);
    }

    /// Ends the walk.
    ///
    /// # Panics
    /// When something was found.
    pub fn end(self) {
        let found: Vec<String> = self.found.iter().map(ToString::to_string).collect();
        assert!(
            found.is_empty(),
            "{} things in people's way:\n{}",
            found.len(),
            found.concat()
        );
    }
}
