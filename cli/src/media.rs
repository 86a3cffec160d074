//! Media, as the API shows it.

use serde::Deserialize;

use crate::exit::Exit;
use crate::problem::{Issue, Problem};
use crate::text;

/// What the API knows of a file. Fields that are missing are not known.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Media {
    /// `pending`, `ready` or `failed`.
    pub(crate) status: String,
    #[serde(default)]
    duration_seconds: Option<f64>,
    #[serde(default)]
    width: Option<u64>,
    #[serde(default)]
    height: Option<u64>,
    #[serde(default)]
    frame_rate: Option<f64>,
    #[serde(default)]
    video_codec: Option<String>,
    #[serde(default)]
    reasons: Vec<Reason>,
}

/// Why TikTok would not take it.
#[derive(Debug, Clone, Deserialize)]
struct Reason {
    #[serde(default)]
    code: String,
    message: String,
    #[serde(default)]
    cure: String,
}

impl Media {
    /// What it is, in a few words: `12.3 s, 1080x1920, 30 fps, h264`.
    pub(crate) fn summary(&self) -> String {
        let size = self.width.zip(self.height).map(|(width, height)| format!("{width}x{height}"));
        let parts = [
            self.duration_seconds.map(|seconds| format!("{} s", tidy(seconds))),
            size,
            self.frame_rate.map(|rate| format!("{} fps", tidy(rate))),
            self.video_codec.clone(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Nothing if it can be published; otherwise every reason with its cure.
    pub(crate) fn verdict(&self) -> Result<(), Problem> {
        match self.status.as_str() {
            "ready" => Ok(()),
            "failed" => {
                let issues = self.reasons.iter().map(Reason::issue).collect();
                let message = "The file is uploaded, but TikTok would not take it:";
                Err(Problem::refused(message).with_issues(issues))
            }
            other => Err(Problem::new(
                Exit::Unfinished,
                format!("the file is uploaded, but its check has not ended; its status is {}", text::line(other)),
            )),
        }
    }
}

impl Reason {
    /// The message names what was found and what is allowed.
    fn issue(&self) -> Issue {
        let Self { code, message, cure } = self.clone();
        Issue { field: String::new(), code, message, cure }
    }
}

/// At most one decimal, and none that is zero.
fn tidy(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn media(value: Json) -> Media {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_file_is_told_by_what_is_known_of_it() {
        let all = media(json!({"status": "ready", "duration_seconds": 12.34, "width": 1080, "height": 1920,
            "frame_rate": 30.0, "video_codec": "h264", "reasons": []}));
        assert_eq!(all.summary(), "12.3 s, 1080x1920, 30 fps, h264");
        assert_eq!(media(json!({"status": "pending", "duration_seconds": null})).summary(), "");
        assert!(all.verdict().is_ok());
    }

    #[test]
    fn a_bad_verdict_gives_every_reason_with_its_cure() {
        let failed = media(json!({"status": "failed", "reasons": [
            {"code": "a", "message": "the video is 0.5 s long, allowed are 1 to 600", "cure": "Make it longer.", "measured": 0.5, "allowed": "1 to 600"},
            {"code": "b", "message": "the codec is av1", "cure": "Use H.264.", "measured": "av1", "allowed": null},
        ]}));
        let problem = failed.verdict().unwrap_err();
        assert_eq!(problem.exit, Exit::Refused);
        assert_eq!(
            problem.lines(),
            [
                "The file is uploaded, but TikTok would not take it:",
                "  - the video is 0.5 s long, allowed are 1 to 600",
                "    Make it longer.",
                "  - the codec is av1",
                "    Use H.264.",
            ]
        );
        assert_eq!(media(json!({"status": "pending"})).verdict().unwrap_err().exit, Exit::Unfinished);
    }
}
