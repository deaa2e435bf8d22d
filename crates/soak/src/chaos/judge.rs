//! What is missing in Moa, double, or otherwise than at its channel.

use std::collections::{BTreeMap, HashMap, HashSet};

use e2e::Order;
use serde_json::Value;

/// Channel and id.
pub type Key = (String, String);

/// Ids named of each kind of violation.
const SHOWN: usize = 5;

/// What the channels have.
#[derive(Debug, Default)]
pub struct Truth {
    pub orders: HashMap<Key, TruthOrder>,
    pub claims: HashMap<Key, TruthClaim>,
    pub questions: HashSet<Key>,
}

/// An order at its channel.
#[derive(Debug)]
pub struct TruthOrder {
    /// Where each line stands, by parcel and line.
    pub lines: HashMap<(String, String), String>,
}

/// A claim at its channel.
#[derive(Debug)]
pub struct TruthClaim {
    pub channel_order_id: String,
    pub standing: ClaimStanding,
}

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimStanding {
    Open,
    Completed,
    Withdrawn,
}

/// What Moa knows.
#[derive(Debug, Default)]
pub struct Known {
    pub orders: Vec<Order>,
    pub claims: Vec<Value>,
    pub inquiries: Vec<Value>,
}

/// Everything that differs.
pub fn compare(truth: &Truth, known: &Known) -> Vec<String> {
    let mut wrong = Wrong::default();
    orders(truth, known, &mut wrong);
    claims(truth, known, &mut wrong);
    questions(truth, known, &mut wrong);
    wrong.told()
}

fn orders(truth: &Truth, known: &Known, wrong: &mut Wrong) {
    let mut found: HashMap<Key, &Order> = HashMap::new();
    for order in &known.orders {
        let key = (order.channel.clone(), order.channel_order_id.clone());
        if !truth.orders.contains_key(&key) {
            wrong.add("orders that nobody placed", named(&key));
        }
        if found.insert(key.clone(), order).is_some() {
            wrong.add("orders that stand twice", named(&key));
        }
    }
    for (key, order) in &truth.orders {
        let Some(shown) = found.get(key) else {
            // Lists do not show what was cancelled before they were read.
            if order.lines.values().any(|state| state != "CANCELLED") {
                wrong.add("orders that are missing", named(key));
            }
            continue;
        };
        let mut lines: HashMap<(String, String), &str> = HashMap::new();
        for line in &shown.lines {
            let place = (line.channel_parcel_id.clone(), line.channel_line_id.clone());
            if lines.insert(place, &line.state).is_some() {
                wrong.add("lines that stand twice", named(key));
            }
        }
        for (place, state) in &order.lines {
            match lines.remove(place) {
                // A part that was cancelled before the rest was read.
                None if state == "CANCELLED" => {}
                None => wrong.add("lines that are missing", named(key)),
                Some(shown) if shown != state => {
                    wrong.add(
                        "lines in another state",
                        format!("{} {shown}, not {state}", named(key)),
                    );
                }
                Some(_) => {}
            }
        }
        if !lines.is_empty() {
            wrong.add("lines that nobody bought", named(key));
        }
    }
}

fn claims(truth: &Truth, known: &Known, wrong: &mut Wrong) {
    let mut found: HashMap<Key, &Value> = HashMap::new();
    for claim in &known.claims {
        let key = (text(claim, "channel"), text(claim, "channel_claim_id"));
        if !truth.claims.contains_key(&key) {
            wrong.add("claims that nobody made", named(&key));
        }
        if found.insert(key.clone(), claim).is_some() {
            wrong.add("claims that stand twice", named(&key));
        }
    }
    for (key, claim) in &truth.claims {
        let Some(shown) = found.get(key) else {
            wrong.add("claims that are missing", named(key));
            continue;
        };
        let state = text(shown, "state");
        let expected = match claim.standing {
            ClaimStanding::Open => "REQUESTED",
            ClaimStanding::Completed => "COMPLETED",
            ClaimStanding::Withdrawn => "WITHDRAWN",
        };
        if state != expected {
            wrong.add(
                "claims in another state",
                format!("{} {state}, not {expected}", named(key)),
            );
        }
        if text(shown, "channel_order_id") != claim.channel_order_id {
            wrong.add("claims of another order", named(key));
        }
    }
}

fn questions(truth: &Truth, known: &Known, wrong: &mut Wrong) {
    let mut found = HashSet::new();
    for inquiry in &known.inquiries {
        let key = (
            text(inquiry, "channel"),
            text(inquiry, "channel_inquiry_id"),
        );
        if !truth.questions.contains(&key) {
            wrong.add("questions that nobody asked", named(&key));
        }
        if !found.insert(key.clone()) {
            wrong.add("questions that stand twice", named(&key));
        }
    }
    for key in truth.questions.difference(&found) {
        wrong.add("questions that are missing", named(key));
    }
}

