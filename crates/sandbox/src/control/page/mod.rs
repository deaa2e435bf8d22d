//! A page for people, in Korean: what was bought on each channel and how it stands, what buyers ask and demand, what
//! was sent, who called last. Its buttons call the desk.

mod coupang;
mod html;
mod smartstore;
mod view;

use std::fmt::Write;

use axum::extract::State;
use axum::response::Html;
use chrono::{DateTime, Utc};

use self::html::{escape, moment, with_links};
use self::view::{Action, ChannelView, ClaimCard, InquiryCard, OrderCard};
use crate::calls::Line;
use crate::coupang::kst;
use crate::shared::Shared;
use crate::world::World;

const ROWS: usize = 50;
const CALLS: usize = 30;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// `GET /`.
pub async fn show(State(shared): State<Shared>) -> Html<String> {
    let now = shared.clock.world();
    let calls = shared.calls.latest(CALLS);
    let mut page = String::with_capacity(64 * 1024);
    let store = shared.store();
    let world = &store.world;
    head(&mut page, now);
    for channel in [coupang::view(world, ROWS), smartstore::view(world, ROWS)] {
        section(&mut page, &channel);
    }
    messages(&mut page, world);
    drop(store);
    recent(&mut page, &calls);
    let _ = write!(
        page,
        "</main><div id=\"toast\"></div><script>{SCRIPT}</script></html>"
    );
    Html(page)
}

/// A hub asks for what happened up to its own time.
const AHEAD: &str = "이 세계의 시각만 앞으로 갑니다. 되돌릴 수 없고, 모아의 시계는 그대로라서 그 뒤에 생긴 주문은 모아의 시각이 따라잡을 때까지 수집되지 않습니다. 계속할까요?";

fn head(page: &mut String, now: DateTime<Utc>) {
    let time = now.with_timezone(&kst()).format("%Y-%m-%d %H:%M:%S");
    let _ = write!(
        page,
        "<!doctype html><html lang=\"ko\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Moa 샌드박스</title><style>{STYLE}</style><header><div class=\"row\"><h1>Moa 샌드박스\
         <small>세계 시각 {time}</small></h1>"
    );
    for (label, seconds) in [("+1시간", 3_600), ("+1일", 86_400), ("+8일", 691_200)] {
        let _ = write!(
            page,
            "<button data-method=\"PUT\" data-path=\"clock\" data-body='{{\"advance_seconds\":{seconds}}}' data-warning=\"{AHEAD}\">\
             {label}</button>"
        );
    }
    page.push_str("<nav>");
    for (path, name) in [
        ("verdict", "판정"),
        ("ledger", "기록"),
        ("accounts", "계정"),
        ("faults", "장애"),
        ("rate", "규칙"),
        ("coupang", "쿠팡 스위치"),
        ("smartstore", "스마트스토어 스위치"),
    ] {
        let _ = write!(page, "<a href=\"/control/{path}\">{name}</a>");
    }
    page.push_str("</nav></div></header><main>");
}

fn section(page: &mut String, channel: &ChannelView) {
    let ChannelView {
        code,
        name,
        orders,
        inquiries,
    } = channel;
    let _ = write!(
        page,
        "<section id=\"{code}\"><div class=\"row\"><h2>{name} <small>최근 주문 {}건</small></h2>\
         <form class=\"row\" data-channel=\"{code}\"><select name=\"kind\"><option value=\"physical\">배송 상품\
         <option value=\"digital\">디지털<option value=\"mixed\">섞어서</select>\
         <input name=\"count\" type=\"number\" value=\"1\" min=\"1\" max=\"1000\">\
         <button class=\"main\">구매하기</button></form></div>",
        orders.len()
    );
    if orders.is_empty() {
        page.push_str("<p class=\"empty\">아직 주문이 없습니다.</p></section>");
        return;
    }
    page.push_str(
        "<div class=\"scroll\"><table><tr><th>주문<th>받는 사람<th>상품과 상태<th>취소·반품·교환<th></tr>",
    );
    for order in orders {
        order_row(page, code, order);
    }
    page.push_str("</table></div>");
    if !inquiries.is_empty() {
        page.push_str("<h3>문의</h3><div class=\"scroll\"><table>");
        for inquiry in inquiries {
            inquiry_row(page, inquiry);
        }
        page.push_str("</table></div>");
    }
    page.push_str("</section>");
}

