use proptest::prelude::*;

use super::*;

const LIMITS: PaceLimits = PaceLimits { posts_per_hour: 25, posts_per_day: 15 };
/// So many a day that the other windows are met.
const WIDE: PaceLimits = PaceLimits { posts_per_hour: 25, posts_per_day: 100 };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn since(turn: Turn) -> i64 {
    turn.place().unwrap().as_second() - 1_800_000_000
}

#[test]
fn the_seventh_in_a_minute_waits_for_the_first_to_leave_it() {
    let mut pace = Pace::default();
    let places: Vec<_> = (0..13).map(|_| since(pace.take(Line::Posts, LIMITS, None, at(0)))).collect();
    assert_eq!(places, [0, 0, 0, 0, 0, 0, 70, 70, 70, 70, 70, 70, 140]);
    assert_eq!(pace.next(Line::Posts, LIMITS, at(0)), Turn::At(at(140), Held::Window(Window::Minute)));
}

#[test]
fn each_window_says_that_it_is_the_one_that_is_full() {
    for (line, limits, before, window, wait) in [
        (Line::Posts, LIMITS, 15, Window::Day, 86_410),
        (Line::Posts, WIDE, 25, Window::Hour, 3_610),
        (Line::Posts, WIDE, 6, Window::Minute, 70),
        (Line::Drafts, LIMITS, 5, Window::Day, 86_410),
    ] {
        let mut pace = Pace::default();
        // Each as soon as it may.
        let mut now = at(0);
        for _ in 0..before {
            now = pace.take(line, limits, None, now).place().unwrap();
        }
        let Turn::At(until, held) = pace.next(line, limits, at(0)) else { panic!("{line:?} {before}") };
        assert_eq!((held, until), (Held::Window(window), at(wait)), "{line:?} {before}");
        assert_eq!(line.limit(limits, window).map(usize::from), Some(before), "{line:?}");
    }
}

#[test]
fn a_day_that_is_full_is_said_even_where_its_first_minute_is_taken() {
    let mut pace = Pace::default();
    let held = (0..30).map(|_| pace.take(Line::Posts, LIMITS, None, at(0)));
    let days = held.filter(|turn| matches!(turn, Turn::At(_, Held::Window(Window::Day)))).count();
    assert_eq!(days, 15);
}

#[test]
fn drafts_and_posts_stand_in_lines_of_their_own() {
    let mut pace = Pace::default();
    for _ in 0..15 {
        let _ = pace.take(Line::Posts, LIMITS, None, at(0));
    }
    assert_eq!(pace.next(Line::Drafts, LIMITS, at(0)), Turn::Now(at(0)));
}

#[test]
fn a_place_is_good_for_some_seconds_and_for_one_post() {
    let mut pace = Pace::default();
    for _ in 0..7 {
        let _ = pace.take(Line::Posts, LIMITS, None, at(0));
    }
    for (place, now, good) in [
        (0, 0, true),
        (0, 8, true),
        (0, 9, false),
        (70, 67, false),
        (70, 68, true),
        (70, 78, true),
        (70, 79, false),
        (1, 1, false),
    ] {
        assert_eq!(pace.is_turn(Line::Posts, LIMITS, at(place), at(now)), good, "{place} at {now}");
    }
    pace.give_back(Line::Posts, at(70));
    assert!(!pace.is_turn(Line::Posts, LIMITS, at(70), at(70)), "it was given back");
}

#[test]
fn who_comes_late_changes_the_place_and_takes_none_in_addition() {
    let mut pace = Pace::default();
    for _ in 0..15 {
        let _ = pace.take(Line::Posts, LIMITS, None, at(0));
    }
    // The first one comes after half a minute, when the next six have places already: it goes before them.
    assert_eq!(pace.take(Line::Posts, LIMITS, Some(at(0)), at(30)), Turn::Now(at(30)));
    // So that one of those must wait until it leaves the minute.
    let turns: Vec<_> = (0..6).map(|_| pace.take(Line::Posts, LIMITS, Some(at(70)), at(70))).collect();
    assert_eq!(turns.iter().filter(|turn| **turn == Turn::Now(at(70))).count(), 5, "{turns:?}");
    assert!(turns.contains(&Turn::At(at(100), Held::Window(Window::Minute))), "{turns:?}");
    assert_eq!(pace.posts.taken.len(), 15);
}

