//! The log: everything that happened to a tenant, the newest first.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::log::{EventListView, EventSummaryView, Pages};
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::limits::ITEMS_BY_DEFAULT;
use slipway_domain::{AccountId, EventCategory, LogKey, Terms};
use slipway_http::auth::Caller;
use slipway_http::filters::{ACCOUNTS, Only, PLATFORM};
use slipway_http::paging::{List, Paging};
use slipway_http::{Answer, ErrorResponse, Params, json};
use slipway_store::events::LogEntry;

use crate::entries::{Entry, Shown, newest};
use crate::{App, view};

const FILTERS: [&str; 4] = ["resource_id", "action", "from", "to"];
const SEVERAL: [&str; 5] = ["category", "status", "platform", "account_ids", "account_id"];
/// The log, and what is counted of it: behind a cursor of the former, too.
const LIST: List = List { name: "events", default_limit: ITEMS_BY_DEFAULT, filters: &FILTERS, several: &SEVERAL };
/// How many entries one call looks at, at most.
const MOST_EXAMINED: usize = 1_000;
/// How many are read at once, where only some of them are wanted.
const AT_ONCE: usize = 100;

/// Which entries are wanted.
struct Filter {
    /// Of one of these; empty means all.
    categories: Vec<EventCategory>,
    /// That failed, or did not; empty means both.
    failed: Vec<bool>,
    is_tiktok: bool,
    accounts: Only<AccountId>,
    resource: Option<String>,
    action: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    /// It was asked for what does not exist here.
    nothing: bool,
}

impl Filter {
    fn read(params: &Params, issues: &mut Vec<Issue>) -> Self {
        let categories: Vec<_> = EventCategory::ALL.iter().map(|category| (category.as_str(), *category)).collect();
        let accounts = params.ids(&ACCOUNTS, issues);
        let text = |name| params.one(name).map(str::to_owned);
        Self {
            categories: params.choices("category", &categories, issues),
            failed: params.choices("status", &[("success", false), ("ok", false), ("failed", true)], issues),
            is_tiktok: params.one(PLATFORM).is_some(),
            nothing: params.is_elsewhere(),
            accounts,
            resource: text("resource_id"),
            action: text("action"),
            from: params.time("from", issues),
            to: params.time("to", issues),
        }
    }

    /// Whether it takes nothing away.
    const fn takes_all(&self) -> bool {
        let Self { categories, failed, is_tiktok, accounts, resource, action, from, to, nothing } = self;
        !*is_tiktok
            && !*nothing
            && categories.is_empty()
            && failed.is_empty()
            && accounts.is_all()
            && resource.is_none()
            && action.is_none()
            && from.is_none()
            && to.is_none()
    }

    fn wants(&self, entry: &LogEntry) -> bool {
        let category = entry.kind.category();
        (self.categories.is_empty() || self.categories.contains(&category))
            && (self.failed.is_empty() || self.failed.contains(&entry.kind.is_failure()))
            && (!self.is_tiktok || category.is_of_tiktok())
            && (self.accounts.is_all() || entry.accounts.iter().any(|account| self.accounts.takes(account)))
            && self.resource.as_ref().is_none_or(|resource| *resource == entry.resource)
            && self
                .action
                .as_ref()
                .is_none_or(|action| [entry.kind.action(), entry.kind.as_str()].contains(&action.as_str()))
            && self.to.is_none_or(|to| entry.at <= to)
    }

    /// Whether nothing older is wanted.
    fn ends_before(&self, at: Timestamp) -> bool {
        self.from.is_some_and(|from| at < from)
    }
}

/// Part of what is wanted of the log, and where to go on if there may be more.
async fn read(
    app: &App,
    caller: &Caller,
    filter: &Filter,
    after: Option<LogKey>,
    limit: usize,
) -> Result<(Vec<LogEntry>, Option<LogKey>), ErrorResponse> {
    if filter.nothing {
        return Ok((Vec::new(), None));
    }
    let horizon = horizon(app, caller, Timestamp::now());
    // Nothing is read that is newer than what is wanted.
    let latest = filter.to.map(LogKey::behind);
    let (mut found, mut place, mut examined) = (Vec::new(), after.or(latest), 0);
    loop {
        let at_once =
            if filter.takes_all() && caller.reach.is_whole() { (limit - found.len()).min(AT_ONCE) } else { AT_ONCE };
        let (entries, more) = newest(app, &caller.reach, place.as_ref(), at_once).await?;
        examined += entries.len();
        let mut entries = entries.into_iter();
        for Entry { at, place: behind, shown } in entries.by_ref() {
            if at < horizon || filter.ends_before(at) {
                return Ok((found, None));
            }
            place = Some(behind);
            if let Some(Shown { entry, .. }) = shown.filter(|shown| filter.wants(&shown.entry)) {
                found.push(entry);
                if found.len() == limit {
                    break;
                }
            }
        }
        let is_over = !more && entries.next().is_none();
        if is_over {
            return Ok((found, None));
        }
        if found.len() == limit || examined >= MOST_EXAMINED {
            return Ok((found, place));
        }
    }
}

pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, LogKey::parse, &mut noted);
    let filter = Filter::read(&params, &mut noted.issues);
    let warnings = noted.finish(params.unknown())?;
    let (found, next) = read(&app, &caller, &filter, after, limit).await?;
    let page = LIST.page::<()>(&caller, limit, Vec::new(), next.as_ref().map(LogKey::as_str), warnings)?;
    let pagination = Pages { has_more: page.next_cursor.is_some(), next_cursor: page.next_cursor, limit };
    let events = found.iter().map(view::event).collect();
    let retention_days = terms(&app, &caller).limits.event_log_days.into();
    Ok(json(StatusCode::OK, &EventListView { events, pagination, retention_days, warnings: page.warnings }))
}

/// Counts what is wanted of the log, as far as one call looks.
pub(crate) async fn summary(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, .. } = LIST.paging(&params, &caller, LogKey::parse, &mut noted);
    let filter = Filter::read(&params, &mut noted.issues);
    let mut warnings = noted.finish(params.unknown())?;
    let (found, next) = read(&app, &caller, &filter, after, usize::MAX).await?;
    if next.is_some() {
        warnings.push(format!(
            "only the newest {MOST_EXAMINED} entries, or those next behind the cursor, were read; send from and to for \
             others"
        ));
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
    let retention_days = terms(&app, &caller).limits.event_log_days.into();
    let view =
        EventSummaryView { total, failed, by_category, by_error_category, inbox_breakdown, retention_days, warnings };
    Ok(json(StatusCode::OK, &view))
}

/// How far back the log goes by the tenant's plan. What endpoints are told of is there for as long as the longest plan
/// says, and shows again with a plan that goes further.
pub(crate) fn horizon(app: &App, caller: &Caller, now: Timestamp) -> Timestamp {
    now - terms(app, caller).log_kept_for()
}

/// What holds for the caller by its plan.
pub(crate) fn terms(app: &App, caller: &Caller) -> Terms {
    app.plans.of(caller.plan)
}
