//! A product as its own page shows it, with its options, in our words.

use chrono::{DateTime, Utc};
use moa_money::Money;
use serde_json::Value;

use crate::channel::smartstore::map::listing_id;
use crate::channel::smartstore::wire::{self, BadField, bad};
use crate::domain::listing::{ChannelListing, ChannelOffer, ChannelProduct, ProductState};

/// Options of one product, at most.
const MAX_OPTIONS: usize = 2_000;

/// A listing's two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers<'a> {
    pub channel_product_no: &'a str,
    /// Absent for goods without a choice.
    pub option_id: Option<&'a str>,
}

/// Reads a listing's name.
pub fn numbers(listing: &str) -> Option<Numbers<'_>> {
    let is_number =
        |text: &str| (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    match listing.split_once('-') {
        Some((product, option)) => (is_number(product) && is_number(option)).then_some(Numbers {
            channel_product_no: product,
            option_id: Some(option),
        }),
        None => is_number(listing).then_some(Numbers {
            channel_product_no: listing,
            option_id: None,
        }),
    }
}

/// A product as its own page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Goods {
    pub name: String,
    pub status: String,
    pub sale_price: Money,
    pub stock: i64,
    pub sku: String,
    pub brand: String,
    pub options: Vec<GoodsOption>,
    /// Which list of the channel the options stand in.
    pub list: OptionList,
}

/// Which list of a product its options stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionList {
    /// Made by the merchant: with a price of their own.
    Combinations,
    /// The channel's: without one.
    Standards,
}

/// A choice of a product.
#[derive(Debug, Clone, PartialEq)]
pub struct GoodsOption {
    pub id: String,
    pub name: String,
    pub stock: i64,
    /// On top of the product's.
    pub price: i64,
    pub usable: bool,
    pub sku: String,
}

impl Goods {
    pub fn read(body: &Value) -> Result<Self, BadField> {
        let product = match body.get("originProduct") {
            Some(product @ Value::Object(_)) => product,
            _ => return Err(bad("originProduct", "is no object")),
        };
        let detail = product.get("detailAttribute").unwrap_or(&Value::Null);
        let info = detail.get("optionInfo").unwrap_or(&Value::Null);
        let rows = |name| match info.get(name) {
            Some(Value::Array(rows)) => rows.as_slice(),
            _ => &[],
        };
        let (combinations, standards) = (rows("optionCombinations"), rows("optionStandards"));
        let (list, rows) = if combinations.is_empty() && !standards.is_empty() {
            (OptionList::Standards, standards)
        } else {
            (OptionList::Combinations, combinations)
        };
        if rows.len() > MAX_OPTIONS {
            return Err(bad(
                "optionInfo",
                "has more options than a product can have",
            ));
        }
        let code = detail.get("sellerCodeInfo").unwrap_or(&Value::Null);
        let naver = detail
            .get("naverShoppingSearchInfo")
            .unwrap_or(&Value::Null);
        Ok(Self {
            name: wire::text(product, "name"),
            status: wire::text(product, "statusType"),
            sale_price: wire::money(product, "salePrice")?.ok_or(bad("salePrice", "is missing"))?,
            stock: number(product, "stockQuantity")?.unwrap_or(0),
            sku: wire::text(code, "sellerManagementCode"),
            brand: wire::text(naver, "brandName"),
            options: rows
                .iter()
                .map(GoodsOption::read)
                .collect::<Result<_, _>>()?,
            list,
        })
    }

    fn option(&self, id: &str) -> Option<&GoodsOption> {
        self.options.iter().find(|option| option.id == id)
    }

    /// The listing's offer; nothing when it has no such option.
    pub fn offer(
        &self,
        listing: &str,
        numbers: Numbers<'_>,
        read_at: DateTime<Utc>,
    ) -> Option<ChannelOffer> {
        let sold = self.status == "SALE";
        let (stock, price, on_sale) = match numbers.option_id {
            Some(id) => {
                let option = self.option(id)?;
                let price = self.price_with(option.price);
                (option.stock, price, sold && option.usable)
            }
            None => (self.stock, Some(self.sale_price), sold),
        };
        Some(ChannelOffer {
            channel_listing_id: listing.to_owned(),
            stock,
            price,
            on_sale,
            read_at,
        })
    }

    fn price_with(&self, more: i64) -> Option<Money> {
        self.sale_price.checked_add(Money::krw(more)).ok()
    }

    /// What of it is sold.
    pub fn listings(&self, channel_product_no: &str) -> Vec<ChannelListing> {
        let sold = self.status == "SALE";
        if self.options.is_empty() {
            return vec![ChannelListing {
                channel_listing_id: channel_product_no.to_owned(),
                option_name: String::new(),
                sku_code: self.sku.clone(),
                barcode: String::new(),
                price: Some(self.sale_price),
                list_price: None,
                stock: Some(self.stock),
                on_sale: Some(sold),
            }];
        }
        let listing = |option: &GoodsOption| ChannelListing {
            channel_listing_id: listing_id(channel_product_no, &option.id),
            option_name: option.name.clone(),
            sku_code: option.sku.clone(),
            barcode: String::new(),
            price: self.price_with(option.price),
            list_price: None,
            stock: Some(option.stock),
            on_sale: Some(sold && option.usable),
        };
        self.options.iter().map(listing).collect()
    }
}

impl GoodsOption {
    fn read(row: &Value) -> Result<Self, BadField> {
        let names = ["optionName1", "optionName2", "optionName3", "optionName4"];
        let names = names.into_iter().map(|name| wire::text(row, name));
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        Ok(Self {
            id: wire::id(row, "id")?,
            name: names.join(" / "),
            stock: number(row, "stockQuantity")?.unwrap_or(0),
            price: number(row, "price")?.unwrap_or(0),
            // Absent means usable.
            usable: row.get("usable") != Some(&Value::Bool(false)),
            sku: wire::text(row, "sellerManagerCode"),
        })
    }
}

fn number(object: &Value, field: &'static str) -> Result<Option<i64>, BadField> {
    let text = wire::text(object, field);
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.parse().map_err(|_| bad(field, "is no whole number"))?;
    Ok(Some(parsed))
}

/// Where a product stands.
pub fn state(status: &str) -> ProductState {
    match status {
        "WAIT" => ProductState::Draft,
        "UNADMISSION" => ProductState::InReview,
        "SALE" => ProductState::Approved,
        "OUTOFSTOCK" => ProductState::SoldOut,
        "REJECTION" => ProductState::Denied,
        "SUSPENSION" | "CLOSE" | "PROHIBITION" => ProductState::Stopped,
        "DELETE" => ProductState::Deleted,
        word => ProductState::Unknown(word.chars().take(40).collect()),
    }
}

/// A search shows no options: the product's own page does.
pub fn found(product: &Value, read_at: DateTime<Utc>) -> Result<ChannelProduct, BadField> {
    Ok(ChannelProduct {
        channel_product_id: wire::id(product, "channelProductNo")?,
        name: wire::text(product, "name"),
        state: state(&wire::text(product, "statusType")),
        brand: wire::text(product, "brandName"),
        listings: Vec::new(),
        read_at,
    })
}
