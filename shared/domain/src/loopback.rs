//! Addresses of one's own machine, to which nobody on the way can listen.

use core::net::IpAddr;

/// Whether the host of a URL, as the URL has it, is the machine that asks: `localhost` or a name below it (RFC 6761,
/// section 6.3), or an address of loopback, one of IPv6 in its brackets.
pub fn is_loopback(host: &str) -> bool {
    let (name, host) = (host.to_ascii_lowercase(), host.trim_start_matches('[').trim_end_matches(']'));
    name == "localhost" || name.ends_with(".localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_an_address_of_ones_own_machine_is_told_from_others() {
        for host in ["localhost", "LOCALHOST", "app.localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "localhost.example.com", "mylocalhost", "128.0.0.1", "0.0.0.0", "[::]", "[::2]", "10.0.0.1"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
