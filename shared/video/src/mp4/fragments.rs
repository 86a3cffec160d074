//! Fragmented files: the frames are described in many small `moof` boxes, spread over the whole file.

use std::time::Duration;

use super::boxes::{self, Header};
use super::movie::Movie;
use super::times::{Times, duration};
use super::track::Track;
use crate::fields::Fields;
use crate::reader::Reader;
use crate::{ProbeError, Source};

/// The largest table of one fragment that is read, in bytes.
const MAX_RUN: u64 = 1024 * 1024;
/// The most changes of frame duration in one fragment: four times what ten minutes at 60 frames a second can have.
const MAX_CHANGES: usize = 144_000;

/// What the fragments that were read say.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    tracks: Vec<Progress>,
    pub(super) seen: bool,
    /// Whether some were skipped, so that only those that say when they begin tell the time.
    pub(super) skipped: bool,
    lost: bool,
}

/// How far one track has come.
#[derive(Debug, Default)]
struct Progress {
    track: u32,
    times: Times,
    /// When its first frame that was read is shown, in ticks.
    first: Option<u64>,
    /// When its last frame that was read ends, in ticks.
    end: u64,
}

impl Progress {
    /// A track whose first frames may be described in the index; its fragments come behind them.
    fn behind(movie: Option<&Movie>, track: u32) -> Self {
        let found = movie.and_then(|movie| movie.tracks.iter().find(|found| found.id == track));
        let indexed = found.and_then(|found| Some((found.ticks_in_index()?, found.times)));
        let (first, end, times) = indexed.map_or((None, 0, Times::default()), |(end, times)| (Some(0), end, times));
        Self { track, times, first, end }
    }
}

/// How one track's frames last within one fragment.
struct Run {
    track: u32,
    usual_ticks: u32,
    start: Option<u64>,
    times: Vec<(u64, u32)>,
}

impl Fragments {
    /// Takes in the fragment of box `moof`, which lies wholly within the file.
    pub(super) async fn read<S: Source>(
        &mut self,
        reader: &mut Reader<'_, S>,
        moof: Header,
        movie: Option<&Movie>,
    ) -> Result<(), ProbeError> {
        self.seen = true;
        let mut at = moof.body;
        while let Some(part) = boxes::child(reader, at, moof.end).await? {
            if &part.name == b"traf" {
                let run = traf(reader, part, movie).await?;
                self.add(run, movie)?;
            }
            at = part.end;
        }
        Ok(())
    }

    fn add(&mut self, run: Run, movie: Option<&Movie>) -> Result<(), ProbeError> {
        let found = self.tracks.iter().position(|progress| progress.track == run.track);
        let index = found.unwrap_or(self.tracks.len());
        if found.is_none() {
            if index == 64 {
                return Err(ProbeError::TooComplex("more than 64 tracks"));
            }
            self.tracks.push(Progress::behind(movie, run.track));
        }
        if let Some(progress) = self.tracks.get_mut(index) {
            self.lost |= self.skipped && run.start.is_none();
            let start = run.start.unwrap_or(progress.end);
            let before = progress.times.ticks().unwrap_or(0);
            let count = run.times.len();
            for (number, (frames, ticks)) in run.times.into_iter().enumerate() {
                progress.times.add(frames, ticks, number + 1 == count);
            }
            let length = progress.times.ticks().unwrap_or(0).saturating_sub(before);
            progress.first = progress.first.or(Some(start));
            progress.end = progress.end.max(start.saturating_add(length));
        }
        Ok(())
    }

