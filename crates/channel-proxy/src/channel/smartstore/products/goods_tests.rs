use chrono::DateTime;
use moa_money::Money;
use serde_json::{Value, json};

use super::goods::{Goods, found, numbers};

fn body() -> Value {
    serde_json::from_str(include_str!("../fixtures/product.json")).unwrap()
}

#[test]
fn a_product_and_a_page_of_the_search_map_to_our_words() {
    let goods = Goods::read(&body()).unwrap();
    let page: Value = serde_json::from_str(include_str!("../fixtures/products.json")).unwrap();
    let rows = page["contents"].as_array().unwrap().iter();
    let products = rows.flat_map(|row| row["channelProducts"].as_array().unwrap());
    let products: Vec<_> = products
        .map(|product| found(product, DateTime::UNIX_EPOCH))
        .collect();
    insta::assert_debug_snapshot!((goods.listings("5102030405"), products));
}

#[test]
fn a_listing_is_a_product_or_one_of_its_options() {
    let option = numbers("5102030405-40001122").unwrap();
    assert_eq!(option.channel_product_no, "5102030405");
    assert_eq!(option.option_id, Some("40001122"));
    assert_eq!(numbers("5102030405").unwrap().option_id, None);
    for strange in ["", "-", "1-", "-1", "a", "1-2-3", "../1"] {
        assert_eq!(numbers(strange), None, "{strange}");
    }
}

#[test]
fn a_product_s_options_are_its_listings_and_offers() {
    let goods = Goods::read(&body()).unwrap();
    let listings = goods.listings("5102030405");
    assert_eq!(listings[0].channel_listing_id, "5102030405-40001122");
    assert_eq!(listings[0].option_name, "3kg / 중과");
    assert_eq!(listings[0].price, Some(Money::krw(17000)));
    assert_eq!(listings[1].on_sale, Some(false));
    let offer =
        |listing: &str| goods.offer(listing, numbers(listing).unwrap(), DateTime::UNIX_EPOCH);
    let small = offer("5102030405-40001122").unwrap();
    assert_eq!((small.stock, small.on_sale), (5, true));
    assert!(!offer("5102030405-40001123").unwrap().on_sale);
    assert_eq!(offer("5102030405-9"), None);
    assert_eq!(offer("5102030405").unwrap().stock, 12);
}

#[test]
fn a_page_without_a_price_is_none() {
    let mut body = body();
    body["originProduct"]["salePrice"] = Value::Null;
    assert_eq!(Goods::read(&body).unwrap_err().field, "salePrice");
    assert!(Goods::read(&json!({})).is_err());
}
