//! How a large file is cut into the parts of a multipart upload.

/// Above this many bytes a file is offered in parts, of this size.
pub const PART_SIZE: u64 = 32 * 1024 * 1024;

/// The size of every part of an import but the last, in bytes: a worker holds one of them in memory.
pub const IMPORT_PART_SIZE: usize = 8 * 1024 * 1024;

/// A cut of a file into parts that S3 takes: all of one size but the last, which is shorter or as large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPlan {
    file_size: u64,
    part_size: u64,
}

/// One part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 1, in the order of the file.
    pub number: i32,
    /// Its size in bytes.
    pub size: u64,
}

impl PartPlan {
    /// The smallest part that S3 takes but the last, in bytes ("Amazon S3 multipart upload limits").
    pub const MIN_PART: u64 = 5 * 1024 * 1024;
    /// The most parts that S3 takes.
    pub const MAX_PARTS: u64 = 10_000;

    /// The plan, if S3 would take these parts.
    pub fn new(file_size: u64, part_size: u64) -> Option<Self> {
        let fits = file_size > 0 && part_size >= Self::MIN_PART && file_size.div_ceil(part_size) <= Self::MAX_PARTS;
        fits.then_some(Self { file_size, part_size })
    }

    /// The parts, in order.
    pub fn parts(self) -> impl Iterator<Item = Part> {
        let mut left = self.file_size;
        (1..).map_while(move |number| {
            let size = left.min(self.part_size);
            left = left.saturating_sub(size);
            (size > 0).then_some(Part { number, size })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIN_PART: u64 = PartPlan::MIN_PART;
    const MAX_PARTS: u64 = PartPlan::MAX_PARTS;

    #[test]
    fn parts_at_the_edges() {
        for (file_size, count, last) in [
            (1, 1, 1),
            (PART_SIZE - 1, 1, PART_SIZE - 1),
            (PART_SIZE, 1, PART_SIZE),
            (PART_SIZE + 1, 2, 1),
            (2 * PART_SIZE, 2, PART_SIZE),
            (4_000_000_000, 120, 7_022_592),
        ] {
            let parts: Vec<_> = PartPlan::new(file_size, PART_SIZE).unwrap().parts().collect();
            assert_eq!((parts.len(), parts.last().unwrap().size), (count, last), "{file_size}");
        }
    }

    #[test]
    fn there_is_no_plan_that_s3_would_refuse() {
        assert_eq!(PartPlan::new(0, PART_SIZE), None);
        assert_eq!(PartPlan::new(1, MIN_PART - 1), None);
        assert_eq!(PartPlan::new(1, 0), None);
        assert_eq!(PartPlan::new(MIN_PART * MAX_PARTS + 1, MIN_PART), None);
        assert!(PartPlan::new(MIN_PART * MAX_PARTS, MIN_PART).is_some());
    }

    proptest! {
        #[test]
        fn parts_make_up_the_file_and_only_the_last_is_short(
            file_size in 1..=4_000_000_000_u64, part_size in MIN_PART..=100_000_000,
        ) {
            let parts: Vec<_> = PartPlan::new(file_size, part_size).unwrap().parts().collect();
            prop_assert_eq!(parts.iter().map(|part| part.size).sum::<u64>(), file_size);
            let (last, others) = parts.split_last().unwrap();
            prop_assert!(others.iter().all(|part| part.size == part_size));
            prop_assert!((1..=part_size).contains(&last.size));
            prop_assert!(parts.iter().zip(1..).all(|(part, number)| part.number == number));
        }
    }
}
