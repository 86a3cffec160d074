//! Where an event stands in its tenant's log.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::EventId;

/// An event's key in its tenant's log: its time to the millisecond and its id, so that keys sort as things happened. It is
/// the sort key of the events table, and stands in cursors, in messages and in deliveries, all of which are our own: what
/// is stored is taken as it is, and what names no event finds none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogKey(String);

impl LogKey {
    /// How many characters of it are the time.
    pub const TIME: usize = 15;

    /// The key of this event of this time.
    pub fn of(at: Timestamp, id: &EventId) -> Self {
        Self(format!("{}#{id}", millis(at)))
    }

    /// Before everything of this millisecond.
    pub fn at(at: Timestamp) -> Self {
        Self(format!("{}#evt_0", millis(at)))
    }

    /// Behind everything of this millisecond.
    pub fn behind(at: Timestamp) -> Self {
        Self(format!("{}#~", millis(at)))
    }

    /// As [`as_str`](Self::as_str) wrote it, if it is one that a caller may have.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('#')?;
        let fits = at.len() == Self::TIME && at.bytes().all(|b| b.is_ascii_digit()) && id.parse::<EventId>().is_ok();
        fits.then(|| Self(text.to_owned()))
    }

    /// As text, for a cursor.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<LogKey> for String {
    fn from(key: LogKey) -> Self {
        key.0
    }
}

/// The time in a key. No event is from before 1970.
fn millis(at: Timestamp) -> String {
    format!("{:0width$}", at.as_millisecond().max(0), width = LogKey::TIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_it_always_was_and_sorts_by_time() {
        let at = Timestamp::from_millisecond(1_764_000_000_123).unwrap();
        let id: EventId = "evt_01ab".parse().unwrap();
        let key = LogKey::of(at, &id);
        assert_eq!(serde_json::to_string(&key).unwrap(), r#""001764000000123#evt_01ab""#);
        assert_eq!(serde_json::from_str::<LogKey>(r#""001764000000123#evt_01ab""#).unwrap(), key);
        assert_eq!(LogKey::parse(key.as_str()), Some(key.clone()));
        assert!(LogKey::at(at) < key && key < LogKey::behind(at));
    }

    #[test]
    fn what_a_caller_can_not_have_is_no_key() {
        for text in
            ["", "evt_1", "1764000000123#evt_1", "001764000000123#evt_", "001764000000123#~", "00176400000012x#evt_1"]
        {
            assert_eq!(LogKey::parse(text), None, "{text}");
        }
    }
}
