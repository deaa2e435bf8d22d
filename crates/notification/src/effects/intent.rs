//! What a MESSAGE effect carries: no name, no number, no link.

use chrono::{DateTime, Utc};
use moa_id::MessageId;
use moa_money::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::announcement::Announcement;
use crate::domain::digest::{Digest, OpenAt};
use crate::domain::key_warning::KeyWarning;

/// As the ledger keeps it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub(crate) enum Intent {
    /// The effect's subject is the entitlement.
    ActivationLink {
        message_id: Uuid,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resent: Option<Resent>,
    },
    NewOrders {
        message_id: Uuid,
        orders: usize,
        channels: Vec<(String, usize)>,
        products: Vec<(String, i64)>,
        more_products: usize,
        total: Option<Total>,
    },
    InquiryDigest {
        message_id: Uuid,
        as_of: DateTime<Utc>,
        /// Channel, urgent and other open questions.
        channels: Vec<(String, u32, u32)>,
        earliest_answer_by: Option<DateTime<Utc>>,
    },
    /// The effect's subject is the channel account.
    KeyExpiring {
        message_id: Uuid,
        channel: String,
        account_name: String,
        key_expires_at: DateTime<Utc>,
        within_days: i32,
    },
}

/// What is told in Slack.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum News {
    Orders(Announcement),
    Inquiries(Digest),
    Key(KeyWarning),
}

/// Who wished a link sent once more, and after which message.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Resent {
    pub(crate) of: Uuid,
    pub(crate) request_id: String,
    pub(crate) operator: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Total {
    amount_minor: i64,
    currency: String,
}

impl Intent {
    pub(crate) fn new_orders(message_id: MessageId, announcement: Announcement) -> Self {
        Self::NewOrders {
            message_id: message_id.as_uuid(),
            orders: announcement.orders,
            channels: announcement.channels,
            products: announcement.products,
            more_products: announcement.more_products,
            total: announcement.total.map(|total| Total {
                amount_minor: total.amount_minor,
                currency: total.currency.code().to_owned(),
            }),
        }
    }

    pub(crate) fn inquiry_digest(message_id: MessageId, digest: &Digest) -> Self {
        let channels = digest.channels.iter();
        Self::InquiryDigest {
            message_id: message_id.as_uuid(),
            as_of: digest.as_of,
            channels: channels
                .map(|one| (one.channel.clone(), one.urgent, one.normal))
                .collect(),
            earliest_answer_by: digest.earliest_answer_by,
        }
    }

    pub(crate) fn key_expiring(message_id: MessageId, warning: &KeyWarning) -> Self {
        Self::KeyExpiring {
            message_id: message_id.as_uuid(),
            channel: warning.channel.clone(),
            account_name: warning.account_name.clone(),
            key_expires_at: warning.key_expires_at,
            within_days: warning.within_days,
        }
    }

    pub(crate) fn into_payload(self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }

    pub(crate) fn from_payload(payload: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(payload)
    }

    /// What is told in Slack; `None` when this is another message.
    pub(crate) fn into_news(self) -> Option<News> {
        match self {
            Self::ActivationLink { .. } => None,
            Self::KeyExpiring {
                channel,
                account_name,
                key_expires_at,
                within_days,
                ..
            } => Some(News::Key(KeyWarning {
                channel,
                account_name,
                key_expires_at,
                within_days,
            })),
            Self::InquiryDigest {
                as_of,
                channels,
                earliest_answer_by,
                ..
            } => Some(News::Inquiries(Digest {
                as_of,
                channels: channels
                    .into_iter()
                    .map(|(channel, urgent, normal)| OpenAt {
                        channel,
                        urgent,
                        normal,
                    })
                    .collect(),
                earliest_answer_by,
            })),
            Self::NewOrders {
                orders,
                channels,
                products,
                more_products,
                total,
                ..
            } => Some(News::Orders(Announcement {
                orders,
                channels,
                products,
                more_products,
                total: total.and_then(|total| {
                    let currency = Currency::parse(&total.currency).ok()?;
                    Some(Money::new(total.amount_minor, currency))
                }),
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use moa_id::Ids;

    use super::*;

    #[test]
    fn an_announcement_survives_the_ledger() {
        let announcement = Announcement {
            orders: 2,
            channels: vec![("coupang".to_owned(), 2)],
            products: vec![("머그컵".to_owned(), 3)],
            more_products: 1,
            total: Some(Money::krw(19_000)),
        };
        let intent = Intent::new_orders(Ids::seeded(1).next(), announcement.clone());
        let payload = intent.into_payload().unwrap();
        assert_eq!(payload["template"], "new_orders");
        let back = Intent::from_payload(&payload).unwrap();
        assert_eq!(back.into_news(), Some(News::Orders(announcement)));
    }

    #[test]
    fn a_warning_survives_the_ledger() {
        let warning = KeyWarning {
            channel: "coupang".to_owned(),
            account_name: "본점".to_owned(),
            key_expires_at: DateTime::UNIX_EPOCH,
            within_days: 1,
        };
        let intent = Intent::key_expiring(Ids::seeded(1).next(), &warning);
        let payload = intent.into_payload().unwrap();
        let back = Intent::from_payload(&payload).unwrap();
        assert_eq!(back.into_news(), Some(News::Key(warning)));
    }

    #[test]
    fn a_digest_survives_the_ledger() {
        let digest = Digest {
            as_of: DateTime::UNIX_EPOCH,
            channels: vec![OpenAt {
                channel: "coupang".to_owned(),
                urgent: 1,
                normal: 2,
            }],
            earliest_answer_by: DateTime::from_timestamp(1_795_003_200, 0),
        };
        let intent = Intent::inquiry_digest(Ids::seeded(1).next(), &digest);
        let payload = intent.into_payload().unwrap();
        let back = Intent::from_payload(&payload).unwrap();
        assert_eq!(back.into_news(), Some(News::Inquiries(digest)));
    }
}
