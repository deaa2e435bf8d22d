//! Web pages where data was expected: maintenance, and the doors of content networks.

use crate::domain::failure::{CallFailure, FailureKind};

/// How much of a page is looked at.
const HEAD: usize = 4096;

/// A web page that came instead of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What stands in its title; empty when it has none.
    title: String,
    /// It says that we are shut out.
    denies: bool,
}

impl Page {
    /// Recognises a page by its first sign.
    pub fn recognise(body: &[u8]) -> Option<Self> {
        let head = body.get(..HEAD).unwrap_or(body);
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if !text.starts_with('<') {
            return None;
        }
        let lower = text.to_ascii_lowercase();
        let denies = lower.contains("access denied") || lower.contains("reference #");
        let title = lower.find("<title").and_then(|at| {
            let begin = at + lower.get(at..)?.find('>')? + 1;
            let end = begin + lower.get(begin..)?.find("</title")?;
            text.get(begin..end)
        });
        let clean = |title: &str| title.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = clean(title.unwrap_or_default()).chars().take(80).collect();
        Some(Self { title, denies })
    }

    /// What such an answer means under this status.
    pub fn failure(&self, http_status: u16) -> CallFailure {
        let said = if self.title.is_empty() {
            format!("{http_status}")
        } else {
            format!("{http_status}, {:?}", self.title)
        };
        if self.denies {
            // The door of a content network answers before the channel sees the call.
            return CallFailure::without_effect(
                FailureKind::Banned,
                format!(
                    "the channel's door shut us out for a while after too many errors ({said})"
                ),
            );
        }
        CallFailure::perhaps(
            FailureKind::Fault,
            format!(
                "the channel answered with a web page instead of data ({said}); it may be under maintenance"
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::failure::Reach;

    #[test]
    fn pages_are_told_from_data() {
        for data in ["", "{}", "[1]", "Try after 3 seconds", "\"<html>\""] {
            assert_eq!(Page::recognise(data.as_bytes()), None, "{data}");
        }
        let maintenance = "\u{feff}\n<!DOCTYPE html><html><head><TITLE>서비스\n 점검 중</TITLE>";
        let page = Page::recognise(maintenance.as_bytes()).unwrap();
        assert_eq!(page.title, "서비스 점검 중");
        let failure = page.failure(200);
        assert_eq!(
            (failure.kind, failure.reach),
            (FailureKind::Fault, Reach::Perhaps)
        );
        assert!(failure.detail.contains("점검"), "{failure}");
    }

    #[test]
    fn a_door_that_denies_is_a_ban_under_any_status() {
        let page = "<HTML><HEAD>\n<TITLE>Access Denied</TITLE></HEAD><BODY>Reference #18.2f6";
        for status in [200, 403, 503] {
            let failure = Page::recognise(page.as_bytes()).unwrap().failure(status);
            assert_eq!(failure.kind, FailureKind::Banned, "{status}");
            assert_eq!(failure.reach, Reach::NoEffect);
        }
    }

    #[test]
    fn a_page_cut_off_inside_a_letter_or_a_tag_is_still_a_page() {
        for page in [&b"<html><title>\xec\xa0"[..], b"<", b"<title"] {
            assert_eq!(Page::recognise(page).unwrap().title, "");
        }
    }
}
