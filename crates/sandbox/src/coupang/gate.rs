//! The gateway in front of every call: signature, quota, headers, vendor.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::auth::{self, SignatureError, Signed};
use super::quota::Allowance;
use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::{Channel, Fact};

pub async fn admit(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let account = match signer(&shared, &request) {
        Ok(account) => account,
        Err((account, error)) => {
            let reason = error.message().to_owned();
            shared.note(Fact::BadSignature {
                channel: Channel::Coupang,
                account,
                reason,
            });
            return match error {
                SignatureError::Missing => answer::not_authorized(),
                _ => answer::gateway_error(StatusCode::UNAUTHORIZED, error.message()),
            };
        }
    };
    let settings = shared.settings();
    let allowance = shared
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
    if let Err(refusal) = check_headers(request.headers(), &vendor_id, settings.strict_headers) {
        return *refusal;
    }
    if vendor_in_path(request.uri().path()).is_some_and(|vendor| vendor != vendor_id) {
        return answer::gateway_error(StatusCode::NOT_FOUND, "Endpoint not found");
    }
    request.extensions_mut().insert(Caller(account));
    let mut response = next.run(request).await;
    if allowance == Allowance::NearlyUsed {
        let warning = HeaderValue::from_static("Approaching the throttling limit");
        response.headers_mut().insert("x-cag-warnings", warning);
    }
    response
}

/// Who signed the call; with the refusal, whose key was used.
fn signer(shared: &Shared, request: &Request) -> Result<u32, (Option<u32>, SignatureError)> {
    let header = request
        .headers()
        .get(header::AUTHORIZATION)
        .ok_or((None, SignatureError::Missing))?;
    let header = header
        .to_str()
        .map_err(|_| (None, SignatureError::Malformed))?;
    let credentials = auth::parse(header).map_err(|error| (None, error))?;
    let store = shared.store();
    let found = store.world.account_with_key(credentials.access_key);
    // The same table knows keys of other channels, which are none here.
    let found = found.filter(|(_, account)| account.access_key == credentials.access_key);
    let Some((index, account)) = found else {
        return Err((None, SignatureError::UnknownKey));
    };
    let call = Signed {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query().unwrap_or_default(),
    };
    auth::verify(&credentials, &account.secret_key, call, shared.clock.real())
        .map(|()| index)
        .map_err(|error| (Some(index), error))
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
