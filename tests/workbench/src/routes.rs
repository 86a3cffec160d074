//! The routes of an HTTP function as a table, and what holds for every route whatever it does: who may call it, and
//! whose objects it finds.
//!
//! The table stands in the function's tests and is compared with its sources, so that no route is without a row.
#![expect(clippy::panic, reason = "what can not be read fails the test")]

mod sources;

use std::collections::BTreeSet;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use http::Request;
use serde_json::{Map, Value};

use crate::{Answer, Bench, Caller, new_tenant};

/// A route, and what a key needs for it.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path as the router has it.
    pub path: &'static str,
    /// What a caller needs.
    pub needs: Needs,
}

/// What a caller of a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A key with this scope.
    Scope(&'static str),
    /// A key without restrictions.
    Unrestricted,
    /// A key, whatever it may do.
    AnyKey,
    /// No key: browsers and TikTok come here.
    Nothing,
}

/// An object that a path leads to.
#[derive(Debug)]
pub struct Object {
    /// What paths to it begin with; its id follows.
    pub at: &'static str,
    /// Its id.
    pub id: String,
    /// The code that says that there is no such object.
    pub not_found: &'static str,
}

/// Every scope that a key may have.
const SCOPES: [&str; 8] = [
    "accounts:read",
    "accounts:manage",
    "posts:read",
    "posts:write",
    "media:read",
    "media:write",
    "webhooks:manage",
    "analytics:read",
];

/// A row of the table.
pub const fn route(method: &'static str, path: &'static str, scope: &'static str) -> Route {
    Route { method, path, needs: Needs::Scope(scope) }
}

/// A row of the table for a route that a restricted key may not use.
pub const fn unrestricted(method: &'static str, path: &'static str) -> Route {
    Route { method, path, needs: Needs::Unrestricted }
}

/// A row of the table for a route that every key may use.
pub const fn keyed(method: &'static str, path: &'static str) -> Route {
    Route { method, path, needs: Needs::AnyKey }
}

/// A row of the table for a route without a key.
pub const fn open(method: &'static str, path: &'static str) -> Route {
    Route { method, path, needs: Needs::Nothing }
}

/// The tests that every table needs: it is complete, and holds for the service that `start` starts, whose fields are its
/// `bench` and its `router`. These POSTs do the same when they are repeated, and take no `Idempotency-Key`.
#[macro_export]
macro_rules! guard_tests {
    ($table:ident of $start:path, by |$service:ident| $caller:expr, the same again: [$($path:literal),*]) => {
        #[test]
        fn every_route_has_a_row() {
            $crate::routes::assert_complete(&$table, env!("CARGO_MANIFEST_DIR"));
        }

        #[tokio::test]
        async fn every_route_demands_a_key_with_its_scope_and_no_other() {
            let service = $start().await;
            $crate::routes::assert_guarded(&service.bench, &service.router, &$table).await;
        }

        #[tokio::test]
        async fn every_post_takes_an_idempotency_key_or_needs_none() {
            let $service = $start().await;
            let caller = &$caller;
            $crate::routes::assert_posts_take_a_key(&$service.router, &$table, caller, &[$($path),*]).await;
        }
    };
}

/// The table has a row for every route of the function in this folder, and no other rows.
pub fn assert_complete(table: &[Route], function: &str) {
    let rows: BTreeSet<_> = table.iter().map(|row| (row.method.to_owned(), row.path.to_owned())).collect();
    assert_eq!(rows.len(), table.len(), "a route stands in the table twice");
    assert_eq!(
        rows,
        sources::routes(&Path::new(function).join("src")),
        "the table (left) and the router (right) differ"
    );
}

/// Every route demands a good key, and its scope and no other, and ignores no parameter in silence.
pub async fn assert_guarded(bench: &Bench, router: &Router, table: &[Route]) {
    assert_keys_are_demanded(router, table).await;
    assert_scopes_are_demanded(bench, router, table).await;
    assert_queries_are_read(bench, router, table).await;
}

/// A strict caller is refused with a parameter that the route does not take, and without one is not.
async fn assert_queries_are_read(bench: &Bench, router: &Router, table: &[Route]) {
    let caller = bench.caller(&new_tenant()).await;
    for row in table.iter().filter(|row| row.needs != Needs::Nothing) {
        let ask = async |query: &str| {
            let request = caller.request(row.method, &format!("{}{query}", row.unknown()));
            let request = request.header("prefer", "handling=strict").body(Body::empty());
            Answer::to(router, request.expect("a request")).await.json()["error"]["meta"]["field"].clone()
        };
        let (with, without) = (ask("?no_such_parameter=1").await, ask("").await);
        let refused = (with == "no_such_parameter", without == "no_such_parameter");
        assert_eq!(refused, (true, false), "{} {}: {with} {without}", row.method, row.path);
    }
}

/// Without a good key there is no answer, whatever is asked for.
pub async fn assert_keys_are_demanded(router: &Router, table: &[Route]) {
    for row in table {
        let request = || Request::builder().method(row.method).uri(row.unknown());
        let send =
            |request: http::request::Builder| Answer::to(router, request.body(Body::empty()).expect("a request"));
        let (without, wrong) =
            (send(request()).await, send(request().header("authorization", "Bearer slip_live_0")).await);
        let codes = (without.status.as_u16(), without.code(), wrong.status.as_u16(), wrong.code());
        let (missing, invalid) = ("auth.missing_header".to_owned(), "auth.invalid_key".to_owned());
        let refused = codes == (401, missing, 401, invalid);
        assert_eq!(refused, row.needs != Needs::Nothing, "{} {}: {codes:?}", row.method, row.path);
    }
}

