//! The log: everything that happened to a tenant, the newest first.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use slipway_contract::fields::quoted;
use slipway_contract::time::read_time_or_utc;
use slipway_contract::webhook::{EventListView, EventSummaryView, Pages};
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::{AccountId, EventCategory};
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::{Answer, ErrorResponse, Params, json};
use slipway_store::events::{KEPT_FOR, LogEntry, PageKey};

use crate::{App, view};

const FILTERS: [&str; 8] = ["category", "status", "platform", "account_id", "resource_id", "action", "from", "to"];
/// The log.
const LIST: List = List { name: "events", default_limit: 50, filters: &FILTERS, several: &[] };
/// What is counted of it.
const SUMMARY: List = List { name: "events summary", default_limit: 50, filters: &FILTERS, several: &[] };
/// How many entries one call looks at, at most.
const MOST_EXAMINED: usize = 1_000;
/// How many are read at once, where only some of them are wanted.
const AT_ONCE: usize = 100;
/// The longest text of a filter.
const LONGEST: usize = 100;

/// Which entries are wanted.
struct Filter {
    category: Option<EventCategory>,
    failed: Option<bool>,
    is_tiktok: bool,
    account: Option<AccountId>,
    resource: Option<String>,
    action: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    /// Those that a restricted key may see.
    allowed: Option<BTreeSet<AccountId>>,
}

impl Filter {
    fn read(params: &Params, issues: &mut Vec<Issue>) -> Self {
        let mut one_of = |name: &'static str, known: &[&str]| {
            let text = params.one(name)?;
            let found = known.iter().position(|known| *known == text);
            if found.is_none() {
                let message = format!("{} is no {name} of the log", quoted(text));
                issues.push(Issue::invalid(name, message, format!("Send one of: {}.", known.join(", "))));
            }
            found
        };
        let categories: Vec<_> = EventCategory::ALL.iter().map(|category| category.as_str()).collect();
        let category = one_of("category", &categories).and_then(|index| EventCategory::ALL.get(index).copied());
        let failed = one_of("status", &["success", "failed"]).map(|index| index == 1);
        let is_tiktok = one_of("platform", &["tiktok"]).is_some();
        let mut text = |name: &'static str| {
            let text = params.one(name)?;
            if text.len() > LONGEST {
                issues.push(Issue::invalid(
                    name,
                    format!("{name} is too long"),
                    "Send the id or the name as it is shown.",
                ));
            }
            Some(text.to_owned())
        };
        let (resource, action, account) = (text("resource_id"), text("action"), text("account_id"));
        let account = account.and_then(|text| {
            let account = text.parse().ok();
            if account.is_none() {
                let message = format!("{} is no id of an account", quoted(&text));
                issues.push(Issue::invalid("account_id", message, "GET /v1/accounts lists your accounts."));
            }
            account
        });
        let mut time = |name: &'static str| {
            let text = params.one(name)?;
            read_time_or_utc(text)
                .inspect_err(|why| {
                    let message = format!("{} can't be used: {why}", quoted(text));
                    issues.push(Issue::invalid(name, message, "Send an RFC 3339 time, such as 2026-11-22T12:00:00Z."));
                })
                .ok()
        };
        let (from, to) = (time("from"), time("to"));
        Self { category, failed, is_tiktok, account, resource, action, from, to, allowed: None }
    }

    /// Whether it takes nothing away.
    const fn takes_all(&self) -> bool {
        let Self { category, failed, is_tiktok, account, resource, action, from, to, allowed } = self;
        !*is_tiktok
            && category.is_none()
            && failed.is_none()
            && account.is_none()
            && resource.is_none()
            && action.is_none()
            && from.is_none()
            && to.is_none()
            && allowed.is_none()
    }

    fn wants(&self, entry: &LogEntry) -> bool {
        let category = entry.kind.category();
        let is_tiktok = matches!(category, EventCategory::Post | EventCategory::Account);
        self.category.is_none_or(|wanted| wanted == category)
            && self.failed.is_none_or(|failed| failed == entry.kind.is_failure())
            && (!self.is_tiktok || is_tiktok)
            && self.account.as_ref().is_none_or(|account| entry.accounts.contains(account))
            && self.resource.as_ref().is_none_or(|resource| *resource == entry.resource)
            && self.action.as_ref().is_none_or(|action| action == entry.kind.action())
            && self.to.is_none_or(|to| entry.at <= to)
            && self
                .allowed
                .as_ref()
                .is_none_or(|allowed| entry.accounts.iter().any(|account| allowed.contains(account)))
    }

    /// Whether nothing older is wanted.
    fn ends_before(&self, entry: &LogEntry) -> bool {
        self.from.is_some_and(|from| entry.at < from)
    }
}

