//! What one row of a file would do to what is registered.

use super::Setting;
use crate::actions::Error;
use crate::actions::clients::ClientDraft;
use crate::db::{self, Conn};
use crate::domain::agreement::Agreement;
use crate::domain::client::{Client, ClientFacts, Contact, ContactRole, ContactState};
use crate::domain::contacts::{check_contact, next_position, tidy_contact};
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::subscription::Channel;
use crate::domain::terms::Overrides;
use crate::domain::text::FieldError;
use crate::exchange::client_file::{AgreementRow, ClientRow, ContactRow};

/// Column, value and what to do.
type Problem = (String, String, String);

/// What a row would do. Contacts and agreement with whether they are new.
pub(super) struct Plan {
    pub client: Client,
    pub is_new: bool,
    facts_change: bool,
    pub contacts: Vec<(Contact, bool)>,
    pub agreement: Option<(Agreement, bool)>,
}

impl Plan {
    /// Whether anything is to be stored.
    pub fn changes(&self) -> bool {
        self.is_new || self.facts_change || !self.contacts.is_empty() || self.agreement.is_some()
    }
}

/// Judges `row`. The inner error holds its problems; then nothing of it is to be stored.
pub(super) fn plan(
    conn: &mut Conn,
    setting: &Setting,
    row: &ClientRow,
) -> Result<Result<Plan, Vec<Problem>>, Error> {
    let known = db::client::by_reference(conn, &row.reference)?;
    let draft = draft(known.as_ref(), row);
    let mut problems: Vec<Problem> = Vec::new();
    let draft = match draft.tidy() {
        Ok(draft) => draft,
        Err(errors) => {
            // Contacts and agreement are judged too, so that a row is mended in one go.
            problems.extend(errors.into_iter().map(|e| (e.field, String::new(), e.problem)));
            ClientDraft { reference: row.reference.clone(), ..ClientDraft::default() }
        }
    };
    let is_new = known.is_none();
    let facts_change = known.as_ref().is_none_or(|k| k.name != draft.name || k.facts != draft.facts);
    let (mut client, contacts, agreements) = match known {
        None => (draft.client(setting.now), Vec::new(), Vec::new()),
        Some(known) => {
            let (contacts, agreements) =
                (db::contact::of_client(conn, known.id)?, db::agreement::of_client(conn, known.id)?);
            (Client { name: draft.name, facts: draft.facts, ..known }, contacts, agreements)
        }
    };
    let contacts = contacts_of(setting, client.id, contacts, &row.contacts, &mut problems);
    let agreement = match &row.agreement {
        Some(wanted) => agreement_of(setting, client.id, &agreements, wanted, &mut problems),
        None => None,
    };
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    if !is_new && (facts_change || !contacts.is_empty() || agreement.is_some()) {
        client.revision += 1;
        client.checked_at = setting.now;
    }
    Ok(Ok(Plan { client, is_new, facts_change, contacts, agreement }))
}

/// The Client as the row would have it; what its cells leave open stays.
fn draft(known: Option<&Client>, row: &ClientRow) -> ClientDraft {
    let facts = known.map(|k| k.facts.clone()).unwrap_or_default();
    let facts = ClientFacts {
        role: row.role.unwrap_or(facts.role),
        laws: row.laws.clone().unwrap_or(facts.laws),
        health_data: row.health_data.unwrap_or(facts.health_data),
        financial_entity: row.financial_entity.unwrap_or(facts.financial_entity),
        time_zone: row.time_zone.clone().unwrap_or(facts.time_zone),
        holidays: row.holidays.clone().map_or(facts.holidays, |days| days.into_iter().collect()),
        language: row.language.clone().unwrap_or(facts.language),
        products: row.products.clone().unwrap_or(facts.products),
        regions: row.regions.clone().unwrap_or(facts.regions),
        note: facts.note,
    };
    let name = row.name.clone().or_else(|| known.map(|k| k.name.clone())).unwrap_or_default();
    ClientDraft { reference: row.reference.clone(), name, facts }
}

