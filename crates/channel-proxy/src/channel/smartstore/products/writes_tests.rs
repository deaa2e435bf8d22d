use moa_money::Money;
use serde_json::{Value, json};

use super::goods::{Goods, GoodsOption, OptionList};
use super::told::{MULTI, STATUS, Unprepared, of_option, of_product};
use super::writes::{MAX_STOCK, check};
use crate::domain::operation::{ListingChange, ListingOperation, ListingRef};

fn goods(status: &str, options: bool) -> Goods {
    let option = |id: &str, stock| GoodsOption {
        id: id.to_owned(),
        name: String::new(),
        stock,
        price: 2000,
        usable: true,
        sku: String::new(),
    };
    Goods {
        name: String::new(),
        status: status.to_owned(),
        sale_price: Money::krw(15000),
        stock: 12,
        sku: String::new(),
        brand: String::new(),
        options: if options {
            vec![option("1", 5), option("2", 7)]
        } else {
            Vec::new()
        },
        list: OptionList::Combinations,
    }
}

fn price(won: i64) -> ListingChange {
    ListingChange::SetPrice {
        price: Money::krw(won),
        allow_large_change: false,
    }
}

fn body_of_option(change: ListingChange) -> Value {
    match of_option(&goods("SALE", true), "9", "2", change) {
        Ok(told) => told.body,
        Err(_) => panic!("it is prepared"),
    }
}

#[test]
fn all_options_are_sent_and_one_of_them_is_changed() {
    let stock = body_of_option(ListingChange::SetStock(3));
    assert_eq!(
        stock,
        json!({"optionInfo": {"useStockManagement": true, "optionCombinations": [
            {"id": 1, "stockQuantity": 5, "price": 2000, "usable": true},
            {"id": 2, "stockQuantity": 3, "price": 2000, "usable": true},
        ]}})
    );
    let dearer = body_of_option(price(18000));
    assert_eq!(dearer["optionInfo"]["optionCombinations"][1]["price"], 3000);
    let stopped = body_of_option(ListingChange::StopSale);
    assert_eq!(
        stopped["optionInfo"]["optionCombinations"][1]["usable"],
        false
    );
    let nobody = of_option(&goods("SALE", true), "9", "3", ListingChange::StopSale);
    assert!(
        matches!(nobody, Err(Unprepared::Answer(answer)) if answer.reason == "LISTING_NOT_FOUND")
    );
}

#[test]
fn a_product_without_options_is_changed_by_number_or_by_status() {
    let told = |status: &str, change| match of_product(&goods(status, false), "9", change) {
        Ok(told) => (told.bucket, told.body),
        Err(_) => panic!("it is prepared"),
    };
    let (bucket, body) = told("SALE", ListingChange::SetStock(3));
    assert_eq!(bucket, MULTI);
    assert_eq!(
        body["multiProductUpdateRequestVos"][0],
        json!({"originProductNo": 9, "multiUpdateTypes": ["STOCK"], "stockQuantity": 3})
    );
    let (bucket, body) = told("OUTOFSTOCK", ListingChange::SetStock(3));
    assert_eq!(bucket, STATUS);
    assert_eq!(body, json!({"statusType": "SALE", "stockQuantity": 3}));
    let (_, body) = told("SALE", price(9000));
    let row = &body["multiProductUpdateRequestVos"][0];
    assert_eq!(row["productSalePrice"]["salePrice"], 9000);
    let (_, body) = told("SALE", ListingChange::StopSale);
    assert_eq!(body, json!({"statusType": "SUSPENSION"}));
}

#[test]
fn what_the_channel_does_not_take_is_refused_before_it_is_sent() {
    let reason = |listing: &str, change| {
        let operation = ListingOperation {
            listing: ListingRef {
                channel_listing_id: listing.to_owned(),
                channel_product_id: String::new(),
            },
            change,
        };
        check(&operation).map_err(|answer| answer.reason)
    };
    assert_eq!(reason("1-2", price(9000)), Ok(()));
    assert_eq!(reason("1-2", price(9005)), Err("PRICE_INVALID".to_owned()));
    assert_eq!(
        reason("x", price(9000)),
        Err("LISTING_NOT_FOUND".to_owned())
    );
    let much = ListingChange::SetStock(MAX_STOCK + 1);
    assert_eq!(reason("1", much), Err("STOCK_INVALID".to_owned()));
}
