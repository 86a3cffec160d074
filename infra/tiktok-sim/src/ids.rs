//! Fresh identifiers in TikTok's shapes: tokens, codes, publish ids, post ids, log ids.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Moment;

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Smallest post id handed out: 19 digits, and far above the integers a double can hold.
const FIRST_POST_ID: u64 = 7_600_000_000_000_000_000;

/// A source of identifiers that never repeats within one run nor, in practice, between runs.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: Uuid,
    drawn: u64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self { seed: Uuid::now_v7(), drawn: 0 }
    }

    /// An access token. Live tokens carry `!` and `.`, which trips encoders that forget them.
    pub(crate) fn access_token(&mut self) -> String {
        format!("act.{}!4821.e1", self.text(48))
    }

    /// A refresh token, in the same alphabet.
    pub(crate) fn refresh_token(&mut self) -> String {
        format!("rft.{}!4821.e1", self.text(48))
    }

    /// An authorization code. It holds `*` and `!`, so that it survives only if decoded exactly once.
    pub(crate) fn code(&mut self) -> String {
        format!("{}*{}!4821.e1", self.text(24), self.number() % 10)
    }

    /// An `open_id`. It may hold dashes and is to be kept verbatim.
    pub(crate) fn open_id(&mut self) -> String {
        format!("-000{}-{}", self.text(16), self.text(16))
    }

    /// A `publish_id` with TikTok's prefix for its kind, such as `v_pub_file~`.
    pub(crate) fn publish_id(&mut self, prefix: &str) -> String {
        format!("{prefix}v2-1.{}", self.post_id())
    }

    /// A 19-digit number that a double would round: odd, and above 2^53.
    pub(crate) fn post_id(&mut self) -> u64 {
        (FIRST_POST_ID + self.number() % 99_999_999_999_999_999) | 1
    }

    /// A log id: fourteen digits of UTC time, then upper-case hex.
    pub(crate) fn log_id(&mut self, now: Moment) -> String {
        let time = jiff::Timestamp::from(now).strftime("%Y%m%d%H%M%S").to_string();
        let tail = hex::encode_upper(self.bytes());
        format!("{time}{}", tail.get(..20).unwrap_or_default())
    }

    /// `length` letters and digits (at most 64 for one draw's worth of entropy).
    pub(crate) fn text(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            for byte in self.bytes().into_iter().take(length - text.len()) {
                text.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
            }
        }
        text
    }

    /// Any 64-bit number.
    pub(crate) fn number(&mut self) -> u64 {
        self.bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn bytes(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Sha256::new().chain_update(self.seed.as_bytes()).chain_update(self.drawn.to_be_bytes()).finalize().into()
    }
}
