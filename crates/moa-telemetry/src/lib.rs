//! Logs, traces, metrics and their flush at exit.
//!
//! - [`Telemetry::init`] is called once, by the binary. Libraries and tests need nothing of it: without it `tracing`
//!   events go nowhere and metrics are kept only if somebody serves them.
//! - Field names keep their dots (`order.id`), in both log formats and in exported spans.
//! - The W3C propagator is always installed, and spans always carry a trace id, so a call's context travels on even where
//!   no collector is configured.
//! - [`serve_ops`] answers `/livez`, `/readyz` and `/metrics`; what is ready is decided by the parts of [`Health`].

mod error;
mod health;
mod init;
mod metrics;
mod ops;

pub use error::TelemetryError;
pub use health::{Health, HealthHandle, PartHealth};
pub use init::{LogFormat, Telemetry, TelemetryConfig, is_filter};
pub use ops::{serve_ops, serve_ops_on};
