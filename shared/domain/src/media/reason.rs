//! Why TikTok would refuse media, or might.

use serde::{Deserialize, Serialize};

use super::ReasonCode;
use crate::MediaId;

/// Why TikTok would refuse media, or might.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaReason {
    /// What kind of reason it is.
    pub code: ReasonCode,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it.
    pub cure: String,
    /// What the file has, where that is a number or a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// What is allowed, where a rule says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Allowed>,
}

impl MediaReason {
    /// Message and cure as sentences.
    pub fn sentences(&self) -> String {
        let mut letters = self.message.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}. {}", letters.as_str(), self.cure)
    }

    /// The same as a warning about this media.
    pub fn warning(&self, media: &MediaId) -> String {
        format!("TikTok may refuse {media}. {}", self.sentences())
    }
}

/// What a file has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Measured {
    /// A number, in the unit of what is allowed.
    Number(f64),
    /// A name.
    Text(String),
}

/// What to do about a file that is larger than TikTok takes, whether it was announced or met.
pub const CURE_OF_TOO_LARGE: &str = "Encode the video with a lower bit rate, or cut it.";

impl Measured {
    /// A size.
    pub const fn bytes(size: u64) -> Self {
        Self::Number(as_number(size))
    }
}

/// What a rule allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Allowed {
    /// Between two numbers, both included.
    Range {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
        /// Of what.
        unit: String,
    },
    /// One of some names.
    OneOf(Vec<String>),
}

impl Allowed {
    /// A size between two, both included.
    pub fn bytes(min: u64, max: u64) -> Self {
        Self::Range { min: as_number(min), max: as_number(max), unit: "bytes".to_owned() }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size for people; exact to 9 PB")]
const fn as_number(size: u64) -> f64 {
    size as f64
}
