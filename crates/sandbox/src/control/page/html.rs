//! Text as HTML.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use crate::coupang::kst;

/// A time in Korea, without its year.
pub fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&kst())
        .format("%m-%d %H:%M:%S")
        .to_string()
}

/// Text as HTML, its addresses as links.
pub fn with_links(text: &str) -> String {
    let mut html = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let address = word.trim_end();
        if address.starts_with("http://") || address.starts_with("https://") {
            let escaped = escape(address);
            let _ = write!(
                html,
                "<a href=\"{escaped}\" rel=\"noreferrer\">{escaped}</a> "
            );
        } else {
            html.push_str(&escape(word).replace('\n', "<br>"));
        }
    }
    html
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_become_markup() {
        assert_eq!(with_links("<b>&"), "&lt;b&gt;&amp;");
        assert_eq!(
            with_links("가기 https://a.example/#\"x"),
            "가기 <a href=\"https://a.example/#&quot;x\" rel=\"noreferrer\">https://a.example/#&quot;x</a> "
        );
    }
}
