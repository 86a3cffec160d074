//! How long a track plays, by all that says so: one header alone may be wrong, since some writers count it in another
//! clock, or copy the length of the whole movie into each track.

use std::time::Duration;

use super::times::duration;
use crate::MAX_DURATION;
use crate::agree::near;
use crate::fields::Fields;

/// What says how long a track is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lengths {
    /// The edit list: what is played of it, and when.
    pub(super) edits: Option<Edits>,
    /// The track's header: the same in one number.
    pub(super) header: Option<Duration>,
    /// The media's header: what is stored.
    pub(super) media: Option<Duration>,
    /// The table of its frames' or packets' durations: the same by addition.
    pub(super) samples: Option<Duration>,
}

/// What an edit list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edits {
    /// From the movie's start to the track's end.
    total: Duration,
    /// The same without the time in which nothing is played.
    played: Duration,
    /// Whether all is played at its own speed, so that nothing can be longer than what is stored.
    plain: bool,
}

impl Lengths {
    /// How long the track plays: what most sources say. `movie` is what the movie's header says of its longest track.
    pub(super) fn agreed(&self, movie: Option<Duration>) -> Option<Duration> {
        let stored = self.samples.filter(|samples| self.media.is_some_and(|media| near(media, *samples)));
        let plain = self.edits.is_none_or(|edits| edits.plain);
        let wait = self.edits.map_or(Duration::ZERO, |edits| edits.total.saturating_sub(edits.played));
        // What is played is stored: two headers that say more are two copies of one mistake.
        let possible = |played: Duration| {
            let most = stored.filter(|_| plain).map(|stored| stored.saturating_add(wait));
            most.is_none_or(|most| played <= most || near(played, most))
        };
        let edits = self.edits.map(|edits| edits.total).filter(|total| possible(*total));
        let header = self.header.filter(|header| possible(*header));
        if edits.is_some() {
            most_supported(&[edits, header, self.media, self.samples, movie])
        } else {
            // Without an edit list all that is stored is played.
            most_supported(&[self.samples, self.media, header, movie])
        }
    }

    /// How much is stored, whether it is played or not; and whether more than one source says so.
    pub(super) fn stored(&self, movie: Option<Duration>) -> Option<(Duration, bool)> {
        let sources = [self.samples, self.media, self.agreed(movie)];
        let stored = most_supported(&sources)?;
        Some((stored, support(stored, &sources) > 1))
    }

    /// Whether two sources agree already, so that no further one is needed.
    pub(super) fn are_settled(&self, movie: Option<Duration>) -> bool {
        let sources = [self.edits.map(|edits| edits.total), self.header, self.media, self.samples, movie];
        sources.into_iter().flatten().any(|length| support(length, &sources) > 1)
    }
}

impl Edits {
    /// Reads an edit list as far as it is there; `timescale` is the movie's. Nothing if it does not tell a length.
    pub(super) fn parse(content: &[u8], timescale: u32) -> Option<Self> {
        let mut fields = Fields::new(content);
        let wide = fields.u32()? >> 24 == 1;
        let count = fields.u32()?;
        let (mut total, mut played, mut plain) = (0_u64, 0_u64, true);
        for _ in 0..count {
            let ticks = fields.u32_or_u64(wide)?;
            let start = fields.u32_or_u64(wide)?;
            plain &= fields.u32()? == 1 << 16;
            let nothing = if wide { u64::MAX } else { u64::from(u32::MAX) };
            total = total.saturating_add(ticks);
            // An edit of no length goes on to the media's end, as fragmented files have it.
            if start != nothing {
                played = (ticks > 0).then(|| played.saturating_add(ticks))?;
            }
        }
        let [total, played] = [sane(duration(total, timescale))?, sane(duration(played, timescale))?];
        Some(Self { total, played, plain })
    }
}

/// A length that is believed at all.
pub(super) fn sane(length: Option<Duration>) -> Option<Duration> {
    length.filter(|length| *length <= MAX_DURATION)
}

