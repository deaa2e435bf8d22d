//! What the suite must be told of a channel: how its sandbox is set up, and how its buyers come to a demand.

use moa_proto::moa::channel_proxy::v1 as pb;
use pb::ChannelOperation as Operation;
use serde_json::Value;

use super::desk::Desk;

/// A channel's sandbox in our words. Whatever is the same at every channel stands in [`Desk`] and not here.
pub trait World: Sized {
    /// Its code, by which the sandbox's desk knows it too.
    const CHANNEL: &'static str;

    /// What the adapter has to declare, no more and no less.
    const OPERATIONS: &'static [Operation];

    /// Where buyers ask.
    const INQUIRY_KINDS: &'static [pb::InquiryKind];

    /// Calls a second that the channel documents.
    const DOCUMENTED_CALLS: u32;

    /// How many orders stand on more than one page of a window.
    const MORE_THAN_A_PAGE: u32;

    /// What the channel says of a key that is not its own.
    const WRONG_KEY: &'static str;

    /// A sandbox that allows so many calls a second.
    fn allow(config: &mut sandbox::Config, calls_per_second: u32);

    /// The sandbox's account of this number, as its desk lists them.
    fn credentials(account: &Value) -> pb::Credentials;

    /// The same with a secret that is none.
    fn wrong_key(credentials: pb::Credentials) -> pb::Credentials;

    /// What of it must not be seen anywhere.
    fn secret(credentials: &pb::Credentials) -> String;

    /// Who works there, as the channel knows people; empty where it does not ask.
    fn person(account: &Value) -> String;

    /// A part of the path of the call that tells this, and of no call that only looks.
    fn path(operation: Operation) -> &'static str;

    /// A claim of its own about which this can be told now.
    fn claim_for(
        desk: &mut Desk<Self>,
        operation: Operation,
    ) -> impl Future<Output = pb::ChannelClaim>;

    /// The buyer takes a claim back.
    fn take_back(desk: &mut Desk<Self>, claim: &pb::ChannelClaim) -> impl Future<Output = ()>;

    /// What the sandbox's desk is told when a buyer asks; `to_confirm` for what needs no answer.
    fn question(kind: pb::InquiryKind, text: &str, to_confirm: bool) -> Value;
}
