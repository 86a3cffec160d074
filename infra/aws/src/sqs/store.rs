//! The tables under SQS. Every function runs inside a transaction of its caller.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::limits::MAX_VISIBILITY;
use super::message::{md5_of_attributes, md5_of_body};
use super::queue::arn;
use super::receipt::Receipt;
use super::{Depth, NewMessage, QueueSpec, Received, Redrive, Sent, SqsError, Waiting};
use crate::ACCOUNT_ID;

/// Times of messages are milliseconds since 1970, settings of queues are seconds.
///
/// A message with a receipt was received, and is in flight as long as it is hidden.
pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS queues (
        name TEXT PRIMARY KEY, visibility_s INTEGER NOT NULL, delay_s INTEGER NOT NULL, retention_s INTEGER NOT NULL,
        wait_s INTEGER NOT NULL, max_bytes INTEGER NOT NULL, dead_letters TEXT, max_receives INTEGER,
        created_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL, body TEXT NOT NULL,
        attributes TEXT NOT NULL, group_id TEXT, sent_ms INTEGER NOT NULL, visible_ms INTEGER NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0, receipt TEXT, received_ms INTEGER, first_received_ms INTEGER,
        dead_letter_of TEXT) STRICT;
    CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue, visible_ms);";

pub(super) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The settings of `queue`, or that there is none.
pub(super) fn queue(db: &Connection, queue: &str) -> Result<QueueSpec, SqsError> {
    let read = |row: &Row<'_>| {
        let seconds = |column: &str| row.get::<_, u32>(column).map(|s| Duration::from_secs(u64::from(s)));
        let redrive = match (row.get("dead_letters")?, row.get("max_receives")?) {
            (Some(dead_letter_queue), Some(max_receive_count)) => {
                Some(Redrive { dead_letter_queue, max_receive_count })
            }
            _ => None,
        };
        Ok(QueueSpec {
            name: row.get("name")?,
            visibility_timeout: seconds("visibility_s")?,
            delay: seconds("delay_s")?,
            retention: seconds("retention_s")?,
            receive_wait: seconds("wait_s")?,
            max_message_bytes: row.get("max_bytes")?,
            redrive,
        })
    };
    db.prepare_cached("SELECT * FROM queues WHERE name = ?1")?
        .query_row([queue], read)
        .optional()?
        .ok_or(SqsError::QueueDoesNotExist)
}

/// When `queue` was made, in seconds since 1970.
pub(super) fn created_s(db: &Connection, queue: &str) -> Result<i64, SqsError> {
    Ok(db.query_row("SELECT created_ms / 1000 FROM queues WHERE name = ?1", [queue], |row| row.get(0))?)
}

pub(super) fn queue_names(db: &Connection) -> Result<Vec<String>, SqsError> {
    let mut statement = db.prepare_cached("SELECT name FROM queues ORDER BY name")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Creates the queue or gives it these settings.
pub(super) fn put_queue(db: &Connection, spec: &QueueSpec, now: i64) -> Result<(), SqsError> {
    db.execute(
        "INSERT INTO queues (name, visibility_s, delay_s, retention_s, wait_s, max_bytes, dead_letters, max_receives,
            created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (name) DO UPDATE SET visibility_s = ?2, delay_s = ?3, retention_s = ?4, wait_s = ?5,
            max_bytes = ?6, dead_letters = ?7, max_receives = ?8",
        params![
            spec.name,
            spec.visibility_timeout.as_secs(),
            spec.delay.as_secs(),
            spec.retention.as_secs(),
            spec.receive_wait.as_secs(),
            spec.max_message_bytes,
            spec.redrive.as_ref().map(|redrive| &redrive.dead_letter_queue),
            spec.redrive.as_ref().map(|redrive| redrive.max_receive_count),
            now,
        ],
    )?;
    Ok(())
}

/// Puts a message in.
pub(super) fn insert(db: &Connection, queue: &QueueSpec, message: &NewMessage, now: i64) -> Result<Sent, SqsError> {
    let message_id = Uuid::new_v4().to_string();
    let visible = now.saturating_add(ms(message.delay.unwrap_or(queue.delay)));
    db.prepare_cached(
        "INSERT INTO messages (queue, message_id, body, attributes, group_id, sent_ms, visible_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        queue.name,
        message_id,
        message.body,
        serde_json::to_string(&message.attributes)?,
        message.group_id,
        now,
        visible,
    ])?;
    Ok(Sent {
        message_id,
        md5_of_body: md5_of_body(&message.body),
        md5_of_attributes: md5_of_attributes(&message.attributes),
    })
}

