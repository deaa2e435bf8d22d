//! The two languages people are answered in.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;

pub use crate::domain::locale::Locale;

/// The language of `Accept-Language`: the best ranked of Korean and English; Korean when neither is asked for.
pub fn of_headers(headers: &HeaderMap) -> Locale {
    let Some(text) = headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()) else {
        return Locale::Ko;
    };
    let mut best = (0.0, Locale::Ko);
    for part in text.split(',') {
        let mut pieces = part.split(';');
        let tag = pieces.next().unwrap_or_default().trim();
        let rank = pieces
            .find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok())
            .unwrap_or(1.0);
        let primary = tag.split('-').next().unwrap_or_default();
        let locale = match primary.to_ascii_lowercase().as_str() {
            "ko" => Locale::Ko,
            "en" => Locale::En,
            _ => continue,
        };
        if rank > best.0 {
            best = (rank, locale);
        }
    }
    best.1
}

impl<S: Sync> FromRequestParts<S> for Locale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(of_headers(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_best_ranked_language_wins_and_korean_is_the_default() {
        for (asked, given) in [
            ("ko-KR,ko;q=0.9,en;q=0.8", Locale::Ko),
            ("en-US,en;q=0.9,ko;q=0.8", Locale::En),
            ("ko;q=0.5, EN", Locale::En),
            ("fr-FR, en;q=0.3", Locale::En),
            ("fr", Locale::Ko),
            ("en;q=0", Locale::Ko),
            (";;q=,,", Locale::Ko),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(asked));
            assert_eq!(of_headers(&headers), given, "{asked}");
        }
        assert_eq!(of_headers(&HeaderMap::new()), Locale::Ko);
    }
}
