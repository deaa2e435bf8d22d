//! By which a page that was stored is recognised when it is read again.

use super::keep_raw_page::sha256;
use crate::clients::channel_proxy::Page;

/// Raised when this release, channel-proxy's translation included, reads more out of a page than the one before: what was
/// stored then counts as news once. In each digest, since the old release may store pages while the new one starts.
const READER: u8 = 3;

/// The reader, the hash of what the channel sent and, if rows were rejected, the hash of which and why: those need not be in
/// what it sent, since a feed names an order whose detail the channel refuses.
pub(super) fn digest_of(of_raw: [u8; 32], page: &Page) -> Vec<u8> {
    let mut digest = vec![READER];
    digest.extend(of_raw);
    if !page.rejected.is_empty() {
        let mut rejected = Vec::new();
        for row in &page.rejected {
            for text in [&row.channel_order_id, &row.reason] {
                rejected.push(0);
                rejected.extend(text.as_bytes());
            }
        }
        digest.extend(sha256(&rejected));
    }
    digest
}

/// SHA-256 of what the channel sent; none for a page that must come whole: another release read it, or rows were rejected.
pub(super) fn raw_hash(digest: &[u8]) -> Option<[u8; 32]> {
    let hash = digest.strip_prefix(&[READER])?;
    hash.try_into().ok()
}

#[cfg(test)]
mod tests {
    use moa_proto::moa::channel_proxy::v1 as pb;

    use super::*;
    use crate::clients::channel_proxy::Rows;

    fn page(rejected: &[&str]) -> Page {
        let rejected = rejected.iter().map(|reason| pb::RejectedRow {
            reason: (*reason).to_owned(),
            ..pb::RejectedRow::default()
        });
        Page {
            raw: b"[]".as_slice().into(),
            rows: Rows::Orders(Vec::new()),
            rejected: rejected.collect(),
            next_page_token: String::new(),
            read_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_page_is_named_by_its_hash_unless_rows_were_rejected() {
        let of_raw = sha256(b"[]");
        assert_eq!(raw_hash(&digest_of(of_raw, &page(&[]))), Some(of_raw));
        let rejected = digest_of(of_raw, &page(&["no date"]));
        assert_eq!(raw_hash(&rejected), None);
        assert_ne!(rejected, digest_of(of_raw, &page(&["no name"])));
    }

    #[test]
    fn what_another_release_read_is_not_known() {
        let of_raw = sha256(b"[]");
        assert_eq!(raw_hash(&of_raw), None, "of before there were readers");
        let mut other = digest_of(of_raw, &page(&[]));
        other[0] = READER - 1;
        assert_eq!(raw_hash(&other), None);
    }
}
