//! The messages that tell something, made of what a read showed, of nothing, or of something that nobody has.

use chrono::{FixedOffset, TimeDelta, TimeZone};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::money::v1::Money;
use moa_service::{Clock, timestamp};
use pb::ChannelOperation as Operation;
use pb::probe_effect_request::Intended;

use crate::topics::{NUMBER, OTHER_NUMBER, claim_ref, quantity};

pub const CARRIER: &str = "CJ_LOGISTICS";

pub fn inquiry_ref(inquiry: &pb::ChannelInquiry) -> Option<pb::InquiryRef> {
    Some(pb::InquiryRef {
        kind: inquiry.kind,
        channel_inquiry_id: inquiry.channel_inquiry_id.clone(),
        asked_at: inquiry.asked_at,
    })
}

pub fn end_of_the_fifth_day() -> prost_types::Timestamp {
    let korea = FixedOffset::east_opt(9 * 3600).unwrap();
    let day = (Clock::system().now() + TimeDelta::days(5)).with_timezone(&korea);
    let end = day.date_naive().and_hms_opt(23, 59, 59).unwrap();
    timestamp(korea.from_local_datetime(&end).unwrap().to_utc())
}

/// What is told about a claim.
pub fn about(operation: Operation, of: &pb::ChannelClaim) -> Intended {
    let (claim, quantity) = (claim_ref(of), quantity(of));
    let (carrier, tracking_number) = (CARRIER.to_owned(), OTHER_NUMBER.to_owned());
    match operation {
        Operation::ConfirmStop => {
            Intended::StopConfirmation(pb::StopConfirmation { claim, quantity })
        }
        Operation::ReportAlreadyShipped => {
            Intended::AlreadyShippedReport(pb::AlreadyShippedReport {
                claim,
                carrier,
                tracking_number,
            })
        }
        Operation::ApproveClaim => Intended::ClaimApproval(pb::ClaimApproval { claim, quantity }),
        Operation::RejectClaim => Intended::ClaimRejection(pb::ClaimRejection {
            claim,
            reason: pb::ClaimRejectReason::OutOfStock.into(),
            note: "교환해 드릴 재고가 없습니다".to_owned(),
        }),
        Operation::ConfirmCollected => {
            Intended::CollectionConfirmation(pb::CollectionConfirmation { claim })
        }
        Operation::ReportCollection => Intended::CollectionReport(pb::CollectionReport {
            claim,
            carrier,
            tracking_number,
        }),
        Operation::ReshipExchange => {
            let parcels = of.reshipments.iter();
            let mut ids = parcels.map(|parcel| parcel.channel_parcel_id.clone());
            Intended::ExchangeReshipment(pb::ExchangeReshipment {
                claim,
                channel_parcel_id: ids.next().unwrap(),
                carrier,
                tracking_number,
            })
        }
        Operation::HoldClaim => Intended::ClaimHold(pb::ClaimHold {
            claim,
            reason: pb::ClaimHoldReason::ShippingFee.into(),
            note: "반품 배송비를 기다립니다".to_owned(),
            extra_fee: None,
        }),
        Operation::ReleaseClaim => Intended::ClaimRelease(pb::ClaimRelease { claim }),
        other => panic!("{other:?} is about no claim"),
    }
}