/// Part of what is wanted of the log, and where to go on if there may be more.
async fn read(
    app: &App,
    caller: &Caller,
    filter: &Filter,
    after: Option<PageKey>,
    limit: usize,
) -> Result<(Vec<LogEntry>, Option<PageKey>), ErrorResponse> {
    let (mut found, mut place, mut examined) = (Vec::new(), after, 0);
    loop {
        let at_once = if filter.takes_all() { (limit - found.len()).min(AT_ONCE) } else { AT_ONCE };
        let page = app.webhooks.events().list(&caller.tenant, place.as_ref(), at_once).await?;
        examined += page.entries.len();
        let mut entries = page.entries.into_iter();
        for entry in entries.by_ref() {
            if filter.ends_before(&entry) {
                return Ok((found, None));
            }
            place = Some(entry.page_key());
            if filter.wants(&entry) {
                found.push(entry);
                if found.len() == limit {
                    break;
                }
            }
        }
        let is_over = page.next.is_none() && entries.next().is_none();
        if is_over {
            return Ok((found, None));
        }
        if found.len() == limit || examined >= MOST_EXAMINED {
            return Ok((found, place));
        }
    }
}

pub(crate) async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, PageKey::parse, &mut noted);
    let mut filter = Filter::read(&params, &mut noted.issues);
    let warnings = noted.finish(params.unknown())?;
    filter.allowed = app.accounts_of(&caller).await?;
    let (found, next) = read(&app, &caller, &filter, after, limit).await?;
    let page = LIST.page::<()>(&caller, limit, Vec::new(), next.as_ref().map(PageKey::as_str), warnings);
    let pagination = Pages { has_more: page.next_cursor.is_some(), next_cursor: page.next_cursor, limit };
    let events = found.iter().map(view::event).collect();
    Ok(json(
        StatusCode::OK,
        &EventListView { events, pagination, retention_days: retention_days(), warnings: page.warnings },
    ))
}

/// Counts what is wanted of the log, as far as one call looks.
pub(crate) async fn summary(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, .. } = SUMMARY.paging(&params, &caller, PageKey::parse, &mut noted);
    let mut filter = Filter::read(&params, &mut noted.issues);
    let mut warnings = noted.finish(params.unknown())?;
    filter.allowed = app.accounts_of(&caller).await?;
    let (found, next) = read(&app, &caller, &filter, after, usize::MAX).await?;
    if next.is_some() {
        warnings.push(format!("only the latest {MOST_EXAMINED} entries were counted; send from and to for others"));
    }
    let (mut by_category, mut by_error_category, mut inbox_breakdown) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for entry in &found {
        let shown = view::event(entry);
        *by_category.entry(shown.category).or_insert(0) += 1;
        if let Some(category) = shown.error_category {
            *by_error_category.entry(category).or_insert(0) += 1;
        }
        if entry.kind == slipway_domain::EventType::PostInboxDelivered {
            *inbox_breakdown.entry("delivered").or_insert(0) += 1;
        }
    }
    let failed = found.iter().filter(|entry| entry.kind.is_failure()).count();
    let total = found.len();
    let retention_days = retention_days();
    let view =
        EventSummaryView { total, failed, by_category, by_error_category, inbox_breakdown, retention_days, warnings };
    Ok(json(StatusCode::OK, &view))
}

/// For how many days entries are kept.
fn retention_days() -> i64 {
    KEPT_FOR.as_secs() / SignedDuration::from_hours(24).as_secs()
}
