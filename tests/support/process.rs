//! A child process whose output is read as it comes.

use super::watched::Watched;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// What a process has printed so far, and whether it has closed its output.
#[derive(Default)]
struct Output {
    lines: Vec<String>,
    closed: bool,
}

/// A running process; killed when dropped.
pub struct Process {
    child: Child,
    stdout: Watched<Output>,
    stderr: Watched<Output>,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the process starts");
        let stdout = collect(child.stdout.take().expect("its stdout"));
        let stderr = collect(child.stderr.take().expect("its stderr"));
        Self { child, stdout, stderr }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line on stdout that holds `piece`; `None` when the process ended
    /// without it.
    pub fn wait_for_line(&self, piece: &str, patience: Duration) -> Option<String> {
        let found = self.stdout.wait(patience, |out| {
            let line = out.lines.iter().find(|line| line.contains(piece)).cloned();
            (line.is_some() || out.closed).then_some(line)
        });
        found.unwrap_or_else(|| panic!("no line {piece:?} in {patience:?}:\n{}", self.log()))
    }

    pub fn stdout(&self) -> Vec<String> {
        self.stdout.read(|out| out.lines.clone())
    }

    pub fn stderr(&self) -> Vec<String> {
        self.stderr.read(|out| out.lines.clone())
    }

    /// Everything it printed, for a failing test.
    pub fn log(&self) -> String {
        format!("stdout:\n{}\nstderr:\n{}", self.stdout().join("\n"), self.stderr().join("\n"))
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    pub fn stop(&mut self, patience: Duration) -> ExitStatus {
        self.signal("TERM");
        super::watched::eventually("the process to stop", patience, || {
            self.child.try_wait().expect("its status")
        })
    }

    /// Sends a signal by name: `STOP`, `CONT`, `TERM`.
    pub fn signal(&self, name: &str) {
        // The shell's own `kill`: a minimal system has no program of that name.
        let command = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &command]).status().expect("a shell");
        assert!(status.success(), "{command}");
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until all output has been read, so that the last words can be judged.
    pub fn wait_for_silence(&self) {
        for stream in [&self.stdout, &self.stderr] {
            stream.wait(Duration::from_secs(10), |out| out.closed.then_some(()));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn collect(stream: impl Read + Send + 'static) -> Watched<Output> {
    let output = Watched::new(Output::default());
    let shared = output.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            shared.change(|out| out.lines.push(line));
        }
        shared.change(|out| out.closed = true);
    });
    output
}
