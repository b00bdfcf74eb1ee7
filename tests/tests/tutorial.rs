//! The tutorial, from a server that nobody has used to a person who is signed in, through pages alone: in a real browser,
//! with the published Python SDK.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail at once, saying what was expected"
)]

use soleira_testkit::browser::{NARROW, Options};
use soleira_testkit::requirement::checkout;
use soleira_testkit::{Browser, Engine, Person, Requirement, ServerProcess, StandInProvider};
use soleira_tests::flask::{self, FlaskApp, Registration};
use soleira_tests::tour::Tour;
use std::process::Command;
use tempfile::TempDir;

/// What registration asks of people who come from a provider.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SignUp {
    /// A username: what a new installation is set to.
    Username,
    /// Nothing.
    NotApplicable,
}

/// Where the app comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum App {
    /// `examples/flask-huggingface`, in the environment of the tests.
    Example,
    /// The guide's blocks, pasted in their order into an empty directory.
    Guide,
}

struct Tutorial<'a> {
    browser: &'a Browser,
    server: &'a ServerProcess,
    provider: &'a StandInProvider,
    person: Person,
    tour: Option<Tour<'a>>,
}

impl Tutorial<'_> {
    async fn look(&mut self, page: &str) {
        if let Some(tour) = &mut self.tour {
            tour.look(page).await;
        }
    }

    async fn look_once(&mut self, page: &str) {
        if let Some(tour) = &mut self.tour {
            tour.look_once(page).await;
        }
    }

    /// Goes to a section of the Console; on a narrow screen the navigation opens from the bar.
    async fn navigate(&self, section: &str) {
        let link = format!("//nav[@id='navigation']//a[normalize-space(.)='{section}']");
        if !self.browser.shows(&link).await {
            self.browser.click("Sections").await;
        }
        self.browser
            .click_at(&format!("`{section}` in the navigation"), &link)
            .await;
        self.browser.read_heading(section).await;
    }

    async fn create_the_first_administrator(&mut self) {
        self.browser.goto(&self.server.console()).await;
        self.browser.read_heading("Welcome to Soleira").await;
        self.look("welcome").await;
        self.browser.fill("Username", "admin").await;
        self.browser.fill("Password", "correct horse battery staple").await;
        self.browser.click("Create administrator").await;
        self.browser.read_heading("Get started").await;
        self.look("get-started").await;
    }

    /// Creates the application with the Flask guide and saves its addresses in the guide. What the guide shows of it,
    /// and the guide's blocks.
    async fn create_the_application(&mut self) -> (Registration, Blocks) {
        self.browser.click("View all").await;
        self.browser.read_heading("Create an application").await;
        self.look("guides").await;
        self.browser.click("Flask").await;
        self.browser.read_heading("Create an application with Flask").await;
        self.look("application-create").await;
        self.browser.fill("Name", "Bookstore").await;
        self.browser.click("Create application").await;
        self.browser.read_heading("Bookstore is ready. Now connect it").await;
        self.look("guide").await;
        for form in ["redirect_uris", "post_sign_out_redirect_uris"] {
            let form = format!("//form[@id='{form}']");
            self.browser
                .click_at("a form's `Save`", &format!("{form}//button[normalize-space(.)='Save']"))
                .await;
            self.browser
                .appears("`Saved`", &format!("{form}//*[normalize-space(.)='Saved']"))
                .await;
        }
        let blocks = Blocks::of(self.browser).await;
        (blocks.registration(), blocks)
    }

    /// Registers an app at the provider, as its own page asks for it, and adds the connector to it.
    async fn add_the_connector(&mut self) {
        self.navigate("Connectors").await;
        self.look("connectors-empty").await;
        self.browser.click("Add social connector").await;
        self.browser.read_heading("Add social connector").await;
        self.look("connector-factories").await;
        self.browser.click("Hugging Face").await;
        self.browser.read_heading("Set up Hugging Face").await;
        self.look("connector-new").await;
        let redirect_uri = self.browser.text_of("#redirect-uri").await;

        self.browser
            .open_tab(&format!(
                "{}/settings/connected-applications/new",
                self.provider.origin()
            ))
            .await;
        self.browser.fill("Application name", "Bookstore").await;
        self.browser.fill("Redirect URL", &redirect_uri).await;
        self.browser.click("Create app").await;
        let client_id = self.browser.text_of("#client-id").await;
        let client_secret = self.browser.text_of("#client-secret").await;
        self.browser.close_tab().await;

        self.browser.fill("Client ID", &client_id).await;
        self.browser.fill("Client Secret", &client_secret).await;
        self.browser.fill("Scope", "openid profile email").await;
        self.browser.click("Advanced").await;
        self.browser
            .fill("Authorization endpoint", &self.provider.authorization_endpoint())
            .await;
        self.browser
            .fill("Token endpoint", &self.provider.token_endpoint())
            .await;
        self.browser
            .fill("Userinfo endpoint", &self.provider.user_info_endpoint())
            .await;
        self.browser.click("Save and done").await;
        self.browser.click("Add it to your sign-in page").await;
        self.browser.read_heading("Sign-in experience").await;
    }

    async fn enable_the_connector(&mut self, sign_up: SignUp) {
        self.look("sign-in-experience").await;
        self.browser.click("Add Hugging Face").await;
        self.browser.read("Not saved yet.").await;
        if sign_up == SignUp::NotApplicable {
            self.browser.click("Not applicable").await;
        }
        self.browser.click_at("`Save changes`", "//button[@name='save']").await;
        self.browser.read("Saved.").await;
        self.look("sign-in-experience-saved").await;
    }

    /// Goes to the provider, signs in there if it does not know this browser yet, and authorizes the application.
    async fn continue_with_the_provider(&self) {
        self.browser.click("Continue with Hugging Face").await;
        let provider = self.provider.origin();
        self.browser
            .arrive("the provider", |url| url.origin().ascii_serialization() == provider)
            .await;
        if self.browser.offers("Log in").await {
            self.browser.fill("Username", &self.person.preferred_username).await;
            self.browser.fill("Password", &self.person.password).await;
            self.browser.click("Log in").await;
        }
        self.browser.click("Authorize").await;
    }

    /// Comes back to the app, signed in. Without scripts, a page in between is passed by its button.
    async fn arrive_at_the_app(&self) {
        let at_the_app = |url: &url::Url| url.as_str().starts_with(flask::ORIGIN);
        let url = self
            .browser
            .arrive("the app", |url| at_the_app(url) || url.path() == "/consent")
            .await;
        if !at_the_app(&url) && !self.browser.runs_scripts() {
            self.browser.click("Continue").await;
        }
        self.browser
            .arrive("the app's home page", |url| at_the_app(url) && url.path() == "/")
            .await;
        self.browser.read(&format!("Welcome, {}!", self.person.name)).await;
    }

    async fn sign_in_for_the_first_time(&mut self, sign_up: SignUp) {
        self.browser.goto(flask::ORIGIN).await;
        self.browser.click("Sign in").await;
        self.browser.read_heading("Sign in to Bookstore").await;
        self.look("sign-in").await;
        self.continue_with_the_provider().await;
        if sign_up == SignUp::Username {
            self.browser.read_heading("Choose a username").await;
            assert_eq!(self.browser.value("Username").await, "ada_lovelace");
            self.look("choose-a-username").await;
            self.browser.click("Continue").await;
        }
        self.arrive_at_the_app().await;
        let username = if sign_up == SignUp::Username {
            "ada_lovelace"
        } else {
            "none"
        };
        assert_eq!(self.browser.text_of("#username").await, username);
        assert_eq!(self.browser.text_of("#email").await, "ada@example.com");
    }

    /// Signs out of the app and of the server. Without scripts, a page in between is passed by its button.
    async fn sign_out(&self) {
        self.browser.click("Sign out").await;
        let at_the_app = |url: &url::Url| url.as_str().starts_with(flask::ORIGIN);
        let url = self
            .browser
            .arrive("the app", |url| at_the_app(url) || url.path().starts_with("/oidc"))
            .await;
        if !at_the_app(&url) && !self.browser.runs_scripts() {
            self.browser.click("Sign out").await;
        }
        self.browser.arrive("the app", at_the_app).await;
    }

    async fn sign_out_and_in_again(&mut self) {
        let person = self.browser.text_of("#sub").await;
        self.sign_out().await;
        self.browser.click("Sign in").await;
        self.browser.read_heading("Sign in to Bookstore").await;
        self.continue_with_the_provider().await;
        self.arrive_at_the_app().await;
        assert_eq!(self.browser.text_of("#sub").await, person, "the same person as before");
    }

    async fn start_on_the_registration_page(&mut self, sign_up: SignUp) {
        self.sign_out().await;
        self.browser.click("create an account").await;
        self.browser.read_heading("Create your account").await;
        self.look("register").await;
        if sign_up == SignUp::NotApplicable {
            assert!(
                !self.browser.offers("Create account").await,
                "registration is by the provider alone"
            );
            return;
        }
        self.browser.fill("Username", "ada_lovelace").await;
        self.browser.fill("Password", "another person's").await;
        self.browser.click("Create account").await;
        self.browser.read("This username is already taken.").await;
        assert_eq!(
            self.browser.value("Username").await,
            "ada_lovelace",
            "what was typed stays"
        );
        self.look_once("register-refused").await;
        self.browser.click("Sign in").await;
        self.browser.read_heading("Sign in to Bookstore").await;
        self.browser.fill("Username", "ada_lovelace").await;
        self.browser.fill("Password", "guessed").await;
        self.browser.click("Sign in").await;
        self.browser
            .read("That combination of account and password is not right.")
            .await;
        self.look_once("sign-in-refused").await;
    }

    /// What the administrator sees of all this, still signed in: applications never touch the Console's session.
    async fn look_at_the_console_again(&mut self) {
        self.browser.goto(&self.server.console()).await;
        self.browser.read_heading("Get started").await;
        self.look("get-started-done").await;
        self.navigate("Applications").await;
        self.look("applications").await;
        self.browser.click("Bookstore").await;
        self.browser.read_heading("Bookstore").await;
        self.look("application").await;
        self.browser.click("Guide").await;
        self.browser.read("It works: we saw your first sign-in").await;
        self.look("guide-done").await;
        self.navigate("Connectors").await;
        self.look("connectors").await;
        self.browser.click("Hugging Face").await;
        self.browser.read_heading("Hugging Face").await;
        self.look("connector").await;
        self.navigate("Users").await;
        self.look("users").await;
        self.browser.click(&self.person.name).await;
        self.browser.read_heading(&self.person.name).await;
        self.browser.read("Hugging Face").await;
        self.look("user").await;
    }

    /// Pages that the tutorial does not pass, and that stand beside its way.
    async fn look_beside_the_way(&mut self) {
        self.browser.goto(&self.server.origin()).await;
        self.look("root").await;
        self.browser
            .goto(&format!("{}/unknown-session", self.server.origin()))
            .await;
        self.look("unknown-session").await;
        self.browser
            .goto(&format!("{}/nothing-here", self.server.origin()))
            .await;
        self.look("not-found").await;
        self.browser.goto(&self.server.console()).await;
        self.navigate("Applications").await;
        self.browser.click("Create application").await;
        self.browser.click("Without a guide").await;
        self.look("application-without-guide").await;
        self.navigate("Applications").await;
        self.browser.click("Bookstore").await;
        self.browser.click("Delete").await;
        self.browser.read_heading("Delete Bookstore?").await;
        self.look("application-delete").await;
        self.navigate("Users").await;
        self.browser.click("Create user").await;
        self.browser.read_heading("Create user").await;
        self.look("user-create").await;
        self.browser.click("Create user").await;
        self.browser
            .read("Fill in a username, an email or a phone number.")
            .await;
        self.look_once("user-create-refused").await;
        self.browser.fill("Username", "grace").await;
        self.browser.click("Create user").await;
        self.browser.read("Note the password now.").await;
        self.look_once("user-created").await;
        self.browser.click("I have noted it").await;
        self.browser.click("Reset password").await;
        self.browser.read_heading("New password for grace").await;
        self.look("user-password").await;
        self.browser
            .goto(&format!("{}/nothing-here", self.server.console()))
            .await;
        self.look("console-not-found").await;
    }
}

