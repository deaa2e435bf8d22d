//! SmartStore on the page.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::view::{
    Action, ChannelView, ClaimCard, InquiryCard, OrderCard, ParcelCard, State, Tone,
};
use crate::smartstore::world::{
    ClaimStatus, GiftStatus, Order, PlaceStatus, ProductOrder, Status, Word,
};
use crate::world::World;

pub fn view(world: &World, limit: usize) -> ChannelView {
    ChannelView {
        code: "smartstore",
        name: "스마트스토어",
        orders: world
            .smartstore
            .latest_orders(limit)
            .map(|order| card(world, order))
            .collect(),
        inquiries: inquiries(world, limit),
    }
}

fn inquiries(world: &World, limit: usize) -> Vec<InquiryCard> {
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let mut cards = Vec::new();
    for (account, _) in (0_u32..).zip(world.accounts()) {
        let questions = world.smartstore.questions(account, first, last);
        cards.extend(questions.take(limit).map(|question| InquiryCard {
            kind: "상품문의",
            at: question.asked_at,
            order: question.product_name.clone(),
            text: question.content.clone(),
            answer: question.answer.clone(),
        }));
        let inquiries = world.smartstore.inquiries(account, first, last);
        cards.extend(inquiries.take(limit).map(|inquiry| InquiryCard {
            kind: "고객문의",
            at: inquiry.asked_at,
            order: inquiry.order_id.to_string(),
            text: inquiry.content.clone(),
            answer: inquiry.answer.as_ref().map(|answer| answer.content.clone()),
        }));
    }
    cards.sort_by_key(|card| Reverse(card.at));
    cards.truncate(limit);
    cards
}

fn card(world: &World, order: &Order) -> OrderCard {
    let parts: Vec<&ProductOrder> = world.smartstore.parts(order).collect();
    let claims = parts.iter().flat_map(|part| {
        part.claim.iter().map(|claim| ClaimCard {
            what: format!(
                "{} {} · {}개",
                claim.kind.as_str(),
                claim.id,
                claim.quantity
            ),
            state: State {
                text: claim.status.as_str(),
                tone: if claim.status.is_running() {
                    Tone::New
                } else {
                    Tone::Gone
                },
            },
            actions: Vec::new(),
        })
    });
    OrderCard {
        id: order.id.to_string(),
        at: order.ordered_at,
        account: world
            .account(order.account)
            .map(|account| account.smartstore.account_id.clone())
            .unwrap_or_default(),
        receiver: parts
            .iter()
            .find_map(|part| part.recipient.as_ref())
            .map(|to| to.person.name.clone())
            .unwrap_or_default(),
        claims: claims.collect(),
        actions: actions(order, &parts),
        parcels: parts.iter().map(|part| part_card(world, part)).collect(),
    }
}

fn part_card(world: &World, part: &ProductOrder) -> ParcelCard {
    let listing = world
        .account(part.account)
        .and_then(|account| account.listings.get(part.listing));
    let goods = listing.map(|listing| {
        format!(
            "{} {} {}개",
            listing.product_name, listing.item_name, part.quantity
        )
    });
    let tracking = part.shipment.as_ref().map(|sent| {
        let company = sent.company.as_deref().unwrap_or(sent.method.as_str());
        format!("{company} {}", sent.number.as_deref().unwrap_or_default())
    });
    ParcelCard {
        id: part.id.to_string(),
        state: state(part),
        goods: goods.unwrap_or_default(),
        tracking: tracking.unwrap_or_default(),
    }
}

fn actions(order: &Order, parts: &[&ProductOrder]) -> Vec<Action> {
    let at = |action: &str| format!("orders/smartstore/{}/{action}", order.id);
    let any = |wanted: &[Status]| {
        parts
            .iter()
            .any(|part| wanted.contains(&part.status) && part.running_claim().is_none())
    };
    let mut actions = Vec::new();
    if any(&[Status::PaymentWaiting]) {
        actions.push(Action::new("입금", at("pay")));
    }
    if order.gift == Some(GiftStatus::WaitForReceiving) && any(&[Status::Payed]) {
        actions.push(Action::new("선물 수락", at("accept")));
    } else if any(&[Status::Payed]) {
        actions.push(Action::new("주소 변경", at("address")));
    }
    if any(&[Status::Payed]) {
        actions.push(Action::new("취소", at("cancel")));
    }
    if any(&[Status::Delivering, Status::Delivered]) {
        actions.push(Action::new("반품", at("return")));
        actions.push(Action::new("교환", at("exchange")));
        actions.push(Action::new("구매확정", at("confirm")));
    }
    let comes_back = |part: &&ProductOrder| {
        part.running_claim().is_some_and(|claim| {
            matches!(
                claim.status,
                ClaimStatus::ReturnRequest | ClaimStatus::ExchangeRequest | ClaimStatus::Collecting
            )
        })
    };
    if parts.iter().any(comes_back) {
        actions.push(Action::new("수거", at("collect")));
    }
    if parts.iter().any(|part| part.running_claim().is_some()) {
        actions.push(Action::new("클레임 철회", at("withdraw")));
    }
    for (label, kind, question) in [
        ("상품문의", "product", "상품에 대해 무엇을 물어볼까요?"),
        ("고객문의", "order", "주문에 대해 무엇을 물어볼까요?"),
    ] {
        actions.push(Action {
            body: json!({"kind": kind}),
            question: Some(question),
            ..Action::new(label, at("ask"))
        });
    }
    actions
}

fn state(part: &ProductOrder) -> State {
    let (text, tone) = match (part.status, part.place_status) {
        (Status::PaymentWaiting, _) => ("입금대기", Tone::New),
        (Status::Payed, PlaceStatus::NotYet) => ("신규주문", Tone::New),
        (Status::Payed, _) => ("발주확인", Tone::Work),
        (Status::Delivering, _) => ("배송중", Tone::Way),
        (Status::Delivered, _) => ("배송완료", Tone::Done),
        (Status::PurchaseDecided, _) => ("구매확정", Tone::Done),
        (Status::Exchanged, _) => ("교환", Tone::Done),
        (Status::Canceled, _) => ("취소", Tone::Gone),
        (Status::Returned, _) => ("반품", Tone::Gone),
        (Status::CanceledByNoPayment, _) => ("미입금취소", Tone::Gone),
    };
    State { text, tone }
}
