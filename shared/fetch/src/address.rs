//! Which IP addresses are on the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is one that anybody on the internet may be reached at.
///
/// Stricter than the registries: whatever has a special purpose is refused, globally reachable or not, and so is every
/// IPv6 address that carries an IPv4 address, since a gateway may take it to where that one leads. Source: IANA's
/// IPv4 and IPv6 Special-Purpose Address Registries and the IPv6 address space, of which only `2000::/3` is given out.
pub fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_global_v4(mapped),
            None => is_global_v6(address),
        },
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., _, _)    // this network, private, loopback, multicast and reserved
            | (100, 64..=127, _)        // shared by carriers (CGNAT)
            | (169, 254, _)             // link-local, and the cloud's metadata
            | (172, 16..=31, _)         // private
            | (192, 0, 0 | 2)           // protocol assignments, documentation
            | (192, 31, 196)            // AS112
            | (192, 52, 193)            // AMT
            | (192, 88, 99)             // 6to4 relays
            | (192, 168, _)             // private
            | (192, 175, 48)            // AS112
            | (198, 18 | 19, _)         // benchmarking
            | (198, 51, 100)            // documentation
            | (203, 0, 113) // documentation
    )
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, ..] = address.segments();
    let given_out = a & 0xe000 == 0x2000; // leaves out ::1, ::a.b.c.d, 64:ff9b::, fc00::, fe80::, ff00::
    let special = match (a, b) {
        (0x2001, 0..=0x1ff | 0xdb8)         // Teredo, benchmarking, ORCHID and their kin; documentation
        | (0x2002, _)                       // 6to4
        | (0x3fff, 0..=0xfff) => true, // documentation
        (0x2620, 0x4f) => c == 0x8000,      // AS112
        _ => false,
    };
    given_out && !special
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_global() {
        let global = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "3ffe::1",
        ];
        let private = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.0.0",
            "169.254.169.254",
            "169.254.170.2",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.170",
            "192.0.2.1",
            "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.175.48.1",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            // IPv6: unspecified, loopback, IPv4 inside (mapped, compatible, translated, NAT64, 6to4, Teredo)
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2002:808:808::",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            // discard, benchmarking, ORCHID, documentation, unique local with the metadata of IPv6, site- and
            // link-local, multicast, SRv6, and what was never given out
            "100::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "3fff::1",
            "3fff:fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
            "4000::1",
            "8000::1",
            "1000::1",
            "2620:4f:8000::1",
        ];
        for (addresses, expected) in [(&global[..], true), (&private[..], false)] {
            for text in addresses {
                assert_eq!(is_global(text.parse().unwrap()), expected, "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn an_ipv4_address_is_no_more_public_in_the_clothes_of_ipv6(bits: u32) {
            let plain = Ipv4Addr::from_bits(bits);
            let [a, b, c, d] = plain.octets();
            let pair = |x: u8, y: u8| u16::from_be_bytes([x, y]);
            let (high, low) = (pair(a, b), pair(c, d));
            prop_assert_eq!(is_global(plain.to_ipv6_mapped().into()), is_global(plain.into()));
            for wrapped in [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, 1, 2, 0, 0, !high, !low),
            ] {
                prop_assert!(!is_global(wrapped.into()), "{} in {}", plain, wrapped);
            }
        }
    }
}
