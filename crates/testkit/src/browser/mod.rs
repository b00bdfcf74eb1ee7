//! A real browser: headless Chromium, driven as a person uses it: by the words on buttons, links and labels.

mod audit;
mod driver;
mod find;

pub use audit::Violation;
pub use driver::Options;

use crate::requirement::screenshots;
use base64::Engine as _;
use driver::{Cdp, Driver};
use fantoccini::Client;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use find::{clickable, field, labelled, option};
use serde_json::{Value, json};
use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use url::Url;

/// How long something may take to appear. Generous: machines that run tests are busy, and nothing waits longer than needed.
const APPEARS_WITHIN: Duration = Duration::from_secs(20);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(40);

/// A width that phones have, and one that desks have, in CSS pixels.
pub const NARROW: u32 = 320;
/// A width that desks have, in CSS pixels.
pub const WIDE: u32 = 1280;

/// A browser with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    driver: Driver,
    options: Options,
    /// How wide the window is now.
    width: AtomicU32,
}

impl Browser {
    /// Starts one; `None` where the machine has none (see [`crate::requirement::Requirement`]).
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(options: Options) -> Option<Self> {
        let (driver, client) = driver::start(&options).await?;
        let width = AtomicU32::new(options.width);
        let browser = Self {
            client,
            driver,
            options,
            width,
        };
        browser.resize(browser.options.width).await;
        browser.speak(browser.options.language).await;
        Some(browser)
    }

    /// Opens an address.
    ///
    /// # Panics
    /// When nothing answers there.
    pub async fn goto(&self, address: &str) {
        self.client
            .goto(address)
            .await
            .unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// Where it is.
    pub async fn url(&self) -> Url {
        self.client.current_url().await.expect("a browser is somewhere")
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("a page reloads");
    }

    /// Opens an address in a new tab and goes there; [`Self::close_tab`] comes back.
    ///
    /// # Panics
    /// When nothing answers there.
    pub async fn open_tab(&self, address: &str) {
        let tab = self.client.new_window(true).await.expect("a new tab");
        self.client
            .switch_to_window(tab.handle)
            .await
            .expect("the tab that was just opened");
        self.goto(address).await;
    }

    /// Closes this tab and goes to the first one.
    ///
    /// # Panics
    /// When this is the only one.
    pub async fn close_tab(&self) {
        self.client.close_window().await.expect("a tab to close");
        let tabs = self.client.windows().await.expect("a browser has tabs");
        let first = tabs.into_iter().next().expect("another tab");
        self.client.switch_to_window(first).await.expect("a tab that is open");
    }

    /// Goes back one page.
    pub async fn back(&self) {
        self.client.back().await.expect("there is a page to go back to");
    }

    /// Clicks the link, button or choice that is called exactly `name`.
    ///
    /// # Panics
    /// When none appears in time.
    pub async fn click(&self, name: &str) {
        self.click_at(&format!("`{name}` to click"), &clickable(name)).await;
    }

    /// Clicks the link or button whose text contains `words`.
    ///
    /// # Panics
    /// When none appears in time.
    pub async fn click_containing(&self, words: &str) {
        self.click_at(
            &format!("something with `{words}` to click"),
            &find::clickable_containing(words),
        )
        .await;
    }

    /// Clicks what an XPath expression finds.
    ///
    /// # Panics
    /// When nothing appears in time.
    pub async fn click_at(&self, what: &str, xpath: &str) {
        self.until(what, async || {
            let Some(element) = self.seen(xpath).await? else {
                return Ok(None);
            };
            self.bring_to_the_middle(&element).await?;
            element.click().await.map(Some)
        })
        .await;
    }

    /// Types into the field of that label, in place of what it held.
    ///
    /// # Panics
    /// When none appears in time.
    pub async fn fill(&self, label: &str, value: &str) {
        self.until(&format!("a field `{label}`"), async || {
            let Some(element) = self.labelled(label).await? else {
                return Ok(None);
            };
            element.clear().await?;
            element.send_keys(value).await.map(Some)
        })
        .await;
    }

    /// Chooses an option, by its text, in the list of that label.
    ///
    /// # Panics
    /// When the list or the option does not appear in time.
    pub async fn choose(&self, label: &str, text: &str) {
        self.until(&format!("`{text}` in a list `{label}`"), async || {
            let Some(element) = self.labelled(label).await? else {
                return Ok(None);
            };
            element
                .find(fantoccini::Locator::XPath(&option(text)))
                .await?
                .click()
                .await
                .map(Some)
        })
        .await;
    }

    /// What the field of that label holds.
    ///
    /// # Panics
    /// When none appears in time.
    pub async fn value(&self, label: &str) -> String {
        self.until(&format!("a field `{label}`"), async || {
            let Some(element) = self.labelled(label).await? else {
                return Ok(None);
            };
            element.prop("value").await
        })
        .await
    }

    /// The text of the first element that matches a CSS selector, once it is there.
    ///
    /// # Panics
    /// When it does not appear in time.
    pub async fn text_of(&self, css: &str) -> String {
        self.until(&format!("`{css}`"), async || {
            self.client
                .find(fantoccini::Locator::Css(css))
                .await?
                .text()
                .await
                .map(Some)
        })
        .await
    }

    /// An attribute, or property such as `value`, of the first element that matches a CSS selector, once it is there.
    ///
    /// # Panics
    /// When it does not appear in time.
    pub async fn property_of(&self, css: &str, name: &str) -> String {
        self.until(&format!("`{css}`"), async || {
            self.client.find(fantoccini::Locator::Css(css)).await?.prop(name).await
        })
        .await
    }

    /// The texts of all elements that match a CSS selector, shown or not, as they stand in the page's source.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn sources_of(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self
            .client
            .find_all(fantoccini::Locator::Css(css))
            .await
            .expect("a page")
        {
            texts.push(
                element
                    .prop("textContent")
                    .await
                    .expect("an element of this page")
                    .unwrap_or_default(),
            );
        }
        texts
    }

