//! Which addresses an account may call.
//!
//! A base URL comes from a person, and a name's addresses from outside: neither must lead a service inside the
//! merchant's network to speak to its neighbours, or to the machine's own metadata, with a signed request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// On the internet.
    Public,
    /// This machine or its network. A sandbox is here.
    Private,
    /// Link-local, metadata, multicast, reserved: no channel is ever here.
    Never,
}

/// Which networks accounts may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Networks {
    /// Only the internet.
    PublicOnly,
    /// This machine and its network too.
    PrivateToo,
}

impl Networks {
    /// Whether an account may call this address.
    pub fn allow(self, address: IpAddr) -> bool {
        match Target::of(address) {
            Target::Public => true,
            Target::Private => self == Self::PrivateToo,
            Target::Never => false,
        }
    }

    /// Whether a call without TLS may go to this address: never over the internet, where everybody on the way would
    /// read what proves who is calling, and whose orders they are.
    pub fn allow_plain(self, address: IpAddr) -> bool {
        self == Self::PrivateToo && Target::of(address) == Target::Private
    }

    /// The same of a host. A name that is not known by itself is judged by its addresses later.
    pub fn allow_plain_host(self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse() {
            Ok(address) => self.allow_plain(address),
            Err(_) => self == Self::PrivateToo && self.allow_host(host),
        }
    }

    /// Whether a base URL asks for TLS, or may go without it.
    pub fn allow_scheme(self, base_url: &str) -> bool {
        let url = url::Url::parse(base_url);
        url.is_ok_and(|url| {
            let host = url.host_str().unwrap_or_default();
            url.scheme() == "https" || self.allow_plain_host(host)
        })
    }

    /// Whether an account may name this base URL; one that is none names no host.
    pub fn allow_url(self, base_url: &str) -> bool {
        let url = url::Url::parse(base_url);
        url.is_ok_and(|url| url.host_str().is_some_and(|host| self.allow_host(host)))
    }

    /// Whether a base URL may name this host. A name that is not known by itself is judged by its addresses later.
    pub fn allow_host(self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse() {
            return self.allow(address);
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if METADATA_NAMES.contains(&host.as_str()) {
            return false;
        }
        let local = host == "localhost" || host.ends_with(".localhost");
        !local || self == Self::PrivateToo
    }
}

/// Under which names clouds serve a machine's own secrets.
const METADATA_NAMES: [&str; 3] = ["metadata", "metadata.google.internal", "instance-data"];
/// Alibaba's and Oracle's, outside of the link-local block.
const METADATA_V4: [Ipv4Addr; 2] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];
/// Amazon's and Google's.
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254),
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254),
];

impl Target {
    /// What kind of address it is.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        let [a, b, c, _] = address.octets();
        if address.is_link_local()
            || address.is_multicast()
            || a >= 240
            || METADATA_V4.contains(&address)
        {
            return Self::Never;
        }
        let shared = a == 100 && (64..128).contains(&b);
        let benchmark = a == 198 && (18..20).contains(&b);
        let protocols = (a, b, c) == (192, 0, 0);
        if a == 0
            || address.is_loopback()
            || address.is_private()
            || shared
            || benchmark
            || protocols
        {
            return Self::Private;
        }
        Self::Public
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if address.is_unicast_link_local()
            || address.is_multicast()
            || METADATA_V6.contains(&address)
        {
            return Self::Never;
        }
        // fec0::/10 was a site's own before fc00::/7 was.
        let site_local = matches!(address.segments(), [0xfec0..=0xfeff, ..]);
        if address.is_unspecified()
            || address.is_loopback()
            || address.is_unique_local()
            || site_local
        {
            return Self::Private;
        }
        if let Some(inner) = embedded_v4(address) {
            return Self::of_v4(inner);
        }
        match address.segments() {
            // A tunnel (Teredo), or a network's own translation in a layout that only the network knows.
            [0x2001, 0, ..] | [0x64, 0xff9b, 1, ..] => Self::Never,
            _ => Self::Public,
        }
    }
}

