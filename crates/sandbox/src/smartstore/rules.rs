//! How strict this SmartStore is where the real one is not known to be, and who may call.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// The switches of `PUT /control/smartstore`. The defaults are what most reports say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Who may call; empty means everybody.
    pub allowed_addresses: Vec<IpAddr>,
    /// API groups the application was not granted (403): `orders`, `products`, `inquiries`, `settlement`, `seller`.
    pub missing_groups: Vec<ApiGroup>,
    /// How long a token lives, in seconds of real time.
    pub token_seconds: u32,
    /// Whether non-standard token calls throttle the application to one call an hour.
    pub penalize_token_calls: bool,
    /// How many seconds of world time feed rows show late.
    pub feed_delay_seconds: u32,
    /// A detail query with a foreign or unknown id is refused as a whole (101009) instead of leaving it out.
    pub refuse_unknown_ids: bool,
    /// Product orders that feed and lists name although their detail is not this seller's to see.
    pub foreign_product_orders: Vec<String>,
    /// A second confirm succeeds instead of failing with 104443.
    pub ignore_second_confirm: bool,
    /// Dispatch of an unconfirmed product order confirms it instead of failing with 104443.
    pub dispatch_confirms: bool,
    /// A tracking number may be used for several packages instead of failing with 104121.
    pub reuse_numbers: bool,
    /// A feed window may end in the future.
    pub future_windows: bool,
    /// A cancel asked for by the seller waits for its approval instead of being done at once.
    pub seller_cancel_waits: bool,
    /// The refund of a cancel gets stuck (CANCELING) until the seller approves it.
    pub refunds_stick: bool,
    /// A return whose goods are back is refunded by itself once its `refundExpectedDate` has come, unless the seller holds it
    /// back. The field is documented; that the money goes without the seller is deduced from it.
    pub refunds_when_expected: bool,
    /// A product order cancelled by the seller comes back without claim type and status.
    pub seller_cancel_hides_claim: bool,
    /// The detail repeats the claim at its top level, as it did until 2026-10-28.
    pub legacy_claims: bool,
    /// The orderer's id comes masked.
    pub mask_orderer_id: bool,
    /// An option that a stock update leaves out is stored with stock 0 instead of staying as it is.
    pub option_stock_clears_missing: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            allowed_addresses: Vec::new(),
            missing_groups: Vec::new(),
            token_seconds: 10_800,
            penalize_token_calls: true,
            feed_delay_seconds: 0,
            refuse_unknown_ids: false,
            foreign_product_orders: Vec::new(),
            ignore_second_confirm: false,
            dispatch_confirms: false,
            reuse_numbers: false,
            future_windows: true,
            seller_cancel_waits: false,
            refunds_stick: false,
            refunds_when_expected: false,
            seller_cancel_hides_claim: false,
            legacy_claims: false,
            mask_orderer_id: true,
            option_stock_clears_missing: false,
        }
    }
}

/// What an application is granted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiGroup {
    Orders,
    Products,
    Inquiries,
    Settlement,
    Seller,
}

impl ApiGroup {
    /// The group of a route, the door left out.
    pub fn of(route: &str) -> Self {
        let routes = [
            ("/v1/pay-order/", Self::Orders),
            ("/v1/pay-settle/", Self::Settlement),
            ("/v1/contents/", Self::Inquiries),
            ("/v1/pay-user/", Self::Inquiries),
            ("/v1/pay-merchant/", Self::Inquiries),
            ("/v1/seller/", Self::Seller),
        ];
        let found = routes.iter().find(|(start, _)| route.starts_with(start));
        found.map_or(Self::Products, |(_, group)| *group)
    }
}

/// What the counter of SmartStore keeps apart from the world.
#[derive(Default)]
pub struct Counter {
    pub limits: super::limits::Limits,
    rules: Mutex<Rules>,
}

impl Counter {
    pub fn rules(&self) -> Rules {
        self.rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn set_rules(&self, rules: Rules) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }
}
