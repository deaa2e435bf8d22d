//! The gateway in front of every call: who is shut out, signature, key, address, quota, headers, vendor, patience.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::auth::{self, Credentials, SignatureError, Signed};
use super::door::Standing;
use super::quota::Allowance;
use super::rules::Rules;
use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::{Account, Channel, Fact};

/// The longest wait that a caller can ask for.
const MOST_PATIENCE: Duration = Duration::from_secs(600);

/// Gives up on calls that take longer than the gateway waits. What they do may be done all the same.
pub async fn limit_time(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let asked = request
        .headers()
        .get("x-extended-timeout")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok())
        .map(Duration::from_millis);
    let usual = Duration::from_millis(u64::from(shared.coupang.rules().gateway_patience_ms));
    let patience = asked.map_or(usual, |asked| asked.clamp(usual, MOST_PATIENCE));
    // The work goes on when the gateway has given up, as it does at Coupang.
    let work = tokio::spawn(next.run(request));
    match tokio::time::timeout(patience, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => answer::internal(),
        Err(_) => answer::timed_out(),
    }
}

pub async fn admit(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let rules = shared.coupang.rules();
    let settings = shared.settings();
    let account = match signer(&shared, &request) {
        Ok(account) => account,
        Err(refused) => return refused.answer(&shared, &rules),
    };
    let allowance =
        shared
            .coupang
            .quota
            .take(account, settings.coupang_calls_per_second, Instant::now());
    if allowance == Allowance::Refused {
        shared.note(Fact::QuotaViolation {
            channel: Channel::Coupang,
            account,
        });
        return answer::throttled();
    }
    let vendor_id = shared
        .store()
        .world
        .account(account)
        .map(|account| account.vendor_id.clone());
    let Some(vendor_id) = vendor_id else {
        return answer::internal();
    };
    let mut response = match check_headers(request.headers(), &vendor_id, rules.strict_headers) {
        Err(refusal) => *refusal,
        Ok(())
            if vendor_in_path(request.uri().path()).is_some_and(|vendor| vendor != vendor_id) =>
        {
            let now = Instant::now();
            if shared.coupang.door.count_wrong_vendor(account, &rules, now) {
                shut_out(&shared, account, "blocked");
            }
            answer::gateway_error(StatusCode::NOT_FOUND, "Endpoint not found")
        }
        Ok(()) => {
            request.extensions_mut().insert(Caller(account));
            next.run(request).await
        }
    };
    count_error(&shared, account, &rules, response.status());
    if allowance == Allowance::NearlyUsed {
        let warning = HeaderValue::from_static("Approaching the throttling limit");
        response.headers_mut().insert("x-cag-warnings", warning);
    }
    response
}

/// Why a call gets no further than its signature.
enum Refused {
    Signature(Option<u32>, SignatureError),
    Address(u32, IpAddr),
    Key(u32),
    Standing(Standing),
}

impl Refused {
    fn answer(self, shared: &Shared, rules: &Rules) -> Response {
        match self {
            Self::Signature(account, error) => {
                let reason = error.message().to_owned();
                shared.note(Fact::BadSignature {
                    channel: Channel::Coupang,
                    account,
                    reason,
                });
                if let Some(account) = account {
                    count_error(shared, account, rules, StatusCode::UNAUTHORIZED);
                }
                match error {
                    SignatureError::Missing => answer::not_authorized(),
                    _ => answer::gateway_error(StatusCode::UNAUTHORIZED, error.message()),
                }
            }
            Self::Address(account, address) => {
                count_error(shared, account, rules, StatusCode::FORBIDDEN);
                answer::forbidden_address(&address.to_string())
            }
            Self::Key(account) => {
                count_error(shared, account, rules, StatusCode::UNAUTHORIZED);
                // What is said of an expired key is not published; this is what is said of one that is unknown.
                let message = SignatureError::UnknownKey.message();
                answer::gateway_error(StatusCode::UNAUTHORIZED, message)
            }
            Self::Standing(Standing::Blocked) => answer::blocked(),
            Self::Standing(_) => answer::access_denied(),
        }
    }
}

/// Counts an error, and writes down when it was one too many.
fn count_error(shared: &Shared, account: u32, rules: &Rules, status: StatusCode) {
    if !status.is_client_error() && !status.is_server_error() {
        return;
    }
    let calls = shared.settings().coupang_calls_per_second;
    if shared
        .coupang
        .door
        .count_error(account, rules, calls, Instant::now())
    {
        shut_out(shared, account, "banned");
    }
}

fn shut_out(shared: &Shared, account: u32, reason: &str) {
    shared.note(Fact::ShutOut {
        channel: Channel::Coupang,
        account,
        reason: reason.to_owned(),
    });
}

/// Who signed the call, if they may call at all.
fn signer(shared: &Shared, request: &Request) -> Result<u32, Refused> {
    let unsigned = |error| Refused::Signature(None, error);
    let header = request
        .headers()
        .get(header::AUTHORIZATION)
        .ok_or_else(|| unsigned(SignatureError::Missing))?;
    let header = header
        .to_str()
        .map_err(|_| unsigned(SignatureError::Malformed))?;
    let credentials = auth::parse(header).map_err(unsigned)?;
    let store = shared.store();
    let found = store.world.account_with_key(credentials.access_key);
    // The same table knows keys of other channels, which are none here.
    let found = found.filter(|(_, account)| account.access_key == credentials.access_key);
    let (index, account) = found.ok_or_else(|| unsigned(SignatureError::UnknownKey))?;
    match shared.coupang.door.standing(index, Instant::now()) {
        Standing::Welcome => {}
        standing => return Err(Refused::Standing(standing)),
    }
    verify(shared, request, &credentials, account)
        .map_err(|error| Refused::Signature(Some(index), error))?;
    if store.world.key_has_expired(index) {
        return Err(Refused::Key(index));
    }
    let rules = shared.coupang.rules();
    let address = rules.seen_address.or_else(|| caller_address(request));
    match address {
        Some(address)
            if !rules.allowed_addresses.is_empty()
                && !rules.allowed_addresses.contains(&address) =>
        {
            Err(Refused::Address(index, address))
        }
        _ => Ok(index),
    }
}

fn verify(
    shared: &Shared,
    request: &Request,
    credentials: &Credentials<'_>,
    account: &Account,
) -> Result<(), SignatureError> {
    let call = Signed {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query().unwrap_or_default(),
    };
    auth::verify(credentials, &account.secret_key, call, shared.clock.real())
}

fn caller_address(request: &Request) -> Option<IpAddr> {
    let ConnectInfo(address) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(address.ip().to_canonical())
}

fn check_headers(headers: &HeaderMap, vendor_id: &str, strict: bool) -> Result<(), Box<Response>> {
    let market = headers.get("x-market");
    let known = market.is_some_and(|market| market == "KR" || market == "TW");
    if (strict || market.is_some()) && !known {
        return Err(Box::new(answer::bad_request(
            "You MUST add the HTTP header X-MARKET",
        )));
    }
    match headers.get("x-requested-by") {
        Some(by) if by == vendor_id => Ok(()),
        None if !strict => Ok(()),
        _ => Err(Box::new(answer::bad_request(super::OTHER_VENDOR))),
    }
}

/// The vendor a path names. One call stands where the vendor otherwise does.
fn vendor_in_path(path: &str) -> Option<&str> {
    let mut segments = path.split('/');
    segments.find(|segment| *segment == "vendors")?;
    segments
        .next()
        .filter(|segment| *segment != "callCenterInquiries")
}
