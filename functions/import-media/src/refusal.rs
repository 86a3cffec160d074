//! What is final and what is tried again, and how it is said.

use std::time::Duration;

use slipway_domain::ChunkPlan;
use slipway_domain::media::CURE_OF_TOO_LARGE;
use slipway_fetch::{FetchError, Slow, UrlRefused};
use slipway_media::after_deleting;
use slipway_store::media::{Allowed, Measured, MediaReason, NoRoom, ReasonCode};
use slipway_video::ProbeError;

/// What to do after a fault.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Advice {
    /// Connect again at once; after some of these it is like [`Wait`](Self::Wait).
    Reconnect(MediaReason),
    /// Try again in some minutes, not before the server's own wish; after some of these it is final.
    Wait(MediaReason, Option<Duration>),
    /// It will not get better.
    GiveUp(MediaReason),
}

/// What to do after this fault.
pub(crate) fn advice(error: &FetchError) -> Advice {
    match error {
        FetchError::Broken(_) => Advice::Reconnect(reason(
            ReasonCode::ImportUnreachable,
            "the connection to the server broke again and again",
            "See whether the whole file can be downloaded from that address, then import it again.",
        )),
        FetchError::Slow(Slow::Idle) => Advice::Reconnect(slow("the server stopped sending")),
        FetchError::Unreachable(_) => Advice::Wait(
            reason(
                ReasonCode::ImportUnreachable,
                "the server could not be reached: its name, its port or its certificate",
                OPEN_IT,
            ),
            None,
        ),
        FetchError::Slow(Slow::Drip) => Advice::Wait(slow("the server sends too slowly"), None),
        FetchError::Status { status: status @ (408 | 425 | 429 | 500..=599), retry_after } => {
            Advice::Wait(unexpected_status(*status), *retry_after)
        }
        FetchError::Status { status, .. } => Advice::GiveUp(unexpected_status(*status)),
        FetchError::Slow(Slow::Total) => Advice::GiveUp(slow("the file did not arrive in the time there is")),
        FetchError::LeadsInside => Advice::GiveUp(not_public(&UrlRefused::PrivateName)),
        FetchError::RedirectRefused(refused) => Advice::GiveUp(not_public(refused)),
        FetchError::RedirectNowhere | FetchError::TooManyRedirects(_) => Advice::GiveUp(reason(
            ReasonCode::ImportRedirects,
            &error.to_string(),
            "Send the address at which the redirects end.",
        )),
        FetchError::Nonsense(_) => Advice::GiveUp(reason(
            ReasonCode::ImportHttpStatus,
            "the server's answer can't be used as a file",
            "Send an address that answers with the whole file.",
        )),
        // Less than TikTok takes was all that was left of the plan.
        FetchError::TooLarge { most, announced } if *most < ChunkPlan::MAX_FILE => Advice::GiveUp(MediaReason {
            measured: announced.map(Measured::bytes),
            allowed: Some(Allowed::bytes(1, *most)),
            ..NoRoom { used_bytes: 0, limit_bytes: *most, size_bytes: 0 }.reason(&after_deleting(THEN))
        }),
        FetchError::TooLarge { most, announced } => {
            Advice::GiveUp(MediaReason { measured: announced.map(Measured::bytes), ..too_large(*most) })
        }
    }
}

/// The stored address is not called any more.
pub(crate) fn not_public(refused: &UrlRefused) -> MediaReason {
    let message = match refused {
        UrlRefused::PrivateAddress | UrlRefused::PrivateName => {
            "the address, or one that it redirects to, is not on the public internet".to_owned()
        }
        other => format!("the address, or one that it redirects to, is not called: {other}"),
    };
    reason(ReasonCode::ImportNotPublic, &message, refused.cure())
}

/// The first bytes are those of no media, or of media that TikTok does not take.
pub(crate) fn not_media(error: &ProbeError) -> MediaReason {
    match error {
        ProbeError::NotMedia => reason(
            ReasonCode::ImportNotMedia,
            "the address answers with something that is neither a video nor a photo",
            "Send the address of the file itself, not of a page that shows it.",
        ),
        other => reason(other.code(), &other.to_string(), other.cure()),
    }
}

/// The file is there, but the plan has no room for it.
pub(crate) fn no_room(no_room: &NoRoom) -> MediaReason {
    no_room.reason(&after_deleting(THEN))
}

