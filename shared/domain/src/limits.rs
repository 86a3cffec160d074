//! Limits, each once: TikTok's (those of its media transfer guide, of the Content Posting API and of a creator's account),
//! how much of what is kept for nothing a tenant may have, and how much is read and answered.

mod answers;
mod bodies;

use std::time::Duration;

use jiff::SignedDuration;

pub use self::answers::{
    ITEMS_BY_DEFAULT, ITEMS_PER_PAGE, LONGEST_FIELD, LONGEST_KEPT_ANSWER, LONGEST_PAGE, LONGEST_QUOTATION,
    LONGEST_QUOTED_ID, LONGEST_ROW_SENTENCE, LONGEST_SENTENCE, LONGEST_TOOL_TEXT, LONGEST_TOOL_WAIT, NAMES_PER_ANSWER,
    POSTS_BY_DEFAULT, POSTS_PER_REFUSAL, PROBLEMS_PER_ANSWER, WARNINGS_PER_IMPORT,
};
pub use self::bodies::{
    FILE_REDIRECTS, FORM_MAX_BYTES, IDS_PER_FILTER, JSON_MAX_BYTES, JSON_MAX_VALUES, KEPT_OF_CONNECT_ERROR,
    KEPT_OF_LOG_ID, KEPT_OF_STRANGE_EVENT, KEPT_OF_TIKTOK_MESSAGE, LONGEST_PUBLIC_URL, LONGEST_RETURN_URL,
    REQUEST_FILE_MAX_BYTES, SERVER_CONNECTS_WITHIN, SERVER_IS_SILENT, SLOWEST_SERVER, SLOWNESS_IS_MEASURED,
    TIKTOK_ANSWER_MAX_BYTES, TIKTOK_WEBHOOK_MAX_BYTES,
};
use crate::Mode;

/// How often something may happen in a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How often in a window.
    pub most: u64,
    /// How long a window lasts.
    pub window: SignedDuration,
}

/// The largest video, in bytes: "4 GB" in its smaller reading.
pub const VIDEO_MAX_BYTES: u64 = 4_000_000_000;
/// The shortest video, in seconds. TikTok names no least duration; a video of less than a second is a mistake.
pub const VIDEO_MIN_SECONDS: u32 = 1;
/// The longest video for anyone, in seconds. A creator's own limit may be shorter.
pub const VIDEO_MAX_SECONDS: u32 = 600;
/// The shortest and the longest video, as times.
pub const VIDEO_LENGTH: (Duration, Duration) =
    (Duration::from_secs(VIDEO_MIN_SECONDS as u64), Duration::from_secs(VIDEO_MAX_SECONDS as u64));
