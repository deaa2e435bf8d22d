//! What sellers earn: a sale counts once the buyer confirmed it or a week after it arrived; later refunds count back.

use chrono::{DateTime, TimeDelta, Utc};

use super::model::{Parcel, ParcelStatus};
use super::query::Span;
use super::receipt::ReceiptStatus;
use super::{Line, World};

/// How long after delivery a sale counts by itself.
const SETTLES_AFTER: TimeDelta = TimeDelta::days(7);

/// One line of earnings: goods of one parcel sold, or given back later.
pub struct Earning<'a> {
    pub parcel: &'a Parcel,
    pub kind: EarningKind,
    pub recognised_at: DateTime<Utc>,
    /// Lines with how many of each.
    pub lines: Vec<(&'a Line, i64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarningKind {
    Sale,
    Refund,
}

impl World {
    /// Earnings that count inside `span`, in order of time.
    pub fn earnings(&self, account: u32, span: Span) -> Vec<Earning<'_>> {
        let statuses = [
            ParcelStatus::FinalDelivery,
            ParcelStatus::NoneTracking,
            ParcelStatus::Cancelled,
        ];
        let first = DateTime::<Utc>::MIN_UTC;
        let mut found = Vec::new();
        for status in statuses {
            let rows = self
                .sheets
                .range((account, status, first, 0)..(account, status, span.until, 0));
            for parcel in rows.filter_map(|(_, _, _, place)| self.parcels.get(*place)) {
                self.earnings_of(parcel, span, &mut found);
            }
        }
        found.sort_by_key(|earning| (earning.recognised_at, earning.parcel.id));
        found
    }

    fn earnings_of<'a>(&'a self, parcel: &'a Parcel, span: Span, found: &mut Vec<Earning<'a>>) {
        let Some(sold_at) = sold_at(parcel) else {
            return;
        };
        let inside = |at: &DateTime<Utc>| (span.from..span.until).contains(at);
        let mut sold: Vec<(&Line, i64)> = parcel
            .lines
            .iter()
            .map(|line| (line, line.quantity - line.cancelled))
            .collect();
        let late = self
            .receipts_of_order(parcel.order_id)
            .filter(|receipt| receipt.status == ReceiptStatus::ReturnsCompleted)
            .filter(|receipt| receipt.modified_at > sold_at);
        for receipt in late {
            let mut lines = Vec::new();
            for item in receipt
                .items
                .iter()
                .filter(|item| item.parcel_id == parcel.id)
            {
                if let Some((line, count)) = sold
                    .iter_mut()
                    .find(|(line, _)| line.vendor_item_id == item.vendor_item_id)
                {
                    *count += item.count;
                    lines.push((*line, item.count));
                }
            }
            if !lines.is_empty() && inside(&receipt.modified_at) {
                found.push(Earning {
                    parcel,
                    kind: EarningKind::Refund,
                    recognised_at: receipt.modified_at,
                    lines,
                });
            }
        }
        sold.retain(|(_, count)| *count > 0);
        if !sold.is_empty() && inside(&sold_at) {
            found.push(Earning {
                parcel,
                kind: EarningKind::Sale,
                recognised_at: sold_at,
                lines: sold,
            });
        }
    }
}

/// When a sale counts, if it will.
fn sold_at(parcel: &Parcel) -> Option<DateTime<Utc>> {
    let tracking = parcel.tracking.as_ref()?;
    let direct = tracking.carrier == "DIRECT";
    let arrived = tracking
        .delivered_at
        .or(direct.then_some(tracking.uploaded_at))?;
    let by_itself = arrived + SETTLES_AFTER;
    Some(
        parcel
            .confirmed_at
            .map_or(by_itself, |at| at.min(by_itself)),
    )
}
