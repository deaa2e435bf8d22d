use moa_effects::{EffectKind, Intended, NewEffect};
use moa_id::{MerchantId, MessageId};

use crate::app::App;
use crate::domain::digest::{STALE_AFTER, Waiting};
use crate::domain::message::{Message, MessageState};
use crate::domain::sender::SenderKind;
use crate::domain::template::Template;
use crate::effects::intent::Intent;
use crate::error::Error;
use crate::store::inquiry_digests;
use crate::store::messages;

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digested {
    /// Merchants that were looked at.
    pub merchants: usize,
    /// Those that are told something.
    pub told: usize,
}

impl App {
    /// Looks at each merchant's open questions, and intends one message where there is news.
    ///
    /// A merchant that order-sync cannot be asked about now is passed over, and the run fails at its end, so that it is
    /// made again soon.
    #[tracing::instrument(name = "notification.digest_inquiries", skip_all)]
    pub async fn digest_inquiries(&self) -> Result<Digested, Error> {
        let mut conn = self.db.acquire().await?;
        let merchants = inquiry_digests::merchants(&mut conn).await?;
        drop(conn);
        let mut run = Digested {
            merchants: merchants.len(),
            told: 0,
        };
        let (mut unknown, mut why) = (0, String::new());
        for merchant_id in merchants {
            let now = self.clock.now();
            match self.order_sync.open_inquiries(merchant_id, now).await {
                Ok(waiting) => run.told += usize::from(self.digest(merchant_id, &waiting).await?),
                Err(error) => {
                    unknown += 1;
                    why = error.to_string();
                }
            }
        }
        if run.told > 0 {
            self.wake();
        }
        match unknown {
            0 => Ok(run),
            _ => Err(Error::InquiriesUnknown { unknown, why }),
        }
    }

    /// Whether something is told.
    async fn digest(&self, merchant_id: MerchantId, waiting: &Waiting) -> Result<bool, Error> {
        let mut tx = moa_service::begin(&self.db).await?;
        let setting = inquiry_digests::lock(&mut tx, merchant_id).await?;
        if !setting.enabled || !waiting.is_news(&setting.last) {
            return Ok(false);
        }
        let digest = &waiting.digest;
        let message_id: MessageId = self.ids.next();
        let message = Message {
            merchant_id,
            id: message_id,
            effect_id: self.ids.next(),
            sender: SenderKind::Slack,
            template: Template::InquiryDigest,
            subject_id: message_id.as_uuid(),
            order_id: None,
            state: MessageState::Pending,
            version: 1,
            reason: String::new(),
            receipt: None,
            recipient_erased: false,
            created_at: digest.as_of,
        };
        // Each follows another: of two runs that follow the same one, the ledger takes one.
        let before = setting.message_id.map(|id| id.to_string());
        let effect = NewEffect {
            effect_id: message.effect_id,
            merchant_id,
            kind: EffectKind::Message,
            dedupe_key: format!(
                "{}:after:{}",
                Template::InquiryDigest.as_str(),
                before.as_deref().unwrap_or("none")
            ),
            account_id: SenderKind::Slack.lane(),
            subject_id: message.subject_id,
            order_id: None,
            payload: Intent::inquiry_digest(message_id, digest).into_payload()?,
            not_before: None,
            give_up_at: Some(digest.as_of + STALE_AFTER),
        };
        let intended = self.ledger.intend(&mut tx, &[effect]).await?;
        if intended != [Intended::Created] {
            return Ok(false);
        }
        messages::insert(&mut tx, &[message], &[]).await?;
        let fingerprint = waiting.fingerprint();
        inquiry_digests::tell(
            &mut tx,
            merchant_id,
            &fingerprint,
            message_id,
            setting.last.failed_in_a_row(),
            digest.as_of,
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}
