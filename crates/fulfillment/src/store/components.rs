//! What a listing stands for, as it stands in a column: a list that is read and written whole.

use moa_id::VariantId;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::order::{Component, VariantKind};

/// So many units of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ComponentRow {
    variant_id: Uuid,
    kind: String,
    quantity: i32,
    sku: String,
    name: String,
}

/// As the column takes it; none for what is not known.
pub(super) fn column(components: &[Component]) -> Option<Value> {
    let rows = components.iter().map(|component| {
        let kind = match component.kind {
            VariantKind::Physical => "PHYSICAL",
            VariantKind::Digital => "DIGITAL",
        };
        json!({
            "variant_id": component.variant_id.to_string(),
            "kind": kind,
            "quantity": component.quantity,
            "sku": component.sku,
            "name": component.name,
        })
    });
    let rows: Vec<Value> = rows.collect();
    (!rows.is_empty()).then_some(Value::Array(rows))
}

/// The domain's; none when one has an unknown kind.
pub(super) fn read(rows: Vec<ComponentRow>) -> Option<Vec<Component>> {
    let components = rows.into_iter().map(|row| {
        let kind = match row.kind.as_str() {
            "PHYSICAL" => VariantKind::Physical,
            "DIGITAL" => VariantKind::Digital,
            _ => return None,
        };
        Some(Component {
            variant_id: VariantId::from_uuid(row.variant_id),
            kind,
            quantity: row.quantity,
            sku: row.sku,
            name: row.name,
        })
    });
    components.collect()
}
