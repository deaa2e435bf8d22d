//! Which orders go to one receiver, without saying who that is.

use std::collections::HashMap;

use moa_id::{DataKeyId, MerchantId, OrderId};

use super::App;
use super::seal_contacts::open;
use crate::Error;
use crate::domain::contact::Destination;
use crate::store::contacts;

/// Orders of one call, at most.
pub(crate) const MAX_GROUPED: usize = 300;

impl App {
    /// Groups orders by where they go. One whose receiver is not known stands alone.
    pub(crate) async fn group_by_receiver(
        &self,
        merchant_id: MerchantId,
        mut order_ids: Vec<OrderId>,
    ) -> Result<Vec<Vec<OrderId>>, Error> {
        order_ids.sort();
        order_ids.dedup();
        let mut conn = self.pool.acquire().await?;
        let stored = contacts::load(&mut conn, merchant_id, &order_ids).await?;
        let key_ids: Vec<DataKeyId> = stored.values().map(|c| c.data_key_id).collect();
        let keys = self
            .vault
            .data_keys(&mut conn, merchant_id, &key_ids)
            .await?;
        drop(conn);

        let mut places: HashMap<Destination, usize> = HashMap::new();
        let mut groups: Vec<Vec<OrderId>> = Vec::new();
        for order_id in order_ids {
            let contact = stored.get(&order_id).filter(|stored| !stored.erased);
            let key = contact.and_then(|stored| Some((stored, keys.get(&stored.data_key_id)?)));
            let contact = key
                .map(|(stored, key)| open(key, merchant_id, order_id, &stored.sealed))
                .transpose()?;
            let Some(destination) = contact.and_then(|contact| contact.destination()) else {
                groups.push(vec![order_id]);
                continue;
            };
            let place = *places.entry(destination).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.push(order_id),
                None => groups.push(vec![order_id]),
            }
        }
        Ok(groups)
    }
}