/// The first of the lengths that most of them are near to.
pub(super) fn most_supported(lengths: &[Option<Duration>]) -> Option<Duration> {
    let mut best = None;
    for length in lengths.iter().flatten() {
        let votes = support(*length, lengths);
        if best.is_none_or(|(most, _)| votes > most) {
            best = Some((votes, *length));
        }
    }
    best.map(|(_, length)| length)
}

/// How many of the lengths are near to this one, itself included.
pub(super) fn support(length: Duration, lengths: &[Option<Duration>]) -> usize {
    lengths.iter().flatten().filter(|other| near(length, **other)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: u64 = 0;

    fn seconds(seconds: u64) -> Option<Duration> {
        (seconds != NONE).then(|| Duration::from_secs(seconds))
    }

    /// Of edit list, track header, media header, samples and movie header, in seconds.
    fn agreed([edits, header, media, samples, movie]: [u64; 5]) -> u64 {
        let edits = seconds(edits).map(|total| Edits { total, played: total, plain: true });
        let lengths = Lengths { edits, header: seconds(header), media: seconds(media), samples: seconds(samples) };
        lengths.agreed(seconds(movie)).map_or(NONE, |length| length.as_secs())
    }

    #[test]
    fn a_source_that_nobody_agrees_with_is_wrong() {
        for (sources, expected) in [
            ([15, 15, 15, 15, 15], 15),
            // Each one alone in another clock.
            ([230, 15, 15, 15, 15], 15),
            ([15, 230, 15, 15, 15], 15),
            ([15, 15, 230, 15, 15], 15),
            ([15, 15, 15, 230, 15], 15),
            ([15, 15, 15, 15, 230], 15),
            ([3, 15, 15, 15, 15], 15),
            // The same without an edit list.
            ([NONE, 1, 15, 15, 1200], 15),
            ([NONE, 15, 1, 15, 1200], 15),
            ([NONE, 15, 15, 1, 1200], 15),
            ([NONE, 15, 230, NONE, 15], 15),
            // The movie's length, with subtitles, in each header.
            ([NONE, 1200, 15, 15, 1200], 15),
            ([1200, 1200, 15, 15, 1200], 15),
            // A part is played; the subtitles are longer.
            ([10, 10, 20, 20, 10], 10),
            ([10, 10, 20, 20, 1200], 10),
            // Single sources.
            ([NONE, NONE, NONE, 15, NONE], 15),
            ([NONE, NONE, 15, NONE, NONE], 15),
            ([NONE, 15, NONE, NONE, NONE], 15),
            ([15, NONE, NONE, NONE, NONE], 15),
            ([NONE, NONE, NONE, NONE, NONE], NONE),
        ] {
            assert_eq!(agreed(sources), expected, "{sources:?}");
        }
    }

    #[test]
    fn an_edit_list_may_wait_or_play_slowly() {
        let list = |edits: &[(i32, i32, i32)]| {
            let count = i32::try_from(edits.len()).unwrap();
            let words = edits.iter().flat_map(|(ticks, start, rate)| [*ticks, *start, *rate]);
            [0, count].into_iter().chain(words).flat_map(i32::to_be_bytes).collect::<Vec<u8>>()
        };
        let stored = |edits| Lengths { edits, header: None, media: seconds(15), samples: seconds(15) };
        for (edits, expected) in [
            (list(&[(5000, -1, 1 << 16), (15_000, 0, 1 << 16)]), 20),
            (list(&[(30_000, 0, 1 << 15)]), 30),
            (list(&[(0, 0, 1 << 16)]), 15),
            (list(&[(5000, -1, 1 << 16), (0, 0, 1 << 16)]), 15),
            (list(&[]), 15),
            (vec![0; 6], 15),
        ] {
            let mut lengths = stored(Edits::parse(&edits, 1000));
            lengths.header = lengths.edits.map(|edits| edits.total);
            assert_eq!(lengths.agreed(lengths.header), seconds(expected), "{edits:?}");
        }
        assert_eq!(Edits::parse(&list(&[(15_000, 0, 1 << 16)])[..12], 1000), None);
    }
}
