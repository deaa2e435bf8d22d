//! The network, shared by all accounts, and what can go wrong in it.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;

use super::body::Body;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::target::Networks;

/// How long to wait for a channel, and where channels may be.
#[derive(Debug, Clone, Copy)]
pub struct TransportSettings {
    /// For a connection.
    pub connect_timeout: Duration,
    /// For the whole call.
    pub call_timeout: Duration,
    /// Which addresses may be called.
    pub networks: Networks,
}

/// The network, shared by all accounts. Follows no redirect and no proxy: channels know us by our address.
#[derive(Debug, Clone)]
pub struct Transport {
    http: reqwest::Client,
    /// For calls without TLS.
    plain: reqwest::Client,
    networks: Networks,
}

/// An answer as it came.
#[derive(Debug)]
pub struct Received {
    /// The status code.
    pub http_status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as received; of one that is too long, with its long texts cut.
    pub body: Bytes,
}

impl Transport {
    /// A transport with these deadlines.
    pub fn new(settings: TransportSettings) -> Result<Self, reqwest::Error> {
        let networks = settings.networks;
        let client = |is_plain| {
            reqwest::Client::builder()
                .connect_timeout(settings.connect_timeout)
                .timeout(settings.call_timeout)
                .redirect(reqwest::redirect::Policy::none())
                // A repeat is decided by whoever knows what the call does.
                .retry(reqwest::retry::never())
                .no_proxy()
                .dns_resolver(Arc::new(GuardedNames { networks, is_plain }))
                .pool_idle_timeout(Duration::from_secs(50))
                .pool_max_idle_per_host(8)
                .user_agent(concat!("moa/", env!("CARGO_PKG_VERSION")))
                .build()
        };
        Ok(Self {
            http: client(false)?,
            plain: client(true)?,
            networks,
        })
    }

    /// The client, to make requests with.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Which addresses accounts may call.
    pub fn networks(&self) -> Networks {
        self.networks
    }

    /// Sends a request and waits for the whole answer.
    pub async fn send(&self, request: reqwest::Request) -> Result<Received, CallFailure> {
        // An address that stands in the URL itself is looked up by nobody.
        let literal = request.url().host_str().unwrap_or_default();
        if !self.networks.allow_host(literal) {
            return Err(forbidden());
        }
        let secure = request.url().scheme() == "https";
        if !secure && !self.networks.allow_plain_host(literal) {
            return Err(unprotected());
        }
        let http = if secure { &self.http } else { &self.plain };
        let answer = http.execute(request).await;
        let mut response = answer.map_err(|error| not_begun(&error, secure))?;
        let http_status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Body::expecting(response.content_length());
        while let Some(chunk) = response.chunk().await.map_err(|e| unfinished(&e))? {
            body.push(&chunk)?;
        }
        Ok(Received {
            http_status,
            headers,
            body: body.done(),
        })
    }
}

/// Looks names up and leaves out the addresses that accounts may not call, at each connection anew: what a name leads
/// to may change after the account was registered.
#[derive(Debug)]
struct GuardedNames {
    networks: Networks,
    /// Whether the calls go without TLS.
    is_plain: bool,
}

