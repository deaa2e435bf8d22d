use moa_id::{InquiryId, MerchantId, OperatorId};

use super::App;
use crate::Error;
use crate::store::inquiry_assignments::{self, Assignment};

/// Times that a question was given away which a list shows.
const SHOWN: i64 = 100;

impl App {
    /// Gives a question to an operator, or to nobody. Does nothing when it is so already. Gives how it stands: none when
    /// nobody has it.
    #[tracing::instrument(name = "order_sync.assign_inquiry", skip_all, fields(inquiry.id = %inquiry_id))]
    pub(crate) async fn assign_inquiry(
        &self,
        merchant_id: MerchantId,
        inquiry_id: InquiryId,
        operator_id: Option<OperatorId>,
        assigned_by: OperatorId,
    ) -> Result<Option<Assignment>, Error> {
        let mut tx = moa_service::begin(&self.pool).await?;
        if !inquiry_assignments::lock_inquiry(&mut tx, merchant_id, inquiry_id).await? {
            return Err(Error::InquiryNotFound(inquiry_id));
        }
        let last = inquiry_assignments::list(&mut tx, merchant_id, inquiry_id, 1).await?;
        let last = last.into_iter().next();
        if last.and_then(|last| last.operator_id) == operator_id {
            return Ok(last.filter(|last| last.operator_id.is_some()));
        }
        let assignment = Assignment {
            operator_id,
            assigned_by,
            assigned_at: self.clock.now(),
        };
        inquiry_assignments::assign(&mut tx, merchant_id, inquiry_id, &assignment).await?;
        tx.commit().await?;
        Ok(operator_id.map(|_| assignment))
    }

    /// Whom a question was given to, newest first.
    pub(crate) async fn list_inquiry_assignments(
        &self,
        merchant_id: MerchantId,
        inquiry_id: InquiryId,
    ) -> Result<Vec<Assignment>, Error> {
        self.get_inquiry(merchant_id, inquiry_id).await?;
        let mut conn = self.pool.acquire().await?;
        inquiry_assignments::list(&mut conn, merchant_id, inquiry_id, SHOWN).await
    }
}
