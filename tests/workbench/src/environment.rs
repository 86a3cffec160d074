//! Environments: what a function reads, and what the template gives it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use slipway_http::deadline::OF_REQUESTS;
use slipway_local::template::{Environment, Function, Names, Template, Trigger};
use slipway_runtime::config::{Env, FromEnv};

/// Fails unless the template gives a function, by its logical id, each variable that its configuration reads, and no
/// other, and a function with routes no more time than [`OF_REQUESTS`].
#[track_caller]
pub fn reads_what_it_is_given<C: FromEnv>(function: &str) {
    let Function { environment: Environment(environment), triggers, timeout, .. } = declared(function);
    let is_asked = triggers.iter().any(|trigger| matches!(trigger, Trigger::Http(_)));
    assert!(!is_asked || timeout <= OF_REQUESTS, "{function}: it may take {timeout:?}, and counts on {OF_REQUESTS:?}");
    let given: BTreeSet<String> = environment.keys().cloned().collect();
    let read: BTreeSet<String> = Env::names::<C>().into_iter().map(str::to_owned).collect();
    assert_eq!(given, read, "{function}: what template.yaml gives it, and what it reads");
    assert!(Env::from(environment).load::<C>().is_ok(), "{function}: what it is given can be read");
}

/// What a function, by its logical id, is told where the operator changes nothing.
#[must_use]
pub fn configuration_of<C: FromEnv>(function: &str) -> C {
    Env::from(declared(function).environment.0).load().expect("what it is given can be read")
}

/// How long a function, by its logical id, may take.
#[must_use]
pub fn timeout_of(function: &str) -> Duration {
    declared(function).timeout
}

fn declared(function: &str) -> Function {
    let parameters = ["TikTokClientKey", "TikTokClientSecret"].map(|name| (name.to_owned(), "x".to_owned()));
    let template = Template::read(Path::new(slipway_local::TEMPLATE), &BTreeMap::from(parameters)).expect("it is read");
    let names =
        Names { region: "us-east-1".to_owned(), api_url: "http://localhost".to_owned(), queue_urls: BTreeMap::new() };
    let queues = template.queues(&names).expect("the queues are read");
    let queue_urls = queues.into_iter().map(|queue| (queue.logical_id, format!("http://localhost/{}", queue.name)));
    let names = Names { queue_urls: queue_urls.collect(), ..names };
    let functions = template.functions(&names).expect("the functions are read");
    functions.into_iter().find(|declared| declared.logical_id == function).expect("it is declared")
}
