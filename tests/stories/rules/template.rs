//! What must hold of the wiring, read from the template as the local stack reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use slipway_local::template::{Expression, Function, Queue, QueueTrigger, Table, Trigger};

use super::{sources, template, workspace};

const DAY: Duration = Duration::from_hours(24);

/// What the template declares.
struct Declared {
    functions: Vec<Function>,
    queues: Vec<Queue>,
    tables: Vec<Table>,
}

impl Declared {
    fn read() -> Self {
        Self::with(&[])
    }

    fn with(parameters: &[(&str, &str)]) -> Self {
        let (template, names) = template(parameters);
        let queues = template.queues(&names).unwrap();
        let (functions, tables) = (template.functions(&names).unwrap(), template.tables(&names).unwrap());
        assert!(functions.len() >= 8 && tables.len() >= 5, "they are found");
        Self { functions, queues, tables }
    }

    /// Each function with each queue that it works on.
    fn work(&self) -> Vec<(&Function, &QueueTrigger, &Queue)> {
        let work = self.functions.iter().flat_map(|function| {
            function.triggers.iter().filter_map(move |trigger| match trigger {
                Trigger::Queue(trigger) => Some((function, trigger)),
                Trigger::Http(_) | Trigger::Stream(_) | Trigger::Schedule(_) => None,
            })
        });
        let queue = |trigger: &QueueTrigger| self.queues.iter().find(|queue| queue.arn == trigger.queue_arn).unwrap();
        let work: Vec<_> = work.map(|(function, trigger)| (function, trigger, queue(trigger))).collect();
        assert!(work.len() >= 4, "the queues that functions work on are found");
        work
    }

    /// Each route of the API with its function.
    fn routes(&self) -> Vec<(&str, &Function)> {
        let routes = self.functions.iter().flat_map(|function| {
            function.triggers.iter().filter_map(move |trigger| match trigger {
                Trigger::Http(route) => Some((route.route_key.as_str(), function)),
                Trigger::Queue(_) | Trigger::Stream(_) | Trigger::Schedule(_) => None,
            })
        });
        let routes: Vec<_> = routes.collect();
        assert!(routes.len() >= 12, "the routes are found");
        routes
    }
}

#[test]
fn what_no_worker_can_deal_with_is_kept_as_a_dead_letter() {
    let declared = Declared::read();
    let mut sources = BTreeMap::new();
    for (function, _, queue) in declared.work() {
        let id = &queue.logical_id;
        let redrive = queue.redrive.as_ref();
        let redrive = redrive.unwrap_or_else(|| panic!("{id}: what {} can't deal with is lost", function.logical_id));
        let dead = declared.queues.iter().find(|other| other.name == redrive.dead_letters);
        let dead = dead.unwrap_or_else(|| panic!("{id}: its dead letters {} are not declared", redrive.dead_letters));
        // A letter's age counts from its first queue on, and a person has to come and read it.
        let (kept, dead_kept) = (queue.retention, dead.retention);
        assert!(dead_kept >= kept + DAY * 7, "{}: {dead_kept:?} is too short after {kept:?}", dead.logical_id);
        assert_eq!(dead.redrive, None, "{}: dead letters stay where they are", dead.logical_id);
        let other = sources.insert(&dead.name, id);
        assert!(other.is_none_or(|other| other == id), "{id} and {other:?} share their dead letters");
    }
    let worked_on: BTreeSet<&str> = declared.work().into_iter().map(|(_, _, queue)| queue.name.as_str()).collect();
    for queue in &declared.queues {
        let is_dead = sources.contains_key(&queue.name);
        assert_ne!(
            worked_on.contains(queue.name.as_str()),
            is_dead,
            "{}: either work or dead letters",
            queue.logical_id
        );
    }
}

/// Lambda's developer guide, "Configuring a queue to use with Lambda": a message stays hidden for six times as long as
/// its function may take, since Lambda repeats a throttled invocation meanwhile. Each of these times uses a receive up.
#[test]
fn throttled_receives_do_not_make_a_dead_letter() {
    for (function, trigger, queue) in Declared::read().work() {
        let (id, hidden) = (&queue.logical_id, queue.visibility_timeout);
        assert!(hidden >= function.timeout * 6 + trigger.batching_window, "{id}: {hidden:?} is too short");
        let outlasted = hidden * queue.redrive.as_ref().unwrap().max_receive_count;
        // Hours of throttling, and before SQS forgets the message itself.
        assert!(outlasted >= Duration::from_hours(5), "{id}: a dead letter after {outlasted:?}");
        assert!(outlasted < queue.retention, "{id}: forgotten before {outlasted:?} are over");
    }
}

