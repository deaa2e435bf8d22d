use std::fmt;

/// A mail address in the form in which two writings of one address are the same.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mail address must look like name@example.com")]
pub struct EmailError;

/// Why a text is no password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password must have 8 to 200 characters")]
pub struct PasswordError;

impl Email {
    /// Reads an address. Only what cannot be one is refused: the proof is that mail arrives.
    pub(crate) fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim().to_lowercase();
        let (name, host) = text.rsplit_once('@').ok_or(EmailError)?;
        let plain = |part: &str| !part.chars().any(|c| c.is_whitespace() || c.is_control());
        let labels = host.split('.').filter(|label| !label.is_empty()).count();
        let complete = labels >= 2 && labels == host.split('.').count();
        if name.is_empty() || !complete || !plain(&text) || text.len() > 254 {
            return Err(EmailError);
        }
        Ok(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Checks a new password's length; nothing else makes people choose better ones.
pub(crate) fn check_new_password(password: &str) -> Result<(), PasswordError> {
    if (8..=200).contains(&password.chars().count()) {
        Ok(())
    } else {
        Err(PasswordError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_writings_of_one_address_are_the_same() {
        let plain = Email::parse("hong@example.com");
        assert_eq!(Email::parse(" Hong@Example.COM "), plain);
        assert_eq!(format!("{:?}", plain.unwrap()), "***");
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        for text in [
            "",
            "hong",
            "@example.com",
            "hong@example",
            "a b@example.com",
            "a@b..com",
        ] {
            assert_eq!(Email::parse(text), Err(EmailError), "{text}");
        }
    }

    #[test]
    fn a_password_has_eight_characters_or_more() {
        assert!(check_new_password("1234567").is_err());
        assert!(check_new_password("비밀번호비밀번호").is_ok());
        assert!(check_new_password(&"a".repeat(201)).is_err());
    }
}
