//! The flags.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;
use url::Url;

/// Runs Slipway on this machine: builds the functions, stands in for AWS and TikTok, makes an API key, connects an
/// account, publishes a sample video, and stays up to be called.
#[derive(Debug, Parser)]
#[command(name = "slipway-local", bin_name = "cargo run --", version)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// Exit once the sample is published
    #[arg(long)]
    pub(crate) once: bool,

    /// Port of the API on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,

    /// Publish this video instead of the sample
    #[arg(long, value_name = "FILE", conflicts_with = "no_sample")]
    pub(crate) video: Option<PathBuf>,

    /// Use this TikTok-compatible server, for its authorization page and its API, instead of the simulator
    #[arg(long, value_name = "URL", value_parser = base_url, requires = "tiktok_client_key", requires = "tiktok_client_secret")]
    pub(crate) tiktok_url: Option<Url>,

    /// Client key at that server
    #[arg(long, value_name = "KEY", requires = "tiktok_url")]
    pub(crate) tiktok_client_key: Option<String>,

    /// Client secret at that server
    #[arg(long, value_name = "SECRET", requires = "tiktok_url")]
    pub(crate) tiktok_client_secret: Option<String>,

    /// Keep tables, media, key and account in this folder over restarts
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Print one JSON object a line on standard output, and everything else on standard error
    #[arg(long)]
    pub(crate) json: bool,

    /// Only start: make the key, connect and publish nothing
    #[arg(long)]
    pub(crate) no_sample: bool,

    /// Show the functions' logs on standard error, too
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// Set a parameter of template.yaml; may be given several times
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = pair, hide_short_help = true)]
    pub(crate) params: Vec<(String, String)>,

    /// Set a function's time-out, such as TransferFunction=5; may be given several times
    #[arg(long = "timeout", value_name = "FUNCTION=SECONDS", value_parser = timeout, hide_short_help = true)]
    pub(crate) timeouts: Vec<(String, Duration)>,
}

/// Exit code for flags that can't be understood.
const USAGE: u8 = 2;

impl Args {
    /// Reads the command line. On `--help`, `--version` or a bad flag it says what there is to say.
    pub(crate) fn read() -> Result<Self, ExitCode> {
        Self::try_parse().map_err(|error| {
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                // Nothing to do about a closed output.
                let _ = error.print();
                return ExitCode::SUCCESS;
            }
            eprintln!("{}", sentence(&error.to_string()));
            ExitCode::from(USAGE)
        })
    }
}

/// clap's report as one sentence: without its usage text, in one line.
fn sentence(report: &str) -> String {
    let telling = report.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let words: Vec<&str> = telling.flat_map(str::split_whitespace).collect();
    format!("{} (--help shows every flag)", words.join(" "))
}

fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("it must start with http:// or https://".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it must have no query and no fragment".to_owned());
    }
    Ok(url)
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

fn timeout(text: &str) -> Result<(String, Duration), String> {
    let (function, seconds) = pair(text).map_err(|_| "write it as FUNCTION=SECONDS".to_owned())?;
    let seconds: u64 = seconds.parse().map_err(|_| "the seconds must be a whole number".to_owned())?;
    if seconds == 0 || seconds > 900 {
        return Err("a function may run for 1 to 900 seconds".to_owned());
    }
    Ok((function, Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn read(flags: &[&str]) -> Result<Args, String> {
        Args::try_parse_from([&["slipway-local"], flags].concat()).map_err(|error| sentence(&error.to_string()))
    }

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn without_flags_the_sample_is_published_on_the_usual_port() {
        let args = read(&[]).unwrap();
        assert_eq!((args.port, args.once, args.json, args.no_sample), (8787, false, false, false));
        assert!(args.video.is_none() && args.data.is_none() && args.tiktok_url.is_none());
    }

    #[test]
    fn parameters_and_time_outs_can_be_set() {
        let args =
            read(&["--param", "StatusFirstCheckSeconds=1", "--param", "LogLevel=", "--timeout", "TransferFunction=5"])
                .unwrap();
        assert_eq!(args.params[0], ("StatusFirstCheckSeconds".to_owned(), "1".to_owned()));
        assert_eq!(args.params[1], ("LogLevel".to_owned(), String::new()));
        assert_eq!(args.timeouts, [("TransferFunction".to_owned(), Duration::from_secs(5))]);
    }

    #[test]
    fn a_flag_that_can_not_be_understood_is_one_sentence() {
        for (flags, part) in [
            (&["--bogus"][..], "unexpected argument '--bogus'"),
            (&["--port", "x"], "invalid value 'x' for '--port"),
            (&["--port", "65536"], "65536"),
            (&["--tiktok-url", "http://127.0.0.1:1"], "--tiktok-client-key <KEY>"),
            (&["--tiktok-client-key", "k"], "--tiktok-url <URL>"),
            (
                &["--tiktok-url", "ftp://x", "--tiktok-client-key", "k", "--tiktok-client-secret", "s"],
                "http:// or https://",
            ),
            (&["--video"], "--video <FILE>"),
            (&["--no-sample", "--video", "x.mp4"], "cannot be used with"),
            (&["--param", "x"], "KEY=VALUE"),
            (&["--timeout", "F=0"], "1 to 900"),
            (&["extra"], "unexpected argument 'extra'"),
        ] {
            let said = read(flags).unwrap_err();
            assert!(said.contains(part), "{said}");
            assert!(!said.contains('\n') && !said.contains("Usage"), "{said}");
        }
    }
}
