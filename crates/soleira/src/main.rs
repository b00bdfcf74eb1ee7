//! The program: reads the command line and the environment, runs the command, says in one line what went wrong.

use clap::Parser;
use mimalloc::MiMalloc;
use soleira::cli::Cli;
use std::process::ExitCode;

/// Of SQLite and the other C libraries too: a request makes hundreds of small allocations (docs/performance.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A variable that is no text is none of ours.
    let variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
    };
    match runtime.block_on(soleira::run(cli, &variables)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.line()),
    }
}

fn fail(line: &str) -> ExitCode {
    eprintln!("soleira: {line}");
    ExitCode::FAILURE
}
