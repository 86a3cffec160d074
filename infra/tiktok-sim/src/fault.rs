//! Faults on demand: rules that say which requests go wrong, and how.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;
use crate::ledger::FailReason;

/// A rule: when it matches, its action happens.
///
/// ```
/// use tiktok_sim::{Action, Endpoint, Fault};
/// // The third chunk is stored, but its answer is a 503; once.
/// let fault = Fault::on(Endpoint::Upload, Action::StatusAfter { status: 503, code: None }).chunk(2).times(1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests (or webhooks) the rule is about.
    #[serde(rename = "match", default)]
    pub when: Match,
    /// What happens to them.
    pub action: Action,
}

/// Which requests a rule is about. Every field given must fit; `nth`, `every` and `times` count the fitting ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Only this endpoint.
    pub endpoint: Option<Endpoint>,
    /// Only requests on behalf of this `open_id`.
    pub user: Option<String>,
    /// Only requests about this publish.
    pub publish_id: Option<String>,
    /// Only PUTs of this chunk, counted from 0 by the first byte of their range.
    pub chunk: Option<u64>,
    /// Only webhooks of this event name.
    pub event: Option<String>,
    /// Only the n-th fitting request, counted from 1.
    pub nth: Option<u64>,
    /// Only every n-th fitting request.
    pub every: Option<u64>,
    /// At most this many times.
    pub times: Option<u64>,
}

/// What a rule does. "Before" leaves the request without effect, "after" lets it take effect and loses the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Answers this status instead of doing anything.
    StatusBefore {
        /// HTTP status.
        status: u16,
        /// `error.code`; by default `rate_limit_exceeded` for 429 and `internal_error` otherwise.
        #[serde(default)]
        code: Option<String>,
    },
    /// Does everything and then answers this status: a lost answer. On [`Endpoint::Refresh`]: a lost rotation.
    StatusAfter {
        /// HTTP status.
        status: u16,
        /// `error.code`, as above.
        #[serde(default)]
        code: Option<String>,
    },
    /// 429 `rate_limit_exceeded`; with `times`, a burst of them.
    RateLimited,
    /// Closes the connection without doing anything.
    CutBefore,
    /// Does everything and then closes the connection without an answer.
    CutAfter,
    /// Closes the connection after this many bytes of the request's body; nothing of it counts.
    CutInBody {
        /// Bytes of the body taken.
        after_bytes: u64,
    },
    /// Does everything, and closes the connection after this many bytes of the answer's body.
    CutInAnswer {
        /// Bytes of the answer sent.
        after_bytes: usize,
    },
    /// Waits first, in real time.
    Delay {
        /// Milliseconds.
        millis: u64,
    },
    /// Does everything at once, and waits before it answers, in real time: an answer too late for whoever gave up.
    DelayAnswer {
        /// Milliseconds.
        millis: u64,
    },
    /// Reads the body of a PUT no faster than this.
    SlowBody {
        /// Bytes a second.
        bytes_per_second: u64,
    },
    /// The access token of the request's user has just expired.
    ExpireAccessToken,
    /// The upload URL of the request's publish has just expired.
    ExpireUpload,
    /// The request's publish stays in PROCESSING for ever (or until told otherwise).
    StickProcessing,
    /// The verdict on the request's publish will be FAILED.
    FailPublish {
        /// The reason.
        reason: FailReason,
    },
    /// The publish is through and its webhook delivered before the last chunk's 201 is sent.
    WebhookFirst,
    /// The webhook is delivered twice.
    DuplicateWebhook,
    /// The webhook is never delivered.
    WithholdWebhook,
    /// The webhook is delivered after the next one (or after 30 simulated seconds, if none follows).
    ReorderWebhook,
}

impl Fault {
    /// A rule about one endpoint.
    pub fn on(endpoint: Endpoint, action: Action) -> Self {
        Self { when: Match { endpoint: Some(endpoint), ..Match::default() }, action }
    }

    /// Only for this user.
    #[must_use]
    pub fn user(mut self, open_id: impl Into<String>) -> Self {
        self.when.user = Some(open_id.into());
        self
    }

    /// Only for this publish.
    #[must_use]
    pub fn publish_id(mut self, publish_id: impl Into<String>) -> Self {
        self.when.publish_id = Some(publish_id.into());
        self
    }

    /// Only for this chunk, counted from 0.
    #[must_use]
    pub fn chunk(mut self, index: u64) -> Self {
        self.when.chunk = Some(index);
        self
    }

    /// Only for webhooks of this event.
    #[must_use]
    pub fn event(mut self, event: impl Into<String>) -> Self {
        self.when.event = Some(event.into());
        self
    }

    /// Only the n-th fitting request, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.when.nth = Some(nth);
        self
    }

    /// Only every n-th fitting request.
    #[must_use]
    pub fn every(mut self, every: u64) -> Self {
        self.when.every = Some(every);
        self
    }

    /// At most this many times.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.when.times = Some(times);
        self
    }
}

/// The handle of a rule that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultId(pub u64);

