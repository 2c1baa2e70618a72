//! Where a file may be fetched from. The address comes from outside and the token travels with the request, so every step is
//! checked: the scheme, the host's name, and the address that name resolves to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Whether an address is one of the public internet: nothing of this machine, its network, or a cloud's metadata service,
/// also not wrapped into IPv6.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Only 2000::/3 is handed out; of that, 2001::/32 is a tunnel and 2001:db8::/32 is for documentation.
        [0x2001, 0 | 0xdb8, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// What may be fetched.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Host names, or `*.name` for everything below a name.
    hosts: Vec<String>,
    /// The Graph API's own host where it may be spoken to in plain HTTP: a stand-in on this machine.
    plain: Option<String>,
}

impl Guard {
    /// Allows https to `hosts` (`lookaside.fbsbx.com`, `*.fbcdn.net`), and plain HTTP to `plain` alone.
    #[must_use]
    pub fn new(hosts: &[String], plain: Option<String>) -> Self {
        Self { hosts: hosts.iter().map(|host| host.trim().to_ascii_lowercase()).collect(), plain }
    }

    /// Reads an address and says whether it may be fetched with our token.
    ///
    /// # Errors
    /// With a sentence, never repeating the address.
    pub fn allow(&self, address: &str) -> Result<Url, String> {
        let url = Url::parse(address).map_err(|_| "The address of the file is not readable.".to_owned())?;
        let host = url.host_str().unwrap_or("").to_ascii_lowercase();
        if !url.username().is_empty() || url.password().is_some() {
            return Err("The address of the file carries a password of its own.".to_owned());
        }
        if matches!(url.scheme(), "http" | "https") && self.plain.as_deref() == Some(host.as_str()) {
            return Ok(url);
        }
        if url.scheme() != "https" || url.port().is_some() {
            return Err("The address of the file is not a plain https address.".to_owned());
        }
        if let Ok(ip) = host.trim_matches(['[', ']']).parse::<IpAddr>()
            && !is_public(ip)
        {
            return Err("The address of the file leads into a private network.".to_owned());
        }
        let named = self.hosts.iter().any(|allowed| match allowed.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            None => *allowed == host,
        });
        if named { Ok(url) } else { Err("The address of the file is not one of Meta's hosts.".to_owned()) }
    }
}

/// Resolves names to public addresses only, so that a name on the list cannot lead inside.
#[derive(Debug, Clone, Copy)]
pub struct PublicOnly;

#[derive(Debug, thiserror::Error)]
#[error("the name leads into a private network")]
struct LeadsInside;

impl PublicOnly {
    /// Whether a request failed because its host resolves to nothing public.
    #[must_use]
    pub fn refused(error: &reqwest::Error) -> bool {
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            if error.is::<LeadsInside>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(LeadsInside.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}
