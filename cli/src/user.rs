//! `slipway user`: whose key this is, and what a tenant can take along and delete.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::Session;
use crate::args::{User, UserCommand};
use crate::problem::Problem;
use crate::tenant::one;
use crate::text;

#[derive(Deserialize)]
struct Me {
    id: String,
    email: String,
    plan: String,
}

/// The last line of each page.
#[derive(Deserialize)]
struct PageEnd {
    next_cursor: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &User) -> Result<(), Problem> {
    match &wanted.command {
        UserCommand::Show => show(session).await,
        UserCommand::Export { out } => export(session, out.as_deref()).await,
        UserCommand::Delete { email } => delete(session, email).await,
    }
}

async fn show(session: &Session) -> Result<(), Problem> {
    let me = session.api.get("/v1/users/me").await?.success()?;
    session.say.event(&json!({"event": "user", "user": me}));
    let Me { id, email, plan } = one(me)?;
    for line in text::table(["ID", "EMAIL", "PLAN"], [[id, email, plan]]) {
        session.say.result(&line);
    }
    Ok(())
}

/// Reads page after page, and writes each record as it came.
async fn export(session: &Session, out: Option<&Path>) -> Result<(), Problem> {
    let mut target = out.map(Target::new).transpose()?;
    let (mut records, mut cursor) = (0_u64, String::new());
    for number in 0_usize.. {
        if number == MOST_PAGES {
            return Err(Problem::failure("the export has no end"));
        }
        let path = format!("/v1/users/me/export?cursor={}", text::encoded(&cursor));
        let page: Vec<Json> = session.api.get(&path).await?.read()?;
        let Some((end, lines)) = page.split_last() else {
            return Err(Problem::failure("the API's export has a page without an end"));
        };
        for line in lines {
            if let Some(target) = &mut target {
                target.add(line)?;
            } else {
                session.say.event(&json!({"event": "record", "record": line}));
                session.say.result(&line.to_string());
            }
            records += 1;
        }
        let PageEnd { next_cursor } = one(end.clone())?;
        match next_cursor {
            Some(next) => cursor = next,
            None => break,
        }
    }
    let place = target.map(Target::finished).transpose()?.map_or_else(String::new, |path| format!(" into {path}"));
    session.say.event(&json!({"event": "exported", "records": records}));
    session.say.done(&format!("Exported {records} records{place}"));
    Ok(())
}

/// More than the largest export has: a hundred million records.
const MOST_PAGES: usize = 1_000_000;

/// A file that has its name only when all is in it, so that nobody takes a part for the whole.
struct Target {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
}

impl Target {
    fn new(path: &Path) -> Result<Self, Problem> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|error| not_written(&part, &error))?;
        Ok(Self { path: path.to_owned(), part, file: BufWriter::new(file) })
    }

    fn add(&mut self, line: &Json) -> Result<(), Problem> {
        writeln!(self.file, "{line}").map_err(|error| not_written(&self.part, &error))
    }

    /// Answers the file's name.
    fn finished(mut self) -> Result<String, Problem> {
        let moved = self.file.flush().and_then(|()| std::fs::rename(&self.part, &self.path));
        moved.map_err(|error| not_written(&self.path, &error))?;
        Ok(self.path.display().to_string())
    }
}

async fn delete(session: &Session, email: &str) -> Result<(), Problem> {
    let me: Me = session.api.get("/v1/users/me").await?.read()?;
    if !me.email.eq_ignore_ascii_case(email.trim()) {
        let message = format!("this key belongs to {}, and not to {email}: nothing was deleted", me.email);
        return Err(Problem::refused(message));
    }
    session.api.delete("/v1/users/me").await?.success()?;
    session.say.event(&json!({"event": "deleted", "user_id": me.id}));
    session.say.done("Deleted: no key of this tenant opens anything any more, and what it has goes within minutes");
    Ok(())
}

fn not_written(path: &Path, error: &std::io::Error) -> Problem {
    Problem::failure(format!("{} can't be written: {error}", path.display()))
}
