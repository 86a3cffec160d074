//! The program as a process.

use std::process::Stdio;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// A program to be started.
pub(crate) struct Program(Command);

/// A program that runs.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    said: String,
}

/// What a program said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Program {
    /// In an environment of its own: nothing of the machine's changes what it does.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
        command
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self(command)
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.env_remove(name);
        self
    }

    pub(crate) fn start(mut self) -> Running {
        let mut child = self.0.spawn().expect("the program starts");
        let out = BufReader::new(child.stdout.take().unwrap());
        Running { child, out, said: String::new() }
    }

    pub(crate) async fn run(self) -> Ended {
        self.start().end().await
    }
}

impl Running {
    pub(crate) fn pid(&self) -> Pid {
        let pid = i32::try_from(self.child.id().expect("it runs")).unwrap();
        Pid::from_raw(pid).unwrap()
    }

    /// Waits for a line of standard output with this in it.
    pub(crate) async fn until_says(&mut self, part: &str) {
        while !self.said.lines().any(|line| line.contains(part)) {
            let read = self.out.read_line(&mut self.said).await.unwrap();
            assert!(read > 0, "never said: {part}; {}", self.said);
        }
    }

    /// What it has said on standard output so far.
    pub(crate) fn said(&self) -> &str {
        &self.said
    }

    pub(crate) async fn end(mut self) -> Ended {
        let rest = self.out.read_to_string(&mut self.said);
        let (rest, output) = tokio::join!(rest, self.child.wait_with_output());
        let (_, output) = (rest.unwrap(), output.unwrap());
        Ended { code: output.status.code(), out: self.said, err: String::from_utf8(output.stderr).unwrap() }
    }
}

/// Ctrl-C.
pub(crate) fn interrupt(pid: Pid) {
    kill_process(pid, Signal::INT).unwrap();
}

/// No chance to say or do anything. It may have ended by itself a moment ago.
pub(crate) fn kill(pid: Pid) {
    match kill_process(pid, Signal::KILL) {
        Err(Errno::SRCH) => {}
        ended => ended.unwrap(),
    }
}

impl Ended {
    /// Itself, if it ended so.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// The first line of standard output.
    pub(crate) fn result(&self) -> &str {
        self.out.lines().next().unwrap_or_default()
    }

    /// The lines of standard output, each of which must be JSON.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }

    /// The one event of this name.
    #[track_caller]
    pub(crate) fn event(&self, name: &str) -> Value {
        let found: Vec<_> = self.events().into_iter().filter(|event| event["event"] == name).collect();
        assert_eq!(found.len(), 1, "{name}: {}\n{}", self.out, self.err);
        found.into_iter().next().unwrap()
    }
}
