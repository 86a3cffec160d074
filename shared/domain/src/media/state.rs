//! What is known about the content of media.

use serde::{Deserialize, Serialize};

use super::{Findings, MediaReason, StoredObject};

/// What is known about the content of media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum MediaState {
    /// Nothing was uploaded yet, or it was not verified.
    Pending,
    /// TikTok would most likely take it. It is verified again only if another object has taken the place of this one.
    Ready {
        /// The object that was verified.
        object: StoredObject,
        /// What it is.
        findings: Findings,
        /// What TikTok might object to, or what the file does not tell.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<MediaReason>,
    },
    /// TikTok would refuse it, or it could not be fetched.
    Failed {
        /// The object that was verified. Nothing if there is none and none will be: that is final.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<StoredObject>,
        /// What it is, as far as could be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        findings: Option<Findings>,
        /// Every reason; at least one.
        reasons: Vec<MediaReason>,
    },
}

impl MediaState {
    /// How [`Pending`](Self::Pending) is written; conditions look for it.
    pub const PENDING: &str = "pending";
    /// How [`Ready`](Self::Ready) is written; conditions look for it.
    pub const READY: &str = "ready";

    /// The name that callers see.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => Self::PENDING,
            Self::Ready { .. } => Self::READY,
            Self::Failed { .. } => "failed",
        }
    }

    /// What the file is, as far as it is known.
    pub const fn findings(&self) -> Option<&Findings> {
        match self {
            Self::Pending => None,
            Self::Ready { findings, .. } => Some(findings),
            Self::Failed { findings, .. } => findings.as_ref(),
        }
    }

    /// The object that was verified, if one was.
    pub const fn object(&self) -> Option<&StoredObject> {
        match self {
            Self::Pending => None,
            Self::Ready { object, .. } => Some(object),
            Self::Failed { object, .. } => object.as_ref(),
        }
    }

    /// Why TikTok would refuse it; empty unless it would.
    pub fn reasons(&self) -> &[MediaReason] {
        match self {
            Self::Pending | Self::Ready { .. } => &[],
            Self::Failed { reasons, .. } => reasons,
        }
    }

    /// What TikTok might object to in media that is ready.
    pub fn warnings(&self) -> &[MediaReason] {
        match self {
            Self::Ready { warnings, .. } => warnings,
            Self::Pending | Self::Failed { .. } => &[],
        }
    }

    /// Whether this state stays in face of a later one: what is ready does, so does what was found in the very same
    /// object, and what has no object for good.
    pub fn outlasts(&self, later: &Self) -> bool {
        match self {
            Self::Pending => false,
            Self::Ready { .. } | Self::Failed { object: None, .. } => true,
            Self::Failed { object: Some(own), .. } => later.object() == Some(own),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ReasonCode::{NotMedia, Truncated};
    use super::*;

    #[test]
    fn states_that_were_stored_before_read_and_stay_as_they_were() {
        let object = json!({ "etag": "\"e\"", "size_bytes": 7 });
        let findings = json!({
            "media_type": "quick_time", "duration_ms": 1500, "width": 360, "height": 640, "rotation": 90,
            "frame_rate": 29.97, "variable_frame_rate": true, "video_codec": "h264", "has_audio": true,
        });
        let reasons = json!([
            {
                "code": "frame_rate_out_of_range", "message": "a", "cure": "b", "measured": 15.5,
                "allowed": { "min": 23.0, "max": 60.0, "unit": "frames a second" },
            },
            { "code": "codec_unsupported", "message": "a", "cure": "b", "measured": "av1", "allowed": ["h264", "vp9"] },
            { "code": "not_media", "message": "a", "cure": "b" },
        ]);
        for (name, stored) in [
            ("pending", json!({ "name": "pending" })),
            ("ready", json!({ "name": "ready", "object": object, "findings": findings })),
            ("ready", json!({ "name": "ready", "object": object, "findings": findings, "warnings": reasons })),
            ("failed", json!({ "name": "failed", "object": object, "findings": findings, "reasons": reasons })),
            ("failed", json!({ "name": "failed", "reasons": [] })),
        ] {
            let state: MediaState = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(state.as_str(), name);
            assert_eq!(serde_json::to_value(&state).unwrap(), stored);
        }
    }

    #[test]
    fn what_is_final_stays_and_so_does_what_was_found_in_the_same_object() {
        let failed = |etag: Option<&str>, code| {
            let object = etag.map(|etag| StoredObject { etag: etag.to_owned(), size_bytes: 1 });
            let (message, cure) = (String::new(), String::new());
            let reasons = vec![MediaReason { code, message, cure, measured: None, allowed: None }];
            MediaState::Failed { object, findings: None, reasons }
        };
        for (earlier, later, stays) in [
            (MediaState::Pending, failed(None, NotMedia), false),
            (failed(Some("a"), NotMedia), failed(Some("a"), Truncated), true),
            (failed(Some("a"), NotMedia), failed(Some("b"), NotMedia), false),
            (failed(None, NotMedia), failed(None, NotMedia), true),
            (failed(None, NotMedia), failed(None, Truncated), true),
            (failed(None, NotMedia), failed(Some("a"), NotMedia), true),
        ] {
            assert_eq!(earlier.outlasts(&later), stays, "{earlier:?} {later:?}");
        }
    }
}
