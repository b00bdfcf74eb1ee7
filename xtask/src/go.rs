//! The Go program of the tests, its modules pinned in `tests/go/go.mod` and `tests/go/go.sum`.

use crate::command::{program, run_quietly};
use crate::{say, workspace};
use std::path::PathBuf;

/// Builds it, which takes a moment where Go remembers the last time. Returns the program.
pub(crate) fn build() -> Result<PathBuf, String> {
    let client = workspace::target().join("test-go/client");
    if !client.is_file() {
        say("Building the Go program of the tests");
    }
    // Nothing but what `go.sum` names is taken, and no C compiler is needed.
    run_quietly(
        program("go")
            .args(["build", "-mod=readonly", "-buildvcs=false", "-o"])
            .arg(&client)
            .arg(".")
            .env("CGO_ENABLED", "0")
            .current_dir(workspace::root().join("tests/go")),
    )?;
    Ok(client)
}
