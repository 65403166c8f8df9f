//! What the page of one Client shows.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::list::reach;
use super::words::{client_role, contact_role, contact_state, terms_line};
use crate::actions::clients::suggested;
use crate::db::{self, Conn};
use crate::domain::agreement::{Agreement, DpaVersion};
use crate::domain::client::{Client, ContactRole, ContactState};
use crate::domain::diff::long_date;
use crate::domain::id::Id;
use crate::domain::subscription::{Channel, Subscription};

#[derive(Serialize)]
pub(super) struct Fact {
    label: &'static str,
    text: String,
}

#[derive(Serialize)]
pub(super) struct ContactLine {
    id: Id,
    to: String,
    name: String,
    channel: &'static str,
    url: String,
    role: &'static str,
    state: &'static str,
    weight: &'static str,
    linked: bool,
    is_first: bool,
    is_last: bool,
    can_restore: bool,
}

#[derive(Serialize)]
pub(super) struct AgreementLine {
    id: Id,
    dpa: String,
    terms: String,
    from: String,
    until: Option<String>,
    signed: Option<String>,
    list_version: Option<i64>,
    exceptions: bool,
    state: &'static str,
    weight: &'static str,
    revision: i64,
    can_end: bool,
}

#[derive(Serialize)]
pub(super) struct HoldOutLine {
    id: Id,
    engagement: String,
    href: Option<String>,
    reason: String,
    until: Option<String>,
    since: String,
    by: String,
    holds: bool,
    /// The change that asks for its consent, where nobody wrote the hold-out.
    consent: Option<Id>,
}

#[derive(Serialize)]
pub(super) struct Suggestion {
    id: Id,
    to: String,
    channel: &'static str,
}

/// Everything on the page but its problems.
#[derive(Serialize)]
pub(super) struct View {
    pub id: Id,
    pub name: String,
    reference: String,
    revision: i64,
    reach: String,
    reach_weight: &'static str,
    checked: String,
    is_old: bool,
    facts: Vec<Fact>,
    contacts: Vec<ContactLine>,
    removed: usize,
    agreements: Vec<AgreementLine>,
    has_dpa: bool,
    hold_outs: Vec<HoldOutLine>,
    suggestions: Vec<Suggestion>,
    today: String,
}

/// Reads the page's content; `None` if there is no such Client. `name_of` is what colleagues
/// call a staff member.
pub(super) fn view(
    conn: &mut Conn,
    id: Id,
    today: Date,
    day: impl Fn(jiff::Timestamp) -> Date,
    name_of: impl Fn(Id) -> String,
) -> Result<Option<View>, crate::actions::Error> {
    let Some(client) = db::client::get(conn, id)? else { return Ok(None) };
    let contacts = db::contact::of_client(conn, id)?;
    let reach = reach(conn, &contacts)?;
    let mut through: BTreeMap<Id, Subscription> = BTreeMap::new();
    for sub in contacts.iter().filter_map(|c| c.subscription_id) {
        through.extend(db::subscription::get(conn, sub)?.map(|stored| (sub, stored.subscription)));
    }
    let open: Vec<_> = contacts.iter().filter(|c| c.state != ContactState::Ended).collect();
    let last = open.len().saturating_sub(1);
    let lines = open.iter().enumerate().map(|(at, c)| {
        let sub = c.subscription_id.and_then(|id| through.get(&id));
        let (state, weight) = contact_state(c.state, sub);
        ContactLine {
            id: c.id,
            to: c.email.to_string(),
            name: c.name.clone(),
            channel: if c.channel == Channel::Webhook { "Webhook" } else { "Mail" },
            url: sub.map(|s| s.url.clone()).unwrap_or_default(),
            role: contact_role(c.role),
            state,
            weight,
            linked: c.channel == Channel::Email && c.subscription_id.is_some(),
            is_first: at == 0,
            is_last: at == last,
            can_restore: !matches!(c.state, ContactState::Working | ContactState::Ended),
        }
    });
    let lines: Vec<ContactLine> = lines.collect();
    let dpas = db::dpa::all(conn)?;
    let agreements = db::agreement::of_client(conn, id)?;
    let checked = day(client.checked_at);
    let suggestions = suggested(conn, &contacts, "")?;
    Ok(Some(View {
        id,
        revision: client.revision,
        reach: reach.words(),
        reach_weight: if reach.is_reachable() { "ok" } else { "bad" },
        checked: long_date(checked),
        is_old: today.since(checked).is_ok_and(|span| span.get_days() > 30),
        facts: facts(&client),
        removed: contacts.len() - lines.len(),
        contacts: lines,
        agreements: agreements.iter().map(|a| agreement_line(a, &dpas, today)).collect(),
        has_dpa: !dpas.is_empty(),
        hold_outs: hold_outs(conn, id, today, &day, name_of)?,
        suggestions: suggestions
            .into_iter()
            .map(|s| Suggestion {
                id: s.id,
                to: if s.channel == Channel::Webhook {
                    format!("{} ({})", s.url, s.email)
                } else {
                    s.email.to_string()
                },
                channel: if s.channel == Channel::Webhook { "Webhook" } else { "Mail" },
            })
            .collect(),
        today: today.to_string(),
        name: client.name,
        reference: client.reference,
    }))
}

