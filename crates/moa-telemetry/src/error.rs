use std::net::SocketAddr;

/// Why logs, traces, metrics or the operations server could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The log filter does not parse.
    #[error(
        "the log filter `{filter}` is not valid; use levels and targets such as `info,order_sync=debug`"
    )]
    Filter {
        /// The filter as configured.
        filter: String,
        /// What the parser says.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// The log format has no such name.
    #[error("the log format `{0}` is not known; use `pretty` or `json`")]
    Format(String),
    /// The exporter of traces could not be built.
    #[error(
        "traces cannot be exported to `{endpoint}`; use the collector's gRPC address such as `http://127.0.0.1:4317`"
    )]
    Exporter {
        /// The endpoint as configured.
        endpoint: String,
        /// What the exporter says.
        #[source]
        source: opentelemetry_otlp::ExporterBuildError,
    },
    /// Something in this process receives logs already.
    #[error("logs are set up already in this process; initialise telemetry once, in the binary")]
    AlreadyInitialised(#[source] tracing_subscriber::util::TryInitError),
    /// The recorder of metrics could not be installed.
    #[error("metrics cannot be recorded: {0}")]
    Recorder(String),
    /// The operations address is taken or not ours.
    #[error("the operations server cannot listen on {addr}; change MOA_OPS_ADDR or free the port")]
    Bind {
        /// The address as configured.
        addr: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The operations server failed while it ran.
    #[error("the operations server stopped")]
    Serve(#[source] std::io::Error),
}
