//! How long and how hard.

use clap::Parser;

/// Lets the hub work under faults and real quotas, and judges it. The binary under test is MOA_BIN, else `moa` beside
/// this one.
#[derive(Debug, Parser)]
#[command(name = "soak", version)]
pub struct Options {
    /// Orders, over all channels; those of the crowd at one vendor come on top.
    #[arg(long, env = "SOAK_ORDERS", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub orders: u32,
    /// Accounts at each channel.
    #[arg(long, env = "SOAK_ACCOUNTS", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub accounts: u32,
    /// How long people buy, in seconds; the run ends when everything is settled.
    #[arg(long, env = "SOAK_DURATION", default_value_t = 1_200, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    pub duration: u32,
    /// Orders of one Coupang vendor that are dispatched at once; 0 leaves the scenario out.
    #[arg(long, env = "SOAK_CROWD", default_value_t = 500, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub crowd: u32,
    /// Percent of a channel's calls that meet trouble.
    #[arg(long, env = "SOAK_FAULTS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=50))]
    pub faults: u32,
    /// Percent of the orders whose buyers cancel, at moments that the seed chooses.
    #[arg(long, env = "SOAK_CANCELS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub cancels: u32,
    /// Chooses who buys where and who cancels when; any one must do.
    #[arg(long, env = "SOAK_SEED", default_value_t = 20)]
    pub seed: u64,
    /// How long each part may take to settle after its last order, in seconds.
    #[arg(long, env = "SOAK_PATIENCE", default_value_t = 3_600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub patience: u64,
    /// The other run: the hub's services run as a process each and are killed one after another, and what is judged is that
    /// everything which the channels have is in Moa, once and as it is there.
    #[arg(long, env = "SOAK_CHAOS")]
    pub chaos: bool,
    /// In that run, seconds between two kills at most; half of it at least.
    #[arg(long, env = "SOAK_KILLS", default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=600))]
    pub kills: u32,
    /// In that run, percent of the orders whose buyers ask something.
    #[arg(long, env = "SOAK_QUESTIONS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub questions: u32,
    /// In that run, how long each channel is away once, in seconds; 0 leaves it out. The alarm takes a quarter of an hour.
    #[arg(long, env = "SOAK_OUTAGE", default_value_t = 1_200, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    pub outage: u32,
    /// Ends when nothing is left but writes whose outcome the hub does not know yet and says so, and orders that left and
    /// were not read again since. It looks for such writes after two minutes and more, which a short run does not wait for.
    #[arg(long, env = "SOAK_SLICE")]
    pub slice: bool,
}
