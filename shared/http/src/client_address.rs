//! Who calls: the address of the network that a request came from.

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;

/// The address that the request reached API Gateway from; of an IPv6 address its network of 64 bits, all of which one
/// customer has. API Gateway puts it at the end of `X-Forwarded-For`; what stands before it is the caller's own word.
pub fn client_address(headers: &HeaderMap) -> Option<IpAddr> {
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let address: IpAddr = forwarded.rsplit(',').next()?.trim().parse().ok()?;
    Some(match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| network_of(v6).into(), IpAddr::V4),
    })
}

fn network_of(address: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateways_word_counts_and_not_the_callers() {
        for (forwarded, address) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("10.0.0.1, 203.0.113.7", Some("203.0.113.7")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("203.0.113.7, unknown", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), forwarded.parse().unwrap())]);
            assert_eq!(client_address(&headers), address.map(|text| text.parse().unwrap()), "{forwarded}");
        }
        assert_eq!(client_address(&HeaderMap::new()), None);
    }
}