/// A rule with its counters, as the control API lists it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActiveFault {
    /// Its handle.
    pub id: FaultId,
    /// The rule.
    #[serde(flatten)]
    pub fault: Fault,
    /// Requests that fitted so far.
    pub seen: u64,
    /// Times it acted.
    pub fired: u64,
}

/// What rules are matched against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion<'a> {
    pub endpoint: Endpoint,
    pub user: Option<&'a str>,
    pub publish_id: Option<&'a str>,
    pub chunk: Option<u64>,
    pub event: Option<&'a str>,
}

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    active: Vec<ActiveFault>,
    added: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) -> FaultId {
        self.added += 1;
        let id = FaultId(self.added);
        self.active.push(ActiveFault { id, fault, seen: 0, fired: 0 });
        id
    }

    pub(crate) fn remove(&mut self, id: FaultId) -> bool {
        let before = self.active.len();
        self.active.retain(|active| active.id != id);
        self.active.len() < before
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    pub(crate) fn list(&self) -> &[ActiveFault] {
        &self.active
    }

    /// Counts the occasion on every rule that fits and returns the actions of those that fire, in order of addition.
    pub(crate) fn fire(&mut self, occasion: Occasion<'_>) -> Vec<Action> {
        self.active
            .iter_mut()
            .filter(|active| active.fault.when.fits(occasion))
            .filter_map(ActiveFault::count)
            .collect()
    }
}

impl ActiveFault {
    fn count(&mut self) -> Option<Action> {
        self.seen += 1;
        let when = &self.fault.when;
        let fires = when.nth.is_none_or(|nth| nth == self.seen)
            && when.every.is_none_or(|every| every > 0 && self.seen.is_multiple_of(every))
            && when.times.is_none_or(|times| self.fired < times);
        fires.then(|| {
            self.fired += 1;
            self.fault.action.clone()
        })
    }
}

impl Match {
    fn fits(&self, occasion: Occasion<'_>) -> bool {
        self.endpoint.is_none_or(|endpoint| endpoint == occasion.endpoint)
            && (self.endpoint.is_some() || occasion.endpoint != Endpoint::Webhook || self.event.is_some())
            && fits(self.user.as_deref(), occasion.user)
            && fits(self.publish_id.as_deref(), occasion.publish_id)
            && fits(self.event.as_deref(), occasion.event)
            && self.chunk.is_none_or(|chunk| Some(chunk) == occasion.chunk)
    }
}

fn fits(wanted: Option<&str>, given: Option<&str>) -> bool {
    wanted.is_none() || wanted == given
}

/// The actions of one request, sorted by when they matter.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Names of the actions, for the ledger.
    pub names: BTreeSet<String>,
    pub delay: Duration,
    pub delay_answer: Duration,
    pub before: Option<Instead>,
    pub after: Option<Instead>,
    pub cut_in_body: Option<u64>,
    pub cut_in_answer: Option<usize>,
    pub bytes_per_second: Option<u64>,
    pub expire_access_token: bool,
    pub marks: Marks,
    pub expire_upload: bool,
}

/// What a request's faults do to its publish.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marks {
    pub stick: bool,
    pub fail: Option<FailReason>,
    pub webhook_first: bool,
}

/// What comes instead of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Instead {
    Status(u16, Option<String>),
    Cut,
}

impl Plan {
    pub(crate) fn of(actions: Vec<Action>) -> Self {
        let mut plan = Self::default();
        for action in actions {
            plan.names.insert(action.name());
            match action {
                Action::StatusBefore { status, code } => plan.before = Some(Instead::Status(status, code)),
                Action::StatusAfter { status, code } => plan.after = Some(Instead::Status(status, code)),
                Action::RateLimited => plan.before = Some(Instead::Status(429, None)),
                Action::CutBefore => plan.before = Some(Instead::Cut),
                Action::CutAfter => plan.after = Some(Instead::Cut),
                Action::CutInBody { after_bytes } => plan.cut_in_body = Some(after_bytes),
                Action::CutInAnswer { after_bytes } => plan.cut_in_answer = Some(after_bytes),
                Action::Delay { millis } => plan.delay += Duration::from_millis(millis),
                Action::DelayAnswer { millis } => plan.delay_answer += Duration::from_millis(millis),
                Action::SlowBody { bytes_per_second } => plan.bytes_per_second = Some(bytes_per_second.max(1)),
                Action::ExpireAccessToken => plan.expire_access_token = true,
                Action::ExpireUpload => plan.expire_upload = true,
                Action::StickProcessing => plan.marks.stick = true,
                Action::FailPublish { reason } => plan.marks.fail = Some(reason),
                Action::WebhookFirst => plan.marks.webhook_first = true,
                Action::DuplicateWebhook | Action::WithholdWebhook | Action::ReorderWebhook => {}
            }
        }
        plan
    }
}

impl Action {
    fn name(&self) -> String {
        let tagged = serde_json::to_value(self).unwrap_or_default();
        tagged.get("type").and_then(|name| name.as_str()).unwrap_or_default().to_owned()
    }
}
