//! What the outside world saw, in order, ready to be read.
//!
//! Entries are kept as the JSON they are answered with: they never change, and text is the smallest form of them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::smartstore::{self, world::SmartFact};
use crate::world::{
    Channel, ExchangeEvent, Fact, InquiryEvent, Looks, Parcel, Receipt, Upload, World,
};

#[derive(Default)]
pub struct Ledger {
    entries: Vec<Box<str>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    seq: u64,
    at: DateTime<Utc>,
    channel: Option<Channel>,
    kind: &'static str,
    /// Vendor id on Coupang, UID on SmartStore, API key on SOLAPI, team on Slack.
    account: Option<&'a str>,
    channel_order_id: Option<String>,
    channel_parcel_id: Option<String>,
    detail: Value,
}

impl Ledger {
    /// Writes down `fact`, which has been applied to `world` already.
    pub fn add(&mut self, at: DateTime<Utc>, fact: &Fact, world: &World) {
        let mut entry = describe(fact, world);
        entry.at = at;
        entry.seq = self.entries.len() as u64 + 1;
        // Serialising maps with text keys into memory cannot fail; an entry must not be skipped in any case.
        let text = serde_json::to_string(&entry).unwrap_or_else(|error| {
            format!(
                "{{\"seq\":{},\"kind\":\"unreadable\",\"detail\":\"{error}\"}}",
                entry.seq
            )
        });
        self.entries.push(text.into_boxed_str());
    }

    /// The JSON answer with the entries after number `after`.
    pub fn page(&self, after: u64, limit: usize) -> String {
        let start = usize::try_from(after)
            .unwrap_or(usize::MAX)
            .min(self.entries.len());
        let rows: Vec<&str> = self
            .entries
            .iter()
            .skip(start)
            .take(limit)
            .map(AsRef::as_ref)
            .collect();
        let next = start + rows.len();
        format!("{{\"entries\":[{}],\"next_after\":{next}}}", rows.join(","))
    }
}

