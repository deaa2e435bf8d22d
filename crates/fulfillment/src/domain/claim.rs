//! Which step a claim may take: by what is stored of it, and by what a fresh look at the channel shows. Returns and
//! exchanges go one way; what differs between them is which steps the channel offers.

use moa_id::EffectId;

use super::look::{Looked, Standing};

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    /// Cancelled before the merchant accepted.
    Cancel,
    /// The parcel shall not leave.
    StopShipment,
    /// Goods come back for money.
    Return,
    /// Goods come back for others.
    Exchange,
}

/// A step that a merchant takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The parcel stays.
    ConfirmStop,
    /// The parcel had left before.
    ReportAlreadyShipped,
    /// The goods are back.
    ConfirmCollected,
    /// It is granted: money goes back.
    Approve,
    /// It is refused.
    Reject,
    /// What goes out instead has left.
    Reship,
    /// The refund waits.
    Hold,
    /// The refund waits no more.
    Release,
    /// Under which number the goods come back.
    ReportCollection,
}

macro_rules! stored_words {
    ($type:ty { $($variant:ident = $word:literal,)+ }) => {
        impl $type {
            /// Every one there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// As stored and told.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads the stored word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}
stored_words!(ClaimKind {
    Cancel = "CANCEL",
    StopShipment = "STOP_SHIPMENT",
    Return = "RETURN",
    Exchange = "EXCHANGE",
});
stored_words!(Action {
    ConfirmStop = "CONFIRM_STOP",
    ReportAlreadyShipped = "REPORT_ALREADY_SHIPPED",
    ConfirmCollected = "CONFIRM_COLLECTED",
    Approve = "APPROVE",
    Reject = "REJECT",
    Reship = "RESHIP",
    Hold = "HOLD",
    Release = "RELEASE",
    ReportCollection = "REPORT_COLLECTION",
});

impl Action {
    /// Whether it may be taken again after it was taken: a refund is held and released as often as needed.
    const fn repeats(self) -> bool {
        matches!(self, Self::Hold | Self::Release | Self::ReportCollection)
    }
}

/// A step that was asked for before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which.
    pub action: Action,
    /// Its effect.
    pub effect_id: EffectId,
    /// Where it stands.
    pub standing: Standing,
    /// The request that it came of.
    pub request_id: String,
}

/// What deciding comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A new effect, so many of the same action having been taken before.
    Intend(usize),
    /// New terms for the effect that failed.
    TryAgain(EffectId),
    /// The same request again.
    Nothing(EffectId),
}

/// Why a claim does not take a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefusal {
    /// It is over, or this step was taken.
    #[error("this was decided already")]
    AlreadyDecided,
    /// One step at a time.
    #[error("{} of this claim is on its way; wait for what becomes of it", .0.as_str())]
    UnderWay(Action),
    /// The channel does not offer it now.
    #[error("the channel does not offer this step now; it offers: {0}")]
    NotPossible(String),
    /// The channel made no parcel to name, or several.
    #[error(
        "name the exchange's parcel; the channel makes it some minutes after the goods are back"
    )]
    ParcelUnclear,
    /// Its kind is none that this version knows.
    #[error("the channel shows a claim of a kind that this version does not know")]
    KindUnknown,
}

/// What is stored of a claim.
#[derive(Debug, Clone)]
pub struct StoredClaim<'a> {
    /// It is undecided.
    pub is_open: bool,
    /// What the channel offers.
    pub actions: &'a [Action],
}

/// Decides by what is stored.
pub fn decide(
    claim: &StoredClaim<'_>,
    action: Action,
    taken: &[Taken],
    request_id: &str,
) -> Result<Step, ClaimRefusal> {
    if let Some(same) = taken.iter().find(|one| one.request_id == request_id) {
        return Ok(Step::Nothing(same.effect_id));
    }
    one_at_a_time(taken)?;
    let mut of_this = taken.iter().filter(|one| one.action == action);
    let given = of_this
        .clone()
        .filter(|one| one.standing == Standing::Given)
        .count();
    if !claim.is_open || (given > 0 && !action.repeats()) {
        return Err(ClaimRefusal::AlreadyDecided);
    }
    if !claim.actions.contains(&action) {
        let offered: Vec<&str> = claim.actions.iter().map(|one| one.as_str()).collect();
        return Err(ClaimRefusal::NotPossible(offered.join(", ")));
    }
    let failed = of_this.find(|one| one.standing == Standing::Failed);
    Ok(match failed {
        Some(failed) => Step::TryAgain(failed.effect_id),
        None => Step::Intend(given),
    })
}

