//! The group object around every sending.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::world::MessageKind;

/// Won a message; accounts differ, these are common.
pub fn price(kind: MessageKind) -> i64 {
    match kind {
        MessageKind::Sms => 18,
        MessageKind::Lms => 45,
    }
}

/// What a sending amounts to.
#[derive(Debug, Default)]
pub struct Totals {
    pub sms: i64,
    pub lms: i64,
    pub refused: i64,
}

impl Totals {
    pub fn add(&mut self, kind: MessageKind) {
        match kind {
            MessageKind::Sms => self.sms += 1,
            MessageKind::Lms => self.lms += 1,
        }
    }
}

pub fn describe(
    id: &str,
    account_id: &str,
    now: DateTime<Utc>,
    scheduled: Option<DateTime<Utc>>,
    totals: &Totals,
) -> Value {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let accepted = totals.sms + totals.lms;
    let cost = totals.sms * price(MessageKind::Sms) + totals.lms * price(MessageKind::Lms);
    let mut charge = json!({});
    let mut profit = json!({});
    if let (Value::Object(charge), Value::Object(profit)) = (&mut charge, &mut profit) {
        for kind in [
            "sms", "lms", "mms", "ata", "cta", "cti", "nsa", "rcs_sms", "rcs_lms", "rcs_mms",
            "rcs_tpl",
        ] {
            let count = match kind {
                "sms" => totals.sms,
                "lms" => totals.lms,
                _ => 0,
            };
            let by_country = if count > 0 {
                json!({"82": count})
            } else {
                json!({})
            };
            charge.insert(kind.to_owned(), by_country);
            profit.insert(kind.to_owned(), json!(0));
        }
    }
    json!({
        "groupId": id,
        "_id": id,
        "accountId": account_id,
        "masterAccountId": null,
        "apiVersion": "4",
        "serviceMethod": "MT",
        "status": if scheduled.is_some() { "SCHEDULED" } else { "SENDING" },
        "count": {
            "total": accepted + totals.refused, "sentTotal": 0, "sentFailed": 0, "sentSuccess": 0,
            "sentPending": 0, "sentReplacement": 0, "refund": 0, "registeredFailed": totals.refused,
            "registeredSuccess": accepted,
        },
        "countForCharge": charge,
        "balance": {"requested": cost, "replacement": 0, "refund": 0, "sum": 0},
        "point": {"requested": 0, "replacement": 0, "refund": 0, "sum": 0},
        "app": {"profit": profit, "appId": null},
        "log": [],
        "allowDuplicates": false,
        "isRefunded": false,
        "price": {"82": {"sms": price(MessageKind::Sms), "lms": price(MessageKind::Lms), "mms": 110, "ata": 13}},
        "dateCreated": time(now),
        "dateUpdated": time(now),
        "scheduledDate": scheduled.map(time),
        "dateSent": if scheduled.is_some() { None } else { Some(time(now)) },
        "dateCompleted": null,
    })
}