/// A new account has 10 concurrent executions, an old one 1,000, and the API needs some.
#[test]
fn what_workers_may_use_at_once_is_bounded_and_set_by_parameters() {
    const PARAMETERS: [&str; 4] =
        ["TransferConcurrency", "ImportConcurrency", "StatusConcurrency", "DeliveryConcurrency"];
    let used = |parameters: &[(&str, &str)]| -> u32 {
        let declared = Declared::with(parameters);
        let most = declared.work().into_iter().map(|(function, trigger, _)| {
            trigger.maximum_concurrency.unwrap_or_else(|| panic!("{} takes all there is", function.logical_id))
        });
        most.sum()
    };
    let all = used(&[]);
    assert!(all <= 120, "{all} of 1,000: docs/concurrency.md says how many that is");
    // SQS takes no less. Of a new account's 10 that and the schedules leave nothing, and docs/concurrency.md says so.
    assert_eq!(used(&PARAMETERS.map(|name| (name, "2"))), 10);
    for name in PARAMETERS {
        assert!(used(&[(name, "2")]) < all, "{name} bounds nothing");
    }
}

/// That a message stays hidden for as long as its function may take is asked by whoever reads the template: Lambda
/// refuses anything else.
#[test]
fn every_queue_has_one_function_that_answers_for_each_message() {
    let declared = Declared::read();
    let mut functions = BTreeMap::new();
    for (function, trigger, queue) in declared.work() {
        let (id, queue_id) = (&function.logical_id, &queue.logical_id);
        // Without it SQS deletes what `work` says is to come back.
        assert!(trigger.reports_failures, "{id} on {queue_id}: ReportBatchItemFailures is missing");
        assert!(trigger.enabled, "{id} on {queue_id} is switched off");
        assert_eq!(functions.insert(queue_id, id), None, "{queue_id}: two functions take each other's messages");
    }
}

#[test]
fn the_sweep_comes_every_minute_and_tokens_are_renewed_every_five() {
    let minutes = [("sweep", 1), ("delete-tenants", 1), ("refresh-tokens", 5)];
    let mut often = BTreeMap::from(minutes.map(|(binary, minutes)| (binary, Duration::from_mins(minutes))));
    for function in &Declared::read().functions {
        for trigger in &function.triggers {
            let Trigger::Schedule(schedule) = trigger else { continue };
            let most = often.remove(function.binary.as_str());
            let most = most.unwrap_or_else(|| panic!("{}: say here how often it has to run", schedule.name));
            let Expression::Rate(rate) = schedule.expression;
            assert!(rate <= most, "{}: every {rate:?} is too seldom", schedule.name);
            assert!(function.timeout <= rate, "{}: a run of {:?} meets the next", schedule.name, function.timeout);
            assert!(schedule.enabled, "{} is switched off", schedule.name);
        }
    }
    assert!(often.is_empty(), "no schedule for {often:?}");
}

