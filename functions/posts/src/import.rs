//! `POST /v1/posts/import`: the rows of a CSV file, each made or validated as `POST /v1/posts` would.
//!
//! Every row is a transaction of its own and is known by a guard of its own, so that a file whose import was cut off can
//! be sent again: what was made is answered, and the rest is made.

mod row;
mod table;

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::response::IntoResponse as _;
use http::StatusCode;
use jiff::Timestamp;
use lambda_http::Context;
use serde::Deserialize;
use serde_json::{Map, Value};
use slipway_contract::diagnostics::UnknownFields;
use slipway_contract::import::{ImportErrorView, ImportView, ImportedPostView};
use slipway_contract::post::{TargetErrorCode, ValidationIssue};
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode, Issue, Time};
use slipway_domain::limits::{LONGEST_ROW_SENTENCE, REQUEST_FILE_MAX_BYTES, ROWS_A_REQUEST, WARNINGS_PER_IMPORT};
use slipway_domain::{PostId, PostStatus};
use slipway_http::auth::Caller;
use slipway_http::deadline::of_request;
use slipway_http::form::{FormFile, TooLarge};
use slipway_http::limits::Meter;
use slipway_http::repeat::{IdempotencyKey, KnownAnswer, Repeatable, text};
use slipway_http::{Answer, ErrorResponse, Params, unknown_fields};
use slipway_store::Write;
use slipway_store::guards::Guard;

use self::table::{Row, Table};
use crate::at_once::at_once;
use crate::validate::{of_issue, of_refusal, verdict};
use crate::{App, create, line, repeat};

/// The cure of a file that is too large.
const IN_PARTS: &str = "Send it in parts, each with the header line.";
/// How many rows are worked on at once.
const AT_ONCE: usize = 8;
/// How long before the deadline no further row is begun: what one may take with a TikTok that hardly answers, and a
/// second for the answer.
const ROW_TAKES: std::time::Duration = std::time::Duration::from_secs(12);

pub(crate) async fn import(
    State(app): State<Arc<App>>,
    caller: Caller,
    meter: Meter,
    key: IdempotencyKey,
    params: Params,
    request: Request,
) -> Answer {
    let until = of_request(request.extensions().get::<Context>()).leaving(ROW_TAKES);
    let unknown = unknown_fields(request.headers());
    let (dry_run, ignored) = dry_run(&params)?;
    let mut noted = Diagnostics::default();
    noted.warnings = ignored;
    let file = FormFile::read(request, &mut noted, too_large).await?;
    let table = Table::read(&file.content, &mut noted);
    if dry_run {
        let warnings = noted.finish(unknown)?;
        let work = Work { app: &app, caller: &caller, meter, over: OnceLock::new(), key: None, unknown, until };
        let ends = work.each(&table).await;
        return Ok(KnownAnswer::first(StatusCode::OK, text(&view(ends, dry_run, warnings))?).into_response());
    }
    let (guards, now) = (app.posts.guards(), Timestamp::now());
    let own = key.clone().of(&[&file.content], "an import", now);
    let standing = own.earlier(&guards, now).await?;
    if let Some(answered) = standing.as_ref().and_then(|standing| again(&own, standing)) {
        return Ok(answered?.into_response());
    }
    let warnings = noted.finish(unknown)?;
    // Before the first row: from now on the key stands for this file.
    if let (Some(guard), None) = (own.guard(), &standing)
        && let Write::Refused(repeated) = guards.begin(guard, now).await?
        && let Some(answered) = again(&own, &own.met(repeated)?)
    {
        return Ok(answered?.into_response());
    }
    let over = OnceLock::new();
    let work = Work { app: &app, caller: &caller, meter, over, key: Some(&key), unknown, until };
    let ends = work.each(&table).await;
    // What time or a limit has kept from being made is made when the request is repeated.
    let settled = ends.iter().all(|end| !matches!(end.came_of_it, CameOfIt::Failed { settled: false, .. }));
    let answer = KnownAnswer::first(StatusCode::OK, text(&view(ends, dry_run, warnings))?);
    if settled && let Some(kept) = own.keep(&answer.body)?.filter(|guard| guard.answer.is_some()) {
        // The posts are made, whatever becomes of this.
        match guards.end(&kept, now).await {
            Ok(Write::Done(())) => {}
            Ok(Write::Refused(repeated)) => {
                if let Some(answered) = again(&own, &own.met(repeated)?) {
                    return Ok(answered?.into_response());
                }
            }
            Err(error) => tracing::warn!(%error, "the answer to an import was not kept; a repeat finds the posts"),
        }
    }
    Ok(answer.into_response())
}

