use chrono::{DateTime, Utc};
use moa_id::{EffectId, MerchantId, MessageId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::message::{Message, MessageState, Receipt};
use crate::domain::sender::SenderKind;
use crate::domain::template::Template;
use crate::error::Error;

struct MessageRow {
    merchant_id: Uuid,
    message_id: Uuid,
    effect_id: Uuid,
    sender: String,
    template: String,
    subject_id: Uuid,
    order_id: Option<Uuid>,
    state: String,
    version: i64,
    reason: String,
    recipient_hash: Option<Vec<u8>>,
    recipient_erased: bool,
    provider_message_id: Option<String>,
    provider_group_id: Option<String>,
    created_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
}

impl TryFrom<MessageRow> for Message {
    type Error = Error;

    fn try_from(row: MessageRow) -> Result<Self, Error> {
        let bad = |what: &str| Error::Row {
            table: "notification.messages",
            id: row.message_id.to_string(),
            reason: format!("{what} is not known here"),
        };
        let state = match (row.state.as_str(), row.delivered_at) {
            ("PENDING", _) => MessageState::Pending,
            ("ACCEPTED", _) => MessageState::Accepted,
            ("DELIVERED", Some(at)) => MessageState::Delivered { at },
            ("FAILED", _) => MessageState::Failed,
            (other, _) => return Err(bad(other)),
        };
        Ok(Self {
            merchant_id: MerchantId::from_uuid(row.merchant_id),
            id: MessageId::from_uuid(row.message_id),
            effect_id: EffectId::from_uuid(row.effect_id),
            sender: SenderKind::parse(&row.sender).ok_or_else(|| bad(&row.sender))?,
            template: Template::parse(&row.template).ok_or_else(|| bad(&row.template))?,
            subject_id: row.subject_id,
            order_id: row.order_id.map(OrderId::from_uuid),
            state,
            version: row.version,
            receipt: row.accepted_at.map(|accepted_at| Receipt {
                provider_message_id: row.provider_message_id,
                provider_group_id: row.provider_group_id,
                recipient_hash: row.recipient_hash,
                accepted_at,
            }),
            recipient_erased: row.recipient_erased,
            reason: row.reason,
            created_at: row.created_at,
        })
    }
}

fn state_name(state: MessageState) -> &'static str {
    match state {
        MessageState::Pending => "PENDING",
        MessageState::Accepted => "ACCEPTED",
        MessageState::Delivered { .. } => "DELIVERED",
        MessageState::Failed => "FAILED",
    }
}

/// Writes new messages, and which orders each tells of.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    messages: &[Message],
    orders: &[(MerchantId, OrderId, MessageId, Template)],
) -> Result<(), Error> {
    if messages.is_empty() {
        return Ok(());
    }
    let ids = |pick: fn(&Message) -> Uuid| messages.iter().map(pick).collect::<Vec<_>>();
    let words = |pick: fn(&Message) -> &'static str| {
        messages
            .iter()
            .map(|m| pick(m).to_owned())
            .collect::<Vec<String>>()
    };
    let order_ids: Vec<Option<Uuid>> = messages
        .iter()
        .map(|m| m.order_id.map(|id| id.as_uuid()))
        .collect();
    let created_at: Vec<DateTime<Utc>> = messages.iter().map(|m| m.created_at).collect();
    sqlx::query!(
        "INSERT INTO notification.messages
             (merchant_id, message_id, effect_id, sender, template, subject_id, order_id, state, version, created_at,
              updated_at)
         SELECT n.merchant_id, n.message_id, n.effect_id, n.sender, n.template, n.subject_id, n.order_id, 'PENDING', 1,
                n.created_at, n.created_at
         FROM (SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::text[]),
                      unnest($5::text[]), unnest($6::uuid[]), unnest($7::uuid[]), unnest($8::timestamptz[]))
             AS n (merchant_id, message_id, effect_id, sender, template, subject_id, order_id, created_at)",
        &ids(|m| m.merchant_id.as_uuid()),
        &ids(|m| m.id.as_uuid()),
        &ids(|m| m.effect_id.as_uuid()),
        &words(|m| m.sender.as_str()),
        &words(|m| m.template.as_str()),
        &ids(|m| m.subject_id),
        order_ids.as_slice() as &[Option<Uuid>],
        &created_at,
    )
    .execute(&mut *conn)
    .await?;
    let column = |pick: fn(&(MerchantId, OrderId, MessageId, Template)) -> Uuid| {
        orders.iter().map(pick).collect::<Vec<_>>()
    };
    let templates: Vec<String> = orders
        .iter()
        .map(|(.., template)| template.as_str().to_owned())
        .collect();
    sqlx::query!(
        "INSERT INTO notification.message_orders (merchant_id, order_id, message_id, template)
         SELECT *
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])",
        &column(|(merchant_id, ..)| merchant_id.as_uuid()),
        &column(|(_, order_id, ..)| order_id.as_uuid()),
        &column(|(_, _, message_id, _)| message_id.as_uuid()),
        &templates,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of a merchant's orders that were announced before.