/// A key with every scope but the one is refused and told which one it lacks; one with this scope alone, and one
/// without restrictions, are not.
async fn assert_scopes_are_demanded(bench: &Bench, router: &Router, table: &[Route]) {
    const REFUSED: &str = "auth.insufficient_scope";
    let tenant = new_tenant();
    for row in table.iter().filter(|row| row.needs == Needs::Unrestricted) {
        let restricted = [(&SCOPES[..], &[][..]), (&[], &["brand_a"]), (&["inbox:read"], &[])];
        for (scopes, brands) in restricted {
            let caller = bench.caller_with(&tenant, scopes, brands).await;
            let answer = caller.call(router, row.method, &row.unknown(), None).await;
            let told = (answer.status.as_u16(), answer.code());
            assert_eq!(told, (403, REFUSED.to_owned()), "{} {} with {scopes:?} {brands:?}", row.method, row.path);
        }
        let answer = bench.caller(&tenant).await.call(router, row.method, &row.unknown(), None).await;
        assert!(answer.code() != REFUSED && answer.status != 401, "{} {}: {}", row.method, row.path, answer.status);
    }
    for row in table {
        let Needs::Scope(scope) = row.needs else { continue };
        assert!(SCOPES.contains(&scope), "{scope} is no scope");
        let others: Vec<_> = SCOPES.into_iter().filter(|other| *other != scope).collect();
        let call = async |scopes: &[&str]| {
            bench.caller_with(&tenant, scopes, &[]).await.call(router, row.method, &row.unknown(), None).await
        };
        let refused = call(&others).await;
        let body = refused.json();
        let told = (refused.status.as_u16(), refused.code(), body["error"]["meta"]["required_scope"].as_str());
        assert_eq!(told, (403, REFUSED.to_owned(), Some(scope)), "{} {} without {scope}", row.method, row.path);
        assert!(body["error"]["message"].as_str().is_some_and(|message| message.contains(scope)), "{body:#}");
        for enough in [&[scope][..], &[]] {
            let answer = call(enough).await;
            assert_ne!(answer.code(), REFUSED, "{} {} with {enough:?}", row.method, row.path);
            assert_ne!(answer.status, 401, "{} {} with {enough:?}", row.method, row.path);
        }
    }
}

/// Every POST takes an `Idempotency-Key`, but for these, which do the same when they are repeated.
pub async fn assert_posts_take_a_key(router: &Router, table: &[Route], caller: &Caller, but_for: &[&str]) {
    for row in table.iter().filter(|row| row.method == "POST") {
        // No key is empty: whoever reads it says so.
        let answer = caller.post_with_key(router, "", &row.unknown(), &Value::Object(Map::new())).await;
        let refused = answer.json()["error"]["meta"]["field"] == "Idempotency-Key";
        let (method, path) = (row.method, row.path);
        assert_eq!(
            refused,
            !but_for.contains(&path),
            "{method} {path} takes the key, or stands here with those that need none"
        );
    }
}

/// Every route to one of these objects says to the strangers that there is no such object, and does nothing; its owner
/// finds it. Other routes are left out; see [`assert_objects_are_complete`].
pub async fn assert_strangers_find_nothing(
    bench: &Bench,
    router: &Router,
    table: &[Route],
    objects: &[Object],
    (owner, strangers): (&Caller, &[&Caller]),
) {
    let before = bench.traces().await;
    let mut asked: Vec<(&Route, &Object)> = Vec::new();
    for row in table {
        asked.extend(objects.iter().filter(|object| row.leads_to(object)).map(|object| (row, object)));
    }
    for object in objects {
        assert!(asked.iter().any(|(_, found)| found.at == object.at), "no route leads to {object:?}");
    }
    for (row, object) in &asked {
        for stranger in strangers {
            let answer = stranger.call(router, row.method, &row.to(&object.id), None).await;
            let told = (answer.status.as_u16(), answer.code());
            assert_eq!(told, (404, object.not_found.to_owned()), "{} {} by a stranger", row.method, row.path);
        }
    }
    assert_eq!(bench.traces().await.since(&before), [""; 0], "a stranger's call left traces");
    // What deletes comes last: a route that finds nothing must not pass for one that guards well.
    asked.sort_by_key(|(row, _)| row.method == "DELETE");
    for (row, object) in asked {
        let answer = owner.call(router, row.method, &row.to(&object.id), None).await;
        assert_ne!(answer.code(), object.not_found, "{} {} by its owner", row.method, row.path);
        let status = answer.status.as_u16();
        assert!(status < 500 || status == 501, "{} {} by its owner: {}", row.method, row.path, answer.json());
    }
}

/// Every route of the table that leads to an object by its id leads to one of these.
pub fn assert_objects_are_complete(table: &[Route], objects: &[Object]) {
    for row in table.iter().filter(|row| row.needs != Needs::Nothing && row.path.contains('{')) {
        let known = row.path.matches('{').count() > 1 || objects.iter().any(|object| row.leads_to(object));
        assert!(known, "{} {} leads to an object that no test asks for by another tenant", row.method, row.path);
    }
}

impl Route {
    /// Whether the path leads to it. What leads to something inside of it has a test of its own.
    fn leads_to(&self, object: &Object) -> bool {
        let is_one = self.path.matches('{').count() == 1;
        is_one && self.path.strip_prefix(object.at).is_some_and(|rest| rest.starts_with('{'))
    }

    /// The path with this id in its hole.
    fn to(&self, id: &str) -> String {
        let Some((before, rest)) = self.path.split_once('{') else { return self.path.to_owned() };
        format!("{before}{id}{}", rest.split_once('}').expect("a hole has an end").1)
    }

    /// The path to what nobody has.
    fn unknown(&self) -> String {
        self.to("none")
    }
}
