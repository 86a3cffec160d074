//! Numbers out of bytes, never past their end.

/// A cursor over bytes that were read. Every step is checked: what is not there is `None`.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(|_| ())
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn four(&mut self) -> Option<[u8; 4]> {
        self.array()
    }

    /// 32 bits, or 64 if `wide`: how versions 0 and 1 of many MP4 boxes differ.
    pub(crate) fn u32_or_u64(&mut self, wide: bool) -> Option<u64> {
        if wide { self.u64() } else { self.u32().map(u64::from) }
    }

    /// A big-endian number of up to eight bytes, as Matroska writes them.
    pub(crate) fn uint(bytes: &[u8]) -> Option<u64> {
        (bytes.len() <= 8).then(|| bytes.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    }
}

/// The place of `needle` nearest to the end of `hay`, looking only before `end`.
pub(crate) fn rfind(hay: &[u8], needle: &[u8], end: usize) -> Option<usize> {
    let hay = hay.get(..end.min(hay.len()))?;
    hay.windows(needle.len()).rposition(|window| window == needle)
}
