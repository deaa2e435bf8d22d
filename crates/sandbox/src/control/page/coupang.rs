//! Coupang on the page.

use serde_json::json;

use super::view::{
    Action, ChannelView, ClaimCard, InquiryCard, OrderCard, ParcelCard, State, Tone,
};
use crate::world::{
    Exchange, ExchangeStatus, Order, Parcel, ParcelStatus, Receipt, ReceiptKind, ReceiptStatus,
    Release, World,
};

pub fn view(world: &World, limit: usize) -> ChannelView {
    ChannelView {
        code: "coupang",
        name: "쿠팡",
        orders: world
            .latest_orders(limit)
            .into_iter()
            .map(|order| card(world, order))
            .collect(),
        inquiries: inquiries(world, limit),
    }
}

fn card(world: &World, order: &Order) -> OrderCard {
    let parcels: Vec<&Parcel> = order
        .parcel_ids
        .iter()
        .filter_map(|id| world.parcel(*id))
        .collect();
    let mut claims: Vec<ClaimCard> = world.receipts_of_order(order.id).map(receipt).collect();
    claims.extend(world.exchanges_of_order(order.id).map(exchange));
    OrderCard {
        id: order.id.to_string(),
        at: order.ordered_at,
        account: world
            .account(order.account)
            .map(|account| account.vendor_id.clone())
            .unwrap_or_default(),
        receiver: order.receiver.name.clone(),
        actions: actions(order.id, &parcels),
        parcels: parcels
            .into_iter()
            .map(|parcel| parcel_card(world, parcel))
            .collect(),
        claims,
    }
}

fn parcel_card(world: &World, parcel: &Parcel) -> ParcelCard {
    let goods: Vec<String> = parcel
        .lines
        .iter()
        .filter_map(|line| {
            let listing = world
                .account(parcel.account)?
                .listing(line.vendor_item_id)?;
            let left = line.quantity - line.cancelled;
            let count = if left == line.quantity {
                format!("{left}개")
            } else {
                format!("{}개(남은 {left}개)", line.quantity)
            };
            Some(format!(
                "{} {} {count}",
                listing.product_name, listing.item_name
            ))
        })
        .collect();
    ParcelCard {
        id: parcel.id.to_string(),
        state: parcel_state(parcel.status),
        goods: goods.join(", "),
        tracking: parcel
            .tracking
            .as_ref()
            .map(|tracking| format!("{} {}", tracking.carrier, tracking.number))
            .unwrap_or_default(),
    }
}

fn actions(order: i64, parcels: &[&Parcel]) -> Vec<Action> {
    let at = |action: &str| format!("orders/coupang/{order}/{action}");
    let open = |parcel: &&&Parcel| parcel.lines.iter().any(|line| line.open() > 0);
    let before = parcels
        .iter()
        .filter(open)
        .any(|parcel| parcel.status <= ParcelStatus::Departure);
    let after = parcels.iter().filter(open).any(|parcel| {
        matches!(
            parcel.status,
            ParcelStatus::Delivering | ParcelStatus::FinalDelivery | ParcelStatus::NoneTracking
        )
    });
    let mut actions = Vec::new();
    if before {
        actions.push(Action::new("취소", at("cancel")));
        if parcels
            .iter()
            .all(|parcel| parcel.status == ParcelStatus::Accept)
        {
            actions.push(Action::new("주소변경", at("address")));
        }
    }
    if after {
        actions.push(Action::new("반품", at("return")));
        actions.push(Action {
            body: json!({"reason": "different_option"}),
            ..Action::new("교환", at("exchange"))
        });
        actions.push(Action::new("구매확정", at("confirm")));
    }
    for (label, kind, question) in [
        ("상품문의", "product", "상품에 대해 무엇을 물어볼까요?"),
        ("고객센터", "call_center", "고객센터에 무엇을 물어볼까요?"),
    ] {
        actions.push(Action {
            body: json!({"kind": kind}),
            question: Some(question),
            ..Action::new(label, at("ask"))
        });
    }
    actions
}