pub(crate) async fn announced(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    orders: &[OrderId],
) -> Result<Vec<OrderId>, Error> {
    let orders: Vec<Uuid> = orders.iter().map(OrderId::as_uuid).collect();
    let found = sqlx::query_scalar!(
        "SELECT order_id
         FROM notification.message_orders
         WHERE merchant_id = $1 AND order_id = ANY($2) AND template = 'new_orders'",
        merchant_id.as_uuid(),
        &orders,
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().map(OrderId::from_uuid).collect())
}

/// The messages of effects, locked in the order of their keys.
pub(crate) async fn lock_by_effects(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    effects: &[EffectId],
) -> Result<Vec<Message>, Error> {
    let effects: Vec<Uuid> = effects.iter().map(EffectId::as_uuid).collect();
    let rows = sqlx::query_as!(
        MessageRow,
        "SELECT merchant_id, message_id, effect_id, sender, template, subject_id, order_id, state, version, reason,
                recipient_hash, recipient_erased, provider_message_id, provider_group_id, created_at, accepted_at,
                delivered_at
         FROM notification.messages
         WHERE merchant_id = $1 AND effect_id = ANY($2)
         ORDER BY message_id
         FOR UPDATE",
        merchant_id.as_uuid(),
        &effects,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// Messages by their ids, locked in the order of their keys.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    messages: &[MessageId],
) -> Result<Vec<Message>, Error> {
    let messages: Vec<Uuid> = messages.iter().map(MessageId::as_uuid).collect();
    let rows = sqlx::query_as!(
        MessageRow,
        "SELECT merchant_id, message_id, effect_id, sender, template, subject_id, order_id, state, version, reason,
                recipient_hash, recipient_erased, provider_message_id, provider_group_id, created_at, accepted_at,
                delivered_at
         FROM notification.messages
         WHERE merchant_id = $1 AND message_id = ANY($2)
         ORDER BY message_id
         FOR UPDATE",
        merchant_id.as_uuid(),
        &messages,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// Writes what may change of a message.
pub(crate) async fn save(
    conn: &mut PgConnection,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let delivered_at = match message.state {
        MessageState::Delivered { at } => Some(at),
        MessageState::Pending | MessageState::Accepted | MessageState::Failed => None,
    };
    let receipt = message.receipt.as_ref();
    sqlx::query!(
        "UPDATE notification.messages
         SET state = $3,
             version = $4,
             reason = $5,
             recipient_hash = $6,
             provider_message_id = $7,
             provider_group_id = $8,
             accepted_at = $9,
             delivered_at = $10,
             updated_at = $11
         WHERE merchant_id = $1 AND message_id = $2",
        message.merchant_id.as_uuid(),
        message.id.as_uuid(),
        state_name(message.state),
        message.version,
        message.reason,
        receipt.and_then(|r| r.recipient_hash.as_deref()),
        receipt.and_then(|r| r.provider_message_id.as_deref()),
        receipt.and_then(|r| r.provider_group_id.as_deref()),
        receipt.map(|r| r.accepted_at),
        delivered_at,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The effects of messages to the buyers of these orders.
pub(crate) async fn effects_of_orders(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    orders: &[OrderId],
) -> Result<Vec<EffectId>, Error> {
    let orders: Vec<Uuid> = orders.iter().map(OrderId::as_uuid).collect();
    let found = sqlx::query_scalar!(
        "SELECT m.effect_id
         FROM notification.message_orders o
         JOIN notification.messages m ON m.merchant_id = o.merchant_id AND m.message_id = o.message_id
         WHERE o.merchant_id = $1 AND o.order_id = ANY($2) AND o.template = $3",
        merchant_id.as_uuid(),
        &orders,
        Template::ActivationLink.as_str(),
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().map(EffectId::from_uuid).collect())
}

/// Forgets whom the messages of these effects reached, for good.
pub(crate) async fn forget_recipients(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    effects: &[EffectId],
) -> Result<(), Error> {
    let effects: Vec<Uuid> = effects.iter().map(EffectId::as_uuid).collect();
    sqlx::query!(
        "UPDATE notification.messages m
         SET recipient_hash = NULL, recipient_erased = true
         FROM (
             SELECT message_id
             FROM notification.messages
             WHERE merchant_id = $1 AND effect_id = ANY($2)
             ORDER BY message_id
             FOR UPDATE
         ) named
         WHERE m.merchant_id = $1 AND m.message_id = named.message_id",
        merchant_id.as_uuid(),
        &effects,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Messages that tell of an order, newest first, those older than `before`.
pub(crate) async fn list_of_order(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_id: OrderId,
    before: Option<MessageId>,
    limit: i64,
) -> Result<Vec<Message>, Error> {
    let rows = sqlx::query_as!(
        MessageRow,
        "SELECT m.merchant_id, m.message_id, m.effect_id, m.sender, m.template, m.subject_id, m.order_id, m.state,
                m.version, m.reason, m.recipient_hash, m.recipient_erased, m.provider_message_id, m.provider_group_id,
                m.created_at, m.accepted_at, m.delivered_at
         FROM notification.message_orders o
         JOIN notification.messages m ON m.merchant_id = o.merchant_id AND m.message_id = o.message_id
         WHERE o.merchant_id = $1 AND o.order_id = $2 AND ($3::uuid IS NULL OR o.message_id < $3)
         ORDER BY o.message_id DESC
         LIMIT $4",
        merchant_id.as_uuid(),
        order_id.as_uuid(),
        before.map(|id| id.as_uuid()),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Message::try_from).collect()
}