/// The guide's code, as a reader copies it from the page.
struct Blocks {
    shell: String,
    app: String,
}

impl Blocks {
    async fn of(browser: &Browser) -> Self {
        let captions = browser.sources_of("figure.snippet figcaption .mono").await;
        let codes = browser.sources_of("figure.snippet pre code").await;
        assert_eq!(captions.len(), codes.len());
        let (app, shell): (Vec<_>, Vec<_>) = captions
            .into_iter()
            .zip(codes)
            .partition(|(caption, _)| caption.trim() == "app.py");
        let join = |blocks: Vec<(String, String)>, between: &str| {
            blocks
                .into_iter()
                .map(|(_, code)| code)
                .collect::<Vec<_>>()
                .join(between)
        };
        Self {
            shell: join(shell, "\n"),
            app: join(app, "\n\n\n"),
        }
    }

    fn registration(&self) -> Registration {
        let value = |name: &str| {
            let line = self
                .shell
                .lines()
                .find_map(|line| line.strip_prefix(&format!("export {name}=\"")));
            line.and_then(|rest| rest.strip_suffix('"'))
                .unwrap_or_else(|| panic!("{name} is not in the guide"))
                .to_owned()
        };
        Registration {
            endpoint: value("AUTH_ENDPOINT"),
            app_id: value("AUTH_APP_ID"),
            app_secret: value("AUTH_APP_SECRET"),
        }
    }
}

