//! What a store offers. Products are derived from the account's listings when asked for; only changed ones are kept.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::{Account, GoodsKind, Listing};

/// Of each option, to begin with.
const STOCK: i64 = 99_999;
const FIRST_ORIGIN: i64 = 9_100_000_000;
const FIRST_CHANNEL: i64 = 9_500_000_000;
const FIRST_OPTION: i64 = 46_000_000_000;
/// Of options that sellers add themselves.
const FIRST_NEW_OPTION: i64 = 470_000_000_000;
/// Numbers of an account, so that each number tells its account.
const PRODUCTS: i64 = 100;
const OPTIONS: i64 = 1_000;

/// A good with its price, stock and options (원상품), and its listing in the store (채널상품).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    pub account: u32,
    pub origin_no: i64,
    pub channel_no: i64,
    pub name: String,
    /// `SALE`, `OUTOFSTOCK`, `SUSPENSION`, `CLOSE` or `DELETE`.
    pub status: String,
    /// Won, of the cheapest option.
    pub sale_price: i64,
    /// The sum of the options' stocks, when there are options.
    pub stock: i64,
    pub seller_code: Option<String>,
    /// The product itself when it has no options, so that orders find the listing.
    pub listing: Option<usize>,
    pub options: Vec<ProductOption>,
    pub digital: bool,
    pub modified_at: Option<DateTime<Utc>>,
    /// What the seller last wrote as a whole.
    pub body: Option<Value>,
}

/// One combination of options (조합형 옵션).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductOption {
    pub id: i64,
    pub listing: Option<usize>,
    /// optionName1 and on.
    pub names: Vec<String>,
    pub stock: i64,
    /// Won, on top of the product's price.
    pub price: i64,
    pub usable: bool,
    pub seller_code: Option<String>,
}

impl Product {
    /// How many of an option, or of a product without options, a buyer can have.
    pub fn available(&self, option_id: Option<i64>) -> i64 {
        if self.status != "SALE" {
            return 0;
        }
        match option_id {
            None if self.options.is_empty() => self.stock,
            None => 0,
            Some(id) => self
                .options
                .iter()
                .find(|option| option.id == id && option.usable)
                .map_or(0, |option| option.stock),
        }
    }

    /// Takes from the stock, or gives back to it by a negative number; the last one sells the product out.
    pub fn take(&mut self, option_id: Option<i64>, quantity: i64) {
        if let Some(option) = self
            .options
            .iter_mut()
            .find(|option| Some(option.id) == option_id)
        {
            option.stock = (option.stock - quantity).max(0);
        }
        if self.options.is_empty() {
            self.stock = (self.stock - quantity).max(0);
        }
        self.add_up();
        self.follow_stock();
    }

    /// The stock of a product with options is the sum of theirs.
    pub fn add_up(&mut self) {
        if !self.options.is_empty() {
            self.stock = self.options.iter().map(|option| option.stock).sum();
        }
    }

    /// An option's number for one that is new to this product.
    pub fn next_option_id(&self) -> i64 {
        let first = FIRST_NEW_OPTION + (self.origin_no - FIRST_ORIGIN) * OPTIONS;
        let taken = self.options.iter().map(|option| option.id + 1).max();
        taken.unwrap_or(first).max(first)
    }

    /// No stock means sold out, and stock ends that.
    pub fn follow_stock(&mut self) {
        if self.stock == 0 && self.status == "SALE" {
            "OUTOFSTOCK".clone_into(&mut self.status);
        } else if self.stock > 0 && self.status == "OUTOFSTOCK" {
            "SALE".clone_into(&mut self.status);
        }
    }
}

/// Where a listing of the account stands in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub origin_no: i64,
    pub channel_no: i64,
    /// None for a product without options.
    pub option_id: Option<i64>,
}

/// The product, and its option if it has several, that a listing is sold as.
pub fn place(account: u32, listings: &[Listing], listing: usize) -> Option<Place> {
    let good = listings.get(listing)?;
    let product = products(listings).position(|group| {
        group
            .first()
            .is_some_and(|(_, first)| first.product_id == good.product_id)
    })?;
    let siblings = listings
        .iter()
        .filter(|other| other.product_id == good.product_id)
        .count();
    let (number, listing) = (i64::try_from(product).ok()?, i64::try_from(listing).ok()?);
    Some(Place {
        origin_no: FIRST_ORIGIN + i64::from(account) * PRODUCTS + number,
        channel_no: FIRST_CHANNEL + i64::from(account) * PRODUCTS + number,
        option_id: (siblings > 1).then_some(FIRST_OPTION + i64::from(account) * OPTIONS + listing),
    })
}

/// The account a derived product number belongs to.
pub fn account_of(origin_no: i64) -> Option<u32> {
    u32::try_from((origin_no - FIRST_ORIGIN).div_euclid(PRODUCTS)).ok()
}

/// The origin number of a derived channel number.
pub fn origin_of(channel_no: i64) -> i64 {
    channel_no - FIRST_CHANNEL + FIRST_ORIGIN
}

/// The product as it was before anybody changed it.
pub fn derive(index: u32, account: &Account, origin_no: i64) -> Option<Product> {
    let number = origin_no - FIRST_ORIGIN - i64::from(index) * PRODUCTS;
    let group = products(&account.listings).nth(usize::try_from(number).ok()?)?;
    let (first, good) = *group.first()?;
    let sale_price = group.iter().map(|(_, listing)| listing.price).min()?;
    let alone = group.len() == 1;
    let options: Vec<ProductOption> = group
        .iter()
        .filter(|_| !alone)
        .filter_map(|(listing, good)| {
            Some(ProductOption {
                id: FIRST_OPTION + i64::from(index) * OPTIONS + i64::try_from(*listing).ok()?,
                listing: Some(*listing),
                names: vec![good.item_name.to_owned()],
                stock: STOCK,
                price: good.price - sale_price,
                usable: true,
                seller_code: Some(good.sku.to_owned()),
            })
        })
        .collect();
    Some(Product {
        account: index,
        origin_no,
        channel_no: FIRST_CHANNEL + i64::from(index) * PRODUCTS + number,
        name: good.product_name.to_owned(),
        status: "SALE".to_owned(),
        sale_price,
        stock: if alone {
            STOCK
        } else {
            options.iter().map(|option| option.stock).sum()
        },
        seller_code: alone.then(|| good.sku.to_owned()),
        listing: alone.then_some(first),
        options,
        digital: good.kind == GoodsKind::Digital,
        modified_at: None,
        body: None,
    })
}

/// The origin numbers an account begins with.
pub fn origin_numbers(index: u32, account: &Account) -> impl Iterator<Item = i64> {
    let count = products(&account.listings).count();
    let first = FIRST_ORIGIN + i64::from(index) * PRODUCTS;
    (first..).take(count)
}

/// Listings by product, in order, each with its place.
fn products(listings: &[Listing]) -> impl Iterator<Item = Vec<(usize, &Listing)>> {
    let mut rest = listings.iter().enumerate().peekable();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let mut group = vec![first];
        while let Some(next) = rest.next_if(|(_, good)| good.product_id == first.1.product_id) {
            group.push(next);
        }
        Some(group)
    })
}
