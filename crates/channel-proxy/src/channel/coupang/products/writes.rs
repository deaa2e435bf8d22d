//! Stock, price and sale, and each documented refusal in our words.
//!
//! All four say the whole truth: told twice they change nothing the second time.

use moa_money::{Currency, Money};
use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

use super::reads::{look, product_path};
use crate::channel::coupang::calls::{encoded, tell};
use crate::channel::coupang::errors::Refusal;
use crate::channel::coupang::writes::{evidence, whole_refusal};
use crate::channel::{Session, trace};
use crate::domain::failure::CallFailure;
use crate::domain::listing_probe::changed;
use crate::domain::operation::{ListingChange, ListingOperation};
use crate::domain::probe::Trace;
use crate::domain::quota::CallClass;
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::quota::Slot;

/// What is wrong before anything is sent.
pub fn check(operation: &ListingOperation) -> Result<(), WriteAnswer> {
    match &operation.change {
        ListingChange::SetPrice { price, .. } => check_price(*price),
        _ => Ok(()),
    }
}

fn check_price(price: Money) -> Result<(), WriteAnswer> {
    let refused = |detail| {
        Err(WriteAnswer::new(
            WriteOutcome::RefusedFinal,
            "PRICE_INVALID",
            detail,
        ))
    };
    if price.currency != Currency::KRW {
        return refused("Coupang takes prices in won");
    }
    if price.amount_minor % 10 != 0 {
        return refused("Coupang takes prices in multiples of 10 won");
    }
    Ok(())
}

pub async fn carry_out(session: &Session, slot: Slot, operation: &ListingOperation) -> WriteAnswer {
    let id = encoded(&operation.listing.channel_listing_id);
    let (rest, query) = match &operation.change {
        ListingChange::SetStock(stock) => (format!("quantities/{stock}"), ""),
        ListingChange::SetPrice {
            price,
            allow_large_change,
        } => {
            let force = if *allow_large_change {
                "forceSalePriceUpdate=true"
            } else {
                ""
            };
            (format!("prices/{}", price.amount_minor), force)
        }
        ListingChange::StopSale => ("sales/stop".to_owned(), ""),
        // Coupang keeps the number through a stop.
        ListingChange::ResumeSale { .. } => ("sales/resume".to_owned(), ""),
    };
    let path = product_path(&format!("vendor-items/{id}/{rest}"));
    match tell(session, slot, Method::PUT, (&path, query), None).await {
        Ok((reply, _)) => WriteAnswer::confirmed().with_evidence(evidence(&reply, None)),
        Err(refusal) => refused_answer(&refusal),
    }
}

fn refused_answer(refusal: &Refusal) -> WriteAnswer {
    let answer = whole_refusal(refusal);
    match reason(&refusal.message) {
        Some(reason) if answer.outcome == WriteOutcome::RefusedFinal => WriteAnswer {
            reason: reason.to_owned(),
            ..answer
        },
        _ => answer,
    }
}

/// The documented refusals, which are told apart by their text alone.
fn reason(message: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["삭제된 상품"]) {
        return Some("LISTING_DELETED");
    }
    if says(&["not found", "유효하지 않은 ID", "유효한 옵션이 없습니다"]) {
        return Some("LISTING_NOT_FOUND");
    }
    if says(&["유효하지 않은 재고수량"]) {
        return Some("STOCK_INVALID");
    }
    if says(&["50%", "100%"]) {
        return Some("PRICE_CHANGE_TOO_LARGE");
    }
    if says(&["10원", "apMinSalePrice"]) {
        return Some("PRICE_INVALID");
    }
    if says(&["모니터링"]) {
        return Some("LISTING_STOPPED_BY_CHANNEL");
    }
    if says(&["자동생성", "자동 생성"]) {
        return Some("LISTING_NOT_CHANGEABLE");
    }
    None
}

/// Did it happen?
pub async fn look_for(
    session: &Session,
    operation: &ListingOperation,
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    let slot = session.slot(CallClass::Poll, deadline).await?;
    let sight = look(session, slot, &operation.listing.channel_listing_id).await?;
    let facts = sight.offer.as_ref().map(|offer| {
        json!({
            "channel_listing_id": offer.channel_listing_id,
            "stock": offer.stock,
            "price": offer.price.map(|price| price.amount_minor),
            "on_sale": offer.on_sale,
        })
    });
    Ok(Trace {
        finding: changed(sight.offer.as_ref(), &operation.change),
        evidence: trace::of("offer", facts.unwrap_or_default(), &[sight.read]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_refusal_has_its_reason() {
        let table = [
            ("유효하지 않은 재고수량입니다.", Some("STOCK_INVALID")),
            (
                "재고변경에 실패했습니다. [vendoritemid 70000000001 not found]",
                Some("LISTING_NOT_FOUND"),
            ),
            (
                "[옵션ID[70000000001] : 삭제된 상품은 변경이 불가능합니다.]",
                Some("LISTING_DELETED"),
            ),
            (
                "판매가격은 기존 가격의 최대 50% 인하, 최대 100% 인상까지 변경할 수 있습니다.",
                Some("PRICE_CHANGE_TOO_LARGE"),
            ),
            (
                "판매가격은 10원 단위로 입력해주세요.",
                Some("PRICE_INVALID"),
            ),
            ("유효하지 않은 ID입니다.", Some("LISTING_NOT_FOUND")),
            (
                "apMinSalePrice must be less than price",
                Some("PRICE_INVALID"),
            ),
            (
                "쿠팡 모니터링에 의해 판매중지된 상품입니다.",
                Some("LISTING_STOPPED_BY_CHANNEL"),
            ),
            ("something else", None),
        ];
        for (message, expected) in table {
            assert_eq!(reason(message), expected, "{message}");
        }
    }

    #[test]
    fn a_price_is_checked_before_it_is_sent() {
        assert!(check_price(Money::krw(9000)).is_ok());
        let odd = check_price(Money::krw(9005)).unwrap_err();
        assert_eq!(odd.reason, "PRICE_INVALID");
        let dollars = Money {
            amount_minor: 900,
            currency: Currency::parse("USD").unwrap(),
        };
        assert_eq!(check_price(dollars).unwrap_err().reason, "PRICE_INVALID");
    }
}