/// Refuses while a step is on its way, and names it.
fn one_at_a_time<'a>(taken: impl IntoIterator<Item = &'a Taken>) -> Result<(), ClaimRefusal> {
    let mut taken = taken.into_iter();
    match taken.find(|one| one.standing == Standing::UnderWay) {
        Some(under_way) => Err(ClaimRefusal::UnderWay(under_way.action)),
        None => Ok(()),
    }
}

/// Whether the step that an effect takes may be tried once more as it is: not beside another one.
pub fn may_redrive(taken: &[Taken], effect_id: EffectId) -> Result<(), ClaimRefusal> {
    one_at_a_time(taken.iter().filter(|one| one.effect_id != effect_id))
}

/// How a claim ended, or that it did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimState {
    /// Undecided; also when nobody knows better.
    Open,
    /// Granted or done.
    Completed,
    /// The buyer took it back.
    Withdrawn,
    /// The merchant refused it.
    Rejected,
}

/// What a fresh look at a claim shows.
#[derive(Debug, Clone)]
pub struct Sight {
    /// How it ended, or that it did not.
    pub state: ClaimState,
    /// The goods are back, or past that.
    pub is_collected: bool,
    /// The refund waits for the merchant.
    pub is_held: bool,
    /// What the channel offers now.
    pub actions: Vec<Action>,
    /// All that it is about; 0 when the channel does not say.
    pub quantity: i32,
    /// Numbers under which goods come back.
    pub collections: Vec<String>,
    /// Number of the parcel that is to go out, as far as the channel has one; none when there is no such parcel.
    pub reshipment: Option<String>,
}

/// What is to be done, as far as a look needs to know it.
#[derive(Debug, Clone)]
pub struct Doing<'a> {
    /// The step.
    pub action: Action,
    /// The number that is told; empty where none is.
    pub tracking_number: &'a str,
    /// How many pieces it is about; 0 where that is not told.
    pub quantity: i32,
}

/// Judges what a look shows; `None` when the channel does not show the claim any more.
pub fn judge(sight: Option<&Sight>, doing: &Doing<'_>) -> Looked {
    let withdrawn = || Looked::against("CLAIM_WITHDRAWN", "the buyer took the claim back");
    let Some(sight) = sight else {
        return Looked::against(
            "CLAIM_WITHDRAWN",
            "the channel does not show this claim any more; most often the buyer took it back",
        );
    };
    let same = |there: &str| same_number(there, doing.tracking_number);
    let done = match doing.action {
        Action::Approve | Action::ConfirmStop => sight.state == ClaimState::Completed,
        Action::Reject => sight.state == ClaimState::Rejected,
        Action::ConfirmCollected => sight.is_collected,
        Action::Hold => sight.is_held,
        Action::Release => sight.state == ClaimState::Open && !sight.is_held,
        Action::ReportCollection => sight.collections.iter().any(|there| same(there)),
        Action::Reship => sight.reshipment.as_deref().is_some_and(same),
        Action::ReportAlreadyShipped => false,
    };
    if done {
        return Looked::AlreadyDone;
    }
    match sight.state {
        ClaimState::Open => {}
        ClaimState::Withdrawn => return withdrawn(),
        ClaimState::Completed => {
            return Looked::against("CLAIM_ALREADY_COMPLETED", "the claim is completed");
        }
        ClaimState::Rejected => return Looked::against("CLAIM_REJECTED", "the claim was refused"),
    }
    if !sight.actions.contains(&doing.action) {
        let offered: Vec<&str> = sight.actions.iter().map(|one| one.as_str()).collect();
        let detail = format!(
            "the channel does not offer this step now; it offers: {}",
            offered.join(", ")
        );
        return Looked::against("CLAIM_STATE_CHANGED", detail);
    }
    if doing.quantity > 0 && sight.quantity > 0 && doing.quantity != sight.quantity {
        let detail = format!(
            "the claim was about {} piece(s) when it was decided and is about {} now",
            doing.quantity, sight.quantity
        );
        return Looked::against("QUANTITY_CHANGED", detail);
    }
    match (doing.action, sight.reshipment.as_deref()) {
        (Action::Reship, None) => Looked::against(
            "PARCEL_NOT_FOUND",
            "the exchange has no such parcel; it gets one some minutes after the goods were received",
        ),
        (Action::Reship, Some(there)) if !there.is_empty() => Looked::against(
            "TRACKING_NUMBER_DIFFERS",
            format!("the channel has the exchange's parcel under {there}"),
        ),
        _ => Looked::Clear,
    }
}

/// Channels write the same number with and without blanks and hyphens.
fn same_number(a: &str, b: &str) -> bool {
    let digits =
        |text: &str| -> String { text.chars().filter(|c| c.is_ascii_alphanumeric()).collect() };
    let (a, b) = (digits(a), digits(b));
    !a.is_empty() && a == b
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
