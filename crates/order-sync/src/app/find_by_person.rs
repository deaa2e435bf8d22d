//! Finding orders by whom they are of, with a record of who found whom.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OperatorId, OrderId};
use moa_service::ServiceName;
use uuid::Uuid;

use super::App;
use super::reveal_contacts::Purpose;
use crate::Error;
use crate::domain::contact::SearchWords;
use crate::store::accesses::{self, Access};
use crate::store::people;

/// Who looks for whom.
pub(crate) struct FindByPerson {
    pub(crate) person: SearchWords,
    pub(crate) caller: ServiceName,
    pub(crate) operator_id: OperatorId,
    /// The last order of the page before.
    pub(crate) after: Option<(DateTime<Utc>, Uuid)>,
    pub(crate) limit: i64,
}

/// A page of orders, newest first, and what the next goes on from.
pub(crate) type Found = (Vec<OrderId>, Option<(DateTime<Utc>, Uuid)>);

impl App {
    /// Finds orders that a person ordered or receives. Each that is found leaves a row in the access log, in the
    /// transaction of the read: it says that this person bought here. Whom somebody looked for in vain is kept nowhere.
    pub(crate) async fn find_by_person(
        &self,
        merchant_id: MerchantId,
        find: FindByPerson,
    ) -> Result<Found, Error> {
        let indexes = self.search_indexes(merchant_id, find.person);
        let mut tx = moa_service::begin(&self.pool).await?;
        let page = people::find(&mut tx, merchant_id, &indexes, find.after, find.limit).await?;
        let seen = page.iter();
        let seen: Vec<_> = seen
            .map(|found| (self.ids.uuid(), found.order_id, found.contact_version))
            .collect();
        let access = Access {
            caller: find.caller.as_str(),
            operator_id: Some(find.operator_id),
            purpose: Purpose::OperatorSearch.as_str(),
            at: self.clock.now(),
        };
        accesses::insert(&mut tx, merchant_id, &access, &seen).await?;
        tx.commit().await?;
        let is_full = i64::try_from(page.len()).unwrap_or(i64::MAX) >= find.limit;
        let next = page.last().filter(|_| is_full);
        let next = next.map(|found| (found.sorted_at, found.order_id.as_uuid()));
        Ok((page.iter().map(|found| found.order_id).collect(), next))
    }
}