    /// Whether something that is shown now can be clicked by that name.
    pub async fn offers(&self, name: &str) -> bool {
        self.seen(&clickable(name)).await.is_ok_and(|found| found.is_some())
    }

    /// Whether an XPath expression finds something that is shown now.
    pub async fn shows(&self, xpath: &str) -> bool {
        self.seen(xpath).await.is_ok_and(|found| found.is_some())
    }

    /// Waits until what an XPath expression finds is shown.
    ///
    /// # Panics
    /// When it does not appear in time.
    pub async fn appears(&self, what: &str, xpath: &str) {
        self.until(what, async || Ok(self.seen(xpath).await?.map(drop))).await;
    }

    /// Waits until the page has that first heading.
    ///
    /// # Panics
    /// When it does not appear in time.
    pub async fn read_heading(&self, text: &str) {
        self.appears(&format!("the heading `{text}`"), &find::heading(text))
            .await;
    }

    /// Whether pages may run scripts here.
    pub fn runs_scripts(&self) -> bool {
        self.options.javascript
    }

    /// Waits until a person reads `text`.
    ///
    /// # Panics
    /// When it does not appear in time.
    pub async fn read(&self, text: &str) {
        self.until(&format!("the text `{text}`"), async || {
            Ok(self.text().await?.contains(text).then_some(()))
        })
        .await;
    }

    /// Whether a person reads `text` now.
    pub async fn says(&self, text: &str) -> bool {
        self.text().await.is_ok_and(|page| page.contains(text))
    }

    /// Waits until it is at an address that `wanted` accepts.
    ///
    /// # Panics
    /// When it does not arrive in time.
    pub async fn arrive(&self, what: &str, wanted: impl Fn(&Url) -> bool) -> Url {
        self.until(&format!("to arrive at {what}"), async || {
            let url = self.client.current_url().await?;
            Ok(wanted(&url).then_some(url))
        })
        .await
    }

    /// Makes the window that wide, in CSS pixels.
    pub async fn resize(&self, width: u32) {
        self.width.store(width, Ordering::Relaxed);
        self.size(width, 0.0).await;
    }

