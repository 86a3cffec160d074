//! JPEG and WebP photos, by their content.

mod exif;
mod jpeg;
mod webp;

use slipway_domain::FileKind;

use crate::{Picture, Probe, ProbeError, Rotation};

pub(crate) use jpeg::probe as jpeg;
pub(crate) use webp::probe as webp;

/// What a photo's headers say of its picture.
#[derive(Debug, Clone, Copy)]
struct Header {
    width: u32,
    height: u32,
    rotation: Rotation,
    /// How its picture is coded, if few programs read that.
    unusual: Option<&'static str>,
}

fn photo(container: FileKind, header: Header) -> Result<Probe, ProbeError> {
    let Header { width: coded_width, height: coded_height, rotation, unusual } = header;
    if coded_width == 0 || coded_height == 0 {
        return Err(ProbeError::malformed("a photo without width or height", 0));
    }
    let picture = Some(Picture { coded_width, coded_height, rotation });
    Ok(Probe { picture, unusual, ..Probe::empty(container) })
}
