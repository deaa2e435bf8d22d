use std::net::TcpListener;
use std::process::Output;
use std::time::Duration;

use anyhow::Result;
use e2e::{Hub, HubOptions, Place, Port, run_to_end};

const AT_ONCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn every_wrong_variable_is_reported_by_name_before_anything_starts() -> Result<()> {
    let place = Place::new()?;
    let mut command = place.command(&["up"])?;
    command
        .env("MOA_ORDER_SYNC_LAG", "soon")
        .env("MOA_DATABASE_CONNECTIONS", "0")
        .env("MOA_SANDBOX_SEED", "seven")
        .env("MOA_POSTGRES_PORT", "postgres");
    let output = run_to_end(command, AT_ONCE).await?;
    assert!(!output.status.success());
    let said = said(&output);
    let wrong = [
        "MOA_ORDER_SYNC_LAG",
        "MOA_DATABASE_CONNECTIONS",
        "MOA_SANDBOX_SEED",
        "MOA_POSTGRES_PORT",
    ];
    for name in wrong {
        assert!(said.contains(name), "{name} is not in: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    assert!(
        !place.home().join("keys.json").exists(),
        "nothing was begun"
    );
    Ok(())
}

#[tokio::test]
async fn every_taken_port_names_its_holder_and_the_variable_to_change() -> Result<()> {
    let place = Place::new()?;
    let taken = [
        (Port::Catalog, "MOA_CATALOG_PORT"),
        (Port::SandboxSlack, "MOA_SANDBOX_SLACK_PORT"),
    ];
    let mut held = Vec::new();
    for (port, _) in taken {
        held.push(TcpListener::bind(("127.0.0.1", place.ports.number(port)))?);
    }
    let me = format!("process {}", std::process::id());
    for arguments in [["up", "--sandbox"], ["doctor", "--sandbox"]] {
        let mut command = place.command(&arguments)?;
        command.envs(place.ports.sandbox_variables());
        let output = run_to_end(command, AT_ONCE).await?;
        assert!(!output.status.success());
        let said = said(&output);
        for (port, variable) in taken {
            let number = place.ports.number(port).to_string();
            for word in [number.as_str(), variable] {
                assert!(said.contains(word), "{word} is not in: {said}");
            }
        }
        assert_eq!(said.matches(&me).count(), 2, "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_machine_without_postgresql_is_told_how_to_get_one() -> Result<()> {
    let place = Place::new()?;
    let mut command = place.command(&["up"])?;
    command.env("MOA_POSTGRES_BIN", place.file("nowhere"));
    let output = run_to_end(command, AT_ONCE).await?;
    assert!(!output.status.success());
    let said = said(&output);
    for word in [
        "PostgreSQL 15",
        "apt-get install postgresql",
        "MOA_POSTGRES_BIN",
        "MOA_DATABASE_URL",
    ] {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_second_hub_in_the_same_place_is_refused_and_told_who_lives_there() -> Result<()> {
    let mut hub = Hub::start(HubOptions::default().without_demo()).await?;
    let output = run_to_end(hub.place.command(&["up"])?, AT_ONCE).await?;
    assert!(!output.status.success());
    let said = said(&output);
    assert!(
        said.contains(&format!("process {}", hub.process.pid())),
        "{said}"
    );
    assert!(said.contains("MOA_HOME"), "the way out is said: {said}");

    // The first one is not disturbed, and takes its PostgreSQL with it when it is told to stop.
    hub.admin.orders().await?;
    assert!(hub.cluster().postmaster().is_some());
    hub.process.stop().await?;
    assert_eq!(hub.cluster().postmaster(), None);
    Ok(())
}

fn said(output: &Output) -> String {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("{out}{err}")
}
