//! Buyers who leave everything that a buyer may leave, and sellers who answer them.

use anyhow::{Context, Result, ensure};
use e2e::{Hub, Look, Order};
use serde_json::{Value, json};

use crate::steps::{order_in_state, shipment_in_state, tracking_number};

/// A text, and a place where it must be found before the erasure.
pub type Left = (String, &'static str);

const CONTACT: &str = "order_sync.order_contacts, sealed";
const EARLIER: &str = "order_sync.earlier_contacts, sealed";
const PAGES: &str = "order_sync.raw_pages, sealed";
const QUESTIONS: &str = "order_sync.inquiries, sealed";
const ANSWERS: &str = "fulfillment.inquiry_answers, sealed";
const DECISIONS: &str = "fulfillment.claim_decisions, sealed";

/// An order, and what its buyer left behind.
pub struct Buyer {
    pub order: Order,
    pub left: Vec<Left>,
    /// The numbers of whoever ordered and whoever receives, digits only.
    pub phones: Vec<String>,
}

fn left(text: &str, place: &'static str) -> Left {
    (text.to_owned(), place)
}

/// The contact of an order, as an operator may see it.
pub async fn reveal(hub: &Hub, order: &Order) -> Result<Value> {
    let path = format!("/api/v1/orders/{}/contact/reveal", order.id);
    hub.admin.post(&path, &json!({})).await?.ok()
}

fn word(contact: &Value, name: &str) -> Result<String> {
    let text = contact[name].as_str().unwrap_or_default();
    ensure!(!text.is_empty(), "no {name}: {contact}");
    Ok(text.to_owned())
}

/// The numbers of a contact.
fn phones(contact: &Value) -> Result<Vec<String>> {
    let names = ["orderer_phone", "receiver_phone"];
    let mut phones = names
        .iter()
        .map(|name| word(contact, name).map(|phone| digits(&phone)))
        .collect::<Result<Vec<_>>>()?;
    phones.dedup();
    Ok(phones)
}

/// The digits of a number as the sender of messages spells it.
fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// A number in the ways that people and channels write it, without the leading zero that a country code replaces.
fn spelled(phone: &str) -> [String; 3] {
    let digits = digits(phone);
    let (head, tail) = digits.split_at(digits.len() - 4);
    let (prefix, middle) = head.split_at(if head.starts_with("050") { 4 } else { 3 });
    let prefix = prefix.trim_start_matches('0');
    ["", "-", " "].map(|sign| [prefix, middle, tail].join(sign))
}

async fn ask(hub: &Hub, order: &Order, kind: &str, text: &str) -> Result<Value> {
    let wish = json!({"kind": kind, "text": text});
    let (channel, id) = (&order.channel, &order.channel_order_id);
    hub.sandbox.buyer(channel, id, "ask", wish).await?;
    let inquiry = inquiry_of(hub, order, "the question is here", |_| true).await?;
    let id = inquiry["id"].as_str().context("no id")?;
    let path = format!("/api/v1/inquiries/{id}/reveal");
    let thread: Value = hub.admin.post(&path, &json!({})).await?.ok()?;
    ensure!(
        thread["text"].as_str().unwrap_or_default().contains(text),
        "{thread}"
    );
    Ok(inquiry)
}

async fn inquiry_of(
    hub: &Hub,
    order: &Order,
    what: &str,
    expected: impl Fn(&Value) -> bool,
) -> Result<Value> {
    hub.soon(what, async |hub| {
        let listed: Value = hub.admin.get("/api/v1/inquiries").await?;
        let seen = listed.to_string();
        let mut inquiries = listed["inquiries"].as_array().into_iter().flatten();
        let found = inquiries.find(|one| one["order_ids"] == json!([order.id]) && expected(one));
        Ok(Look::at(found.cloned(), || seen))
    })
    .await
}

async fn answer(hub: &Hub, inquiry: &Value, words: Value) -> Result<()> {
    let id = inquiry["id"].as_str().context("no id")?;
    let path = format!("/api/v1/inquiries/{id}/answer");
    let _taken: Value = hub.admin.post(&path, &words).await?.ok()?;
    Ok(())
}

/// Bought a link, which was sent, and asked something; the channel refused the answer, so that its words are still kept.
pub async fn at_coupang(hub: &Hub) -> Result<Buyer> {
    const NAME: &str = "카나리아지빠귀";
    const DETAIL: &str = "카나리아맨션 777호";
    const NOTE: &str = "카나리아쪽지를 문 앞에";
    const QUESTION: &str = "카나리아질문 하나 드려요";
    const MAIL: &str = "canary.thrush@example.com";
    const PHONE: &str = "010-7531-8642";
    const ANSWER: &str = "카나리아답변 드립니다";
    let wish = json!({
        "channel": "coupang", "kind": "digital", "lines": 1,
        "receiver_name": NAME, "address_detail": DETAIL, "note": NOTE,
    });
    let placed = hub.sandbox.place(wish).await?;
    let id = &placed
        .first()
        .context("nothing was placed")?
        .channel_order_id;
    let order = order_in_state(hub, id, "DISPATCHED").await?;
    let contact = reveal(hub, &order).await?;
    ensure!(contact["receiver_name"] == NAME, "{contact}");
    let question = format!("{QUESTION}. 연락은 {PHONE} 또는 {MAIL}");
    let inquiry = ask(hub, &order, "product", &question).await?;
    let words = json!({"text": ANSWER, "answered_by": "nobody"});
    answer(hub, &inquiry, words).await?;
    inquiry_of(hub, &order, "the answer is refused", |inquiry| {
        inquiry["answers"][0]["state"] == "REJECTED"
    })
    .await?;

    let phone = word(&contact, "receiver_phone")?;
    let texts = vec![
        left(NAME, CONTACT),
        left(NAME, PAGES),
        left(DETAIL, CONTACT),
        left(NOTE, CONTACT),
        left(&word(&contact, "address1")?, CONTACT),
        left(QUESTION, QUESTIONS),
        left(QUESTION, PAGES),
        left(MAIL, QUESTIONS),
        left(&PHONE[1..], QUESTIONS),
        left(ANSWER, ANSWERS),
        left(phone.trim_start_matches('0'), CONTACT),
    ];
    Ok(Buyer {
        order,
        left: texts,
        phones: phones(&contact)?,
    })
}

/// Moved twice, sent the goods back and asked about it; what the seller says of both leaves without an answer, so that
/// nobody knows yet what became of it and the words are kept.
pub async fn at_smartstore(hub: &Hub) -> Result<Buyer> {
    const EARLIER_NAME: &str = "카나리아꾀꼬리";
    const EARLIER_DETAIL: &str = "카나리아빌라 555호";
    const NAME: &str = "카나리아두루미";
    const DETAIL: &str = "카나리아타워 999호";
    const QUESTION: &str = "카나리아반품 언제 되나요";
    const PHONE: &str = "+82 10 2468 1357";
    const ANSWER: &str = "카나리아문의답변 곧 됩니다";
    const REFUSAL: &str = "카나리아거절사유 사용 흔적";
    let wish = json!({"channel": "smartstore", "kind": "physical", "count": 1, "lines": 1});
    let placed = hub.sandbox.place(wish).await?;
    let id = &placed
        .first()
        .context("nothing was placed")?
        .channel_order_id;
    let order = order_in_state(hub, id, "ACKNOWLEDGED").await?;
    let drawn = reveal(hub, &order).await?;
    for (name, detail) in [(EARLIER_NAME, EARLIER_DETAIL), (NAME, DETAIL)] {
        let moved = json!({"receiver_name": name, "address_detail": detail});
        hub.sandbox
            .buyer("smartstore", id, "address", moved)
            .await?;
        hub.soon("the order goes to somebody else", async |hub| {
            let contact = reveal(hub, &order).await?;
            let seen = contact.to_string();
            Ok(Look::holds(contact["receiver_name"] == name, || seen))
        })
        .await?;
    }

    let shipment = hub.admin.ship(&order, &tracking_number(1)).await?;
    hub.admin.dispatch(&shipment.id).await?;
    shipment_in_state(hub, &shipment.id, "DISPATCHED").await?;
    hub.sandbox
        .buyer(
            "smartstore",
            id,
            "return",
            json!({"reason": "changed_mind"}),
        )
        .await?;
    lose_the_answer_of(hub, "return/reject").await?;
    refuse_the_return(hub, &order, REFUSAL).await?;
    let question = format!("{QUESTION}? {PHONE}");
    let inquiry = ask(hub, &order, "order", &question).await?;
    lose_the_answer_of(hub, "answer").await?;
    answer(hub, &inquiry, json!({"text": ANSWER})).await?;
    inquiry_of(hub, &order, "nobody knows what became of it", |inquiry| {
        inquiry["answers"][0]["state"] == "UNKNOWN"
    })
    .await?;

    let phone = word(&drawn, "receiver_phone")?;
    let texts = vec![
        left(&word(&drawn, "address1")?, EARLIER),
        left(EARLIER_NAME, EARLIER),
        left(EARLIER_DETAIL, EARLIER),
        left(NAME, CONTACT),
        left(DETAIL, CONTACT),
        left(DETAIL, PAGES),
        left(QUESTION, QUESTIONS),
        left(&PHONE[4..], QUESTIONS),
        left(ANSWER, ANSWERS),
        left(REFUSAL, DECISIONS),
        left(phone.trim_start_matches('0'), CONTACT),
    ];
    Ok(Buyer {
        order,
        left: texts,
        phones: phones(&drawn)?,
    })
}

async fn lose_the_answer_of(hub: &Hub, path: &str) -> Result<()> {
    let fault = json!([{"channel": "smartstore", "kind": "reset_after", "path": path, "times": 1}]);
    hub.sandbox.spoil(fault).await
}

async fn refuse_the_return(hub: &Hub, order: &Order, note: &str) -> Result<()> {
    let path = format!("/api/v1/claims?order_id={}", order.id);
    let claim_when = async |what: &str, expected: &dyn Fn(&Value) -> bool| {
        hub.soon(what, async |hub| {
            let listed: Value = hub.admin.get(&path).await?;
            let seen = listed.to_string();
            let found = listed["claims"].get(0).filter(|claim| expected(claim));
            Ok(Look::at(found.cloned(), || seen))
        })
        .await
    };
    let offers = |claim: &Value| {
        let actions = claim["actions"].as_array();
        actions.is_some_and(|actions| actions.contains(&json!("REJECT")))
    };
    let claim = claim_when("the return is here", &offers).await?;
    let decide = format!(
        "/api/v1/claims/{}/decide",
        claim["id"].as_str().context("no id")?
    );
    let wish = json!({"action": "REJECT", "reject_reason": "OTHER", "note": note});
    let _decision: Value = hub.admin.post(&decide, &wish).await?.ok()?;
    claim_when(
        "nobody knows what became of the refusal",
        &|claim: &Value| claim["decisions"][0]["state"] == "UNKNOWN",
    )
    .await?;
    Ok(())
}

/// Somebody whose data stays.
pub async fn who_stays(hub: &Hub) -> Result<Buyer> {
    const NAME: &str = "머무르는참새";
    let wish = json!({"channel": "coupang", "kind": "physical", "lines": 1, "receiver_name": NAME});
    let placed = hub.sandbox.place(wish).await?;
    let id = &placed
        .first()
        .context("nothing was placed")?
        .channel_order_id;
    let order = order_in_state(hub, id, "ACKNOWLEDGED").await?;
    let contact = reveal(hub, &order).await?;
    Ok(Buyer {
        order,
        left: vec![left(NAME, CONTACT)],
        phones: phones(&contact)?,
    })
}

impl Buyer {
    /// Everything that must not be found afterwards.
    pub fn canaries(&self) -> Vec<String> {
        let texts = self.left.iter().map(|(text, _)| text.clone());
        let phones = self.phones.iter().flat_map(|phone| spelled(phone));
        texts.chain(phones).collect()
    }
}
