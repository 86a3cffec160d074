//! What shall be published: the caption and the video, of the whole post or of one target.

use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{Diagnostics, ErrorCode, Issue};
use slipway_domain::{Caption, limits};
use slipway_fetch::{PublicUrl, TrustedOrigins};

use super::MediaSource;

/// What a place says about something that may also be said for the whole post.
#[derive(Debug, Clone)]
pub(super) enum Given<T> {
    /// Nothing: what is said for the whole post holds.
    Nothing,
    /// Something that was refused; the issue is noted.
    Refused,
    /// This.
    This(T),
}

impl<T> Given<T> {
    /// What holds, given what is said for the whole post.
    pub(super) fn or<'a>(&'a self, shared: &'a Self) -> &'a Self {
        if matches!(self, Self::Nothing) { shared } else { self }
    }

    /// The thing itself.
    pub(super) fn this(&self) -> Option<&T> {
        if let Self::This(this) = self { Some(this) } else { None }
    }
}

/// The most media that are read; a video post has one.
const MAX_MEDIA: usize = limits::PHOTOS_PER_POST;
/// The longest title that is kept, in UTF-16 units, as for the caption.
const MAX_TITLE_UNITS: usize = Caption::MAX_UTF16_UNITS;

/// The caption.
pub(super) fn caption(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Given<Caption> {
    let before = issues.len();
    let Some(text) = fields.text("text", issues) else {
        return if issues.len() > before { Given::Refused } else { Given::Nothing };
    };
    match Caption::parse(text) {
        Ok(caption) => Given::This(caption),
        Err(error) => {
            issues.push(Issue::invalid(fields.path("text"), error.to_string(), "Shorten the text."));
            Given::Refused
        }
    }
}

/// The title, which only photos have. It is kept, with a warning that nobody will see it.
pub(super) fn title(fields: &Fields<'_>, noted: &mut Diagnostics) -> Option<String> {
    let title = fields.filled("title", &mut noted.issues)?;
    let (field, units) = (fields.path("title"), title.encode_utf16().count());
    if units > MAX_TITLE_UNITS {
        let message = format!("the title has {units} UTF-16 units, at most {MAX_TITLE_UNITS} are kept");
        noted.issues.push(Issue::invalid(field, message, "Shorten the title."));
        return None;
    }
    noted.warnings.push(format!("{field} is not shown: a TikTok video has its text alone."));
    Some(title.to_owned())
}

/// The one video, and where it was named: `media` wins over `media_ids`. `origins` may be imported from although they are
/// not public.
pub(super) fn media(
    fields: &Fields<'_>,
    origins: &TrustedOrigins,
    noted: &mut Diagnostics,
) -> Given<(MediaSource, String)> {
    let before = noted.issues.len();
    let mut named = objects(fields, noted);
    let ids = fields.texts("media_ids", MAX_MEDIA, &mut noted.issues);
    if named.is_empty() {
        let ids = ids.into_iter().flatten().enumerate();
        named.extend(ids.map(|(index, id)| Named {
            source: id,
            is_url: false,
            field: format!("{}[{index}]", fields.path("media_ids")),
        }));
    }
    if noted.issues.len() > before {
        return Given::Refused;
    }
    let read = match named.as_slice() {
        [] => return Given::Nothing,
        [named] => source(named, origins),
        [_, second, ..] => {
            let message = "a TikTok video post has exactly one video";
            let issue = Issue::invalid(&second.field, message, "Send one media id or one URL.");
            Err(issue.with_code(ErrorCode::MediaMixing))
        }
    };
    match read {
        Ok(this) => Given::This(this),
        Err(issue) => {
            noted.issues.push(issue);
            Given::Refused
        }
    }
}

/// Media as it was named, and where.
struct Named<'a> {
    source: &'a str,
    /// It was said to be a URL; otherwise it is one if it looks like one.
    is_url: bool,
    field: String,
}

fn objects<'a>(fields: &Fields<'a>, noted: &mut Diagnostics) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    for object in fields.objects("media", MAX_MEDIA, &mut noted.issues).into_iter().flatten() {
        let issues = &mut noted.issues;
        let kind = object.filled("source_type", issues).unwrap_or("media_id");
        video(&object, issues);
        match (kind, object.text("source", issues)) {
            ("media_id" | "url", Some(source)) => {
                named.push(Named { source, is_url: kind == "url", field: object.path("source") });
            }
            ("media_id" | "url", None) if object.has("source") => {}
            ("media_id" | "url", None) => {
                issues.push(Issue::required(object.path("source"), "Send the media's id, or its URL."));
            }
            (other, _) => {
                let message = format!("{} is no source type", quoted(other));
                issues.push(Issue::invalid(object.path("source_type"), message, "Send \"media_id\" or \"url\"."));
            }
        }
        noted.unknown(&object);
    }
    named
}

/// Only videos are published. What is called something else must not become one.
fn video(object: &Fields<'_>, issues: &mut Vec<Issue>) {
    const CURE: &str = "Send a video, and \"video\" or no type.";
    let Some(kind) = object.filled("type", issues) else { return };
    let is = |word: &str| kind.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is("photo") || is("image") {
        let issue = Issue::invalid(object.path("type"), "photos are not published here, only videos are", CURE);
        issues.push(issue.with_code(ErrorCode::MediaTypeMismatch));
    } else if !is("video") {
        let message = format!("{} is no type of media", quoted(kind));
        issues.push(Issue::invalid(object.path("type"), message, CURE));
    }
}

fn source(named: &Named<'_>, origins: &TrustedOrigins) -> Result<(MediaSource, String), Issue> {
    let Named { source, is_url, field } = named;
    let begins_with = |scheme: &str| source.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    if *is_url || begins_with("http://") || begins_with("https://") {
        return match PublicUrl::parse_with(source, origins) {
            Ok(url) => Ok((MediaSource::Url(url), field.clone())),
            Err(refused) => Err(Issue::source_refused(field, refused.to_string(), refused.cure())),
        };
    }
    source.parse().map(|id| (MediaSource::Id(id), field.clone())).map_err(|_| {
        let cure = "Upload the file first; see GET /v1/media for what you have.";
        let issue = Issue::invalid(field, format!("there is no media {}", quoted(source)), cure);
        issue.with_code(ErrorCode::MediaNotFound)
    })
}

/// Says, once a post, that there is no video.
pub(super) fn missing_media(issues: &mut Vec<Issue>) {
    let code = ErrorCode::MediaRequired;
    if !issues.iter().any(|issue| issue.code == code) {
        let cure = "Upload a video with POST /v1/media/upload or /v1/media/upload-url and name its id in media_ids, or send its URL.";
        issues.push(Issue::invalid("media_ids", "a post on TikTok needs a video", cure).with_code(code));
    }
}
