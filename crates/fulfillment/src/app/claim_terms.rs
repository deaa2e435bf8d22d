//! The steps of a claim with their terms, as people give them and as channels are told them.

use moa_proto::moa::channel_proxy::v1 as channel;
use moa_service::timestamp;

use crate::clients::channel_desk::Told;
use crate::clients::order_sync::Demand;
use crate::domain::carrier::{Carrier, TrackingNumber};
use crate::domain::claim::{Action, ClaimKind, ClaimRefusal};

/// A number that goods travel under.
#[derive(Debug, Clone)]
pub struct Waybill {
    /// Who carries.
    pub carrier: Carrier,
    /// The number.
    pub tracking_number: TrackingNumber,
}

/// A step with its terms.
pub enum Terms {
    /// The parcel stays.
    ConfirmStop,
    /// The parcel had left before.
    ReportAlreadyShipped(Waybill),
    /// The goods are back.
    ConfirmCollected,
    /// It is granted.
    Approve,
    /// It is refused.
    Reject {
        /// Why.
        reason: channel::ClaimRejectReason,
        /// Shown to the buyer.
        note: String,
    },
    /// What goes out instead has left.
    Reship {
        /// In which parcel; empty: the only one there is.
        channel_parcel_id: String,
        /// Under which number.
        waybill: Waybill,
    },
    /// The refund waits.
    Hold {
        /// Why.
        reason: channel::ClaimHoldReason,
        /// Shown to the buyer.
        note: String,
        /// Asked of the buyer on top.
        extra_fee: Option<moa_proto::moa::money::v1::Money>,
    },
    /// The refund waits no more.
    Release,
    /// Under which number the goods come back.
    ReportCollection(Waybill),
}

impl Terms {
    /// Which step they are of.
    pub const fn action(&self) -> Action {
        match self {
            Self::ConfirmStop => Action::ConfirmStop,
            Self::ReportAlreadyShipped(_) => Action::ReportAlreadyShipped,
            Self::ConfirmCollected => Action::ConfirmCollected,
            Self::Approve => Action::Approve,
            Self::Reject { .. } => Action::Reject,
            Self::Reship { .. } => Action::Reship,
            Self::Hold { .. } => Action::Hold,
            Self::Release => Action::Release,
            Self::ReportCollection(_) => Action::ReportCollection,
        }
    }

    /// Under which number something went to the buyer.
    pub(super) const fn sent(&self) -> Option<&Waybill> {
        match self {
            Self::ReportAlreadyShipped(waybill) | Self::Reship { waybill, .. } => Some(waybill),
            _ => None,
        }
    }

    /// What is told to the channel.
    pub(super) fn told(self, demand: &Demand, kind: ClaimKind) -> Result<Told, ClaimRefusal> {
        let claim = Some(claim_ref(
            kind,
            &demand.channel_claim_id,
            &demand.channel_order_id,
            demand.requested_at,
        ));
        let quantity = demand.quantity;
        let words = |waybill: Waybill| {
            let number = waybill.tracking_number.to_string();
            (waybill.carrier.code().to_owned(), number)
        };
        Ok(match self {
            Self::ConfirmStop => {
                Told::StopConfirmation(channel::StopConfirmation { claim, quantity })
            }
            Self::ReportAlreadyShipped(waybill) => {
                let (carrier, tracking_number) = words(waybill);
                Told::AlreadyShippedReport(channel::AlreadyShippedReport {
                    claim,
                    carrier,
                    tracking_number,
                })
            }
            Self::ConfirmCollected => {
                Told::CollectionConfirmation(channel::CollectionConfirmation { claim })
            }
            Self::Approve => Told::ClaimApproval(channel::ClaimApproval { claim, quantity }),
            Self::Reject { reason, note } => Told::ClaimRejection(channel::ClaimRejection {
                claim,
                reason: reason.into(),
                note,
            }),
            Self::Reship {
                channel_parcel_id,
                waybill,
            } => {
                let channel_parcel_id = match (channel_parcel_id, demand.reshipments.as_slice()) {
                    (named, _) if !named.is_empty() => named,
                    (_, [only]) => only.clone(),
                    _ => return Err(ClaimRefusal::ParcelUnclear),
                };
                let (carrier, tracking_number) = words(waybill);
                Told::ExchangeReshipment(channel::ExchangeReshipment {
                    claim,
                    channel_parcel_id,
                    carrier,
                    tracking_number,
                })
            }
            Self::Hold {
                reason,
                note,
                extra_fee,
            } => Told::ClaimHold(channel::ClaimHold {
                claim,
                reason: reason.into(),
                note,
                extra_fee,
            }),
            Self::Release => Told::ClaimRelease(channel::ClaimRelease { claim }),
            Self::ReportCollection(waybill) => {
                let (carrier, tracking_number) = words(waybill);
                Told::CollectionReport(channel::CollectionReport {
                    claim,
                    carrier,
                    tracking_number,
                })
            }
        })
    }
}

/// What names a claim at a channel.
pub(crate) fn claim_ref(
    kind: ClaimKind,
    channel_claim_id: &str,
    channel_order_id: &str,
    requested_at: chrono::DateTime<chrono::Utc>,
) -> channel::ClaimRef {
    let kind = match kind {
        ClaimKind::Cancel => channel::ClaimKind::Cancel,
        ClaimKind::StopShipment => channel::ClaimKind::StopShipment,
        ClaimKind::Return => channel::ClaimKind::Return,
        ClaimKind::Exchange => channel::ClaimKind::Exchange,
    };
    channel::ClaimRef {
        channel_claim_id: channel_claim_id.to_owned(),
        channel_order_id: channel_order_id.to_owned(),
        kind: kind.into(),
        requested_at: Some(timestamp(requested_at)),
    }
}
