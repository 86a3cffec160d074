//! What lists are narrowed by. A filter means the same on every list: several values, repeated or with commas, widen it,
//! and what does not exist shows nothing. A text that is no id of the kind, and a word that stands for none of a few known
//! ones, are errors: whoever sends them means something else than they get.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use slipway_contract::fields::quoted;
use slipway_contract::time::read_time_or_utc;
use slipway_contract::{Issue, Platform};
use slipway_domain::limits::IDS_PER_FILTER;
use slipway_domain::{BrandId, Reach};

use crate::Params;

/// What accounts are named by.
pub const ACCOUNTS: [&str; 2] = ["account_ids", "account_id"];
/// What brands are named by.
pub const BRANDS: [&str; 2] = ["brand_ids", "brand_id"];
/// What platforms are named by. There is one.
pub const PLATFORM: &str = "platform";

/// Which things of one kind a list is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Only<T> {
    /// It is not narrowed.
    All,
    /// These alone: none at all if it was asked for what can't exist.
    These(BTreeSet<T>),
}

impl<T: Ord> Only<T> {
    /// Whether it takes nothing away.
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether this one is among them.
    pub fn takes(&self, one: &T) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(one),
        }
    }
}

impl Only<BrandId> {
    /// The part of a reach that a list shows which is narrowed so. Nothing if it is narrowed to what is others': of that
    /// there is nothing to show.
    pub fn within(self, reach: &Reach) -> Option<Reach> {
        match self {
            Self::All => Some(reach.clone()),
            Self::These(brands) => reach.of(brands),
        }
    }
}

impl Params {
    /// Every value of a parameter that may have several, repeated or with commas.
    pub fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(|list| list.split(',')).map(str::trim)
    }

    /// The ids that these parameters name together. What is none, and too many, are noted.
    pub fn ids<T: FromStr<Err: Display> + Ord>(&self, names: &[&str], issues: &mut Vec<Issue>) -> Only<T> {
        let given: Vec<_> = names.iter().flat_map(|name| self.each(name).map(move |text| (*name, text))).collect();
        if given.len() > IDS_PER_FILTER {
            let name = names.first().copied().unwrap_or_default();
            let cure = format!("Send up to {IDS_PER_FILTER}, and ask again for the others.");
            issues.push(Issue::invalid(name, format!("{} ids are too many", given.len()), cure));
            return Only::These(BTreeSet::new());
        }
        if given.is_empty() {
            return Only::All;
        }
        let mut ids = BTreeSet::new();
        for (name, text) in given {
            match text.parse() {
                Ok(id) => _ = ids.insert(id),
                Err(why) => {
                    let message = format!("{} can't be used: {why}", quoted(text));
                    issues.push(Issue::invalid(name, message, "Send ids as the API gives them, or leave it out."));
                }
            }
        }
        Only::These(ids)
    }

    /// Whether a list is asked for what is on other platforms alone: there is nothing of that here.
    pub fn is_elsewhere(&self) -> bool {
        let mut platforms = self.each(PLATFORM).peekable();
        platforms.peek().is_some() && !platforms.any(Platform::is_served)
    }

    /// What the words of a parameter stand for, which may have several. Each that is not known is noted.
    pub fn choices<T: Copy>(&self, name: &str, known: &[(&str, T)], issues: &mut Vec<Issue>) -> Vec<T> {
        self.each(name).filter_map(|text| meaning(name, text, known, issues)).collect()
    }

    /// What the one word of a parameter stands for. One that is not known is noted.
    pub fn choice<T: Copy>(&self, name: &str, known: &[(&str, T)], issues: &mut Vec<Issue>) -> Option<T> {
        meaning(name, self.one(name)?, known, issues)
    }

    /// The time in a parameter, in UTC unless it names an offset. What is none is noted.
    pub fn time(&self, name: &str, issues: &mut Vec<Issue>) -> Option<Timestamp> {
        let text = self.one(name)?;
        let time = read_time_or_utc(text).inspect_err(|why| {
            let message = format!("{} can't be used: {why}", quoted(text));
            issues.push(Issue::invalid(name, message, "Send an RFC 3339 time, such as 2026-11-22T12:00:00Z."));
        });
        time.ok()
    }
}

fn meaning<T: Copy>(name: &str, text: &str, known: &[(&str, T)], issues: &mut Vec<Issue>) -> Option<T> {
    let found = known.iter().find(|(word, _)| *word == text);
    if found.is_none() {
        let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
        let message = format!("{} is none of the words that {name} may have", quoted(text));
        issues.push(Issue::invalid(name, message, format!("Send one of: {}.", words.join(", "))));
    }
    found.map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use slipway_domain::AccountId;

    use super::*;

    #[test]
    fn ids_come_by_either_name_repeated_or_with_commas() {
        let two = Only::These(BTreeSet::from(["acc_1", "acc_2"].map(|id| id.parse::<AccountId>().unwrap())));
        for pairs in [
            [("account_ids", "acc_1,acc_2"), ("x", "")],
            [("account_id", "acc_2"), ("account_ids[]", "acc_1")],
            [("account_id[]", "acc_2, acc_1"), ("account_ids", "acc_2")],
        ] {
            assert_eq!(Params::from(pairs).ids(&ACCOUNTS, &mut Vec::new()), two, "{pairs:?}");
        }
    }

    #[test]
    fn ids_of_another_form_are_each_named_and_left_out_ones_mean_all() {
        let ids = |text| {
            let mut issues = Vec::new();
            let ids = Params::from([("account_id", text)]).ids::<AccountId>(&ACCOUNTS, &mut issues);
            (ids, issues.into_iter().map(|issue| issue.field).collect::<Vec<_>>())
        };
        let (all, issues) = ids("");
        assert!(all.is_all() && all.takes(&"acc_1".parse().unwrap()) && issues.is_empty());
        for (text, wrong) in [("x", 1), ("post_1", 1), (",", 2), ("acc_1/", 1), ("acc_1,x,acc_2,", 2)] {
            assert_eq!(ids(text).1, vec!["account_id"; wrong], "{text}");
        }
    }

    #[test]
    fn ids_are_as_many_as_a_query_may_name() {
        for (count, refused) in [(100, 0), (101, 1)] {
            let (mut issues, text) = (Vec::new(), vec!["acc_1"; count].join(","));
            Params::from([("account_id", text.as_str())]).ids::<AccountId>(&ACCOUNTS, &mut issues);
            assert_eq!(issues.len(), refused, "{count}");
        }
    }

    #[test]
    fn another_platform_is_elsewhere() {
        for (text, elsewhere) in [("", false), ("tiktok", false), ("youtube", true), ("youtube,tiktok", false)] {
            assert_eq!(Params::from([("platform", text)]).is_elsewhere(), elsewhere, "{text}");
        }
    }

    #[test]
    fn a_word_that_is_not_known_is_named_with_those_that_are() {
        let mut issues = Vec::new();
        let known = [("pending", 1), ("delivered", 2), ("success", 2)];
        let chosen = Params::from([("status", "success,Pending"), ("status[]", "pending")]);
        assert_eq!(chosen.choices("status", &known, &mut issues), [2, 1]);
        assert_eq!((issues.len(), issues[0].field.as_str()), (1, "status"));
        assert_eq!(chosen.choice("status", &known, &mut issues), Some(1));
        assert_eq!(Params::from([("status", "pending,success")]).choice("status", &known, &mut issues), None);
        assert_eq!(issues.len(), 2);
    }
}
