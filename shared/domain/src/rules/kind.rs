//! Whether a post is a video or photos: what its files are decides, then what was said about them.

use super::{Known, Problem, Wish};
use crate::MediaKind;

/// What the post is.
pub(super) fn of(wish: &Wish<'_>, known: &Known<'_>, problems: &mut Vec<Problem>) -> MediaKind {
    let said = wish.choices.media_type;
    let mut first: Option<MediaKind> = None;
    for (file, is) in known.files.iter().enumerate() {
        if let Some((found, wanted)) = is.kind.zip(is.said.or(said)).filter(|(found, wanted)| found != wanted) {
            problems.push(Problem::AnotherKind { file, found, wanted });
        } else if let Some((found, wanted)) = is.said.zip(said).filter(|(found, wanted)| found != wanted) {
            problems.push(Problem::AnotherKind { file, found, wanted });
        }
        let Some(kind) = is.kind.or(is.said) else { continue };
        if *first.get_or_insert(kind) != kind
            && !problems.iter().any(|problem| matches!(problem, Problem::Mixed { .. }))
        {
            problems.push(Problem::Mixed { file });
        }
    }
    let several = (known.files.len() > 1).then_some(MediaKind::Photo);
    let presumed = || known.files.first().and_then(|file| file.presumed);
    first.or(said).or(several).or_else(presumed).unwrap_or(MediaKind::Video)
}