#[test]
fn a_draft_that_was_posted_makes_room_for_another_one() {
    let mut pace = Pace::default();
    pace.draft_was_posted(at(0));
    for second in 0..5 {
        let _ = pace.take(Line::Drafts, LIMITS, None, at(second));
    }
    assert_eq!(pace.next(Line::Drafts, LIMITS, at(100)), Turn::At(at(86_410), Held::Window(Window::Day)));
    // What is still to come stays, and so does what counts no more.
    for now in [at(-1), at(90_000)] {
        pace.draft_was_posted(now);
    }
    pace.draft_was_posted(at(100));
    assert_eq!(pace.take(Line::Drafts, LIMITS, None, at(100)), Turn::Now(at(100)));
    assert_eq!(pace.next(Line::Drafts, LIMITS, at(100)), Turn::At(at(86_411), Held::Window(Window::Day)));
}

#[test]
fn what_is_given_back_is_given_to_the_next() {
    let mut pace = Pace::default();
    for _ in 0..40 {
        let _ = pace.take(Line::Posts, LIMITS, None, at(0));
    }
    // All that lie ahead are called off.
    while let Some(last) = pace.posts.taken.last().copied().filter(|last| *last > at(140).as_second()) {
        pace.give_back(Line::Posts, timestamp(last));
    }
    assert_eq!(since(pace.take(Line::Posts, LIMITS, None, at(200))), 86_410);
}

#[test]
fn after_a_refusal_of_tiktoks_nobody_begins_before_its_time() {
    let mut pace = Pace::default();
    let first = pace.take(Line::Posts, LIMITS, None, at(0)).place().unwrap();
    let second = pace.take(Line::Posts, LIMITS, None, at(0)).place().unwrap();
    pace.close(Line::Posts, at(3600), DeferReason::CreatorCap);
    pace.close(Line::Posts, at(60), DeferReason::RateLimited);
    assert!(!pace.is_turn(Line::Posts, LIMITS, second, at(1)), "the others need not be refused, too");
    let held = Held::TikTok(DeferReason::CreatorCap);
    assert_eq!(held.window(), Window::Day);
    assert_eq!(pace.take(Line::Posts, LIMITS, Some(first), at(1)), Turn::At(at(3601), held));
    assert_eq!(pace.next(Line::Drafts, LIMITS, at(1)), Turn::Now(at(1)), "the other line is open");
    assert_eq!(pace.next(Line::Posts, LIMITS, at(3601)), Turn::Now(at(3601)));
}

#[test]
fn what_is_left_is_what_has_begun_and_goes_with_its_last_window() {
    assert_eq!(Pace::default().left(at(0)), None);
    let mut pace = Pace::default();
    for _ in 0..7 {
        let _ = pace.take(Line::Posts, LIMITS, None, at(0));
    }
    let _ = pace.take(Line::Drafts, LIMITS, None, at(5));
    let (left, until) = pace.left(at(20)).unwrap();
    assert_eq!(left.used(Line::Posts, LIMITS, at(20))[2], (Window::Day, 15, 6), "the seventh was to wait until 70");
    assert_eq!((until, left.left(at(20))), (at(5 + 86_410), Some((left.clone(), until))));
    assert_eq!(pace.left(at(63)).unwrap().1, at(70 + 86_410), "whose turn it is about now may begin yet");
    assert_eq!((left.left(until - EARLY).map(|(_, until)| until), left.left(until)), (Some(until), None));
    pace.close(Line::Posts, at(90_000), DeferReason::CreatorCap);
    let (left, until) = pace.left(at(89_000)).unwrap();
    assert_eq!((until, left.left(until)), (at(90_001), None));
    assert_eq!(left.next(Line::Posts, LIMITS, at(89_000)), Turn::At(until, Held::TikTok(DeferReason::CreatorCap)));
}

#[test]
fn a_full_line_gives_no_places_and_grows_no_more() {
    let mut pace = Pace::default();
    for _ in 0..Pace::MOST {
        assert!(pace.take(Line::Posts, LIMITS, None, at(0)).place().is_some());
    }
    let before = pace.clone();
    let Turn::Full(again, Held::Window(Window::Day)) = pace.take(Line::Posts, LIMITS, None, at(0)) else {
        panic!("the line is full");
    };
    assert_eq!(pace, before);
    assert!(again > at(5 * 86_400) && again < at(8 * 86_400), "{again}");
}

