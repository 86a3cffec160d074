//! What files made to do harm cost in processor time, against the most expensive honest one: ten minutes with a duration
//! of its own for each frame. A probe's time is bounded by its bytes and by the headers that it looks at (`MAX_BYTES`,
//! `MAX_STEPS`); this shows what the bounds are worth. It asserts nothing, since a time depends on the machine.
//!
//! ```sh
//! cargo bench -p slipway-video
//! ```

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "its output is what it is for")]

#[path = "../tests/it/make.rs"]
#[expect(dead_code, reason = "it makes more than is measured here")]
mod make;

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::Bytes;

use make::{Track, boxed, element, ftyp, large_header, moov, recording, words};

const MIB: usize = 1024 * 1024;

fn main() {
    let honest = mean(&honest());
    println!("{:44} {:>9} {:>7}", "file", "ms", "ratio");
    println!("{:44} {:9.3} {:7.1}", "the most expensive honest one", millis(honest), 1.0);
    for (name, file) in hostile() {
        let time = mean(&file.into());
        println!("{name:44} {:9.3} {:7.1}", millis(time), time.as_secs_f64() / honest.as_secs_f64());
    }
}

/// The processor time of a probe, in the mean of some.
fn mean(file: &Bytes) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (begun, started, mut count) = (processor_time(), Instant::now(), 0);
    // Some systems count in steps of milliseconds.
    while count < 3 || started.elapsed() < Duration::from_millis(300) {
        drop(black_box(runtime.block_on(slipway_video::probe(black_box(file)))));
        count += 1;
    }
    processor_time().saturating_sub(begun) / count
}

/// What this thread has had of a processor since some moment: on Linux without the time in which others had it.
fn processor_time() -> Duration {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| BEGUN.elapsed(), Duration::from_nanos)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn mdat() -> Vec<u8> {
    boxed(b"mdat", &[0; 64])
}

fn honest() -> Bytes {
    let durations: Vec<u32> = (0..36_000).flat_map(|frame| [1, if frame % 2 == 0 { 900 } else { 1100 }]).collect();
    let stts = boxed(b"stts", &[words(&[0, 36_000]), words(&durations)].concat());
    let index = moov(&[Track::video(36_000).trak_with(&stts), Track::audio(28_125).trak()]);
    [ftyp(), index, mdat()].concat().into()
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    [mp4(), webm(), photos()].concat()
}

fn mp4() -> Vec<(&'static str, Vec<u8>)> {
    let many = |name, count| boxed(name, &[]).repeat(count);
    let file = |index: Vec<u8>| [ftyp(), index, mdat()].concat();
    // As many durations as a table may have, in as many tracks as the bytes allow.
    let entries: Vec<u32> = (0..131_000).flat_map(|frame| [1, frame]).collect();
    let stts = boxed(b"stts", &[words(&[0, 131_000]), words(&entries)].concat());
    let tables: Vec<_> = (0..11).map(|_| Track::video(1).trak_with(&stts)).collect();
    let chapters = boxed(b"tref", &boxed(b"chap", &words(&[7; 62])));
    let tracks = (0..60).map(|_| Track::video(1).trak());
    let listed = boxed(b"trak", &chapters.repeat(40_000));
    let usual = boxed(b"trex", &words(&[0, 9, 1, 1000, 0, 0]));
    let announced = moov(&[Track::video(0).trak(), boxed(b"mvex", &usual.repeat(60))]);
    let fragment = boxed(b"moof", &boxed(b"traf", &boxed(b"tfhd", &words(&[0, 1]))));
    let run = boxed(b"trun", &[words(&[0x100, 130_000]), words(&(0..130_000).collect::<Vec<_>>())].concat());
    let runs = boxed(b"moof", &boxed(b"traf", &[boxed(b"tfhd", &words(&[0, 1])), run].concat()));
    let far = [fragment.clone(), boxed(b"mdat", &vec![0; 200_000])].concat().repeat(8);
    let named = boxed(b"mdat", &boxed(b"moof", &boxed(b"mfhd", &[])).repeat(300_000));
    vec![
        ("mp4: boxes without number", [ftyp(), many(b"free", 1_000_000)].concat()),
        ("mp4: boxes without number in the index", file(moov(&[many(b"free", 1_000_000)]))),
        ("mp4: tracks without number", file(moov(&[many(b"trak", 1_000_000)]))),
        ("mp4: the largest tables of durations", file(moov(&tables))),
        ("mp4: lists of chapters without number", file(moov(&tracks.chain([listed]).collect::<Vec<_>>()))),
        ("mp4: fragments without number", [ftyp(), announced.clone(), fragment.repeat(300_000), mdat()].concat()),
        ("mp4: fragments of many frames", [ftyp(), announced.clone(), runs.repeat(20), mdat()].concat()),
        ("mp4: names of fragments all over the end", [ftyp(), announced, far, fragment, named].concat()),
    ]
}

