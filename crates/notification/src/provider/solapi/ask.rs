//! `GET /messages/v4/list`: what became of messages.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use moa_id::EffectId;
use url::Url;

use super::wire::{Item, ListAnswer};
use super::{Solapi, meaning, wire};
use crate::domain::delivery::DeliveryReport;
use crate::domain::phone::PhoneNumber;
use crate::provider::answer::{Answer, Why, why};

/// Messages in one page.
const PAGE: &str = "500";
/// Pages read for one question; a merchant that sends more within it is asked about by a person.
const MAX_PAGES: usize = 20;

/// What SOLAPI knows of an effect.
pub(crate) enum Found {
    Message(FoundMessage),
    Nothing,
    /// More messages than can be looked through.
    TooMany,
}

/// A message that carries the effect's id.
pub(crate) struct FoundMessage {
    pub(crate) message_id: Option<String>,
    pub(crate) group_id: Option<String>,
    pub(crate) status_code: Option<String>,
    /// Refused at registration, so that it never left.
    pub(crate) refused: Option<Why>,
}

impl Solapi<'_> {
    /// Looks for the message of an effect among those of a time.
    pub(crate) async fn find(
        &self,
        effect_id: EffectId,
        to: Option<&PhoneNumber>,
        between: (DateTime<Utc>, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> Result<Found, Why> {
        let wanted = effect_id.to_string();
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut query = vec![
            ("dateType".to_owned(), "CREATED".to_owned()),
            ("startDate".to_owned(), time(between.0)),
            ("endDate".to_owned(), time(between.1)),
            ("limit".to_owned(), PAGE.to_owned()),
        ];
        match to {
            Some(to) => query.push(("to".to_owned(), to.reveal().to_owned())),
            None => query.push(("from".to_owned(), self.credentials.from.clone())),
        }
        let mut start_key: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut page_query = query.clone();
            page_query.extend(start_key.take().map(|key| ("startKey".to_owned(), key)));
            let page = self.list(&page_query, now).await?;
            let found = page
                .message_list
                .into_iter()
                .find(|(_, item)| item.effect_id() == Some(wanted.as_str()));
            if let Some((id, item)) = found {
                return Ok(Found::Message(message(&id, &item)));
            }
            match page.next_key {
                Some(key) if !key.is_empty() => start_key = Some(key),
                _ => return Ok(Found::Nothing),
            }
        }
        Ok(Found::TooMany)
    }

    /// How far messages have come, by their ids; at most 20, since more would not fit one page. Unknown ones are
    /// absent.
    pub(crate) async fn reports(
        &self,
        message_ids: &[&str],
        now: DateTime<Utc>,
    ) -> Result<HashMap<String, DeliveryReport>, Why> {
        let ids = message_ids.iter().enumerate();
        let query: Vec<(String, String)> = ids
            .map(|(index, id)| (format!("messageIds[{index}]"), (*id).to_owned()))
            .collect();
        let page = self.list(&query, now).await?;
        let reports = page.message_list.into_iter();
        Ok(reports
            .map(|(id, item)| (id, meaning::of_delivery(&item.status_code)))
            .collect())
    }

    async fn list(
        &self,
        query: &[(String, String)],
        now: DateTime<Utc>,
    ) -> Result<ListAnswer, Why> {
        let mut url = Url::parse(&format!("{}/messages/v4/list", self.base_url)).map_err(|_| {
            why(
                "SENDER_ADDRESS_UNUSABLE",
                "the sender's address cannot be called; register the sender again",
            )
        })?;
        url.query_pairs_mut().extend_pairs(query);
        let request = self
            .http
            .client()
            .get(url)
            .header(reqwest::header::AUTHORIZATION, self.authorization(now));
        let reply = self
            .http
            .call(request)
            .await
            .map_err(|error| reason(error.into()))?;
        let read = (reply.status == 200)
            .then_some(reply.body.as_deref())
            .flatten()
            .and_then(|body| serde_json::from_slice(body).ok());
        read.ok_or_else(|| reason(meaning::of_refused_call(&reply)))
    }
}

fn message(id: &str, item: &Item) -> FoundMessage {
    let refused = match meaning::of_registration(&item.status_code) {
        Answer::Never(why) | Answer::Later(why, _) if item.status_code.starts_with('1') => {
            Some(why)
        }
        _ => None,
    };
    let code = |text: Option<&str>| wire::code(text).map(str::to_owned);
    FoundMessage {
        message_id: code(item.message_id.as_deref().or(Some(id))),
        group_id: code(item.group_id.as_deref()),
        status_code: code(Some(&item.status_code)),
        refused,
    }
}

/// Nothing is taken or refused by a question: any answer but a list means that it must be asked again.
fn reason(answer: Answer) -> Why {
    match answer {
        Answer::Never(why) | Answer::Later(why, _) | Answer::Unclear(why) => why,
        Answer::Taken => why("ANSWER_UNREADABLE", "the provider's answer cannot be read"),
    }
}
