use chrono::{DateTime, Utc};
use moa_id::{EventId, MerchantId};
use moa_proto::moa::feed::v1 as pb;
use opentelemetry::trace::TraceContextExt;
use prost::{Message, Name};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

/// An event about to be written.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub(crate) event_id: Uuid,
    pub(crate) merchant_id: Uuid,
    pub(crate) topic: &'static str,
    pub(crate) type_name: String,
    pub(crate) aggregate_id: Uuid,
    pub(crate) version: i64,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) payload: Vec<u8>,
    pub(crate) traceparent: String,
}

impl NewEvent {
    /// An event about an aggregate whose `version` was raised under its row lock.
    pub fn new<M: Message + Name>(
        event_id: EventId,
        merchant_id: MerchantId,
        topic: &'static str,
        aggregate_id: Uuid,
        version: i64,
        occurred_at: DateTime<Utc>,
        message: &M,
    ) -> Self {
        Self {
            event_id: event_id.as_uuid(),
            merchant_id: merchant_id.as_uuid(),
            topic,
            type_name: M::full_name(),
            aggregate_id,
            version,
            occurred_at,
            payload: message.encode_to_vec(),
            traceparent: traceparent(),
        }
    }
}

/// The current span as W3C writes it; empty without a trace.
fn traceparent() -> String {
    let context = tracing::Span::current().context();
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return String::new();
    }
    let flags = span.trace_flags().to_u8();
    format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id())
}

/// An event as a consumer gets it.
#[derive(Debug, Clone)]
pub struct FeedEvent {
    /// Unique.
    pub event_id: EventId,
    /// Whose.
    pub merchant_id: MerchantId,
    /// Full name of the payload's message.
    pub type_name: String,
    /// What it is about.
    pub aggregate_id: Uuid,
    /// Apply only when higher than the version held.
    pub version: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The encoded message.
    pub payload: prost::bytes::Bytes,
}

impl FeedEvent {
    /// The payload, when it is an `M`; `None` when it is another message.
    pub fn decode<M: Message + Name + Default>(&self) -> Option<Result<M, prost::DecodeError>> {
        (self.type_name == M::full_name()).then(|| M::decode(self.payload.clone()))
    }
}

impl TryFrom<pb::Event> for FeedEvent {
    type Error = String;

    fn try_from(event: pb::Event) -> Result<Self, String> {
        let field = |name: &str| format!("event {}: field {name} cannot be read", event.event_id);
        let at = moa_service::parse_timestamp("occurred_at", event.occurred_at);
        Ok(Self {
            event_id: event.event_id.parse().map_err(|_| field("event_id"))?,
            merchant_id: event
                .merchant_id
                .parse()
                .map_err(|_| field("merchant_id"))?,
            aggregate_id: event
                .aggregate_id
                .parse()
                .map_err(|_| field("aggregate_id"))?,
            occurred_at: at.map_err(|_| field("occurred_at"))?,
            version: event.aggregate_version,
            type_name: event.r#type,
            payload: event.payload,
        })
    }
}
