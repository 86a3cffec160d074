use super::*;

fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes(), name, content].concat()
}

#[tokio::test]
async fn of_chapters_without_number_no_more_are_kept_than_there_are_tracks() {
    let list = boxed(b"tref", &boxed(b"chap", &[7; 200]));
    let file = bytes::Bytes::from(boxed(b"moov", &boxed(b"trak", &list.repeat(1000))));
    let mut reader = Reader::open(&file).await.unwrap();
    let moov = boxes::top(&mut reader, 0).await.unwrap().unwrap();
    let movie = read(&mut reader, moov).await.unwrap();
    assert_eq!((movie.tracks.len(), movie.chapters.len()), (1, MAX_TRACKS));
}
