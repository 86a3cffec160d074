//! The database behind the tables.

use std::path::Path;

use dynoxide::Database;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::error::StartError;

/// `dynoxide` numbers the records of a stream by the highest number there is, and looks for it among all records of all
/// streams: without an index each write takes longer than the one before, since nothing removes them.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS _stream_records_by_number
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// Opens the tables kept in `file`, or empty ones in memory.
pub(super) fn open(file: Option<&Path>) -> Result<Database, StartError> {
    let Some(file) = file else { return in_memory() };
    let database = Database::new(&file.to_string_lossy())?;
    Connection::open(file)?.execute_batch(INDEX)?;
    Ok(database)
}

/// Nobody else can open a database in memory, so it takes over an empty one that has the index.
fn in_memory() -> Result<Database, StartError> {
    let database = Database::memory()?;
    let folder = TempDir::new()?;
    let file = folder.path().join("empty.sqlite");
    database.vacuum_into(&file.to_string_lossy())?;
    // It is gone in a moment: nothing of it has to reach the disk.
    Connection::open(&file)?.execute_batch(&format!("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {INDEX}"))?;
    database.restore_from(&file.to_string_lossy())?;
    Ok(database)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How the records of a stream are searched for the highest number, in the words of `SQLite`. The query is that of
    /// `dynoxide` 3.2.
    fn plan(file: &Path) -> String {
        let asked = "EXPLAIN QUERY PLAN
            SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1";
        let connection = Connection::open(file).unwrap();
        connection.query_row(asked, ["events"], |row| row.get("detail")).unwrap()
    }

    #[test]
    fn the_number_of_a_record_is_found_by_an_index() {
        let folder = TempDir::new().unwrap();
        let (kept, copy) = (folder.path().join("tables.sqlite"), folder.path().join("copy.sqlite"));
        for _ in 0..2 {
            open(Some(&kept)).unwrap();
            assert!(plan(&kept).contains("INDEX _stream_records_by_number (table_name=?)"), "{}", plan(&kept));
        }
        open(None).unwrap().vacuum_into(&copy.to_string_lossy()).unwrap();
        assert_eq!(plan(&copy), plan(&kept));
    }
}
