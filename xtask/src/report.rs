//! What was run and how it went.

use crate::command::run;
use crate::say;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One part of a run.
struct Part {
    name: String,
    passed: u64,
    failed: u64,
    took: Duration,
    failures: Vec<String>,
}

/// The parts of a run, in order.
#[derive(Default)]
pub(crate) struct Report {
    parts: Vec<Part>,
}

impl Report {
    /// Runs a check that passes or fails as a whole. A failure does not stop the run.
    pub(crate) fn check(&mut self, name: &str, command: &mut Command) -> bool {
        let began = begin(name);
        let outcome = run(command);
        if let Err(reason) = &outcome {
            say(&format!("xtask: {reason}"));
        }
        let passed = outcome.is_ok();
        self.parts.push(Part {
            name: name.to_owned(),
            passed: u64::from(passed),
            failed: u64::from(!passed),
            took: began.elapsed(),
            failures: outcome.err().into_iter().collect(),
        });
        passed
    }

    /// Notes a failure of something that is not a command.
    pub(crate) fn failed(&mut self, name: &str, reason: String) {
        say(&format!("xtask: {name}: {reason}"));
        let failures = vec![reason];
        self.parts.push(Part {
            name: name.to_owned(),
            passed: 0,
            failed: 1,
            took: Duration::ZERO,
            failures,
        });
    }

    /// Runs `cargo test`, shows its output, and counts what its closing lines say.
    pub(crate) fn tests(&mut self, name: &str, command: &mut Command) {
        let began = begin(name);
        let mut counts = Counts::default();
        let ended = command
            .stdout(Stdio::piped())
            .spawn()
            .and_then(|mut child| {
                if let Some(output) = child.stdout.take() {
                    show_and_count(BufReader::new(output), &mut std::io::stdout(), &mut counts)?;
                }
                child.wait()
            })
            .map_err(|error| format!("cargo test: {error}"));
        match ended {
            // Tests that do not compile, or a process that died, leave no line that counts.
            Ok(status) if !status.success() && counts.failed == 0 => {
                counts.failed = 1;
                counts.failures.push(format!("cargo test ended with {status}"));
            }
            Ok(_) if counts.passed + counts.failed == 0 => {
                counts.failed = 1;
                counts.failures.push("no test was run".to_owned());
            }
            Ok(_) => {}
            Err(reason) => {
                counts.failed += 1;
                counts.failures.push(reason);
            }
        }
        self.parts.push(Part {
            name: name.to_owned(),
            passed: counts.passed,
            failed: counts.failed,
            took: began.elapsed(),
            failures: counts.failures,
        });
    }

    /// Prints the summary, and last of all the line `N passed, N failed`. Whether the run is good.
    pub(crate) fn close(self) -> bool {
        say("\nSummary");
        for part in &self.parts {
            let seconds = part.took.as_secs();
            let took = format!("{}:{:02}", seconds / 60, seconds % 60);
            say(&format!(
                "  {:<28} {:>5} passed {:>4} failed  {took:>6}",
                part.name, part.passed, part.failed
            ));
            for failure in &part.failures {
                say(&format!("    {failure}"));
            }
        }
        let passed: u64 = self.parts.iter().map(|part| part.passed).sum();
        let failed: u64 = self.parts.iter().map(|part| part.failed).sum();
        say(&format!("{passed} passed, {failed} failed"));
        failed == 0 && passed > 0
    }
}

fn begin(name: &str) -> Instant {
    say(&format!("\n── {name}"));
    Instant::now()
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    failures: Vec<String>,
}

fn show_and_count(output: impl BufRead, shown: &mut impl Write, counts: &mut Counts) -> std::io::Result<()> {
    for line in output.split(b'\n') {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        writeln!(shown, "{text}")?;
        counts.read(&text);
    }
    shown.flush()
}

impl Counts {
    /// Reads one line of a test program: `test result: ok. 3 passed; 0 failed; …` or `test NAME ... FAILED`.
    fn read(&mut self, line: &str) {
        if let Some((_, figures)) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        {
            let figure = |word: &str| {
                figures
                    .split(';')
                    .find_map(|part| part.trim().strip_suffix(word)?.trim().parse::<u64>().ok())
                    .unwrap_or(0)
            };
            self.passed += figure("passed");
            self.failed += figure("failed");
        } else if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_cargo_test_are_added_up() {
        let mut counts = Counts::default();
        for line in [
            "running 3 tests",
            "test codes::a_code_is_redeemed_once ... ok",
            "test codes::late ... FAILED",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: ok. 40 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 3.20s",
        ] {
            counts.read(line);
        }
        assert_eq!(
            counts,
            Counts {
                passed: 42,
                failed: 1,
                failures: vec!["codes::late".to_owned()]
            }
        );
    }

    #[test]
    fn output_that_is_not_utf8_is_shown_and_counted() {
        let mut counts = Counts::default();
        let output: &[u8] = b"\xff\xfe\ntest result: ok. 1 passed; 0 failed; 0 ignored\n";
        let mut shown = Vec::new();
        show_and_count(output, &mut shown, &mut counts).unwrap();
        assert_eq!(counts.passed, 1);
        assert!(
            String::from_utf8(shown)
                .unwrap()
                .starts_with("\u{fffd}\u{fffd}\ntest result")
        );
    }
}
