//! Who may do what.

crate::words! {
    /// A staff member's role. Each may do what the ones before it may, with two exceptions: nobody
    /// approves their own change, and only the DPO decides as the DPO.
    Role {
        /// Reads everything.
        Viewer = "viewer",
        /// Writes changes.
        Editor = "editor",
        /// Approves other people's changes.
        Approver = "approver",
        /// Data protection officer: approves as well, and decides besides an approver where it
        /// takes three people.
        Dpo = "dpo",
        /// Manages staff, tokens and sending.
        Admin = "admin",
    }
}

crate::words! {
    /// What an action needs. Also the scopes of API tokens.
    Permission {
        /// Read the register, changes and deliveries.
        Read = "read",
        /// Write and submit changes, resend deliveries.
        Write = "write",
        /// Approve, return and cancel changes.
        Approve = "approve",
        /// Decide as the data protection officer, where it takes three people. Only that role
        /// holds it: an admin does not.
        Protect = "protect",
        /// Manage staff and tokens; pause and resume all sending.
        Admin = "admin",
    }
}

impl Role {
    /// Whether this role holds `permission`.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Read => true,
            Permission::Write => self >= Role::Editor,
            Permission::Approve => self >= Role::Approver,
            Permission::Protect => self == Role::Dpo,
            Permission::Admin => self == Role::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_holds_what_the_table_says() {
        let table = [
            (Role::Viewer, [true, false, false, false, false]),
            (Role::Editor, [true, true, false, false, false]),
            (Role::Approver, [true, true, true, false, false]),
            (Role::Dpo, [true, true, true, true, false]),
            (Role::Admin, [true, true, true, false, true]),
        ];
        for (role, row) in table {
            for (permission, expected) in Permission::ALL.iter().zip(row) {
                assert_eq!(role.may(*permission), expected, "{role} {permission}");
            }
        }
    }
}
