//! Any interleaving of what order-sync and catalog tell ends in the same state.
//!
//! Events carry the whole state and a version, so where nothing has left the house, the end is the same however the news
//! arrive. What was done on the way stays done, and each of these differences is named below:
//!
//! - an acceptance that was asked for when nothing spoke against it is taken back by an objection, and by nothing else;
//! - a right that was granted stays, unless nothing is owed any more: then it is taken back and never given anew;
//! - a shipment that was held stays held until a person lets it go.
//!
//! What must not be is that something leaves, or waits to leave, against what is stored, or that anything is asked twice.

mod end;
mod history;
mod play;
mod safety;
mod script;

use moa_testkit::holds;
use sqlx::PgPool;

use crate::world::World;
use end::{End, same};
use play::{Played, Stage, play};
use script::{Between, Case};

async fn ends(played: &Played<'_>, script: &[script::Step]) -> Result<End, String> {
    play(played, script, async |_| Ok(())).await?;
    Ok(played.end().await)
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn any_interleaving_that_is_heard_before_anybody_looks_ends_in_the_same_state(pool: PgPool) {
    let stage = Stage::new(World::still(pool).await);
    holds(30, script::case(Between::Nothing), async |case: &Case| {
        let told = ends(&stage.newcomer(case).await, &case.as_told()).await?;
        let arrived = ends(&stage.newcomer(case).await, &case.as_it_arrives()).await?;
        same("facts", &told.facts(), &arrived.facts())?;
        same(
            "consequences",
            &told.consequences(),
            &arrived.consequences(),
        )
    })
    .await;
    stage.around.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn looks_at_any_moment_change_nothing_but_what_was_asked_and_granted_on_the_way(
    pool: PgPool,
) {
    let stage = Stage::new(World::still(pool).await);
    holds(30, script::case(Between::Looks), async |case: &Case| {
        let told = ends(&stage.newcomer(case).await, &case.as_told()).await?;
        let arrived = ends(&stage.newcomer(case).await, &case.as_it_arrives()).await?;
        same("facts", &told.facts(), &arrived.facts())?;
        acceptances_follow(&told, &arrived)?;
        grants_follow(&told, &arrived)?;
        explanations_follow(&told, &arrived)
    })
    .await;
    stage.around.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn nothing_waits_to_leave_against_what_is_stored_and_nothing_is_asked_twice(pool: PgPool) {
    let stage = Stage::new(World::still(pool).await);
    holds(40, script::case(Between::Acts), async |case: &Case| {
        let told = ends(&stage.newcomer(case).await, &case.as_told()).await?;
        let played = stage.newcomer(case).await;
        play(&played, &case.as_it_arrives(), async |_| {
            played.is_safe().await
        })
        .await?;
        let arrived = played.end().await;
        same("facts", &told.facts(), &arrived.facts())?;
        played.asked_nothing_twice()?;
        grants_follow(&told, &arrived)?;
        played.explains_what_has_not_left(&arrived).await?;
        Ok(())
    })
    .await;
    stage.around.stop().await;
}

/// What is ready in the end is asked for. What was asked for on the way is taken back while something speaks against it,
/// and else may still be on its way.
fn acceptances_follow(told: &End, arrived: &End) -> Result<(), String> {
    for (parcel, wanted) in &told.asked {
        if arrived.asked.get(parcel) != Some(wanted) {
            let found = arrived.asked.get(parcel);
            return Err(format!(
                "the acceptance of {parcel} is {found:?}, not {wanted:?}"
            ));
        }
    }
    for (parcel, asked) in &arrived.asked {
        if arrived.speaks_against(parcel)
            && (asked.state, asked.effect.as_str()) != ("BLOCKED", "BLOCKED")
        {
            return Err(format!(
                "something speaks against accepting {parcel}, which is {asked:?}"
            ));
        }
    }
    Ok(())
}

/// What is to be granted in the end is granted, what is owed no more is taken back, and nothing is granted twice.
fn grants_follow(told: &End, arrived: &End) -> Result<(), String> {
    for (line_id, _, owed) in arrived.lines() {
        let name = history::line_name(line_id.as_uuid());
        let granted = arrived.granted.get(&line_id).map_or(&[][..], Vec::as_slice);
        let alive = granted.iter().filter(|one| one.is_alive).count();
        let wanted = told.granted.contains_key(&line_id);
        if owed == 0 && alive > 0 {
            return Err(format!(
                "nothing of {name} is owed, yet {granted:?} is granted"
            ));
        }
        if wanted && owed > 0 && (alive == 0 || alive < granted.len()) {
            return Err(format!(
                "{name} should have its link, but what is granted is {granted:?}"
            ));
        }
        if granted.iter().any(|one| one.quantity < owed) {
            return Err(format!(
                "{owed} of {name} are owed, but what is granted is {granted:?}"
            ));
        }
        if granted
            .windows(2)
            .any(|pair| pair[0].variant_id == pair[1].variant_id)
        {
            return Err(format!("{name} was granted twice: {granted:?}"));
        }
    }
    Ok(())
}

/// The same stands in the way of each line, but where an acceptance or a link is on its way that nobody would ask for now.
fn explanations_follow(told: &End, arrived: &End) -> Result<(), String> {
    const LINK: [&str; 2] = ["AWAITING_ENTITLEMENT", "AWAITING_MESSAGE_DELIVERY"];
    for (line_id, parcel, _) in arrived.lines() {
        let (wanted, found) = (&told.explained[&line_id], &arrived.explained[&line_id]);
        let code = |blocker: &Option<(String, String, String)>| {
            let code = blocker.as_ref().map(|(code, ..)| code.clone());
            code.unwrap_or_default()
        };
        let is_asked = arrived
            .asked
            .get(parcel)
            .is_some_and(|asked| asked.state == "ASKED");
        let on_its_way =
            is_asked && !told.asked.contains_key(parcel) && code(wanted) == code(found);
        let granted =
            arrived.granted.contains_key(&line_id) && !told.granted.contains_key(&line_id);
        let has_its_link = granted
            && LINK.contains(&code(wanted).as_str())
            && LINK.contains(&code(found).as_str());
        if wanted != found && !on_its_way && !has_its_link {
            let name = history::line_name(line_id.as_uuid());
            return Err(format!("{name} waits for {found:?}, not for {wanted:?}"));
        }
    }
    Ok(())
}
