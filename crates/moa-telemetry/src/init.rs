use std::io::IsTerminal;
use std::str::FromStr;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::{TelemetryError, metrics};

/// How long one export, and the flush at the end, may take.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people: one line an event, coloured on a terminal.
    #[default]
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = TelemetryError;

    fn from_str(text: &str) -> Result<Self, TelemetryError> {
        match text {
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            other => Err(TelemetryError::Format(other.to_owned())),
        }
    }
}

/// Whether logs can be filtered by this text, so that a mistake is known before anything is set up.
pub fn is_filter(text: &str) -> bool {
    EnvFilter::try_new(text).is_ok()
}

/// What [`Telemetry::init`] needs to know.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// How log lines look.
    pub format: LogFormat,
    /// Which events are logged, e.g. `info,order_sync=debug`. It does not decide which spans are exported.
    pub filter: String,
    /// The collector's OTLP/gRPC address, e.g. `http://127.0.0.1:4317`; traces are not exported without one.
    pub otlp_endpoint: Option<String>,
    /// The name this process has in traces, e.g. `moa` or `order-sync`.
    pub service_name: String,
}

/// Logs, traces and metrics of this process, until [`shutdown`](Self::shutdown).
#[derive(Debug)]
#[must_use = "what is still buffered is lost unless `shutdown` is called"]
pub struct Telemetry {
    tracers: SdkTracerProvider,
}

impl Telemetry {
    /// Sets up logs to standard error, the tracer, the propagator and the recorder of metrics.
    ///
    /// A second call in one process is refused and changes nothing. With `otlp_endpoint` it must run inside a Tokio
    /// runtime, whose tasks carry the export.
    pub fn init(config: TelemetryConfig) -> Result<Self, TelemetryError> {
        let filter =
            EnvFilter::try_new(&config.filter).map_err(|source| TelemetryError::Filter {
                filter: config.filter.clone(),
                source,
            })?;
        let tracers = tracer_provider(&config)?;
        // Filters stand on each layer: a quiet log must not cut the trace context of calls.
        let traces = tracing_opentelemetry::layer()
            .with_tracer(tracers.tracer("moa"))
            .with_filter(LevelFilter::INFO);
        tracing_subscriber::registry()
            .with(
                log_layer(config.format, std::io::stderr, Colours::on_terminal())
                    .with_filter(filter),
            )
            .with(traces)
            .try_init()
            .map_err(TelemetryError::AlreadyInitialised)?;
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        opentelemetry::global::set_tracer_provider(tracers.clone());
        metrics::recorder()?;
        Ok(Self { tracers })
    }

    /// Exports what is still buffered. Call it last, whether the process ends well or not.
    pub async fn shutdown(self) {
        // Blocking: the exporter waits for a connection that this runtime drives.
        let flushed =
            tokio::task::spawn_blocking(move || self.tracers.shutdown_with_timeout(EXPORT_TIMEOUT))
                .await;
        match flushed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!("the last traces were not exported: {error}"),
            Err(error) => tracing::warn!("the last traces were not exported: {error}"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colours {
    On,
    Off,
}

impl Colours {
    fn on_terminal() -> Self {
        if std::io::stderr().is_terminal() {
            Self::On
        } else {
            Self::Off
        }
    }
}

fn log_layer<W>(
    format: LogFormat,
    writer: W,
    colours: Colours,
) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    match format {
        LogFormat::Pretty => layer.with_ansi(colours == Colours::On).boxed(),
        LogFormat::Json => layer
            .with_ansi(false)
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .boxed(),
    }
}

fn tracer_provider(config: &TelemetryConfig) -> Result<SdkTracerProvider, TelemetryError> {
    let resource = Resource::builder()
        .with_service_name(config.service_name.clone())
        .build();
    let builder = SdkTracerProvider::builder().with_resource(resource);
    let Some(endpoint) = &config.otlp_endpoint else {
        // Nothing is recorded, but spans have ids to pass on, and a caller's decision to sample is passed on too.
        return Ok(builder
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)))
            .build());
    };
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .map_err(|source| TelemetryError::Exporter {
            endpoint: endpoint.clone(),
            source,
        })?;
    Ok(builder
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_batch_exporter(exporter)
        .build())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn field_names_keep_their_dots_in_both_formats() {
        for (format, field) in [
            (LogFormat::Json, r#""order.id":"17""#),
            (LogFormat::Pretty, "order.id=\"17\""),
        ] {
            let kept = Kept::default();
            let writer = kept.clone();
            let subscriber = tracing_subscriber::registry().with(log_layer(
                format,
                move || writer.clone(),
                Colours::Off,
            ));
            tracing::subscriber::with_default(subscriber, || {
                tracing::info!(order.id = "17", "imported order 17");
            });
            let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
            assert!(
                text.contains(field) && text.contains("imported order 17"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_log_format_is_read_from_its_name() {
        assert_eq!("json".parse::<LogFormat>().ok(), Some(LogFormat::Json));
        assert_eq!("pretty".parse::<LogFormat>().ok(), Some(LogFormat::Pretty));
        let error = "yaml".parse::<LogFormat>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the log format `yaml` is not known; use `pretty` or `json`"
        );
    }

    #[test]
    fn a_bad_filter_is_named_before_anything_is_installed() {
        let error = Telemetry::init(TelemetryConfig {
            format: LogFormat::Json,
            filter: "order_sync=loud".to_owned(),
            otlp_endpoint: None,
            service_name: "moa".to_owned(),
        })
        .unwrap_err();
        assert!(error.to_string().contains("`order_sync=loud`"), "{error}");
    }
}