/// The answer of an earlier request, if that one came to its end.
fn again(own: &Repeatable, standing: &Guard) -> Option<Result<KnownAnswer, ErrorResponse>> {
    standing.answer.is_some().then(|| own.first_answer(StatusCode::OK, standing))
}

/// Whether nothing is to be made, and which parameters were ignored.
fn dry_run(params: &Params) -> Result<(bool, Vec<String>), ApiError> {
    let mut noted = Diagnostics::default();
    params.note_odd(&["dry_run"], &[], &mut noted);
    let said = params.one("dry_run");
    if said.is_some_and(|said| !matches!(said, "true" | "false")) {
        noted.issues.push(Issue::invalid("dry_run", "dry_run is neither true nor false", "Send one of the two."));
    }
    Ok((said == Some("true"), noted.finish(params.unknown())?))
}

fn too_large(file: TooLarge<'_>) -> ApiError {
    let size = file.map_or_else(|| "the file".to_owned(), |(_, size)| format!("the file has {size} bytes, which"));
    let message = format!("{size} is more than the {REQUEST_FILE_MAX_BYTES} bytes that a request can carry");
    ApiError::from_issue(Issue::invalid("file", message, IN_PARTS))
        .with_max_bytes(REQUEST_FILE_MAX_BYTES)
        .with_size_bytes(file.and_then(|(_, size)| size.try_into().ok()))
        .with_cause(Cause::Caller)
}

/// What came of a row.
struct End {
    row: usize,
    line: u64,
    came_of_it: CameOfIt,
    warnings: Vec<String>,
}

enum CameOfIt {
    /// It is a post, or would be one.
    Post(Option<ImportedPostView>),
    /// It is none.
    Failed {
        code: Option<TargetErrorCode>,
        field: String,
        message: String,
        /// Trying again won't help.
        settled: bool,
    },
}

/// What rows are worked on with.
struct Work<'a> {
    app: &'a App,
    caller: &'a Caller,
    meter: Meter,
    /// Why no further row is begun: the tenant has made as many requests as it may.
    over: OnceLock<ApiError>,
    /// What the posts are made under; nothing if none is to be made.
    key: Option<&'a IdempotencyKey>,
    unknown: UnknownFields,
    until: Instant,
}

/// What a post's text is read for.
#[derive(Deserialize)]
struct MadePost {
    id: PostId,
    status: PostStatus,
    scheduled_at: Option<Time>,
    #[serde(default)]
    warnings: Vec<String>,
}

impl Work<'_> {
    /// Works on the rows, several at once, until time is over.
    async fn each(&self, table: &Table) -> Vec<End> {
        let rows = table.rows();
        at_once(AT_ONCE, rows.iter().map(|row| self.one(row)).collect()).await
    }

    async fn one(&self, row: &Row<'_>) -> End {
        if Instant::now() >= self.until {
            return row.not_done();
        }
        if let Err(exceeded) = self.count(row).await {
            return row.refused(&exceeded);
        }
        match (row.body(), self.key) {
            (Ok(body), Some(key)) => self.create(key, row, &body).await,
            (Ok(body), None) => self.validate(row, &body).await,
            (Err(issues), _) => row.failed(&issues.iter().map(of_issue).collect::<Vec<_>>(), true),
        }
    }

    /// A file is the work of many requests, and counts as some.
    async fn count(&self, row: &Row<'_>) -> Result<(), ApiError> {
        if self.over.get().is_none()
            && row.number.is_multiple_of(ROWS_A_REQUEST)
            && let Err(exceeded) = self.meter.count().await
        {
            // Of several rows that are over, the first one says until when.
            let _ = self.over.set(exceeded);
        }
        self.over.get().cloned().map_or(Ok(()), Err)
    }

    async fn validate(&self, row: &Row<'_>, body: &Map<String, Value>) -> End {
        match verdict(self.app, self.caller, body, self.unknown).await {
            Ok(found) if found.valid => {
                row.end(CameOfIt::Post(None), found.warnings.into_iter().map(|warning| warning.message).collect())
            }
            Ok(found) => row.failed(&found.errors, true),
            Err(ErrorResponse(error)) => row.refused(&error),
        }
    }

    async fn create(&self, key: &IdempotencyKey, row: &Row<'_>, body: &Map<String, Value>) -> End {
        let bytes = Value::Object(body.clone()).to_string().into_bytes();
        let mut tries = 0;
        loop {
            let made = create::make(self.app, self.caller, body, self.unknown, |id, now| {
                let own = key.part(row.number).of(&[&bytes], id.as_str(), now);
                own.or_known_by(|| repeat::by_row(self.caller, &bytes, row.nth, id, now))
            });
            match made.await {
                Ok(answer) => return row.made(&answer),
                // Rows with the same media or account meet each other, and a twin of this request.
                Err(ErrorResponse(error))
                    if error.code == ErrorCode::IdempotencyInProgress && Instant::now() < self.until =>
                {
                    line::pause(tries).await;
                    tries += 1;
                }
                Err(ErrorResponse(error)) if error.code == ErrorCode::PostLimitExhausted => {
                    return row.refused(&ApiError { code: ErrorCode::PostLimit, ..error });
                }
                Err(ErrorResponse(error)) => return row.refused(&error),
            }
        }
    }
}

