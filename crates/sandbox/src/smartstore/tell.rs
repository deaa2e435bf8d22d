//! What the verdict and the ledger make of SmartStore's facts.

use serde_json::{Value, json};

use super::world::{ClaimStatus, SmartFact, SmartStore, What};
use crate::ledger::upload_detail;
use crate::verdict::Judge;

/// Counts a fact, as the judge counts the facts of other channels: a product order is a parcel.
pub fn judge(judge: &mut Judge, fact: &SmartFact) {
    match &fact.what {
        What::Placed {
            order,
            product_orders,
        } => judge.placed(
            order.id,
            product_orders.iter().map(|row| (row.id, row.quantity)),
        ),
        What::Confirmed { product_order } => judge.acknowledged(*product_order),
        What::Dispatched { upload, .. } => judge.dispatched(upload),
        What::DispatchRefused { upload, .. } | What::DispatchRepeated { upload } => {
            judge.refused(upload);
        }
        What::Claimed {
            product_order,
            claim,
            ..
        } if claim.status == ClaimStatus::CancelDone => {
            judge.cancelled(*product_order, claim.quantity);
        }
        What::NotPaid { product_orders, .. } => {
            for (product_order, quantity) in product_orders {
                judge.cancelled(*product_order, *quantity);
            }
        }
        _ => {}
    }
}

/// A fact as an entry of the ledger.
pub struct Told {
    pub kind: &'static str,
    pub account: Option<u32>,
    pub order: Option<i64>,
    pub product_order: Option<i64>,
    pub detail: Value,
}

/// Tells a fact that has been applied to `known` already.
pub fn tell(fact: &SmartFact, known: &SmartStore) -> Told {
    let of_part = |kind, id: i64, detail| {
        let row = known.product_order(id);
        Told {
            kind,
            account: row.map(|row| row.account),
            order: row.map(|row| row.order_id),
            product_order: Some(id),
            detail,
        }
    };
    let of_order = |kind, id: i64, detail| Told {
        kind,
        account: known.order(id).map(|order| order.account),
        order: Some(id),
        product_order: None,
        detail,
    };
    let of_account = |kind, account, detail| Told {
        kind,
        account,
        order: None,
        product_order: None,
        detail,
    };
    match &fact.what {
        What::Placed { order, .. } => {
            let ids: Vec<String> = order
                .product_orders
                .iter()
                .map(ToString::to_string)
                .collect();
            let detail = json!({"parcel_ids": ids, "paid": order.paid_at.is_some(), "visible_at": fact.visible_at});
            of_order("order_placed", order.id, detail)
        }
        What::Paid { order } => of_order("order_paid", *order, json!({})),
        What::NotPaid { order, .. } => of_order("order_not_paid", *order, json!({})),
        What::Confirmed { product_order } => of_part("acknowledged", *product_order, json!({})),
        What::Dispatched { upload, .. } => {
            of_part("dispatched", upload.parcel, upload_detail(upload, None))
        }
        What::DispatchRefused { upload, code } => of_part(
            "dispatch_refused",
            upload.parcel,
            upload_detail(upload, Some(code)),
        ),
        What::DispatchRepeated { upload } => of_part(
            "dispatch_repeated",
            upload.parcel,
            upload_detail(upload, None),
        ),
        What::Delayed {
            product_order,
            due_at,
            delay,
        } => {
            let detail = json!({"due_at": due_at, "reason": delay.reason});
            of_part("dispatch_delayed", *product_order, detail)
        }
        What::HopeChanged {
            product_order,
            hope,
        } => of_part("hope_changed", *product_order, json!({"day": hope.day})),
        What::AddressChanged { order, .. } => of_order("address_changed", *order, json!({})),
        What::GiftAccepted { order, .. } => of_order("gift_accepted", *order, json!({})),
        What::Claimed {
            product_order,
            claim,
            status,
            ..
        } => {
            let detail = json!({
                "claim_id": claim.id.to_string(), "type": claim.kind, "claim_status": claim.status,
                "status": status, "count": claim.quantity, "by_seller": claim.by_seller,
            });
            of_part("claimed", *product_order, detail)
        }
        What::ClaimWithdrawn { product_order } => {
            of_part("claim_withdrawn", *product_order, json!({}))
        }
        What::Delivered { product_order } => of_part("delivered", *product_order, json!({})),
        What::PurchaseDecided { product_order } => {
            of_part("purchase_decided", *product_order, json!({}))
        }
        What::QuestionAsked { question } => of_account(
            "question_asked",
            Some(question.account),
            json!({"question_id": question.id}),
        ),
        What::QuestionAnswered { question, .. } => of_account(
            "question_answered",
            known.question(*question).map(|row| row.account),
            json!({"question_id": question}),
        ),
        What::InquiryAsked { inquiry } => {
            let detail = json!({"inquiry_no": inquiry.id});
            of_part("inquiry_asked", inquiry.product_order, detail)
        }
        What::InquiryAnswered { inquiry, .. } => of_account(
            "inquiry_answered",
            known.inquiry(*inquiry).map(|row| row.account),
            json!({"inquiry_no": inquiry}),
        ),
        What::ProductWritten { product } => {
            let detail = json!({
                "origin_product_no": product.origin_no.to_string(), "status": product.status,
                "price": product.sale_price, "stock": product.stock,
            });
            of_account("product_written", Some(product.account), detail)
        }
        What::TokenIssued {
            account,
            for_seller,
            expires_at,
            ..
        } => {
            let detail = json!({"for_seller": for_seller, "expires_at": expires_at});
            of_account("token_issued", Some(*account), detail)
        }
        What::TokensRevoked => of_account("tokens_revoked", None, json!({})),
        What::NonStandardTokenCall { account, reason } => of_account(
            "non_standard_token_call",
            Some(*account),
            json!({"reason": reason}),
        ),
        What::PenaltiesLifted => of_account("penalties_lifted", None, json!({})),
    }
}