/// Drops messages that are older than the queue keeps them.
pub(super) fn drop_expired(db: &Connection, queue: &QueueSpec, now: i64) -> Result<(), SqsError> {
    let oldest = now.saturating_sub(ms(queue.retention));
    db.prepare_cached("DELETE FROM messages WHERE queue = ?1 AND sent_ms <= ?2")?
        .execute(params![queue.name, oldest])?;
    Ok(())
}

/// Moves messages that were received too often to the dead-letter queue. Returns how many.
///
/// As in SQS this happens when they would be received once more. They keep their id, their count of receives and
/// the time they were first sent, from which their retention still runs.
pub(super) fn redrive(db: &Connection, queue: &QueueSpec, now: i64) -> Result<usize, SqsError> {
    let Some(redrive) = &queue.redrive else {
        return Ok(0);
    };
    Ok(db
        .prepare_cached(
            "UPDATE messages SET queue = ?1, dead_letter_of = queue, receipt = NULL, visible_ms = ?2
             WHERE queue = ?3 AND visible_ms <= ?2 AND receives >= ?4",
        )?
        .execute(params![redrive.dead_letter_queue, now, queue.name, redrive.max_receive_count])?)
}

/// Receives up to `max` visible messages and hides them.
///
/// Fair between groups: the n-th waiting message of a group with m in flight has rank n + m, and the lowest ranks go
/// first. A message without group is a group of its own, so that a queue without groups is first in, first out.
pub(super) fn take(
    db: &Connection,
    queue: &QueueSpec,
    max: usize,
    visibility: Duration,
    now: i64,
) -> Result<Vec<Received>, SqsError> {
    let rows: Vec<i64> = db
        .prepare_cached(
            "WITH busy AS (SELECT group_id, count(*) AS in_flight FROM messages
                 WHERE queue = ?1 AND visible_ms > ?2 AND receipt IS NOT NULL AND group_id IS NOT NULL
                 GROUP BY group_id)
             SELECT id FROM messages LEFT JOIN busy USING (group_id)
             WHERE queue = ?1 AND visible_ms <= ?2
             ORDER BY coalesce(in_flight, 0)
                 + row_number() OVER (PARTITION BY coalesce(group_id, id) ORDER BY id), id
             LIMIT ?3",
        )?
        .query_map(params![queue.name, now, max], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    rows.into_iter().map(|row| take_one(db, queue, row, visibility, now)).collect()
}

fn take_one(
    db: &Connection,
    queue: &QueueSpec,
    row: i64,
    visibility: Duration,
    now: i64,
) -> Result<Received, SqsError> {
    let receipt = Receipt::new(row);
    let read = |row: &Row<'_>| {
        let mut attributes = BTreeMap::from([
            ("ApproximateReceiveCount".to_owned(), row.get::<_, i64>("receives")?.to_string()),
            ("ApproximateFirstReceiveTimestamp".to_owned(), row.get::<_, i64>("first_received_ms")?.to_string()),
            ("SentTimestamp".to_owned(), row.get::<_, i64>("sent_ms")?.to_string()),
            ("SenderId".to_owned(), ACCOUNT_ID.to_owned()),
        ]);
        if let Some(group) = row.get("group_id")? {
            attributes.insert("MessageGroupId".to_owned(), group);
        }
        if let Some(source) = row.get::<_, Option<String>>("dead_letter_of")? {
            attributes.insert("DeadLetterQueueSourceArn".to_owned(), arn(&source));
        }
        let body: String = row.get("body")?;
        let message_attributes: String = row.get("attributes")?;
        Ok((row.get("message_id")?, body, message_attributes, attributes))
    };
    let (message_id, body, message_attributes, attributes) = db
        .prepare_cached(
            "UPDATE messages SET receives = receives + 1, receipt = ?2, received_ms = ?3, visible_ms = ?4,
                 first_received_ms = coalesce(first_received_ms, ?3)
             WHERE id = ?1 RETURNING *",
        )?
        .query_row(params![row, receipt.token.to_string(), now, now.saturating_add(ms(visibility))], read)?;
    Ok(Received {
        message_id,
        receipt_handle: receipt.handle(&queue.name),
        md5_of_body: md5_of_body(&body),
        body,
        attributes,
        message_attributes: serde_json::from_str(&message_attributes)?,
    })
}