impl Row<'_> {
    const fn end(&self, came_of_it: CameOfIt, warnings: Vec<String>) -> End {
        End { row: self.number, line: self.line, came_of_it, warnings }
    }

    fn made(&self, answer: &KnownAnswer) -> End {
        match serde_json::from_str::<MadePost>(&answer.body) {
            Ok(MadePost { id, status, scheduled_at, warnings }) => {
                let post = ImportedPostView { row: self.number, id, status, scheduled_at };
                self.end(CameOfIt::Post(Some(post)), warnings)
            }
            Err(error) => self.refused(&ErrorResponse::internal(&error).0),
        }
    }

    fn refused(&self, error: &ApiError) -> End {
        self.failed(&of_refusal(error), !error.may_pass())
    }

    fn failed(&self, issues: &[ValidationIssue], settled: bool) -> End {
        let mut messages: Vec<&str> = Vec::new();
        for issue in issues {
            // The same about each of many accounts is said once.
            if !messages.contains(&issue.message.as_str()) {
                messages.push(&issue.message);
            }
        }
        let mut message: String = messages.join(" ");
        if let Some((end, _)) = message.char_indices().nth(LONGEST_ROW_SENTENCE) {
            message.truncate(end);
            message.push('…');
        }
        let code = issues.first().and_then(|issue| issue.code);
        let field = issues.first().map(|issue| row::column_of(&issue.field).to_owned()).unwrap_or_default();
        self.end(CameOfIt::Failed { code, field, message, settled }, Vec::new())
    }

    fn not_done(&self) -> End {
        let message = "Not done: the time of a request was over. Send the same file again, with the same \
                       Idempotency-Key if it had one: what was made is not made twice.";
        let (code, field, message) = (None, String::new(), message.to_owned());
        self.end(CameOfIt::Failed { code, field, message, settled: false }, Vec::new())
    }
}

fn view(ends: Vec<End>, dry_run: bool, mut warnings: Vec<String>) -> ImportView {
    let total_rows = ends.len();
    let (mut errors, mut posts, mut of_rows) = (Vec::new(), Vec::new(), Vec::new());
    for End { row, line, came_of_it, warnings } in ends {
        of_rows.extend(warnings.into_iter().map(|warning| format!("row {row}: {warning}")));
        match came_of_it {
            CameOfIt::Post(post) => posts.extend(post),
            CameOfIt::Failed { code, field, message, .. } => {
                errors.push(ImportErrorView { row, line, code, field, message });
            }
        }
    }
    let more = of_rows.len().saturating_sub(WARNINGS_PER_IMPORT);
    of_rows.truncate(WARNINGS_PER_IMPORT);
    warnings.append(&mut of_rows);
    if more > 0 {
        warnings.push(format!("{more} more warnings of rows are left out; each post has its own"));
    }
    ImportView { total_rows, created: posts.len(), failed: errors.len(), dry_run, errors, posts, warnings }
}
