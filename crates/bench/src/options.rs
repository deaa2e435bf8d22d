//! How much is measured.

use clap::{Parser, ValueEnum};

/// What is measured between the start and the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// From visible to the SMS.
    Messages,
    /// Collecting a crowd of orders.
    Ingest,
    /// Storing alone.
    Store,
    /// channel-proxy's reads and signatures.
    Adapter,
}

/// Measures the hub in one run and prints ratios. The binary under test is MOA_BIN, else `moa` beside this one.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
pub struct Options {
    /// Only this.
    #[arg(long, env = "BENCH_ONLY")]
    pub only: Option<Part>,
    /// Orders of the ingest, in all its rounds. A round of fewer than ten thousand measures the pause between two reads.
    #[arg(long, env = "BENCH_ORDERS", default_value_t = 40_000, value_parser = clap::value_parser!(u32).range(10..=200_000))]
    pub orders: u32,
    /// Orders of a window that is stored by itself. A bare database takes 80 ms for 2,000, of which the first page, which is
    /// stored alone, and the closing would be much.
    #[arg(long, env = "BENCH_STORE_ORDERS", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub store_orders: u32,
    /// Orders that the base is filled with.
    #[arg(long, env = "BENCH_BASE", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(10..=10_000_000))]
    pub base: u32,
    /// Rounds of the ingest, each followed by the yardstick.
    #[arg(long, env = "BENCH_ROUNDS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=10))]
    pub rounds: u32,
    /// Coupang accounts that the orders are spread over.
    #[arg(long, env = "BENCH_ACCOUNTS", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub accounts: u32,
    /// Calls a second and account, at the sandbox and in the hub.
    #[arg(long, env = "BENCH_QUOTA", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub quota: u32,
    /// Digital orders a second, for the way to the message.
    #[arg(long, env = "BENCH_MESSAGE_RATE", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub message_rate: u32,
    /// How long digital orders are placed, in seconds.
    #[arg(long, env = "BENCH_MESSAGE_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub message_seconds: u32,
    /// How long a load may take to settle, in seconds; what has not happened by then is told as such.
    #[arg(long, env = "BENCH_PATIENCE", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub patience: u64,
}

impl Options {
    /// Whether this is to be measured.
    pub fn measures(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}
