//! What a list is asked for.

use std::collections::BTreeSet;

use serde_json::Value;
use slipway_contract::fields::quoted;
use slipway_contract::time::read_time_or_utc;
use slipway_contract::{ApiError, Diagnostics, Issue};
use slipway_domain::{AccountId, BrandId, PostStatus};
use slipway_http::Params;
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_store::posts::{By, Order, PageKey, PostWithTargets, Span};

/// This list.
pub(super) const LIST: List = List {
    name: "posts",
    default_limit: 25,
    filters: &["brand_id", "platform", "from", "to", "search", "sort", "hidden"],
    several: &["account_ids", "account_id", "status"],
};

/// The same list by the posts' own times: its cursors are others.
const SCHEDULE: List = List { name: "posts by schedule", ..LIST };

/// A query that reads well.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ListPosts {
    /// Which list.
    pub(crate) list: List,
    /// Which part of the list, in which order.
    pub(crate) span: Span,
    /// Behind which post it goes on.
    pub(crate) after: Option<PageKey>,
    /// The most posts of the page.
    pub(crate) limit: usize,
    /// Only posts of this brand's accounts.
    pub(crate) brand: Option<BrandId>,
    /// Only posts for one of these accounts; empty means all.
    accounts: BTreeSet<AccountId>,
    /// Only posts of one of these; empty means all.
    statuses: Vec<PostStatus>,
    /// Only posts with this in their text or title, in lower case.
    search: Option<String>,
    /// Also posts that were put away.
    hidden: bool,
    /// It was asked for what does not exist here, such as another platform.
    nothing: bool,
    /// Which parameters were ignored.
    pub(crate) warnings: Vec<String>,
}

impl ListPosts {
    /// Reads the query.
    pub(crate) fn read(caller: &Caller, params: &Params) -> Result<Self, ApiError> {
        let mut noted = Diagnostics::default();
        let one = |name| params.one(name);
        let sort = match one("sort") {
            None | Some("created_desc") => Some((By::Creation, Order::NewestFirst)),
            Some("created_asc") => Some((By::Creation, Order::OldestFirst)),
            Some("scheduled_desc") => Some((By::Schedule, Order::NewestFirst)),
            Some("scheduled_asc") => Some((By::Schedule, Order::OldestFirst)),
            Some(_) => None,
        };
        let (by, order) = sort.unwrap_or((By::Creation, Order::NewestFirst));
        let (list, key): (_, fn(&str) -> _) = match by {
            By::Creation => (LIST, PageKey::parse),
            By::Schedule => (SCHEDULE, PageKey::parse_scheduled),
        };
        let Paging { after, limit } = list.paging(params, caller, key, &mut noted);
        let each = |name| params.all(name).flat_map(|list| list.split(',')).map(str::trim);
        let mut checked = |name: &str, fits: bool, message: String, cure: &str| {
            if !fits {
                noted.issues.push(Issue::invalid(name, message, cure));
            }
        };

        let message = "posts are sorted by the time they were made, or by their own time, only".to_owned();
        let cure = "Send created_desc, created_asc, scheduled_asc or scheduled_desc.";
        checked("sort", sort.is_some(), message, cure);

        let mut statuses = Vec::new();
        for text in each("status") {
            let status = serde_json::from_value::<PostStatus>(Value::from(text)).ok();
            let message = format!("{} is no status of a post", quoted(text));
            let cure = "Send draft, scheduled, publishing, published, partial, failed or cancelled.";
            checked("status", status.is_some(), message, cure);
            statuses.extend(status);
        }

        let mut times = [("from", None), ("to", None)];
        for (name, time) in &mut times {
            let given = one(*name);
            *time = given.and_then(|text| read_time_or_utc(text).ok());
            let message = format!("{name} is not a time");
            checked(name, given.is_some() == time.is_some(), message, "Send RFC 3339, such as 2026-12-24T18:00:00Z.");
        }

        // Ids that can't exist have no posts: they are not an error, but they must not widen the list either.
        let ids: Vec<_> = each("account_ids").chain(each("account_id")).map(|id| id.parse().ok()).collect();
        let brand = one("brand_id").map(|text| text.parse().ok());
        let none_known = !ids.is_empty() && ids.iter().all(Option::is_none);
        let elsewhere = one("platform").is_some_and(|platform| platform != "tiktok");
        let nothing = none_known || brand == Some(None) || elsewhere;
        let hidden = one("hidden");
        let is_flag = hidden.is_none_or(|text| ["true", "false"].contains(&text));
        let message = "hidden is neither true nor false".to_owned();
        checked("hidden", is_flag, message, "Send true to see the posts that were put away, too.");

        let warnings = noted.finish(params.unknown())?;
        let [(_, from), (_, to)] = times;
        Ok(Self {
            list,
            span: Span { by, from, to, order },
            after,
            limit,
            brand: brand.flatten(),
            accounts: ids.into_iter().flatten().collect(),
            statuses,
            search: one("search").map(str::to_lowercase),
            hidden: hidden == Some("true"),
            nothing,
            warnings,
        })
    }