/// Contacts to store: those not known yet, and known ones with another name or role. One that
/// staff removed here stays removed.
fn contacts_of(
    setting: &Setting,
    client_id: Id,
    mut all: Vec<Contact>,
    rows: &[ContactRow],
    problems: &mut Vec<Problem>,
) -> Vec<(Contact, bool)> {
    let mut found = Vec::new();
    let mut taken: Vec<Id> = Vec::new();
    for row in rows {
        let mut wrong = |value: &str, e: FieldError| {
            let column =
                if e.field == "name" { row.column.replace("_email", "_name") } else { row.column.clone() };
            problems.push((column, value.to_owned(), e.problem));
        };
        let (name, email) = match tidy_contact(row.name.as_deref().unwrap_or_default(), &row.email) {
            Ok(tidied) => tidied,
            Err(errors) => {
                errors.into_iter().for_each(|e| wrong(&row.email, e));
                continue;
            }
        };
        let same = |c: &&Contact| c.channel == Channel::Email && c.email.key() == email.key();
        let of_state = |ended: bool| {
            all.iter().filter(same).find(|c| (c.state == ContactState::Ended) == ended).cloned()
        };
        match of_state(false).or_else(|| of_state(true)) {
            Some(known) if taken.contains(&known.id) => {
                let text = "Stands in this row twice. A Client's contact is told once; take one out.";
                wrong(&row.email, FieldError::new("email", text));
            }
            Some(known) => {
                taken.push(known.id);
                let changed = Contact {
                    name: if row.name.is_some() { name } else { known.name.clone() },
                    role: row.role.unwrap_or(known.role),
                    ..known.clone()
                };
                if changed != known && known.state != ContactState::Ended {
                    found.push((changed, false));
                }
            }
            None => {
                let contact = Contact {
                    id: Id::new(setting.now),
                    client_id,
                    position: next_position(&all),
                    role: row.role.unwrap_or(ContactRole::Notify),
                    channel: Channel::Email,
                    name,
                    email,
                    subscription_id: None,
                    state: ContactState::Working,
                };
                if let Err(e) = check_contact(&all, &contact) {
                    wrong(&row.email, e);
                    continue;
                }
                taken.push(contact.id);
                all.push(contact.clone());
                found.push((contact, true));
            }
        }
    }
    found
}

/// The agreement to store: one not known yet, or a known one with another day. The Client's
/// agreement that takes effect on the same day is the one meant.
fn agreement_of(
    setting: &Setting,
    client_id: Id,
    others: &[Agreement],
    row: &AgreementRow,
    problems: &mut Vec<Problem>,
) -> Option<(Agreement, bool)> {
    let mut wrong = |column: &str, value: &str, why: String| {
        problems.push((column.to_owned(), value.to_owned(), why));
    };
    let known = others.iter().find(|a| a.effective_on == row.effective_on);
    let dpa = match (row.dpa.as_str(), known) {
        ("", Some(known)) => setting.dpas.get(&known.dpa_id.to_string()),
        ("", None) => setting.standard.as_ref(),
        (word, _) => setting.dpas.get(&word.to_lowercase()),
    };
    let Some(dpa) = dpa else {
        let why = if setting.dpas.is_empty() {
            "No DPA version is entered yet. Enter one under Clients, DPA versions, then import the file again."
        } else {
            "There is no DPA version with this name. Write its name as under Clients, DPA versions, or enter it there first."
        };
        wrong("dpa", &row.dpa, why.to_owned());
        return None;
    };
    if let Some(other) = known.filter(|known| known.dpa_id != dpa.id) {
        let day = long_date(other.effective_on);
        wrong(
            "dpa",
            &row.dpa,
            format!(
                "The register has another DPA version for the agreement of {day}. Correct it there, or in the file."
            ),
        );
        return None;
    }
    if let Some(last) = dpa.ended_on.filter(|last| known.is_none() && *last < row.effective_on) {
        wrong("dpa", &row.dpa, format!("It was offered until {}. Name a newer version.", long_date(last)));
    }
    let agreement = match known {
        Some(known) => {
            let changed = Agreement {
                signed_on: row.signed_on.or(known.signed_on),
                ended_on: row.ended_on.or(known.ended_on),
                ..known.clone()
            };
            if changed == *known {
                return None;
            }
            Agreement { revision: known.revision + 1, ..changed }
        }
        None => Agreement {
            id: Id::new(setting.now),
            client_id,
            dpa_id: dpa.id,
            signed_on: row.signed_on,
            effective_on: row.effective_on,
            ended_on: row.ended_on,
            overrides: Overrides::default(),
            list_version: None,
            created_at: setting.now,
            revision: 1,
        },
    };
    if let Err(errors) = agreement.check(others) {
        errors.into_iter().for_each(|e| wrong(&e.field, &row.effective_on.to_string(), e.problem));
        return None;
    }
    Some((agreement, known.is_none()))
}
