//! Second looks: what the blocks at the start and at the end of a file say about what its headers state, or don't.

use std::time::Duration;

use slipway_domain::limits;
use slipway_domain::media::Within;

use super::blocks::{Blocks, Needed, Seen, Until};
use super::{end, rate};
use crate::agree::near;
use crate::reader::{FIRST_READ, Reader};
use crate::{FrameRate, Probe, ProbeError, Source};

/// How many frames at the start make an estimate, and how many reads they may cost.
const FRAMES: usize = 61;
const REQUESTS: u32 = 12;
/// A file of which no more than this is unread is read to its end rather than in places.
const READ_ALL: u64 = 5 * 1024 * 1024;
/// How much of it is read at a time.
const READ: u64 = 1024 * 1024;
/// A first block that begins later than this has a clock that did not begin with the file.
const LATE: Duration = Duration::from_secs(1);
/// The longest that the last frame is taken to be shown where nothing says it.
const LAST_FRAME: Duration = Duration::from_millis(100);

/// Where to look.
#[derive(Debug)]
pub(super) struct Places {
    /// Where the first cluster begins.
    pub(super) cluster: u64,
    /// Whether the segment's size is known to agree with the file's.
    pub(super) bounded: bool,
    pub(super) needed: Needed,
    pub(super) tick_nanoseconds: u64,
}

impl Places {
    /// Looks at the blocks that are at hand, and at others if those leave a doubt about duration or rate.
    pub(super) async fn check<S: Source>(
        &self,
        reader: &mut Reader<'_, S>,
        found: &mut Probe,
    ) -> Result<(), ProbeError> {
        let mut blocks = Blocks::from(self.cluster);
        let mut start = self.see(&mut blocks, reader, Until::AtHand, found).await?;
        let rate_in_doubt = found.picture.is_some()
            && found.frame_rate.is_none_or(|stated| !rate::is_confirmed(stated, &start, self.tick_nanoseconds));
        let mut end = None;
        if !start.to_end && (rate_in_doubt || self.is_doubtful(found.duration, &start)) {
            if reader.len().saturating_sub(blocks.at()) <= READ_ALL {
                reader.read_ahead(READ);
                start.extend(self.see(&mut blocks, reader, Until::End, found).await?);
                reader.read_ahead(FIRST_READ);
            } else {
                let more = FRAMES.saturating_sub(start.frames.len());
                start.extend(self.see(&mut blocks, reader, Until::Frames(more, REQUESTS), found).await?);
                end = end::last_cluster(reader, self.cluster, &self.needed).await?;
                if end.is_none() {
                    end = end::only_cluster(reader, self.cluster, blocks.cluster, &self.needed).await?;
                }
            }
        }
        if rate_in_doubt {
            let places: Vec<_> = std::iter::once(&start).chain(&end).collect();
            let (stated, whole) = (found.frame_rate, start.to_end);
            found.frame_rate = rate::of_places(&places, stated, whole, self.tick_nanoseconds);
        } else if let Some(stated) = found.frame_rate {
            found.frame_rate = Some(rate::shown(stated, &start, self.tick_nanoseconds));
        }
        let last = end.as_ref().or(Some(&start).filter(|start| start.to_end)).and_then(|seen| seen.last);
        found.duration = self.duration(found, start.first, last);
        Ok(())
    }

    async fn see<S: Source>(
        &self,
        blocks: &mut Blocks,
        reader: &mut Reader<'_, S>,
        until: Until,
        found: &Probe,
    ) -> Result<Seen, ProbeError> {
        match blocks.see(reader, &self.needed, until).await {
            // The headers tell enough by themselves.
            Err(ProbeError::Truncated { .. }) if self.bounded => Ok(Seen::default()),
            Err(ProbeError::Malformed { .. }) if found.duration.is_some() => Ok(Seen::default()),
            seen => seen,
        }
    }

    /// Whether a stated duration is not to be believed alone: one that would get the file refused, one that is counted
    /// by another clock than the file's, and none at all.
    fn is_doubtful(&self, stated: Option<Duration>, start: &Seen) -> bool {
        let (least, most) = (limits::VIDEO_MIN_SECONDS.into(), limits::VIDEO_MAX_SECONDS.into());
        let fits = |stated| Within::of(stated, Duration::from_secs(least), Duration::from_secs(most)) == Within::Yes;
        !stated.is_some_and(fits) || self.time(start.first).is_some_and(|first| first > LATE)
    }

    /// How long it plays: what is stated if the blocks say the same, or nothing.
    fn duration(&self, found: &Probe, first: Option<i64>, last: Option<i64>) -> Option<Duration> {
        let begun = self.time(first).unwrap_or(Duration::ZERO);
        // The last block is shown for as long as any other.
        let frame = found.frame_rate.map_or(Duration::ZERO, FrameRate::frame).min(LAST_FRAME);
        let counted = self.time(last).map(|last| last.saturating_sub(begun).saturating_add(frame));
        match (found.duration, counted.filter(|counted| !counted.is_zero())) {
            (Some(stated), Some(counted)) if near(stated, counted) => Some(stated),
            (_, Some(counted)) => Some(counted),
            (Some(stated), None) if begun > LATE && stated > begun => Some(stated.saturating_sub(begun)),
            (stated, None) => stated,
        }
    }

    fn time(&self, ticks: Option<i64>) -> Option<Duration> {
        u64::try_from(ticks?).ok()?.checked_mul(self.tick_nanoseconds).map(Duration::from_nanos)
    }
}
