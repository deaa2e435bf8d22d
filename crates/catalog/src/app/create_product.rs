use moa_id::MerchantId;

use crate::app::App;
use crate::domain::product::{Product, Variant};
use crate::error::Error;
use crate::store::products;

pub(crate) struct NewProduct {
    pub(crate) merchant_id: MerchantId,
    pub(crate) request_id: String,
    pub(crate) name: String,
    pub(crate) variants: Vec<Variant>,
}

impl App {
    /// Makes a product with its variants; the same request again answers the first.
    #[tracing::instrument(name = "catalog.create_product", skip_all)]
    pub(crate) async fn create_product(&self, new: NewProduct) -> Result<Product, Error> {
        let product = Product::try_new(self.ids.next(), new.name, new.variants, self.clock.now())?;
        let mut tx = moa_service::begin(&self.db).await?;
        if products::insert(&mut tx, new.merchant_id, &new.request_id, &product).await? {
            tx.commit().await?;
            return Ok(product);
        }
        products::get_by_request(&mut tx, new.merchant_id, &new.request_id)
            .await?
            .ok_or_else(|| Error::Row {
                table: "products",
                id: new.request_id,
                reason: "it was there a moment ago".to_owned(),
            })
    }
}
