//! The column `notes`: `key=value` parts and remarks in words, parted by semicolons.

use super::row::Row;
use crate::domain::doubt::Doubt;
use crate::domain::engagement::{Group, Transfer, TransferMechanism};
use crate::domain::text::{FieldError, NAME_LIMIT, line};

/// What the notes say besides the row's own facts.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// A promise about the whole list.
    pub statement: Option<String>,
    /// The remark that one cell names two companies.
    pub two_in_one: bool,
}

/// Reads the notes into `row`, whose places must be there already.
///
/// # Errors
/// A value is too long or holds control characters.
pub(super) fn read(row: &mut Row, notes: &str) -> Result<Said, FieldError> {
    let mut said = Said::default();
    for part in notes.split(';').map(str::trim).filter(|p| !p.is_empty()) {
        if let Some(promise) = part.strip_prefix("list-wide promise:") {
            said.statement = Some(line("notes", promise, crate::domain::text::TEXT_LIMIT)?);
            continue;
        }
        said.two_in_one |= part.starts_with("two entities") || part.starts_with("two vendors");
        let Some((key, value)) = part.split_once('=') else { continue };
        let value = line("notes", value, NAME_LIMIT)?;
        match key.trim().to_lowercase().as_str() {
            "product" | "products" => {
                let found = value.split(',').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty());
                row.products = found.collect();
            }
            "group" => group(row, &value),
            "applies to" => row.feature = value,
            "replaces" => row.replaces = value,
            "transfer basis" => basis(row, value),
            _ => {}
        }
    }
    Ok(said)
}

/// Groups as lists name them. “Infrastructure”, “other” or “support” say nothing of whether a
/// Client can do without.
fn group(row: &mut Row, value: &str) {
    match value.to_lowercase().as_str() {
        "all" | "core" => row.group = Some(Group::Core),
        "optional" | "service specific" | "feature specific" => row.group = Some(Group::Optional),
        "group company" | "affiliate" | "affiliates" | "intra-group" => {
            row.group = Some(Group::Affiliate);
            row.affiliate = true;
        }
        _ => {}
    }
}

/// A transfer is a legal statement: taken only where whose law, which tool and the one country
/// are all named. Anything else stays in the list's words.
fn basis(row: &mut Row, value: String) {
    let folded = format!(" {} ", super::names::words(&value).join(" "));
    let says = |words: &str| folded.contains(&format!(" {words} "));
    let tool = if says("eu us data privacy framework") || says("eu us dpf") {
        Some(("EU", TransferMechanism::Dpf))
    } else if says("eu sccs") || says("eu scc") || says("eu standard contractual clauses") {
        Some(("EU", TransferMechanism::Scc))
    } else if says("uk idta") {
        Some(("UK", TransferMechanism::Idta))
    } else {
        None
    };
    let destination = match row.locations.as_slice() {
        [only] => only.country,
        _ => None,
    };
    match (tool, destination) {
        (Some((jurisdiction, mechanism)), Some(destination)) => row.transfers.push(Transfer {
            jurisdiction: jurisdiction.to_owned(),
            destination,
            mechanism,
            checked_on: None,
            review_by: None,
        }),
        _ => row.transfer_basis = value,
    }
}

/// The doubt about a notes cell that cannot be read.
pub(super) fn unreadable(at: u64, notes: &str, error: FieldError) -> Doubt {
    Doubt::new(at, "notes", notes, error.problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::place::Location;

    fn row(notes: &str) -> (Row, Said) {
        let mut row = Row { locations: vec![Location::in_country("PK".parse().unwrap())], ..Row::default() };
        let said = read(&mut row, notes).unwrap();
        (row, said)
    }

    #[test]
    fn products_groups_and_features_are_taken() {
        let (got, _) = row("product=hey; location stated once for the whole group");
        assert_eq!(got.products, ["hey"]);
        let (got, _) =
            row("group=service specific; applies to=BigQuery Data Warehouse Destination, Personas");
        assert_eq!(got.group, Some(Group::Optional));
        assert_eq!(got.feature, "BigQuery Data Warehouse Destination, Personas");
        assert_eq!(row("group=infrastructure").0.group, None);
    }

    #[test]
    fn a_transfer_is_never_made_up() {
        let (got, _) = row("group=group company; transfer basis=Intra-group Agreement with SCCs");
        assert!(got.affiliate && got.transfers.is_empty());
        assert_eq!(got.transfer_basis, "Intra-group Agreement with SCCs");
        let (got, _) = row("transfer basis=EU SCCs");
        assert_eq!(got.transfers.first().unwrap().mechanism, TransferMechanism::Scc);
        assert_eq!(row("transfer basis=GDPR").0.transfer_basis, "GDPR");
    }

    #[test]
    fn a_promise_about_the_whole_list_is_a_statement() {
        let (_, said) = row("list-wide promise: Canadian customers' student data stays in Canada");
        assert_eq!(said.statement.as_deref(), Some("Canadian customers' student data stays in Canada"));
        assert!(row("group=third party; two entities in one cell").1.two_in_one);
    }
}