fn text(value: &Value, member: &str) -> String {
    let text = value.get(member).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn named(key: &Key) -> String {
    format!("{} {}", key.0, key.1)
}

/// Violations by kind, with a few examples each.
#[derive(Default)]
struct Wrong(BTreeMap<&'static str, Vec<String>>);

impl Wrong {
    fn add(&mut self, kind: &'static str, example: String) {
        self.0.entry(kind).or_default().push(example);
    }

    fn told(self) -> Vec<String> {
        let tell = |(kind, examples): (&str, Vec<String>)| {
            let shown: Vec<&str> = examples.iter().map(String::as_str).take(SHOWN).collect();
            format!("{} {kind}: {}", examples.len(), shown.join("; "))
        };
        self.0.into_iter().map(tell).collect()
    }
}

#[cfg(test)]
mod tests {
    use e2e::OrderLine;
    use serde_json::json;

    use super::*;

    fn key(id: &str) -> Key {
        ("coupang".to_owned(), id.to_owned())
    }

    fn truth(states: &[&str]) -> Truth {
        let lines = (1..).zip(states).map(|(number, state)| {
            let place = ("box".to_owned(), number.to_string());
            (place, (*state).to_owned())
        });
        let lines = lines.collect();
        Truth {
            orders: HashMap::from([(key("31"), TruthOrder { lines })]),
            ..Truth::default()
        }
    }

    fn known(states: &[&str]) -> Known {
        let lines = (1..)
            .zip(states)
            .map(|(number, state): (u32, &&str)| OrderLine {
                id: number.to_string(),
                channel_line_id: number.to_string(),
                channel_parcel_id: "box".to_owned(),
                product_name: String::new(),
                quantity: 1,
                state: (*state).to_owned(),
                kind: None,
                tracking_number: None,
            });
        let order = Order {
            id: "ours".to_owned(),
            channel: "coupang".to_owned(),
            channel_account_id: "account".to_owned(),
            channel_order_id: "31".to_owned(),
            state: String::new(),
            shipment_state: None,
            hold: None,
            lines: lines.collect(),
        };
        Known {
            orders: vec![order],
            ..Known::default()
        }
    }

    fn said(truth: &Truth, known: &Known, what: &str) -> bool {
        compare(truth, known).iter().any(|line| line.contains(what))
    }

    #[test]
    fn what_is_as_it_is_there_is_not_wrong() {
        let states = ["PLACED", "CANCELLED"];
        assert_eq!(compare(&truth(&states), &known(&states)), [""; 0]);
        let mut gone = known(&[]);
        gone.orders.clear();
        assert_eq!(compare(&truth(&["CANCELLED"]), &gone), [""; 0]);
    }

    #[test]
    fn every_difference_of_an_order_is_told() {
        let there = truth(&["PLACED", "ACKNOWLEDGED"]);
        let mut gone = known(&[]);
        gone.orders.clear();
        assert!(said(&there, &gone, "orders that are missing"));
        assert!(said(&there, &known(&["PLACED"]), "lines that are missing"));
        let moved = known(&["PLACED", "PLACED"]);
        assert!(said(&there, &moved, "PLACED, not ACKNOWLEDGED"));
        let more = known(&["PLACED", "ACKNOWLEDGED", "PLACED"]);
        assert!(said(&there, &more, "lines that nobody bought"));
        let mut twice = known(&["PLACED", "ACKNOWLEDGED"]);
        twice.orders.extend(twice.orders.clone());
        assert!(said(&there, &twice, "orders that stand twice"));
        assert!(said(&Truth::default(), &moved, "orders that nobody placed"));
    }

    #[test]
    fn every_difference_of_claims_and_questions_is_told() {
        let mut there = Truth::default();
        let claim = TruthClaim {
            channel_order_id: "31".to_owned(),
            standing: ClaimStanding::Completed,
        };
        there.claims.insert(key("365"), claim);
        there.questions.insert(key("1"));
        assert!(said(&there, &Known::default(), "claims that are missing"));
        assert!(said(
            &there,
            &Known::default(),
            "questions that are missing"
        ));
        let shown = |state: &str| json!({"channel": "coupang", "channel_claim_id": "365", "channel_order_id": "31", "state": state});
        let question = json!({"channel": "coupang", "channel_inquiry_id": "1"});
        let mut here = Known {
            claims: vec![shown("REQUESTED")],
            inquiries: vec![question.clone(), question],
            ..Known::default()
        };
        assert!(said(&there, &here, "REQUESTED, not COMPLETED"));
        assert!(said(&there, &here, "questions that stand twice"));
        here.claims = vec![shown("COMPLETED")];
        here.inquiries.pop();
        assert_eq!(compare(&there, &here), [""; 0]);
    }
}