#[test]
fn what_is_written_with_a_time_to_live_does_not_live_for_ever() {
    let declared = Declared::read();
    let mut written = BTreeSet::new();
    for (path, text) in sources("shared/store/src") {
        let code = text.split("#[cfg(test)]").next().unwrap();
        if [
            "expires_at: Epoch,",
            "insert(EXPIRES_AT",
            ".set(EXPIRES_AT",
            "insert(\"expires_at\"",
            ".set(\"expires_at\"",
        ]
        .iter()
        .any(|writes| code.contains(writes))
        {
            // A module keeps the table of its name.
            let path = path.strip_prefix(workspace("shared/store/src")).unwrap().with_extension("");
            written.insert(path.iter().next().unwrap().to_str().unwrap().to_owned());
        }
    }
    // Media has none: it would be deleted behind the back of what counts the tenants' storage.
    assert_eq!(
        written,
        BTreeSet::from(["accounts", "events", "guards", "posts", "quota", "tenants", "webhooks"].map(str::to_owned)),
        "who writes it is found"
    );
    // Guards and quotas are in the table of what is made.
    let guarded = sources("shared/store/src").into_iter().filter(|(_, text)| text.contains("Guards::of(&self.client"));
    let guarded = guarded.map(|(path, _)| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let modules: BTreeSet<_> =
        written.into_iter().filter(|module| module != "guards" && module != "quota").chain(guarded).collect();
    assert_eq!(
        modules,
        BTreeSet::from(["accounts", "events", "media", "posts", "tenants", "webhooks"].map(str::to_owned))
    );
    for module in modules {
        let id = format!("{}{}Table", module[..1].to_uppercase(), &module[1..]);
        let table = declared.tables.iter().find(|table| table.logical_id == id).unwrap();
        assert_eq!(table.ttl_attribute.as_deref(), Some("expires_at"), "{id}");
    }
}

/// The paths that a function's code answers, as axum writes them.
fn answered(function: &Function) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (_, text) in sources(format!("functions/{}/src", function.binary)) {
        let code = text.split("#[cfg(test)]").next().unwrap();
        let named =
            code.split(".route(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
        paths.extend(named.map(str::to_owned));
        if let Some((_, path)) = code.split_once("const PATH: &str = \"") {
            paths.extend(path.split('"').next().map(str::to_owned));
        }
    }
    paths
}

/// The function that a path leads to, as API Gateway does it, as far as routes of ours go: by the path itself, or by the
/// longest beginning.
fn reached<'a>(routes: &BTreeMap<&str, &'a str>, path: &str) -> &'a str {
    let mut beginnings = path.match_indices('/').map(|(at, _)| &path[..=at]).filter(|start| *start != path).rev();
    let greedy = || beginnings.find_map(|start| routes.get(format!("{start}{{proxy+}}").as_str()));
    routes.get(path).or_else(greedy).unwrap_or(&routes["$default"])
}

/// The paths that reach, through the template, a function that answers them.
pub(super) fn paths_through_the_template() -> BTreeSet<String> {
    let declared = Declared::read();
    let routes = declared.routes().into_iter();
    let routes = routes.map(|(key, function)| (key.trim_start_matches("ANY "), function.logical_id.as_str())).collect();
    let mut paths = BTreeSet::new();
    for function in &declared.functions {
        let is_reached = |path: &String| reached(&routes, &path.replace(['{', '}'], "")) == function.logical_id;
        paths.extend(answered(function).into_iter().filter(is_reached));
    }
    paths
}

#[test]
fn every_route_reaches_one_function_and_that_one_answers_it() {
    let declared = Declared::read();
    let mut routes = BTreeMap::new();
    for (key, function) in declared.routes() {
        let id = function.logical_id.as_str();
        assert!(key == "$default" || key.starts_with("ANY /"), "{id}: {key}: the code says which methods there are");
        let other = routes.insert(key.trim_start_matches("ANY "), id);
        assert_eq!(other, None, "{key} is {id}'s, too");
    }
    assert!(routes.contains_key("$default"), "what nobody knows is answered");
    let reached = |path: &str| reached(&routes, path);
    let mut seen = 0;
    for function in &declared.functions {
        for path in answered(function) {
            let path = path.replace(['{', '}'], "");
            assert_eq!(reached(&path), function.logical_id, "{path} is answered by {}", function.binary);
            // With a slash at its end, it may be the default route that leads to the path without it.
            let slashed = reached(&format!("{}/", path.trim_end_matches('/')));
            assert!(
                [function.logical_id.as_str(), routes["$default"]].contains(&slashed),
                "{path}/ leads to {slashed}"
            );
            seen += 1;
        }
    }
    assert!(seen >= 25, "the code's routes are found: {seen}");
    for (path, id) in routes {
        let start = path.trim_end_matches("{proxy+}").trim_end_matches('/');
        let function = declared.functions.iter().find(|function| function.logical_id == id).unwrap();
        let is_answered = path == "$default" || answered(function).iter().any(|answered| answered.starts_with(start));
        assert!(is_answered, "{path} leads to {id}, which answers nothing there");
    }
}