/// Why a name gave no address.
#[derive(Debug, thiserror::Error)]
enum NoAddress {
    #[error("the name leads to no address")]
    Unresolved(#[source] Option<std::io::Error>),
    #[error("the name leads into a network that accounts may not call")]
    Forbidden,
    #[error("the name leads where calls may not go without TLS")]
    Unprotected,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (networks, is_plain) = (self.networks, self.is_plain);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found: Vec<SocketAddr> = found
                .map_err(|error| NoAddress::Unresolved(Some(error)))?
                .collect();
            let allowed = allowed(networks, is_plain, &found)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn allowed(
    networks: Networks,
    is_plain: bool,
    found: &[SocketAddr],
) -> Result<Vec<SocketAddr>, NoAddress> {
    if found.is_empty() {
        return Err(NoAddress::Unresolved(None));
    }
    let may = |address: IpAddr| networks.allow(address);
    let allowed: Vec<_> = found.iter().copied().filter(|at| may(at.ip())).collect();
    if allowed.is_empty() {
        return Err(NoAddress::Forbidden);
    }
    if !is_plain {
        return Ok(allowed);
    }
    let inside = |at: &SocketAddr| networks.allow_plain(at.ip());
    let allowed: Vec<_> = allowed.into_iter().filter(inside).collect();
    if allowed.is_empty() {
        return Err(NoAddress::Unprotected);
    }
    Ok(allowed)
}

fn unprotected() -> CallFailure {
    CallFailure::without_effect(
        FailureKind::AddressForbidden,
        "the base URL leads out of this network without TLS, where everybody on the way reads the credentials; change \
         it to https://",
    )
}

fn forbidden() -> CallFailure {
    CallFailure::without_effect(
        FailureKind::AddressForbidden,
        "the base URL leads into a network that accounts may not call; change it, or allow private addresses with \
         MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES=true if a sandbox is meant",
    )
}

/// A call whose answer did not begin. The request's address carries ids of the channel, so it stays out.
fn not_begun(error: &reqwest::Error, secure: bool) -> CallFailure {
    match cause::<NoAddress>(error) {
        Some(NoAddress::Forbidden) => return forbidden(),
        Some(NoAddress::Unprotected) => return unprotected(),
        Some(NoAddress::Unresolved(_)) => {
            return CallFailure::without_effect(
                FailureKind::NameUnresolved,
                "the channel's name leads to no address; check the host of the base URL and this machine's name server",
            );
        }
        None => {}
    }
    if error.is_connect() {
        return no_connection(error, secure);
    }
    if error.is_timeout() {
        return CallFailure::perhaps(
            FailureKind::TimedOut,
            "the channel did not begin to answer in time",
        );
    }
    CallFailure::perhaps(
        FailureKind::ConnectionLost,
        "the connection to the channel broke before an answer began",
    )
}

fn no_connection(error: &reqwest::Error, secure: bool) -> CallFailure {
    let kinds = io_kinds(error);
    // The library for secure connections reports what it does not understand as invalid data.
    let handshake = |kind| matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof);
    if secure && kinds.iter().copied().any(handshake) {
        return CallFailure::without_effect(
            FailureKind::TlsFailed,
            "no secure connection to the channel: the port speaks no TLS, or its certificate is not trusted for this \
             host; check https and the port of the base URL",
        );
    }
    let how = if error.is_timeout() {
        "nobody took the connection to the channel in time"
    } else if kinds.contains(&ErrorKind::ConnectionRefused) {
        "the connection to the channel was refused"
    } else {
        "no connection to the channel"
    };
    CallFailure::without_effect(
        FailureKind::Unreachable,
        format!("{how}; check the base URL and the network"),
    )
}

/// A call whose answer began.
fn unfinished(error: &reqwest::Error) -> CallFailure {
    let how = if error.is_timeout() {
        "the channel began to answer and did not end in time"
    } else {
        "the connection to the channel broke before the answer was complete"
    };
    CallFailure::perhaps(FailureKind::AnswerUnfinished, how)
}

/// The kinds of all I/O errors below an error. One inside another is not its source but its content.
fn io_kinds(error: &reqwest::Error) -> Vec<ErrorKind> {
    let mut kinds = Vec::new();
    let mut source: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = source {
        let mut io = error.downcast_ref::<std::io::Error>();
        while let Some(error) = io {
            kinds.push(error.kind());
            io = error.get_ref().and_then(|inner| inner.downcast_ref());
        }
        source = error.source();
    }
    kinds
}

/// The first cause of a kind below an error.
fn cause<E: StdError + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut source: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_one_forbidden_address_leads_to_the_others_only() {
        let at = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let both = [at("10.0.0.1"), at("3.34.12.1")];
        assert_eq!(
            allowed(Networks::PublicOnly, false, &both).unwrap(),
            [at("3.34.12.1")]
        );
        assert_eq!(allowed(Networks::PrivateToo, false, &both).unwrap(), both);
        assert_eq!(
            allowed(Networks::PrivateToo, true, &both).unwrap(),
            [at("10.0.0.1")],
            "without TLS only inside our own network"
        );
        assert!(matches!(
            allowed(Networks::PublicOnly, true, &both),
            Err(NoAddress::Unprotected)
        ));
        let hidden = [at("169.254.169.254")];
        for networks in [Networks::PublicOnly, Networks::PrivateToo] {
            assert!(matches!(
                allowed(networks, false, &hidden),
                Err(NoAddress::Forbidden)
            ));
        }
        assert!(matches!(
            allowed(Networks::PublicOnly, false, &[]),
            Err(NoAddress::Unresolved(None))
        ));
    }
}
