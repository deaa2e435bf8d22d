//! The application and the store each account has, derived from the seed.

use crate::world::Dice;

/// What a seller registers at the API centre, and what names the store.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// 22 characters.
    pub client_id: String,
    /// A bcrypt salt of 29 characters; it never travels.
    pub client_secret: String,
    /// The seller's unique id, `ncp_…`.
    pub account_id: String,
    /// The seller's login id, which the token call takes in its place.
    pub login_id: String,
    /// The store as orders and products name it.
    pub channel_no: i64,
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SALT: &[u8] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The last characters whose dropped bits are zero, so that strict bcrypt libraries take the salt as it is.
const LAST: &[u8] = b".Oeu";

/// The credentials of the account with this number.
pub fn derive(seed: u64, index: u32) -> Credentials {
    let mut dice = Dice::new(seed, "smartstore-account", u64::from(index));
    let client_id = text(&mut dice, LETTERS, 22);
    let salt = text(&mut dice, SALT, 21);
    let last = text(&mut dice, LAST, 1);
    let uid = text(&mut dice, LETTERS, 18).to_lowercase();
    Credentials {
        client_id,
        client_secret: format!("$2a$04${salt}{last}"),
        account_id: format!("ncp_{uid}_01"),
        login_id: format!("raon{:05}", index + 1),
        channel_no: 500_100_000 + i64::from(index),
    }
}

/// Text of some length from an alphabet.
pub fn text(dice: &mut Dice, alphabet: &[u8], length: usize) -> String {
    (0..length)
        .map(|_| char::from(*dice.pick(alphabet)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_look_like_the_real_ones() {
        for index in 0..50 {
            let account = derive(1, index);
            assert_eq!(account.client_id.len(), 22);
            assert_eq!(account.client_secret.len(), 29);
            assert!(account.client_secret.starts_with("$2a$04$"));
            assert!(super::super::sign::expected("id", 1, &account.client_secret).is_some());
            assert!(account.account_id.starts_with("ncp_"));
        }
    }
}
