//! The project's own tasks: `cargo xtask setup` installs what the tests need, `cargo xtask test` runs everything.

mod command;
mod debian;
mod go;
mod node;
mod postgres;
mod python;
mod report;
mod test;
mod workspace;

use std::io::Write as _;
use std::process::ExitCode;

const USAGE: &str = "\
Tasks of the project.

  cargo xtask test              install what is missing, then run every check: format, lints, tests on SQLite
                                and PostgreSQL, published clients, browsers
  cargo xtask test --fast       what needs nothing installed: format, lints, tests on SQLite
  cargo xtask test -- ARGUMENTS `cargo test ARGUMENTS` with everything at hand, for instance
                                `cargo xtask test -- -p soleira-tests --test tutorial`
  cargo xtask setup             only install what the tests need
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["setup"] => test::setup().map(|_| true),
        ["test"] => Ok(test::everything()),
        ["test", "--fast"] => Ok(test::fast()),
        ["test", "--", rest @ ..] if !rest.is_empty() => test::only(rest),
        ["help" | "--help" | "-h"] => {
            say(USAGE);
            return ExitCode::SUCCESS;
        }
        _ => Err(format!("Not a task: `{}`\n\n{USAGE}", arguments.join(" "))),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            say(&format!("xtask: {reason}"));
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to standard output; a reader that went away is no reason to stop.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
