//! Whose decision a change still needs, and why (invariant 5).

use std::collections::BTreeSet;

use super::Error;
use crate::db::{self, Conn};
use crate::domain::access::Role;
use crate::domain::change::{Change, Class};
use crate::domain::id::Id;
use crate::domain::record::Risk;
use crate::domain::three_people::{Ground, Voice, grounds, missing, standing};

/// What a change needs to be approved.
#[derive(Debug, Clone, Default)]
pub struct Voices {
    /// Why a DPO decides besides an approver; empty where nothing asks for it.
    pub grounds: Vec<Ground>,
    /// Who has approved it as it stands.
    pub given: Vec<Id>,
    /// Whose decision is missing.
    pub missing: Vec<Voice>,
    /// Whether somebody holds the role of a DPO who wrote no part of it.
    pub has_dpo: bool,
}

impl Voices {
    /// Why it takes three people, for people; empty where it does not.
    #[must_use]
    pub fn why(&self) -> String {
        let words: Vec<String> = self.grounds.iter().map(Ground::words).collect();
        if words.is_empty() {
            String::new()
        } else {
            format!("It takes a DPO besides an approver: {}.", words.join("; "))
        }
    }

    /// Whose decision is missing, for people, and how to come by it; empty where none is.
    #[must_use]
    pub fn still(&self) -> String {
        let nobody = "Nobody who could give it holds the role dpo. An admin gives the role under Users, or with `subprocessors user add --role dpo`.";
        match self.missing.as_slice() {
            [] => String::new(),
            [Voice::Approver] => "The decision of an approver is missing.".to_owned(),
            [Voice::Dpo] if self.has_dpo => "The decision of a DPO is missing.".to_owned(),
            [Voice::Dpo] => format!("The decision of a DPO is missing. {nobody}"),
            _ if self.has_dpo => "The decisions of an approver and of a DPO are missing.".to_owned(),
            _ => format!("The decisions of an approver and of a DPO are missing. {nobody}"),
        }
    }
}

/// What `change` needs to be approved, as it stands.
///
/// # Errors
/// The database failed.
pub fn voices(conn: &mut Conn, change: &Change) -> Result<Voices, Error> {
    let grounds = grounds(change, &high_risk(conn, change)?);
    let approvals = db::change::approvals(conn, change.id)?;
    let standing = standing(change, &approvals);
    let has_dpo = grounds.is_empty()
        || db::staff::all(conn)?
            .iter()
            .any(|one| one.role == Role::Dpo && one.is_enabled() && !change.editors.contains(&one.id));
    Ok(Voices {
        missing: missing(!grounds.is_empty(), &standing),
        given: standing.iter().map(|one| one.by).collect(),
        grounds,
        has_dpo,
    })
}

/// The engagements it touches whose latest vetting found the risk high.
fn high_risk(conn: &mut Conn, change: &Change) -> Result<BTreeSet<Id>, Error> {
    let touched: Vec<Id> = change
        .items
        .iter()
        .filter(|item| item.class > Class::Editorial)
        .filter_map(|item| item.entry_id)
        .collect();
    let (mut looked, mut high) = (BTreeSet::new(), BTreeSet::new());
    // The latest comes first.
    for vetting in db::record::vettings(conn, &touched)? {
        if looked.insert(vetting.engagement_id) && vetting.facts.risk == Risk::High {
            high.insert(vetting.engagement_id);
        }
    }
    Ok(high)
}
