//! Servers on loopback that answer byte for byte what a test wants, and a DNS that leads to them.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::client::Lookup;

/// What a server does after it has read a request.
#[derive(Debug, Clone)]
pub(super) enum Do {
    Say(Vec<u8>),
    /// Says it again and again, with a pause between.
    Repeat(Vec<u8>, Duration),
    Hang,
}

/// A server, and the requests that came to it.
pub(super) struct Site {
    pub(super) address: SocketAddr,
    pub(super) requests: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// On this address of loopback, at this port or a free one. Each connection gets the answers to one request and is
    /// closed; a request that finds no answer left gets the last one again.
    pub(super) async fn on(ip: [u8; 4], port: u16, answers: Vec<Vec<Do>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::from(ip), port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let mut answers = VecDeque::from(answers);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match stream.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => return,
                        }
                    }
                    seen.lock().unwrap().push(String::from_utf8(head).unwrap());
                    for step in answer.into_iter().flatten() {
                        match step {
                            Do::Say(bytes) => drop(stream.write_all(&bytes).await),
                            Do::Repeat(bytes, pause) => {
                                while stream.write_all(&bytes).await.is_ok() {
                                    tokio::time::sleep(pause).await;
                                }
                            }
                            Do::Hang => std::future::pending().await,
                        }
                    }
                });
            }
        });
        Self { address, requests }
    }

    pub(super) async fn new(answers: Vec<Vec<Do>>) -> Self {
        Self::on([127, 0, 0, 1], 0, answers).await
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/video.mp4?signature=secret", self.address)
    }

    /// How many requests came.
    pub(super) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    pub(super) fn request(&self, index: usize) -> String {
        self.requests.lock().unwrap()[index].to_lowercase()
    }
}

pub(super) fn say(text: impl AsRef<[u8]>) -> Vec<Do> {
    vec![Do::Say(text.as_ref().to_vec())]
}

pub(super) fn redirect(to: &str) -> Vec<Do> {
    say(format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"))
}

/// A DNS that gives these answers, one after the other, and then the last one again; and counts how often it was asked.
#[derive(Debug, Clone)]
pub(super) struct Dns {
    answers: Arc<Mutex<VecDeque<Vec<IpAddr>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Dns {
    pub(super) fn of(answers: &[&[&str]]) -> Self {
        let answers = answers.iter().map(|answer| answer.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
        Self { answers: Arc::new(Mutex::new(answers)), asked: Arc::default() }
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Lookup for Dns {
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Ok(answer.unwrap_or_default())
    }
}
