//! How the picture of a video is coded.

use crate::codes::codes;

codes! {
    /// A video codec. Another one has the name that its container has for it, short and printable.
    VideoCodec {
        /// AVC.
        H264 = "h264",
        /// HEVC.
        H265 = "h265",
        /// VP8.
        Vp8 = "vp8",
        /// VP9.
        Vp9 = "vp9",
        /// AV1, which TikTok does not list.
        Av1 = "av1",
    }
}

impl VideoCodec {
    /// Those that TikTok takes (media transfer guide).
    pub const TAKEN: [Self; 4] = [Self::H264, Self::H265, Self::Vp8, Self::Vp9];

    /// A codec that is none of the known ones, whatever its container calls it. What can't be printed becomes `?`, what is
    /// too long is cut, one without a name is called `unnamed`, and one with a known one's name gets a `?` behind it: it is
    /// read back as what it is.
    pub fn other(name: &[u8]) -> Self {
        let shown = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '?' };
        let name: String = name.iter().take(32).map(shown).collect();
        match Self::parse(name.trim()) {
            Self::Other(name) if name.is_empty() => Self::Other("unnamed".to_owned()),
            other @ Self::Other(_) => other,
            known => Self::Other(format!("{known}?")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_codec_is_the_one_that_was_found() {
        let others = [&b"mp4v"[..], b"", b"h264", b"av1"].map(VideoCodec::other);
        for codec in VideoCodec::known().chain(others) {
            let stored = serde_json::to_value(&codec).unwrap();
            assert_eq!(stored, codec.as_str());
            assert_eq!(serde_json::from_value::<VideoCodec>(stored).unwrap(), codec);
        }
    }

    #[test]
    fn every_known_codec_is_written_as_it_is_read() {
        for (name, codec) in VideoCodec::ALL {
            assert_eq!((codec.as_str(), VideoCodec::parse(name)), (*name, codec.clone()));
        }
    }

    #[test]
    fn a_codec_without_a_good_name_has_one_that_can_be_shown() {
        for (name, shown) in [
            (&b"mp4v"[..], "mp4v"),
            (b"h264", "h264?"),
            (b" \0ab", "?ab"),
            (b"  ", "unnamed"),
            (&[b'x'; 40], &"x".repeat(32)),
        ] {
            assert_eq!(VideoCodec::other(name).as_str(), shown);
        }
    }
}
