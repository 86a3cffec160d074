//! What must hold for a probe of any bytes. Each public function is a fuzz target; the ordinary tests run the committed
//! corpus through the same ones (`tests/it/corpus.rs`).

use std::future::Future;
use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use slipway_video::{
    Allowed, FIRST_READ, MAX_BYTES, MAX_DURATION, MAX_REQUESTS, Measured, Probe, ProbeError, Source, SourceError,
    Verdict, refusal, verdict,
};

/// Bytes as an MP4 or `QuickTime` file.
pub fn mp4(data: &[u8]) {
    let start: &[u8] = if data.get(4..8) == Some(b"ftyp") { b"" } else { b"\0\0\0\x10ftypisom\0\0\x02\0" };
    check(&Made::of([start, data].concat()));
}

/// Bytes as a Matroska or `WebM` file.
pub fn webm(data: &[u8]) {
    const MAGIC: &[u8] = b"\x1A\x45\xDF\xA3";
    let start: &[u8] = if data.starts_with(MAGIC) {
        b""
    } else {
        b"\x1A\x45\xDF\xA3\x87\x42\x82\x84webm\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    };
    check(&Made::of([start, data].concat()));
}

/// Bytes as a photo.
pub fn photo(data: &[u8]) {
    let start: &[u8] = match data {
        [0xFF, 0xD8, ..] | [b'R', b'I', b'F', b'F', ..] => b"",
        [0..0x80, ..] => b"\xFF\xD8\xFF",
        _ => b"RIFF\x20\0\0\0WEBPVP8X",
    };
    check(&Made::of([start, data].concat()));
}

/// Bytes as any file, with a gap of up to 4 GiB of zeros, from a storage that may fail: which of both is in the first
/// eight bytes.
pub fn probe(data: &[u8]) {
    let Some(([kind, read, place_high, place_low, gap @ ..], file)) = data.split_first_chunk::<8>() else { return };
    let gap_at = usize::from(u16::from_be_bytes([*place_high, *place_low])).min(file.len());
    let fault = match kind {
        1 => Some(Fault::Short),
        2 => Some(Fault::Long),
        3 => Some(Fault::Error(SourceError::Changed)),
        4 => Some(Fault::Error(SourceError::Gone)),
        5 => Some(Fault::Error(SourceError::unavailable("out of order"))),
        _ => None,
    };
    check(&Made {
        gap_at,
        gap: u64::from(u32::from_be_bytes(*gap)),
        fault: fault.map(|fault| (u32::from(*read), fault)),
        ..Made::of(file.to_vec())
    });
}

/// Bytes with a gap somewhere, which counts what is read of them.
struct Made {
    file: Bytes,
    gap_at: usize,
    gap: u64,
    /// What becomes of a read of this number, which counts from zero.
    fault: Option<(u32, Fault)>,
    requests: AtomicU32,
    bytes: AtomicU64,
}

/// What a storage may do.
enum Fault {
    /// A byte less than wanted comes.
    Short,
    /// A byte more than wanted comes.
    Long,
    /// It says no.
    Error(SourceError),
}

impl Made {
    fn of(file: Vec<u8>) -> Self {
        let (requests, bytes) = (AtomicU32::new(0), AtomicU64::new(0));
        Self { file: file.into(), gap_at: 0, gap: 0, fault: None, requests, bytes }
    }

    fn piece(&self, range: &Range<u64>) -> Bytes {
        let count = usize::try_from(range.end - range.start).unwrap();
        let mut bytes = BytesMut::zeroed(count);
        let gap_at = self.gap_at as u64;
        let parts = [(0, self.file.slice(..self.gap_at)), (gap_at + self.gap, self.file.slice(self.gap_at..))];
        for (at, part) in parts {
            let (from, to) = (range.start.max(at), range.end.min(at + part.len() as u64));
            if from < to {
                let index = |place: u64, origin: u64| usize::try_from(place - origin).unwrap();
                bytes[index(from, range.start)..index(to, range.start)]
                    .copy_from_slice(&part[index(from, at)..index(to, at)]);
            }
        }
        bytes.freeze()
    }

    /// Whether the fault has happened.
    fn has_failed(&self) -> bool {
        self.fault.as_ref().is_some_and(|(number, _)| self.requests.load(Ordering::Relaxed) > *number)
    }
}

impl Source for Made {
    fn len(&self) -> u64 {
        self.file.len() as u64 + self.gap
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, SourceError> {
        assert!(range.start < range.end && range.end <= self.len(), "{range:?} of {}", self.len());
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        assert!(number > 0 || range == (0..FIRST_READ.min(self.len())), "{range:?} comes first");
        let read = self.bytes.fetch_add(range.end - range.start, Ordering::Relaxed) + (range.end - range.start);
        assert!(number < MAX_REQUESTS && read <= MAX_BYTES, "{number} requests before, {read} bytes");
        let bytes = self.piece(&range);
        match &self.fault {
            Some((at, fault)) if *at == number => match fault {
                Fault::Short => Ok(bytes.slice(1..)),
                Fault::Long => Ok([&bytes[..], b"\0"].concat().into()),
                Fault::Error(error) => Err(error.clone()),
            },
            _ => Ok(bytes),
        }
    }
}

fn check(file: &Made) {
    let found = at_once(slipway_video::probe(file));
    if file.has_failed() {
        assert!(matches!(found, Err(ProbeError::Source(_))), "a failed read led to {found:?}");
        return;
    }
    match found {
        Ok(found) => {
            check_findings(&found);
            check_verdict(&found, file.len());
        }
        Err(error) => check_error(&error, file.len()),
    }
}

fn check_findings(found: &Probe) {
    assert_eq!(found.picture.is_some() && !found.container.is_photo(), found.video_codec.is_some(), "{found:?}");
    assert!(found.duration.is_none_or(|duration| !duration.is_zero() && duration <= MAX_DURATION), "{found:?}");
    if let Some(rate) = found.frame_rate {
        let (lowest, highest) = rate.bounds();
        assert!(highest.is_finite() && lowest > 0.0, "{found:?}");
        assert!((lowest..=highest).contains(&rate.per_second()), "{found:?}");
        assert!(found.picture.is_some(), "{found:?}");
    }
    if let Some(codec) = &found.video_codec {
        assert!(codec.as_str().len() <= 32 && !codec.as_str().chars().any(char::is_control), "{found:?}");
    }
    if found.container.is_photo() {
        let fits = found.picture.map_or(found.unread.is_some(), |picture| picture.width() > 0 && picture.height() > 0);
        assert!(fits, "{found:?}");
        assert!(found.duration.is_none() && found.frame_rate.is_none() && !found.has_audio, "{found:?}");
    }
}

fn check_verdict(found: &Probe, size: u64) {
    let Verdict { refusals, warnings } = verdict(found, size);
    let reasons: Vec<_> = refusals.into_iter().chain(warnings).collect();
    let mut codes: Vec<_> = reasons.iter().map(|reason| reason.code().as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), reasons.len(), "a rule is named twice: {reasons:?}");
    for reason in &reasons {
        assert!(!reason.to_string().is_empty() && !reason.cure.is_empty());
        if let (Some(Measured::Number(number)), Some(Allowed::Range { min, max, .. })) =
            (&reason.measured, &reason.allowed)
        {
            assert!(number.is_finite() && !(min..=max).contains(&number), "{reason:?}");
        }
    }
    let max = if found.container.is_photo() { 20_000_000 } else { 4_000_000_000 };
    assert_eq!(size > max, codes.contains(&"size_out_of_range"), "{size} bytes: {reasons:?}");
}

fn check_error(error: &ProbeError, size: u64) {
    assert!(!error.to_string().is_empty() && !error.cure().is_empty());
    for reason in refusal(error, size) {
        assert!(!reason.to_string().is_empty() && !reason.cure.is_empty());
    }
    match error {
        ProbeError::Empty => assert_eq!(size, 0),
        ProbeError::Truncated { expected, actual, .. } => {
            assert_eq!(*actual, size);
            assert!(expected.is_none_or(|expected| expected > size), "{error:?}");
        }
        ProbeError::Malformed { at, .. } => assert!(*at <= size, "{error:?} in {size} bytes"),
        ProbeError::Source(_) => panic!("nothing failed, but: {error}"),
        ProbeError::NotMedia
        | ProbeError::UnsupportedPhoto(_)
        | ProbeError::UnsupportedContainer(_)
        | ProbeError::TooComplex(_) => {}
    }
}

/// The result of a future that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a probe waits for nothing but its source"),
    }
}
