//! The only place where an error becomes a status.

use moa_service::{internal, refusal};
use tonic::{Code, Status};

use crate::Error;
use crate::domain::carrier::Carrier;
use crate::domain::claim::ClaimRefusal;
use crate::domain::entitlement::ActivationRefusal;
use crate::domain::inquiry::AnswerRefusal;
use crate::domain::packing::PackRefusal;
use crate::domain::shipment::{CancelRefusal, DispatchRefusal, ReceiverRefusal};

const DOMAIN: &str = "fulfillment.moa";

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let plain = |code, reason| refusal(code, DOMAIN, reason, message.clone(), []);
        match error {
            Error::Pack(refused) => pack(refused, message),
            Error::Dispatch(DispatchRefusal::ShipmentCancelled) => {
                plain(Code::FailedPrecondition, "SHIPMENT_CANCELLED")
            }
            Error::Dispatch(DispatchRefusal::OrderCancelled(_)) => {
                plain(Code::FailedPrecondition, "ORDER_CANCELLED")
            }
            Error::Cancel(CancelRefusal::AlreadyDispatched) => {
                plain(Code::FailedPrecondition, "SHIPMENT_ALREADY_DISPATCHED")
            }
            Error::Cancel(CancelRefusal::Dispatching) => {
                plain(Code::FailedPrecondition, "SHIPMENT_DISPATCHING")
            }
            Error::Receiver(ReceiverRefusal::SeenOutdated { order_id, current }) => refusal(
                Code::FailedPrecondition,
                DOMAIN,
                "RECEIVER_SEEN_OUTDATED",
                message,
                [
                    ("order_id", order_id.to_string()),
                    ("contact_version", current.to_string()),
                ],
            ),
            Error::Receiver(ReceiverRefusal::NotReadYet) => {
                plain(Code::FailedPrecondition, "RECEIVER_NOT_READ_YET")
            }
            Error::Activation(ActivationRefusal::Revoked) | Error::EntitlementRevoked(_) => {
                plain(Code::FailedPrecondition, "ENTITLEMENT_REVOKED")
            }
            Error::Activation(ActivationRefusal::AlreadyActivated) => {
                plain(Code::FailedPrecondition, "ENTITLEMENT_ALREADY_ACTIVATED")
            }
            Error::Answer(refused) => plain(Code::FailedPrecondition, answer(refused)),
            Error::Claim(refused) => claim(refused, message),
            Error::Unfit(unfit) if unfit.field().is_empty() => {
                plain(Code::FailedPrecondition, &unfit.reason)
            }
            Error::Unfit(unfit) => refusal(
                Code::InvalidArgument,
                DOMAIN,
                &unfit.reason,
                message,
                [("field", unfit.field().to_owned())],
            ),
            Error::Unfilled(left) => refusal(
                Code::InvalidArgument,
                DOMAIN,
                "PLACEHOLDER_UNFILLED",
                message,
                [
                    ("field", left.field.to_owned()),
                    ("placeholders", left.placeholders.join(", ")),
                ],
            ),
            Error::ClaimNotFound(_) => plain(Code::NotFound, "CLAIM_NOT_FOUND"),
            Error::InquiryNotFound(_) => plain(Code::NotFound, "INQUIRY_NOT_FOUND"),
            Error::OrderNotFound(_) => plain(Code::NotFound, "ORDER_NOT_FOUND"),
            Error::ShipmentNotFound(_) => plain(Code::NotFound, "SHIPMENT_NOT_FOUND"),
            Error::EntitlementNotFound(_) => plain(Code::NotFound, "ENTITLEMENT_NOT_FOUND"),
            Error::TokenGone(_) => plain(Code::FailedPrecondition, "ACTIVATION_TOKEN_GONE"),
            Error::TokenUnknown => plain(Code::NotFound, "ACTIVATION_TOKEN_UNKNOWN"),
            Error::ContentMissing => plain(Code::FailedPrecondition, "DIGITAL_CONTENT_MISSING"),
            Error::Upstream { service, source } => refusal(
                Code::Unavailable,
                DOMAIN,
                "UPSTREAM_UNAVAILABLE",
                message,
                [
                    ("service", service.to_owned()),
                    ("code", format!("{:?}", source.code())),
                ],
            ),
            error @ (Error::MalformedEvent { .. }
            | Error::Store(_)
            | Error::Vault(_)
            | Error::Intent { .. }
            | Error::Serve(_)) => internal(error),
        }
    }
}

