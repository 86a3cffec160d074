//! The kinds of reasons why media is not taken.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! reason_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)+) => {
        /// Why media is not taken, or might not be: a stable name for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum ReasonCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)+
        }

        impl ReasonCode {
            /// The name, as it is stored and answered.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

reason_codes! {
    /// Videos: MP4, MOV or WebM.
    ContainerUnsupported = "container_unsupported",
    /// Videos: H.264, H.265, VP8 or VP9.
    CodecUnsupported = "codec_unsupported",
    /// There is only sound.
    NoVideoTrack = "no_video_track",
    /// Videos: 23 to 60 frames a second.
    FrameRateOutOfRange = "frame_rate_out_of_range",
    /// The frame rate is beyond its limits in places, and not known to be so everywhere.
    FrameRateVaries = "frame_rate_varies",
    /// The file does not tell its frame rate.
    FrameRateUnknown = "frame_rate_unknown",
    /// Videos: 360 to 4,096 pixels wide.
    WidthOutOfRange = "width_out_of_range",
    /// Videos: 360 to 4,096 pixels high.
    HeightOutOfRange = "height_out_of_range",
    /// Videos: 1 second to 10 minutes, and what the creator may post.
    DurationOutOfRange = "duration_out_of_range",
    /// The file does not tell its duration.
    DurationUnknown = "duration_unknown",
    /// Videos: at most 4 GB. Photos: at most 20 MB.
    SizeOutOfRange = "size_out_of_range",
    /// Photos: JPEG or WebP.
    PhotoFormatUnsupported = "photo_format_unsupported",
    /// Photos: at most 1080p, either way up.
    PhotoTooLarge = "photo_too_large",
    /// The photo is coded in a way that few programs read.
    PhotoUnusual = "photo_unusual",
    /// More headers than are read: the rules could not all be checked.
    HeadersUnread = "headers_unread",
    /// The file has no bytes.
    EmptyFile = "empty_file",
    /// The file is neither a video nor a photo.
    NotMedia = "not_media",
    /// The file ends before it should.
    Truncated = "truncated",
    /// The headers contradict themselves.
    Malformed = "malformed",
    /// The headers are beyond those of any video within TikTok's limits.
    TooComplex = "too_complex",
    /// The bytes could not be read.
    Unreadable = "unreadable",
    /// The file has another size than was announced.
    SizeMismatch = "size_mismatch",
    /// The plan's storage has no room for it.
    StorageQuota = "storage_quota",
    /// The server could not be reached, or broke off.
    ImportUnreachable = "import_unreachable",
    /// The server was too slow.
    ImportTimedOut = "import_timed_out",
    /// The server answered with something else than the file.
    ImportHttpStatus = "import_http_status",
    /// Redirects lead nowhere, or on and on.
    ImportRedirects = "import_redirects",
    /// The address is not on the public internet.
    ImportNotPublic = "import_not_public",
    /// The address leads to something else than media.
    ImportNotMedia = "import_not_media",
    /// The file is larger than TikTok takes.
    ImportTooLarge = "import_too_large",
    /// We were interrupted again and again.
    ImportInterrupted = "import_interrupted",
    /// A post that was made for a video got a photo.
    NotAVideo = "not_a_video",
    /// A post that was made for photos got a video.
    NotAPhoto = "not_a_photo",
    /// TikTok would refuse it, for a reason that is not on record.
    Rejected = "rejected",
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