/// The same about something that nobody has: every digit of its ids is a seven.
pub fn of_nobody(told: Intended) -> Intended {
    let sevens = |id: &mut String| {
        let seven = |c: char| if c.is_ascii_digit() { '7' } else { c };
        *id = id.chars().map(seven).collect();
    };
    let claim = |claim: &mut Option<pb::ClaimRef>| {
        let claim = claim.as_mut().unwrap();
        sevens(&mut claim.channel_claim_id);
        sevens(&mut claim.channel_order_id);
    };
    let listing = |listing: &mut Option<pb::ListingRef>| {
        let listing = listing.as_mut().unwrap();
        sevens(&mut listing.channel_listing_id);
        sevens(&mut listing.channel_product_id);
    };
    let inquiry = |inquiry: &mut Option<pb::InquiryRef>| {
        sevens(&mut inquiry.as_mut().unwrap().channel_inquiry_id);
    };
    let mut told = told;
    match &mut told {
        Intended::StopConfirmation(told) => claim(&mut told.claim),
        Intended::AlreadyShippedReport(told) => claim(&mut told.claim),
        Intended::ClaimApproval(told) => claim(&mut told.claim),
        Intended::ClaimRejection(told) => claim(&mut told.claim),
        Intended::CollectionConfirmation(told) => claim(&mut told.claim),
        Intended::CollectionReport(told) => claim(&mut told.claim),
        Intended::ExchangeReshipment(told) => claim(&mut told.claim),
        Intended::ClaimHold(told) => claim(&mut told.claim),
        Intended::ClaimRelease(told) => claim(&mut told.claim),
        Intended::LinesCancellation(told) => {
            sevens(&mut told.channel_order_id);
            sevens(&mut told.channel_parcel_id);
            for line in &mut told.lines {
                sevens(&mut line.channel_line_id);
            }
        }
        Intended::TrackingCorrection(told) => {
            sevens(&mut told.channel_order_id);
            sevens(&mut told.channel_parcel_id);
            told.channel_line_ids.iter_mut().for_each(sevens);
        }
        Intended::DispatchDelay(told) => {
            sevens(&mut told.channel_order_id);
            sevens(&mut told.channel_parcel_id);
        }
        Intended::DeliveryReport(told) => {
            sevens(&mut told.channel_order_id);
            sevens(&mut told.channel_parcel_id);
        }
        Intended::InquiryAnswer(told) => inquiry(&mut told.inquiry),
        Intended::InquiryConfirmation(told) => inquiry(&mut told.inquiry),
        Intended::StockChange(told) => listing(&mut told.listing),
        Intended::PriceChange(told) => listing(&mut told.listing),
        Intended::SaleStop(told) => listing(&mut told.listing),
        Intended::SaleResumption(told) => listing(&mut told.listing),
        Intended::Acknowledge(_) | Intended::Dispatch(_) => {
            panic!("told by parcel, not by one message")
        }
    }
    told
}

/// Something of nobody's, as it would be told: for a channel that cannot be told it.
pub fn of_anybody(operation: Operation) -> Intended {
    let id = || "7".to_owned();
    let parcel = (id(), id());
    let listing = Some(pb::ListingRef {
        channel_listing_id: id(),
        channel_product_id: id(),
    });
    let inquiry = Some(pb::InquiryRef {
        kind: pb::InquiryKind::Product.into(),
        channel_inquiry_id: id(),
        asked_at: None,
    });
    let (carrier, tracking_number) = (CARRIER.to_owned(), NUMBER.to_owned());
    match operation {
        Operation::CancelLines => Intended::LinesCancellation(pb::LinesCancellation {
            channel_order_id: parcel.0,
            channel_parcel_id: parcel.1,
            lines: vec![pb::CancelledLine {
                channel_line_id: id(),
                quantity: 1,
                cancelled_before: 0,
            }],
            reason: pb::SellerCancelReason::OutOfStock.into(),
            ..Default::default()
        }),
        Operation::CorrectTracking => Intended::TrackingCorrection(pb::TrackingCorrection {
            channel_order_id: parcel.0,
            channel_parcel_id: parcel.1,
            channel_line_ids: vec![id()],
            carrier,
            tracking_number,
        }),
        Operation::DelayDispatch => Intended::DispatchDelay(pb::DispatchDelay {
            channel_order_id: parcel.0,
            channel_parcel_id: parcel.1,
            until: Some(end_of_the_fifth_day()),
            reason: pb::DispatchDelayReason::Preparing.into(),
            note: "준비 중입니다".to_owned(),
        }),
        Operation::ReportDelivered => Intended::DeliveryReport(pb::DeliveryReport {
            channel_order_id: parcel.0,
            channel_parcel_id: parcel.1,
            tracking_number,
        }),
        Operation::AnswerInquiry => Intended::InquiryAnswer(pb::InquiryAnswer {
            inquiry,
            text: "네.".to_owned(),
            ..Default::default()
        }),
        Operation::ConfirmInquiry => Intended::InquiryConfirmation(pb::InquiryConfirmation {
            inquiry,
            confirmed_by: String::new(),
        }),
        Operation::SetStock => Intended::StockChange(pb::StockChange {
            listing,
            quantity: 1,
        }),
        Operation::SetPrice => Intended::PriceChange(pb::PriceChange {
            listing,
            price: Some(Money {
                amount_minor: 1_000,
                currency: "KRW".to_owned(),
            }),
            allow_large_change: false,
        }),
        Operation::StopSale => Intended::SaleStop(pb::SaleStop { listing }),
        Operation::ResumeSale => Intended::SaleResumption(pb::SaleResumption {
            listing,
            quantity: 1,
        }),
        _ => {
            let claim = pb::ChannelClaim {
                channel_claim_id: id(),
                channel_order_id: id(),
                kind: pb::ClaimKind::Return.into(),
                lines: vec![pb::ChannelClaimLine {
                    quantity: 1,
                    ..Default::default()
                }],
                reshipments: vec![pb::ClaimParcel {
                    channel_parcel_id: id(),
                    ..Default::default()
                }],
                ..Default::default()
            };
            about(operation, &claim)
        }
    }
}
