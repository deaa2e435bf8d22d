//! Remembers the last calls for the page, and writes every call into the ledger when asked to be verbose.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use chrono::{DateTime, Utc};

use crate::shared::Shared;
use crate::world::{Channel, Fact};

/// Calls remembered.
const MOST: usize = 200;
/// Letters of a path that are shown.
const LONGEST: usize = 200;

/// One call as the page shows it.
#[derive(Debug, Clone)]
pub struct Line {
    /// When it was answered (real time).
    pub at: DateTime<Utc>,
    pub channel: &'static str,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub duration_ms: u128,
}

/// The last calls, in memory only.
#[derive(Default)]
pub struct Recent(Mutex<VecDeque<Line>>);

impl Recent {
    /// The last ones, newest first.
    pub fn latest(&self, limit: usize) -> Vec<Line> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().rev().take(limit).cloned().collect()
    }

    fn add(&self, line: Line) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == MOST {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

pub async fn witness(
    State((shared, channel)): State<(Shared, Channel)>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    let path = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    shared.calls.add(Line {
        at: shared.clock.real(),
        channel: name(channel),
        method: method.clone(),
        path: shown(channel, &path),
        status,
        duration_ms: started.elapsed().as_millis(),
    });
    if shared.settings().verbose {
        shared.note(Fact::Call {
            channel,
            method,
            path,
            status,
        });
    }
    response
}

/// A path without what the page should not show: numbers of recipients stand in queries, secrets in Slack's paths.
fn shown(channel: Channel, path: &str) -> String {
    let shown = match channel {
        Channel::Coupang | Channel::SmartStore => path,
        Channel::Solapi => path.split('?').next().unwrap_or_default(),
        Channel::Slack => "/services/…",
    };
    shown.chars().take(LONGEST).collect()
}

fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Coupang => "쿠팡",
        Channel::SmartStore => "스마트스토어",
        Channel::Solapi => "SOLAPI",
        Channel::Slack => "Slack",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_and_secrets_are_not_shown() {
        let list = "/messages/v4/list?to=01012345678";
        assert_eq!(shown(Channel::Solapi, list), "/messages/v4/list");
        assert_eq!(shown(Channel::Slack, "/services/T/B/secret"), "/services/…");
        assert!(shown(Channel::Coupang, "/a?status=ACCEPT").contains("ACCEPT"));
    }
}
