//! What stands in the end: what was learnt, what was asked of the channel, what was granted, and what is in the way.

use std::collections::BTreeMap;

use fulfillment::domain::entitlement::EntitlementState;
use fulfillment::domain::order::{LineSnapshot, Order};
use fulfillment::domain::plan::AcknowledgementState;
use fulfillment::store::{acknowledgements, entitlements, orders};
use moa_id::{LineId, OrderId, VariantId};
use uuid::Uuid;

use super::history;
use super::play::Played;

/// What stands in the end, without ids and times that are another's every time.
#[derive(Debug)]
pub(super) struct End {
    pub(super) orders: BTreeMap<OrderId, Order>,
    /// Orders and listings with their versions.
    pub(super) versions: Vec<String>,
    /// By parcel.
    pub(super) asked: BTreeMap<String, Asked>,
    pub(super) granted: BTreeMap<LineId, Vec<Granted>>,
    /// Code, owner, detail.
    pub(super) explained: BTreeMap<LineId, Option<(String, String, String)>>,
}

/// An acceptance that the channel was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// What we hold of it.
    pub(super) state: &'static str,
    /// Where its effect stands.
    pub(super) effect: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Granted {
    pub(super) variant_id: VariantId,
    pub(super) quantity: i32,
    pub(super) is_alive: bool,
}

impl Played<'_> {
    pub(super) async fn end(&self) -> End {
        let (app, merchant_id) = (&self.stage.around.app, self.merchant_id);
        let mut conn = app.db.acquire().await.unwrap();
        let ids = self.order_ids();
        let known = orders::load(&mut conn, merchant_id, &ids).await.unwrap();
        let mut asked = BTreeMap::new();
        for ack in acknowledgements::list(&mut conn, merchant_id, &ids)
            .await
            .unwrap()
        {
            let effect = app
                .ledger
                .get(&mut conn, merchant_id, ack.effect_id)
                .await
                .unwrap();
            let state = state_of(&ack.state);
            let effect = effect.unwrap().state.to_string();
            asked.insert(ack.channel_parcel_id, Asked { state, effect });
        }
        let mut granted: BTreeMap<LineId, Vec<Granted>> = BTreeMap::new();
        for one in entitlements::list_of_orders(&mut conn, merchant_id, &ids)
            .await
            .unwrap()
        {
            granted.entry(one.line_id).or_default().push(Granted {
                variant_id: one.variant_id,
                quantity: one.quantity,
                is_alive: one.state != EntitlementState::Revoked,
            });
        }
        for of_line in granted.values_mut() {
            of_line.sort_by_key(|one| one.variant_id);
        }
        let versions: Vec<String> = sqlx::query_scalar(
            "SELECT 'order ' || order_id || ' version ' || version FROM fulfillment.orders WHERE merchant_id = $1
             UNION ALL
             SELECT 'listing ' || channel_listing_id || ' version ' || version || ' ' || coalesce(components::text, '-')
             FROM fulfillment.listings WHERE merchant_id = $1 AND version > 0
             ORDER BY 1",
        )
        .bind(merchant_id.as_uuid())
        .fetch_all(&mut *conn)
        .await
        .unwrap();
        drop(conn);
        let mut explained = BTreeMap::new();
        for order_id in known.keys() {
            for line in app.explain_order(merchant_id, *order_id).await.unwrap() {
                let blocker = line.blocker.map(|blocker| {
                    (
                        blocker.code,
                        blocker.owner.as_str().to_owned(),
                        blocker.detail,
                    )
                });
                explained.insert(line.line_id, blocker);
            }
        }
        End {
            orders: known,
            versions,
            asked,
            granted,
            explained,
        }
    }
}

fn state_of(state: &AcknowledgementState) -> &'static str {
    match state {
        AcknowledgementState::Asked => "ASKED",
        AcknowledgementState::Unclear => "UNCLEAR",
        AcknowledgementState::Confirmed => "CONFIRMED",
        AcknowledgementState::Blocked { .. } => "BLOCKED",
        AcknowledgementState::Refused { .. } => "REFUSED",
    }
}

impl End {
    /// The facts as text, a fact a line: what order-sync and catalog told, without what follows.
    pub(super) fn facts(&self) -> Vec<String> {
        let mut facts = self.versions.clone();
        for order in self.orders.values() {
            facts.push(format!("order {} for {:?}", order.order_id, order.receiver));
            for line in &order.lines {
                let name = history::line_name(line.snapshot.line_id.as_uuid());
                // Whether catalog was asked about a listing that nobody waits for is no fact.
                facts.push(format!(
                    "{name}: {:?} {:?}",
                    line.snapshot,
                    line.components()
                ));
            }
        }
        facts
    }

    /// What follows as text, a thing a line.
    pub(super) fn consequences(&self) -> Vec<String> {
        let mut told = Vec::new();
        for (parcel, asked) in &self.asked {
            told.push(format!("acceptance of {parcel}: {asked:?}"));
        }
        for (line, granted) in &self.granted {
            told.push(format!(
                "{}: {granted:?}",
                history::line_name(line.as_uuid())
            ));
        }
        for (line, blocker) in &self.explained {
            told.push(format!(
                "{}: {blocker:?}",
                history::line_name(line.as_uuid())
            ));
        }
        told
    }

    /// Whether something stored speaks against accepting a parcel.
    pub(super) fn speaks_against(&self, parcel: &str) -> bool {
        let lines = self
            .orders
            .values()
            .flat_map(|order| order.parcel_lines(parcel));
        let lines = lines.map(|line| &line.snapshot);
        let (owed, gone): (Vec<&LineSnapshot>, Vec<_>) =
            lines.partition(|line| line.remaining() > 0);
        match owed.is_empty() {
            true => !gone.is_empty(),
            false => owed.iter().any(|line| line.objection(0).is_some()),
        }
    }

    /// Each line with its parcel and what is still owed of it.
    pub(super) fn lines(&self) -> Vec<(LineId, &str, i32)> {
        let lines = self.orders.values().flat_map(|order| &order.lines);
        lines
            .map(|line| {
                let line = &line.snapshot;
                (
                    line.line_id,
                    line.channel_parcel_id.as_str(),
                    line.remaining(),
                )
            })
            .collect()
    }
}

/// Both must say the same; otherwise, what only one of them says.
pub(super) fn same(what: &str, told: &[String], arrived: &[String]) -> Result<(), String> {
    if told == arrived {
        return Ok(());
    }
    let only = |one: &[String], other: &[String]| {
        let lines = one.iter().filter(|line| !other.contains(line));
        lines
            .map(|line| format!("    {line}\n"))
            .collect::<String>()
    };
    Err(format!(
        "{what} differ. As it was told:\n{}As it arrived:\n{}",
        only(told, arrived),
        only(arrived, told)
    ))
}

/// The uuid of a shipment or effect for a failure.
pub(super) fn short(id: Uuid) -> String {
    id.to_string().chars().rev().take(6).collect()
}
