//! Everything that is told to SmartStore beside confirm and dispatch, by topic.

use async_trait::async_trait;
use tokio::time::Instant;

use super::inquiries::writes as inquiry_writes;
use super::products::writes as product_writes;
use super::{SmartStore, claim_writes, parcel_writes};
use crate::channel::{Operations, Session};
use crate::domain::buckets::Bucket;
use crate::domain::effect::EffectKind;
use crate::domain::failure::CallFailure;
use crate::domain::operation::Operation;
use crate::domain::probe::Trace;
use crate::domain::write::WriteAnswer;
use crate::quota::Slot;

/// What SmartStore can be told. It learns from carriers that goods are on their way back, has no stop of a parcel apart
/// from a cancel, and no correction of a tracking number.
const KINDS: &[EffectKind] = &[
    EffectKind::CancelLines,
    EffectKind::ApproveClaim,
    EffectKind::RejectClaim,
    EffectKind::ConfirmCollected,
    EffectKind::ReshipExchange,
    EffectKind::HoldClaim,
    EffectKind::ReleaseClaim,
    EffectKind::DelayDispatch,
    EffectKind::AnswerInquiry,
    EffectKind::SetStock,
    EffectKind::SetPrice,
    EffectKind::StopSale,
    EffectKind::ResumeSale,
];

#[async_trait]
impl Operations for SmartStore {
    fn kinds(&self) -> &'static [EffectKind] {
        KINDS
    }

    fn check(&self, operation: &Operation) -> Result<(), WriteAnswer> {
        match operation {
            Operation::Claim(operation) => claim_writes::check(operation),
            Operation::Parcel(operation) => parcel_writes::check(operation),
            Operation::Inquiry(operation) => inquiry_writes::check(operation),
            Operation::Listing(operation) => product_writes::check(operation),
        }
    }

    fn bucket(&self, operation: &Operation) -> Bucket {
        match operation {
            Operation::Claim(operation) => claim_writes::bucket(operation),
            Operation::Parcel(operation) => parcel_writes::bucket(operation),
            Operation::Inquiry(operation) => inquiry_writes::bucket(operation),
            Operation::Listing(operation) => product_writes::bucket(operation),
        }
    }

    async fn carry_out(
        &self,
        session: &Session,
        slot: Slot,
        operation: &Operation,
        deadline: Instant,
    ) -> WriteAnswer {
        let tokens = &self.tokens;
        match operation {
            Operation::Claim(operation) => {
                claim_writes::carry_out(tokens, session, slot, operation, deadline).await
            }
            Operation::Parcel(operation) => {
                parcel_writes::carry_out(tokens, session, slot, operation, deadline).await
            }
            Operation::Inquiry(operation) => {
                inquiry_writes::carry_out(tokens, session, slot, operation, deadline).await
            }
            Operation::Listing(operation) => {
                product_writes::carry_out(
                    tokens,
                    &self.product_locks,
                    session,
                    slot,
                    operation,
                    deadline,
                )
                .await
            }
        }
    }

    async fn look_for(
        &self,
        session: &Session,
        operation: &Operation,
        deadline: Instant,
    ) -> Result<Trace, CallFailure> {
        let tokens = &self.tokens;
        match operation {
            Operation::Claim(operation) => {
                claim_writes::look_for(tokens, session, operation, deadline).await
            }
            Operation::Parcel(operation) => {
                parcel_writes::look_for(tokens, session, operation, deadline).await
            }
            Operation::Inquiry(operation) => {
                inquiry_writes::look_for(tokens, session, operation, deadline).await
            }
            Operation::Listing(operation) => {
                product_writes::look_for(tokens, session, operation, deadline).await
            }
        }
    }
}
