//! Stock, price and sale of a listing.
//!
//! Options are written as a whole list, in which what is left out is stored as nothing: so the product is read first,
//! and one change of a product is made at a time. What the channel sells of the other options between that read and
//! the write is counted again: the API offers nothing narrower, so both follow one another at once.

use serde_json::json;
use tokio::time::Instant;

use super::goods::{Numbers, numbers};
use super::locks::ProductLocks;
use super::look::{Asker, Sight, nothing_done};
use super::told::{
    MULTI, OPTION_STOCK, STATUS, Told, Unprepared, not_found, of_option, of_product,
};
use crate::channel::smartstore::calls::{Call, always, exchange};
use crate::channel::smartstore::token::Tokens;
use crate::channel::smartstore::topics::seen;
use crate::channel::smartstore::writes::{self, refused};
use crate::channel::{Session, trace};
use crate::domain::buckets::Bucket;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::listing_probe::changed;
use crate::domain::operation::{ListingChange, ListingOperation};
use crate::domain::probe::{Finding, Trace};
use crate::domain::quota::CallClass;
use crate::domain::write::WriteAnswer;
use crate::quota::Slot;

/// The most the channel keeps.
pub const MAX_STOCK: i64 = 99_999_999;
/// The dearest a product may be.
const MAX_PRICE: i64 = 999_999_990;

/// What is wrong before anything is sent.
pub fn check(operation: &ListingOperation) -> Result<(), WriteAnswer> {
    if numbers(&operation.listing.channel_listing_id).is_none() {
        return Err(refused(
            "LISTING_NOT_FOUND",
            "a listing of SmartStore is named by its channel product's number, and its option's behind a hyphen",
        ));
    }
    match operation.change {
        ListingChange::SetStock(stock) | ListingChange::ResumeSale { stock }
            if !(0..=MAX_STOCK).contains(&stock) =>
        {
            Err(refused(
                "STOCK_INVALID",
                "a stock is at most 99,999,999 at SmartStore",
            ))
        }
        ListingChange::SetPrice { price, .. }
            if price.currency != moa_money::Currency::KRW
                || !(10..=MAX_PRICE).contains(&price.amount_minor)
                || price.amount_minor % 10 != 0 =>
        {
            Err(refused(
                "PRICE_INVALID",
                "a price at SmartStore is 10 to 999,999,990 won, in steps of 10",
            ))
        }
        _ => Ok(()),
    }
}

/// Where the call is counted: options have a call of their own.
pub fn bucket(operation: &ListingOperation) -> Bucket {
    let numbers = numbers(&operation.listing.channel_listing_id);
    if numbers.is_some_and(|numbers| numbers.option_id.is_some()) {
        return OPTION_STOCK;
    }
    match operation.change {
        ListingChange::SetStock(_) | ListingChange::SetPrice { .. } => MULTI,
        ListingChange::StopSale | ListingChange::ResumeSale { .. } => STATUS,
    }
}

pub async fn carry_out(
    tokens: &Tokens,
    locks: &ProductLocks,
    session: &Session,
    slot: Slot,
    operation: &ListingOperation,
    deadline: Instant,
) -> WriteAnswer {
    let Some(numbers) = numbers(&operation.listing.channel_listing_id) else {
        slot.unused();
        return refused("LISTING_NOT_FOUND", "the listing is named by no number");
    };
    let lock = locks.of(session, numbers.channel_product_no);
    let Ok(_alone) = tokio::time::timeout_at(deadline, lock.lock()).await else {
        slot.unused();
        let busy = CallFailure::without_effect(
            FailureKind::QuotaExhausted,
            "another change of this product is under way",
        );
        return WriteAnswer::from_failure(&busy);
    };
    let asker = Asker {
        tokens,
        session,
        class: CallClass::Poll,
        deadline,
    };
    let told = match prepare(asker, numbers, operation).await {
        Ok(told) => told,
        Err(Unprepared::Answer(answer)) => {
            slot.unused();
            return answer;
        }
        Err(Unprepared::Refusal(refusal)) => {
            slot.unused();
            return writes::whole_refusal(&nothing_done(refusal));
        }
    };
    let slot = if slot.bucket() == told.bucket {
        slot
    } else {
        slot.unused();
        match session.write_slot(None, told.bucket, deadline).await {
            Ok(slot) => slot,
            Err(failure) => return WriteAnswer::from_failure(&failure),
        }
    };
    let call = Call {
        method: &told.method,
        path: &told.path,
        query: "",
        body: Some(&told.body),
    };
    match exchange(tokens, session, slot, call, deadline, &always).await {
        Ok((reply, _)) => WriteAnswer::confirmed().with_evidence(seen(&reply)),
        Err(refusal) => {
            let answer = writes::whole_refusal(&refusal);
            match refusal.code.as_str() {
                "NOT_FOUND" => WriteAnswer {
                    reason: "LISTING_NOT_FOUND".to_owned(),
                    ..answer
                },
                _ => answer,
            }
        }
    }
}

async fn prepare(
    asker: Asker<'_>,
    numbers: Numbers<'_>,
    operation: &ListingOperation,
) -> Result<Told, Unprepared> {
    let origin = asker.origin_no(numbers.channel_product_no).await?;
    let origin = origin.ok_or_else(not_found)?;
    let sight = asker.goods(numbers.channel_product_no).await?;
    let trace = trace_of(&sight, numbers, operation);
    let goods = sight.goods.ok_or_else(not_found)?;
    // It is so already: the channel refuses some changes to what is.
    if trace.finding == Finding::Happened {
        let answer = WriteAnswer::confirmed().with_evidence(trace.evidence);
        return Err(Unprepared::Answer(answer));
    }
    match numbers.option_id {
        Some(option) => of_option(&goods, &origin, option, operation.change),
        None if goods.options.is_empty() => of_product(&goods, &origin, operation.change),
        None => Err(Unprepared::Answer(refused(
            "LISTING_NOT_CHANGEABLE",
            "the product has options: their stock, price and sale are changed one by one",
        ))),
    }
}

/// Did it happen?
pub async fn look_for(
    tokens: &Tokens,
    session: &Session,
    operation: &ListingOperation,
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    let asker = Asker {
        tokens,
        session,
        class: CallClass::Poll,
        deadline,
    };
    let listing = &operation.listing.channel_listing_id;
    let Some(numbers) = numbers(listing) else {
        return Err(CallFailure::without_effect(
            FailureKind::Refused,
            "the listing is named by no number",
        ));
    };
    let sight = asker
        .goods(numbers.channel_product_no)
        .await
        .map_err(|refusal| refusal.failure)?;
    Ok(trace_of(&sight, numbers, operation))
}

/// What a look at a product says about a change.
fn trace_of(sight: &Sight, numbers: Numbers<'_>, operation: &ListingOperation) -> Trace {
    let listing = &operation.listing.channel_listing_id;
    let goods = sight.goods.as_ref();
    let offer = goods.and_then(|goods| goods.offer(listing, numbers, sight.read.sent_at));
    let facts = offer.as_ref().map(|offer| {
        json!({
            "channel_listing_id": offer.channel_listing_id,
            "stock": offer.stock,
            "price": offer.price.map(|price| price.amount_minor),
            "on_sale": offer.on_sale,
        })
    });
    Trace {
        finding: changed(offer.as_ref(), &operation.change),
        evidence: trace::of(
            "offer",
            facts.unwrap_or_default(),
            std::slice::from_ref(&sight.read),
        ),
    }
}
