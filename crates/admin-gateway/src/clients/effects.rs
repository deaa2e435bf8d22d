//! The effects of all ledgers as one list, newest first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use moa_proto::moa::effects::v1::{
    Effect, EffectAttempt, GetEffectRequest, ListEffectsRequest, RedriveEffectRequest,
    RedriveEffectResponse,
};
use moa_service::{PageToken, ServiceName};
use serde::{Deserialize, Serialize};
use tonic::{Code, Status};

use super::Clients;

/// Where the list of all ledgers' effects goes on.
const PAGES: PageToken = PageToken::of("effects");

/// An effect with the service whose ledger holds it.
pub type OwnedEffect = (ServiceName, Effect);

/// Place in the merged list: the last effect given out, and each ledger's page in which the next one stands.
///
/// A ledger's page is read again for its rest; what was given out is recognised by its place, so that an effect that
/// came meanwhile moves nothing.
#[derive(Serialize, Deserialize)]
struct Place {
    last: Key,
    /// Page token by ledger; a ledger that is at its end is absent.
    pages: BTreeMap<String, String>,
}

/// Effect ids are UUIDv7: their order is the order in which the effects were intended, in every ledger the same. It is
/// the ledgers' own order too; any other key would lose what the two orders disagree on.
type Key = String;

fn key(effect: &Effect) -> Key {
    effect.effect_id.clone()
}

/// A page read from one ledger.
struct LedgerPage {
    service: ServiceName,
    token: String,
    next: String,
    effects: Vec<Effect>,
}

impl Clients {
    /// A page of every ledger's effects. `request.page_token` is one of this list.
    pub async fn list_effects(
        &self,
        request: ListEffectsRequest,
    ) -> Result<(Vec<OwnedEffect>, String), Status> {
        let size = usize::try_from(request.page_size).unwrap_or(50);
        let place: Option<Place> = PAGES.decode(&request.page_token)?;
        let reads = self.effects.iter().filter_map(|(service, client)| {
            let token = match &place {
                None => String::new(),
                Some(place) => place.pages.get(service.as_str())?.clone(),
            };
            let last = place.as_ref().map(|place| &place.last);
            Some(read_ledger(
                *service,
                client.clone(),
                request.clone(),
                token,
                last,
            ))
        });
        let mut pages = futures::future::try_join_all(reads).await?;

        let mut merged: Vec<OwnedEffect> = pages
            .iter_mut()
            .flat_map(|page| {
                let service = page.service;
                page.effects
                    .iter()
                    .map(move |effect| (service, effect.clone()))
            })
            .collect();
        merged.sort_by_key(|(_, effect)| Reverse(key(effect)));
        if let Some(floor) = floor(&pages) {
            merged.retain(|(_, effect)| key(effect) >= floor);
        }
        merged.truncate(size);
        let next = next_place(&pages, &merged);
        Ok((merged, PAGES.encode(next.as_ref())))
    }

    /// One effect with its attempts, from whichever ledger has it.
    pub async fn get_effect(
        &self,
        merchant_id: &str,
        effect_id: &str,
    ) -> Result<(ServiceName, Effect, Vec<EffectAttempt>), Status> {
        let mut refusal = not_found();
        for (service, client) in &self.effects {
            let request = GetEffectRequest {
                merchant_id: merchant_id.to_owned(),
                effect_id: effect_id.to_owned(),
            };
            match client.clone().get_effect(request).await {
                Ok(response) => {
                    let response = response.into_inner();
                    let effect = response.effect.ok_or_else(|| missing("effect"))?;
                    return Ok((*service, effect, response.attempts));
                }
                Err(status) if status.code() == Code::NotFound => refusal = status,
                Err(status) => return Err(status),
            }
        }
        Err(refusal)
    }

    /// Tries an effect again, in whichever ledger has it.
    pub async fn redrive_effect(
        &self,
        request: RedriveEffectRequest,
    ) -> Result<OwnedEffect, Status> {
        let mut refusal = not_found();
        for (service, client) in &self.effects {
            match client.clone().redrive_effect(request.clone()).await {
                Ok(response) => {
                    let RedriveEffectResponse { effect } = response.into_inner();
                    return Ok((*service, effect.ok_or_else(|| missing("effect"))?));
                }
                Err(status) if status.code() == Code::NotFound => refusal = status,
                Err(status) => return Err(status),
            }
        }
        Err(refusal)
    }
}

/// One ledger's next effects after `last`: the rest of the page it stands in, or the page after that.
async fn read_ledger(
    service: ServiceName,
    mut client: moa_proto::moa::effects::v1::effects_service_client::EffectsServiceClient<
        moa_service::ServiceChannel,
    >,
    request: ListEffectsRequest,
    token: String,
    last: Option<&Key>,
) -> Result<LedgerPage, Status> {
    let mut token = token;
    loop {
        let asked = ListEffectsRequest {
            page_token: token.clone(),
            ..request.clone()
        };
        let response = client.list_effects(asked).await?.into_inner();
        let mut effects = response.effects;
        effects.retain(|effect| last.is_none_or(|last| key(effect) < *last));
        let next = response.next_page_token;
        // Everything on it was given out before, or came since; each turn moves one page on, so this ends.
        if effects.is_empty() && !next.is_empty() {
            token = next;
            continue;
        }
        return Ok(LedgerPage {
            service,
            token,
            next,
            effects,
        });
    }
}

/// What is older than the end of a page that has a successor must wait: the successor may hold something newer.
fn floor(pages: &[LedgerPage]) -> Option<Key> {
    pages
        .iter()
        .filter(|page| !page.next.is_empty())
        .filter_map(|page| page.effects.iter().map(key).min())
        .max()
}

fn next_place(pages: &[LedgerPage], given: &[OwnedEffect]) -> Option<Place> {
    let (_, last) = given.last()?;
    let last = key(last);
    let mut next = BTreeMap::new();
    for page in pages {
        let rest = page.effects.iter().any(|effect| key(effect) < last);
        if rest {
            next.insert(page.service.as_str().to_owned(), page.token.clone());
        } else if !page.next.is_empty() {
            next.insert(page.service.as_str().to_owned(), page.next.clone());
        }
    }
    (!next.is_empty()).then_some(Place { last, pages: next })
}

fn not_found() -> Status {
    moa_service::refusal(
        Code::NotFound,
        "admin-gateway.moa",
        "EFFECT_NOT_FOUND",
        "there is no such effect",
        [],
    )
}

/// Another service's answer lacks what its contract promises.
pub(crate) fn missing(what: &'static str) -> Status {
    Status::internal(format!("an answer has no {what}"))
}
