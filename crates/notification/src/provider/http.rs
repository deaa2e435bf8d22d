//! Calls with deadlines and bounds, repeated by nobody but the effects ledger.

use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// For a whole call.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Of an answer; a longer one is not read.
const MAX_BODY: usize = 1024 * 1024;
/// A provider may ask for patience, but not for ever.
const LONGEST_RETRY_AFTER: u64 = 3600;

/// The network. Follows no redirect: credentials go where the merchant said, and nowhere else.
#[derive(Debug, Clone)]
pub struct Http(reqwest::Client);

/// An answer, whatever it says.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// How long we are asked to wait.
    pub(crate) retry_after: Option<Duration>,
    /// `None` when it was too long or broke off.
    pub(crate) body: Option<Vec<u8>>,
}

/// A call without an answer. Addresses are left out: Slack's is a secret, SOLAPI's may name a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// No byte of the request left.
    #[error("no connection to the provider; check the sender's address and the network")]
    Unreachable,
    /// The request cannot be put together.
    #[error("the sender's address cannot be called; register the sender again")]
    Unusable,
    /// It may have arrived.
    #[error("the provider did not answer within {} seconds", CALL_TIMEOUT.as_secs())]
    TimedOut,
    /// It may have arrived.
    #[error("the connection to the provider broke before the answer came")]
    Broken,
}

impl Http {
    /// A client with this service's deadlines.
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            // There is no idempotency key: a repeat would be a second message.
            .retry(reqwest::retry::never())
            .no_proxy()
            .pool_idle_timeout(Duration::from_secs(50))
            .pool_max_idle_per_host(8)
            .user_agent(concat!("moa/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.0
    }

    pub(crate) async fn call(&self, request: reqwest::RequestBuilder) -> Result<Reply, CallError> {
        let request = request.build().map_err(|_| CallError::Unusable)?;
        let mut response = self
            .0
            .execute(request)
            .await
            .map_err(|error| failed(&error))?;
        let retry_after = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.trim().parse::<u64>().ok())
            .map(|seconds| Duration::from_secs(seconds.min(LONGEST_RETRY_AFTER)));
        Ok(Reply {
            status: response.status().as_u16(),
            retry_after,
            body: read(&mut response).await,
        })
    }
}

async fn read(response: &mut reqwest::Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_BODY {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

fn failed(error: &reqwest::Error) -> CallError {
    if error.is_builder() {
        CallError::Unusable
    } else if error.is_connect() {
        CallError::Unreachable
    } else if error.is_timeout() {
        CallError::TimedOut
    } else {
        CallError::Broken
    }
}
