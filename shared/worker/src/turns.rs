//! In which order a run takes what is due: the tenants take turns.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// The same items, one of each owner after the other, and so on: an owner of 10,000 delays an owner of one by a single
/// item. An owner's own stay in their order, and the owner of the oldest comes first.
pub fn in_turns<T, O: Eq + Hash>(items: impl IntoIterator<Item = T>, owner: impl Fn(&T) -> O) -> Vec<T> {
    let mut lines: Vec<VecDeque<T>> = Vec::new();
    let mut line_of = HashMap::new();
    for item in items {
        let line = *line_of.entry(owner(&item)).or_insert_with(|| {
            lines.push(VecDeque::new());
            lines.len() - 1
        });
        if let Some(line) = lines.get_mut(line) {
            line.push_back(item);
        }
    }
    let mut taken = Vec::new();
    while !lines.is_empty() {
        taken.extend(lines.iter_mut().filter_map(VecDeque::pop_front));
        lines.retain(|line| !line.is_empty());
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_take_turns_and_keep_their_own_order() {
        let items = ["a1", "a2", "b1", "a3", "a4", "c1", "c2"];
        let taken = in_turns(items, |item| item.as_bytes().first().copied());
        assert_eq!(taken, ["a1", "b1", "c1", "a2", "c2", "a3", "a4"]);
        assert!(in_turns(Vec::<u8>::new(), |item| *item).is_empty());
    }
}