#[test]
fn a_pace_is_stored_in_few_bytes_and_read_again() {
    let mut pace = Pace::default();
    assert_eq!(serde_json::to_string(&pace).unwrap(), "{}");
    for _ in 0..Pace::MOST {
        let _ = pace.take(Line::Posts, LIMITS, None, at(0));
    }
    pace.close(Line::Drafts, at(60), DeferReason::CreatorCap);
    let stored = serde_json::to_string(&pace).unwrap();
    assert!(stored.len() < 2_500, "{}", stored.len());
    assert_eq!(serde_json::from_str::<Pace>(&stored).unwrap(), pace);
}

/// What a post does: it takes a place at `comes`, and is there `late` seconds after each of its turns.
#[derive(Debug, Clone)]
struct Post {
    comes: i64,
    late: i64,
    /// It is called off at its first turn.
    leaves: bool,
}

fn posts() -> impl Strategy<Value = Vec<Post>> {
    let post = (0..4_000_i64, prop_oneof![4 => 0..=10_i64, 1 => 11..200_i64], prop::bool::weighted(0.1));
    prop::collection::vec(post.prop_map(|(comes, late, leaves)| Post { comes, late, leaves }), 1..60)
}

/// What became of posts.
#[derive(Debug, Default)]
struct Run {
    /// When they began, each with the number of its wakings.
    begun: Vec<(i64, usize)>,
    /// How many were called off.
    left: usize,
}

/// The account is disconnected and connected again at this time, if at any: whoever waits then is called off.
fn run(posts: &[Post], limits: PaceLimits, mut back_at: Option<i64>) -> Run {
    let mut pace = Pace::default();
    let mut waiting: Vec<(i64, usize, Option<Timestamp>, usize)> =
        posts.iter().enumerate().map(|(index, post)| (post.comes, index, None, 0)).collect();
    let mut run = Run::default();
    while let Some(next) = (0..waiting.len()).min_by_key(|next| (waiting[*next].0, waiting[*next].1)) {
        let (second, index, had, woken) = waiting.remove(next);
        let (post, now) = (&posts[index], at(second));
        assert!(woken < 40, "it never begins: {post:?}");
        if let Some(back_at) = back_at.take_if(|back_at| *back_at <= second) {
            pace = pace.left(at(back_at)).map(|(left, _)| left).unwrap_or_default();
            let all = waiting.len() + 1;
            waiting.push((second, index, had, woken));
            waiting.retain(|(_, _, had, woken)| had.is_none() && *woken == 0);
            run.left += all - waiting.len();
            continue;
        }
        if let Some(had) = had.filter(|_| post.leaves) {
            pace.give_back(Line::Posts, had);
            run.left += 1;
            continue;
        }
        if had.is_some_and(|had| pace.is_turn(Line::Posts, limits, had, now)) {
            run.begun.push((second, woken));
            continue;
        }
        let turn = pace.take(Line::Posts, limits, had, now);
        match turn {
            Turn::Now(_) => run.begun.push((second, woken)),
            Turn::At(..) | Turn::Full(..) => {
                let wait = i64::try_from(turn.wait(now).as_secs()).unwrap();
                waiting.push((second + wait + post.late, index, turn.place(), woken + 1));
            }
        }
    }
    run
}

proptest! {
    #[test]
    fn no_window_of_tiktoks_ever_sees_more_than_its_limit(
        posts in posts(),
        wide in any::<bool>(),
        back_at in prop::option::of(0..5_000_i64),
    ) {
        let limits = if wide { WIDE } else { LIMITS };
        let Run { begun, left } = run(&posts, limits, back_at);
        prop_assert_eq!(begun.len() + left, posts.len());
        for (window, limit) in Line::Posts.windows(limits) {
            for run in begun.windows(limit + 1) {
                let span = run[limit].0 - run[0].0;
                prop_assert!(span >= window.seconds() - MARGIN.as_secs(), "{:?}: {:?}", window, begun);
            }
        }
    }

    #[test]
    fn who_is_in_time_is_woken_once(count in 1..60_usize) {
        let posts = vec![Post { comes: 0, late: 1, leaves: false }; count];
        let begun = run(&posts, LIMITS, None).begun;
        prop_assert!(begun.iter().all(|(_, woken)| *woken <= 1), "{:?}", begun);
        prop_assert_eq!(begun.len(), count);
    }
}
