//! Buyers who ask.

use chrono::{DateTime, Utc};

use super::Refusal;
use crate::smartstore::world::{Inquiry, Question, SmartFact, What};
use crate::world::{Fact, World};

/// What is asked, and of which product order.
#[derive(Debug, Clone)]
pub struct Asking {
    pub order: i64,
    pub product_order: Option<i64>,
    pub text: String,
}

/// A question about goods, in public. Answers its number.
pub fn about_goods(
    world: &World,
    asking: Asking,
    now: DateTime<Utc>,
) -> Result<(i64, Fact), Refusal> {
    let known = &world.smartstore;
    let order = known.order(asking.order).ok_or(Refusal::UnknownOrder)?;
    let row = part(world, &asking)?;
    let product = known
        .product(world.accounts(), row.origin_no)
        .ok_or(Refusal::NotNow("holds goods that are gone"))?;
    let question = Question {
        id: known.next_question_id(),
        account: order.account,
        channel_no: product.channel_no,
        product_name: product.name,
        content: asking.text,
        writer_id: order.orderer_id.clone(),
        asked_at: SmartFact::moment(now),
        answer: None,
    };
    let id = question.id;
    Ok((id, SmartFact::of(now, What::QuestionAsked { question })))
}

/// A question about an order, to the seller alone. Answers its number.
pub fn about_order(
    world: &World,
    asking: Asking,
    now: DateTime<Utc>,
) -> Result<(i64, Fact), Refusal> {
    let known = &world.smartstore;
    let order = known.order(asking.order).ok_or(Refusal::UnknownOrder)?;
    let row = part(world, &asking)?;
    let inquiry = Inquiry {
        id: known.next_inquiry_id(),
        account: order.account,
        order_id: order.id,
        product_order: row.id,
        category: "배송".to_owned(),
        title: asking.text.chars().take(20).collect(),
        content: asking.text,
        asked_at: SmartFact::moment(now),
        answer: None,
    };
    let id = inquiry.id;
    Ok((id, SmartFact::of(now, What::InquiryAsked { inquiry })))
}

fn part<'a>(
    world: &'a World,
    asking: &Asking,
) -> Result<&'a crate::smartstore::world::ProductOrder, Refusal> {
    let known = &world.smartstore;
    let order = known.order(asking.order).ok_or(Refusal::UnknownOrder)?;
    let mut parts = known.parts(order);
    match asking.product_order {
        None => parts.next().ok_or(Refusal::NotNow("has no product orders")),
        Some(id) => parts
            .find(|row| row.id == id)
            .ok_or(Refusal::UnknownProductOrder(id)),
    }
}
