//! Test helpers. Only ever a dev-dependency.
//!
//! - [`identity`]: every service's identity, with keys made once for the test process.
//! - [`serve`]: a server in memory, and a channel to it that signs as a given caller.
//! - [`eventually`]: waits for a condition, never for a time.
//! - [`holds`]: a property whose check needs a database, held against many cases.

mod property;

use std::future::Future;
use std::panic::Location;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moa_service::{Clock, GrpcServer, Identity, ServiceChannel, ServiceKeys, ServiceName};

pub use property::holds;

/// When tests happen: 2026-11-20 10:00 in Seoul.
pub fn a_friday() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_136_400, 0).unwrap_or_default()
}

/// A clock that stands at [`a_friday`] until it is moved.
pub fn fixed_clock() -> Clock {
    Clock::fixed(a_friday())
}

/// The keys of the test process.
pub fn keys() -> &'static ServiceKeys {
    static KEYS: OnceLock<ServiceKeys> = OnceLock::new();
    #[expect(clippy::expect_used, reason = "a test without keys cannot go on")]
    KEYS.get_or_init(|| ServiceKeys::generate().expect("service keys can be made"))
}

/// A service's identity in this test process.
pub fn identity(name: ServiceName) -> Identity {
    #[expect(
        clippy::expect_used,
        reason = "a test without an identity cannot go on"
    )]
    keys().identity(name).expect("every service has a key")
}

/// Serves in memory as `callee` and gives a channel that signs as `caller`.
pub async fn serve(server: GrpcServer, callee: ServiceName, caller: ServiceName) -> ServiceChannel {
    #[expect(clippy::expect_used, reason = "a test without a server cannot go on")]
    let service = server
        .into_service()
        .await
        .expect("the server can be built");
    ServiceChannel::in_process(identity(caller), callee, service)
}

/// Waits until `condition` gives a value; fails after ten seconds, naming the place that waited.
#[track_caller]
pub fn eventually<T, F, Fut>(mut condition: F) -> impl Future<Output = T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let waiting = Location::caller();
    async move {
        let work = async {
            loop {
                if let Some(value) = condition().await {
                    return value;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        #[expect(
            clippy::panic,
            reason = "a condition that never holds is a failed test"
        )]
        match tokio::time::timeout(Duration::from_secs(10), work).await {
            Ok(value) => value,
            Err(_) => panic!("the condition of {waiting} did not hold within ten seconds"),
        }
    }
}
