//! The clock of a world: as long as a story waits and nobody is at work, time passes, a minute at a time at first. Where
//! nothing but messages can bring what is waited for, it passes to the next one.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use super::World;

/// How far the clock jumps at first, in minutes, and from the minute on at which only an upload URL's hour can still be
/// waited for. The longer step lets a story that has lost a post fail soon.
const STEPS: [(u32, u32); 2] = [(0, 1), (20, 5)];
/// How often a story looks.
const TICK: Duration = Duration::from_millis(50);
/// For how many looks in a row nobody must be at work before time passes. TikTok thinks for two ticks.
const QUIET: u32 = 4;
/// How long a story waits in real time, however much is going on. Only a world that never rests gets there.
const PATIENCE: Duration = Duration::from_secs(150);

/// What keeps a post from being lost while time passes. A story that proves one net switches the other one off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nets {
    /// Messages that were not done with come back, and the sweep runs every minute.
    All,
    /// The sweep does not run.
    Redelivery,
    /// A message that is hidden or delayed is lost.
    Sweep,
}

impl Nets {
    /// For how long the world's clock runs: as long as the slowest way home may take. That is the longest visibility
    /// time-out, or an upload URL's hour.
    const fn patience(self) -> u32 {
        match self {
            Self::Redelivery => 100,
            Self::All | Self::Sweep => 80,
        }
    }
}

