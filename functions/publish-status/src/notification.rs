//! What TikTok's webhooks say. They come at least once, in no order, and may overtake our own writes.

use jiff::Timestamp;
use slipway_contract::event::TikTokEventData;
use slipway_contract::queue::NotificationMessage;
use slipway_domain::limits::KEPT_OF_STRANGE_EVENT;
use slipway_domain::schedule::{ADOPTED_WITHIN, webhook_pause};
use slipway_domain::{EventType, OpenId, Outcome, PublishId, Reach, ReconnectReason, StatusWord, TargetState};
use slipway_runtime::metric;
use slipway_store::accounts::AccountStatus;
use slipway_store::events::{Happened, LogEntry};
use slipway_store::posts::{Change, PublishOf};
use slipway_store::{Conflict, Epoch, Write};
use slipway_tiktok::webhook::{self, NotificationKind, RemovalReason};
use slipway_worker::Handled;

use crate::adopt::{self, Adopted};
use crate::{PublishStatus, StepError, TRIES};

/// Which delivery of a message this is, and when.
#[derive(Clone)]
struct At {
    receive_count: u32,
    now: Timestamp,
    /// When it happened, as TikTok reports it.
    event: Timestamp,
    /// To whom.
    user: Option<OpenId>,
}

pub(crate) async fn step(
    status: &PublishStatus,
    message: &NotificationMessage,
    receive_count: u32,
    now: Timestamp,
) -> Result<Handled, StepError> {
    let at = At { receive_count, now, event: now, user: None };
    let notification = match webhook::parse(message.body.as_bytes()) {
        Ok(notification) => notification,
        Err(error) => {
            tracing::warn!(%error, "a signed webhook does not read; it is dropped");
            return Ok(Handled::Done);
        }
    };
    let name = notification.kind.name().to_owned();
    let at = At { event: notification.create_time, user: notification.user_openid.clone(), ..at };
    match notification.kind {
        NotificationKind::PublishComplete { publish_id, .. } => {
            reported(status, &publish_id, Outcome::Published(Vec::new()), &name, at).await
        }
        NotificationKind::PubliclyAvailable { publish_id, post_id, .. } => {
            reported(status, &publish_id, Outcome::Published(post_id.into_iter().collect()), &name, at).await
        }
        NotificationKind::InboxDelivered { publish_id, .. } => {
            reported(status, &publish_id, Outcome::InInbox, &name, at).await
        }
        NotificationKind::PublishFailed { publish_id, reason, .. } => {
            reported(status, &publish_id, Outcome::Failed(reason), &name, at).await
        }
        NotificationKind::NoLongerPubliclyAvailable { publish_id, .. } => {
            no_longer_public(status, &publish_id, notification.create_time, at).await
        }
        NotificationKind::AuthorizationRemoved { reason } => {
            let Some(open_id) = notification.user_openid else { return Ok(Handled::Done) };
            removed(status, &open_id, notification.create_time, reason, now).await?;
            Ok(Handled::Done)
        }
        NotificationKind::Other { name, content } => {
            metric::count("UnknownTikTokEvents", "event", &name);
            tracing::info!(name, "a webhook that Slipway has no use for");
            if let Some(open_id) = &at.user {
                keep(status, open_id, &name, &content.to_string(), at.event).await?;
            }
            Ok(Handled::Done)
        }
    }
}

/// An event that Slipway has no use for is kept in the log of all who have the account: somebody may ask for it.
async fn keep(
    status: &PublishStatus,
    open_id: &OpenId,
    name: &str,
    content: &str,
    at: Timestamp,
) -> Result<(), StepError> {
    let content: String = content.chars().take(KEPT_OF_STRANGE_EVENT).collect();
    for (tenant, account) in status.accounts.by_open_id(open_id).await? {
        let occasion = format!("{account} {name} {at} {content}");
        let happened = Happened {
            kind: EventType::AccountTikTokEvent,
            resource: account.to_string(),
            accounts: vec![account.clone()],
            at,
        };
        let data = TikTokEventData { account_id: account, name: name.to_owned(), content: content.clone().into() };
        status.events.append(&LogEntry::new(tenant, &occasion, happened, &data)?).await?;
    }
    Ok(())
}

