//! Is what a request names there?

use std::collections::BTreeMap;

use futures_util::future::join;
use jiff::Timestamp;
use slipway_contract::Issue;
use slipway_contract::post::MediaVerdict;
use slipway_domain::Mode;
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_store::accounts::AccountRecord;

use super::account::{self, Known};
use super::files::{self, Media};
use crate::App;
use crate::at_once::{CALLS, at_once};
use crate::request::{CreatePost, MediaRequest};

/// What a request names, as far as it is there, and what is wrong with it. In the order of the targets.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Whether the posts are meant for TikTok.
    pub(super) mode: Mode,
    pub(super) accounts: Vec<Result<Known, Issue>>,
    pub(super) media: BTreeMap<String, Media>,
    /// What is wrong with media.
    pub(super) issues: Vec<Issue>,
    /// Each file, once, in the order of the request.
    pub(crate) verdicts: Vec<MediaVerdict>,
}

/// Looks up the accounts and the media of all targets. Nothing is written but what media turns out to be.
pub(crate) async fn look_up(
    app: &App,
    caller: &Caller,
    request: &CreatePost,
    now: Timestamp,
) -> Result<Found, ErrorResponse> {
    let mut each_media: Vec<&MediaRequest> = Vec::new();
    for media in request.targets.iter().flat_map(|target| &target.media) {
        if !each_media.iter().any(|known| known.source == media.source) {
            each_media.push(media);
        }
    }
    let accounts = request.targets.iter().map(|target| account::find(app, caller, request, target)).collect();
    let media = each_media.iter().map(|media| files::find(app, caller, media, now)).collect();
    let (accounts, looked_up) = join(at_once(CALLS, accounts), at_once(CALLS, media)).await;
    let accounts = accounts.into_iter().collect::<Result<_, _>>()?;
    let mut found = Found { mode: caller.tenant().mode(), accounts, ..Found::default() };
    for (named, file) in each_media.iter().zip(looked_up) {
        let file = file?;
        found.verdicts.push(files::verdict(named, file.as_ref().ok()));
        match file {
            Ok(file) => _ = found.media.insert(named.source.as_str().to_owned(), file),
            Err(problems) => found.issues.extend(problems),
        }
    }
    Ok(found)
}

impl Found {
    /// The accounts that are there, each with its target's place among the targets.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (usize, &AccountRecord)> {
        self.accounts.iter().enumerate().filter_map(|(index, found)| Some((index, &found.as_ref().ok()?.0)))
    }
}
