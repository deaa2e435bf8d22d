//! Credentials beside those in use: new ones that are not trusted yet, and old ones that may be needed again.

use chrono::{DateTime, NaiveDate, Utc};
use moa_id::{ChannelAccountId, CredentialsId};

use crate::domain::account::AccountTest;

/// Sets that may wait beside those in use.
pub const MAX_WAITING: usize = 5;

/// A set without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSet {
    /// Ours.
    pub id: CredentialsId,
    /// Whose they are.
    pub account_id: ChannelAccountId,
    /// Where they stand.
    pub state: SetState,
    /// When they were issued, if somebody said so.
    pub key_issued_on: Option<NaiveDate>,
    /// The last test, if there was one.
    pub last_test: Option<AccountTest>,
    /// When they were entered.
    pub created_at: DateTime<Utc>,
    /// When they reached their state.
    pub changed_at: DateTime<Utc>,
}

/// Where a set stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetState {
    /// Entered, not in use yet.
    Pending,
    /// In use.
    Promoted,
    /// Was in use, and may be again.
    Previous,
    /// Destroyed.
    Retired,
}

/// Why a set is not put to use or not destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetRefusal {
    /// Nobody knows whether the channel takes it.
    #[error("these credentials have not passed a test; test them first")]
    NotTested,
    /// It stands nowhere any more.
    #[error("these credentials are retired; enter them again")]
    Retired,
    /// It is what calls are signed with.
    #[error("these credentials are in use; promote others first")]
    InUse,
}

impl SetState {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Promoted => "PROMOTED",
            Self::Previous => "PREVIOUS",
            Self::Retired => "RETIRED",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Promoted, Self::Previous, Self::Retired]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// Whether there is something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Do it.
    Go,
    /// It is so already.
    Done,
}

impl CredentialSet {
    /// Whether the set may be put to use. New ones must have passed a test; old ones have been in use.
    pub fn promote(&self) -> Result<Step, SetRefusal> {
        let passed = self
            .last_test
            .as_ref()
            .is_some_and(|test| test.refusal.is_none());
        match self.state {
            SetState::Promoted => Ok(Step::Done),
            SetState::Previous => Ok(Step::Go),
            SetState::Pending if passed => Ok(Step::Go),
            SetState::Pending => Err(SetRefusal::NotTested),
            SetState::Retired => Err(SetRefusal::Retired),
        }
    }

    /// Whether the set may be destroyed.
    pub fn retire(&self) -> Result<Step, SetRefusal> {
        match self.state {
            SetState::Pending | SetState::Previous => Ok(Step::Go),
            SetState::Promoted => Err(SetRefusal::InUse),
            SetState::Retired => Ok(Step::Done),
        }
    }

    /// Whether the set can be tested: it stands somewhere by itself.
    pub fn test(&self) -> Result<(), SetRefusal> {
        match self.state {
            SetState::Pending | SetState::Previous => Ok(()),
            SetState::Promoted => Err(SetRefusal::InUse),
            SetState::Retired => Err(SetRefusal::Retired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_answer_to_every_wish() {
        let ids = moa_id::Ids::seeded(1);
        let test = |refusal: Option<&str>| {
            Some(AccountTest {
                tested_at: DateTime::UNIX_EPOCH,
                refusal: refusal.map(|reason| (reason.to_owned(), String::new())),
            })
        };
        let table = [
            (
                SetState::Pending,
                None,
                Err(SetRefusal::NotTested),
                Ok(Step::Go),
            ),
            (
                SetState::Pending,
                test(Some("X")),
                Err(SetRefusal::NotTested),
                Ok(Step::Go),
            ),
            (SetState::Pending, test(None), Ok(Step::Go), Ok(Step::Go)),
            (
                SetState::Promoted,
                None,
                Ok(Step::Done),
                Err(SetRefusal::InUse),
            ),
            (SetState::Previous, None, Ok(Step::Go), Ok(Step::Go)),
            (
                SetState::Retired,
                test(None),
                Err(SetRefusal::Retired),
                Ok(Step::Done),
            ),
        ];
        for (state, last_test, promote, retire) in table {
            let set = CredentialSet {
                id: ids.next(),
                account_id: ids.next(),
                state,
                key_issued_on: None,
                last_test,
                created_at: DateTime::UNIX_EPOCH,
                changed_at: DateTime::UNIX_EPOCH,
            };
            assert_eq!(set.promote(), promote, "{set:?}");
            assert_eq!(set.retire(), retire, "{set:?}");
            assert_eq!(SetState::parse(state.as_str()), Some(state));
        }
    }
}
