//! A target whose media TikTok fetches from the operator's domain. Its init publishes by itself: it is called once, and
//! not again before it is certain that nothing came of it.
//!
//! 1. The media is copied under a random key, which only this init will name.
//! 2. The account's token is opened, and renewed if need be: from the next write on a death leaves a doubt, so nothing
//!    but the call itself comes after it.
//! 3. One write notes the keys, before anybody else hears of them, and takes the account's turn: of one account at most
//!    one pull at a time is unanswered, so that what TikTok's webhooks say about an unknown publish is about that one.
//! 4. Init is called. Its answer ends the doubt. Where TikTok refuses the access token, that is written before the token
//!    is renewed and all of it begins again.
//! 5. Without an answer the copies are deleted. TikTok can't fetch them any more, whenever it was told to; what it had
//!    fetched by then, or fails to fetch, its webhooks tell. After 70 minutes without a word a person has to look.

use std::time::Duration;

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use slipway_domain::schedule::{AFTER_FAULTS, PULL_ANSWER_LOST, PULL_IS_CALLED};
use slipway_domain::{
    Carousel, Content, CopyKey, DeferReason, Event, Evidence, Failure, LogId, Mode, PhotoSettings, PostId, Pull,
    TargetState, VideoSettings,
};
use slipway_media::{Bucket, S3Error};
use slipway_runtime::pause::{full_jitter, later};
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::{Change, TargetMedia};
use slipway_store::{Conflict, Write};
use slipway_tokens::Ready;

use crate::claim::Claim;
use crate::{FINISHING_UP, StepError, Stop, Then, Transfer, failed_call};

/// How a target waits that TikTok was certainly not told of.
const UNREACHED: (Duration, DeferReason) = (AFTER_FAULTS, DeferReason::Unreached);
/// How often the account's turn is asked for when others take theirs at the same moment.
const TRIES: u32 = 4;
/// How many older pulls without an answer an account's record names: a person has to look at those anyway.
const NAMED: usize = 8;

/// Whether the target has to wait because another pull of its account is unanswered. If so, this follows.
pub(crate) async fn held(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    account: &AccountRecord,
) -> Result<Option<Then>, Stop> {
    if !transfer.pull_domain.is_set() {
        return claim.abandon(Failure::NoPullDomain, None).await.map(Some);
    }
    let before = Before::of(transfer, claim, account).await?;
    before.wait(claim).await
}

impl Transfer {
    /// Where TikTok or its double fetches this copy.
    fn address(&self, copy: &CopyKey, mode: Mode) -> Option<String> {
        match mode {
            Mode::Live => self.pull_domain.address(copy),
            Mode::Test => self.pull_domain.test_address(&self.test_pull_base, copy),
        }
    }
}

/// Has TikTok fetch the media. The claim has just been written.
pub(crate) async fn step(transfer: &Transfer, claim: &mut Claim<'_>, account: AccountRecord) -> Result<Then, Stop> {
    let copies = match copied(transfer, claim).await {
        Ok(Some(copies)) => copies,
        Ok(None) => return transfer.hand_over(claim).await,
        Err(Stop::Failed(StepError::S3(S3Error::Gone | S3Error::Changed))) => {
            return claim.abandon(Failure::MediaGone, None).await;
        }
        Err(stop) => return Err(stop),
    };
    let content = claim.record().content.clone();
    let mode = claim.record().tenant.mode();
    let addresses: Option<Vec<_>> = copies.iter().map(|copy| transfer.address(copy, mode)).collect();
    let Some(told) = addresses.and_then(|addresses| ToFetch::of(&content, addresses)) else {
        transfer.bucket.clear_copies(&copies, &claim.record().post).await;
        return claim.abandon(Failure::NoPullDomain, None).await;
    };
    let ready = match transfer.tokens.ready(&account).await {
        Ok(ready) => ready,
        Err(error) => {
            transfer.bucket.clear_copies(&copies, &claim.record().post).await;
            return failed_call::follow(transfer, claim, account, error, UNREACHED).await;
        }
    };
    let begun = begin(transfer, claim, account, &copies).await;
    let account = match begun {
        Ok(Ok(account)) => account,
        // Nobody was told of the copies.
        Ok(Err(then)) => {
            transfer.bucket.clear_copies(&copies, &claim.record().post).await;
            return Ok(then);
        }
        Err(stop) => {
            transfer.bucket.clear_copies(&copies, &claim.record().post).await;
            return Err(stop);
        }
    };
    call(transfer, claim, account, &copies, (ready, told)).await
}

