//! When the messages about targets come that wait for their own time.

use std::collections::HashMap;

use jiff::Timestamp;
use slipway_domain::limits::INITS_PER_MINUTE;
use slipway_domain::schedule::BY_MESSAGE;
use slipway_domain::{AccountId, Window};
use slipway_store::posts::DueTarget;

/// So many of an account may begin within [`Window::Minute`].
const AT_ONCE: usize = INITS_PER_MINUTE as usize;

/// How many seconds lie between two that have no room, before they wrap around: as odd as it is, all seconds are used.
const STRIDE: i64 = 331;

/// When the message about each of them is to come: at its own time, or now if that is over.
///
/// An account begins only so many posts a minute. Of more than that of the same time the others come in the minutes after,
/// so that their workers do not all meet at the account's line, only to be sent away. That is no promise to anybody: the
/// line decides.
pub(crate) fn times(targets: &[DueTarget], now: Timestamp) -> Vec<Timestamp> {
    let mut before: HashMap<&AccountId, Vec<i64>> = HashMap::new();
    let (now, last) = (now.as_second(), (now + BY_MESSAGE).as_second());
    let seconds = targets.iter().map(|target| {
        let before = before.entry(&target.account).or_default();
        let own = target.at.as_second().max(now);
        let sixth_before = before.len().checked_sub(AT_ONCE).and_then(|index| before.get(index));
        let at = sixth_before.map_or(own, |at| own.max(at + Window::Minute.seconds()));
        before.push(at);
        // There is no room for so many anyway. They are only kept from coming all at once.
        let spread = i64::try_from(before.len()).unwrap_or_default() * STRIDE % (last - own).max(1);
        if at <= last { at } else { own + spread }
    });
    seconds.map(|at| Timestamp::from_second(at).unwrap_or(Timestamp::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(account: &str, at: i64) -> DueTarget {
        DueTarget {
            tenant: None,
            post: "post_1".parse().unwrap(),
            account: account.parse().unwrap(),
            at: Timestamp::from_second(at).unwrap().into(),
        }
    }

    fn seconds(targets: &[DueTarget], now: i64) -> Vec<i64> {
        times(targets, Timestamp::from_second(now).unwrap()).iter().map(|at| at.as_second()).collect()
    }

    #[test]
    fn each_comes_at_its_own_second_and_what_is_late_now() {
        assert_eq!(seconds(&[due("acc_1", 90), due("acc_1", 107), due("acc_2", 130)], 100), [100, 107, 130]);
    }

    #[test]
    fn of_one_account_six_come_in_a_window_and_others_do_not_wait_for_it() {
        let mut targets: Vec<_> = (0..14).map(|_| due("acc_1", 100)).collect();
        targets.push(due("acc_2", 100));
        let mut expected = vec![100; 6];
        expected.extend([170; 6]);
        expected.extend([240, 240, 100]);
        assert_eq!(seconds(&targets, 40), expected);
        // Who stands in the account's line has a place each, which is kept.
        let places: Vec<_> = (0..30).map(|n| due("acc_1", 100 + 12 * n)).collect();
        assert_eq!(seconds(&places, 40), places.iter().map(|place| place.at.as_second()).collect::<Vec<_>>());
    }

    #[test]
    fn far_too_many_of_one_account_are_spread_as_far_as_messages_can_be() {
        let targets: Vec<_> = (0..10_000).map(|_| due("acc_1", 100)).collect();
        let times = seconds(&targets, 100);
        let last = 100 + BY_MESSAGE.as_secs();
        assert!(times.iter().all(|at| (100..=last).contains(at)));
        for minute in 0..14 {
            let from = 100 + 60 * minute;
            let within = times.iter().filter(|at| (from..from + 60).contains(*at)).count();
            assert!((600..=800).contains(&within), "{within} in minute {minute}");
        }
    }
}
