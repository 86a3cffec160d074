//! Environments: what a function reads, and what the template gives it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use slipway_local::template::{Names, Template};
use slipway_runtime::config::{Env, FromEnv};

/// Fails unless the template gives a function, by its logical id, each variable that its configuration reads, and no
/// other.
#[track_caller]
pub fn reads_what_it_is_given<C: FromEnv>(function: &str) {
    let environment = environment(function);
    let given: BTreeSet<String> = environment.keys().cloned().collect();
    let read: BTreeSet<String> = Env::names::<C>().into_iter().map(str::to_owned).collect();
    assert_eq!(given, read, "{function}: what template.yaml gives it, and what it reads");
    assert!(Env::from(environment).load::<C>().is_ok(), "{function}: what it is given can be read");
}

/// What a function, by its logical id, is told where the operator changes nothing.
#[must_use]
pub fn configuration_of<C: FromEnv>(function: &str) -> C {
    Env::from(environment(function)).load().expect("what it is given can be read")
}

fn environment(function: &str) -> BTreeMap<String, String> {
    let parameters = ["TikTokClientKey", "TikTokClientSecret"].map(|name| (name.to_owned(), "x".to_owned()));
    let template = Template::read(Path::new(slipway_local::TEMPLATE), &BTreeMap::from(parameters)).expect("it is read");
    let names =
        Names { region: "us-east-1".to_owned(), api_url: "http://localhost".to_owned(), queue_urls: BTreeMap::new() };
    let queues = template.queues(&names).expect("the queues are read");
    let queue_urls = queues.into_iter().map(|queue| (queue.logical_id, format!("http://localhost/{}", queue.name)));
    let names = Names { queue_urls: queue_urls.collect(), ..names };
    let functions = template.functions(&names).expect("the functions are read");
    let declared = functions.into_iter().find(|declared| declared.logical_id == function).expect("it is declared");
    declared.environment.0
}
