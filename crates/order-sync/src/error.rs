//! What can go wrong here, in our words.

use std::time::Duration;

use chrono::{DateTime, Utc};
use moa_id::{AnswerTemplateId, ChannelAccountId, ClaimId, InquiryId, OperatorId, OrderId};
use moa_vault::VaultError;

/// Why order-sync could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed or refused.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A stored row does not mean anything.
    #[error("row {id} of {table} cannot be read: {reason}")]
    Undecodable {
        /// Where it stands.
        table: &'static str,
        /// Which one.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Personal data could not be sealed or opened.
    #[error("personal data could not be sealed or opened")]
    Vault(#[from] VaultError),
    /// Another process collects this account by now; what was read is dropped.
    #[error("the lease was lost to another process")]
    LeaseLost,
    /// channel-proxy refused or could not be reached.
    #[error("{reason}: {detail}")]
    Channel {
        /// Stable, e.g. `CHANNEL_UNREACHABLE`.
        reason: String,
        /// For people.
        detail: String,
        /// When it says so: not before.
        retry_after: Option<Duration>,
    },
    /// No such order of this merchant.
    #[error("there is no order {0}")]
    OrderNotFound(OrderId),
    /// The order is not at rest, so that its contact is still needed.
    #[error("order {0} is still open; without its contact nothing can be sent any more")]
    OrderStillOpen(OrderId),
    /// No such claim of this merchant.
    #[error("there is no claim {0}")]
    ClaimNotFound(ClaimId),
    /// No such question of this merchant.
    #[error("there is no inquiry {0}")]
    InquiryNotFound(InquiryId),
    /// No such template of this merchant.
    #[error("there is no answer template {0}")]
    TemplateNotFound(AnswerTemplateId),
    /// Another template has this name.
    #[error("another answer template is called {0:?}")]
    TemplateNameTaken(String),
    /// Somebody changed the template since it was read.
    #[error(
        "the answer template was changed at {updated_at:?} and has version {version} now; read it again, then save yours \
         with that version"
    )]
    TemplateChanged {
        /// What it has now.
        version: i64,
        /// Who changed it last, when that is known.
        updated_by: Option<OperatorId>,
        /// When.
        updated_at: DateTime<Utc>,
    },
    /// The merchant has as many as are kept.
    #[error("{0} answer templates are kept; delete one first")]
    TemplatesTooMany(i64),
    /// No such account of this merchant.
    #[error("there is no channel account {0}")]
    AccountNotFound(ChannelAccountId),
    /// Streams were to be swept and were not in time.
    #[error("{pending} of {asked} stream(s) are not swept yet: {streams}")]
    SweepUnfinished {
        /// How many are left.
        pending: usize,
        /// How many were asked for.
        asked: usize,
        /// Some of them, with why.
        streams: String,
    },
    /// Product lists were to be read and could not be.
    #[error(
        "{failed} of {asked} product list(s) could not be read and go on from there later: {accounts}"
    )]
    ProductListsUnread {
        /// How many failed.
        failed: usize,
        /// How many were to be read.
        asked: usize,
        /// Some of them, with why.
        accounts: String,
    },
    /// The process stops, or the lease was lost.
    #[error("it was stopped on the way and goes on from there")]
    Stopping,
    /// The gRPC server failed.
    #[error("the gRPC server failed")]
    Serve(#[from] moa_service::ServeError),
}

/// A read that met trouble is not made again sooner than this.
const SHORTEST_WAIT: Duration = Duration::from_millis(500);
/// Nor waits anybody longer than this for its second try.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

impl Error {
    /// The stable reason under which a failed poll is shown.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Channel { reason, .. } => reason,
            Self::LeaseLost => "LEASE_LOST",
            Self::OrderNotFound(_) => "ORDER_NOT_FOUND",
            Self::OrderStillOpen(_) => "ORDER_STILL_OPEN",
            Self::ClaimNotFound(_) => "CLAIM_NOT_FOUND",
            Self::InquiryNotFound(_) => "INQUIRY_NOT_FOUND",
            Self::TemplateNotFound(_) => "ANSWER_TEMPLATE_NOT_FOUND",
            Self::TemplateNameTaken(_) => "ANSWER_TEMPLATE_NAME_TAKEN",
            Self::TemplateChanged { .. } => "ANSWER_TEMPLATE_CHANGED",
            Self::TemplatesTooMany(_) => "ANSWER_TEMPLATES_TOO_MANY",
            Self::AccountNotFound(_) => "CHANNEL_ACCOUNT_NOT_FOUND",
            Self::SweepUnfinished { .. } => "SWEEP_UNFINISHED",
            Self::ProductListsUnread { .. } => "PRODUCT_LISTS_UNREAD",
            Self::Stopping => "STOPPING",
            Self::Database(_) => "DATABASE_FAILED",
            Self::Undecodable { .. } => "STORED_ROW_UNREADABLE",
            Self::Vault(_) => "VAULT_FAILED",
            Self::Serve(_) => "SERVE_FAILED",
        }
    }

    /// Why this very row cannot be stored while others may well pass: the database refuses its values (SQLSTATE classes
    /// 22 and 23), what is stored of it means nothing, or what it was sealed with does not open it.
    pub(crate) fn refuses_the_row(&self) -> Option<String> {
        match self {
            Self::Database(sqlx::Error::Database(error)) if !self.is_transient() => {
                let code = error.code()?;
                let about_the_row = code.starts_with("22") || code.starts_with("23");
                // The message and detail may quote the value; code and constraint do not.
                about_the_row.then(|| match error.constraint() {
                    Some(constraint) => format!("refused by {constraint} ({code})"),
                    None => format!("refused by the database ({code})"),
                })
            }
            Self::Undecodable { .. } => Some(self.to_string()),
            Self::Vault(
                error @ (VaultError::Malformed(_)
                | VaultError::WrongKey { .. }
                | VaultError::Refused
                | VaultError::UnknownKek { .. }
                | VaultError::DataKeyRefused { .. }),
            ) => Some(error.to_string()),
            _ => None,
        }
    }

    /// Whether the same transaction may simply be tried again: deadlock, serialization, or another one placed one of its
    /// orders first, which the next try will know.
    pub(crate) fn is_transient(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return false;
        };
        match error.code().as_deref() {
            Some("40P01" | "40001") => true,
            Some("23505") => error.constraint() == Some("orders_channel_order_key"),
            _ => false,
        }
    }

    /// After which pause a read that met trouble on the way may be made once more; none when waiting for it does not help,
    /// or takes longer than is worth holding the rest of the window for.
    pub(crate) fn passes_after(&self) -> Option<Duration> {
        let Self::Channel {
            reason,
            retry_after,
            ..
        } = self
        else {
            return None;
        };
        let passes = matches!(
            reason.as_str(),
            "CHANNEL_FAULT"
                | "CHANNEL_UNREACHABLE"
                | "CHANNEL_TIMED_OUT"
                | "CHANNEL_CONNECTION_LOST"
                | "CHANNEL_ANSWER_UNFINISHED"
                | "CHANNEL_MALFORMED_ANSWER"
                | "CHANNEL_QUOTA_EXHAUSTED"
        );
        let pause = retry_after.unwrap_or_default().max(SHORTEST_WAIT);
        (passes && pause <= LONGEST_WAIT).then_some(pause)
    }

    /// The error with its causes, for the log.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text
    }
}
