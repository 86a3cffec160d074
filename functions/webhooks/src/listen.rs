//! `GET /v1/webhooks/listen`: deliveries for somebody without a public address, who asks for them.
//!
//! A listener is a temporary endpoint that is stored nowhere. Who asks first gets its id and its secret, and a cursor;
//! who asks with the cursor gets what the log holds since then, signed as any endpoint's deliveries are. So it costs
//! nobody anything while nobody asks, and there is nothing to delete. The secret follows from the id, the tenant and what
//! only this deployment knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use slipway_contract::fields::quoted;
use slipway_contract::listen::{ListenView, ListenedView};
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::lifetimes::LATE_ENTRY;
use slipway_domain::limits::ITEMS_BY_DEFAULT;
use slipway_domain::webhook::MAX_FILTERS;
use slipway_domain::{AccountId, BrandId, DeliveryId, EventType, LogKey, Reach, WebhookId};
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::{Answer, ErrorResponse, Params, json};
use slipway_store::events::LogEntry;
use slipway_store::webhooks::wants;
use slipway_webhooks::{Secret, body, headers};
use uuid::Uuid;

use crate::entries::{Entry, since};
use crate::log::horizon;
use crate::{App, fields};

/// What comes is a list of its own.
const LIST: List = List {
    name: "listen",
    default_limit: ITEMS_BY_DEFAULT,
    filters: &[],
    several: &["events", "account_ids", "brand_ids"],
};

/// Who listens, and how far: what a cursor holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listener {
    id: WebhookId,
    /// Everything up to here was seen.
    from: LogKey,
    /// What was seen behind it.
    seen: BTreeSet<String>,
}

/// What is listened for.
struct Wishes {
    events: Vec<EventType>,
    accounts: Vec<AccountId>,
    brands: Vec<BrandId>,
}

pub(crate) async fn listen(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, Listener::parse, &mut noted);
    let wishes = Wishes::read(&params, &mut noted.issues);
    let warnings = noted.finish(params.unknown())?;
    fields::must_be_known(&app, &caller, &wishes.accounts, &wishes.brands).await?;
    let reach = wishes.within(&caller);
    let (listener, told) = match after {
        // Whoever begins to listen has the secret to learn first.
        None => (Listener::new(Timestamp::now()), Vec::new()),
        Some(mut listener) => {
            let told = hear((&app, &caller), &reach, &mut listener, &wishes, limit).await?;
            (listener, told)
        }
    };
    let secret = listener.secret(&caller);
    let now = Timestamp::now();
    let deliveries = told.iter().map(|entry| listener.delivery(entry, &secret, now)).collect::<Result<Vec<_>, _>>()?;
    let next = LIST.page::<()>(&caller, limit, Vec::new(), Some(&listener.text()), Vec::new())?.next_cursor;
    Ok(json(
        StatusCode::OK,
        &ListenView {
            listener_id: listener.id.clone(),
            secret: secret.text().expose_secret().to_owned().into(),
            deliveries,
            next_cursor: next.unwrap_or_default(),
            warnings,
        },
    ))
}

/// What is new for the listener. An answer never waits for something to tell: whoever waits here holds a process that
/// others need.
async fn hear(
    (app, caller): (&App, &Caller),
    reach: &Reach,
    listener: &mut Listener,
    wishes: &Wishes,
    limit: usize,
) -> Result<Vec<LogEntry>, ErrorResponse> {
    let now = Timestamp::now();
    // A cursor that was kept for long tells no more than the log shows.
    listener.go_on_from(horizon(app, caller, now));
    let (entries, more) = since(app, reach, &listener.from, LIST_AT_ONCE).await?;
    let (new, full) = listener.take(entries, limit);
    let told = new.into_iter().filter_map(|new| Some(new.shown?.entry)).filter(|entry| wishes.wants(entry)).collect();
    if !full && !more {
        listener.go_on_from(now - LATE_ENTRY);
    }
    Ok(told)
}

/// How many entries are read at once, and how many a cursor remembers.
const LIST_AT_ONCE: usize = 100;

impl Wishes {
    fn read(params: &Params, issues: &mut Vec<Issue>) -> Self {
        let events: BTreeSet<_> =
            params.each("events").filter_map(|text| fields::event_type(text, "events", issues)).collect();
        Self {
            // What is not said is everything that anybody is told of.
            events: if events.is_empty() { told_of() } else { events.into_iter().collect() },
            accounts: ids(params, "account_ids", issues),
            brands: ids(params, "brand_ids", issues),
        }
    }