impl World {
    /// Asks again and again until there is an answer. The world's clock runs while nobody is at work, so that nothing is
    /// waited for in real time but work. `None` if its time is up: nothing that is still to come would bring the answer.
    pub(crate) async fn in_time<T>(&self, nets: Nets, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut quiet, mut minutes) = (0, 0);
        let asking = async {
            loop {
                tick.tick().await;
                if let Some(found) = ask().await {
                    return Some(found);
                }
                quiet = if self.stack.is_idle() { quiet + 1 } else { 0 };
                if quiet >= QUIET {
                    if minutes >= nets.patience() {
                        return None;
                    }
                    let step = match nets {
                        Nets::Redelivery => self.next_message().unwrap_or(step_at(minutes)),
                        Nets::All | Nets::Sweep => step_at(minutes),
                    };
                    self.pass(step, nets).await;
                    (quiet, minutes) = (0, minutes + step);
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.ok().flatten()
    }

    /// Lets so many hours pass, and then the sweep runs.
    pub(crate) async fn let_pass(&self, hours: u32) {
        self.pass(hours * 60, Nets::All).await;
    }

    /// Lets time pass for all at once: the queues, TikTok, and what the functions have stored.
    async fn pass(&self, minutes: u32, nets: Nets) {
        if nets == Nets::Sweep {
            self.lose_messages();
        }
        let step = Duration::from_mins(minutes.into());
        self.age_what_waits(step).await;
        self.tiktok.advance(step);
        self.stack.aws().sqs().advance(step);
        if nets != Nets::Redelivery {
            // A killed sweep answers nothing; the next one goes on.
            let _ = self.stack.run_schedule("SweepFunction").await;
        }
    }

    /// In how many minutes the next hidden message shows.
    fn next_message(&self) -> Option<u32> {
        let hidden = QUEUES.iter().filter_map(|queue| {
            let queue = self.stack.queue(queue).expect("a queue of the template");
            self.stack.aws().sqs().next_visible_in(queue).expect("the queue is there")
        });
        let next = hidden.min()?;
        u32::try_from(next.as_secs() / 60 + 1).ok()
    }

    /// Loses whatever is in the queues of posts.
    pub(crate) fn lose_messages(&self) {
        for queue in QUEUES {
            self.stack.aws().sqs().purge(self.stack.queue(queue).unwrap()).unwrap();
        }
    }

    /// Whether no delivery can be made before time passes.
    pub(crate) fn deliveries_wait_for_their_time(&self) -> bool {
        self.waits_for_its_time("DeliveriesQueue")
    }

    /// Whether no message of the queue is with a function, or could be.
    pub(crate) fn waits_for_its_time(&self, queue: &str) -> bool {
        let depth = self.stack.aws().sqs().depth(self.stack.queue(queue).unwrap()).unwrap();
        depth.visible == 0 && depth.in_flight == 0
    }

    /// Lets whatever is still on its way arrive, such as a look at the status of a post that is published.
    pub(crate) async fn rest(&self) {
        let is_empty = |queue: &&str| {
            let depth = self.stack.aws().sqs().depth(self.stack.queue(queue).unwrap()).unwrap();
            depth.total() == 0
        };
        let rests = async || (self.stack.is_idle() && QUEUES.iter().all(&is_empty)).then_some(());
        let rested = self.in_time(Nets::Redelivery, rests).await;
        assert!(rested.is_some(), "the world never rests:\n{}", self.story_of(""));
    }

    /// The functions' clock can't be moved. Instead, all moments that are stored about what waits move back: of
    /// targets in the `due` index, of imports, of media that is being deleted, and of tenants that are.
    async fn age_what_waits(&self, by: Duration) {
        let by = SignedDuration::try_from(by).expect("minutes");
        let client = &self.dynamodb;
        for (table, what_waits) in WAITING {
            let table = self.stack.table(table).unwrap();
            let scan = client.scan().table_name(table).filter_expression("attribute_exists(#waits)");
            let page = scan.expression_attribute_names("#waits", what_waits).send().await.expect("the table is read");
            for item in page.items.unwrap_or_default() {
                let put =
                    client.put_item().table_name(table).condition_expression("version = :version AND due_at = :due");
                let put = put.expression_attribute_values(":version", item["version"].clone());
                let put = put.expression_attribute_values(":due", item["due_at"].clone());
                // Whoever has written meanwhile is at work, and right.
                let put = put.set_item(Some(aged(item, by)));
                let _ = put.send().await;
            }
        }
        self.age_endpoints(by).await;
        self.age_paces(by).await;
    }

    /// Lets time pass for endpoints that fail.
    async fn age_endpoints(&self, by: SignedDuration) {
        let (client, table) = (&self.dynamodb, self.stack.table("WebhooksTable").unwrap());
        let scan = client.scan().table_name(table).filter_expression("attribute_exists(failing_since)");
        for item in scan.send().await.expect("the table is read").items.unwrap_or_default() {
            let put = client.put_item().table_name(table).condition_expression("failing_since = :since");
            let put = put.expression_attribute_values(":since", item["failing_since"].clone());
            let _ = put.set_item(Some(aged(item, by))).send().await;
        }
    }

    /// Lets time pass for what was begun for each account, and for nothing else.
    pub(crate) async fn age_paces(&self, by: SignedDuration) {
        let (client, table) = (&self.dynamodb, self.stack.table("AccountsTable").unwrap());
        let scan = client.scan().table_name(table).filter_expression("attribute_exists(pace)");
        for item in scan.send().await.expect("the table is read").items.unwrap_or_default() {
            let key = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
            let mut update = client.update_item().table_name(table).set_key(Some(key.into()));
            let mut set = "SET pace = :pace".to_owned();
            // That of an account that was disconnected ends by itself.
            if let Some(ends) = item.get("expires_at") {
                set += ", expires_at = :ends";
                update = update.expression_attribute_values(":ends", aged_seconds(ends.clone(), by));
            }
            let update = update.update_expression(set).condition_expression("pace = :seen");
            let update = update.expression_attribute_values(":seen", item["pace"].clone());
            // Whoever has written meanwhile is at work, and right.
            let _ = update.expression_attribute_values(":pace", aged_seconds(item["pace"].clone(), by)).send().await;
        }
    }
}

/// In what table what waits has which attribute.
const WAITING: [(&str, &str); 6] = [
    ("AccountsTable", "due_at"),
    ("PostsTable", "due_at"),
    ("MediaTable", "import"),
    ("MediaTable", "deleting_since"),
    ("WebhooksTable", "due_at"),
    ("TenantsTable", "due_at"),
];

const QUEUES: [&str; 5] =
    ["TransfersQueue", "StatusChecksQueue", "TikTokEventsQueue", "ImportsQueue", "DeliveriesQueue"];

/// How many minutes the clock jumps when so many have passed.
fn step_at(minutes: u32) -> u32 {
    STEPS.iter().rev().find(|(from, _)| minutes >= *from).map_or(1, |(_, step)| *step)
}

/// All numbers in it are seconds since 1970.
fn aged_seconds(value: AttributeValue, step: SignedDuration) -> AttributeValue {
    match value {
        AttributeValue::N(number) => {
            AttributeValue::N((number.parse::<i64>().expect("seconds") - step.as_secs()).to_string())
        }
        AttributeValue::L(values) => {
            AttributeValue::L(values.into_iter().map(|value| aged_seconds(value, step)).collect())
        }
        AttributeValue::M(fields) => {
            AttributeValue::M(fields.into_iter().map(|(name, value)| (name, aged_seconds(value, step))).collect())
        }
        other => other,
    }
}

fn aged(item: HashMap<String, AttributeValue>, step: SignedDuration) -> HashMap<String, AttributeValue> {
    let fields = item.into_iter().map(|(name, value)| {
        let value = match value {
            AttributeValue::S(text) => {
                AttributeValue::S(text.parse::<Timestamp>().map_or(text, |at| (at - step).to_string()))
            }
            AttributeValue::N(number) if name == "due_at" => {
                AttributeValue::N((number.parse::<i64>().expect("seconds") - step.as_secs()).to_string())
            }
            AttributeValue::M(fields) => AttributeValue::M(aged(fields, step)),
            other => other,
        };
        (name, value)
    });
    fields.collect()
}
