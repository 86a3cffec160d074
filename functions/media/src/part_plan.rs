//! Which files are offered in the parts of a multipart upload, and how large those are. How a file is cut into them, and
//! what S3 takes, is in [`PartPlan`](slipway_domain::PartPlan).

/// Above this many bytes a file is offered in parts of this size.
pub(crate) const PART_SIZE: u64 = 32 * 1024 * 1024;
