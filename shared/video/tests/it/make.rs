//! MP4 and EBML parts, made to measure.

/// A box with its header.
pub(crate) fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes(), name, content].concat()
}

/// A box's header with a size of 64 bits, header included.
pub(crate) fn large_header(name: &[u8], size: u64) -> Vec<u8> {
    [&1_u32.to_be_bytes(), name, &size.to_be_bytes()].concat()
}

/// Numbers of 32 bits in a row.
pub(crate) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

pub(crate) fn ftyp() -> Vec<u8> {
    boxed(b"ftyp", b"isom\0\0\x02\0isomiso2avc1mp41")
}

/// A track of ten minutes, with tables as large as `samples` make them.
pub(crate) struct Track {
    pub(crate) id: u32,
    pub(crate) handler: [u8; 4],
    pub(crate) entry: [u8; 4],
    pub(crate) samples: u32,
    pub(crate) ticks: u32,
    pub(crate) timescale: u32,
}

impl Track {
    pub(crate) fn video(samples: u32) -> Self {
        Self { id: 1, handler: *b"vide", entry: *b"avc1", samples, ticks: 1000, timescale: 60_000 }
    }

    pub(crate) fn audio(samples: u32) -> Self {
        Self { id: 2, handler: *b"soun", entry: *b"mp4a", samples, ticks: 1024, timescale: 48_000 }
    }

    pub(crate) fn stts(&self) -> Vec<u8> {
        boxed(b"stts", &words(&[0, 1, self.samples, self.ticks]))
    }

    pub(crate) fn trak(&self) -> Vec<u8> {
        self.trak_with(&self.stts())
    }

    /// The track, with this box for the frames' durations.
    pub(crate) fn trak_with(&self, stts: &[u8]) -> Vec<u8> {
        let unit = 1 << 16;
        let tkhd = words(&[
            0,
            0,
            0,
            self.id,
            0,
            0,
            0,
            0,
            0,
            0,
            unit,
            0,
            0,
            0,
            unit,
            0,
            0,
            0,
            1 << 30,
            720 * unit,
            1280 * unit,
        ]);
        let mdhd = words(&[0, 0, 0, self.timescale, self.samples.saturating_mul(self.ticks), 0]);
        let hdlr = [&words(&[0, 0]), &self.handler[..], &words(&[0, 0, 0]), b"\0"].concat();
        let mut entry =
            [&words(&[0]), &words(&[1])[..], &words(&[0, 0]), &[0; 8], &720_u16.to_be_bytes(), &1280_u16.to_be_bytes()]
                .concat();
        // A sound's ends here.
        if self.handler == *b"vide" {
            entry.extend([0; 50]);
        }
        if self.entry == *b"avc1" {
            entry.extend(boxed(b"avcC", &[1, 100, 0, 31, 0xFF, 0xE0, 0]));
        }
        let description = [words(&[0, 1]), boxed(&self.entry, &entry)].concat();
        let samples = usize::try_from(self.samples).unwrap();
        // As ffmpeg writes them when it changes between picture and sound all the time: a chunk for each frame, and a
        // run of chunks for every second one. A single chunk in a single run would be the least.
        let table = |head: &[u32], entries: usize, size: usize| [words(head), vec![7; entries * size]].concat();
        let ctts = boxed(b"ctts", &table(&[0, self.samples], samples, 8));
        let stbl = [
            boxed(b"stsd", &description),
            stts.to_vec(),
            if self.handler == *b"vide" { ctts } else { Vec::new() },
            boxed(b"stsc", &table(&[0, self.samples.div_ceil(2)], samples.div_ceil(2), 12)),
            boxed(b"stsz", &table(&[0, 0, self.samples], samples, 4)),
            boxed(b"stco", &table(&[0, self.samples], samples, 4)),
        ]
        .concat();
        let here = boxed(b"dref", &[words(&[0, 1]), boxed(b"url ", &words(&[1]))].concat());
        let minf = boxed(b"minf", &[boxed(b"dinf", &here), boxed(b"stbl", &stbl)].concat());
        let mdia = [boxed(b"mdhd", &mdhd), boxed(b"hdlr", &hdlr), minf].concat();
        boxed(b"trak", &[boxed(b"tkhd", &tkhd), boxed(b"mdia", &mdia)].concat())
    }
}

