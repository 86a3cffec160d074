//! Against servers on loopback that answer byte for byte what a test wants.

mod site;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::*;

use self::site::{Dns, Do, Site, redirect, say};

fn limits() -> Limits {
    Limits { connect: Duration::from_secs(5), idle: Duration::from_secs(5), ..Limits::default() }
}

fn bounds(most: u64) -> Bounds {
    Bounds { most, until: Instant::now() + Duration::from_secs(30) }
}

/// A client that may call this site besides the internet, whose DNS is `dns`.
fn client(site: &Site, dns: Dns, limits: Limits) -> Client {
    let origins = format!("http://{}", site.address).parse().unwrap();
    Client::with_lookup(origins, limits, dns, is_global).unwrap()
}

/// Fetches the site's file to its end.
async fn fetch(site: &Site, limits: Limits, bounds: Bounds) -> Result<Vec<u8>, FetchError> {
    let client = client(site, Dns::of(&[&["127.0.0.1"]]), limits);
    let mut fetched = client.get(&client.parse(&site.url()).unwrap(), None, bounds).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = fetched.next().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to() {
    let site = Site::new(vec![say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]).await;
    for answer in [
        &["127.0.0.1"][..],
        &["8.8.8.8", "127.0.0.1"],
        &["127.0.0.1", "8.8.8.8"],
        &["2606:4700::1111", "::1"],
        &["::ffff:127.0.0.1"],
        &["169.254.169.254"],
        &["fd00:ec2::254"],
        &["10.0.0.1"],
        &["0.0.0.0"],
    ] {
        let dns = Dns::of(&[answer]);
        let client = Client::with_lookup(TrustedOrigins::none(), limits(), dns.clone(), is_global).unwrap();
        let url = client.parse("https://inside.example.com/video.mp4").unwrap();
        assert_eq!(client.get(&url, None, bounds(1)).await.err(), Some(FetchError::LeadsInside), "{answer:?}");
        // The same behind the client's back, where a server listens.
        let plain = format!("http://inside.example.com:{}/", site.address.port());
        let error = client.public.get(plain).send().await.unwrap_err();
        assert_eq!(FetchError::of(error, false), FetchError::LeadsInside, "{answer:?}");
        assert_eq!(dns.asked(), 2);
    }
    assert_eq!(site.count(), 0, "nobody was connected to");
}

#[tokio::test]
async fn a_dns_that_changes_its_mind_between_check_and_connect_wins_nothing() {
    // Here 127.0.0.1 stands for the public internet, and 127.0.0.2 for the inside.
    let is_outside = |address: IpAddr| address == IpAddr::from([127, 0, 0, 1]);
    let ok = || vec![say("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\noutside")];
    let outside = Site::new(ok()).await;
    let inside = Site::on([127, 0, 0, 2], outside.address.port(), ok()).await;
    let dns = Dns::of(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let client = Client::with_lookup(TrustedOrigins::none(), limits(), dns.clone(), is_outside).unwrap();
    let url = format!("http://changing.example.com:{}/", outside.address.port());

    let first = client.public.get(&url).send().await.unwrap();
    assert_eq!(first.bytes().await.unwrap(), "outside");
    assert_eq!(dns.asked(), 1, "what was checked is what was connected to: the DNS was asked once");
    let second = client.public.get(&url).send().await.unwrap_err();
    assert_eq!(FetchError::of(second, false), FetchError::LeadsInside);
    assert_eq!((outside.count(), inside.count()), (1, 0));
}

#[tokio::test]
async fn a_redirect_to_the_inside_is_not_followed() {
    use UrlRefused::{Credentials, Port, PrivateAddress, PrivateName, Scheme};
    let inside = Site::new(vec![say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]).await;
    let another = format!("http://{}/", inside.address);
    for (to, refused) in [
        ("http://127.0.0.1/", FetchError::RedirectRefused(PrivateAddress)),
        ("https://127.0.0.1:9001/", FetchError::RedirectRefused(PrivateAddress)),
        ("https://169.254.169.254/latest/meta-data/", FetchError::RedirectRefused(PrivateAddress)),
        ("https://[::1]/", FetchError::RedirectRefused(PrivateAddress)),
        ("https://[::ffff:a9fe:a9fe]/", FetchError::RedirectRefused(PrivateAddress)),
        ("//2130706433/", FetchError::RedirectRefused(PrivateAddress)),
        ("https://localhost/", FetchError::RedirectRefused(PrivateName)),
        ("http://example.com/", FetchError::RedirectRefused(Scheme)),
        ("ftp://example.com/", FetchError::RedirectRefused(Scheme)),
        ("https://user:password@example.com/", FetchError::RedirectRefused(Credentials)),
        ("https://example.com:22/", FetchError::RedirectRefused(Port(22))),
        ("https://resolves-inside.example.com/", FetchError::LeadsInside),
        (&another, FetchError::RedirectRefused(PrivateAddress)),
    ] {
        let site = Site::new(vec![redirect(to)]).await;
        assert_eq!(fetch(&site, limits(), bounds(1)).await, Err(refused), "{to}");
        assert_eq!(site.count(), 1);
    }
    assert_eq!(inside.count(), 0);
}

#[tokio::test]
async fn redirects_are_followed_to_the_fifth() {
    for (redirects, followed) in [(0, true), (5, true), (6, false)] {
        let mut answers = vec![redirect("/elsewhere"); redirects];
        answers.push(say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        let site = Site::new(answers).await;
        let fetched = fetch(&site, limits(), bounds(2)).await;
        let expected = if followed { Ok(b"ok".to_vec()) } else { Err(FetchError::TooManyRedirects(5)) };
        assert_eq!(fetched, expected, "{redirects}");
        assert_eq!(site.count(), 6.min(redirects + 1));
    }
    let nowhere = Site::new(vec![say("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n")]).await;
    assert_eq!(fetch(&nowhere, limits(), bounds(2)).await, Err(FetchError::RedirectNowhere));
}

#[tokio::test]
async fn a_redirect_in_raw_utf_8_is_followed() {
    let answer = || say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let site = Site::new(vec![redirect("/v\u{ed}deo \u{1F600}.mp4?n=\u{e9}"), answer()]).await;
    assert_eq!(fetch(&site, limits(), bounds(2)).await, Ok(b"ok".to_vec()));
    let second = site.request(1);
    assert!(second.starts_with("get /v%c3%addeo%20%f0%9f%98%80.mp4?n=%c3%a9 http"), "{second}");
    let latin = b"HTTP/1.1 302 Found\r\nLocation: /v\xed\r\nContent-Length: 0\r\n\r\n";
    let site = Site::new(vec![say(latin), answer()]).await;
    assert_eq!(fetch(&site, limits(), bounds(2)).await, Err(FetchError::RedirectNowhere));
}

#[tokio::test]
async fn a_request_carries_nothing_of_ours() {
    let site = Site::new(vec![
        say("HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: session=1\r\nContent-Length: 0\r\n\r\n"),
        say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ])
    .await;
    fetch(&site, limits(), bounds(2)).await.unwrap();
    for index in 0..2 {
        let request = site.request(index);
        let names: Vec<_> =
            request.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
        let mut names = names;
        names.sort_unstable();
        assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"], "{request}");
        assert!(request.contains("accept-encoding: identity"), "{request}");
    }
}

#[tokio::test]
async fn a_file_larger_than_allowed_is_not_read_to_its_end() {
    let endless = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()];
    let chunk = [b"1000\r\n".to_vec(), vec![7; 0x1000], b"\r\n".to_vec()].concat();
    for (answer, most, announced) in [
        (say("HTTP/1.1 200 OK\r\nContent-Length: 4000000001\r\n\r\n"), 4_000_000_000, Some(4_000_000_001)),
        (vec![Do::Say(endless.concat()), Do::Repeat(chunk, Duration::ZERO)], 1_000_000, None),
        // Without a length and without chunks: to the connection's end.
        (
            vec![Do::Say(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), Do::Repeat(vec![7; 4096], Duration::ZERO)],
            1_000_000,
            None,
        ),
    ] {
        let site = Site::new(vec![answer]).await;
        let fetched = fetch(&site, limits(), bounds(most)).await;
        assert_eq!(fetched, Err(FetchError::TooLarge { most, announced }));
    }
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for_for_ever() {
    let head = || Do::Say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n".to_vec());
    let drip = || Do::Repeat(b"x".to_vec(), Duration::from_millis(5));
    let short = Duration::from_millis(200);
    let long = Duration::from_mins(1);
    for (answer, idle, window, within, slow) in [
        (vec![Do::Hang], short, long, long, Slow::Idle),
        (vec![Do::Say(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), Do::Hang], short, long, long, Slow::Idle),
        (vec![head(), Do::Hang], short, long, long, Slow::Idle),
        (vec![head(), drip()], long, short, long, Slow::Drip),
        (vec![head(), drip()], long, long, short, Slow::Total),
        (vec![Do::Hang], long, long, short, Slow::Total),
        (vec![Do::Say(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), drip()], long, long, short, Slow::Total),
    ] {
        let site = Site::new(vec![answer.clone()]).await;
        let limits = Limits { idle, pace_window: window, ..limits() };
        let bounds = Bounds { most: u64::MAX, until: Instant::now() + within };
        assert_eq!(fetch(&site, limits, bounds).await, Err(FetchError::Slow(slow)), "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_file_is_told() {
    for (answer, status, retry_after) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, None),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, None),
        ("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n", 503, Some(Duration::from_mins(2))),
        ("HTTP/1.1 429 Slow\r\nRetry-After: later\r\nContent-Length: 0\r\n\r\n", 429, None),
        ("HTTP/1.1 300 Choose\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n", 300, None),
    ] {
        let site = Site::new(vec![say(answer)]).await;
        assert_eq!(fetch(&site, limits(), bounds(1)).await, Err(FetchError::Status { status, retry_after }));
    }
    let unasked =
        Site::new(vec![say("HTTP/1.1 206 Part\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n12345")])
            .await;
    assert!(matches!(fetch(&unasked, limits(), bounds(10)).await, Err(FetchError::Nonsense(_))));
}

#[tokio::test]
async fn a_connection_that_breaks_is_no_end_of_a_file() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense",
        "HTTP/1.1 200 OK\r\nContent-Len",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "",
    ] {
        let site = Site::new(vec![say(answer)]).await;
        let error = fetch(&site, limits(), bounds(100)).await.unwrap_err();
        let FetchError::Broken(cause) = &error else { panic!("{answer:?}: {error:?}") };
        let text = cause.to_string();
        assert!(!text.contains("secret") && !text.contains("127.0.0.1"), "{text}");
    }
    let site = Site::new(vec![]).await;
    let gone = Site { address: SocketAddr::from(([127, 0, 0, 1], 1)), requests: Arc::clone(&site.requests) };
    let error = fetch(&gone, limits(), bounds(1)).await.unwrap_err();
    let FetchError::Unreachable(cause) = &error else { panic!("{error:?}") };
    let text = cause.to_string();
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn a_flood_of_headers_is_not_read() {
    let head = || Do::Say(b"HTTP/1.1 200 OK\r\n".to_vec());
    for header in [b"X-Flood: 1\r\n".repeat(1000), vec![b'x'; 10_000]] {
        let site = Site::new(vec![vec![head(), Do::Repeat(header, Duration::ZERO)]]).await;
        let fetched = fetch(&site, limits(), bounds(100)).await;
        assert!(matches!(fetched, Err(FetchError::Broken(_))), "{fetched:?}");
    }
}

#[tokio::test]
async fn a_broken_file_is_gone_on_with_only_if_it_is_the_same() {
    let part = |range: &str, etag: &str| {
        format!("HTTP/1.1 206 Part\r\nContent-Range: {range}\r\nETag: {etag}\r\nContent-Length: 5\r\n\r\n67890")
    };
    for (answer, expected) in [
        (part("bytes 5-9/10", "\"a\""), Ok((5, Some(10), "67890"))),
        (part("bytes 5-9/*", "\"a\""), Ok((5, Some(10), "67890"))),
        // The file has changed, or ranges are not known here: all of it comes.
        ("HTTP/1.1 200 OK\r\nETag: \"b\"\r\nContent-Length: 3\r\n\r\nnew".to_owned(), Ok((0, Some(3), "new"))),
        (part("bytes 0-4/10", "\"a\""), Err(())),
        (part("bytes 6-10/11", "\"a\""), Err(())),
        (part("bytes 5-7/10", "\"a\""), Err(())),
        (part("bytes 5-9/10", "\"b\""), Err(())),
        ("HTTP/1.1 206 Part\r\nContent-Length: 5\r\n\r\n67890".to_owned(), Err(())),
    ] {
        let first = say("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n12345");
        let site = Site::new(vec![first, say(&answer)]).await;
        let client = client(&site, Dns::of(&[&["127.0.0.1"]]), limits());
        let url = client.parse(&site.url()).unwrap();
        let mut fetched = client.get(&url, None, bounds(20)).await.unwrap();
        assert_eq!(fetched.next().await.unwrap().unwrap(), "12345");
        assert!(fetched.next().await.is_err());
        let resume = Resume { from: 5, etag: fetched.etag().unwrap().clone() };
        let told = match client.get(&url, Some(&resume), bounds(20)).await {
            Ok(mut rest) => Ok((rest.from(), rest.total(), rest.next().await.unwrap().unwrap())),
            Err(FetchError::Nonsense(_)) => Err(()),
            Err(error) => panic!("{error}"),
        };
        let expected = expected.map(|(from, total, body)| (from, total, Bytes::from(body)));
        assert_eq!(told, expected, "{answer}");
        let request = site.request(1);
        assert!(request.contains("range: bytes=5-\r\n") && request.contains("if-range: \"a\"\r\n"), "{request}");
    }
}

#[test]
fn a_server_asks_to_wait_in_seconds_or_until_a_time() {
    let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
    for (text, seconds) in [
        ("0", Some(0)),
        ("120", Some(120)),
        ("Thu, 26 Nov 2026 12:01:30 GMT", Some(90)),
        ("Thu, 26 Nov 2026 11:59:59 GMT", Some(0)),
        ("-1", None),
        ("1.5", None),
        ("Thu, 26 Nov 2026", None),
        ("", None),
    ] {
        assert_eq!(asked_to_wait(text, now), seconds.map(Duration::from_secs), "{text:?}");
    }
}
