use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which named parts of this process are ready. Clones share the parts.
#[derive(Debug, Clone, Default)]
pub struct Health {
    parts: Arc<Mutex<BTreeMap<String, PartState>>>,
}

#[derive(Debug, Clone, Default)]
struct PartState {
    ready: bool,
    reason: Option<String>,
}

/// One part as [`Health::parts`] reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartHealth {
    /// The name it registered under.
    pub name: String,
    /// Whether it can do its work.
    pub ready: bool,
    /// Why it is not ready, if it said so.
    pub reason: Option<String>,
}

impl Health {
    /// A process without parts; it counts as ready until one registers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part, not ready yet. The same name again gives a handle to the same part, as it stands.
    pub fn register(&self, name: impl Into<String>) -> HealthHandle {
        let name = name.into();
        self.lock().entry(name.clone()).or_default();
        HealthHandle {
            health: self.clone(),
            name: name.into(),
        }
    }

    /// Whether every registered part is ready.
    pub fn is_ready(&self) -> bool {
        self.lock().values().all(|part| part.ready)
    }

    /// All parts, by name.
    pub fn parts(&self) -> Vec<PartHealth> {
        self.lock()
            .iter()
            .map(|(name, state)| PartHealth {
                name: name.clone(),
                ready: state.ready,
                reason: state.reason.clone(),
            })
            .collect()
    }

    fn set(&self, name: &str, state: PartState) {
        self.lock().insert(name.to_owned(), state);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, PartState>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How one part says whether it is ready. Clones speak for the same part.
#[derive(Debug, Clone)]
pub struct HealthHandle {
    health: Health,
    name: Arc<str>,
}

impl HealthHandle {
    /// Says that this part can, or cannot, do its work.
    pub fn set_ready(&self, ready: bool) {
        self.set(ready, None);
    }

    /// Says that this part cannot work, and why; the reason is shown to operators, so it names no person.
    pub fn set_not_ready(&self, reason: impl Into<String>) {
        self.set(false, Some(reason.into()));
    }

    /// Whether this part said it is ready.
    pub fn is_ready(&self) -> bool {
        self.health
            .lock()
            .get(&*self.name)
            .is_some_and(|part| part.ready)
    }

    /// Adds a part of this part, e.g. `fulfillment/orders feed`, not ready yet.
    pub fn register(&self, name: &str) -> HealthHandle {
        self.health.register(format!("{}/{name}", self.name))
    }

    fn set(&self, ready: bool, reason: Option<String>) {
        self.health.set(&self.name, PartState { ready, reason });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_that_is_not_ready_holds_back_the_whole() {
        let health = Health::new();
        let orders = health.register("order-sync");
        let catalog = health.register("catalog");
        orders.set_ready(true);
        assert!(!health.is_ready());
        catalog.set_ready(true);
        assert!(health.is_ready());
        orders.set_not_ready("feed epoch differs");
        assert!(!health.is_ready());
        assert!(catalog.is_ready());
    }

    #[test]
    fn a_part_of_a_part_is_named_after_it() {
        let health = Health::new();
        let feed = health.register("fulfillment").register("orders feed");
        feed.set_not_ready("feed epoch differs");
        assert_eq!(
            health.parts().last(),
            Some(&PartHealth {
                name: "fulfillment/orders feed".to_owned(),
                ready: false,
                reason: Some("feed epoch differs".to_owned()),
            })
        );
    }

    #[test]
    fn ready_again_forgets_the_reason() {
        let health = Health::new();
        let part = health.register("catalog");
        part.set_not_ready("no database");
        part.set_ready(true);
        assert_eq!(
            health.parts().first().and_then(|part| part.reason.clone()),
            None
        );
    }
}
