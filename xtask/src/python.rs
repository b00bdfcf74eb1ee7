//! The Python environment of the tests: published SDKs, pinned in `tests/python/requirements.txt`.

use crate::command::{program, run_quietly};
use crate::{say, workspace};
use std::path::PathBuf;

/// Makes the environment, or leaves it when it was made from the same requirements. Returns its interpreter.
pub(crate) fn install() -> Result<PathBuf, String> {
    let requirements = workspace::root().join("tests/python/requirements.txt");
    let wanted =
        std::fs::read_to_string(&requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let environment = workspace::target().join("test-python");
    let python = environment.join("bin/python");
    let stamp = environment.join("requirements.txt");
    if python.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }

    say("Installing the Python packages of the tests");
    run_quietly(program("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    run_quietly(
        program(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&requirements),
    )?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(python)
}