fn claim(refused: ClaimRefusal, message: String) -> Status {
    let (reason, metadata) = match refused {
        ClaimRefusal::AlreadyDecided => ("CLAIM_ALREADY_DECIDED", None),
        ClaimRefusal::UnderWay(action) => (
            "CLAIM_DECISION_UNDER_WAY",
            Some(("action", action.as_str().to_owned())),
        ),
        ClaimRefusal::NotPossible(offered) => {
            ("CLAIM_ACTION_NOT_POSSIBLE", Some(("offered", offered)))
        }
        ClaimRefusal::ParcelUnclear => ("CLAIM_PARCEL_UNCLEAR", None),
        ClaimRefusal::KindUnknown => ("CLAIM_KIND_UNKNOWN", None),
    };
    refusal(Code::FailedPrecondition, DOMAIN, reason, message, metadata)
}

const fn answer(refused: AnswerRefusal) -> &'static str {
    match refused {
        AnswerRefusal::AlreadyAnswered => "INQUIRY_ALREADY_ANSWERED",
        AnswerRefusal::UnderWay => "INQUIRY_ANSWER_UNDER_WAY",
        AnswerRefusal::Closed => "INQUIRY_CLOSED",
        AnswerRefusal::WantsConfirmation | AnswerRefusal::WantsAnswer => "INQUIRY_NOT_ANSWERABLE",
    }
}

fn pack(refused: PackRefusal, message: String) -> Status {
    let with = |code, reason, metadata: Vec<(&'static str, String)>| {
        refusal(code, DOMAIN, reason, message, metadata)
    };
    match refused {
        PackRefusal::CarrierUnknown(unknown) => with(
            Code::InvalidArgument,
            "CARRIER_UNKNOWN",
            vec![
                ("field", "carrier".to_owned()),
                ("carrier", unknown.code),
                ("known", Carrier::known()),
            ],
        ),
        PackRefusal::TrackingNumberMalformed(malformed) => with(
            Code::InvalidArgument,
            "TRACKING_NUMBER_MALFORMED",
            vec![
                ("field", "tracking_number".to_owned()),
                ("carrier", malformed.carrier.code().to_owned()),
                ("digits", malformed.carrier.digits().to_owned()),
            ],
        ),
        PackRefusal::OrderNotFound(order_id) => with(
            Code::NotFound,
            "ORDER_NOT_FOUND",
            vec![("order_id", order_id.to_string())],
        ),
        PackRefusal::LineNotFound { order_id, line_id } => with(
            Code::NotFound,
            "LINE_NOT_FOUND",
            vec![
                ("order_id", order_id.to_string()),
                ("line_id", line_id.to_string()),
            ],
        ),
        PackRefusal::LineAlreadyShipped {
            line_id,
            shipment_id,
            tracking_number,
            ..
        } => with(
            Code::FailedPrecondition,
            "LINE_ALREADY_SHIPPED",
            vec![
                ("line_id", line_id.to_string()),
                (
                    "shipment_id",
                    shipment_id.map(|id| id.to_string()).unwrap_or_default(),
                ),
                ("tracking_number", tracking_number),
            ],
        ),
        PackRefusal::LineCancelled { line_id, .. } => with(
            Code::FailedPrecondition,
            "LINE_CANCELLED",
            vec![("line_id", line_id.to_string())],
        ),
        PackRefusal::LineHeld {
            line_id,
            reason,
            detail,
            ..
        } => with(
            Code::FailedPrecondition,
            "LINE_HELD",
            vec![
                ("line_id", line_id.to_string()),
                ("hold", reason.to_owned()),
                ("detail", detail),
            ],
        ),
        PackRefusal::QuantityExceeded {
            line_id,
            asked,
            left,
            ..
        } => with(
            Code::FailedPrecondition,
            "QUANTITY_EXCEEDED",
            vec![
                ("line_id", line_id.to_string()),
                ("asked", asked.to_string()),
                ("left", left.to_string()),
            ],
        ),
        PackRefusal::NumberInUse {
            tracking_number,
            shipment_id,
            channel_order_id,
        } => with(
            Code::FailedPrecondition,
            "TRACKING_NUMBER_IN_USE",
            vec![
                ("tracking_number", tracking_number),
                ("shipment_id", shipment_id.to_string()),
                ("channel_order_id", channel_order_id),
            ],
        ),
        PackRefusal::ParcelLinesMissing {
            channel_parcel_id,
            line_ids,
            ..
        } => with(
            Code::FailedPrecondition,
            "PARCEL_LINES_MISSING",
            vec![
                ("channel_parcel_id", channel_parcel_id),
                (
                    "line_ids",
                    line_ids
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(","),
                ),
            ],
        ),
    }
}
