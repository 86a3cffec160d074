//! TikTok's media restrictions, applied before a byte is sent.

use slipway_domain::media::{Allowed, Measured, Within};
use slipway_domain::{FileKind, VideoCodec, limits};

use crate::reason::{Reason, Rule};
use crate::{Picture, Probe, ProbeError, cure};

/// What TikTok would say to a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Every rule that it breaks, all at once; none if TikTok would take it.
    pub refusals: Vec<Reason>,
    /// What TikTok might object to: what the file does not tell, and what is a matter of rounding. TikTok decides.
    pub warnings: Vec<Reason>,
}

/// Every rule that a file of `size` bytes breaks, and every one that it may break.
///
/// The rules are those of TikTok's media transfer guide: containers, codecs, 23 to 60 frames a second, each side 360
/// to 4,096 pixels, up to 10 minutes and 4 GB for videos; JPEG and WebP up to 20 MB for photos. Of a photo's size the guide
/// says "1080p" and no more, so that a larger one is a warning. A creator's own shorter limit is not known here.
pub fn verdict(probe: &Probe, size: u64) -> Verdict {
    let mut found = Findings { probe, verdict: Verdict::default() };
    if probe.container.is_photo() {
        found.refuse(broken_size(size, limits::PHOTO_MAX_BYTES));
        // TikTok's guide says 1080p and no pixels, and nothing of how a photo is coded.
        found.warn(probe.picture.and_then(broken_by_photo));
        found.warn(probe.unusual.map(unusual));
    } else {
        found.refuse(broken_size(size, limits::VIDEO_MAX_BYTES));
        found.video();
    }
    if let Some(what) = probe.unread {
        let measured = Some(Measured::Text(what.to_owned()));
        found.warn(Some(Broken { rule: Rule::HeadersUnread, measured, allowed: None }));
    }
    found.verdict
}

/// A rule that is broken, or may be.
struct Broken {
    rule: Rule,
    measured: Option<Measured>,
    allowed: Option<Allowed>,
}

impl Broken {
    fn reason(self, probe: Option<&Probe>) -> Reason {
        let Self { rule, measured, allowed } = self;
        Reason { rule, measured, allowed, cure: cure::of(rule, probe) }
    }
}

/// A verdict that is being made.
struct Findings<'a> {
    probe: &'a Probe,
    verdict: Verdict,
}

impl Findings<'_> {
    fn refuse(&mut self, broken: Option<Broken>) {
        self.verdict.refusals.extend(broken.map(|broken| broken.reason(Some(self.probe))));
    }

    fn warn(&mut self, broken: Option<Broken>) {
        self.verdict.warnings.extend(broken.map(|broken| broken.reason(Some(self.probe))));
    }

    fn video(&mut self) {
        let probe = self.probe;
        if probe.container == FileKind::Matroska {
            let measured = Some(Measured::Text(probe.container.as_str().to_owned()));
            let rule = Rule::ContainerUnsupported;
            self.refuse(Some(Broken { rule, measured, allowed: Some(one_of(FileKind::VIDEOS.map(FileKind::as_str))) }));
        }
        self.duration();
        let Some(picture) = probe.picture else {
            if probe.unread.is_none() {
                let rule = Rule::NoVideoTrack;
                self.refuse(Some(Broken { rule, measured: None, allowed: Some(one_of(VideoCodec::TAKEN)) }));
            }
            return;
        };
        self.refuse(probe.video_codec.as_ref().and_then(broken_by_codec));
        self.refuse(broken_side(Rule::WidthOutOfRange, picture.width()));
        self.refuse(broken_side(Rule::HeightOutOfRange, picture.height()));
        self.rate();
    }

    /// By the measured time, not by a rounded one: [`limits::DURATION_MARGIN`] says what is a rounding difference.
    fn duration(&mut self) {
        let allowed = Some(range(limits::VIDEO_MIN_SECONDS, limits::VIDEO_MAX_SECONDS, "seconds"));
        let Some(plays) = self.probe.duration else {
            return self.warn(Some(Broken { rule: Rule::DurationUnknown, measured: None, allowed }));
        };
        let measured = Some(Measured::Number(plays.as_secs_f64()));
        let broken = Broken { rule: Rule::DurationOutOfRange, measured, allowed };
        let (shortest, longest) = limits::VIDEO_LENGTH;
        match Within::of(plays, shortest, longest) {
            Within::Yes => {}
            Within::ByRounding => self.warn(Some(broken)),
            Within::No => self.refuse(Some(broken)),
        }
    }

    /// A rate is refused only if all that is known of it is beyond the same limit.
    fn rate(&mut self) {
        let (least, most) = limits::FRAME_RATE;
        let allowed = Some(range(least, most, "frames a second"));
        let Some(rate) = self.probe.frame_rate else {
            return self.warn(Some(Broken { rule: Rule::FrameRateUnknown, measured: None, allowed }));
        };
        let slack = if rate.estimated { limits::ESTIMATED_FRAME_RATE_MARGIN } else { limits::FRAME_RATE_MARGIN };
        let (lowest, highest) = rate.bounds();
        let (slow, fast) = (lowest < least - slack, highest > most + slack);
        if !slow && !fast {
            return;
        }
        // Without the decimals that come of dividing. The slack is wider than what rounding moves.
        let number = |rate: f64| Some(Measured::Number((rate * 1000.0).round() / 1000.0));
        if rate.certain && (highest < least - slack || lowest > most + slack) {
            let measured = number(rate.per_second());
            self.refuse(Some(Broken { rule: Rule::FrameRateOutOfRange, measured, allowed }));
        } else {
            let measured = number(if slow { lowest } else { highest });
            self.warn(Some(Broken { rule: Rule::FrameRateVaries, measured, allowed }));
        }
    }
}