fn receipt(receipt: &Receipt) -> ClaimCard {
    let what = match (receipt.kind, receipt.release) {
        (ReceiptKind::Cancel, _) => "취소",
        (ReceiptKind::Return, Release::NotShipped | Release::Stopped) => "출고중지",
        (ReceiptKind::Return, _) => "반품",
    };
    let (text, tone) = match receipt.status {
        ReceiptStatus::ReleaseStopUnchecked => ("출고중지 요청", Tone::New),
        ReceiptStatus::ReturnsUnchecked => ("반품 접수", Tone::New),
        ReceiptStatus::VendorWarehouseConfirm => ("입고 확인", Tone::Work),
        ReceiptStatus::RequestCoupangCheck => ("쿠팡 확인 중", Tone::Work),
        ReceiptStatus::ReturnsCompleted => ("완료", Tone::Gone),
        ReceiptStatus::Withdrawn => ("철회", Tone::Done),
    };
    let open = !matches!(
        receipt.status,
        ReceiptStatus::ReturnsCompleted | ReceiptStatus::Withdrawn
    );
    let at = |action: &str| format!("receipts/coupang/{}/{action}", receipt.id);
    ClaimCard {
        what: format!("{what} {} · {}개", receipt.id, receipt.count()),
        state: State { text, tone },
        actions: if open {
            vec![
                Action::new("철회", at("withdraw")),
                Action::new("자동환불", at("refund")),
            ]
        } else {
            Vec::new()
        },
    }
}

fn exchange(exchange: &Exchange) -> ClaimCard {
    let (text, tone) = match exchange.status {
        ExchangeStatus::Receipt => ("교환 접수", Tone::New),
        ExchangeStatus::Progress => ("교환 진행", Tone::Work),
        ExchangeStatus::Success => ("교환 완료", Tone::Done),
        ExchangeStatus::Reject => ("교환 거부", Tone::Gone),
        ExchangeStatus::Cancel => ("교환 철회", Tone::Gone),
    };
    let path = format!("exchanges/coupang/{}/withdraw", exchange.id);
    ClaimCard {
        what: format!("교환 {} · {}개", exchange.id, exchange.count()),
        state: State { text, tone },
        actions: if exchange.is_open() && exchange.collected_at.is_none() {
            vec![Action::new("철회", path)]
        } else {
            Vec::new()
        },
    }
}

fn inquiries(world: &World, limit: usize) -> Vec<InquiryCard> {
    let questions = world
        .questions()
        .filter(|question| !question.deleted)
        .take(limit);
    let mut cards: Vec<InquiryCard> = questions
        .map(|question| InquiryCard {
            kind: "상품문의",
            at: question.asked_at,
            order: question
                .order_ids
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            text: question.content.clone(),
            answer: question.answers.last().map(|answer| answer.content.clone()),
        })
        .collect();
    cards.extend(world.counsels().take(limit).map(|counsel| InquiryCard {
        kind: "고객센터",
        at: counsel.asked_at,
        order: counsel.order_id.to_string(),
        text: counsel.content.clone(),
        answer: counsel.answer.as_ref().map(|answer| answer.content.clone()),
    }));
    cards.sort_by_key(|card| std::cmp::Reverse(card.at));
    cards.truncate(limit);
    cards
}

fn parcel_state(status: ParcelStatus) -> State {
    let (text, tone) = match status {
        ParcelStatus::Accept => ("결제완료", Tone::New),
        ParcelStatus::Instruct => ("상품준비중", Tone::Work),
        ParcelStatus::Departure => ("배송지시", Tone::Way),
        ParcelStatus::Delivering => ("배송중", Tone::Way),
        ParcelStatus::FinalDelivery => ("배송완료", Tone::Done),
        ParcelStatus::NoneTracking => ("업체직송", Tone::Done),
        ParcelStatus::Cancelled => ("취소·반품", Tone::Gone),
    };
    State { text, tone }
}
