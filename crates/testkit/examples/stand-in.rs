//! The stand-in provider as a program, for trials by hand: `cargo run -p soleira-testkit --example stand-in -- --port 4001`.
#![expect(clippy::print_stdout, reason = "a program for trials talks to its terminal")]

use soleira_testkit::{Person, StandInProvider};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let port = match arguments.as_slice() {
        [] => 4001,
        [flag, port] if flag == "--port" => match port.parse() {
            Ok(port) => port,
            Err(error) => return refuse(&format!("--port {port}: {error}")),
        },
        _ => return refuse("usage: stand-in [--port PORT]"),
    };
    let provider = match StandInProvider::start_on(port).await {
        Ok(provider) => provider,
        Err(error) => return refuse(&format!("port {port}: {error}")),
    };
    let person = Person::default();
    println!("A provider like Hugging Face is at {}", provider.origin());
    println!(
        "  register an application   {}/settings/connected-applications/new",
        provider.origin()
    );
    println!("  authorization endpoint    {}", provider.authorization_endpoint());
    println!("  token endpoint            {}", provider.token_endpoint());
    println!("  userinfo endpoint         {}", provider.user_info_endpoint());
    println!(
        "  account                   {} / {}",
        person.preferred_username, person.password
    );
    match tokio::signal::ctrl_c().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error.to_string()),
    }
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
