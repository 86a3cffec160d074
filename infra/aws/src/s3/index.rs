//! The tables under S3.

use std::collections::HashSet;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::object::{Checksums, ObjectRecord, Segment, StoredHeaders};

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY) STRICT;
    CREATE TABLE IF NOT EXISTS objects (
        bucket TEXT NOT NULL, key TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (bucket, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS uploads (
        id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, headers TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS parts (
        upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE, number INTEGER NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (upload, number)) STRICT, WITHOUT ROWID;
    PRAGMA foreign_keys = ON;";

/// A multipart upload that was begun.
#[derive(Debug)]
pub(super) struct UploadRecord {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) headers: StoredHeaders,
}

/// A part that was uploaded.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct PartRecord {
    pub(super) segment: Segment,
    pub(super) md5: [u8; 16],
    pub(super) modified_ms: i64,
    pub(super) checksums: Checksums,
}

impl PartRecord {
    pub(super) fn e_tag(&self) -> String {
        hex::encode(self.md5)
    }
}

/// A column that holds JSON.
struct Json<T>(T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(&self.0).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        Ok(text.into())
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

pub(super) fn create_bucket(db: &Connection, name: &str) -> rusqlite::Result<()> {
    db.execute("INSERT INTO buckets (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", [name])?;
    Ok(())
}

pub(super) fn has_bucket(db: &Connection, name: &str) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM buckets WHERE name = ?1")?.exists([name])
}

/// The names of all blobs that objects and parts consist of.
pub(super) fn blob_names(db: &Connection) -> rusqlite::Result<HashSet<String>> {
    let mut objects = db.prepare("SELECT record FROM objects")?;
    let objects = objects.query_map([], |row| row.get::<_, Json<ObjectRecord>>(0))?;
    let mut parts = db.prepare("SELECT record FROM parts")?;
    let parts = parts.query_map([], |row| row.get::<_, Json<PartRecord>>(0))?;
    let mut names = HashSet::new();
    for object in objects {
        names.extend(object?.0.segments.into_iter().map(|segment| segment.blob));
    }
    for part in parts {
        names.insert(part?.0.segment.blob);
    }
    Ok(names)
}

pub(super) fn object(db: &Connection, bucket: &str, key: &str) -> rusqlite::Result<Option<ObjectRecord>> {
    db.prepare_cached("SELECT record FROM objects WHERE bucket = ?1 AND key = ?2")?
        .query_row([bucket, key], |row| row.get(0))
        .optional()
        .map(|record: Option<Json<ObjectRecord>>| record.map(|Json(record)| record))
}

/// Puts the object in place of the one there was.
pub(super) fn put_object(db: &Connection, bucket: &str, key: &str, record: &ObjectRecord) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO objects (bucket, key, record) VALUES (?1, ?2, ?3)
         ON CONFLICT (bucket, key) DO UPDATE SET record = ?3",
    )?
    .execute(params![bucket, key, Json(record)])?;
    Ok(())
}

pub(super) fn delete_object(db: &Connection, bucket: &str, key: &str) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM objects WHERE bucket = ?1 AND key = ?2")?.execute([bucket, key])?;
    Ok(())
}

/// The first object of `bucket` at or after `from`, or strictly after it.
pub(super) fn next_object(
    db: &Connection,
    bucket: &str,
    from: &str,
    inclusive: bool,
) -> rusqlite::Result<Option<(String, ObjectRecord)>> {
    db.prepare_cached(
        "SELECT key, record FROM objects WHERE bucket = ?1 AND (key > ?2 OR (?3 AND key = ?2)) ORDER BY key LIMIT 1",
    )?
    .query_row(params![bucket, from, inclusive], |row| Ok((row.get(0)?, row.get::<_, Json<ObjectRecord>>(1)?.0)))
    .optional()
}

pub(super) fn create_upload(db: &Connection, id: &str, upload: &UploadRecord) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO uploads (id, bucket, key, headers) VALUES (?1, ?2, ?3, ?4)",
        params![id, upload.bucket, upload.key, Json(&upload.headers)],
    )?;
    Ok(())
}

pub(super) fn upload(db: &Connection, id: &str) -> rusqlite::Result<Option<UploadRecord>> {
    db.query_row("SELECT bucket, key, headers FROM uploads WHERE id = ?1", [id], |row| {
        Ok(UploadRecord { bucket: row.get(0)?, key: row.get(1)?, headers: row.get::<_, Json<_>>(2)?.0 })
    })
    .optional()
}

/// Deletes the upload with its parts.
pub(super) fn delete_upload(db: &Connection, id: &str) -> rusqlite::Result<()> {
    db.execute("DELETE FROM uploads WHERE id = ?1", [id])?;
    Ok(())
}

pub(super) fn part(db: &Connection, upload: &str, number: i32) -> rusqlite::Result<Option<PartRecord>> {
    db.prepare_cached("SELECT record FROM parts WHERE upload = ?1 AND number = ?2")?
        .query_row(params![upload, number], |row| row.get(0))
        .optional()
        .map(|record: Option<Json<PartRecord>>| record.map(|Json(record)| record))
}

/// The parts after number `after`, in order.
pub(super) fn parts(db: &Connection, upload: &str, after: i32) -> rusqlite::Result<Vec<(i32, PartRecord)>> {
    db.prepare_cached("SELECT number, record FROM parts WHERE upload = ?1 AND number > ?2 ORDER BY number")?
        .query_map(params![upload, after], |row| Ok((row.get(0)?, row.get::<_, Json<PartRecord>>(1)?.0)))?
        .collect()
}

/// Puts the part in place of the one of that number.
pub(super) fn put_part(db: &Connection, upload: &str, number: i32, part: &PartRecord) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO parts (upload, number, record) VALUES (?1, ?2, ?3)
         ON CONFLICT (upload, number) DO UPDATE SET record = ?3",
    )?
    .execute(params![upload, number, Json(part)])?;
    Ok(())
}