fn describe<'a>(fact: &Fact, world: &'a World) -> Entry<'a> {
    match fact {
        Fact::OrderPlaced { order, .. } => {
            let detail = json!({
                "parcel_ids": order.parcel_ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "visible_at": order.visible_at,
            });
            of_order("order_placed", order.id, world, detail)
        }
        Fact::OrderVisible { order } => of_order("order_visible", *order, world, json!({})),
        Fact::AddressChanged { order, .. } => of_order("address_changed", *order, world, json!({})),
        Fact::Acknowledged { parcel, .. } => of_parcel("acknowledged", *parcel, world, json!({})),
        Fact::Dispatched { upload } => of_parcel(
            "dispatched",
            upload.parcel,
            world,
            upload_detail(upload, None),
        ),
        Fact::DispatchRefused { upload, code } => of_parcel(
            "dispatch_refused",
            upload.parcel,
            world,
            upload_detail(upload, Some(code)),
        ),
        Fact::Split {
            upload,
            from,
            planned,
            ..
        } => {
            let mut detail = upload_detail(upload, None);
            if let Value::Object(members) = &mut detail {
                members.insert("split_from".to_owned(), json!(from.to_string()));
                members.insert("waiting".to_owned(), json!(planned));
            }
            of_parcel("dispatched", upload.parcel, world, detail)
        }
        Fact::TrackingChanged { parcel, tracking } => {
            let detail = json!({"carrier": tracking.carrier, "tracking_number": tracking.number});
            of_parcel("tracking_changed", *parcel, world, detail)
        }
        Fact::InTransit { parcel, .. } => of_parcel("in_transit", *parcel, world, json!({})),
        Fact::Delivered { parcel, .. } => of_parcel("delivered", *parcel, world, json!({})),
        Fact::Cancelled { receipt } => of_receipt("cancelled", receipt, world),
        Fact::StopRequested { receipt } => of_receipt("stop_requested", receipt, world),
        Fact::StopConfirmed { receipt, .. } => match world.receipt(*receipt) {
            Some(receipt) => of_receipt("stop_confirmed", receipt, world),
            None => of_channel("stop_confirmed", None, None, json!({})),
        },
        Fact::ShippedAnyway { receipt, .. } => match world.receipt(*receipt) {
            Some(receipt) => of_receipt("shipped_anyway", receipt, world),
            None => of_channel("shipped_anyway", None, None, json!({})),
        },
        Fact::Return { event } => match world.receipt(event.receipt_id()) {
            Some(receipt) => of_receipt(event.kind(), receipt, world),
            None => of_channel(event.kind(), Some(Channel::Coupang), None, json!({})),
        },
        Fact::Exchange { event } => of_exchange(event, world),
        Fact::Inquiry { event } => of_inquiry(event, world),
        Fact::Shelf {
            vendor_item_id,
            change,
        } => {
            let account = world
                .listing(*vendor_item_id)
                .and_then(|(account, _)| name(world, Channel::Coupang, account));
            let detail = json!({"vendor_item_id": vendor_item_id, "change": change});
            of_channel(change.kind(), Some(Channel::Coupang), account, detail)
        }
        Fact::Key { account, event } => of_channel(
            event.kind(),
            Some(Channel::Coupang),
            name(world, Channel::Coupang, *account),
            json!({}),
        ),
        Fact::ShutOut {
            channel,
            account,
            reason,
        } => of_channel(
            "shut_out",
            Some(*channel),
            name(world, *channel, *account),
            json!({"reason": reason}),
        ),
        Fact::PurchaseConfirmed { parcel, .. } => {
            of_parcel("purchase_confirmed", *parcel, world, json!({}))
        }
        Fact::SmartStore { fact } => of_smartstore(fact, world),
        Fact::MessageAccepted { message } => {
            let detail = json!({
                "message_id": message.id, "to": message.to, "from": message.from, "type": message.kind,
                "text": message.text, "subject": message.subject, "custom_fields": message.custom_fields,
            });
            of_channel(
                "message_accepted",
                Some(Channel::Solapi),
                name(world, Channel::Solapi, message.account),
                detail,
            )
        }
        Fact::MessageRefused { account, to, code } => {
            let detail = json!({"to": to, "code": code});
            of_channel(
                "message_refused",
                Some(Channel::Solapi),
                name(world, Channel::Solapi, *account),
                detail,
            )
        }
        Fact::SlackPosted { account, text } => {
            let account = name(world, Channel::Slack, *account);
            of_channel(
                "slack_posted",
                Some(Channel::Slack),
                account,
                json!({"text": text}),
            )
        }
        Fact::SlackThrottled { account } => of_channel(
            "slack_throttled",
            Some(Channel::Slack),
            name(world, Channel::Slack, *account),
            json!({}),
        ),
        Fact::QuotaViolation { channel, account } => of_channel(
            "quota_violation",
            Some(*channel),
            name(world, *channel, *account),
            json!({}),
        ),
        Fact::BadSignature {
            channel,
            account,
            reason,
        } => {
            let account = account.and_then(|account| name(world, *channel, account));
            of_channel(
                "bad_signature",
                Some(*channel),
                account,
                json!({"reason": reason}),
            )
        }
        Fact::ClockMoved { offset_seconds } => of_channel(
            "clock_moved",
            None,
            None,
            json!({"offset_seconds": offset_seconds}),
        ),
        Fact::Call {
            channel,
            method,
            path,
            status,
        } => {
            let detail = json!({"method": method, "path": path, "status": status});
            of_channel("call", Some(*channel), None, detail)
        }
    }
}

fn of_channel<'a>(
    kind: &'static str,
    channel: Option<Channel>,
    account: Option<&'a str>,
    detail: Value,
) -> Entry<'a> {
    let at = DateTime::UNIX_EPOCH;
    Entry {
        seq: 0,
        at,
        channel,
        kind,
        account,
        channel_order_id: None,
        channel_parcel_id: None,
        detail,
    }
}

fn of_order<'a>(kind: &'static str, order_id: i64, world: &'a World, detail: Value) -> Entry<'a> {
    let account = world
        .order(order_id)
        .and_then(|order| name(world, Channel::Coupang, order.account));
    let entry = of_channel(kind, Some(Channel::Coupang), account, detail);
    Entry {
        channel_order_id: Some(order_id.to_string()),
        ..entry
    }
}

