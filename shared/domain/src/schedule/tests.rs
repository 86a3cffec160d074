//! What is checked, requeued and renewed, and how often.

use super::*;
use crate::{PublishId, VideoId};

#[test]
fn a_doubled_pause_grows_up_to_the_longest() {
    let (first, longest) = (Duration::from_millis(30), Duration::from_secs(1));
    let pauses = [0, 1, 5, 6, 31, 32, u32::MAX].map(|times| doubled(first, times, longest).as_millis());
    assert_eq!(pauses, [30, 60, 960, 1000, 1000, 1000, 1000]);
    assert_eq!(doubled(Duration::MAX, 1, Duration::MAX), Duration::MAX);
}

#[test]
fn a_pause_without_an_end_is_never_over() {
    let now = Timestamp::from_second(1_000).unwrap();
    assert_eq!(pause_ends(Duration::from_millis(1_500), now), now + SignedDuration::from_millis(1_500));
    assert_eq!(pause_ends(Duration::MAX, now), Timestamp::MAX);
    assert_eq!(pause_is_checked(Duration::from_secs(5), now), now + SignedDuration::from_secs(5) + GRACE);
    assert_eq!(pause_is_checked(Duration::MAX, now), Timestamp::MAX);
}

#[test]
fn a_stubborn_target_is_requeued_ever_less_often_but_never_forgotten() {
    let pauses: Vec<_> = (0..6).map(|requeues| requeue_pause(requeues).as_secs()).collect();
    assert_eq!(pauses, [60, 120, 240, 480, 960, 960]);
    assert_eq!(requeue_pause(u32::MAX).as_secs(), 960);
}

#[test]
fn a_renewal_that_fails_again_and_again_rests_ever_longer_but_never_a_day() {
    let minutes: Vec<_> = (0..9).map(|failures| renewal_pause(failures).as_secs() / 60).collect();
    assert_eq!(minutes, [5, 10, 20, 40, 80, 160, 320, 360, 360]);
    assert_eq!(renewal_pause(u32::MAX), Duration::from_hours(6));
}

#[test]
fn a_wait_in_whole_seconds_is_never_too_short() {
    let now = Timestamp::from_millisecond(1_000_250).unwrap();
    let at = |second| Timestamp::from_second(second).unwrap();
    for (second, expected) in [(900, 0), (1_000, 0), (1_001, 1), (1_060, 60)] {
        assert_eq!(seconds_until(at(second), now).as_secs(), expected, "{second}");
    }
}

#[test]
fn only_what_may_still_change_is_checked_again() {
    let at = Timestamp::UNIX_EPOCH;
    let published =
        |post_ids: Vec<VideoId>| TargetState::Published { publish_id: Some(PublishId::new("p")), at, post_ids };
    let public = Some(PrivacyLevel::PublicToEveryone);
    assert!(slow_check(&published(vec![]), public, 0, at).is_some());
    assert!(slow_check(&published(vec![]), None, 0, at).is_some(), "a creator may have made a draft public");
    assert_eq!(slow_check(&published(vec![VideoId::new("1")]), public, 0, at), None);
    assert_eq!(slow_check(&published(vec![]), Some(PrivacyLevel::SelfOnly), 0, at), None);
    assert_eq!(slow_check(&published(vec![]), public, 0, at + SignedDuration::from_hours(48)), None);
    assert_eq!(slow_check(&TargetState::Cancelled, public, 0, at), None);
}

#[test]
fn the_slow_checks_at_one_post_are_few_and_come_to_an_end() {
    let start = Timestamp::UNIX_EPOCH;
    let state = TargetState::Published { publish_id: Some(PublishId::new("p")), at: start, post_ids: vec![] };
    let (mut now, mut checks) = (start, 0);
    while let Some(next) = slow_check(&state, Some(PrivacyLevel::PublicToEveryone), checks, now) {
        assert!(next > now);
        now = next;
        checks += 1;
    }
    assert!((5..=20).contains(&checks), "{checks} checks");
}

#[test]
fn checks_stay_within_their_budget() {
    let first = Duration::from_secs(30);
    let (mut at, mut times) = (first_check(first, Mode::Live, 1), vec![30]);
    for number in 0..10 {
        at += next_check(first, number);
        times.push(at.as_secs());
    }
    assert!(times.iter().filter(|at| **at <= 90).count() <= 3, "{times:?}");
    assert!(times.iter().filter(|at| **at <= 600).count() <= 7, "{times:?}");
    assert_eq!(next_check(first, u32::MAX), Duration::from_mins(15));
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Seconds from now until the renewal.
fn wait(access: i64, refresh: i64, idle: i64) -> i64 {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let after = |seconds| now + SignedDuration::from_secs(seconds);
    refresh_at(after(access), after(refresh), after(-idle), now).as_second() - now.as_second()
}

#[test]
fn an_account_in_use_is_renewed_in_time_and_an_idle_one_kept_alive() {
    for (access, refresh, idle, expected, why) in [
        (2 * HOUR, 180 * DAY, 0, 110 * MINUTE, "ten minutes before two hours are over"),
        (DAY, 365 * DAY, 0, DAY - 10 * MINUTE, "the lifetimes of other times"),
        (10 * MINUTE, 180 * DAY, DAY, 9 * MINUTE, "a short life: a tenth of it"),
        (2 * HOUR, 180 * DAY, 7 * DAY - 1, 110 * MINUTE, "used lately, just so"),
        (2 * HOUR, 180 * DAY, 7 * DAY, 90 * DAY, "idle: half of the refresh token's life"),
        (2 * HOUR, 60 * DAY, 30 * DAY, 30 * DAY, "thirty days before the end"),
        (2 * HOUR, 10 * DAY, 30 * DAY, 5 * DAY, "a life that renewals do not prolong"),
        (90 * DAY, 60 * DAY, 0, 30 * DAY, "used, but the refresh token ends first"),
        (2 * HOUR, HOUR, 30 * DAY, HOUR, "at its end it is tried, to learn how things stand"),
        (2 * HOUR, -DAY, 30 * DAY, HOUR, "and after it, not all the time"),
        (-HOUR, 180 * DAY, 0, 0, "overdue means now"),
    ] {
        assert_eq!(wait(access, refresh, idle), expected, "{why}");
    }
}

#[test]
fn a_renewal_comes_before_both_ends_or_within_the_hour() {
    for access in [0, 1, 59, HOUR, DAY, 400 * DAY] {
        for refresh in [0, 1, 59, HOUR, DAY, 400 * DAY] {
            for idle in [0, DAY, 7 * DAY, 400 * DAY] {
                let wait = wait(access, refresh, idle);
                assert!((0..=refresh.max(HOUR)).contains(&wait), "{access} {refresh} {idle}: {wait}");
                assert!(idle >= 7 * DAY || wait <= access, "{access} {refresh} {idle}: {wait}");
            }
        }
    }
}

#[test]
fn the_net_under_a_check_is_behind_it_and_behind_a_late_message() {
    let now = Timestamp::UNIX_EPOCH;
    for (pause, net) in [(0, 60), (30, 120), (900, 1860)] {
        assert_eq!(check_net(Duration::from_secs(pause), now), Some(now + SignedDuration::from_secs(net)), "{pause} s");
    }
    assert_eq!(check_net(Duration::from_secs(u64::MAX / 4), now), None);
}

#[test]
fn a_webhook_about_what_is_not_found_is_tried_for_a_minute() {
    let pauses: Vec<_> = (0..8).map_while(webhook_pause).map(|pause| pause.as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32]);
}
