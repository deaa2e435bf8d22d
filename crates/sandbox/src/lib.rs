//! Plays the outside world on loopback with the real wire formats.
//!
//! No Korean marketplace offers a test environment. The sandbox is one: it speaks Coupang's, SmartStore's, SOLAPI's and
//! Slack's own protocols, checks signatures, quotas, pages and states as strictly as they do, and writes down everything
//! it saw. A service meets it by base URL alone and cannot tell the difference.
//!
//! Invariants:
//! - What an answer says has happened is in the journal before the answer leaves; a killed sandbox loses nothing.
//! - The verdict is a fold over the ledger, so it never depends on what the hub believes.
//! - Moving the clock moves the world's time only, never that of signatures and quotas.
//! - The same seed gives the same accounts, goods and buyers.
//!
//! Map: [`Config`] and [`start`] are the door. `world` is what exists and happens, `journal`, `ledger` and `verdict`
//! remember and judge it, `coupang`, `smartstore`, `solapi` and `slack` are the counters people call at, `faults` spoils
//! their answers on request, `control` is the operator's desk on its own port.
//!
//! # The control desk
//!
//! | call | what it does |
//! | --- | --- |
//! | `GET /` | a page for people, in Korean: orders, claims and questions of each channel with buttons, messages, last calls |
//! | `GET /control/accounts` | the credentials the sandbox accepts, with base URLs and listings |
//! | `POST /control/orders` `{"channel","count"?,"kind"?,"account"?,"lines"?,"late_seconds"?,"receiver_name"?,"address_detail"?,"note"?}` | people buy |
//! | `GET /control/orders?limit=`, `GET /control/orders/coupang/{id}` | orders as the channel knows them |
//! | `POST /control/orders/coupang/{id}/cancel` `{"items"?: [{"vendor_item_id","count"}],"reason"?}` | the buyer cancels |
//! | `POST …/{id}/stop` (the same body) | the same, only for goods that are being prepared |
//! | `POST …/{id}/return` (the same, and `"fast_refund"?`), `POST …/{id}/exchange` | the buyer sends back what the carrier has or had |
//! | `POST …/{id}/confirm`, `POST …/{id}/address` | the buyer confirms the purchase; wants it elsewhere |
//! | `POST …/{id}/ask` `{"kind"?,"text"?,"vendor_item_id"?,"confirmation_only"?}` | the buyer asks: `product`, `call_center` |
//! | `POST /control/questions/coupang/{inquiry}/delete` | the buyer takes the question away |
//! | `POST /control/receipts/coupang/{receipt}/{withdraw,question,refund}` | the buyer keeps the goods; Coupang has to look; Coupang refunds by itself |
//! | `POST /control/exchanges/coupang/{exchange}/withdraw` | the buyer keeps the goods |
//! | `POST /control/orders` `{"channel":"smartstore","unpaid"?,"gift"?,"hope"?,…}` | people buy at SmartStore |
//! | `GET /control/orders/smartstore/{id}` | the order with its product orders |
//! | `POST /control/orders/smartstore/{id}/{cancel,stop}` `{"items"?: [{"product_order_id","count"?}],"reason"?}` | the buyer cancels; the same, only for what was confirmed |
//! | `POST …/{id}/{return,exchange}` (the same body) | the buyer sends back what the carrier has or had |
//! | `POST …/{id}/{withdraw,collect}` | the buyer takes the claim back; somebody fetches the goods, then brings them |
//! | `POST …/{id}/{pay,accept,address,confirm}` | the transfer arrives; a gift is accepted; the buyer moves (`"receiver_name"?`, `"address_detail"?`); the buyer is content |
//! | `POST …/{id}/ask` `{"kind"?,"text"?,"product_order_id"?}` | the buyer asks: `product`, `order` |
//! | `PUT /control/smartstore` | its switches (below); `POST …/revoke-tokens`, `POST …/lift-penalties` |
//! | `PUT /control/rate` `{"orders_per_second"?,"smartstore_orders_per_second"?}` | buying by itself |
//! | `PUT /control/quotas` `{"coupang"?:{"calls_per_second"},"smartstore"?:{…}}` | the quotas |
//! | `PUT /control/visibility` `{"delay_seconds"}` | how late lists show orders placed from now on |
//! | `PUT /control/pace` `{"scan_after_seconds"?,"deliver_after_seconds"?,"message_sent_after_ms"?,"message_delivered_after_ms"?}` | how fast parcels and messages arrive |
//! | `PUT /control/clock` `{"advance_seconds"}` | moves the world's time on |
//! | `PUT /control/coupang` | the switches of Coupang (below); `POST …/open-door` ends bans and blocks |
//! | `POST /control/keys/coupang/{vendor}/{expire,renew,reissue}` | what happens to keys; a new one ends the old at once |
//! | `PUT /control/lag` `{"seconds"}` | how long Coupang's lists show what was, while single reads show what is |
//! | `PUT /control/verbose` `{"enabled"}` | every call becomes a ledger entry |
//! | `PUT /control/faults` `{"faults":[{"channel","kind","probability"?,"path"?,"method"?,"times"?,"ms"?}]}` | replaces all trouble |
//! | `PUT /control/faults` `{"channel","rates":{"error_500":0.05,…}}` | replaces the shares of that channel's calls that each kind hits |
//! | `PUT /control/poison` `{"orders":[{"channel","channel_order_id","poison":"wrong_type"\|"huge_name"\|"far_date"}]}` | spoils the rows of these orders in every answer |
//! | `GET /control/ledger?after=&limit=` | what was seen, in order |
//! | `GET /control/verdict` | the judgement |
//!
//! Kinds of fault: `error_500`, `maintenance`, `reset_before`, `html_body`, `garbage_body`, `throttle` and
//! `forbidden_address` happen instead of the work; `reset_after`, `error_after_write`, `timeout_after_write`, `torn_body`,
//! `duplicate_page`, `reversed_page`, `unknown_field` and `late_answer` after it; `latency` delays it; `late_arrival` hits orders, which
//! lists show late. Coupang's gateway adds `api_retired`, `not_deployed`, `read_timed_out`, `api_locked`, `blocked` and
//! `unreachable`. Trouble repeats with the seed.
//!
//! Reasons of buyers: `changed_mind`, `defect`, `different_option`, `missing_parts`. A `GET` on any `PUT` address shows
//! the rules as they stand. Errors are `{"error":{"field","reason"}}`.
//!
//! # The switches of Coupang
//!
//! `allowed_addresses`, `seen_address` (where calls seem to come from), `ban_after_errors`, `ban_seconds`,
//! `block_after_wrong_vendors`, `block_seconds`, `gateway_patience_ms`, `mask_names`, `null_safe_numbers`,
//! `english_refusals`, `exclusive_end`, `old_order_is_object`, `new_history_nests_data`, `already_shipped_completes`,
//! `product_errors_are_ok`, `products_need_token`, `strict_headers`, `refused_acknowledge_code`, `refusal_words_in`,
//! `slow_completed_returns`. What each says stands at its definition in `coupang::rules`; null puts one back.
//!
//! # The switches of SmartStore
//!
//! Where reports about the real one contradict each other or say nothing, a switch decides; what is left out stays.
//!
//! | switch | default | meaning |
//! | --- | --- | --- |
//! | `allowed_addresses` | `[]` | who may call; empty means everybody |
//! | `missing_groups` | `[]` | API groups not granted (403): `orders`, `products`, `inquiries`, `settlement`, `seller` |
//! | `token_seconds` | 10800 | how long a token lives (real time) |
//! | `penalize_token_calls` | true | non-standard token calls cost the application all but one call an hour |
//! | `feed_delay_seconds` | 0 | how late (world time) feed rows show |
//! | `refuse_unknown_ids` | false | a query with an unknown id is refused whole (101009) |
//! | `ignore_second_confirm` | false | a second confirm succeeds instead of failing with 104443 |
//! | `dispatch_confirms` | false | dispatch of an unconfirmed product order confirms it instead of failing with 104443 |
//! | `reuse_numbers` | false | a number may be used for several packages instead of failing with 104121 |
//! | `future_windows` | true | a feed window may end in the future |
//! | `seller_cancel_waits` | false | a cancel by the seller waits for its approval |
//! | `refunds_stick` | false | a cancel stays CANCELING until the seller approves it |
//! | `refunds_when_expected` | false | a return that is back is refunded by itself at its `refundExpectedDate`, unless it is held |
//! | `seller_cancel_hides_claim` | false | an order cancelled by the seller shows no claim |
//! | `legacy_claims` | false | details repeat the claim at their top level, as until 2026-10-28 |
//! | `mask_orderer_id` | true | the orderer's id comes masked |
//! | `option_stock_clears_missing` | false | an option that a stock update leaves out loses its stock |
//!
//! # Recipients that stand for failures
//!
//! A text message to `0100000` and four digits is refused with that code (1026, 1030, 1060, 1061), or accepted and then
//! failed with it (2xxx, 3xxx).

mod buying;
mod calls;
mod clock;
mod config;
mod control;
mod coupang;
mod faults;
mod journal;
mod ledger;
mod server;
mod settings;
mod shared;
mod slack;
mod smartstore;
mod solapi;
mod store;
mod verdict;
mod world;

pub use config::{Config, ConfigError};
pub use journal::JournalError;
pub use server::{Running, StartError, start};