fn of_parcel<'a>(kind: &'static str, parcel_id: i64, world: &'a World, detail: Value) -> Entry<'a> {
    let parcel: Option<&Parcel> = world.parcel(parcel_id);
    let account = parcel.and_then(|parcel| name(world, Channel::Coupang, parcel.account));
    let entry = of_channel(kind, Some(Channel::Coupang), account, detail);
    Entry {
        channel_order_id: parcel.map(|parcel| parcel.order_id.to_string()),
        channel_parcel_id: Some(parcel_id.to_string()),
        ..entry
    }
}

fn of_receipt<'a>(kind: &'static str, receipt: &Receipt, world: &'a World) -> Entry<'a> {
    let items: Vec<Value> = receipt
        .items
        .iter()
        .map(|item| {
            json!({
                "parcel_id": item.parcel_id.to_string(),
                "vendor_item_id": item.vendor_item_id,
                "count": item.count,
            })
        })
        .collect();
    let detail =
        json!({"receipt_id": receipt.id, "status": receipt.status.as_str(), "items": items});
    let mut entry = of_order(kind, receipt.order_id, world, detail);
    let mut parcels: Vec<i64> = receipt.items.iter().map(|item| item.parcel_id).collect();
    parcels.dedup();
    if let [only] = parcels.as_slice() {
        entry.channel_parcel_id = Some(only.to_string());
    }
    entry
}

fn of_exchange<'a>(event: &ExchangeEvent, world: &'a World) -> Entry<'a> {
    let Some(exchange) = world.exchange(event.exchange_id()) else {
        return of_channel(event.kind(), Some(Channel::Coupang), None, json!({}));
    };
    let detail = json!({
        "exchange_id": exchange.id,
        "status": exchange.status.as_str(),
        "items": exchange.items.iter().map(|item| json!({
            "parcel_id": item.parcel_id.to_string(),
            "vendor_item_id": item.vendor_item_id,
            "target_vendor_item_id": item.target_vendor_item_id,
            "count": item.count,
        })).collect::<Vec<_>>(),
        "box_id": exchange.shipment.as_ref().map(|shipment| shipment.id.to_string()),
    });
    of_order(event.kind(), exchange.order_id, world, detail)
}

fn of_inquiry<'a>(event: &InquiryEvent, world: &'a World) -> Entry<'a> {
    let id = event.inquiry_id();
    let detail = json!({"inquiry_id": id});
    let order = match world.counsel(id) {
        Some(counsel) => Some(counsel.order_id),
        None => world
            .question(id)
            .and_then(|question| question.order_ids.first().copied()),
    };
    match order {
        Some(order) => of_order(event.kind(), order, world, detail),
        None => of_channel(event.kind(), Some(Channel::Coupang), None, detail),
    }
}

fn of_smartstore<'a>(fact: &SmartFact, world: &'a World) -> Entry<'a> {
    let told = smartstore::tell(fact, &world.smartstore);
    let account = told
        .account
        .and_then(|account| name(world, Channel::SmartStore, account));
    let entry = of_channel(told.kind, Some(Channel::SmartStore), account, told.detail);
    Entry {
        channel_order_id: told.order.map(|id| id.to_string()),
        channel_parcel_id: told.product_order.map(|id| id.to_string()),
        ..entry
    }
}

pub fn upload_detail(upload: &Upload, code: Option<&str>) -> Value {
    let Looks { direct_at, list_at } = upload.looks;
    json!({
        "carrier": upload.tracking.carrier,
        "tracking_number": upload.tracking.number,
        "code": code,
        "arrived_at": upload.arrived_at,
        "withdrawn_at": upload.withdrawn_at,
        "looked_directly_at": direct_at,
        "looked_in_list_at": list_at,
    })
}

fn name(world: &World, channel: Channel, account: u32) -> Option<&str> {
    world.account(account).map(|account| match channel {
        Channel::Coupang => account.vendor_id.as_str(),
        Channel::SmartStore => account.smartstore.account_id.as_str(),
        Channel::Solapi => account.solapi_key.as_str(),
        Channel::Slack => account.slack_team.as_str(),
    })
}
