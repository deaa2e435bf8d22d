//! Products in Coupang's own JSON, in our words at once: little of them matters here.

use chrono::{DateTime, Utc};

use crate::channel::coupang::wire::{BadField, array, bad, flag, id, money, text};
use crate::channel::json::{Json, field};
use crate::domain::listing::{ChannelListing, ChannelOffer, ChannelProduct, ProductState};

/// A product of the list, or of its own read.
pub fn product(row: &Json<'_>, read_at: DateTime<Utc>) -> Result<ChannelProduct, BadField> {
    let items = array(row, "items")?;
    let names = [
        "sellerProductName",
        "displayProductName",
        "generalProductName",
    ];
    let name = names.into_iter().map(|field| text(row, field));
    Ok(ChannelProduct {
        channel_product_id: id(row, "sellerProductId")?,
        name: name
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or_default(),
        state: state(&text(row, "statusName")),
        brand: text(row, "brand"),
        listings: items.iter().map(listing).collect::<Result<_, _>>()?,
        read_at,
    })
}

fn listing(item: &Json<'_>) -> Result<ChannelListing, BadField> {
    let vendor_item_id = match field(item, "vendorItemId") {
        // Null until Coupang has approved the option.
        None | Some(Json::Null) => String::new(),
        Some(_) => id(item, "vendorItemId")?,
    };
    Ok(ChannelListing {
        channel_listing_id: vendor_item_id,
        option_name: text(item, "itemName"),
        sku_code: text(item, "externalVendorSku"),
        barcode: text(item, "barcode"),
        price: money(item, "salePrice")?,
        list_price: money(item, "originalPrice")?,
        stock: None,
        on_sale: None,
    })
}

/// The status is told in Korean, and once in a while by its code.
fn state(word: &str) -> ProductState {
    match word {
        "임시저장" | "SAVED" => ProductState::Draft,
        "심사중" | "승인대기중" | "IN_REVIEW" | "APPROVING" => ProductState::InReview,
        "승인완료" | "APPROVED" => ProductState::Approved,
        "부분승인완료" | "PARTIAL_APPROVED" => ProductState::PartlyApproved,
        "승인반려" | "DENIED" => ProductState::Denied,
        "상품삭제" | "DELETED" => ProductState::Deleted,
        word => ProductState::Unknown(word.chars().take(40).collect()),
    }
}

/// Stock, price and sale of one option.
pub fn offer(
    vendor_item_id: &str,
    data: &Json<'_>,
    read_at: DateTime<Utc>,
) -> Result<ChannelOffer, BadField> {
    let stock = text(data, "amountInStock");
    let stock: i64 = stock
        .parse()
        .map_err(|_| bad("amountInStock", "is missing or no number"))?;
    if field(data, "onSale").is_none() {
        return Err(bad("onSale", "is missing"));
    }
    Ok(ChannelOffer {
        channel_listing_id: vendor_item_id.to_owned(),
        stock,
        price: money(data, "salePrice")?,
        on_sale: flag(data, "onSale"),
        read_at,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::channel::json::{JsonBody, answer};

    const READ_AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn a_product_maps_with_its_options() {
        let body = include_str!("../fixtures/seller_product_v1.json");
        let body = JsonBody::read(body.as_bytes()).unwrap();
        let product = product(field(body.root(), "data").unwrap(), READ_AT).unwrap();
        insta::assert_debug_snapshot!(product);
    }

    #[test]
    fn a_page_maps_every_documented_status() {
        let body = include_str!("../fixtures/seller_products_v1.json");
        let body = JsonBody::read(body.as_bytes()).unwrap();
        let rows = field(body.root(), "data")
            .unwrap()
            .as_array()
            .unwrap()
            .iter();
        let rows: Vec<_> = rows.map(|row| product(row, READ_AT)).collect();
        insta::assert_debug_snapshot!(rows);
    }

    #[test]
    fn an_offer_needs_its_stock_and_its_sale() {
        let data =
            json!({"sellerItemId": 1, "amountInStock": 7, "salePrice": 9000, "onSale": true});
        let offer = |data: &Value| super::offer("70000000001", answer(data).root(), READ_AT);
        let read = offer(&data).unwrap();
        assert_eq!((read.stock, read.on_sale), (7, true));
        for field in ["amountInStock", "onSale"] {
            let mut data = data.clone();
            data.as_object_mut().unwrap().remove(field);
            assert_eq!(offer(&data).unwrap_err().field, field);
        }
    }
}
