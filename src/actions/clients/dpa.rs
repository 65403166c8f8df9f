//! Entering a DPA version and saying what it promises.

use jiff::civil::Date;
use serde_json::json;

use super::{Seen, record};
use crate::actions::{By, Error, publish, standard as standard_of};
use crate::db;
use crate::domain::access::Permission;
use crate::domain::agreement::DpaVersion;
use crate::domain::canonical::document;
use crate::domain::deadline::day_of;
use crate::domain::id::Id;
use crate::domain::list_document::Cause;
use crate::domain::terms::Terms;
use crate::domain::text::{FieldError, NAME_LIMIT, required_line};
use crate::state::State;

/// A DPA version as typed.
#[derive(Debug, Clone)]
pub struct DpaDraft {
    /// What people call it.
    pub name: String,
    /// What it promises.
    pub terms: Terms,
    /// Whether new Clients sign this one. The first one is, whatever this says.
    pub standard: bool,
    /// When it was last offered.
    pub ended_on: Option<Date>,
    /// That somebody means to change the terms of a version that agreements use.
    pub amends: bool,
}

/// Enters a DPA version, or saves one that was `seen`. Clocks that run keep their copy of the
/// rules.
///
/// # Errors
/// Not allowed; a field is wrong; the name is taken; agreements use the version and its terms
/// change without `amends`; somebody saved in between.
pub async fn save_dpa(
    state: &State,
    by: &By,
    seen: Option<Seen>,
    draft: DpaDraft,
) -> Result<DpaVersion, Error> {
    by.require(Permission::Write)?;
    let name = required_line("name", "a name, like Standard DPA 2026", &draft.name, NAME_LIMIT);
    let (name, terms) = match (name, draft.terms.tidy()) {
        (Ok(name), Ok(terms)) => (name, terms),
        (name, terms) => {
            return Err(Error::Invalid(
                name.err().into_iter().chain(terms.err().into_iter().flatten()).collect(),
            ));
        }
    };
    let (now, by, settings) = (state.clock.now(), by.clone(), state.settings.clone());
    let today = day_of(now, &settings.zone());
    let DpaDraft { standard, ended_on, amends, .. } = draft;
    let saved = state
        .db
        .write(move |conn| {
            let promised = standard_of(conn, &settings)?.period();
            let all = db::dpa::all(conn)?;
            let known = match seen {
                None => None,
                Some((id, revision)) => {
                    let known = all.iter().find(|d| d.id == id).ok_or(Error::NotFound("DPA version"))?;
                    if known.revision != revision {
                        return Err(Error::Outdated("DPA version"));
                    }
                    Some(known.clone())
                }
            };
            let id = known.as_ref().map_or_else(|| Id::new(now), |known| known.id);
            if all.iter().any(|other| other.id != id && other.name.to_lowercase() == name.to_lowercase()) {
                return Err(FieldError::new("name", "Another DPA version has this name. Choose one that tells them apart.").into());
            }
            let was_standard = known.as_ref().is_some_and(|known| known.standard);
            let is_first = !all.iter().any(|other| other.standard && other.id != id) && !was_standard;
            check_standard(was_standard, standard || is_first, ended_on, today)?;
            let changed = known.as_ref().is_some_and(|known| known.terms != terms);
            let used = if changed { db::agreement::count_of_dpa(conn, id, today)? } else { 0 };
            if used > 0 && !amends {
                let agreements = if used == 1 { "1 agreement uses".to_owned() } else { format!("{used} agreements use") };
                return Err(FieldError::new(
                    "amends",
                    format!("{agreements} this version. If these Clients really agreed to the new terms, say so; notices from now on follow them, and clocks that run keep the terms they began with. If not, enter a new version."),
                )
                .into());
            }
            let dpa = DpaVersion {
                id,
                name,
                standard: standard || is_first,
                created_at: known.as_ref().map_or(now, |known| known.created_at),
                ended_on,
                revision: known.as_ref().map_or(1, |known| known.revision + 1),
                terms,
            };
            db::dpa::save(conn, &dpa)?;
            let detail = json!({
                "revision": dpa.revision,
                "standard": dpa.standard,
                "terms_sha256": document(&dpa.terms)?.sha256,
                "agreements_amended": used,
            });
            let action = if known.is_some() { "dpa.saved" } else { "dpa.added" };
            record(conn, now, &by, action, dpa.id, detail)?;
            // The public page names the period; it says the new one from now on, and tells nobody.
            if standard_of(conn, &settings)?.period() != promised && db::list::current_number(conn)? > 0 {
                publish::version(conn, now, &settings, Cause::Terms, None)?;
            }
            Ok(dpa)
        })
        .await;
    state.list_bell.notify_one();
    saved
}

/// There is always one standard version, and it is one that is still offered.
fn check_standard(was: bool, is: bool, ended_on: Option<Date>, today: Date) -> Result<(), FieldError> {
    if was && !is {
        return Err(FieldError::new(
            "standard",
            "There is always one standard version. Mark another one as standard instead; this one then stops being it.",
        ));
    }
    if is && ended_on.is_some_and(|last| last < today) {
        return Err(FieldError::new(
            "ended_on",
            "New Clients sign the standard version, so it cannot have ended. Mark another one as standard first.",
        ));
    }
    Ok(())
}
