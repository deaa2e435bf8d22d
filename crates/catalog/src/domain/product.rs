use chrono::{DateTime, Utc};
use moa_id::{ProductId, VariantId};

/// Something the merchant sells, with its variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) id: ProductId,
    pub(crate) name: String,
    pub(crate) variants: Vec<Variant>,
    pub(crate) created_at: DateTime<Utc>,
}

/// Our sellable unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) id: VariantId,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) kind: VariantKind,
    /// Empty if none.
    pub(crate) barcode: String,
}

/// How a variant reaches its buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VariantKind {
    Physical,
    /// By a link, behind which this stands.
    Digital {
        content: String,
    },
}

/// Why a product cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// A variant needs something to sell it under.
    #[error("a product needs 1 to 100 variants")]
    VariantCount,
    /// The same SKU twice in one product.
    #[error("the SKU {0} stands twice in this product")]
    SkuTwice(String),
}

impl Product {
    /// A product whose SKUs differ from each other.
    pub(crate) fn try_new(
        id: ProductId,
        name: String,
        variants: Vec<Variant>,
        now: DateTime<Utc>,
    ) -> Result<Self, ProductError> {
        if variants.is_empty() || variants.len() > 100 {
            return Err(ProductError::VariantCount);
        }
        let mut skus: Vec<&str> = variants.iter().map(|v| v.sku.as_str()).collect();
        skus.sort_unstable();
        let twice = skus.windows(2).find_map(|pair| match pair {
            [a, b] if a == b => Some((*a).to_owned()),
            _ => None,
        });
        if let Some(sku) = twice {
            return Err(ProductError::SkuTwice(sku));
        }
        Ok(Self {
            id,
            name,
            variants,
            created_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moa_id::Ids;

    fn variant(ids: &Ids, sku: &str) -> Variant {
        Variant {
            id: ids.next(),
            sku: sku.to_owned(),
            name: String::new(),
            kind: VariantKind::Physical,
            barcode: String::new(),
        }
    }

    fn product(skus: &[&str]) -> Result<Product, ProductError> {
        let ids = Ids::seeded(1);
        let variants = skus.iter().map(|sku| variant(&ids, sku)).collect();
        Product::try_new(
            ids.next(),
            "머그컵".to_owned(),
            variants,
            DateTime::UNIX_EPOCH,
        )
    }

    #[test]
    fn a_product_has_variants_with_skus_of_their_own() {
        assert_eq!(product(&["MUG-W", "MUG-B"]).unwrap().variants.len(), 2);
        assert_eq!(product(&[]), Err(ProductError::VariantCount));
        let twice = product(&["MUG-W", "MUG-B", "MUG-W"]);
        assert_eq!(twice, Err(ProductError::SkuTwice("MUG-W".to_owned())));
    }
}
