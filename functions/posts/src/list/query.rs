//! What a list is asked for.

use slipway_contract::{ApiError, Diagnostics, Issue};
use slipway_domain::limits::POSTS_BY_DEFAULT;
use slipway_domain::{AccountId, BrandId, Hidden, PostStatus};
use slipway_http::Params;
use slipway_http::auth::Caller;
use slipway_http::filters::{ACCOUNTS, BRANDS, Only};
use slipway_http::paging::{List, Paging};
use slipway_store::posts::{By, Order, PageKey, PostWithTargets, Span};

/// This list.
pub(super) const LIST: List = List {
    name: "posts",
    default_limit: POSTS_BY_DEFAULT,
    filters: &["from", "to", "search", "sort", "hidden"],
    several: &["account_ids", "account_id", "brand_ids", "brand_id", "platform", "status"],
};

/// The statuses by name.
const STATUSES: [(&str, PostStatus); 7] = [
    ("draft", PostStatus::Draft),
    ("scheduled", PostStatus::Scheduled),
    ("publishing", PostStatus::Publishing),
    ("published", PostStatus::Published),
    ("partial", PostStatus::Partial),
    ("failed", PostStatus::Failed),
    ("cancelled", PostStatus::Cancelled),
];

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
    /// Only posts of these brands' accounts.
    pub(crate) brands: Only<BrandId>,
    /// Only posts for one of these accounts.
    accounts: Only<AccountId>,
    /// Only posts of one of these; empty means all.
    statuses: Vec<PostStatus>,
    /// Only posts with this in their text or title, in lower case.
    search: Option<Hidden<String>>,
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
        let message = "posts are sorted by the time they were made, or by their own time, only".to_owned();
        let cure = "Send created_desc, created_asc, scheduled_asc or scheduled_desc.";
        if sort.is_none() {
            noted.issues.push(Issue::invalid("sort", message, cure));
        }
        let issues = &mut noted.issues;
        let statuses = params.choices("status", &STATUSES, issues);
        let (from, to) = (params.time("from", issues), params.time("to", issues));
        let hidden = one("hidden");
        if hidden.is_some_and(|text| !["true", "false"].contains(&text)) {
            let cure = "Send true to see the posts that were put away, too.";
            issues.push(Issue::invalid("hidden", "hidden is neither true nor false", cure));
        }
        let (accounts, brands) = (params.ids(&ACCOUNTS, issues), params.ids(&BRANDS, issues));
        let warnings = noted.finish(params.unknown())?;
        Ok(Self {
            list,
            span: Span { by, from, to, order },
            after,
            limit,
            nothing: params.is_elsewhere(),
            brands,
            accounts,
            statuses,
            search: one("search").map(|search| search.to_lowercase().into()),
            hidden: hidden == Some("true"),
            warnings,
        })
    }

    /// Whether no post can fit.
    pub(crate) fn is_nothing(&self) -> bool {
        self.nothing
    }

    /// Whether posts are wanted by what they are, so that some that are read may not be.
    pub(crate) fn is_filter(&self) -> bool {
        !self.accounts.is_all() || !self.statuses.is_empty() || self.search.is_some()
    }

    /// Whether this post is wanted.
    pub(crate) fn fits(&self, post: &PostWithTargets) -> bool {
        let PostWithTargets { post, targets } = post;
        let contains = |search: &Hidden<String>| {
            let has = |text: &Hidden<String>| text.to_lowercase().contains(search.as_str());
            has(&post.text) || post.title.as_ref().is_some_and(has)
        };
        (self.hidden || !post.hidden)
            && (self.accounts.is_all() || targets.iter().any(|target| self.accounts.takes(&target.account)))
            && (self.statuses.is_empty()
                || self.statuses.contains(&PostStatus::of(targets.iter().map(|target| &target.state))))
            && self.search.as_ref().is_none_or(contains)
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::Reach;
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
        let caller = Caller { reach: Reach::whole(&tenant), key, plan: None, keyring: Keyring::of("secret") };
        ListPosts::read(&caller, &params).map_err(|error| {
            let issues = error.meta.issues.unwrap();
            issues.into_iter().map(|issue| issue.field).collect()
        })
    }

    #[test]
    fn without_a_query_the_newest_25_come() {
        for query in ["", "limit=&cursor=&sort=&status=&from=&account_ids=&brand_id=", "hidden=false"] {
            let wanted = read(query).unwrap();
            assert_eq!((wanted.limit, wanted.span.order), (25, Order::NewestFirst), "{query}");
            assert!(!wanted.nothing && wanted.accounts.is_all() && wanted.after.is_none());
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
    fn accounts_come_repeated_or_with_commas_and_nothing_else_is_an_id() {
        let two = read("account_ids=acc_1,acc_2").unwrap();
        assert_eq!(two, read("account_ids=acc_2&account_ids=acc_1").unwrap());
        for alias in
            ["account_id=acc_1&account_id=acc_2", "account_ids[]=acc_2&account_ids[]=acc_1", "account_id[]=acc_1,acc_2"]
        {
            assert_eq!(read(alias).unwrap(), two, "{alias}");
        }
        assert!(read("platform=youtube").unwrap().nothing);
        for (query, field) in
            [("account_ids=x", "account_ids"), ("account_id=acc_1,x", "account_id"), ("brand_id=x", "brand_id")]
        {
            assert_eq!(read(query).unwrap_err(), [field], "{query}");
        }
    }
}
