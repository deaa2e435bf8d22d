//! Who may do what.

/// What an operator may do. Each role may do what the ones below it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees orders with masked contacts; changes nothing.
    Viewer,
    /// Ships orders, reveals contacts, maps listings.
    Operator,
    /// Also registers and changes channel accounts.
    Owner,
}

impl Role {
    /// As stored and as answered.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "VIEWER",
            Self::Operator => "OPERATOR",
            Self::Owner => "OWNER",
        }
    }

    /// The role with this name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
    }

    /// Whether this role may do what `needed` may.
    pub fn covers(self, needed: Self) -> bool {
        self >= needed
    }
}

#[cfg(test)]
mod tests {
    use super::Role::{self, Operator, Owner, Viewer};

    #[test]
    fn a_role_may_do_what_the_ones_below_may() {
        for (role, needed, may) in [
            (Owner, Owner, true),
            (Owner, Viewer, true),
            (Operator, Owner, false),
            (Operator, Operator, true),
            (Viewer, Operator, false),
            (Viewer, Viewer, true),
        ] {
            assert_eq!(role.covers(needed), may, "{role:?} as {needed:?}");
        }
    }

    #[test]
    fn a_role_survives_being_stored() {
        for role in [Viewer, Operator, Owner] {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("ROOT"), None);
    }
}