    /// How long these tracks play together, from the first frame to the end of the last that was read.
    pub(super) fn duration<'a>(&self, tracks: impl Iterator<Item = &'a Track>) -> Option<Duration> {
        if self.lost {
            return None;
        }
        let (mut begun, mut ended, mut longest, mut sum) = (Duration::MAX, None, None, Duration::ZERO);
        for track in tracks {
            let Some(progress) = self.tracks.iter().find(|progress| progress.track == track.id) else { continue };
            let (Some(first), Some(end)) = (progress.first, duration(progress.end, track.timescale)) else { continue };
            let first = duration(first, track.timescale).unwrap_or_default();
            let length = end.saturating_sub(first);
            begun = begun.min(first);
            ended = ended.max(Some(end));
            longest = longest.max(Some(length));
            sum = sum.saturating_add(length);
        }
        // Tracks with a gap between them have clocks of their own.
        let together = ended.map(|ended| ended.saturating_sub(begun)).filter(|together| *together <= sum);
        together.or(longest).filter(|length| !length.is_zero())
    }

    /// What was read of a track's frames, those in the index included; nothing if it has no fragment.
    pub(super) fn times(&self, track: &Track) -> Option<Times> {
        self.tracks.iter().find(|progress| progress.track == track.id).map(|progress| progress.times)
    }
}

async fn traf<S: Source>(reader: &mut Reader<'_, S>, traf: Header, movie: Option<&Movie>) -> Result<Run, ProbeError> {
    let mut run = Run { track: 0, usual_ticks: 0, start: None, times: Vec::new() };
    let mut at = traf.body;
    while let Some(part) = boxes::child(reader, at, traf.end).await? {
        let cut = ProbeError::malformed("a fragment's table has fewer entries than it says", part.at);
        match &part.name {
            b"tfhd" => {
                let content = boxes::prefix(reader, part, 64).await?;
                let (track, ticks) = fragment_header(&content).ok_or(cut)?;
                let usual = movie.and_then(|movie| movie.usual_ticks.iter().find(|(id, _)| *id == track));
                run.track = track;
                run.usual_ticks = ticks.or(usual.map(|(_, ticks)| *ticks)).unwrap_or(0);
            }
            b"tfdt" => {
                let content = boxes::prefix(reader, part, 64).await?;
                let mut fields = Fields::new(&content);
                let wide = fields.u32().ok_or(cut.clone())? >> 24 == 1;
                run.start = Some(fields.u32_or_u64(wide).ok_or(cut)?);
            }
            b"trun" => {
                let content = boxes::content(reader, part, MAX_RUN).await?;
                frame_durations(&content, run.usual_ticks, &mut run.times).ok_or(cut)?;
                if run.times.len() > MAX_CHANGES {
                    return Err(ProbeError::TooComplex("a fragment with too many frames"));
                }
            }
            _ => {}
        }
        at = part.end;
    }
    Ok(run)
}

/// Track id, and how long its frames last unless they say otherwise.
fn fragment_header(content: &[u8]) -> Option<(u32, Option<u32>)> {
    let mut fields = Fields::new(content);
    let flags = fields.u32()?;
    let track = fields.u32()?;
    let has = |bit: u32| flags & bit != 0;
    if has(0x01) {
        fields.skip(8)?;
    }
    if has(0x02) {
        fields.skip(4)?;
    }
    let ticks = if has(0x08) { Some(fields.u32()?) } else { None };
    Some((track, ticks))
}

/// Adds a run's frames; frames that last alike share an entry, so that the list is no longer than the table.
fn frame_durations(content: &[u8], usual: u32, times: &mut Vec<(u64, u32)>) -> Option<()> {
    let mut fields = Fields::new(content);
    let flags = fields.u32()?;
    let count = fields.u32()?;
    let has = |bit: u32| flags & bit != 0;
    fields.skip(if has(0x01) { 4 } else { 0 } + if has(0x04) { 4 } else { 0 })?;
    let behind = [0x200, 0x400, 0x800].into_iter().filter(|bit| has(*bit)).count() * 4;
    if !has(0x100) {
        // Nothing to read a frame: the number is only believed if the frames have anything in the table at all.
        let size = usize::try_from(count).ok()?.checked_mul(behind)?;
        fields.skip(size)?;
        times.push((count.into(), usual));
        return Some(());
    }
    for _ in 0..count {
        let ticks = fields.u32()?;
        fields.skip(behind)?;
        match times.last_mut() {
            Some((frames, same)) if *same == ticks => *frames += 1,
            _ => times.push((1, ticks)),
        }
    }
    Some(())
}
