//! What the tests need of Debian: a PostgreSQL server, a browser and its driver, Python, Node and Go.

use crate::command::{find, is_root, program, run, run_quietly};
use crate::{postgres, say};

/// A thing that must be there, how to see that it is, and the packages that bring it.
struct Need {
    name: &'static str,
    packages: &'static [&'static str],
    present: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need {
        name: "PostgreSQL",
        packages: &["postgresql"],
        present: || postgres::programs().is_some(),
    },
    Need {
        name: "Chromium",
        packages: &["chromium"],
        present: || find("chromium").is_some(),
    },
    Need {
        name: "ChromeDriver",
        packages: &["chromium-driver"],
        present: || find("chromedriver").is_some(),
    },
    Need {
        name: "a font",
        packages: &["fonts-liberation"],
        present: has_font,
    },
    Need {
        name: "Python with venv",
        packages: &["python3", "python3-venv", "python3-pip"],
        present: has_python,
    },
    Need {
        name: "Node",
        packages: &["nodejs"],
        present: || find("node").is_some(),
    },
    Need {
        name: "npm",
        packages: &["npm"],
        present: || find("npm").is_some(),
    },
    Need {
        name: "Go",
        packages: &["golang-go"],
        present: || find("go").is_some(),
    },
];

/// Installs what is missing, as root or through `sudo`; does nothing when nothing is missing.
pub(crate) fn install() -> Result<(), String> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(|need| need.name).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    if find("apt-get").is_none() {
        return Err(format!(
            "missing: {names}. This machine has no apt-get; install them (Debian's packages: {}) and run this again, \
             or run `cargo xtask test --fast`, which needs none of them.",
            packages.join(" ")
        ));
    }
    say(&format!("Installing {names}"));
    run(apt_get()?.args(["update", "--quiet"]))?;
    run(apt_get()?
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(&packages))?;
    match missing.iter().find(|need| !(need.present)()) {
        Some(need) => Err(format!(
            "{} is still missing after its packages were installed",
            need.name
        )),
        None => Ok(()),
    }
}

fn apt_get() -> Result<std::process::Command, String> {
    let mut command = if is_root() {
        program("env")
    } else if find("sudo").is_some() {
        let mut sudo = program("sudo");
        sudo.arg("env");
        sudo
    } else {
        return Err("packages are missing, and this user is neither root nor has sudo".to_owned());
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    Ok(command)
}

fn has_python() -> bool {
    run_quietly(program("python3").args(["-c", "import venv, ensurepip"])).is_ok()
}

/// Pages without any font are blank in pictures.
fn has_font() -> bool {
    std::path::Path::new("/usr/share/fonts/truetype")
        .read_dir()
        .is_ok_and(|mut fonts| fonts.next().is_some())
}
