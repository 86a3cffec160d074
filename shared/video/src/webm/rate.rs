//! The frame rate: what the file states, and what the times of its frames say in one place and another.

use super::blocks::Seen;
use crate::FrameRate;

/// As many steps from frame to frame are enough to doubt a rate that is stated.
const FEW: usize = 8;
/// How far a stated rate may be from a measured one without a doubt, in parts of a hundred.
const ALIKE_PERCENT: f64 = 10.0;
/// What rounding moves a rate by.
const ROUNDING: f64 = 0.05;

/// The rate between the frames seen in one place; nothing if that is a single one.
pub(super) fn measured(seen: &Seen, tick_nanoseconds: u64) -> Option<FrameRate> {
    let mut times = seen.frames.clone();
    // Frames may be stored in another order than they are shown in.
    times.sort_unstable();
    let (first, last) = (times.first()?, times.last()?);
    let nanoseconds = |ticks: i64| u64::try_from(ticks).ok()?.checked_mul(tick_nanoseconds);
    let span = nanoseconds(last.saturating_sub(*first))?;
    let count = u64::try_from(times.len() - 1).ok()?;
    let steps = || times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let (shortest, longest) = (steps().min()?, steps().max()?);
    let mean = FrameRate::new(count, span, 1_000_000_000)?.estimated().variable(longest.saturating_sub(shortest) > 1);
    Some(mean.without_pause(count, span, nanoseconds(longest)?, 1_000_000_000).unwrap_or(mean))
}

/// Whether what was seen at hand leaves no doubt about the rate that the file states.
pub(super) fn is_confirmed(stated: FrameRate, seen: &Seen, tick_nanoseconds: u64) -> bool {
    let Some(measured) = measured(seen, tick_nanoseconds).filter(|_| seen.frames.len() > FEW) else {
        // Nothing to doubt it by: frames so large that hardly one was at hand.
        return !seen.to_end;
    };
    are_alike(stated, measured) || both_fit(stated.per_second(), measured.per_second())
}

/// The rate of a file whose stated one is not in doubt: that of its frames where it is another one that TikTok takes as
/// well, since a writer that leaves out frames states the rate that they were to have.
pub(super) fn shown(stated: FrameRate, seen: &Seen, tick_nanoseconds: u64) -> FrameRate {
    match measured(seen, tick_nanoseconds).filter(|_| seen.frames.len() > FEW) {
        Some(measured) if are_alike(stated, measured) => stated,
        Some(measured) if seen.to_end => measured,
        Some(measured) => measured.or_as_in(stated),
        None => stated,
    }
}

fn are_alike(stated: FrameRate, measured: FrameRate) -> bool {
    let (stated, measured) = (stated.per_second(), measured.per_second());
    (stated - measured).abs() * 100.0 <= stated * ALIKE_PERCENT
}

/// Whether TikTok takes one as well as the other, so that it makes no difference which one is right.
fn both_fit(one: f64, other: f64) -> bool {
    let (least, most) = slipway_domain::limits::FRAME_RATE;
    // A stated 60 is a little more in whole nanoseconds.
    let fits = |rate: f64| (least - ROUNDING..=most + ROUNDING).contains(&rate);
    fits(one) && fits(other)
}

/// The rate of a file of which some places were seen; `whole` if that is all of it.
pub(super) fn of_places(
    places: &[&Seen],
    stated: Option<FrameRate>,
    whole: bool,
    tick_nanoseconds: u64,
) -> Option<FrameRate> {
    let mut rates = places.iter().filter_map(|seen| measured(seen, tick_nanoseconds));
    let Some(first) = rates.next() else { return stated };
    if whole {
        return Some(first);
    }
    let sources = 1 + rates.clone().count() + usize::from(stated.is_some());
    let all = rates.chain(stated).fold(first, FrameRate::or_as_in);
    Some(all.certain(sources > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(frames: impl IntoIterator<Item = i64>) -> Seen {
        Seen { frames: frames.into_iter().collect(), ..Seen::default() }
    }

    fn thirty(from: i64, count: i64) -> impl Iterator<Item = i64> {
        (0..count).map(move |frame| from + frame * 100 / 3)
    }

    #[test]
    fn one_pause_is_no_frame_rate_and_slides_are() {
        for (frames, shown, lowest) in [
            (thirty(0, 61).collect::<Vec<_>>(), 30.0, 30.0),
            // The first frame long before the second, and the last long after.
            ([0].into_iter().chain(thirty(1533, 60)).collect(), 30.0, 17.14),
            (thirty(0, 60).chain([30_000]).collect(), 30.0, 2.0),
            (thirty(0, 61).chain((1..20).map(|slide| 2000 + slide * 5000)).collect(), 0.81, 0.81),
        ] {
            let rate = measured(&at(frames.clone()), 1_000_000).unwrap();
            assert!((rate.per_second() - shown).abs() < 0.2, "{} for {shown}", rate.per_second());
            assert!((rate.bounds().0 - lowest).abs() < 0.2, "{} for {lowest}", rate.bounds().0);
        }
        assert_eq!(measured(&at([5]), 1_000_000), None);
        assert_eq!(measured(&at([5, 5]), 1_000_000), None);
    }

    #[test]
    fn what_was_seen_in_one_place_alone_refuses_nothing() {
        let (slow, fast) = (at((0..30).map(|frame| frame * 100)), at(thirty(0, 61)));
        let stated = FrameRate::new(10, 1, 1);
        for (places, stated, whole, certain) in [
            (&[&slow][..], None, false, false),
            (&[&slow], None, true, true),
            (&[&slow, &slow], None, false, true),
            (&[&slow], stated, false, true),
            (&[&slow, &fast], None, false, true),
        ] {
            let rate = of_places(places, stated, whole, 1_000_000).unwrap();
            assert_eq!(rate.certain, certain, "{places:?}");
            assert_eq!(rate.bounds().1 > 20.0, places.len() > 1 && places[1].frames.len() > 60, "{places:?}");
        }
    }

    #[test]
    fn a_stated_rate_counts_unless_frames_speak_against_it() {
        for (stated, seen, confirmed) in [
            (30, at(thirty(0, 61)), true),
            // Twice as many are stated as there are, and TikTok takes both.
            (60, at(thirty(0, 61)), true),
            (1000, at(thirty(0, 61)), false),
            (30, at((0..30).map(|frame| frame * 1000)), false),
            // Hardly a frame at hand.
            (30, at([0, 1000]), true),
            (30, Seen { to_end: true, ..at([0, 1000]) }, false),
        ] {
            let rate = FrameRate::new(stated, 1, 1).unwrap();
            assert_eq!(is_confirmed(rate, &seen, 1_000_000), confirmed, "{stated} {seen:?}");
        }
    }

    #[test]
    fn where_tiktok_takes_both_the_rate_of_the_frames_is_shown() {
        for (stated, seen, shown, highest) in [
            (30, at(thirty(0, 61)), 30.0, 30.0),
            // A start alone leaves the stated rate possible.
            (60, at(thirty(0, 61)), 30.0, 60.0),
            (60, Seen { to_end: true, ..at(thirty(0, 61)) }, 30.0, 30.0),
            // Hardly a frame at hand.
            (60, at(thirty(0, 8)), 60.0, 60.0),
        ] {
            let rate = super::shown(FrameRate::new(stated, 1, 1).unwrap(), &seen, 1_000_000);
            let found = (rate.per_second().round(), rate.bounds().1.round());
            assert_eq!(found, (shown, highest), "{stated} {seen:?}");
        }
    }
}