/// The IPv4 address inside a mapped, translated (64:ff9b::/96, 64:ff9b:1::/96, ::ffff:0:0:0/96) or 6to4 (2002::/16) one.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(v4(high, low)),
        [0, 0, 0, 0, 0xffff, 0, high, low] => Some(v4(high, low)),
        [0x64, 0xff9b, 0 | 1, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_address_is_told() {
        let table = [
            ("3.34.12.1", Target::Public),
            ("2001:4860:4860::8888", Target::Public),
            ("127.0.0.1", Target::Private),
            ("10.1.2.3", Target::Private),
            ("172.31.255.1", Target::Private),
            ("172.32.0.1", Target::Public),
            ("192.168.0.9", Target::Private),
            ("100.64.0.1", Target::Private),
            ("100.128.0.1", Target::Public),
            ("0.0.0.0", Target::Private),
            ("198.18.0.1", Target::Private),
            ("::1", Target::Private),
            ("fd12::1", Target::Private),
            ("::ffff:10.0.0.1", Target::Private),
            ("64:ff9b::a00:1", Target::Private),
            ("2002:7f00:1::", Target::Private),
            ("64:ff9b:1::a00:1", Target::Private),
            ("64:ff9b:1::322:c01", Target::Public),
            ("::ffff:0:10.0.0.1", Target::Private),
            ("fec0::1", Target::Private),
            ("feff::1", Target::Private),
            ("64:ff9b:1::a9fe:a9fe", Target::Never),
            ("64:ff9b:1:a9fe:a9:fe00::", Target::Never),
            ("::ffff:0:169.254.169.254", Target::Never),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Target::Never),
            ("fd20:ce::254", Target::Never),
            ("169.254.169.254", Target::Never),
            ("::ffff:169.254.169.254", Target::Never),
            ("100.100.100.200", Target::Never),
            ("fd00:ec2::254", Target::Never),
            ("fe80::1", Target::Never),
            ("224.0.0.1", Target::Never),
            ("255.255.255.255", Target::Never),
        ];
        for (text, expected) in table {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(Target::of(address), expected, "{text}");
            assert_eq!(
                Networks::PublicOnly.allow(address),
                expected == Target::Public
            );
            assert_eq!(
                Networks::PrivateToo.allow(address),
                expected != Target::Never
            );
        }
    }

    #[test]
    fn only_calls_inside_our_own_network_go_without_tls() {
        for (base_url, public_only, private_too) in [
            ("https://api-gateway.coupang.com", true, true),
            ("http://sandbox:9101", false, true),
            ("http://localhost:9101", false, true),
            ("http://127.0.0.1:9101", false, true),
            ("http://[fd12::1]:9101", false, true),
            ("http://3.34.12.1", false, false),
            ("http://[2001:4860:4860::8888]", false, false),
            ("http://169.254.169.254", false, false),
            ("no url", false, false),
        ] {
            let allowed = Networks::PublicOnly.allow_scheme(base_url);
            assert_eq!(allowed, public_only, "{base_url}");
            let allowed = Networks::PrivateToo.allow_scheme(base_url);
            assert_eq!(allowed, private_too, "{base_url}");
        }
    }

    #[test]
    fn names_that_say_where_they_lead_are_judged_at_once() {
        for (host, public_only, private_too) in [
            ("api-gateway.coupang.com", true, true),
            ("localhost", false, true),
            ("LOCALHOST.", false, true),
            ("sandbox.localhost", false, true),
            ("[::1]", false, true),
            ("metadata.google.internal", false, false),
            ("169.254.169.254", false, false),
        ] {
            assert_eq!(Networks::PublicOnly.allow_host(host), public_only, "{host}");
            assert_eq!(Networks::PrivateToo.allow_host(host), private_too, "{host}");
        }
    }
}
