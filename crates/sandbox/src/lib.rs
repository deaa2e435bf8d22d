//! Plays the outside world on loopback with the real wire formats.
//!
//! No Korean marketplace offers a test environment. The sandbox is one: it speaks Coupang's, SOLAPI's and Slack's own
//! protocols, checks signatures, quotas, pages and states as strictly as they do, and writes down everything it saw. A
//! service meets it by base URL alone and cannot tell the difference.
//!
//! Invariants:
//! - What an answer says has happened is in the journal before the answer leaves; a killed sandbox loses nothing.
//! - The verdict is a fold over the ledger, so it never depends on what the hub believes.
//! - Moving the clock moves the world's time only, never that of signatures and quotas.
//! - The same seed gives the same accounts, goods and buyers.
//!
//! Map: [`Config`] and [`start`] are the door. `world` is what exists and happens, `journal`, `ledger` and `verdict`
//! remember and judge it, `coupang`, `solapi` and `slack` are the counters people call at, `faults` spoils their
//! answers on request, `control` is the operator's desk on its own port.

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
mod solapi;
mod store;
mod verdict;
mod world;

pub use config::{Config, ConfigError};
pub use journal::JournalError;
pub use server::{Running, StartError, start};
