//! The Node packages of the tests, pinned in `tests/node/package-lock.json`.

use crate::command::{program, run_quietly};
use crate::{say, workspace};
use std::path::PathBuf;

/// Installs exactly what the lockfile names, or leaves what was installed from the same one. Returns `node_modules`.
pub(crate) fn install() -> Result<PathBuf, String> {
    let directory = workspace::root().join("tests/node");
    let lockfile = directory.join("package-lock.json");
    let wanted = std::fs::read_to_string(&lockfile).map_err(|error| format!("{}: {error}", lockfile.display()))?;
    let modules = directory.join("node_modules");
    let stamp = modules.join(".installed-from.json");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(modules);
    }

    say("Installing the Node packages of the tests");
    run_quietly(
        program("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&directory),
    )?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(modules)
}
