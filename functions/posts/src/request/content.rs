//! What shall be published: the text, the title and the media, of the whole post or of one target.

use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{Diagnostics, ErrorCode, Issue};
use slipway_domain::{Caption, Description, Hidden, MediaKind, limits};
use slipway_fetch::{PublicUrl, TrustedOrigins};

use super::layers::Settings;
use super::{MediaRequest, MediaSource, Said};

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

/// The most media that are read: as many photos as a post may have.
const MAX_MEDIA: usize = limits::PHOTOS_PER_POST;
/// The longest title that is kept, in UTF-16 units, as for a caption. That of photos must be shorter.
const MAX_TITLE_UNITS: usize = Caption::MAX_UTF16_UNITS;

/// What the post is, as far as that can be told before its media is looked up.
pub(super) fn presumed(media: &Given<Vec<MediaRequest>>, settings: &Settings) -> MediaKind {
    let media = media.this().map(Vec::as_slice).unwrap_or_default();
    let said = || media.iter().find_map(|media| media.kind);
    let several = || (media.len() > 1).then_some(MediaKind::Photo);
    let named = || media.first().and_then(|media| media.source.promises());
    settings.choices().media_type.or_else(said).or_else(several).or_else(named).unwrap_or(MediaKind::Video)
}

/// The text. One that is too long for a video alone is put into `long`.
pub(super) fn text(
    fields: &Fields<'_>,
    presumed: MediaKind,
    long: &mut Vec<Issue>,
    issues: &mut Vec<Issue>,
) -> Given<Said<Hidden<String>>> {
    let before = issues.len();
    let Some(text) = fields.text("text", issues) else {
        return if issues.len() > before { Given::Refused } else { Given::Nothing };
    };
    let field = fields.path("text");
    let caption = Caption::parse(text).err();
    let description = Description::parse(text).err();
    let fits_photos = description.is_none();
    let error = match presumed {
        MediaKind::Video => caption,
        MediaKind::Photo => description,
    };
    if let Some(error) = error {
        let issue = Issue::invalid(&field, error.to_string(), "Shorten the text.").compared(error.units, error.most);
        if !fits_photos {
            issues.push(issue);
            return Given::Refused;
        }
        long.push(issue);
    }
    Given::This(Said { value: text.to_owned().into(), field })
}

/// The title, which only photos show.
pub(super) fn title(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Given<Said<Hidden<String>>> {
    let Some(title) = fields.filled("title", issues) else { return Given::Nothing };
    let (field, units) = (fields.path("title"), title.encode_utf16().count());
    if units > MAX_TITLE_UNITS {
        let message = format!("the title has {units} UTF-16 units, at most {MAX_TITLE_UNITS} are kept");
        issues.push(Issue::invalid(field, message, "Shorten the title.").compared(units, MAX_TITLE_UNITS));
        return Given::Refused;
    }
    Given::This(Said { value: title.to_owned().into(), field })
}

/// The media, and where each was named: `media` wins over `media_ids`. `origins` may be imported from although they are
/// not public.
pub(super) fn media(
    fields: &Fields<'_>,
    origins: &TrustedOrigins,
    noted: &mut Diagnostics,
) -> Given<Vec<MediaRequest>> {
    let before = noted.issues.len();
    let mut named = objects(fields, noted);
    let ids = fields.texts("media_ids", MAX_MEDIA, &mut noted.issues);
    if !named.is_empty() && ids.as_ref().is_some_and(|ids| !ids.is_empty()) {
        // The contract says which one wins, so that not even the strict are refused.
        noted.warnings.push(format!("{} has no effect beside media; it was ignored.", fields.path("media_ids")));
    }
    if named.is_empty() {
        let ids = ids.into_iter().flatten().enumerate();
        named.extend(ids.map(|(index, id)| Named {
            source: id,
            is_url: false,
            field: format!("{}[{index}]", fields.path("media_ids")),
            kind: None,
        }));
    }
    if noted.issues.len() > before {
        return Given::Refused;
    }
    if named.is_empty() {
        return Given::Nothing;
    }
    let mut media = Vec::new();
    for named in &named {
        match source(named, origins) {
            Ok(source) => media.push(MediaRequest { source, field: named.field.clone(), kind: named.kind }),
            Err(issue) => noted.issues.push(issue),
        }
    }
    if media.len() < named.len() { Given::Refused } else { Given::This(media) }
}

/// Media as it was named, and where.
struct Named<'a> {
    source: &'a str,
    /// It was said to be a URL; otherwise it is one if it looks like one.
    is_url: bool,
    field: String,
    kind: Option<MediaKind>,
}

fn objects<'a>(fields: &Fields<'a>, noted: &mut Diagnostics) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    for object in fields.objects("media", MAX_MEDIA, &mut noted.issues).into_iter().flatten() {
        let issues = &mut noted.issues;
        let kind = object.filled("source_type", issues).unwrap_or("media_id");
        let is = media_kind(&object, issues);
        match (kind, object.text("source", issues)) {
            ("media_id" | "url", Some(source)) => {
                named.push(Named { source, is_url: kind == "url", field: object.path("source"), kind: is });
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

/// What a file is said to be.
fn media_kind(object: &Fields<'_>, issues: &mut Vec<Issue>) -> Option<MediaKind> {
    let kind = object.filled("type", issues)?;
    let is = |word: &str| kind.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is("photo") || is("image") {
        return Some(MediaKind::Photo);
    }
    if is("video") {
        return Some(MediaKind::Video);
    }
    let message = format!("{} is no type of media", quoted(kind));
    issues.push(Issue::invalid(object.path("type"), message, "Send \"video\", \"photo\" or no type."));
    None
}

fn source(named: &Named<'_>, origins: &TrustedOrigins) -> Result<MediaSource, Issue> {
    let Named { source, is_url, field, .. } = named;
    let begins_with = |scheme: &str| source.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    if *is_url || begins_with("http://") || begins_with("https://") {
        return match PublicUrl::parse_with(source, origins) {
            Ok(url) => Ok(MediaSource::Url(url)),
            Err(refused) => Err(Issue::source_refused(field, refused.to_string(), refused.cure())),
        };
    }
    source.parse().map(MediaSource::Id).map_err(|_| unknown_media(&quoted(source), field))
}

/// There is no such media: an id of none, or a text that is no id, as it is shown.
pub(crate) fn unknown_media(shown: &str, field: &str) -> Issue {
    let cure = "Upload the file first; see GET /v1/media for what you have.";
    Issue::no_such(field, "media", shown, cure).with_code(ErrorCode::MediaNotFound)
}

/// Says, once a post, that there is no media.
pub(super) fn missing_media(issues: &mut Vec<Issue>) {
    if !issues.iter().any(|issue| issue.code == ErrorCode::MediaRequired) {
        issues.push(no_media());
    }
}

/// There is nothing to publish.
pub(crate) fn no_media() -> Issue {
    let cure = "Upload a video or photos with POST /v1/media/upload or /v1/media/upload-url and name the ids in media_ids, or send URLs.";
    let issue = Issue::invalid("media_ids", "a post on TikTok needs a video or photos", cure);
    issue.with_code(ErrorCode::MediaRequired)
}
