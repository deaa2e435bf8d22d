//! Something about which each operation can be told.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::money::v1::Money;
use pb::ChannelOperation as Operation;
use pb::probe_effect_request::Intended;
use serde_json::json;

use super::desk::Desk;
use super::messages::{CARRIER, about, end_of_the_fifth_day, inquiry_ref};
use super::world::World;
use crate::topics::{NUMBER, OTHER_NUMBER};

/// A month of 30 days, and a little.
const A_MONTH: u64 = 33 * 86_400;

impl<W: World> Desk<W> {
    /// Something of its own about which this operation can be told now, and how it is told.
    pub async fn ready(&mut self, operation: Operation) -> Intended {
        match operation {
            Operation::CancelLines => self.cancellation().await,
            Operation::CorrectTracking => {
                let parcel = self.dispatched(NUMBER).await;
                let lines = parcel.lines.into_iter();
                Intended::TrackingCorrection(pb::TrackingCorrection {
                    channel_order_id: parcel.channel_order_id,
                    channel_parcel_id: parcel.channel_parcel_id,
                    channel_line_ids: lines.map(|line| line.channel_line_id).collect(),
                    carrier: CARRIER.to_owned(),
                    tracking_number: OTHER_NUMBER.to_owned(),
                })
            }
            Operation::DelayDispatch => {
                let parcel = self.acknowledged(1).await.remove(0);
                Intended::DispatchDelay(pb::DispatchDelay {
                    channel_order_id: parcel.channel_order_id,
                    channel_parcel_id: parcel.channel_parcel_id,
                    until: Some(end_of_the_fifth_day()),
                    reason: pb::DispatchDelayReason::MadeToOrder.into(),
                    note: "주문 제작 상품입니다".to_owned(),
                })
            }
            Operation::ReportDelivered => {
                let lost =
                    json!({"scan_after_seconds": 31_536_000, "deliver_after_seconds": 31_536_000});
                self.stage.put("/control/pace", lost).await;
                let parcel = self.dispatched(NUMBER).await;
                self.pass(A_MONTH).await;
                Intended::DeliveryReport(pb::DeliveryReport {
                    channel_order_id: parcel.channel_order_id,
                    channel_parcel_id: parcel.channel_parcel_id,
                    tracking_number: NUMBER.to_owned(),
                })
            }
            Operation::AnswerInquiry => {
                let kind = W::INQUIRY_KINDS[0];
                let (_, inquiry) = self.asked(kind, false).await;
                Intended::InquiryAnswer(self.answer(&inquiry, "내일 출고됩니다.\n감사합니다."))
            }
            Operation::ConfirmInquiry => {
                let (_, inquiry) = self.asked(pb::InquiryKind::CallCenter, true).await;
                Intended::InquiryConfirmation(pb::InquiryConfirmation {
                    inquiry: inquiry_ref(&inquiry),
                    confirmed_by: self.person.clone(),
                })
            }
            Operation::SetStock => {
                let listing = Some(self.listing().await);
                let quantity = 17;
                Intended::StockChange(pb::StockChange { listing, quantity })
            }
            Operation::SetPrice => {
                let listing = self.listing().await;
                let now = self.offer(&listing).await.offer.unwrap().price.unwrap();
                Intended::PriceChange(pb::PriceChange {
                    listing: Some(listing),
                    price: Some(Money {
                        amount_minor: now.amount_minor + 500,
                        ..now
                    }),
                    allow_large_change: false,
                })
            }
            Operation::StopSale => {
                let listing = Some(self.listing().await);
                Intended::SaleStop(pb::SaleStop { listing })
            }
            Operation::ResumeSale => {
                let listing = Some(self.listing().await);
                let stop = Intended::SaleStop(pb::SaleStop {
                    listing: listing.clone(),
                });
                self.told_well(Operation::StopSale, stop).await;
                let quantity = 0;
                Intended::SaleResumption(pb::SaleResumption { listing, quantity })
            }
            _ => {
                let claim = W::claim_for(self, operation).await;
                about(operation, &claim)
            }
        }
    }

    async fn cancellation(&mut self) -> Intended {
        let parcel = self.acknowledged(1).await.remove(0);
        let lines = parcel.lines.into_iter().map(|line| pb::CancelledLine {
            channel_line_id: line.channel_line_id,
            quantity: line.quantity,
            cancelled_before: 0,
        });
        Intended::LinesCancellation(pb::LinesCancellation {
            channel_order_id: parcel.channel_order_id,
            channel_parcel_id: parcel.channel_parcel_id,
            lines: lines.collect(),
            reason: pb::SellerCancelReason::OutOfStock.into(),
            note: "재고가 없습니다".to_owned(),
            cancelled_by: self.person.clone(),
        })
    }

    pub fn answer(&self, inquiry: &pb::ChannelInquiry, text: &str) -> pb::InquiryAnswer {
        let mut messages = inquiry.messages.iter();
        let parent = messages.find(|message| message.needs_answer);
        let parent = parent.map(|message| message.channel_answer_id.clone());
        pb::InquiryAnswer {
            inquiry: inquiry_ref(inquiry),
            text: text.to_owned(),
            answered_by: self.person.clone(),
            channel_parent_answer_id: parent.unwrap_or_default(),
        }
    }
}
