//! The pace of an account: when its next post may begin, so that TikTok need not refuse it.
//!
//! Each post that is to begin takes a place in the account's line, which is a time. Places are given so that no window
//! of TikTok's has more of them than the limit. A place is used by one post, and at most once: a post that comes too
//! late for its place changes it for another one, and what is never used costs a place only.

mod places;

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::places::{Closed, Places, before, first_free};
use crate::schedule::seconds_until;
use crate::{DeferReason, PostMode, limits};

/// How long after its time a place may still be used: a worker needs some time from its turn to TikTok's door.
const LATE: SignedDuration = SignedDuration::from_secs(8);
/// How long before its time it may be: clocks differ a little.
const EARLY: SignedDuration = SignedDuration::from_secs(2);
/// How much longer our windows are than TikTok's. One place may be used late and a later one early.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// What was begun for an account lately, and what waits in line. Times are in whole seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    #[serde(default, skip_serializing_if = "Places::are_none")]
    posts: Places,
    #[serde(default, skip_serializing_if = "Places::are_none")]
    drafts: Places,
}

/// One of an account's lines. TikTok counts drafts for the inbox by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Posts that are published directly.
    Posts,
    /// Drafts for the creator's inbox.
    Drafts,
}

/// A sliding window in which only so many may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Calls that begin a post. TikTok's own limit.
    Minute,
    /// Posts.
    Hour,
    /// Posts or drafts, in 24 hours.
    Day,
}

/// How many posts of an account may begin, as far as the operator decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaceLimits {
    /// In an hour.
    pub posts_per_hour: u8,
    /// In 24 hours.
    pub posts_per_day: u8,
}

/// When a post may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Now. This is its place.
    Now(Timestamp),
    /// At this time, which is its place.
    At(Timestamp, Held),
    /// The line is full, so it has no place. It may ask again at this time.
    Full(Timestamp, Held),
}

/// What keeps a post from beginning now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// So many have begun in this window.
    Window(Window),
    /// TikTok refused another post of the account for this reason.
    TikTok(DeferReason),
}

impl PaceLimits {
    /// The most posts that a window may be given: an account's line keeps all of a day in mind, twice as many with those
    /// that wait.
    pub const MOST: u8 = 100;
}

impl Pace {
    /// The most places in a line: an item in DynamoDB has its limits.
    pub const MOST: usize = 200;

    /// Whether the post with this place may begin now: it is there at its time, and nobody who came late has used up
    /// the room.
    pub fn is_turn(&self, line: Line, limits: PaceLimits, place: Timestamp, now: Timestamp) -> bool {
        let is_there = now >= place - EARLY && now <= place + LATE;
        let places = self.places(line);
        let Some(others) = places.without(place) else { return false };
        is_there
            && places.closed.is_none_or(|closed| closed.until <= now.as_second())
            && first_free(&before(&others, place, now), now.max(place).as_second(), &line.windows(limits)).1.is_none()
    }

    /// When the next post could begin. Takes no place.
    pub fn next(&self, line: Line, limits: PaceLimits, now: Timestamp) -> Turn {
        self.clone().take(line, limits, None, now)
    }

    /// How many posts each window that counts now may have, and has: those that have begun in it and those that wait.
    pub fn used(&self, line: Line, limits: PaceLimits, now: Timestamp) -> Vec<(Window, u8, usize)> {
        let taken = &self.places(line).taken;
        let used = |window: Window| taken.iter().filter(|place| **place > now.as_second() - window.seconds()).count();
        line.limits(limits).into_iter().map(|(window, limit)| (window, limit, used(window))).collect()
    }

    /// Takes a place. Whoever had one gives it back, and goes before all that come after it.
    pub fn take(&mut self, line: Line, limits: PaceLimits, had: Option<Timestamp>, now: Timestamp) -> Turn {
        let places = self.places_mut(line);
        places.forget_what_no_window_sees(now);
        let had = had.filter(|had| places.give_back(*had));
        let taken = had.map_or_else(|| places.taken.clone(), |had| before(&places.taken, had, now));
        let opens = places.closed.filter(|closed| closed.until > now.as_second());
        let from = opens.map_or(now.as_second(), |closed| closed.until);
        let (at, window) = first_free(&taken, from, &line.windows(limits));
        let held = window.map(Held::Window).or(opens.map(|closed| Held::TikTok(closed.why)));
        // A full line moves on by half before anybody asks again.
        if places.taken.len() >= Self::MOST {
            let held = held.unwrap_or(Held::Window(Window::Day));
            let middle = places.taken.get(Self::MOST / 2).copied().unwrap_or(at);
            return Turn::Full(timestamp(middle.max(now.as_second() + 60)), held);
        }
        let index = places.taken.partition_point(|other| *other <= at);
        places.taken.insert(index, at);
        match held {
            Some(held) => Turn::At(timestamp(at), held),
            None => Turn::Now(timestamp(at)),
        }
    }

