//! Looks names up, and refuses those that lead inside.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// How names become addresses.
pub(crate) trait Lookup: std::fmt::Debug + Send + Sync + 'static {
    fn lookup(&self, name: &str) -> impl Future<Output = io::Result<Vec<IpAddr>>> + Send;
}

/// The system's resolver.
#[derive(Debug)]
pub(crate) struct System;

impl Lookup for System {
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Hands out a name's addresses only if all of them are allowed. The connection goes to these very addresses: there is
/// no second look at the DNS that could say something else.
///
/// A client does not ask its resolver about hosts that are IP addresses. Those are [`PublicUrl`](crate::PublicUrl)'s to
/// refuse.
#[derive(Debug)]
pub(crate) struct PublicResolver<L> {
    lookup: Arc<L>,
    allowed: fn(IpAddr) -> bool,
}

/// A name leads to an address that is not allowed. Does not say which: that would be news from the inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", LeadsInside::TEXT)]
pub(crate) struct LeadsInside;

impl LeadsInside {
    /// The same for whoever wanted to fetch something as for whoever is asked for the name's addresses.
    pub(crate) const TEXT: &'static str = "the host's name leads to an address that is not on the public internet";
}

impl<L: Lookup> PublicResolver<L> {
    pub(crate) fn new(lookup: L, allowed: fn(IpAddr) -> bool) -> Self {
        Self { lookup: Arc::new(lookup), allowed }
    }
}

impl<L: Lookup> Resolve for PublicResolver<L> {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, allowed) = (Arc::clone(&self.lookup), self.allowed);
        Box::pin(async move {
            let addresses = lookup.lookup(name.as_str()).await?;
            if addresses.iter().any(|address| !allowed(*address)) {
                tracing::warn!(host = name.as_str(), "a name leads inside; it is not called");
                return Err(LeadsInside.into());
            }
            if addresses.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
            }
            // Port 0 is replaced by the one that the URL names.
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