    /// The brands that are named, each of which is within the key's reach, or all that the key reaches.
    fn within(&self, caller: &Caller) -> Reach {
        caller.reach.of(self.brands.iter().cloned()).unwrap_or_else(|| caller.reach.clone())
    }

    /// Whether an entry is wanted that is within the reach.
    fn wants(&self, entry: &LogEntry) -> bool {
        wants(&self.events, &self.accounts, &[], entry, &[])
    }
}

fn told_of() -> Vec<EventType> {
    EventType::ALL.iter().copied().filter(|event| event.is_delivered()).collect()
}

fn ids<T: std::str::FromStr + Ord>(params: &Params, name: &'static str, issues: &mut Vec<Issue>) -> Vec<T> {
    let mut ids = BTreeSet::new();
    for text in params.each(name) {
        match text.parse() {
            Ok(id) => _ = ids.insert(id),
            Err(_) => issues.push(Issue::invalid(name, format!("{} is none", quoted(text)), "Leave it out.")),
        }
    }
    if ids.len() > MAX_FILTERS {
        let message = format!("{name} names more than {MAX_FILTERS}");
        issues.push(Issue::invalid(name, message, "Name fewer, or none for all."));
    }
    ids.into_iter().collect()
}

impl Listener {
    fn new(now: Timestamp) -> Self {
        Self { id: WebhookId::from_uuid(Uuid::now_v7()), from: LogKey::at(now), seen: BTreeSet::new() }
    }

    /// Of what stands behind `from`, what was not seen before, at most so much, and whether that was the limit. From now
    /// on it is seen.
    fn take(&mut self, entries: Vec<Entry>, limit: usize) -> (Vec<Entry>, bool) {
        let (mut new, mut last, mut full) = (Vec::new(), None, false);
        for entry in entries {
            if self.seen.contains(&name(&entry.place)) {
                continue;
            }
            full = new.len() == limit;
            if full {
                break;
            }
            self.seen.insert(name(&entry.place));
            last = Some(entry.place.clone());
            new.push(entry);
        }
        // What shows late is looked for behind the same place, however many calls it takes to tell of what stands there.
        // But a cursor is to stay short.
        if self.seen.len() >= LIST_AT_ONCE
            && let Some(last) = last
        {
            self.from = last;
        }
        self.forget();
        (new, full)
    }

    /// Nothing from before this time is read again.
    fn go_on_from(&mut self, at: Timestamp) {
        let at = LogKey::at(at);
        if at.as_str() > self.from.as_str() {
            self.from = at;
            self.forget();
        }
    }

    /// Forgets what is not read again.
    fn forget(&mut self) {
        let from = time(self.from.as_str()).to_owned();
        self.seen.retain(|seen| time(seen) >= from.as_str());
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let (id, from) = (parts.next()?.parse().ok()?, LogKey::parse(parts.next()?)?);
        Some(Self { id, from, seen: parts.map(str::to_owned).collect() })
    }

    fn text(&self) -> String {
        let parts = [self.id.as_str(), self.from.as_str()].into_iter().chain(self.seen.iter().map(String::as_str));
        parts.collect::<Vec<_>>().join(" ")
    }

    fn secret(&self, caller: &Caller) -> Secret {
        Secret::of(&caller.keyring.secret(&format!("listener {} of {}", self.id, caller.tenant())))
    }

    /// A delivery, as it would be sent at this moment.
    fn delivery(&self, entry: &LogEntry, secret: &Secret, now: Timestamp) -> Result<ListenedView, ErrorResponse> {
        let id = DeliveryId::of(&entry.id, &self.id, entry.at);
        let body = body(entry.kind, &entry.data).map_err(|error| ErrorResponse::internal(&error))?;
        let secrets = std::slice::from_ref(secret);
        let headers = headers(secrets, &id, entry.kind, &body, now).map_err(|error| ErrorResponse::internal(&error))?;
        let headers = headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())));
        Ok(ListenedView {
            id,
            event_type: entry.kind,
            created_at: entry.at.into(),
            headers: headers.collect::<BTreeMap<_, String>>().into(),
            body: String::from_utf8_lossy(&body).into_owned().into(),
        })
    }
}

/// By what a place is remembered: its time, and enough of its id to tell it from others of the same time.
fn name(place: &LogKey) -> String {
    let (at, id) = place.as_str().split_once('#').unwrap_or_default();
    let tail = id.len().saturating_sub(8);
    format!("{at}{}", id.get(tail..).unwrap_or_default())
}

/// The time of a place, or of what it is remembered by.
fn time(place: &str) -> &str {
    place.get(..LogKey::TIME).unwrap_or_default()
}

#[cfg(test)]
mod tests;
