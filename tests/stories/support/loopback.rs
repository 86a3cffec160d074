//! What somebody else's servers have in common: they are on loopback, and read HTTP by hand so that they can break it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

/// Serves every connection by itself. Answers the address.
pub(super) async fn listen<S, F>(state: &Arc<Mutex<S>>, serve: fn(TcpStream, Arc<Mutex<S>>) -> F) -> SocketAddr
where
    S: Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let state = Arc::clone(state);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&state)));
        }
    });
    address
}

/// The head of the next request, its empty line included; nothing if the caller has hung up.
pub(super) async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).expect("a head is text"))
}
