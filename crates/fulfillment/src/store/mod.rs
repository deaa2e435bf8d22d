//! SQL of this service's tables: rows in, domain values out. Every function names the merchant.

pub mod acknowledgements;
pub mod affected_lines;
pub mod claim_decisions;
pub mod components;
pub mod effects;
pub mod entitlements;
pub mod inquiry_answers;
pub mod listings;
pub mod orders;
pub mod planning_queue;
pub mod shipments;

/// What can go wrong with stored facts.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A row that this version cannot read.
    #[error("{table} {id} cannot be read: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    /// Whether a constraint, known by the name we gave it, refused a write.
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.constraint() == Some(name))
    }

    fn corrupt(table: &'static str, id: impl ToString, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            table,
            id: id.to_string(),
            reason: reason.into(),
        }
    }
}