/// A measured time that misses a limit by less than this is a rounding difference. TikTok counts in whole seconds, and
/// containers round to a frame or to a packet of sound, up to 0.13 s: whose rounding counts is for TikTok to decide.
pub const DURATION_MARGIN: Duration = Duration::from_millis(500);
/// The shortest and the longest side of a video, in pixels.
pub const VIDEO_SIDE: (u32, u32) = (360, 4096);
/// The lowest and the highest frame rate, in frames a second.
pub const FRAME_RATE: (f64, f64) = (23.0, 60.0);
/// A camera's clock is not TikTok's: a rate that is this far beyond a limit is the limit.
pub const FRAME_RATE_MARGIN: f64 = 0.05;
/// The same for a rate that was estimated from a few times in whole milliseconds.
pub const ESTIMATED_FRAME_RATE_MARGIN: f64 = 1.0;
/// The largest photo, in bytes: "20 MB" in its smaller reading.
pub const PHOTO_MAX_BYTES: u64 = 20_000_000;
/// The longest short and the longest long side of a photo, in pixels. TikTok's guide says "1080p" and no pixels; this is how
/// it is commonly read, so that a larger photo is a warning and no refusal.
pub const PHOTO_SIDES: (u32, u32) = (1080, 1920);
/// The most photos in a post.
pub const PHOTOS_PER_POST: usize = 35;
/// How many posts a creator may have in a day, unless the operator decides otherwise. TikTok's cap, shared by all apps
/// that post for the creator, varies; this is typical.
pub const POSTS_PER_DAY: u8 = 15;
/// How many posts may be sent for a creator in an hour, unless the operator decides otherwise.
pub const POSTS_PER_HOUR: u8 = 25;
/// How many drafts may wait in a creator's inbox for each day.
pub const PENDING_DRAFTS_PER_DAY: u8 = 5;
/// How many posts may be begun a minute, for each creator.
pub const INITS_PER_MINUTE: u8 = 6;
/// How often a post's status may be asked for a minute, for each creator.
pub const STATUS_CHECKS_PER_MINUTE: u64 = 30;
/// How often we ask in a minute of the clock: no minute of TikTok's has parts of more than two.
pub const STATUS_CHECKS_PER_CLOCK_MINUTE: u64 = STATUS_CHECKS_PER_MINUTE / 2;
/// How often a creator's info may be asked for a minute.
pub const CREATOR_INFO_PER_MINUTE: u64 = 20;
/// How long after a question about a creator that TikTok did not answer it may be asked again: asked as soon as that, it is
/// asked [`CREATOR_INFO_PER_MINUTE`] times a minute.
pub const CREATOR_INFO_SPACING: SignedDuration = SignedDuration::from_secs(60 / CREATOR_INFO_PER_MINUTE.cast_signed());
/// How long TikTok counts a call: a minute that slides (its page on rate limits). It sends no `Retry-After`.
pub const RATE_WINDOW: Duration = Duration::from_mins(1);
/// The most videos of a page of TikTok's `video.list`, and the most ids of one call of its `video.query` (Display API).
pub const VIDEOS_PER_PAGE: u8 = 20;
/// How long TikTok takes bytes at an upload URL, from its issue on.
pub const UPLOAD_URL_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// How long a PUT of a file, or of a part of one, may be begun at a URL that we sign.
pub const PUT_URL_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// How long after media was made a file may still come for it: [`PUT_URL_LIFETIME`], and as long again for a PUT that was
/// begun at its end. Until then a deleted record stays, so that such a file is removed, too.
pub const LATE_FILES: SignedDuration = SignedDuration::from_secs(2 * PUT_URL_LIFETIME.as_secs());
/// How long a link to the content of media is good.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// How many accounts a post may have: so many that one transaction holds what is written for them all.
pub const TARGETS_PER_POST: usize = 32;
/// The most steps of a target that are kept: an item in DynamoDB has its limits. Of more, the first half and the last are.
pub const STEPS_PER_TARGET: usize = 200;
/// The most former publishes of a target that are kept. Webhooks about them may still come.
pub const FORMER_PUBLISHES_PER_TARGET: usize = 10;
/// How many posts may need the same media at the same time.
pub const POSTS_PER_MEDIA: usize = 200;
/// How many items of media a tenant may have, whatever their status and its plan.
pub const MEDIA_PER_TENANT: u64 = 50_000;
/// How many requests a tenant with so many accounts may make in a minute. Creators of test mode are made by asking for
/// them, so that they do not count.
pub const fn requests_per_minute(mode: Mode, accounts: u64) -> u64 {
    match accounts {
        _ if matches!(mode, Mode::Test) => 60,
        0..=2 => 60,
        3..=2000 => 600,
        _ => 1200,
    }
}
/// The most that the operator may allow of [`requests_per_minute`], in per cent.
pub const MOST_RATE_PERCENT: u32 = 10_000;
/// How many accounts a tenant may have in each mode, whatever its plan: creators of test mode are made by asking for them.
pub const ACCOUNTS_PER_TENANT: u64 = 10_000;
/// How many platforms a post may name: there is one, and whoever names more is told which are not served.
pub const PLATFORMS_PER_POST: usize = 10;
/// To how many scopes, and to how many brands, a key may be restricted.
pub const RESTRICTIONS_PER_KEY: usize = 50;
/// The longest e-mail address of an owner, in bytes: what SMTP can carry (RFC 5321).
pub const LONGEST_EMAIL: usize = 254;
/// The longest name of a file, in characters.
pub const LONGEST_FILE_NAME: usize = 255;
/// The longest content type that is announced of a file, in characters, with its parameters.
pub const LONGEST_CONTENT_TYPE: usize = 127;
/// The longest name that a customer gives a key, a brand or an address, in characters.
pub const LONGEST_NAME: usize = 100;
/// How long an old secret may count beside its successor, at most: that of an API key, or one that signs.
pub const LONGEST_OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many API keys a tenant may have in each mode.
pub const KEYS_PER_MODE: u64 = 100;
/// How many brands a tenant may have, whatever its plan.
pub const BRANDS_PER_TENANT: u64 = 1000;
/// How many brands of a tenant may be on their way out at once: each takes its turn of work that all tenants share.
pub const GOING_BRANDS_PER_TENANT: u64 = 100;
/// How many invites of a tenant may be open at the same time.
pub const OPEN_INVITES_PER_TENANT: usize = 1000;
/// For how many days an invite may be good.
pub const INVITE_DAYS: [u64; 5] = [1, 3, 7, 14, 30];
/// How often an invite leads to TikTok in an hour. Each time it does, our app can be made to ask TikTok for tokens.
pub const INVITE_USES: Rate = Rate { most: 60, window: SignedDuration::from_hours(1) };
/// How often invites lead one network address to TikTok in ten minutes.
pub const INVITE_USES_OF_ADDRESS: Rate = Rate { most: 30, window: SignedDuration::from_mins(10) };
/// How many tenants may be made from one network address in a day.
pub const SIGN_UPS_OF_ADDRESS: Rate = Rate { most: 5, window: SignedDuration::from_hours(24) };
/// How many tenants may sign up in an hour, whoever makes them.
pub const SIGN_UPS: Rate = Rate { most: 100, window: SignedDuration::from_hours(1) };
/// How many redirect URIs a tenant may register.
pub const REDIRECT_URIS_PER_TENANT: usize = 100;
/// The longest redirect URI that TikTok takes, in characters: by its own rule they have less than 512.
pub const LONGEST_REDIRECT_URI: usize = 511;
/// The longest state of a caller's that a creator brings back, in characters.
pub const LONGEST_STATE: usize = 512;
/// The most rows of one file of posts.
pub const ROWS_PER_IMPORT: usize = 500;
/// How many rows of such a file count as one more request.
pub const ROWS_A_REQUEST: usize = 10;
/// The largest row of such a file, in bytes. Captions are far shorter, and several rows are read at once.
pub const ROW_MAX_BYTES: usize = 64 * 1024;
/// How far a replay of an endpoint's deliveries goes back if nothing is said.
pub const REPLAY_BY_DEFAULT: SignedDuration = SignedDuration::from_hours(24);
/// How many characters an `Idempotency-Key` has at most.
pub const LONGEST_KEY: usize = 255;
/// How many characters an `Idempotency-Key` has at least of somebody who has no API key: it alone keeps the answer, with
/// its secret, from others at the same network address.
pub const STRANGERS_SHORTEST: usize = 16;