    async fn size(&self, width: u32, at_least: f64) {
        let height = at_least.max(if width < 600 { 720.0 } else { 900.0 });
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Waits until nothing moves any more: a page half-way from light to dark is neither.
    async fn settle(&self) {
        let still = "const done = arguments[arguments.length - 1];
            const ends = moving => moving.effect.getComputedTiming().endTime < Infinity;
            requestAnimationFrame(() =>
                Promise.allSettled(document.getAnimations().filter(ends).map(moving => moving.finished)).then(done));";
        if self.options.javascript {
            // A page that went away meanwhile does not move either.
            let _ = self.client.execute_async(still, Vec::new()).await;
        }
    }

    /// Prefers dark pages, or light ones.
    pub async fn prefer_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Prefers pages in that language, from the next page on.
    pub async fn speak(&self, language: &str) {
        let agent = self.client.get_ua().await.ok().flatten();
        let agent = agent.unwrap_or_else(|| "Mozilla/5.0 (X11; Linux x86_64) Chrome".to_owned());
        self.devtools(
            "Emulation.setUserAgentOverride",
            json!({ "userAgent": agent, "acceptLanguage": language }),
        )
        .await;
    }

    /// Takes a picture of the whole page: `<name>.png` in the directory of screenshots.
    pub async fn photograph(&self, name: &str) -> PathBuf {
        // A window as high as the page, so that what sticks to its edges is where it is at the end of the page.
        let width = self.width.load(Ordering::Relaxed);
        let whole = self.devtools("Page.getLayoutMetrics", json!({})).await["cssContentSize"]["height"].as_f64();
        self.size(width, whole.unwrap_or_default().ceil()).await;
        self.settle().await;
        let answer = self
            .devtools("Page.captureScreenshot", json!({ "format": "png" }))
            .await;
        self.resize(width).await;
        let encoded = answer["data"].as_str().expect("a picture");
        let picture = base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .expect("a picture in base64");
        let path = screenshots().join(format!("{name}.png"));
        std::fs::create_dir_all(path.parent().unwrap_or(&path)).expect("a directory for pictures");
        std::fs::write(&path, picture).expect("room for a picture");
        path
    }

    /// Whether the page is wider than its window, so that one has to scroll sideways.
    pub async fn overflows(&self) -> bool {
        let wider = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        self.client
            .execute(wider, Vec::new())
            .await
            .is_ok_and(|answer| answer == Value::Bool(true))
    }

    /// Pictures of the page as it stands, light and dark, narrow and wide, and what axe-core finds on it.
    ///
    /// The window is as it was afterwards.
    pub async fn inspect(&self, name: &str) -> Vec<Violation> {
        let mut found = Vec::new();
        for (size, width) in [("wide", WIDE), ("narrow", NARROW)] {
            self.resize(width).await;
            for (theme, dark) in [("light", false), ("dark", true)] {
                self.prefer_dark(dark).await;
                let shot = format!("{name}.{theme}.{size}");
                self.settle().await;
                self.photograph(&shot).await;
                // Each size and each theme once: what axe-core finds depends on them one by one.
                if dark == (width == NARROW) {
                    found.extend(self.audit(&shot).await);
                }
                if self.overflows().await {
                    found.push(Violation::overflow(&shot));
                }
            }
        }
        self.prefer_dark(false).await;
        self.resize(self.options.width).await;
        found
    }

    /// What is in the way of people who use a keyboard or a screen reader, as axe-core sees it. Nothing where scripts are off.
    pub async fn audit(&self, page: &str) -> Vec<Violation> {
        if self.options.javascript {
            audit::run(&self.client, page).await
        } else {
            Vec::new()
        }
    }

    /// Runs a script in the page and returns what it returns.
    ///
    /// # Panics
    /// When it fails.
    pub async fn script(&self, code: &str) -> Value {
        self.client
            .execute(code, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{code}: {error}"))
    }

    /// Closes the browser.
    pub async fn close(self) {
        // Its processes end with the driver in any case.
        let _ = self.client.close().await;
        drop(self.driver);
    }

    async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let answer = self.client.issue_cmd(Cdp { command, parameters }).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    async fn text(&self) -> Result<String, CmdError> {
        let body = self.client.find(fantoccini::Locator::Css("body")).await?;
        Ok(body.text().await?.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Scrolls as a person does before clicking: away from bars that stick to the edges.
    async fn bring_to_the_middle(&self, element: &Element) -> Result<(), CmdError> {
        let element = serde_json::to_value(element)?;
        let scroll = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.client.execute(scroll, vec![element]).await.map(drop)
    }

    /// The first element that an XPath expression finds and that is shown.
    async fn seen(&self, xpath: &str) -> Result<Option<Element>, CmdError> {
        for element in self.client.find_all(fantoccini::Locator::XPath(xpath)).await? {
            if element.is_displayed().await? {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    async fn labelled(&self, label: &str) -> Result<Option<Element>, CmdError> {
        match self.seen(&labelled(label)).await? {
            Some(found) => match found.attr("for").await? {
                Some(id) => self.seen(&field(&id)).await,
                None => found
                    .find(fantoccini::Locator::XPath(find::FIELD_WITHIN))
                    .await
                    .map(Some),
            },
            None => self.seen(&find::field_called(label)).await,
        }
    }

    /// Looks again and again until `look` finds something. What fails meanwhile is a page on its way.
    async fn until<T, F>(&self, what: &str, look: impl Fn() -> F) -> T
    where
        F: Future<Output = Result<Option<T>, CmdError>>,
    {
        let deadline = Instant::now() + APPEARS_WITHIN;
        loop {
            let outcome = look().await;
            match outcome {
                Ok(Some(found)) => return found,
                Ok(None) | Err(_) if Instant::now() < deadline => tokio::time::sleep(LOOK_AGAIN_AFTER).await,
                Ok(None) => self.give_up(what, None).await,
                Err(error) => self.give_up(what, Some(error)).await,
            }
        }
    }

    async fn give_up(&self, what: &str, error: Option<CmdError>) -> ! {
        let test = std::thread::current().name().unwrap_or("test").replace("::", ".");
        let picture = self.photograph(&format!("failed/{test}")).await;
        let text = self.text().await.unwrap_or_default();
        let why = error.map(|error| format!(" ({error})")).unwrap_or_default();
        panic!(
            "waited for {what}{why} at {}\n{text}\nA picture: {}",
            self.url().await,
            picture.display()
        );
    }
}
