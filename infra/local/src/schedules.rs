//! Schedules: EventBridge's events, at EventBridge's times.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::lambda::Lambda;
use crate::logs::Logs;
use crate::template::{ACCOUNT_ID, Expression, ScheduleKind, ScheduleTrigger};

/// A schedule and the function it fires.
#[derive(Clone)]
pub(crate) struct Schedule {
    /// The function's logical id.
    pub(crate) function: String,
    pub(crate) region: String,
    pub(crate) trigger: ScheduleTrigger,
}

impl Schedule {
    /// Fires until dropped; the first time one period from now. A run that still goes on does not hold up the next.
    pub(crate) async fn run(self, lambda: Arc<Lambda>, logs: Logs) {
        let Expression::Rate(period) = self.trigger.expression;
        let mut times = interval_at(Instant::now() + period, period);
        // A machine that slept catches up with one run, not with all that it missed.
        times.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut runs = JoinSet::new();
        loop {
            times.tick().await;
            while runs.try_join_next().is_some() {}
            let (function, event) = (self.function.clone(), self.payload(Timestamp::now()));
            let (lambda, logs, name) = (Arc::clone(&lambda), logs.clone(), self.trigger.name.clone());
            runs.spawn(async move {
                if let Err(error) = lambda.invoke(&function, event).await {
                    logs.platform(&function, None, format!("schedule {name}: {error}"));
                }
            });
        }
    }

    /// The event of a run at this moment.
    pub(crate) fn payload(&self, now: Timestamp) -> Bytes {
        let event = self.trigger.input.clone().unwrap_or_else(|| self.usual(now));
        Bytes::from(event.to_string())
    }

    fn usual(&self, now: Timestamp) -> Json {
        let (source, arn, detail) = match self.trigger.kind {
            // Scheduler writes the empty detail as a string, rules as an object.
            ScheduleKind::Scheduler => ("aws.scheduler", "scheduler", Json::from("{}")),
            ScheduleKind::Rule => ("aws.events", "events", json!({})),
        };
        let kind = match self.trigger.kind {
            ScheduleKind::Scheduler => "schedule/default",
            ScheduleKind::Rule => "rule",
        };
        json!({
            "version": "0",
            "id": uuid::Uuid::now_v7().to_string(),
            "detail-type": "Scheduled Event",
            "source": source,
            "account": ACCOUNT_ID,
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": self.region,
            "resources": [format!("arn:aws:{arn}:{}:{ACCOUNT_ID}:{kind}/{}", self.region, self.trigger.name)],
            "detail": detail,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn payload(kind: ScheduleKind, input: Option<Json>) -> Json {
        let trigger = ScheduleTrigger {
            name: "SweepEveryMinute".to_owned(),
            expression: Expression::Rate(Duration::from_mins(1)),
            input,
            kind,
            enabled: true,
        };
        let schedule = Schedule { function: "Sweep".to_owned(), region: "us-east-1".to_owned(), trigger };
        serde_json::from_slice(&schedule.payload("2026-11-22T12:00:00.25Z".parse().unwrap())).unwrap()
    }

    #[test]
    fn the_event_says_which_schedule_fired_and_when() {
        let mut event = payload(ScheduleKind::Scheduler, None);
        assert!(event["id"].take().is_string());
        let expected = json!({
            "version": "0",
            "id": null,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": "000000000000",
            "time": "2026-11-22T12:00:00Z",
            "region": "us-east-1",
            "resources": ["arn:aws:scheduler:us-east-1:000000000000:schedule/default/SweepEveryMinute"],
            "detail": "{}",
        });
        assert_eq!(event, expected);
        let rule = payload(ScheduleKind::Rule, None);
        assert_eq!(rule["resources"][0], "arn:aws:events:us-east-1:000000000000:rule/SweepEveryMinute");
        assert_eq!((&rule["source"], &rule["detail"]), (&json!("aws.events"), &json!({})));
    }

    #[test]
    fn an_input_of_its_own_takes_the_events_place() {
        assert_eq!(payload(ScheduleKind::Rule, Some(json!({ "do": "it" }))), json!({ "do": "it" }));
    }
}
