//! How a camera was held: the orientation in a JPEG's EXIF data.

use crate::Rotation;

/// What an EXIF segment begins with.
const MARK: &[u8] = b"Exif\0\0";
const ORIENTATION: u16 = 0x0112;
/// The type of a number of 16 bits.
const SHORT: u16 = 3;

/// The turn that a viewer applies, if this segment is EXIF and says so. A viewer mirrors some, too, which changes no
/// size.
pub(super) fn rotation(segment: &[u8]) -> Option<Rotation> {
    let tiff = segment.strip_prefix(MARK)?;
    let order = Order::of(tiff)?;
    let directory = usize::try_from(order.u32(tiff, 4)?).ok()?;
    let count = order.u16(tiff, directory)?;
    let entries = tiff.get(directory.checked_add(2)?..)?.chunks_exact(12).take(count.into());
    let mut orientations = entries.filter(|entry| order.u16(entry, 0) == Some(ORIENTATION));
    let entry = orientations.next().filter(|entry| order.u16(entry, 2) == Some(SHORT))?;
    match order.u16(entry, 8)? {
        1 | 2 => Some(Rotation::None),
        3 | 4 => Some(Rotation::Half),
        6 | 7 => Some(Rotation::Clockwise90),
        5 | 8 => Some(Rotation::Clockwise270),
        _ => None,
    }
}

/// In which order the bytes of a number stand.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn of(tiff: &[u8]) -> Option<Self> {
        match tiff.get(..4)? {
            b"II*\0" => Some(Self::Little),
            b"MM\0*" => Some(Self::Big),
            _ => None,
        }
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orientation_is_read_in_both_orders_and_never_out_of_damage() {
        let little = |value: u8| {
            [b"Exif\0\0II*\0\x08\0\0\0\x02\0", &[7; 12][..], b"\x12\x01\x03\0\x01\0\0\0", &[value, 0, 0, 0]].concat()
        };
        let big = |value: u8| {
            [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01"[..], b"\x01\x12\0\x03\0\0\0\x01", &[0, value, 0, 0]].concat()
        };
        for (value, expected) in [
            (0, None),
            (1, Some(Rotation::None)),
            (2, Some(Rotation::None)),
            (3, Some(Rotation::Half)),
            (4, Some(Rotation::Half)),
            (5, Some(Rotation::Clockwise270)),
            (6, Some(Rotation::Clockwise90)),
            (7, Some(Rotation::Clockwise90)),
            (8, Some(Rotation::Clockwise270)),
            (9, None),
        ] {
            assert_eq!((rotation(&little(value)), rotation(&big(value))), (expected, expected), "{value}");
        }
        let whole = big(6);
        for length in 0..whole.len() - 2 {
            assert_eq!(rotation(&whole[..length]), None, "{length} bytes");
        }
        for (at, byte) in [(0, b'X'), (6, b'X'), (10, 0xFF), (15, 0), (16, 9), (19, 4)] {
            let mut damaged = whole.clone();
            damaged[at] = byte;
            assert_eq!(rotation(&damaged), None, "byte {at}");
        }
    }
}