fn webm() -> Vec<(&'static str, Vec<u8>)> {
    let blocks =
        |count| recording(&[(0, (0..count).map(|frame| (i16::try_from(frame % 30_000).unwrap(), 1)).collect())]);
    let start = recording(&[(0, vec![(0, 1); 10])]);
    let many = |part: &[u8], size: usize| [&start[..], &part.repeat(size / part.len())].concat();
    let cluster = [&[0x1F, 0x43, 0xB6, 0x75][..], &[0xFF], &[0xE7, 0x81, 0]].concat();
    vec![
        ("webm: blocks without number", blocks(400_000)),
        ("webm: elements without number", many(&[0xEC, 0x80], 4 * MIB)),
        ("webm: clusters without number", many(&cluster, 20 * MIB)),
        ("webm: what looks like blocks", many(&[0xA3, 0x84, 0x81, 0, 0, 0], 20 * MIB)),
        ("webm: what nearly looks like blocks", many(&[0xA3], 20 * MIB)),
        ("webm: sound tracks without number", sounds()),
    ]
}

/// As many sound tracks as fit, and blocks that are of none of them.
fn sounds() -> Vec<u8> {
    let sound = [&[0xAE, 0x86][..], &[0xD7, 0x81, 2], &[0x83, 0x81, 2]].concat();
    let mut file = element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm"));
    file.extend([&[0x18, 0x53, 0x80, 0x67][..], &[0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]].concat());
    file.extend(element(&[0x16, 0x54, 0xAE, 0x6B], &sound.repeat(MIB / 8 - 2)));
    file.extend([&[0x1F, 0x43, 0xB6, 0x75][..], &[0xFF], &[0xE7, 0x81, 0]].concat());
    file.extend([0xA3, 0x84, 0x83, 0, 0, 0].repeat(400_000));
    file
}

fn photos() -> Vec<(&'static str, Vec<u8>)> {
    let segment = |content: &[u8]| {
        [&[0xFF, 0xE1][..], &u16::try_from(content.len() + 2).unwrap().to_be_bytes(), content].concat()
    };
    let exif = segment(&[&b"Exif\0\0MM\0*\0\0\0\x08\xFF\xFF"[..], &vec![1; 65_000]].concat());
    let webp = [b"RIFF", &(8_000_022_u32).to_le_bytes()[..], b"WEBPVP8X\x0A\0\0\0\0\0\0\0\x09\0\0\x09\0\0"].concat();
    vec![
        ("jpeg: fill bytes without number", [&[0xFF, 0xD8][..], &vec![0xFF; 2_000_000]].concat()),
        ("jpeg: EXIF data without an orientation", [&[0xFF, 0xD8][..], &exif.repeat(180)].concat()),
        (
            "jpeg: no end",
            [
                &[0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 9, 0, 9, 1, 1, 1, 1, 0xFF, 0xDA, 0, 2][..],
                &vec![0xFF; 20_000_000],
            ]
            .concat(),
        ),
        ("webp: chunks without number", [&webp[..], &[b'E', 0, 0, 0, 0, 0, 0, 0].repeat(1_000_000)].concat()),
        ("mp4: one box of 64 bits after another", [ftyp(), large_header(b"free", 16).repeat(500_000)].concat()),
    ]
}
