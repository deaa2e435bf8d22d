//! Everything that is told to Coupang beside acknowledge and dispatch, by topic.

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Coupang, claims, inquiries, parcels, products};
use crate::channel::{Operations, Session};
use crate::domain::effect::EffectKind;
use crate::domain::failure::CallFailure;
use crate::domain::operation::Operation;
use crate::domain::probe::Trace;
use crate::domain::write::WriteAnswer;
use crate::quota::Slot;

/// What Coupang can be told. It has no hold of a claim and no delay of a dispatch.
const KINDS: &[EffectKind] = &[
    EffectKind::ConfirmStop,
    EffectKind::ReportAlreadyShipped,
    EffectKind::CancelLines,
    EffectKind::ApproveClaim,
    EffectKind::RejectClaim,
    EffectKind::ConfirmCollected,
    EffectKind::ReportCollection,
    EffectKind::ReshipExchange,
    EffectKind::CorrectTracking,
    EffectKind::ReportDelivered,
    EffectKind::AnswerInquiry,
    EffectKind::ConfirmInquiry,
    EffectKind::SetStock,
    EffectKind::SetPrice,
    EffectKind::StopSale,
    EffectKind::ResumeSale,
];

#[async_trait]
impl Operations for Coupang {
    fn kinds(&self) -> &'static [EffectKind] {
        KINDS
    }

    fn check(&self, operation: &Operation) -> Result<(), WriteAnswer> {
        match operation {
            Operation::Claim(operation) => claims::writes::check(operation),
            Operation::Parcel(operation) => parcels::check(operation),
            Operation::Inquiry(operation) => inquiries::writes::check(operation),
            Operation::Listing(operation) => products::writes::check(operation),
        }
    }

    async fn carry_out(
        &self,
        session: &Session,
        slot: Slot,
        operation: &Operation,
        deadline: Instant,
    ) -> WriteAnswer {
        match operation {
            Operation::Claim(operation) => {
                claims::writes::carry_out(session, slot, operation, deadline).await
            }
            Operation::Parcel(operation) => {
                parcels::carry_out(session, slot, operation, deadline).await
            }
            Operation::Inquiry(operation) => {
                inquiries::writes::carry_out(session, slot, operation, deadline).await
            }
            Operation::Listing(operation) => {
                products::writes::carry_out(session, slot, operation).await
            }
        }
    }

    async fn look_for(
        &self,
        session: &Session,
        operation: &Operation,
        deadline: Instant,
    ) -> Result<Trace, CallFailure> {
        match operation {
            Operation::Claim(operation) => {
                claims::writes::look_for(session, operation, deadline).await
            }
            Operation::Parcel(operation) => parcels::look_for(session, operation, deadline).await,
            Operation::Inquiry(operation) => {
                inquiries::writes::look_for(session, operation, deadline).await
            }
            Operation::Listing(operation) => {
                products::writes::look_for(session, operation, deadline).await
            }
        }
    }
}
