//! The contract `moa.channel_proxy.v1`, told once in our words and run for every channel against its sandbox.
//!
//! A channel joins with a [`world::World`] and one `channel!` line below. Every operation of the contract has its
//! stories: a channel that declares it has to pass them, one that does not has to refuse it by name, and one that
//! declares other operations than its world names fails at once.

mod accounts;
mod acknowledge;
mod coupang;
mod desk;
mod dispatch;
mod effects;
mod messages;
mod orders;
mod reads;
mod ready;
mod smartstore;
mod told;
mod topics;
mod world;

use moa_proto::moa::channel_proxy::v1::ChannelOperation as Operation;

/// Stories for one channel, each with a database of its own.
macro_rules! stories {
    ($world:ty; $($room:ident: $($story:ident),+ $(,)?;)+) => {
        $($(
            #[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
            async fn $story(pool: PgPool) {
                crate::contract::$room::$story::<$world>(pool).await;
            }
        )+)+
    };
}

/// What is told by one message: its whole life as an effect, and its refusals.
macro_rules! operations {
    ($world:ty; $($one_effect:ident, $refusals:ident: $operation:ident;)+) => {
        $(
            #[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
            async fn $one_effect(pool: PgPool) {
                crate::contract::effects::one_effect::<$world>(pool, Operation::$operation).await;
            }

            #[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
            async fn $refusals(pool: PgPool) {
                crate::contract::effects::its_refusals::<$world>(pool, Operation::$operation).await;
            }
        )+

        pub const TOLD: &[Operation] = &[$(Operation::$operation),+];
    };
}

/// Everything, for one channel.
macro_rules! channel {
    ($module:ident, $world:ty) => {
        mod $module {
            use moa_proto::moa::channel_proxy::v1::ChannelOperation as Operation;
            use sqlx::PgPool;

            stories! { $world;
                accounts:
                    it_declares_what_it_can_do,
                    an_account_is_registered_once_and_tested,
                    a_wrong_key_is_told_and_not_tried_on_and_on,
                    fields_of_a_registration_are_refused_by_name,
                    an_inactive_account_is_neither_read_nor_written_to,
                    an_account_is_its_merchant_s_alone,
                    only_fulfillment_writes,
                    the_documented_allowance_is_kept,
                    too_many_calls_are_followed_by_a_pause_that_is_shown;
                orders:
                    an_order_is_found_with_its_contact_and_its_raw_page,
                    every_order_of_a_window_is_on_one_of_its_pages,
                    a_window_without_orders_is_an_empty_page,
                    questions_that_make_no_window_are_refused_by_field,
                    a_token_of_another_question_is_refused,
                    an_answer_that_cannot_be_read_loses_nothing,
                    rows_twice_and_unknown_members_do_no_harm,
                    one_parcel_is_read_by_its_id,
                    a_cancel_that_waits_is_found_as_a_claim_and_holds_its_line,
                    a_claim_that_was_taken_back_is_not_decided_about;
                acknowledge:
                    parcels_are_accepted_each_with_its_own_answer,
                    an_acknowledge_whose_answer_was_lost_is_found_by_its_probe,
                    what_is_no_batch_is_refused_by_field;
                dispatch:
                    a_parcel_leaves_once_under_its_permit,
                    a_look_names_what_stands_against_each_parcel,
                    a_parcel_that_was_packed_for_another_receiver_gets_no_permit,
                    nothing_leaves_without_a_permit_for_exactly_it,
                    a_permit_is_good_once,
                    a_permit_ends_five_seconds_after_its_look,
                    a_dispatch_whose_answer_was_lost_is_found_by_its_probe,
                    a_batch_leaves_but_for_the_parcel_that_was_cancelled,
                    a_direct_delivery_needs_no_carrier,
                    a_parcel_leaves_in_parts_or_not_at_all,
                    a_look_that_fails_gives_no_permit;
                reads:
                    reads_are_refused_to_strangers,
                    one_claim_is_read_by_its_name,
                    one_order_is_read_with_all_its_parcels,
                    a_parcel_s_way_is_told_newest_first,
                    every_kind_of_question_is_asked_read_and_answered,
                    questions_are_refused_by_field,
                    every_listing_is_reached_by_its_product,
                    an_offer_shows_what_was_changed,
                    what_is_owed_is_read_page_by_page_to_its_end;
            }

            operations! { $world;
                a_stop_is_confirmed_once, a_wrong_stop_is_refused: ConfirmStop;
                a_parcel_is_reported_as_shipped_once, a_wrong_report_is_refused: ReportAlreadyShipped;
                lines_are_cancelled_once, a_wrong_cancel_is_refused: CancelLines;
                a_claim_is_granted_once, a_wrong_grant_is_refused: ApproveClaim;
                a_claim_is_turned_down_once, a_wrong_rejection_is_refused: RejectClaim;
                goods_are_confirmed_back_once, a_wrong_confirmation_is_refused: ConfirmCollected;
                a_collection_is_reported_once, a_wrong_collection_is_refused: ReportCollection;
                an_exchange_is_sent_again_once, a_wrong_reshipment_is_refused: ReshipExchange;
                a_claim_is_held_once, a_wrong_hold_is_refused: HoldClaim;
                a_claim_is_released_once, a_wrong_release_is_refused: ReleaseClaim;
                a_number_is_corrected_once, a_wrong_correction_is_refused: CorrectTracking;
                a_dispatch_is_delayed_once, a_wrong_delay_is_refused: DelayDispatch;
                an_arrival_is_reported_once, a_wrong_arrival_is_refused: ReportDelivered;
                a_question_is_answered_once, a_wrong_answer_is_refused: AnswerInquiry;
                a_note_is_confirmed_once, a_wrong_note_is_refused: ConfirmInquiry;
                a_stock_is_set_once, a_wrong_stock_is_refused: SetStock;
                a_price_is_set_once, a_wrong_price_is_refused: SetPrice;
                a_sale_is_stopped_once, a_wrong_stop_of_a_sale_is_refused: StopSale;
                a_sale_is_resumed_once, a_wrong_resumption_is_refused: ResumeSale;
            }
        }
    };
}

channel!(at_coupang, crate::contract::coupang::Coupang);
channel!(at_smartstore, crate::contract::smartstore::SmartStore);

/// Told parcel by parcel, with stories of their own.
const BY_PARCEL: &[Operation] = &[
    Operation::Acknowledge,
    Operation::Dispatch,
    Operation::SplitDispatch,
];
/// Read, with a story each.
const READS: &[Operation] = &[
    Operation::FetchClaim,
    Operation::FetchOrder,
    Operation::FetchParcelHistory,
    Operation::FetchInquiries,
    Operation::FetchProducts,
    Operation::FetchSettlements,
];

/// An operation that is new in the contract has no stories yet: this is where that is seen.
#[test]
fn every_operation_of_the_contract_has_its_stories() {
    let numbers = (1..).map_while(|number| Operation::try_from(number).ok());
    let operations: Vec<Operation> = numbers.collect();
    assert!(operations.len() >= 28);
    for operation in operations {
        for told in [at_coupang::TOLD, at_smartstore::TOLD] {
            let rooms = [BY_PARCEL, READS, told];
            let known = rooms.iter().any(|room| room.contains(&operation));
            assert!(known, "{operation:?}");
        }
    }
}
