//! The sizes that a picture is scaled to.

use slipway_domain::limits;

use crate::Picture;

/// The size of a video's picture at which both sides are even and within their limits, the shorter one with 1080 pixels
/// where that can be; nothing if the picture is too long for its width.
pub(super) fn video(picture: Picture) -> Option<(u32, u32)> {
    let (least, most) = limits::VIDEO_SIDE;
    let (width, height) = (u64::from(picture.width()), u64::from(picture.height()));
    let (short, long) = (width.min(height), width.max(height));
    if short == 0 || long.checked_mul(least.into())? > short.checked_mul(most.into())? {
        return None;
    }
    let wanted = (1080 * long / short).min(most.into()) & !1;
    let side = |pixels: u64| {
        let side = u32::try_from((pixels * wanted + long / 2) / long).unwrap_or(u32::MAX);
        ((side + 1) & !1).clamp(least, most)
    };
    Some((side(width), side(height)))
}

/// The largest part of a photo's sides, as a fraction, at which both are within their limits, whichever way up it is;
/// nothing if they are.
pub(super) fn photo(picture: Picture) -> Option<(u32, u32)> {
    let (most_short, most_long) = limits::PHOTO_SIDES;
    let short = picture.coded_width.min(picture.coded_height);
    let long = picture.coded_width.max(picture.coded_height);
    let by_short = u64::from(most_short) * u64::from(long) <= u64::from(most_long) * u64::from(short);
    let (most, side) = if by_short { (most_short, short) } else { (most_long, long) };
    (side > most).then_some((most, side))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rotation;

    fn picture((coded_width, coded_height): (u32, u32)) -> Picture {
        Picture { coded_width, coded_height, rotation: Rotation::None }
    }

    #[test]
    fn a_scaled_picture_keeps_its_shape_and_the_limits() {
        for (from, to) in [
            ((320, 240), Some((1440, 1080))),
            ((240, 320), Some((1080, 1440))),
            ((8000, 4500), Some((1920, 1080))),
            ((100, 1100), Some((372, 4096))),
            ((358, 4072), Some((360, 4096))),
            ((320, 5000), None),
            ((0, 10), None),
            ((u32::MAX, u32::MAX), Some((1080, 1080))),
        ] {
            assert_eq!(video(picture(from)), to, "{from:?}");
        }
    }

    #[test]
    fn a_photo_is_scaled_by_the_side_that_is_farther_beyond_its_limit() {
        for (from, to) in [
            ((4032, 3024), Some((1080, 3024))),
            ((3024, 4032), Some((1080, 3024))),
            ((1000, 4000), Some((1920, 4000))),
            ((2160, 3840), Some((1080, 2160))),
            ((1080, 1921), Some((1920, 1921))),
            ((1920, 1080), None),
            ((u32::MAX, 1), Some((1920, u32::MAX))),
        ] {
            assert_eq!(photo(picture(from)), to, "{from:?}");
        }
    }
}
