//! `GET /v1/posts/{id}/timeline`: every step of every target, in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use slipway_contract::post::TimelineView;
use slipway_contract::{ApiError, Diagnostics, Issue};
use slipway_domain::limits::ITEMS_BY_DEFAULT;
use slipway_domain::{AccountId, PostId};
use slipway_http::auth::Caller;
use slipway_http::filters::{ACCOUNTS, Only};
use slipway_http::paging::{CURSOR_CURE, List};
use slipway_http::{Answer, Params, json};
use slipway_store::posts::{PostWithTargets, TimelineEntry, view};

use crate::App;
use crate::found::find;

const LIST: List = List { name: "timeline", default_limit: ITEMS_BY_DEFAULT, filters: &[], several: &ACCOUNTS };

pub(crate) async fn timeline(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Answer {
    let mut noted = Diagnostics::default();
    let paging = LIST.paging(&params, &caller, Shown::read, &mut noted);
    let accounts = params.ids(&ACCOUNTS, &mut noted.issues);
    let warnings = noted.finish(params.unknown())?;
    let post = find(&app, &caller, &id).await?;
    let mut shown = paging.after.unwrap_or_else(|| Shown::nothing_of(&post.post.id));
    if shown.post != post.post.id {
        let message = "cursor is not one of this post's timeline";
        let issue = Issue::invalid("cursor", message, CURSOR_CURE);
        return Err(ApiError::from_issue(issue).into());
    }
    let mut steps = Steps::of(&post, &accounts, &shown);
    let mut page = Vec::new();
    while page.len() < paging.limit
        && let Some(step) = steps.next(&mut shown)
    {
        page.push(step);
    }
    let next = steps.are_left().then(|| shown.write());
    Ok(json(StatusCode::OK, &LIST.page(&caller, paging.limit, page, next.as_deref(), warnings)?))
}

/// How many steps of each target were shown: what is in a cursor. A target only ever gets more steps behind those that it
/// has, so that none is shown twice or left out, whatever the clocks of those who wrote them said.
#[derive(Debug)]
struct Shown {
    post: PostId,
    steps: BTreeMap<AccountId, u32>,
}

impl Shown {
    fn nothing_of(post: &PostId) -> Self {
        Self { post: post.clone(), steps: BTreeMap::new() }
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let post = parts.next()?.parse().ok()?;
        let step = |part: &str| {
            let (account, count) = part.split_once('=')?;
            Some((account.parse().ok()?, count.parse().ok()?))
        };
        Some(Self { post, steps: parts.map(step).collect::<Option<_>>()? })
    }

    fn write(&self) -> String {
        let steps = self.steps.iter().map(|(account, count)| format!(" {account}={count}"));
        std::iter::once(self.post.to_string()).chain(steps).collect()
    }
}

/// The steps that are still to be shown: of each target in their order, and between targets by their times.
struct Steps<'a>(Vec<TargetSteps<'a>>);

/// One target's steps, each with its number among all that the target ever had.
struct TargetSteps<'a> {
    account: &'a AccountId,
    steps: std::iter::Peekable<std::vec::IntoIter<(u32, &'a TimelineEntry)>>,
}

impl<'a> Steps<'a> {
    /// Those of the targets of these accounts.
    fn of(post: &'a PostWithTargets, accounts: &Only<AccountId>, shown: &Shown) -> Self {
        let targets = post.targets.iter().filter(|target| accounts.takes(&target.account));
        let line = |target: &'a slipway_store::posts::TargetRecord| {
            let seen = shown.steps.get(&target.account).copied().unwrap_or(0);
            let mut number = 0;
            let numbered = target.timeline.iter().map(|step| {
                number += step.left_out + 1;
                (number, step)
            });
            let left: Vec<_> = numbered.filter(|(number, _)| *number > seen).collect();
            TargetSteps { account: &target.account, steps: left.into_iter().peekable() }
        };
        Self(targets.map(line).collect())
    }

    fn are_left(&mut self) -> bool {
        self.0.iter_mut().any(|line| line.steps.peek().is_some())
    }

    /// The next step, which is shown from now on.
    fn next(&mut self, shown: &mut Shown) -> Option<TimelineView> {
        let lines = self.0.iter_mut().filter_map(|line| Some((line.steps.peek()?.1.at, line)));
        let (_, line) = lines.min_by_key(|(at, _)| *at)?;
        let (number, step) = line.steps.next()?;
        shown.steps.insert(line.account.clone(), number);
        Some(view::step(line.account, step))
    }
}