    /// Gives a place back that was not used.
    pub fn give_back(&mut self, line: Line, place: Timestamp) {
        self.places_mut(line).give_back(place);
    }

    /// A draft has been posted by its creator, so that TikTok takes another one. The oldest place is the one to go: what
    /// stays is never less than what TikTok counts.
    ///
    /// `now` tells it from places that are still to come, and from those that count no more.
    pub fn draft_was_posted(&mut self, now: Timestamp) {
        let (now, day_ago) = (now.as_second(), (now - SignedDuration::from_hours(24)).as_second());
        if let Some(oldest) = self.drafts.taken.iter().position(|place| (day_ago..=now).contains(place)) {
            self.drafts.taken.remove(oldest);
        }
    }

    /// Lets nobody begin before this time, since TikTok refused somebody: other apps post for the creator, too.
    pub fn close(&mut self, line: Line, until: Timestamp, why: DeferReason) {
        let places = self.places_mut(line);
        let until = until.as_second() + 1;
        if places.closed.is_none_or(|closed| closed.until < until) {
            places.closed = Some(Closed { until, why });
        }
    }

    /// What outlasts the account, and until when: what has begun, as far as a window sees it, and TikTok's refusals. Nothing
    /// if that is nothing. Whoever waits in line begins no more, so these places are free.
    pub fn left(&self, now: Timestamp) -> Option<(Self, Timestamp)> {
        let left = Self { posts: self.posts.begun(now), drafts: self.drafts.begun(now) };
        let until = left.posts.seen_until().max(left.drafts.seen_until())?;
        Some((left, timestamp(until)))
    }

    const fn places(&self, line: Line) -> &Places {
        match line {
            Line::Posts => &self.posts,
            Line::Drafts => &self.drafts,
        }
    }

    const fn places_mut(&mut self, line: Line) -> &mut Places {
        match line {
            Line::Posts => &mut self.posts,
            Line::Drafts => &mut self.drafts,
        }
    }
}

fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}

impl Line {
    /// The windows that count, each with its limit.
    fn windows(self, limits: PaceLimits) -> Vec<(Window, usize)> {
        self.limits(limits).into_iter().map(|(window, limit)| (window, usize::from(limit))).collect()
    }

    fn limits(self, limits: PaceLimits) -> Vec<(Window, u8)> {
        match self {
            Self::Posts => vec![
                (Window::Minute, limits::INITS_PER_MINUTE),
                (Window::Hour, limits.posts_per_hour),
                (Window::Day, limits.posts_per_day),
            ],
            Self::Drafts => {
                vec![(Window::Minute, limits::INITS_PER_MINUTE), (Window::Day, limits::PENDING_DRAFTS_PER_DAY)]
            }
        }
    }

    /// How many may begin in this window, if this line knows it.
    pub fn limit(self, limits: PaceLimits, window: Window) -> Option<u8> {
        self.limits(limits).into_iter().find(|(known, _)| *known == window).map(|(_, limit)| limit)
    }
}

impl From<PostMode> for Line {
    fn from(mode: PostMode) -> Self {
        match mode {
            PostMode::Direct => Self::Posts,
            PostMode::Inbox => Self::Drafts,
        }
    }
}

impl Window {
    /// The name that callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// How long a place in the line counts for it, in seconds: a little longer than TikTok counts, since clocks differ.
    pub const fn seconds(self) -> i64 {
        MARGIN.as_secs()
            + match self {
                Self::Minute => SignedDuration::from_mins(1),
                Self::Hour => SignedDuration::from_hours(1),
                Self::Day => SignedDuration::from_hours(24),
            }
            .as_secs()
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Held {
    /// The window that is full, as far as we know.
    pub const fn window(self) -> Window {
        match self {
            Self::Window(window) => window,
            Self::TikTok(DeferReason::CreatorCap | DeferReason::AppCap) => Window::Day,
            Self::TikTok(_) => Window::Minute,
        }
    }

    /// The same as the reason of a target that waits.
    pub const fn reason(self) -> DeferReason {
        match self {
            Self::Window(Window::Minute) => DeferReason::RateLimited,
            Self::Window(Window::Hour | Window::Day) => DeferReason::Velocity,
            Self::TikTok(why) => why,
        }
    }
}

impl Default for PaceLimits {
    fn default() -> Self {
        Self { posts_per_hour: limits::POSTS_PER_HOUR, posts_per_day: limits::POSTS_PER_DAY }
    }
}

impl Turn {
    /// The place that was taken, if one was.
    pub const fn place(self) -> Option<Timestamp> {
        match self {
            Self::Now(place) | Self::At(place, _) => Some(place),
            Self::Full(..) => None,
        }
    }

    /// How long from `now` until a post may begin, in whole seconds.
    pub fn wait(self, now: Timestamp) -> Duration {
        let (Self::Now(at) | Self::At(at, _) | Self::Full(at, _)) = self;
        seconds_until(at, now)
    }
}

#[cfg(test)]
mod tests;
