//! What the system tells of a process: how it ended, how much memory it holds.

use std::process::ExitStatus;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use crate::logs::{LogLine, LogSource, Logs};

/// How a process ended, in Lambda's words, to follow "Runtime exited".
pub(super) fn ended(status: ExitStatus) -> String {
    if let Some(code) = status.code() {
        return if code == 0 {
            "without providing a reason".to_owned()
        } else {
            format!("with error: exit status {code}")
        };
    }
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or_default();
    let name = match signal {
        4 => "illegal instruction".to_owned(),
        6 => "aborted".to_owned(),
        9 => "killed".to_owned(),
        11 => "segmentation fault".to_owned(),
        15 => "terminated".to_owned(),
        other => other.to_string(),
    };
    format!("with error: signal: {name}")
}

/// What a process holds of memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Now.
    pub(super) resident: u64,
    /// At the most so far.
    pub(super) peak: u64,
}

/// Reads a process's memory; `None` if it is gone, or if the system has no /proc.
pub(super) fn memory(pid: u32) -> Option<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    parse_memory(&status)
}

fn parse_memory(status: &str) -> Option<Memory> {
    let bytes = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib * 1024)
    };
    Some(Memory { resident: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
}

/// Lines longer than this are cut, as `CloudWatch` cuts them.
const LONGEST_LINE: usize = 256 * 1024;

/// Hands each line of a process's output on, until the output ends.
pub(super) async fn forward(output: impl AsyncRead + Unpin, function: String, pid: u32, source: LogSource, logs: Logs) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        let (done, used) = match output.fill_buf().await {
            Ok(chunk) if !chunk.is_empty() => {
                let end = chunk.iter().position(|byte| *byte == b'\n');
                let part = &chunk[..end.unwrap_or(chunk.len())];
                line.extend_from_slice(&part[..part.len().min(LONGEST_LINE - line.len())]);
                (end.is_some(), end.map_or(chunk.len(), |end| end + 1))
            }
            Ok(_) | Err(_) => break,
        };
        output.consume(used);
        if done {
            write(&line, &function, pid, source, &logs);
            line.clear();
        }
    }
    if !line.is_empty() {
        write(&line, &function, pid, source, &logs);
    }
}

fn write(line: &[u8], function: &str, pid: u32, source: LogSource, logs: &Logs) {
    let text = String::from_utf8_lossy(line).trim_end_matches('\r').to_owned();
    logs.write(&LogLine { function: function.to_owned(), pid: Some(pid), source, text });
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn the_end_of_a_process_is_told_in_lambdas_words() {
        // Raw wait statuses: the exit code in the second byte, a signal in the first.
        assert_eq!(ended(ExitStatus::from_raw(9)), "with error: signal: killed");
        assert_eq!(ended(ExitStatus::from_raw(6)), "with error: signal: aborted");
        assert_eq!(ended(ExitStatus::from_raw(101 << 8)), "with error: exit status 101");
        assert_eq!(ended(ExitStatus::from_raw(0)), "without providing a reason");
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tposts\nVmPeak:\t  999 kB\nVmHWM:\t   27652 kB\nVmRSS:\t   20480 kB\n";
        assert_eq!(parse_memory(status), Some(Memory { resident: 20_971_520, peak: 28_315_648 }));
        assert_eq!(parse_memory("Name:\tzombie\n"), None);
    }

    #[tokio::test]
    async fn output_is_forwarded_line_by_line_and_long_lines_are_cut() {
        let logs = Logs::default();
        let mut lines = logs.subscribe();
        let long = "x".repeat(LONGEST_LINE + 10);
        let output = format!("one\r\n{long}\n\nlast without end");
        forward(output.as_bytes(), "F".to_owned(), 7, LogSource::Stderr, logs).await;
        let mut texts = Vec::new();
        while let Ok(line) = lines.try_recv() {
            assert_eq!((line.function.as_str(), line.pid, line.source), ("F", Some(7), LogSource::Stderr));
            texts.push(line.text);
        }
        assert_eq!(texts, ["one", &long[..LONGEST_LINE], "", "last without end"]);
    }
}
