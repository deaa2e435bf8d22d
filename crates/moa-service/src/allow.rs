use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::ServiceName;

/// Which caller may call which RPC of one server. What is not listed is refused.
#[derive(Debug, Clone)]
pub struct AllowTable(Arc<HashMap<ServiceName, HashSet<&'static str>>>);

impl AllowTable {
    /// A table from rows of caller and RPCs, each `package.Service/Method`, or `package.Service/*` for all of a service.
    pub fn new(rows: &[(ServiceName, &[&'static str])]) -> Self {
        let mut table: HashMap<ServiceName, HashSet<&'static str>> = HashMap::new();
        for (caller, rpcs) in rows {
            table.entry(*caller).or_default().extend(rpcs.iter());
        }
        Self(Arc::new(table))
    }

    /// Whether `caller` may call the RPC at this path (`/package.Service/Method`).
    pub fn allows(&self, caller: ServiceName, path: &str) -> bool {
        let rpc = path.trim_start_matches('/');
        let Some(allowed) = self.0.get(&caller) else {
            return false;
        };
        let Some((service, _)) = rpc.split_once('/') else {
            return false;
        };
        allowed.contains(rpc)
            || allowed
                .iter()
                .any(|entry| entry.strip_suffix("/*") == Some(service))
    }
}

/// What anybody may ask: whether the server lives, and what it speaks.
pub(crate) fn is_open_to_all(path: &str) -> bool {
    path.starts_with("/grpc.health.v1.Health/") || path.starts_with("/grpc.reflection.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_calls_are_allowed() {
        let table = AllowTable::new(&[
            (ServiceName::OrderSync, &["moa.a.v1.A/Read"]),
            (ServiceName::Catalog, &["moa.a.v1.A/*"]),
        ]);
        assert!(table.allows(ServiceName::OrderSync, "/moa.a.v1.A/Read"));
        assert!(!table.allows(ServiceName::OrderSync, "/moa.a.v1.A/Write"));
        assert!(table.allows(ServiceName::Catalog, "/moa.a.v1.A/Write"));
        assert!(!table.allows(ServiceName::Catalog, "/moa.a.v1.Ab/Write"));
        assert!(!table.allows(ServiceName::StoreGateway, "/moa.a.v1.A/Read"));
        assert!(!table.allows(ServiceName::Catalog, "nonsense"));
    }
}
