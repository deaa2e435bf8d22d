//! The kinds of message there are.

/// What a message is about; its name is part of events and of the ledger's dedupe keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    /// To a buyer: where the digital product is activated.
    ActivationLink,
    /// To the merchant: orders that came in.
    NewOrders,
    /// To the merchant: questions that wait.
    InquiryDigest,
    /// To the merchant: a channel's key ends soon.
    KeyExpiring,
}

impl Template {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ActivationLink => "activation_link",
            Self::NewOrders => "new_orders",
            Self::InquiryDigest => "inquiry_digest",
            Self::KeyExpiring => "key_expiring",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [
            Self::ActivationLink,
            Self::NewOrders,
            Self::InquiryDigest,
            Self::KeyExpiring,
        ]
        .into_iter()
        .find(|template| template.as_str() == word)
    }
}
