//! `ListObjectsV2`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{CommonPrefix, ListObjectsV2Input, ListObjectsV2Output, Object};
use s3s::{S3Result, s3_error};

use super::object::length;
use super::{ObjectStore, index, internal};

/// Entries of one page at most.
const MAX_KEYS: i32 = 1000;

impl ObjectStore {
    /// Objects and common prefixes in the order of their keys' bytes. The token of the next page is the last entry.
    pub(super) fn list(&self, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
        self.check_bucket(&input.bucket)?;
        let max_keys = input.max_keys.unwrap_or(MAX_KEYS).min(MAX_KEYS);
        let page = usize::try_from(max_keys).map_err(|_| s3_error!(InvalidArgument, "max-keys is 0 or more"))?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let delimiter = input.delimiter.clone().filter(|delimiter| !delimiter.is_empty());
        let after = match (&input.continuation_token, &input.start_after) {
            (Some(token), _) => Some(read_token(token)?),
            (None, after) => after.clone(),
        };

        let index = self.index.lock();
        let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
        let mut cursor = Cursor::start(after, &prefix, delimiter.as_deref());
        let mut last = None;
        let mut truncated = false;
        while let Some((key, object)) =
            index::next_object(&index, &input.bucket, &cursor.from, cursor.inclusive).map_err(internal)?
        {
            if !key.starts_with(&prefix) {
                break;
            }
            if contents.len() + prefixes.len() == page {
                truncated = page > 0;
                break;
            }
            let common = delimiter.as_deref().and_then(|delimiter| common_prefix(&key, &prefix, delimiter));
            if let Some(common) = common {
                cursor = Cursor::behind(&common);
                last = Some(common.clone());
                prefixes.push(CommonPrefix { prefix: Some(common) });
            } else {
                cursor = Cursor { from: key.clone(), inclusive: false };
                last = Some(key.clone());
                contents.push(Object {
                    size: Some(length(object.size())?),
                    e_tag: Some(object.tag()),
                    last_modified: Some(object.modified()),
                    key: Some(key),
                    ..Object::default()
                });
            }
        }
        Ok(ListObjectsV2Output {
            key_count: i32::try_from(contents.len() + prefixes.len()).ok(),
            name: Some(input.bucket),
            prefix: Some(prefix),
            delimiter: input.delimiter,
            max_keys: Some(max_keys),
            start_after: input.start_after,
            continuation_token: input.continuation_token,
            is_truncated: Some(truncated),
            next_continuation_token: last.filter(|_| truncated).map(|last| URL_SAFE_NO_PAD.encode(last)),
            contents: Some(contents),
            common_prefixes: (!prefixes.is_empty()).then_some(prefixes),
            ..ListObjectsV2Output::default()
        })
    }
}

/// Where the listing goes on.
struct Cursor {
    from: String,
    inclusive: bool,
}

impl Cursor {
    fn start(after: Option<String>, prefix: &str, delimiter: Option<&str>) -> Self {
        match after {
            Some(after) if after.as_str() >= prefix => {
                // A page that ended with a common prefix goes on behind all keys under it.
                match delimiter.and_then(|delimiter| common_prefix(&after, prefix, delimiter)) {
                    Some(common) if common == after => Self::behind(&common),
                    _ => Self { from: after, inclusive: false },
                }
            }
            _ => Self { from: prefix.to_owned(), inclusive: true },
        }
    }

    /// Behind every key that begins with `prefix`: no key sorts after the largest character.
    fn behind(prefix: &str) -> Self {
        Self { from: format!("{prefix}{}", char::MAX), inclusive: false }
    }
}

/// `key` up to the first delimiter after `prefix`.
fn common_prefix(key: &str, prefix: &str, delimiter: &str) -> Option<String> {
    let rest = key.strip_prefix(prefix)?;
    let end = rest.find(delimiter)? + delimiter.len();
    Some(format!("{prefix}{}", rest.get(..end)?))
}

fn read_token(token: &str) -> S3Result<String> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}
