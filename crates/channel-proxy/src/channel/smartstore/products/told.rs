//! What is told to change a listing: which call, and its body.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::goods::{Goods, OptionList};
use crate::channel::smartstore::errors::Refusal;
use crate::channel::smartstore::writes::refused;
use crate::domain::buckets::Bucket;
use crate::domain::operation::ListingChange;
use crate::domain::write::WriteAnswer;

pub const OPTION_STOCK: Bucket = Bucket("products/option-stock");
pub const STATUS: Bucket = Bucket("products/change-status");
pub const MULTI: Bucket = Bucket("products/multi-update");

/// A call about to be made.
pub struct Told {
    pub bucket: Bucket,
    pub method: Method,
    pub path: String,
    pub body: Value,
}

/// Why nothing is sent.
pub enum Unprepared {
    Answer(WriteAnswer),
    Refusal(Refusal),
}

impl From<Refusal> for Unprepared {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

pub fn not_found() -> Unprepared {
    Unprepared::Answer(refused(
        "LISTING_NOT_FOUND",
        "the channel does not know this listing",
    ))
}

/// All options, one of them changed. What is left out would be stored as 0.
pub fn of_option(
    goods: &Goods,
    origin: &str,
    option_id: &str,
    change: ListingChange,
) -> Result<Told, Unprepared> {
    if !goods.options.iter().any(|option| option.id == option_id) {
        return Err(not_found());
    }
    let mut rows = Vec::with_capacity(goods.options.len());
    for option in &goods.options {
        let mut option = option.clone();
        if option.id == option_id {
            match change {
                ListingChange::SetStock(stock) => option.stock = stock,
                ListingChange::SetPrice { price, .. } => {
                    if goods.list == OptionList::Standards {
                        return Err(Unprepared::Answer(refused(
                            "LISTING_NOT_CHANGEABLE",
                            "options of the channel's own list cost what their product costs",
                        )));
                    }
                    option.price = price.amount_minor - goods.sale_price.amount_minor;
                }
                ListingChange::StopSale => option.usable = false,
                ListingChange::ResumeSale { stock } => {
                    if !matches!(goods.status.as_str(), "SALE" | "OUTOFSTOCK") {
                        return Err(Unprepared::Answer(refused(
                            "LISTING_NOT_CHANGEABLE",
                            "the whole product is not on sale; put it on sale at SmartStore first",
                        )));
                    }
                    option.usable = true;
                    // The number is kept through a stop; of one that is sold out nothing is.
                    if option.stock == 0 {
                        option.stock = stock;
                    }
                }
            }
        }
        let mut row = Map::new();
        let id = option.id.parse::<u64>();
        row.insert("id".to_owned(), id.map_or(json!(option.id), |id| json!(id)));
        row.insert("stockQuantity".to_owned(), json!(option.stock));
        if goods.list == OptionList::Combinations {
            row.insert("price".to_owned(), json!(option.price));
        }
        row.insert("usable".to_owned(), json!(option.usable));
        rows.push(Value::Object(row));
    }
    let list = match goods.list {
        OptionList::Combinations => "optionCombinations",
        OptionList::Standards => "optionStandards",
    };
    Ok(Told {
        bucket: OPTION_STOCK,
        method: Method::PUT,
        path: format!("/v1/products/origin-products/{origin}/option-stock"),
        body: json!({"optionInfo": {list: rows, "useStockManagement": true}}),
    })
}

/// A product without a choice. Sold out, it comes back by its status alone.
pub fn of_product(goods: &Goods, origin: &str, change: ListingChange) -> Result<Told, Unprepared> {
    let status = |body: Value| Told {
        bucket: STATUS,
        method: Method::PUT,
        path: format!("/v1/products/origin-products/{origin}/change-status"),
        body,
    };
    let multi = |kind: &str, field: &str, value: Value| {
        let number = origin.parse::<u64>();
        Told {
            bucket: MULTI,
            method: Method::PATCH,
            path: "/v1/products/origin-products/multi-update".to_owned(),
            body: json!({"multiProductUpdateRequestVos": [{
                "originProductNo": number.map_or(json!(origin), |number| json!(number)),
                "multiUpdateTypes": [kind],
                field: value,
            }]}),
        }
    };
    Ok(match change {
        ListingChange::SetStock(stock) if stock > 0 && goods.status == "OUTOFSTOCK" => {
            status(json!({"statusType": "SALE", "stockQuantity": stock}))
        }
        ListingChange::SetStock(stock) => multi("STOCK", "stockQuantity", json!(stock)),
        ListingChange::SetPrice { price, .. } => multi(
            "SALE_PRICE",
            "productSalePrice",
            json!({"salePrice": price.amount_minor}),
        ),
        ListingChange::StopSale => status(json!({"statusType": "SUSPENSION"})),
        // The number is kept through a stop; of one that is sold out nothing is.
        ListingChange::ResumeSale { stock } if goods.stock == 0 => {
            if stock == 0 {
                return Err(Unprepared::Answer(refused(
                    "STOCK_INVALID",
                    "nothing is left of this product: say how many can be sold",
                )));
            }
            status(json!({"statusType": "SALE", "stockQuantity": stock}))
        }
        ListingChange::ResumeSale { .. } => {
            status(json!({"statusType": "SALE", "stockQuantity": goods.stock}))
        }
    })
}
