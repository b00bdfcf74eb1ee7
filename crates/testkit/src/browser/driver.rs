//! ChromeDriver, and the Chromium that it starts.

use crate::requirement::Requirement;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

/// How a browser is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether pages may run scripts.
    pub javascript: bool,
    /// The width of the window in CSS pixels.
    pub width: u32,
    /// The language it asks for, as in `Accept-Language`.
    pub language: &'static str,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            javascript: true,
            width: super::WIDE,
            language: "en",
        }
    }
}

/// What Chromium is told: no window, no profile of anyone's, and no word to anyone.
const ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--window-size=1280,900",
];

/// How often, and how far apart, a profile that is still written to is removed.
const CLEANING_TRIES: u32 = 60;
const CLEAN_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// A running ChromeDriver. Dropped, it ends and takes its browser along.
#[derive(Debug)]
pub(super) struct Driver {
    process: Child,
    profile: TempDir,
}

pub(super) async fn start(options: &Options) -> Option<(Driver, Client)> {
    let program = Requirement::Chromedriver.find_path()?;
    let profile = TempDir::with_prefix("soleira-chromium-").expect("a directory for a profile");
    let mut process = Command::new(&program)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let port = port_of(&mut process);
    let driver = Driver { process, profile };
    let capabilities = capabilities(options, &driver);
    let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .unwrap_or_else(|error| panic!("Chromium did not start: {error}"));
    Some((driver, client))
}

/// ChromeDriver says on which port it listens. The rest of its output is read and dropped.
fn port_of(process: &mut Child) -> u16 {
    let mut output = BufReader::new(process.stdout.take().expect("its output is a pipe"));
    let mut line = String::new();
    let port = loop {
        line.clear();
        let read = output.read_line(&mut line).expect("chromedriver's output");
        assert!(read > 0, "chromedriver ended at once");
        let said = line
            .split("successfully on port ")
            .nth(1)
            .and_then(|rest| rest.trim().trim_end_matches('.').parse().ok());
        if let Some(port) = said {
            break port;
        }
    };
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    port
}

fn capabilities(options: &Options, driver: &Driver) -> Capabilities {
    let mut arguments: Vec<String> = ARGUMENTS.iter().map(|&argument| argument.to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", driver.profile.path().display()));
    arguments.push(format!("--lang={}", options.language));
    let mut preferences = json!({
        "intl.accept_languages": options.language,
        "credentials_enable_service": false,
        "profile.password_manager_leak_detection": false,
    });
    if !options.javascript {
        // The value 2 blocks.
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    let capabilities = json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "args": arguments, "prefs": preferences },
    });
    let Value::Object(capabilities) = capabilities else {
        unreachable!("written as an object above")
    };
    capabilities
}

impl Drop for Driver {
    #[expect(clippy::disallowed_methods, reason = "waiting for another program's last writes")]
    fn drop(&mut self) {
        // SIGTERM lets ChromeDriver close its browser; SIGKILL would leave it running.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
        // The browser's last processes write to the profile for a moment yet.
        for _ in 0..CLEANING_TRIES {
            let removed = std::fs::remove_dir_all(self.profile.path());
            if removed.is_ok() && !self.profile.path().exists() {
                return;
            }
            std::thread::sleep(CLEAN_AGAIN_AFTER);
        }
    }
}

/// A command of the Chrome DevTools Protocol, passed on by ChromeDriver.
#[derive(Debug)]
pub(super) struct Cdp {
    pub(super) command: &'static str,
    pub(super) parameters: Value,
}

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (
            http::Method::POST,
            Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()),
        )
    }
}
