//! `cargo xtask test` and what it needs.

use crate::command::{cargo, find, program};
use crate::postgres::Cluster;
use crate::report::Report;
use crate::{debian, go, node, python, say, workspace};
use std::path::PathBuf;
use std::process::Command;

/// A run in continuous integration gives up after this many minutes, so that what hangs is reported.
const TEST_LIMIT_IN_CI: &str = "55m";

/// What the tests find on this machine.
pub(crate) struct Tools {
    python: PathBuf,
    node_modules: PathBuf,
    go_client: PathBuf,
    chromedriver: PathBuf,
}

/// Installs what the tests need, skipping what is there.
pub(crate) fn setup() -> Result<Tools, String> {
    debian::install()?;
    let tools = Tools {
        python: python::install()?,
        node_modules: node::install()?,
        go_client: go::build()?,
        chromedriver: find("chromedriver").ok_or("chromedriver was not found")?,
    };
    say("What the tests need is installed.");
    Ok(tools)
}

/// Every check. Whether all passed.
pub(crate) fn everything() -> bool {
    let mut report = Report::default();
    let tools = setup();
    if let Err(reason) = &tools {
        report.failed("setup", reason.clone());
    }
    check_sources(&mut report);
    if build(&mut report) {
        with_everything(
            &mut report,
            tools.ok(),
            cargo_test().args(["--workspace", "--no-fail-fast"]),
        );
    }
    report.close()
}

/// What needs nothing installed: PostgreSQL, browsers and published clients are left out.
pub(crate) fn fast() -> bool {
    let mut report = Report::default();
    check_sources(&mut report);
    if build(&mut report) {
        report.tests("tests on SQLite", cargo_test().args(["--workspace", "--no-fail-fast"]));
    }
    report.close()
}

/// `cargo test` with the given arguments and everything at hand.
pub(crate) fn only(arguments: &[&str]) -> Result<bool, String> {
    let mut report = Report::default();
    let tools = setup()?;
    with_everything(&mut report, Some(tools), cargo_test().args(arguments));
    Ok(report.close())
}

fn check_sources(report: &mut Report) {
    report.check("format", cargo().args(["fmt", "--all", "--check"]));
    report.check(
        "lints",
        cargo().args([
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
    );
}

/// Builds the server and every test in one go, so that both share each dependency.
fn build(report: &mut Report) -> bool {
    report.check(
        "build",
        cargo().args([
            "build",
            "--quiet",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--examples",
        ]),
    )
}

/// Runs tests beside a cluster of their own. A part that could not be installed is told to the tests by its absence,
/// and they fail where they need it.
fn with_everything(report: &mut Report, tools: Option<Tools>, command: &mut Command) {
    let cluster = Cluster::start();
    command.env("SOLEIRA_TEST_ALL", "1");
    match &cluster {
        Ok(cluster) => {
            command.env("SOLEIRA_TEST_POSTGRES", cluster.url());
        }
        Err(reason) => report.failed("PostgreSQL", reason.clone()),
    }
    if let Some(tools) = tools {
        command.env("SOLEIRA_TEST_PYTHON", tools.python);
        command.env("SOLEIRA_TEST_NODE_MODULES", tools.node_modules);
        command.env("SOLEIRA_TEST_GO_CLIENT", tools.go_client);
        command.env("SOLEIRA_TEST_CHROMEDRIVER", tools.chromedriver);
        command.env("SOLEIRA_TEST_SCREENSHOTS", workspace::target().join("screenshots"));
    }
    report.tests("tests", command);
}

/// `cargo test`. Nobody presses Ctrl-C in continuous integration: there, `timeout` ends what hangs, with everything that
/// it started.
fn cargo_test() -> Command {
    let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    let mut command = if in_ci { program("timeout") } else { cargo() };
    if in_ci {
        command
            .args(["--kill-after=30s", TEST_LIMIT_IN_CI])
            .arg(cargo().get_program());
    }
    command.arg("test");
    command
}
