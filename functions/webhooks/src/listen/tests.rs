use serde_json::json;
use slipway_store::events::Happened;

use super::*;
use crate::entries::Shown;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
}

/// An entry of this time; of one time there may be several.
fn entry(millis: i64, which: usize) -> LogEntry {
    let kind = EventType::MediaReady;
    let happened = Happened { kind, resource: "med_1".to_owned(), accounts: Vec::new(), at: at(millis) };
    LogEntry::new("ten_1".parse().unwrap(), &format!("{millis} {which}"), happened, &json!({})).unwrap()
}

/// The log, in its order.
fn log(entries: impl IntoIterator<Item = LogEntry>) -> Vec<LogEntry> {
    let mut log: Vec<_> = entries.into_iter().collect();
    log.sort_by_key(LogEntry::key);
    log
}

fn behind(log: &[LogEntry], listener: &Listener) -> Vec<LogEntry> {
    let behind = log.iter().filter(|entry| entry.key().as_str() > listener.from.as_str());
    behind.take(LIST_AT_ONCE).cloned().collect()
}

/// The next call, which knows its cursor and nothing else.
fn called(listener: &mut Listener, log: &[LogEntry], limit: usize, now: i64) -> Vec<LogEntry> {
    *listener = Listener::parse(&listener.text()).unwrap();
    let entries = behind(log, listener);
    let more = entries.len() == LIST_AT_ONCE;
    let whole =
        |entry: LogEntry| Entry { place: entry.key(), at: entry.at, shown: Some(Shown { entry, brands: Vec::new() }) };
    let (new, full) = listener.take(entries.into_iter().map(whole).collect(), limit);
    if !full && !more {
        listener.go_on_from(at(now) - LATE_ENTRY);
    }
    new.into_iter().filter_map(|new| Some(new.shown?.entry)).collect()
}

#[test]
fn each_entry_is_taken_once_however_the_log_is_cut_into_calls() {
    for limit in [1, 7, 50, 100] {
        // Many of one time, and more than a call reads.
        let log = log((0..250).map(|number| entry(i64::try_from(number / 20).unwrap(), number)));
        let mut listener = Listener::new(at(-1));
        let mut taken = Vec::new();
        for _ in 0..300 {
            taken.extend(called(&mut listener, &log, limit, 1_000));
        }
        assert_eq!(taken, log, "{limit}");
        assert!(listener.text().len() < 3_000, "{}", listener.text().len());
    }
}

#[test]
fn an_entry_that_shows_late_is_taken_too() {
    let mut listener = Listener::new(at(-1));
    let late = entry(100, 1);
    let early = log([entry(200, 1), entry(300, 1)]);
    assert_eq!(called(&mut listener, &early, 50, 400), early);
    let all = log([early, vec![late.clone()]].concat());
    assert_eq!(called(&mut listener, &all, 50, 59_000), [late]);
    assert_eq!(called(&mut listener, &all, 50, 61_000), []);
    // After a minute it is not looked for any more.
    assert_eq!(called(&mut listener, &log([all, vec![entry(150, 1)]].concat()), 50, 61_001), []);
    assert_eq!(listener.seen.len(), 0);
}

#[test]
fn what_shows_late_is_taken_though_a_call_told_as_much_as_it_could() {
    for limit in [1, 2] {
        let mut listener = Listener::new(at(-1));
        let early = log([entry(200, 1), entry(300, 1), entry(400, 1)]);
        assert_eq!(called(&mut listener, &early, limit, 500), early[..limit]);
        let late = entry(100, 1);
        let rest = log([&early[limit..], std::slice::from_ref(&late)].concat());
        let all = log([early, vec![late]].concat());
        assert_eq!(called(&mut listener, &all, 50, 500), rest, "{limit}");
    }
}

#[test]
fn what_was_before_is_none_of_a_listeners_business() {
    let mut listener = Listener::new(at(0));
    assert_eq!(called(&mut listener, &log([entry(-1, 1), entry(-60_000, 2)]), 50, 10), []);
}

#[test]
fn a_cursor_that_is_none_is_not_read() {
    for text in ["", "wh_1", "wh_1 x", "post_1 000001790000000#evt_0"] {
        assert_eq!(Listener::parse(text), None, "{text}");
    }
}
