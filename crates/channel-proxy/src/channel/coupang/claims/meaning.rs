//! What Coupang means by refusing a decision about a claim.

use crate::channel::coupang::errors::Refusal;
use crate::domain::failure::FailureKind;

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Final, and why.
    Reason(&'static str),
    /// The channel saw the parcel leave.
    Left,
    /// The claim is not where the decision needs it.
    State,
    /// Not about the claim at all: no answer, no leave, a fault.
    Other,
}

/// The documented refusals, which are told apart by their text alone.
pub fn meaning(refusal: &Refusal) -> Meaning {
    let (message, status) = (refusal.message.as_str(), refusal.http_status);
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["cancelCount가 일치하지 않습니다"]) {
        return Meaning::Reason("QUANTITY_MISMATCH");
    }
    if says(&["invalid delivery company code", "DeliveryCompanyCodeEnum"]) {
        return Meaning::Reason("CARRIER_UNKNOWN");
    }
    if says(&["NOT_ALLOW_INVOICE_NUMBER", "동일한 송장", "동일한 운송장"]) {
        return Meaning::Reason("TRACKING_NUMBER_REUSED");
    }
    if says(&[
        "송장번호가 유효하지 않습니다",
        "송장번호 형식에",
        "숫자로만 구성",
    ]) {
        return Meaning::Reason("TRACKING_NUMBER_INVALID");
    }
    if says(&["접수내역이 존재하지 않습니다", "cannot find the Receipt"]) {
        return Meaning::Reason("CLAIM_NOT_FOUND");
    }
    if says(&["출고 되어 처리할 수 없습니다"]) {
        return Meaning::Left;
    }
    // A collection's number in the wrong state is answered with a fault that says nothing.
    if status == Some(500) && message == "null" {
        return Meaning::State;
    }
    let refused = refusal.failure.kind == FailureKind::Refused;
    match status {
        Some(200 | 400) if refused => Meaning::State,
        _ => Meaning::Other,
    }
}