fn order_row(page: &mut String, code: &str, order: &OrderCard) {
    let id = escape(&order.id);
    let _ = write!(
        page,
        "<tr><td><a href=\"/control/orders/{code}/{id}\"><code>{id}</code></a><br><span class=\"muted\">{}<br>{}</span>\
         <td>{}<td>",
        moment(order.at),
        escape(&order.account),
        escape(&order.receiver)
    );
    for parcel in &order.parcels {
        let _ = write!(
            page,
            "<div class=\"line\"><span class=\"pill {}\">{}</span><span>{}</span><code>{}</code><code>{}</code></div>",
            parcel.state.tone.class(),
            parcel.state.text,
            escape(&parcel.goods),
            escape(&parcel.id),
            escape(&parcel.tracking)
        );
    }
    page.push_str("<td>");
    for claim in &order.claims {
        claim_line(page, claim);
    }
    page.push_str("<td class=\"acts\">");
    buttons(page, &order.actions);
    page.push_str("</tr>");
}

fn claim_line(page: &mut String, claim: &ClaimCard) {
    let _ = write!(
        page,
        "<div class=\"line\"><span class=\"pill {}\">{}</span><span>{}</span>",
        claim.state.tone.class(),
        claim.state.text,
        escape(&claim.what)
    );
    buttons(page, &claim.actions);
    page.push_str("</div>");
}

fn inquiry_row(page: &mut String, inquiry: &InquiryCard) {
    let (class, answer) = match &inquiry.answer {
        Some(answer) => ("done", escape(answer)),
        None => ("new", "답변 대기".to_owned()),
    };
    let _ = write!(
        page,
        "<tr><td class=\"muted\">{}<td>{}<td><code>{}</code><td>{}<td><span class=\"pill {class}\">{answer}</span></tr>",
        moment(inquiry.at),
        inquiry.kind,
        escape(&inquiry.order),
        escape(&inquiry.text)
    );
}

fn buttons(page: &mut String, actions: &[Action]) {
    for action in actions {
        let _ = write!(
            page,
            "<button data-method=\"POST\" data-path=\"{}\" data-body=\"{}\"",
            escape(&action.path),
            escape(&action.body.to_string())
        );
        if let Some(question) = action.question {
            let _ = write!(page, " data-question=\"{}\"", escape(question));
        }
        let _ = write!(page, ">{}</button> ", action.label);
    }
}

fn messages(page: &mut String, world: &World) {
    page.push_str("<section id=\"messages\"><h2>문자 <small>최근에 보낸 것부터</small></h2>");
    let mut rows = world.messages(None, None).take(ROWS).peekable();
    if rows.peek().is_none() {
        page.push_str("<p class=\"empty\">아직 문자가 없습니다.</p></section>");
        return;
    }
    page.push_str("<div class=\"scroll\"><table><tr><th>번호<th>받는 사람<th>종류<th>내용</tr>");
    for message in rows {
        let _ = write!(
            page,
            "<tr><td><code>{}</code><td>{}<td>{}<td>{}</tr>",
            escape(&message.id),
            escape(&message.to),
            message.kind.as_str(),
            with_links(&message.text)
        );
    }
    page.push_str("</table></div></section>");
}

fn recent(page: &mut String, calls: &[Line]) {
    page.push_str("<section id=\"calls\"><h2>최근 호출 <small>모든 채널</small></h2>");
    if calls.is_empty() {
        page.push_str("<p class=\"empty\">아직 호출이 없습니다.</p></section>");
        return;
    }
    page.push_str("<div class=\"scroll\"><table><tr><th>시각<th>채널<th>상태<th>호출<th>ms</tr>");
    for call in calls {
        let class = if call.status < 400 { "done" } else { "bad" };
        let _ = write!(
            page,
            "<tr><td class=\"muted\">{}<td>{}<td><span class=\"pill {class}\">{}</span><td><code>{} {}</code><td>{}</tr>",
            moment(call.at),
            escape(call.channel),
            call.status,
            escape(&call.method),
            escape(&call.path),
            call.duration_ms
        );
    }
    page.push_str("</table></div></section>");
}