/// A post is on TikTok and not public any more. Its state stays; that it was so is noted and told once, however often
/// TikTok reports it.
async fn no_longer_public(
    status: &PublishStatus,
    publish_id: &PublishId,
    happened_at: Timestamp,
    At { receive_count, now, .. }: At,
) -> Result<Handled, StepError> {
    let later = webhook_pause(receive_count).map_or(Handled::Done, Handled::Again);
    // The index lags, and the outcome may be on its way still.
    let mut record = match status.posts.by_publish_id(publish_id).await? {
        PublishOf::Target(record) => *record,
        PublishOf::Forgotten => return Ok(Handled::Done),
        PublishOf::Unknown => return Ok(later),
    };
    let note = format!("TikTok's webhook says that it is not public since {happened_at:.0}");
    for _ in 0..TRIES {
        let is_known = record.timeline.iter().any(|entry| entry.note == note);
        if is_known {
            return Ok(Handled::Done);
        }
        if !matches!(record.state, TargetState::Published { .. }) || record.state.publish_id() != Some(publish_id) {
            return Ok(later);
        }
        let due_at = record.due_at.and_then(Epoch::moment);
        let told = Some(EventType::PostNoLongerPublic);
        let change = Change { due_at, told, ..Change::to(record.state.clone(), now) }.note(note.clone(), None);
        match status.posts.change(&record, change).await? {
            Write::Done(_) => {
                tracing::info!(tiktok.publish_id = %publish_id, "a post is no longer public");
                return Ok(Handled::Done);
            }
            Write::Refused(Conflict::Changed(now)) => record = *now,
            Write::Refused(Conflict::Gone) => return Ok(Handled::Done),
        }
    }
    Err(StepError::Contended)
}

/// The creator, TikTok or we ended the authorization. A late event about an earlier authorization must not undo a
/// reconnection that came after it.
async fn removed(
    status: &PublishStatus,
    open_id: &OpenId,
    happened_at: Timestamp,
    reason: RemovalReason,
    now: Timestamp,
) -> Result<(), StepError> {
    let why = reconnect_reason(reason);
    for (tenant, id) in status.accounts.by_open_id(open_id).await? {
        // A refresh may give the account new tokens meanwhile: they belong to the authorization that is gone.
        for _ in 0..TRIES {
            let Some(account) = status.accounts.get(&Reach::whole(&tenant), &id).await? else { break };
            // TikTok's time has whole seconds only. Within one second the connection counts as the later one: TikTok
            // says everything twice, and a removal that is missed here is found out by the account's next call.
            let reconnected = account.connected_at.as_second() >= happened_at.as_second();
            if reconnected || account.status != AccountStatus::Active {
                break;
            }
            if let Write::Done(_) = status.accounts.require_reconnect(&account, why, now).await? {
                tracing::info!(account.id = %account.id, reason = why.as_str(), "the authorization was removed");
                break;
            }
        }
    }
    Ok(())
}

const fn reconnect_reason(reason: RemovalReason) -> ReconnectReason {
    match reason {
        RemovalReason::Unknown | RemovalReason::Other(_) => ReconnectReason::AuthorizationRemoved,
        RemovalReason::DisconnectedByUser => ReconnectReason::DisconnectedByUser,
        RemovalReason::AccountDeleted => ReconnectReason::AccountDeleted,
        RemovalReason::AgeChanged => ReconnectReason::AgeChanged,
        RemovalReason::AccountBanned => ReconnectReason::AccountBanned,
        RemovalReason::RevokedByDeveloper => ReconnectReason::RevokedByDeveloper,
    }
}

async fn reported(
    status: &PublishStatus,
    publish_id: &PublishId,
    outcome: Outcome,
    name: &str,
    At { receive_count, now, event, user }: At,
) -> Result<Handled, StepError> {
    let record = match status.posts.by_publish_id(publish_id).await? {
        PublishOf::Target(record) => *record,
        PublishOf::Forgotten => {
            tracing::info!(tiktok.publish_id = %publish_id, name, "a webhook about a target that was deleted");
            return Ok(Handled::Done);
        }
        PublishOf::Unknown => {
            if let Some(pause) = webhook_pause(receive_count) {
                return Ok(Handled::Again(pause));
            }
            match adopt::adopted(status, publish_id, user.as_ref(), &outcome, event, now).await? {
                Adopted::By(record) => *record,
                Adopted::Later => return Ok(Handled::Again(ADOPTED_WITHIN)),
                Adopted::ByNobody => {
                    tracing::warn!(tiktok.publish_id = %publish_id, name, "a webhook about a publish that is not ours");
                    return Ok(Handled::Done);
                }
            }
        }
    };
    let said = StatusWord::Status((&outcome).into());
    let note = format!("TikTok's webhook says {name}");
    status.settle(record, publish_id, &outcome, (&said, &note, None), now).await?;
    Ok(Handled::Done)
}
