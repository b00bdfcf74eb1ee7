//! What a test needs of the machine, and what happens where it is missing.
//!
//! `cargo xtask test` brings all of it and says where it is. A plain `cargo test` runs without: a test that needs more
//! says so and passes, unless `SOLEIRA_TEST_ALL` demands that nothing is left out.

use std::io::Write as _;
use std::path::PathBuf;

/// Something that not every machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// A PostgreSQL server, as its superuser: a `postgres://` URL.
    Postgres,
    /// ChromeDriver, with Chromium beside it: its path.
    Chromedriver,
    /// The interpreter of an environment that has `tests/python/requirements.txt`: its path.
    Python,
    /// `tests/node/node_modules`, installed: its path.
    NodeModules,
    /// The program of `tests/go`, built: its path.
    GoClient,
}

impl Requirement {
    /// The variable of the environment that says where it is.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "SOLEIRA_TEST_POSTGRES",
            Self::Chromedriver => "SOLEIRA_TEST_CHROMEDRIVER",
            Self::Python => "SOLEIRA_TEST_PYTHON",
            Self::NodeModules => "SOLEIRA_TEST_NODE_MODULES",
            Self::GoClient => "SOLEIRA_TEST_GO_CLIENT",
        }
    }

    /// Where it is. `None` says that the test has to be left out, which was told on standard error.
    ///
    /// # Panics
    /// When it is missing and `SOLEIRA_TEST_ALL` is set.
    pub fn find(self) -> Option<String> {
        if let Some(place) = variable(self.variable()) {
            return Some(place);
        }
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        assert!(
            variable("SOLEIRA_TEST_ALL").is_none(),
            "{test} needs {}, which is not set",
            self.variable()
        );
        // Not `eprintln!`, which the test harness swallows: what was left out has to be seen.
        let _ = writeln!(
            std::io::stderr(),
            "left out: {test} (`{}` is not set; `cargo xtask test` sets it)",
            self.variable()
        );
        None
    }

    /// [`Self::find`], as a path.
    pub fn find_path(self) -> Option<PathBuf> {
        self.find().map(PathBuf::from)
    }
}

/// Where pictures of pages go.
pub fn screenshots() -> PathBuf {
    variable("SOLEIRA_TEST_SCREENSHOTS").map_or_else(|| build_directory().join("../screenshots"), PathBuf::from)
}

/// Where cargo put the program that runs now: the directory that also holds the server's binary.
///
/// # Panics
/// When the running program is not where cargo puts it.
pub fn build_directory() -> PathBuf {
    let program = std::env::current_exe().expect("a running program has a path");
    program
        .ancestors()
        .skip(1)
        .find(|directory| !directory.ends_with("deps") && !directory.ends_with("examples"))
        .expect("a test lies in a build directory")
        .to_path_buf()
}

/// The root of the checkout.
pub fn checkout() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .canonicalize()
        .expect("the checkout exists")
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the test kit reads its environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