/// Goes on with a pull that an earlier step began: its worker is dead or slow, and whether TikTok was told is not known.
pub(crate) async fn resume(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Then, Stop> {
    let Some(pull) = claim.record().state.pull() else { return Ok(Then::Done) };
    let at = Timestamp::now();
    match pull.over_at() {
        None => revoke(transfer, claim, "it is not known whether TikTok was told to fetch it", None).await,
        Some(over_at) if at < over_at => Ok(Then::Done), // the sweep comes back
        Some(_) => {
            let evidence = Evidence { sent: 0, last_status: claim.record().tiktok_status.clone() };
            let note = "TikTok's answer was lost, and nothing was heard of it since";
            claim.advance(Event::NoOutcome { evidence, at }, at, |change| change.note(note, None)).await?;
            Ok(Then::Done)
        }
    }
}

/// The account's other pulls that TikTok may not have answered.
struct Before {
    /// Their posts, the newest last. Of most a person has to say what came of them.
    posts: Vec<PostId>,
    /// The one of which more is to be heard.
    open: Option<Pull>,
}

impl Before {
    async fn of(transfer: &Transfer, claim: &Claim<'_>, account: &AccountRecord) -> Result<Self, StepError> {
        let mut before = Self { posts: Vec::new(), open: None };
        for post in account.pulls.iter().filter(|post| **post != claim.record().post) {
            let Some(other) = transfer.posts.target(post, &account.id).await? else { continue };
            if other.state.is_unanswered() {
                before.posts.push(post.clone());
                before.open = other.state.pull().cloned().or(before.open);
            }
        }
        Ok(before)
    }

    /// Has the target wait if a pull is open.
    async fn wait(&self, claim: &mut Claim<'_>) -> Result<Option<Then>, Stop> {
        let Some(open) = &self.open else { return Ok(None) };
        let Some(over_at) = open.over_at() else { return Ok(Some(Then::Again(later(PULL_IS_CALLED)))) };
        let (now, why) = (Timestamp::now(), DeferReason::OtherPull);
        let until = over_at.min(now + PULL_ANSWER_LOST).max(now + SignedDuration::from_secs(1));
        let waits = matches!(claim.record().state, TargetState::Deferred { why: DeferReason::OtherPull, .. });
        let note = "waits until TikTok's answer about another post of this account is certain";
        let with = |change: Change| if waits { change } else { change.note(note, None) };
        claim.advance(Event::Defer { until, why }, now, with).await?;
        Ok(Some(Then::Done))
    }
}

/// Copies the very bytes that were verified to new keys; nothing if the deadline came first.
async fn copied(transfer: &Transfer, claim: &mut Claim<'_>) -> Result<Option<Vec<CopyKey>>, Stop> {
    let media = claim.record().content.media().iter().map(|media| media.verified().cloned());
    // No target is begun before its media is known.
    let media = media.collect::<Option<Vec<_>>>().ok_or(StepError::S3(S3Error::Gone))?;
    let copies: Vec<_> = media.iter().map(|media| Bucket::copy_key(media.kind)).collect();
    let last_call = claim.deadline().last_call(FINISHING_UP);
    let bucket = &transfer.bucket;
    let copying = try_join_all(media.iter().zip(&copies).map(async |(media, copy)| bucket.copy(media, copy).await));
    let done = claim.while_renewed(last_call, copying).await;
    match done {
        Ok(Some(Ok(_))) => Ok(Some(copies)),
        Ok(None) => {
            transfer.bucket.clear_copies(&copies, &claim.record().post).await;
            Ok(None)
        }
        Ok(Some(Err(error))) => {
            transfer.bucket.clear_copies(&copies, &claim.record().post).await;
            Err(StepError::S3(error).into())
        }
        Err(error) => {
            transfer.bucket.clear_copies(&copies, &claim.record().post).await;
            Err(error.into())
        }
    }
}

/// Writes that TikTok is about to be told, unless another pull of the account is open; then this follows.
/// Answers the account as it was then.
async fn begin(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    mut account: AccountRecord,
    copies: &[CopyKey],
) -> Result<Result<AccountRecord, Then>, Stop> {
    for tries in 1..=TRIES {
        let before = Before::of(transfer, claim, &account).await?;
        if let Some(then) = before.wait(claim).await? {
            return Ok(Err(then));
        }
        let mut pulls = before.posts;
        pulls.drain(..pulls.len().saturating_sub(NAMED));
        pulls.push(claim.record().post.clone());
        let turn = transfer.accounts.pulls_write(&account, &pulls)?;
        let (at, end) = (Timestamp::now(), claim.claim_end());
        let event = Event::PullBegun { copies: copies.to_vec(), at };
        match claim.advance_in_line(event, at, |change| change.held_until(end), &turn).await? {
            Write::Done(()) => return Ok(Ok(account)),
            Write::Refused(Conflict::Changed(now)) => account = *now,
            Write::Refused(Conflict::Gone) => return claim.abandon(Failure::AccountGone, None).await.map(Err),
        }
        tokio::time::sleep(full_jitter(Duration::from_millis(20) * tries)).await;
    }
    Ok(Err(Then::Again(later(PULL_IS_CALLED))))
}

/// What TikTok is to fetch.
enum ToFetch<'a> {
    Video(&'a VideoSettings, String),
    Photos(&'a PhotoSettings, Carousel<String>),
}

impl<'a> ToFetch<'a> {
    fn of(content: &'a Content<TargetMedia>, mut addresses: Vec<String>) -> Option<Self> {
        match content {
            Content::Video { settings, .. } => Some(Self::Video(settings, addresses.pop()?)),
            Content::Photos { settings, media } => {
                Some(Self::Photos(settings, Carousel::new(addresses, media.cover()).ok()?))
            }
        }
    }
}

/// Calls init, once. Nothing comes before the call itself, for a death there leaves a doubt.
async fn call(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    account: AccountRecord,
    copies: &[CopyKey],
    (ready, told): (Ready, ToFetch<'_>),
) -> Result<Then, Stop> {
    let tiktok = transfer.tiktok.of(&account.tenant);
    let called = ready.once(async |token| match &told {
        ToFetch::Video(settings, address) => tiktok.pull_video(&token, settings, address).await,
        ToFetch::Photos(settings, addresses) => tiktok.pull_photos(&token, settings, addresses).await,
    });
    let error = match called.await {
        Ok((publish_id, log_id)) => {
            claim.know(&publish_id, log_id.as_ref()).await?;
            ready.note_use().await;
            return Ok(Then::Next);
        }
        Err(error) => error,
    };
    if error.outcome_unknown() {
        let note = format!("TikTok was told to fetch it, but its answer was lost: {error}");
        return revoke(transfer, claim, &note, error.log_id()).await;
    }
    if error.is_token_refused() {
        // Boxed, for it is large, and seldom needed.
        return Box::pin(renew(transfer, claim, account, copies, (ready, error))).await;
    }
    let then = failed_call::follow(transfer, claim, account, error.into(), UNREACHED).await;
    // Only now: a death before that write leaves a doubt.
    transfer.bucket.clear_copies(copies, &claim.record().post).await;
    then
}

/// TikTok refused the access token, so nothing came of the call. That is written before anything else may fail; then the
/// token is renewed, and the target begins again.
async fn renew(
    transfer: &Transfer,
    claim: &mut Claim<'_>,
    account: AccountRecord,
    copies: &[CopyKey],
    (ready, refusal): (Ready, slipway_tiktok::Error),
) -> Result<Then, Stop> {
    if claim.token_was_refused() {
        let error = ready.give_up(refusal).await;
        let then = failed_call::follow(transfer, claim, account, error, UNREACHED).await;
        transfer.bucket.clear_copies(copies, &claim.record().post).await;
        return then;
    }
    let at = Timestamp::now();
    let note = "TikTok refused the access token; it is renewed, and the post begins again";
    let event = Event::Defer { until: at, why: DeferReason::Unreached };
    claim.advance(event, at, |change| change.note(note, refusal.log_id())).await?;
    transfer.bucket.clear_copies(copies, &claim.record().post).await;
    match ready.renewed(&refusal).await {
        Ok(_) => Ok(Then::Next),
        Err(error) => failed_call::follow(transfer, claim, account, error, UNREACHED).await,
    }
}

/// Deletes the copies, and then writes that they are. From then on nothing can come of the call but what TikTok has
/// fetched already.
async fn revoke(transfer: &Transfer, claim: &mut Claim<'_>, note: &str, log_id: Option<&LogId>) -> Result<Then, Stop> {
    let copies = claim.record().state.pull().map(|pull| pull.copies.clone()).unwrap_or_default();
    transfer.bucket.remove_copies(&copies).await?;
    let at = Timestamp::now();
    let note = format!("{note}; its copies are deleted, and TikTok's word is awaited");
    claim.advance(Event::PullRevoked { at }, at, |change| change.note(note, log_id)).await?;
    Ok(Then::Done)
}
