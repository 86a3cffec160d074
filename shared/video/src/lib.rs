#![doc = include_str!("../README.md")]
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let file = bytes::Bytes::from_static(b"Dear diary, this is not a video.");
//! let error = slipway_video::probe(&file).await.unwrap_err();
//! assert_eq!(error.code().as_str(), "not_media");
//! # });
//! ```

mod agree;
mod cure;
mod error;
mod fields;
mod found;
mod mp4;
mod photo;
mod reader;
mod reason;
mod sniff;
mod source;
mod verdict;
mod webm;

pub use error::ProbeError;
pub use found::{FrameRate, Picture, Probe, Rotation};
pub use reader::{FIRST_READ, MAX_BYTES, MAX_REQUESTS};
pub use reason::{Reason, Rule};
pub use slipway_domain::media::{Allowed, Measured, ReasonCode};
pub use source::{Source, SourceError};
pub use verdict::{Verdict, refusal, verdict};

use std::time::Duration;

use reader::Reader;
use sniff::Kind;

/// The longest duration that is believed, some 136 years: a file that states more does not tell its duration.
pub const MAX_DURATION: Duration = Duration::from_secs(0xFFFF_FFFF);

/// Tells by a file's first bytes, a few kilobytes if it has as many, whether it is worth fetching: whether it may be a
/// video or a photo of a kind that TikTok takes. What it is is for [`probe`].
pub fn sniff(start: &[u8]) -> Result<(), ProbeError> {
    if start.is_empty() {
        return Err(ProbeError::Empty);
    }
    sniff::kind(start, u64::try_from(start.len()).unwrap_or(u64::MAX)).map(|_| ())
}

/// Finds out what `source` holds, by its content alone.
///
/// A file that is cut short is an error and not a finding: TikTok would take its bytes and refuse it later.
pub async fn probe<S: Source>(source: &S) -> Result<Probe, ProbeError> {
    let mut reader = Reader::open(source).await?;
    let mut found = match sniff::kind(reader.start(), reader.len())? {
        Kind::IsoMedia => mp4::probe(&mut reader).await?,
        Kind::Ebml => webm::probe(&mut reader).await?,
        Kind::Jpeg => photo::jpeg(&mut reader).await?,
        Kind::WebP => photo::webp(&mut reader).await?,
    };
    found.duration = found.duration.filter(|duration| *duration <= MAX_DURATION);
    Ok(found)
}
