//! Tools about media.

use slipway_contract::media::MediaStatus;
use slipway_domain::ApiScope;

use crate::inside::Room::Media;
use crate::tool::{Effect, Route, Tool};
use crate::wait::Unsettled;

pub(super) const TOOLS: &[Tool] = &[
    Tool::of(
        Route::post(Media, "/v1/media/import", ""),
        "upload_media_from_url",
        "Upload media from an address",
        "Has a video or photo fetched from a public https address and answers its media id at once, with status \
         pending. Wait for it with get_media and wait_seconds, then name the id in validate_post and create_post. \
         The address must lead to the file itself, not to a page that shows it.",
    )
    .taking(&["url", "filename"])
    .needing(&[("url", "Send the file's public https address.")])
    .keyed()
    .open()
    .or_dry(
        Route::get(Media, "/v1/media/storage", ""),
        ApiScope::MediaWrite,
        "The file would be fetched, if its address is public and answers with it, and kept. answer shows how much \
         storage is used, and how much there is. Neither the address nor the file was checked: get_media tells what \
         came of them once the file is fetched.",
    ),
    Tool::of(
        Route::post(Media, "/v1/media/upload-url", ""),
        "get_media_upload_url",
        "Get an address to upload a file to",
        "For a file that you, or the person you work for, can send: answers a media_id and an upload_url for a PUT \
         of its bytes. Send exactly the headers that the answer lists. A file above 32 MiB may also be sent in \
         parts: PUT each to its address in parts, then POST to complete_url with the API key. Call verify_media \
         afterwards.",
    )
    .taking(&["filename", "content_type", "size_bytes", "sha256"])
    .keyed()
    .or_dry(
        Route::get(Media, "/v1/media/storage", ""),
        ApiScope::MediaWrite,
        "A place for the file would be made, and size_bytes of the storage taken if that is said. answer shows how much \
         storage is used, and how much there is.",
    ),
    Tool::of(
        Route::post(Media, "/v1/media/{id}/verify", "media_id"),
        "verify_media",
        "Verify an uploaded file",
        "Reads the headers of a file that was uploaded and says whether TikTok takes it: status ready, or failed \
         with reasons, each with its cure. Needed after get_media_upload_url, not after upload_media_from_url.",
    )
    .with_effect(Effect::Settles),
    Tool::of(
        Route::get(Media, "/v1/media/{id}", "media_id"),
        "get_media",
        "Show a file",
        "Shows a file: status pending, ready or failed, what it is, and why it failed. With wait_seconds it answers \
         as soon as the file is no longer pending.",
    )
    .waiting_while(Unsettled::Media(MediaStatus::Pending)),
];
