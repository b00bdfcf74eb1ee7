//! Programs that are clients of the server: made with published libraries, in other languages, as processes of their own.

use serde_json::Value;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// On a busy machine; devices ask every five seconds.
const ANSWERS_WITHIN: Duration = Duration::from_mins(1);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// What a client library called an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code: that of the server where the library passes it on, else the library's own.
    pub code: String,
    /// What else it says.
    pub message: String,
}

/// Who does as a test says: a program, or code in this process.
pub trait Client {
    /// Does something; what came of it.
    fn ask(&mut self, command: &str, given: Value) -> impl Future<Output = Result<Value, Refusal>>;
}

/// A running program. Dropped, it ends, with everything that it started.
#[derive(Debug)]
pub struct Program {
    process: Child,
    directory: TempDir,
}

/// A program that is told what to do by lines of JSON, and answers with lines of JSON.
#[derive(Debug)]
pub struct Driven {
    program: Program,
    input: ChildStdin,
    answers: UnboundedReceiver<String>,
}

/// A program that serves a web application on a port of loopback.
#[derive(Debug)]
pub struct WebApp(Program);

/// A script of `tests/node`, for Node to run. It finds its packages beside it.
///
/// # Panics
/// When there is none of that name.
pub fn node(modules: &Path, script: &str) -> Command {
    let script = modules.with_file_name(script);
    assert!(script.is_file(), "{} does not exist", script.display());
    let mut command = Command::new("node");
    command.arg(script);
    command
}

/// A script of `tests/python`.
pub fn python(interpreter: &Path, script: &str) -> Command {
    let mut command = Command::new(interpreter);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(
        soleira_testkit::requirement::checkout()
            .join("tests/python")
            .join(script),
    );
    command
}

impl Program {
    fn start(mut command: Command, registration: &Value, output: Option<Stdio>) -> Self {
        let directory = TempDir::with_prefix("soleira-client-").expect("a directory for a program");
        let log = File::create(directory.path().join("output")).expect("a file for the program's output");
        let output = output.unwrap_or_else(|| log.try_clone().expect("a file can be written twice").into());
        // A group of its own, so that what it starts ends with it. Should this process die first, its input ends. Nothing
        // of it goes through a proxy of this machine.
        let process = command
            .arg(registration.to_string())
            .process_group(0)
            .current_dir(directory.path())
            .env("NO_PROXY", "*")
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { process, directory }
    }

    /// What it has printed.
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("output")).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

impl Driven {
    /// Starts a program that knows from its argument what is registered for it.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(command: Command, registration: &Value) -> Self {
        let mut program = Program::start(command, registration, Some(Stdio::piped()));
        let input = program.process.stdin.take().expect("a pipe");
        let output = BufReader::new(program.process.stdout.take().expect("a pipe"));
        let (sender, answers) = unbounded_channel();
        // It ends with the program.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            program,
            input,
            answers,
        }
    }
}

impl Client for Driven {
    /// # Panics
    /// When it does not answer.
    async fn ask(&mut self, command: &str, mut given: Value) -> Result<Value, Refusal> {
        given["command"] = command.into();
        let sent = writeln!(self.input, "{given}");
        let answer = tokio::time::timeout(ANSWERS_WITHIN, self.answers.recv()).await;
        let Ok(Some(line)) = answer else {
            panic!("no answer to {given} ({sent:?}):\n{}", self.program.output());
        };
        let mut answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        match answer["error"].as_str() {
            Some(code) => Err(Refusal {
                code: code.to_owned(),
                message: answer["message"].as_str().unwrap_or_default().to_owned(),
            }),
            None => Ok(answer["ok"].take()),
        }
    }
}

impl WebApp {
    /// Starts an application that knows from its argument what is registered for it and which port it has.
    ///
    /// # Panics
    /// When it does not listen within a minute.
    pub async fn start(command: Command, registration: &Value, port: u16) -> Self {
        let mut program = Program::start(command, registration, None);
        let deadline = Instant::now() + ANSWERS_WITHIN;
        while TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).is_err() {
            let ended = program.process.try_wait().expect("a process of ours");
            assert!(ended.is_none(), "the app ended with {ended:?}:\n{}", program.output());
            assert!(
                Instant::now() < deadline,
                "the app does not answer:\n{}",
                program.output()
            );
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
        Self(program)
    }

    /// What it has printed.
    pub fn output(&self) -> String {
        self.0.output()
    }
}
