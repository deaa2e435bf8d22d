//! The credentials the outside world accepts, derived from the seed.

use super::dice::{Dice, hex_text};
use super::listings::{self, Listing};
use crate::smartstore;

/// One seller: a Coupang vendor with its key and listings, a SmartStore with its application, a SOLAPI key with its
/// sender number, a Slack webhook.
#[derive(Debug, Clone)]
pub struct Account {
    pub vendor_id: String,
    /// The login at the seller's screens (WING), which some calls want to know as `userId` or `replyBy`.
    pub wing_id: String,
    pub access_key: String,
    pub secret_key: String,
    pub listings: Vec<Listing>,
    pub smartstore: smartstore::Credentials,
    pub solapi_key: String,
    pub solapi_secret: String,
    /// The sender number registered at SOLAPI, digits only.
    pub sender: String,
    pub slack_team: String,
    pub slack_service: String,
    pub slack_secret: String,
}

impl Account {
    pub fn listing(&self, vendor_item_id: i64) -> Option<&Listing> {
        self.listings
            .iter()
            .find(|listing| listing.vendor_item_id == vendor_item_id)
    }
}

/// The accounts of a seed, in order; more of them never change the first ones.
pub fn derive(seed: u64, count: u32) -> Vec<Account> {
    let first = Dice::new(seed, "vendor", 0).between(10_000, 80_000_000);
    (0..count)
        .map(|index| derive_one(seed, first, index))
        .collect()
}

fn derive_one(seed: u64, first_vendor: u64, index: u32) -> Account {
    let number = u64::from(index);
    let text = |stream: &str, length: usize| hex_text(seed, stream, number, length);
    let mut dice = Dice::new(seed, "sender", number);
    Account {
        vendor_id: format!("A{:08}", first_vendor + number),
        wing_id: format!("seller{:08}", first_vendor + number),
        access_key: uuid_like(&text("coupang-access", 32)),
        secret_key: text("coupang-secret", 40),
        listings: listings::of_account(index),
        smartstore: smartstore::derive(seed, index),
        solapi_key: format!("NCS{}", text("solapi-key", 13).to_uppercase()),
        solapi_secret: text("solapi-secret", 32).to_uppercase(),
        sender: format!("02{}{:04}", dice.between(3000, 8999), dice.below(10_000)),
        slack_team: format!("T{}", text("slack-team", 10).to_uppercase()),
        slack_service: format!("B{}", text("slack-service", 10).to_uppercase()),
        slack_secret: text("slack-secret", 24),
    }
}

/// Groups 32 digits as 8-4-4-4-12, which is how Coupang's access keys look.
pub fn uuid_like(digits: &str) -> String {
    let mut text = String::with_capacity(36);
    for (position, digit) in digits.chars().enumerate() {
        if matches!(position, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_accounts_do_not_change_the_first() {
        let (few, many) = (derive(9, 1), derive(9, 3));
        assert_eq!(few[0].secret_key, many[0].secret_key);
        assert_ne!(many[0].secret_key, many[1].secret_key);
        assert_ne!(derive(10, 1)[0].access_key, few[0].access_key);
    }

    #[test]
    fn keys_look_like_the_real_ones() {
        let account = &derive(1, 1)[0];
        assert_eq!(account.vendor_id.len(), 9);
        assert_eq!(account.access_key.len(), 36);
        assert_eq!(account.secret_key.len(), 40);
    }
}
