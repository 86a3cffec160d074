//! What a caller does with a post that is there: decided on what is stored, and written if that is still so. Otherwise it
//! is decided again.

use axum::extract::{FromRequest, FromRequestParts as _, Path, Request};
use axum::response::IntoResponse as _;
use futures_util::future::join;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use slipway_contract::Time;
use slipway_contract::diagnostics::UnknownFields;
use slipway_domain::schedule::slow_check;
use slipway_domain::{Event, Hidden, PostAct, TargetState, apply};
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, json_text};
use slipway_http::{Answer, ErrorResponse, JsonObject, unknown_fields};
use slipway_store::Write;
use slipway_store::posts::{Change, Commit, NotCommitted, PostWithTargets, SharedWrite, TargetRecord, TargetWrite};

use crate::found::find;
use crate::{App, line, plan, repeat, write};

/// A request to do something with a post.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) caller: Caller,
    /// The post as the path names it.
    id: String,
    pub(crate) body: JsonObject,
    /// What is to become of fields that nobody knows.
    pub(crate) unknown: UnknownFields,
    key: IdempotencyKey,
}

/// What one kind of act makes of a post. It may be asked several times about one act, as the post changes.
pub(crate) trait Decision: Sync {
    /// What the caller does.
    const ACT: PostAct;

    /// Decides, given the post as it is.
    fn decide(
        &self,
        app: &App,
        act: &Act,
        post: &PostWithTargets,
        now: Timestamp,
    ) -> impl Future<Output = Result<Decided, ErrorResponse>> + Send;
}

/// What is to be written, and the answer once it is.
#[derive(Debug)]
pub(crate) struct Decided {
    /// Nothing if it is so already.
    pub(crate) commit: Option<Commit>,
    pub(crate) status: StatusCode,
    pub(crate) body: Hidden<String>,
}

impl Decided {
    /// What is to be written, and what is shown then.
    pub(crate) fn to(
        status: StatusCode,
        shown: &impl Serialize,
        commit: Option<Commit>,
    ) -> Result<Self, ErrorResponse> {
        let body = serde_json::to_string(shown).map_err(|error| ErrorResponse::internal(&error))?;
        Ok(Self { commit, status, body: body.into() })
    }
}

/// How often it is decided again because the post has changed meanwhile.
const TRIES: u32 = 8;

impl Act {
    /// How many guards of its own an act may bring.
    pub(crate) const GUARDS: usize = 1;

    /// The post as the path names it.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Decides, writes, and hands over what follows. `success` is the status of an answer that went well.
    pub(crate) async fn on<D: Decision>(&self, app: &App, success: StatusCode, decision: &D) -> Answer {
        let now = Time::from(Timestamp::now()).get();
        for tries in 0..TRIES {
            let found = find(app, &self.caller, &self.id).await;
            let own = self.key.clone().of(&[&self.body.bytes], &self.id, now);
            // Asked after the post was read, and even if there is none: this very request may have deleted it.
            if let Some(standing) = own.earlier(&app.posts.guards(), now).await? {
                return Ok(repeat::answer(app, &self.caller, &own, success, &standing).await?.into_response());
            }
            let post = found?;
            let own = own.makes(post.post.id.as_str());
            let Decided { commit, status, body } = decision.decide(app, self, &post, now).await?;
            let Some(mut commit) = commit else { return Ok(json_text(status, body)) };
            let kept = if status == success { own.keep(&body)? } else { own.keep_as(status, &body)? };
            if let Some(guard) = kept {
                commit.guards.insert(0, guard);
            }
            commit.act = D::ACT;
            commit.most_posts = plan::most_posts(app, &self.caller);
            commit.read = Some(Box::new(post.clone()));
            match write::commit(app, &commit, now).await? {
                Write::Done(()) => {
                    tracing::info!(post.id = %post.post.id, "a caller changed a post");
                    join(write::hand_over(app, &commit), write::give_back(app, &post, &commit)).await;
                    return Ok(json_text(status, body));
                }
                Write::Refused(NotCommitted::Changed | NotCommitted::PaceChanged(_)) => line::pause(tries).await,
                Write::Refused(NotCommitted::Repeated(repeated)) => {
                    return Ok(repeat::answer(app, &self.caller, &own, success, &own.met(repeated)?)
                        .await?
                        .into_response());
                }
                Write::Refused(why) => return Err(write::refused(why, |_| "media_ids".to_owned())),
            }
        }
        Err(write::refused(NotCommitted::Changed, |_| String::new()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Act {
    type Rejection = ErrorResponse;

    async fn from_request(request: Request, state: &S) -> Result<Self, ErrorResponse> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, state).await?;
        let id = Path::<String>::from_request_parts(&mut parts, state).await;
        let Path(id) = id.map_err(|error| ErrorResponse::internal(&error))?;
        let key = IdempotencyKey::from_request_parts(&mut parts, state).await?;
        let unknown = unknown_fields(&parts.headers);
        let body = JsonObject::from_request(Request::from_parts(parts, body), state).await?;
        Ok(Self { caller, id, body, unknown, key })
    }
}

/// The post after `event_for` has happened to its targets, and the write that makes it so. A target without an event, and
/// one whose state refuses it, stays as it is.
pub(crate) fn after(
    post: &PostWithTargets,
    now: Timestamp,
    event_for: impl Fn(&TargetRecord) -> Option<(Event, &'static str)>,
) -> (PostWithTargets, Commit) {
    let (mut next, mut commit) = (post.clone(), Commit::of(post.post.id.clone()));
    for target in &mut next.targets {
        let Some((event, note)) = event_for(target) else { continue };
        let Ok(state) = apply(&target.state, event) else { continue };
        let more = slow_check(&state, target.content.privacy_level(), 0, now);
        let change = Change::to(state, now).note(note, None);
        let change = if let Some(at) = more { change.due(at) } else { change };
        *target = change.applied_to(target);
        if target.state == TargetState::Cancelled {
            target.guarded_by = None; // it is lifted: from now on another post's may have its name
        }
        commit.targets.push(TargetWrite::Replace(target.clone()));
    }
    (next, commit)
}

/// Has what the targets share written, too, as it is in `next` after `change`.
pub(crate) fn share(
    next: &mut PostWithTargets,
    commit: &mut Commit,
    change: impl FnOnce(&mut slipway_store::posts::PostRecord),
) {
    change(&mut next.post);
    next.post.revision += 1;
    commit.shared = SharedWrite::Replace(next.post.clone());
}