fn facts(client: &Client) -> Vec<Fact> {
    let facts = &client.facts;
    let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    let mut flags = Vec::new();
    flags.extend(facts.health_data.then_some("health data (BAA needed)"));
    flags.extend(facts.financial_entity.then_some("financial entity (DORA)"));
    let days: Vec<String> = facts.holidays.iter().map(|day| long_date(*day)).collect();
    let mut shown = vec![
        Fact { label: "Your number", text: client.reference.clone() },
        Fact { label: "It is a", text: client_role(facts.role).to_owned() },
        Fact { label: "Time zone", text: or(&facts.time_zone, "the company’s") },
        Fact { label: "Language", text: or(&facts.language, "the company’s") },
        Fact { label: "Products", text: or(&facts.products.join(", "), "unknown, so every product") },
        Fact { label: "Regions", text: or(&facts.regions.join(", "), "unknown, so every region") },
    ];
    let more = [
        ("Laws", facts.laws.join(", ")),
        ("Marked as", flags.join(", ")),
        ("Holidays", days.join(", ")),
        ("Note", facts.note.clone()),
    ];
    let said = more.into_iter().filter(|(_, text)| !text.is_empty());
    shown.extend(said.map(|(label, text)| Fact { label, text }));
    shown
}

fn agreement_line(a: &Agreement, dpas: &[DpaVersion], today: Date) -> AgreementLine {
    let dpa = dpas.iter().find(|d| d.id == a.dpa_id);
    let (state, weight) = match (a.is_in_force(today), a.effective_on > today) {
        (true, _) => ("In force", "ok"),
        (false, true) => ("To come", "info"),
        (false, false) => ("Ended", ""),
    };
    let own = dpa.map(|d| terms_line(&DpaVersion { terms: a.terms(d), ..d.clone() }));
    AgreementLine {
        id: a.id,
        dpa: dpa.map(|d| d.name.clone()).unwrap_or_default(),
        terms: own.unwrap_or_default(),
        from: long_date(a.effective_on),
        until: a.ended_on.map(long_date),
        signed: a.signed_on.map(long_date),
        list_version: a.list_version,
        exceptions: !a.overrides.is_empty(),
        state,
        weight,
        revision: a.revision,
        can_end: a.ended_on.is_none(),
    }
}

fn hold_outs(
    conn: &mut Conn,
    client: Id,
    today: Date,
    day: &impl Fn(jiff::Timestamp) -> Date,
    name_of: impl Fn(Id) -> String,
) -> Result<Vec<HoldOutLine>, crate::actions::Error> {
    let planned = crate::actions::clients::withholdable(conn)?;
    let mut lines = Vec::new();
    for held in db::hold_out::of_client(conn, client)? {
        let listed = db::register::entry(conn, held.engagement_id)?.map(|l| l.entry);
        let href = listed.as_ref().map(|_| format!("/staff/entries/{}", held.engagement_id));
        let entry = listed.or_else(|| planned.iter().find(|e| e.id == held.engagement_id).cloned());
        lines.push(HoldOutLine {
            id: held.id,
            engagement: entry
                .map_or_else(|| "An engagement that was never announced".to_owned(), |e| e.vendor.name),
            href,
            until: held.until.map(long_date),
            since: long_date(day(held.created_at)),
            by: name_of(held.by),
            holds: held.holds_on(today),
            reason: held.reason,
            consent: None,
        });
    }
    for held in crate::actions::clients::withheld(conn, client, today)? {
        let Some(announced) = held.change.announced_at else { continue };
        for item in held
            .change
            .items
            .iter()
            .filter(|item| item.entry_id.is_some_and(|id| held.engagements.contains(&id)))
        {
            lines.push(HoldOutLine {
                id: item.id,
                engagement: item.entry().map(|entry| entry.vendor.name.clone()).unwrap_or_default(),
                href: None,
                until: Some("it consents".to_owned()),
                since: long_date(day(announced)),
                by: "its agreement".to_owned(),
                holds: true,
                reason: format!(
                    "{}: specific authorisation, and its consent is missing.",
                    held.change.reference()
                ),
                consent: Some(held.change.id),
            });
        }
    }
    Ok(lines)
}

/// The words for a role, for a select.
pub(super) fn roles() -> Vec<crate::web::staff::field::Choice> {
    super::sheet::words(ContactRole::ALL, contact_role)
}
