//! What the people are called whose ids other services keep.

use std::collections::HashMap;

use moa_id::{MerchantId, OperatorId};

use super::App;
use crate::error::Error;
use crate::store::operators;

impl App {
    /// The names behind what other services noted of who did something. What is no operator's id (a part of Moa, somebody
    /// who is gone) stands for itself.
    pub async fn name_operators(
        &self,
        merchant_id: MerchantId,
        noted: impl IntoIterator<Item = &String>,
    ) -> Result<HashMap<String, String>, Error> {
        let ids: Vec<OperatorId> = noted
            .into_iter()
            .filter_map(|text| text.parse().ok())
            .collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut conn = self.db.acquire().await?;
        let names = operators::names(&mut conn, merchant_id, &ids).await?;
        let named = names.into_iter().map(|(id, name)| (id.to_string(), name));
        Ok(named.collect())
    }
}
