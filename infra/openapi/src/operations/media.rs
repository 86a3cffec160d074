//! Media.

use slipway_contract::media::{
    ImportAccepted, MediaView, StorageView, UploadAborted, UploadProgress, UploadUrl, Uploaded, Verified,
};
use slipway_contract::{ErrorCode, Page};
use slipway_domain::ApiScope;

use crate::Operation;
use crate::operation::{delete, get, post};
use crate::parameter::{page, shaped};
use crate::requests::media::{CONTENT_TYPE, FILE_NAME};
use crate::requests::{AnnounceMedia, ImportMedia};

pub(super) fn operations() -> Vec<Operation> {
    let (read, write) = (ApiScope::MediaRead, ApiScope::MediaWrite);
    vec![
        post("uploadMedia", "/v1/media/upload", write, "Upload a file of up to 4.5 MB in the request")
            .file("A video or a photo. Its content decides what it is.", 4_500_000)
            .once_as_it_is_now()
            .answers::<Uploaded>(201, "The media item, verified.")
            .refuses(&[ErrorCode::MediaTooLarge, ErrorCode::StorageQuota])
            // Of a repeat, whose file may be changed or deleted while it is read.
            .refuses(&[ErrorCode::MediaNotFound, ErrorCode::Conflict]),
        post("createUploadUrl", "/v1/media/upload-url", write, "Get a URL to upload a file of up to 4 GB")
            .about(
                "PUT the file to `upload_url` with the answer's `headers`. For a file above 32 MiB the answer has URLs \
                 of its parts, too.",
            )
            .json_if_any::<AnnounceMedia>()
            .once_as_it_is_now()
            .answers::<UploadUrl>(200, "Where to PUT the file.")
            .refuses(&[ErrorCode::StorageQuota]),
        get("getUploadUrl", "/v1/media/upload-url", write, "Get a URL to upload a file, without a request body")
            .query([
                shaped("filename", "The file's name.", FILE_NAME, 255),
                shaped("media_type", "Its type, such as `video/mp4`.", CONTENT_TYPE, 127),
            ])
            .once_as_it_is_now()
            .answers::<UploadUrl>(200, "Where to PUT the file.")
            .refuses(&[ErrorCode::StorageQuota]),
        get(
            "getUpload",
            "/v1/media/{id}/upload",
            write,
            "Get the progress of an upload in parts, with new URLs for the missing parts",
        )
        .answers::<UploadProgress>(200, "Every part.")
        .refuses(&[ErrorCode::Conflict]),
        post(
            "completeUpload",
            "/v1/media/{id}/complete",
            write,
            "Complete an upload: join its parts and verify the file",
        )
        .answers::<Verified>(200, "The media item, verified.")
        .refuses(&[ErrorCode::Conflict, ErrorCode::StorageQuota]),
        post("abortUpload", "/v1/media/{id}/abort", write, "Abort an upload and delete its media item")
            .answers::<UploadAborted>(200, "It is gone.")
            .refuses(&[ErrorCode::Conflict]),
        post("verifyMedia", "/v1/media/{id}/verify", write, "Verify an uploaded file")
            .answers::<Verified>(200, "The media item, verified: `ready`, or `failed` with its reasons.")
            .refuses(&[ErrorCode::Conflict, ErrorCode::StorageQuota]),
        post("importMedia", "/v1/media/import", write, "Import a file from a public https address")
            .json::<ImportMedia>()
            .once_as_it_is_now()
            .answers::<ImportAccepted>(202, "The media item, pending until the file has arrived.")
            .refuses(&[ErrorCode::MediaUnsupportedSource, ErrorCode::StorageQuota]),
        get("listMedia", "/v1/media", read, "List media").query(page(50)).answers::<Page<MediaView>>(200, "The media."),
        get("getMedia", "/v1/media/{id}", read, "Get a media item").answers::<MediaView>(200, "The media item."),
        delete("deleteMedia", "/v1/media/{id}", write, "Delete a media item that no post needs")
            .no_content("It is gone.")
            .refuses(&[ErrorCode::MediaInUse, ErrorCode::Conflict]),
        get("getStorage", "/v1/media/storage", read, "Get the storage in use and the plan's limit")
            .answers::<StorageView>(200, "Bytes and number of items."),
    ]
}
