//! What a tool is: a route of the API, what of it agents may say, and what they are told about it.

use std::borrow::Cow;

use http::Method;
use slipway_domain::{ApiScope, PostAct};

use crate::inside::Room;
use crate::wait::Unsettled;

/// A tool.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// The same for people.
    pub(crate) title: &'static str,
    pub(crate) route: Route,
    /// The parameters of the query, or the fields of the body, that agents may send.
    pub(crate) takes: &'static [&'static str],
    /// Which of these must be there though the route has other ways to say it, each with what to send.
    pub(crate) needs: &'static [(&'static str, &'static str)],
    pub(crate) effect: Effect,
    /// Whether its result depends on what is outside of this deployment, or changes it.
    pub(crate) is_open: bool,
    /// Whether it takes an idempotency key.
    pub(crate) is_keyed: bool,
    pub(crate) dry_run: Option<DryRun>,
    /// The status that is waited out, if it can be asked to wait.
    pub(crate) waits_while: Option<Unsettled>,
    /// What agents are told.
    pub(crate) about: &'static str,
}

/// A route of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) room: Room,
    pub(crate) method: Verb,
    pub(crate) path: &'static str,
    /// The argument that fills the hole in the path; empty if it has none.
    pub(crate) id: &'static str,
}

/// A method that tools use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Patch,
}

/// What a call does, for the hints that clients show to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It changes nothing.
    Reads,
    /// It makes something, each time that it is called.
    Adds,
    /// What it does twice is what it does once, and takes nothing away.
    Settles,
    /// It can't be undone: a post goes out, or is changed or called off.
    Changes,
}

/// What is asked instead of the route, if nothing is to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DryRun {
    pub(crate) asks: Route,
    /// What the call itself would do.
    would: &'static str,
    /// What a key needs for the call itself.
    pub(crate) scope: ApiScope,
    /// What the call would do to the post that is shown, which must allow it.
    pub(crate) act: Option<PostAct>,
}

/// What an act's dry run answers with, and what it leaves out.
const SHOWN: &str =
    "answer is the post as it is. Privacy level, limits and files were not checked: that is for validate_post.";

impl DryRun {
    /// What the call itself would do, and what the dry run answers with instead.
    pub(crate) fn would(&self) -> Cow<'static, str> {
        if self.act.is_none() { self.would.into() } else { format!("{} {SHOWN}", self.would).into() }
    }
}

impl Route {
    pub(crate) const fn get(room: Room, path: &'static str, id: &'static str) -> Self {
        Self { room, method: Verb::Get, path, id }
    }

    pub(crate) const fn post(room: Room, path: &'static str, id: &'static str) -> Self {
        Self { room, method: Verb::Post, path, id }
    }

    pub(crate) const fn patch(room: Room, path: &'static str, id: &'static str) -> Self {
        Self { room, method: Verb::Patch, path, id }
    }

    /// The route as the API's texts name it.
    pub(crate) fn named(&self) -> String {
        format!("{} {}", self.method.name(), self.path)
    }
}

impl Verb {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
        }
    }

    pub(crate) fn http(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Patch => Method::PATCH,
        }
    }
}

impl Tool {
    /// A tool of this route that only reads, or makes something if it is no GET.
    pub(crate) const fn of(route: Route, name: &'static str, title: &'static str, about: &'static str) -> Self {
        let effect = if matches!(route.method, Verb::Get) { Effect::Reads } else { Effect::Adds };
        Self {
            name,
            title,
            route,
            takes: &[],
            needs: &[],
            effect,
            is_open: false,
            is_keyed: false,
            dry_run: None,
            waits_while: None,
            about,
        }
    }

    pub(crate) const fn taking(mut self, takes: &'static [&'static str]) -> Self {
        self.takes = takes;
        self
    }

    pub(crate) const fn needing(mut self, needs: &'static [(&'static str, &'static str)]) -> Self {
        self.needs = needs;
        self
    }

    pub(crate) const fn with_effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    pub(crate) const fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    pub(crate) const fn keyed(mut self) -> Self {
        self.is_keyed = true;
        self
    }

    pub(crate) const fn or_dry(mut self, asks: Route, scope: ApiScope, would: &'static str) -> Self {
        self.dry_run = Some(DryRun { asks, would, scope, act: None });
        self
    }

    /// A tool that does this to a post. A dry run shows the post by this route.
    pub(crate) const fn acting(mut self, act: PostAct, shows: Route, would: &'static str) -> Self {
        self.dry_run = Some(DryRun { asks: shows, would, scope: ApiScope::PostsWrite, act: Some(act) });
        self.with_effect(Effect::Changes).keyed().open()
    }

    pub(crate) const fn waiting_while(mut self, status: Unsettled) -> Self {
        self.waits_while = Some(status);
        self
    }
}