/// The rules that a file of `size` bytes breaks whose probe found a kind that TikTok does not take; none for the other
/// errors, which say that a file is damaged and not what it breaks.
pub fn refusal(error: &ProbeError, size: u64) -> Vec<Reason> {
    let (rule, kind, allowed, most) = match error {
        ProbeError::UnsupportedPhoto(kind) => (
            Rule::PhotoFormatUnsupported,
            kind,
            one_of(FileKind::PHOTOS.map(FileKind::as_str)),
            limits::PHOTO_MAX_BYTES,
        ),
        ProbeError::UnsupportedContainer(kind) => {
            (Rule::ContainerUnsupported, kind, one_of(FileKind::VIDEOS.map(FileKind::as_str)), limits::VIDEO_MAX_BYTES)
        }
        ProbeError::Empty
        | ProbeError::NotMedia
        | ProbeError::Truncated { .. }
        | ProbeError::Malformed { .. }
        | ProbeError::TooComplex(_)
        | ProbeError::Source(_) => return Vec::new(),
    };
    let measured = Some(Measured::Text((*kind).to_owned()));
    let broken = Broken { rule, measured, allowed: Some(allowed) };
    let of_kind = Reason { cure: cure::of_kind(kind), ..broken.reason(None) };
    std::iter::once(of_kind).chain(broken_size(size, most).map(|broken| broken.reason(None))).collect()
}

fn one_of<const N: usize>(names: [impl ToString; N]) -> Allowed {
    Allowed::OneOf(names.map(|name| name.to_string()).to_vec())
}

fn range(min: impl Into<f64>, max: impl Into<f64>, unit: &str) -> Allowed {
    Allowed::Range { min: min.into(), max: max.into(), unit: unit.to_owned() }
}

fn broken_size(size: u64, most: u64) -> Option<Broken> {
    (size > most).then(|| Broken {
        rule: Rule::SizeOutOfRange,
        measured: Some(Measured::bytes(size)),
        allowed: Some(Allowed::bytes(1, most)),
    })
}

fn broken_by_codec(codec: &VideoCodec) -> Option<Broken> {
    (!VideoCodec::TAKEN.contains(codec)).then(|| Broken {
        rule: Rule::CodecUnsupported,
        measured: Some(Measured::Text(codec.to_string())),
        allowed: Some(one_of(VideoCodec::TAKEN)),
    })
}

fn broken_side(rule: Rule, pixels: u32) -> Option<Broken> {
    let (least, most) = limits::VIDEO_SIDE;
    (!(least..=most).contains(&pixels)).then(|| Broken {
        rule,
        measured: Some(Measured::Number(f64::from(pixels))),
        allowed: Some(range(least, most, "pixels")),
    })
}

fn broken_by_photo(picture: Picture) -> Option<Broken> {
    let (width, height) = (picture.width(), picture.height());
    let (short, long) = limits::PHOTO_SIDES;
    let fits = width.min(height) <= short && width.max(height) <= long;
    (!fits).then(|| Broken {
        rule: Rule::PhotoTooLarge,
        measured: Some(Measured::Text(format!("{width}x{height}"))),
        allowed: Some(Allowed::OneOf(vec![format!("up to {short}x{long}"), format!("up to {long}x{short}")])),
    })
}

fn unusual(what: &str) -> Broken {
    let measured = Some(Measured::Text(what.to_owned()));
    Broken { rule: Rule::PhotoUnusual, measured, allowed: None }
}

#[cfg(test)]
mod tests;