/// Puts a visible copy beside a message that was just received, as if two servers had kept it.
pub(super) fn duplicate(db: &Connection, queue: &str, handle: &str, now: i64) -> Result<(), SqsError> {
    let receipt = Receipt::parse(queue, handle)?;
    db.execute(
        "INSERT INTO messages (queue, message_id, body, attributes, group_id, sent_ms, visible_ms, receives,
             first_received_ms, dead_letter_of)
         SELECT queue, message_id, body, attributes, group_id, sent_ms, ?2, receives, first_received_ms, dead_letter_of
         FROM messages WHERE id = ?1",
        params![receipt.row, now],
    )?;
    Ok(())
}

pub(super) fn delete(db: &Connection, queue: &str, receipt: &Receipt) -> Result<(), SqsError> {
    db.prepare_cached("DELETE FROM messages WHERE id = ?1 AND queue = ?2 AND receipt = ?3")?.execute(params![
        receipt.row,
        queue,
        receipt.token.to_string()
    ])?;
    Ok(())
}

/// Hides a message in flight for `visibility` from `now` on, but never past twelve hours after its receive.
pub(super) fn change_visibility(
    db: &Connection,
    queue: &str,
    receipt: &Receipt,
    visibility: Duration,
    now: i64,
) -> Result<(), SqsError> {
    let current: Option<(i64, i64)> = db
        .prepare_cached("SELECT visible_ms, received_ms FROM messages WHERE id = ?1 AND queue = ?2 AND receipt = ?3")?
        .query_row(params![receipt.row, queue, receipt.token.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let reason = "Message does not exist or is not available for visibility timeout change.";
    let (visible, received) =
        current.ok_or_else(|| SqsError::invalid("ReceiptHandle", &receipt.handle(queue), reason))?;
    if visible <= now {
        return Err(SqsError::MessageNotInflight);
    }
    let until = now.saturating_add(ms(visibility));
    if until > received.saturating_add(ms(MAX_VISIBILITY)) {
        let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
        return Err(SqsError::invalid("VisibilityTimeout", &visibility.as_secs(), reason));
    }
    db.prepare_cached("UPDATE messages SET visible_ms = ?2 WHERE id = ?1")?.execute(params![receipt.row, until])?;
    Ok(())
}

/// When the next hidden message of `queue` shows.
pub(super) fn next_visible_at(db: &Connection, queue: &str, now: i64) -> Result<Option<i64>, SqsError> {
    Ok(db
        .prepare_cached("SELECT min(visible_ms) FROM messages WHERE queue = ?1 AND visible_ms > ?2")?
        .query_row(params![queue, now], |row| row.get(0))?)
}

pub(super) fn depth(db: &Connection, queue: &str, now: i64) -> Result<Depth, SqsError> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE visible_ms <= ?2),
                    count(*) FILTER (WHERE visible_ms > ?2 AND receipt IS NOT NULL),
                    count(*) FILTER (WHERE visible_ms > ?2 AND receipt IS NULL)
             FROM messages WHERE queue = ?1",
        )?
        .query_row(params![queue, now], |row| {
            Ok(Depth { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
        })?)
}

pub(super) fn bodies(db: &Connection, queue: &str) -> Result<Vec<String>, SqsError> {
    let mut statement = db.prepare_cached("SELECT body FROM messages WHERE queue = ?1 ORDER BY id")?;
    Ok(statement.query_map([queue], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

pub(super) fn waiting(db: &Connection, queue: &str) -> Result<Vec<Waiting>, SqsError> {
    let mut statement = db.prepare_cached(
        "SELECT body, group_id, visible_ms - sent_ms AS hidden_ms FROM messages WHERE queue = ?1 ORDER BY id",
    )?;
    let read = |row: &Row<'_>| {
        let hidden_ms: i64 = row.get("hidden_ms")?;
        let hidden_for = Duration::from_millis(u64::try_from(hidden_ms).unwrap_or_default());
        Ok(Waiting { body: row.get("body")?, group_id: row.get("group_id")?, hidden_for })
    };
    Ok(statement.query_map([queue], read)?.collect::<Result<_, _>>()?)
}

pub(super) fn purge(db: &Connection, queue: &str) -> Result<(), SqsError> {
    db.execute("DELETE FROM messages WHERE queue = ?1", [queue])?;
    Ok(())
}

/// Deletes the queue with its messages.
pub(super) fn delete_queue(db: &Connection, queue: &str) -> Result<(), SqsError> {
    purge(db, queue)?;
    db.execute("DELETE FROM queues WHERE name = ?1", [queue])?;
    Ok(())
}
