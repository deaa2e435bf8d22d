//! What a fresh look at a channel says about something that is about to leave.

/// What a look says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Nothing speaks against it.
    Clear,
    /// Exactly this stands there already.
    AlreadyDone,
    /// Something speaks against it: a stable reason, and the same for people.
    Against(&'static str, String),
}

impl Looked {
    /// Something speaks against it.
    pub fn against(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::Against(reason, detail.into())
    }
}

/// Where an effect that exists already stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The channel has it.
    Given,
    /// It is on its way, or nobody knows.
    UnderWay,
    /// It did not get there, and nothing moves it on by itself.
    Failed,
}
