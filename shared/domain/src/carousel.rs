//! The photos of one post.

use serde::{Deserialize, Serialize};

use crate::limits::PHOTOS_PER_POST;

/// One to 35 photos in their order, and which of them is the cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored<T>", bound(deserialize = "T: Deserialize<'de>"))]
pub struct Carousel<T> {
    images: Vec<T>,
    cover: usize,
}

/// A carousel as it is read.
#[derive(Deserialize)]
struct Stored<T> {
    images: Vec<T>,
    cover: usize,
}

/// Why photos make no carousel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCarousel {
    /// There is none.
    #[error("there is no photo")]
    Empty,
    /// There are too many.
    #[error("there are {count} photos, TikTok takes at most {PHOTOS_PER_POST} in a post")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// The cover is none of them.
    #[error("the cover is photo {cover}, counted from 0, of {count}")]
    CoverOutside {
        /// Which one was to be the cover, counted from 0.
        cover: usize,
        /// How many there are.
        count: usize,
    },
}

impl<T> Carousel<T> {
    /// These photos, of which the one at `cover`, counted from 0, is the cover.
    pub fn new(images: Vec<T>, cover: usize) -> Result<Self, NoCarousel> {
        match images.len() {
            0 => Err(NoCarousel::Empty),
            count if count > PHOTOS_PER_POST => Err(NoCarousel::TooMany { count }),
            count if cover >= count => Err(NoCarousel::CoverOutside { cover, count }),
            _ => Ok(Self { images, cover }),
        }
    }

    /// The photos in their order.
    pub fn images(&self) -> &[T] {
        &self.images
    }

    /// The photos, to be replaced one by one.
    pub fn images_mut(&mut self) -> &mut [T] {
        &mut self.images
    }

    /// Which photo is the cover, counted from 0.
    pub const fn cover(&self) -> usize {
        self.cover
    }

    /// As many other things with the same cover.
    pub fn map<U>(&self, of: impl FnMut(&T) -> U) -> Carousel<U> {
        Carousel { images: self.images.iter().map(of).collect(), cover: self.cover }
    }
}

impl<T> TryFrom<Stored<T>> for Carousel<T> {
    type Error = NoCarousel;

    fn try_from(stored: Stored<T>) -> Result<Self, NoCarousel> {
        Self::new(stored.images, stored.cover)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn one_to_35_photos_make_a_carousel_if_the_cover_is_one_of_them() {
        for (count, cover, told) in [
            (0, 0, Err(NoCarousel::Empty)),
            (1, 0, Ok(())),
            (1, 1, Err(NoCarousel::CoverOutside { cover: 1, count: 1 })),
            (35, 34, Ok(())),
            (35, 35, Err(NoCarousel::CoverOutside { cover: 35, count: 35 })),
            (36, 0, Err(NoCarousel::TooMany { count: 36 })),
        ] {
            assert_eq!(Carousel::new(vec![0; count], cover).map(drop), told, "{count} {cover}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_could_be_made(images in prop::collection::vec(0_u8.., 0..40), cover in 0_usize..40) {
            let made = Carousel::new(images.clone(), cover).ok();
            let read = serde_json::from_value(json!({"images": images, "cover": cover})).ok();
            prop_assert_eq!(&made, &read);
            if let Some(made) = made {
                prop_assert_eq!(serde_json::to_value(&made).unwrap(), json!({"images": images, "cover": cover}));
                let mapped = made.map(|image| u16::from(*image) + 1);
                prop_assert_eq!((mapped.images().len(), mapped.cover()), (images.len(), cover));
            }
        }
    }
}