    /// Whether no post can fit.
    pub(crate) fn is_nothing(&self) -> bool {
        self.nothing
    }

    /// Whether posts are wanted by what they are, so that some that are read may not be.
    pub(crate) fn is_filter(&self) -> bool {
        !self.accounts.is_empty() || !self.statuses.is_empty() || self.search.is_some()
    }

    /// Whether this post is wanted.
    pub(crate) fn fits(&self, post: &PostWithTargets) -> bool {
        let PostWithTargets { post, targets } = post;
        let contains = |search: &String| {
            let title = post.title.as_deref().unwrap_or_default();
            post.text.to_lowercase().contains(search) || title.to_lowercase().contains(search)
        };
        (self.hidden || !post.hidden)
            && (self.accounts.is_empty() || targets.iter().any(|target| self.accounts.contains(&target.account)))
            && (self.statuses.is_empty()
                || self.statuses.contains(&PostStatus::of(targets.iter().map(|target| &target.state))))
            && self.search.as_ref().is_none_or(contains)
    }
}

#[cfg(test)]
mod tests {
    use slipway_http::Keyring;

    use super::*;

    fn read(query: &str) -> Result<ListPosts, Vec<String>> {
        let params: Params = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect();
        let (tenant, key) = ("ten_1".parse().unwrap(), "key_1".parse().unwrap());
        let caller = Caller { tenant, key, brand_ids: Vec::new(), keyring: Keyring::of("secret") };
        ListPosts::read(&caller, &params).map_err(|error| {
            let issues = error.meta["issues"].as_array().unwrap();
            issues.iter().map(|issue| issue["field"].as_str().unwrap().to_owned()).collect()
        })
    }

    #[test]
    fn without_a_query_the_newest_25_come() {
        for query in ["", "limit=&cursor=&sort=&status=&from=&account_ids=&brand_id=", "hidden=false"] {
            let wanted = read(query).unwrap();
            assert_eq!((wanted.limit, wanted.span.order), (25, Order::NewestFirst), "{query}");
            assert!(!wanted.nothing && wanted.accounts.is_empty() && wanted.after.is_none());
        }
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        for (query, fields) in [
            ("limit=0", vec!["limit"]),
            ("hidden=yes", vec!["hidden"]),
            ("limit=101", vec!["limit"]),
            ("limit=-1", vec!["limit"]),
            ("limit=ten", vec!["limit"]),
            ("cursor=abc", vec!["cursor"]),
            ("sort=scheduled", vec!["sort"]),
            ("status=Published", vec!["status"]),
            ("from=yesterday", vec!["from"]),
            ("to=1700000000", vec!["to"]),
            ("limit=x&cursor=x&sort=x&status=x&from=x&to=x", vec!["limit", "cursor", "sort", "status", "from", "to"]),
        ] {
            assert_eq!(read(query).unwrap_err(), fields, "{query}");
        }
    }

    #[test]
    fn statuses_come_repeated_or_with_commas() {
        let two = read("status=draft,failed").unwrap();
        assert_eq!(two.statuses, [PostStatus::Draft, PostStatus::Failed]);
        assert_eq!(read("status[]=draft&status[]=failed").unwrap(), two);
        assert_eq!(read("status=draft,Failed").unwrap_err(), ["status"]);
    }

    #[test]
    fn what_the_list_does_not_take_is_said() {
        let warned = read("acount_ids=acc_1&limit=5").unwrap();
        assert_eq!(warned.warnings, ["acount_ids is not a query parameter of this route and was ignored"]);
    }

    #[test]
    fn times_are_read_with_an_offset_or_as_utc() {
        for (text, time) in [
            ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"),
            ("2026-11-22T13:00:00+01:00", "2026-11-22T12:00:00Z"),
            ("2026-11-22T12:00:00", "2026-11-22T12:00:00Z"),
            ("2026-11-22", "2026-11-22T00:00:00Z"),
        ] {
            assert_eq!(read(&format!("from={text}")).unwrap().span.from, Some(time.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn accounts_come_repeated_or_with_commas_and_unknown_ones_show_nothing() {
        let two = read("account_ids=acc_1,acc_2").unwrap();
        assert_eq!(two, read("account_ids=acc_2&account_ids=acc_1").unwrap());
        assert_eq!(two.accounts.len(), 2);
        for alias in
            ["account_id=acc_1&account_id=acc_2", "account_ids[]=acc_2&account_ids[]=acc_1", "account_id[]=acc_1,acc_2"]
        {
            assert_eq!(read(alias).unwrap(), two, "{alias}");
        }
        assert!(!read("account_ids=acc_1,x").unwrap().nothing);
        for query in ["account_ids=x", "brand_id=x", "platform=youtube"] {
            assert!(read(query).unwrap().nothing, "{query}");
        }
    }
}