async fn run_the_app(app: App, registration: &Registration, blocks: &Blocks, directory: &TempDir) -> Option<FlaskApp> {
    let output = directory.path().join("output");
    match app {
        App::Example => {
            let python = Requirement::Python.find_path()?;
            let example = checkout().join("examples/flask-huggingface");
            Some(FlaskApp::start(&python, &example, &output, registration).await)
        }
        App::Guide => {
            std::fs::write(directory.path().join("app.py"), &blocks.app).unwrap();
            let mut shell = Command::new("bash");
            shell.args(["-e", "-c", &blocks.shell]);
            Some(FlaskApp::run(shell, directory.path(), &output).await)
        }
    }
}

async fn the_tutorial(engine: Engine, options: Options, sign_up: SignUp, app: App, tour: Option<&'static str>) {
    if Requirement::Python.find().is_none() {
        return;
    }
    let Some(browser) = Browser::start(options).await else {
        return;
    };
    let Some(server) = ServerProcess::start(env!("CARGO_BIN_EXE_soleira-under-test"), engine).await else {
        return;
    };
    let provider = StandInProvider::start().await;
    let tour = tour.map(|name| Tour::new(&browser, name));
    let mut tutorial = Tutorial {
        browser: &browser,
        server: &server,
        provider: &provider,
        person: Person::default(),
        tour,
    };
    let directory = TempDir::with_prefix("soleira-flask-").unwrap();

    tutorial.create_the_first_administrator().await;
    let (registration, blocks) = tutorial.create_the_application().await;
    tutorial.add_the_connector().await;
    tutorial.enable_the_connector(sign_up).await;
    let Some(flask) = run_the_app(app, &registration, &blocks, &directory).await else {
        return;
    };
    tutorial.sign_in_for_the_first_time(sign_up).await;
    tutorial.sign_out_and_in_again().await;
    tutorial.start_on_the_registration_page(sign_up).await;
    assert!(!flask.output().contains("Traceback"), "{}", flask.output());
    drop(flask);
    tutorial.look_at_the_console_again().await;
    if tutorial.tour.is_some() {
        tutorial.look_beside_the_way().await;
    }
    if let Some(tour) = tutorial.tour.take() {
        tour.end();
    }
    assert_eq!(server.errors(), [] as [&str; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_the_guide_says_on_sqlite() {
    the_tutorial(
        Engine::Sqlite,
        Options::default(),
        SignUp::Username,
        App::Example,
        Some("tutorial"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_nothing_asked_at_sign_up_on_postgres() {
    the_tutorial(
        Engine::Postgres,
        Options::default(),
        SignUp::NotApplicable,
        App::Example,
        None,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_on_postgres() {
    let options = Options {
        javascript: false,
        ..Options::default()
    };
    the_tutorial(Engine::Postgres, options, SignUp::Username, App::Example, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_narrow_screen_on_sqlite() {
    let options = Options {
        width: NARROW,
        ..Options::default()
    };
    the_tutorial(Engine::Sqlite, options, SignUp::NotApplicable, App::Example, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_blocks_of_the_guide_pasted_into_an_empty_directory() {
    the_tutorial(Engine::Sqlite, Options::default(), SignUp::Username, App::Guide, None).await;
}