/// A track with another box in front.
pub(crate) fn beside(trak: &[u8], part: &[u8]) -> Vec<u8> {
    boxed(b"trak", &[part, &trak[8..]].concat())
}

pub(crate) fn mvhd() -> Vec<u8> {
    boxed(b"mvhd", &words(&[0, 0, 0, 1000, 600_000, 1 << 16, 1 << 24, 0, 0]))
}

/// An index of these parts behind its header.
pub(crate) fn moov(parts: &[Vec<u8>]) -> Vec<u8> {
    boxed(b"moov", &[mvhd(), parts.concat()].concat())
}

/// An EBML element; the size takes eight bytes.
pub(crate) fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u64::try_from(content.len()).unwrap() | 1 << 56;
    [id, &size.to_be_bytes(), content].concat()
}

/// A WebM as a browser's recorder writes it: no duration, no frame rate, and segment and clusters of unknown size.
///
/// Each cluster is its time and the blocks that follow: time relative to it and size of a frame, whose content is
/// zeros. In milliseconds.
pub(crate) fn recording(clusters: &[(u64, Vec<(i16, usize)>)]) -> Vec<u8> {
    recording_of(&[b"V_VP8"], clusters)
}

/// The same with video tracks that are coded as these; the blocks are the last one's.
pub(crate) fn recording_of(codecs: &[&[u8]], clusters: &[(u64, Vec<(i16, usize)>)]) -> Vec<u8> {
    const ALL: [u8; 8] = [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    let video = [element(&[0xB0], &[2, 128]), element(&[0xBA], &[1, 224])].concat();
    let entry = |(number, codec): (u8, &&[u8])| {
        let ids = [element(&[0xD7], &[number]), element(&[0x73, 0xC5], &[number])].concat();
        let kind = [element(&[0x83], &[1]), element(&[0x86], codec), element(&[0xE0], &video)].concat();
        element(&[0xAE], &[ids, kind].concat())
    };
    let entries: Vec<u8> = (1..).zip(codecs).flat_map(entry).collect();
    let track = 0x80 | u8::try_from(codecs.len()).unwrap();
    let kind = [element(&[0x42, 0x82], b"webm"), element(&[0x42, 0x87], &[4]), element(&[0x42, 0x85], &[2])];
    let mut file = element(&[0x1A, 0x45, 0xDF, 0xA3], &kind.concat());
    file.extend([&[0x18, 0x53, 0x80, 0x67][..], &ALL].concat());
    let writers = [element(&[0x4D, 0x80], b"Browser"), element(&[0x57, 0x41], b"Browser")].concat();
    let milliseconds = element(&[0x2A, 0xD7, 0xB1], &1_000_000_u32.to_be_bytes());
    file.extend(element(&[0x15, 0x49, 0xA9, 0x66], &[milliseconds, writers].concat()));
    file.extend(element(&[0x16, 0x54, 0xAE, 0x6B], &entries));
    for (time, blocks) in clusters {
        file.extend([&[0x1F, 0x43, 0xB6, 0x75][..], &ALL, &element(&[0xE7], &time.to_be_bytes())].concat());
        for (number, (time, size)) in blocks.iter().enumerate() {
            let flags = if number % 100 == 0 { 0x80 } else { 0 };
            file.extend(element(&[0xA3], &[&[track][..], &time.to_be_bytes(), &[flags], &vec![0; *size]].concat()));
        }
    }
    file
}

/// The times of this many frames at 30 a second, each with a frame of `size` bytes.
pub(crate) fn thirty_a_second(frames: usize, size: usize) -> Vec<(i16, usize)> {
    (0..frames).map(|frame| (i16::try_from((frame * 1000 + 15) / 30).unwrap(), size)).collect()
}