/// What to do where nothing answers at the address, or nothing is there.
const OPEN_IT: &str = "See whether a browser can open the address, then import it again.";

/// What to do where there is room again.
const THEN: &str = "import it again";

/// Every worker was stopped before it had an answer.
pub(crate) fn interrupted() -> MediaReason {
    reason(
        ReasonCode::ImportInterrupted,
        "the import was interrupted again and again on our side",
        "Import it again, or upload the file.",
    )
}

fn too_large(most: u64) -> MediaReason {
    MediaReason {
        allowed: Some(Allowed::bytes(1, most)),
        ..reason(
            ReasonCode::ImportTooLarge,
            &format!("the file is larger than {} bytes, the most that TikTok takes", ChunkPlan::MAX_FILE),
            CURE_OF_TOO_LARGE,
        )
    }
}

fn unexpected_status(status: u16) -> MediaReason {
    let (message, cure) = match status {
        401 | 403 => {
            ("may not be read by everybody", "Send an address that needs no login; a signed link may have ended.")
        }
        404 | 410 => ("is not there", OPEN_IT),
        _ => ("can't be had", "Ask whoever runs that server, then import the file again."),
    };
    MediaReason {
        measured: Some(Measured::Number(f64::from(status))),
        allowed: Some(Allowed::OneOf(vec!["200".to_owned()])),
        ..reason(
            ReasonCode::ImportHttpStatus,
            &format!("the server answered with status {status}: the file {message}"),
            cure,
        )
    }
}

fn slow(message: &str) -> MediaReason {
    let cure = "Put the file on a faster server, or upload it with POST /v1/media/upload-url.";
    reason(ReasonCode::ImportTimedOut, message, cure)
}

fn reason(code: ReasonCode, message: &str, cure: &str) -> MediaReason {
    MediaReason { code, message: message.to_owned(), cure: cure.to_owned(), measured: None, allowed: None }
}

#[cfg(test)]
mod tests {
    use slipway_fetch::Cause;

    use super::*;

    #[test]
    fn what_is_final_and_what_is_tried_again() {
        let status = |status| FetchError::Status { status, retry_after: Some(Duration::from_secs(7)) };
        let too_large = |most| FetchError::TooLarge { most, announced: Some(5_000_000_000) };
        for (error, verdict, code) in [
            (FetchError::Broken(Cause::of("x")), "reconnect", "import_unreachable"),
            (FetchError::Slow(Slow::Idle), "reconnect", "import_timed_out"),
            (FetchError::Unreachable(Cause::of("x")), "later", "import_unreachable"),
            (FetchError::Slow(Slow::Drip), "later", "import_timed_out"),
            (status(408), "later", "import_http_status"),
            (status(429), "later", "import_http_status"),
            (status(500), "later", "import_http_status"),
            (status(599), "later", "import_http_status"),
            (status(204), "final", "import_http_status"),
            (status(401), "final", "import_http_status"),
            (status(404), "final", "import_http_status"),
            (FetchError::Slow(Slow::Total), "final", "import_timed_out"),
            (FetchError::LeadsInside, "final", "import_not_public"),
            (FetchError::RedirectRefused(UrlRefused::Scheme), "final", "import_not_public"),
            (FetchError::RedirectNowhere, "final", "import_redirects"),
            (FetchError::TooManyRedirects(5), "final", "import_redirects"),
            (FetchError::Nonsense("x"), "final", "import_http_status"),
            (too_large(ChunkPlan::MAX_FILE), "final", "import_too_large"),
            (too_large(100_000_000), "final", "storage_quota"),
        ] {
            let (told, reason) = match advice(&error) {
                Advice::Reconnect(reason) => ("reconnect", reason),
                Advice::Wait(reason, _) => ("later", reason),
                Advice::GiveUp(reason) => ("final", reason),
            };
            assert_eq!((told, reason.code.as_str()), (verdict, code), "{error:?}");
            assert!(reason.message.len() > 10 && reason.cure.ends_with('.'), "{reason:?}");
        }
        let Advice::Wait(_, wish) = advice(&status(503)) else { panic!() };
        assert_eq!(wish, Some(Duration::from_secs(7)), "the server's own wish is heard");
    }
}
