use std::path::Path;

/// The screen's types are made from the committed file.
#[test]
fn the_committed_description_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/openapi.json");
    let fresh = admin_gateway::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("MOA_UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == fresh,
        "web/openapi.json is not what the routes say; run MOA_UPDATE_OPENAPI=1 cargo nextest run -p admin-gateway openapi"
    );
}

#[test]
fn the_description_names_the_idempotency_key_wherever_it_works() {
    let document = serde_json::to_value(admin_gateway::openapi()).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let parameters = operation["parameters"].as_array();
            let named = parameters
                .into_iter()
                .flatten()
                .any(|parameter| parameter["name"] == "Idempotency-Key");
            let reads = path.ends_with("/reveal") || path.ends_with("/find-by-person");
            let works = method == "post" && path != "/api/v1/session" && !reads;
            assert_eq!(named, works, "{method} {path}");
        }
    }
}

#[test]
fn the_description_is_openapi_3_1_and_names_every_resource() {
    let document = serde_json::to_value(admin_gateway::openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/api/v1/session",
        "/api/v1/orders",
        "/api/v1/orders/find-by-person",
        "/api/v1/orders/{id}/contact/reveal",
        "/api/v1/orders/{id}/contact/erase",
        "/api/v1/retention",
        "/api/v1/shipments/{id}/dispatch",
        "/api/v1/shipments/{id}/receiver/confirm",
        "/api/v1/effects/{id}/redrive",
        "/api/v1/channel-accounts/{id}/test",
        "/api/v1/channel-accounts/{id}/health",
        "/api/v1/channel-accounts/{id}/credentials/{credentials_id}/promote",
        "/api/v1/channel-calls",
        "/api/v1/channel-drift",
        "/api/v1/coverage",
        "/api/v1/coverage/orders/{channel_order_id}",
        "/api/v1/jobs/{name}/run",
        "/api/v1/senders/solapi",
        "/api/v1/senders/slack",
        "/api/v1/listings/map",
        "/api/v1/entitlements",
    ] {
        assert!(paths.contains_key(path), "{path} is missing");
    }
}

/// A misspelt member must not look like an absent one.
#[test]
fn no_body_takes_a_member_that_is_not_described() {
    let document = serde_json::to_value(admin_gateway::openapi()).unwrap();
    let mut bodies = Vec::new();
    for operation in document["paths"].as_object().unwrap().values() {
        for one in operation.as_object().unwrap().values() {
            collect_refs(&one["requestBody"], &mut bodies);
            let named = one["requestBody"].to_string().contains("$ref");
            assert!(
                one["requestBody"].is_null() || named,
                "a body without a name: {one}"
            );
        }
    }
    assert!(bodies.len() > 10, "{bodies:?}");
    let mut at = 0;
    while let Some(name) = bodies.get(at).cloned() {
        let schema = &document["components"]["schemas"][&name];
        if schema["type"] == "object" {
            assert_eq!(schema["additionalProperties"], false, "{name}");
        }
        collect_refs(schema, &mut bodies);
        at += 1;
    }
}

fn collect_refs(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(|it| it.as_str()) {
                let name = reference.rsplit('/').next().unwrap_or_default().to_owned();
                if !into.contains(&name) {
                    into.push(name);
                }
            }
            members.values().for_each(|value| collect_refs(value, into));
        }
        serde_json::Value::Array(values) => {
            values.iter().for_each(|value| collect_refs(value, into));
        }
        _ => {}
    }
}
