use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, ProductId, VariantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::listing::VariantBrief;
use crate::domain::product::{Product, Variant, VariantKind};
use crate::domain::suggest::{Candidate, full_name};
use crate::error::Error;

struct ProductRow {
    product_id: Uuid,
    name: String,
    created_at: DateTime<Utc>,
}

struct VariantRow {
    variant_id: Uuid,
    product_id: Uuid,
    sku: String,
    name: String,
    kind: String,
    digital_content: String,
    barcode: String,
}

/// Stores a product; says `false` when this request was answered already.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    request_id: &str,
    product: &Product,
) -> Result<bool, Error> {
    let inserted = sqlx::query!(
        "INSERT INTO catalog.products (merchant_id, product_id, request_id, name, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT ON CONSTRAINT products_request_key DO NOTHING",
        merchant_id.as_uuid(),
        product.id.as_uuid(),
        request_id,
        product.name,
        product.created_at,
    )
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    for (variant, position) in product.variants.iter().zip(0..) {
        insert_variant(conn, merchant_id, product.id, variant, position).await?;
    }
    Ok(true)
}

async fn insert_variant(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    product_id: ProductId,
    variant: &Variant,
    position: i32,
) -> Result<(), Error> {
    let (kind, content) = match &variant.kind {
        VariantKind::Physical => ("PHYSICAL", ""),
        VariantKind::Digital { content } => ("DIGITAL", content.as_str()),
    };
    let inserted = sqlx::query!(
        "INSERT INTO catalog.variants
             (merchant_id, variant_id, product_id, position, sku, name, kind, digital_content, barcode)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        merchant_id.as_uuid(),
        variant.id.as_uuid(),
        product_id.as_uuid(),
        position,
        variant.sku,
        variant.name,
        kind,
        content,
        variant.barcode,
    )
    .execute(conn)
    .await;
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if is_constraint(&error, "variants_sku_key") => {
            Err(Error::SkuTaken(variant.sku.clone()))
        }
        Err(error) => Err(error.into()),
    }
}

fn is_constraint(error: &sqlx::Error, name: &str) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.constraint() == Some(name))
}

pub(crate) async fn get_by_request(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    request_id: &str,
) -> Result<Option<Product>, Error> {
    let row = sqlx::query_as!(
        ProductRow,
        "SELECT product_id, name, created_at
         FROM catalog.products
         WHERE merchant_id = $1 AND request_id = $2",
        merchant_id.as_uuid(),
        request_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let products = with_variants(conn, merchant_id, vec![row]).await?;
    Ok(products.into_iter().next())
}

/// Newest first, those older than `before`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    before: Option<ProductId>,
    limit: i64,
) -> Result<Vec<Product>, Error> {
    let rows = sqlx::query_as!(
        ProductRow,
        "SELECT product_id, name, created_at
         FROM catalog.products
         WHERE merchant_id = $1 AND ($2::uuid IS NULL OR product_id < $2)
         ORDER BY product_id DESC
         LIMIT $3",
        merchant_id.as_uuid(),
        before.map(|id| id.as_uuid()),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    with_variants(conn, merchant_id, rows).await
}

async fn with_variants(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    rows: Vec<ProductRow>,
) -> Result<Vec<Product>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.product_id).collect();
    let variants = sqlx::query_as!(
        VariantRow,
        "SELECT variant_id, product_id, sku, name, kind, digital_content, barcode
         FROM catalog.variants
         WHERE merchant_id = $1 AND product_id = ANY($2)
         ORDER BY product_id, position",
        merchant_id.as_uuid(),
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let mut by_product: HashMap<Uuid, Vec<Variant>> = HashMap::new();
    for row in variants {
        by_product
            .entry(row.product_id)
            .or_default()
            .push(row.try_into()?);
    }
    let products = rows.into_iter().map(|row| Product {
        id: ProductId::from_uuid(row.product_id),
        name: row.name,
        variants: by_product.remove(&row.product_id).unwrap_or_default(),
        created_at: row.created_at,
    });
    Ok(products.collect())
}

/// Variants by id; unknown ones are absent.
pub(crate) async fn variants(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[VariantId],
) -> Result<Vec<Variant>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(VariantId::as_uuid).collect();
    let rows = sqlx::query_as!(
        VariantRow,
        "SELECT variant_id, product_id, sku, name, kind, digital_content, barcode
         FROM catalog.variants
         WHERE merchant_id = $1 AND variant_id = ANY($2)",
        merchant_id.as_uuid(),
        &ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Variant::try_from).collect()
}

/// What mappings tell of variants; unknown ones are absent.
pub(crate) async fn briefs(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[VariantId],
) -> Result<Vec<VariantBrief>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(VariantId::as_uuid).collect();
    let rows = sqlx::query!(
        r#"SELECT v.variant_id, v.sku, v.kind = 'DIGITAL' AS "digital!", p.name AS product_name, v.name AS variant_name
           FROM catalog.variants v
           JOIN catalog.products p ON p.merchant_id = v.merchant_id AND p.product_id = v.product_id
           WHERE v.merchant_id = $1 AND v.variant_id = ANY($2)"#,
        merchant_id.as_uuid(),
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let briefs = rows.into_iter().map(|row| VariantBrief {
        id: VariantId::from_uuid(row.variant_id),
        sku: row.sku,
        name: full_name(&row.product_name, &row.variant_name),
        digital: row.digital,
    });
    Ok(briefs.collect())
}

/// The variants that listings with these codes (in lower case) may be: those with an equal code first, then the newest.
pub(crate) async fn candidates(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    skus: &[String],
    barcodes: &[String],
    limit: i64,
) -> Result<Vec<Candidate>, Error> {
    let rows = sqlx::query!(
        r#"SELECT v.variant_id, v.sku, v.barcode, v.kind = 'DIGITAL' AS "digital!", p.name AS product_name,
                  v.name AS variant_name
           FROM catalog.variants v
           JOIN catalog.products p ON p.merchant_id = v.merchant_id AND p.product_id = v.product_id
           WHERE v.merchant_id = $1
           ORDER BY (lower(v.sku) = ANY($2) OR (v.barcode <> '' AND lower(v.barcode) = ANY($3))) DESC, v.variant_id DESC
           LIMIT $4"#,
        merchant_id.as_uuid(),
        skus,
        barcodes,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let candidates = rows.into_iter().map(|row| Candidate {
        id: VariantId::from_uuid(row.variant_id),
        sku: row.sku,
        barcode: row.barcode,
        product_name: row.product_name,
        variant_name: row.variant_name,
        digital: row.digital,
    });
    Ok(candidates.collect())
}

impl TryFrom<VariantRow> for Variant {
    type Error = Error;

    fn try_from(row: VariantRow) -> Result<Self, Error> {
        let kind = match row.kind.as_str() {
            "PHYSICAL" => VariantKind::Physical,
            "DIGITAL" => VariantKind::Digital {
                content: row.digital_content,
            },
            other => {
                return Err(Error::Row {
                    table: "variants",
                    id: row.variant_id.to_string(),
                    reason: format!("unknown kind {other}"),
                });
            }
        };
        Ok(Self {
            id: VariantId::from_uuid(row.variant_id),
            sku: row.sku,
            name: row.name,
            kind,
            barcode: row.barcode,
        })
    }
}
