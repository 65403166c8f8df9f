//! Letters about an objection: its receipt, what was decided, and word to the company.

use jiff::tz::TimeZone;

use super::{Letter, Target, desk, line};
use crate::config::Settings;
use crate::db::{self, Conn};
use crate::delivery::message::dates::moment;
use crate::domain::delivery::DeliveryKind;
use crate::domain::id::Id;
use crate::domain::objection::{Objection, ObjectionState};

/// An objection with the names around it.
struct Known {
    objection: Objection,
    client: String,
    notice: String,
    title: String,
    zone: TimeZone,
}

pub(super) fn load(
    conn: &mut Conn,
    kind: DeliveryKind,
    id: Id,
    settings: &Settings,
) -> Result<Option<Letter>, db::Error> {
    let Some(objection) = db::objection::get(conn, id)? else { return Ok(None) };
    let Some(one) = db::client_notice::get(conn, objection.client_notice_id)? else { return Ok(None) };
    let Some(notice) = db::notice::get(conn, one.notice_id)? else { return Ok(None) };
    let Some(client) = db::client::get(conn, one.client_id)? else { return Ok(None) };
    let known = Known {
        objection,
        client: client.name,
        title: crate::domain::notice::headline(&notice.clients.items),
        notice: notice.number,
        zone: one.rules.day_count().zone,
    };
    let company = &settings.company.name;
    Ok(Some(match kind {
        DeliveryKind::Desk => Letter { to: desk(settings), ..for_the_desk(&known, &settings.zone()) },
        DeliveryKind::ObjectionAnswer => answer(&known, company),
        _ => receipt(&known, company),
    }))
}

/// When it came, and whether in time.
fn standing(o: &Objection) -> &'static str {
    match (o.state, o.in_time) {
        (ObjectionState::Inadmissible, _) => {
            "The notice had been withdrawn: there is nothing left to object to."
        }
        (_, true) => "It came in time.",
        (_, false) => {
            "It came after your time to object, or your agreement opens none. It is kept, marked as late, and answered all the same."
        }
    }
}

fn receipt(known: &Known, company: &str) -> Letter {
    let o = &known.objection;
    let mut facts = vec![
        line("Objection", o.number.clone()),
        line("To", format!("notice {}: {company} {}", known.notice, known.title)),
        line("By", format!("{}, for {}", o.person, known.client)),
        line("Received", moment(o.received_at, &known.zone)),
        line("Grounds", o.grounds.clone()),
    ];
    if !o.wish.is_empty() {
        facts.push(line("Your wish", o.wish.clone()));
    }
    Letter {
        to: None,
        subject: format!("Received: objection {} to notice {}", o.number, known.notice),
        lead: format!("{company} has received your objection. {}", standing(o)),
        paragraphs: vec!["You need not do anything now: you will hear what is decided. Was it not you? The link of your notice may have been forwarded; write to the address below.".to_owned()],
        facts,
        link: None,
    }
}

fn answer(known: &Known, company: &str) -> Letter {
    let o = &known.objection;
    let decided = match o.state {
        ObjectionState::Admitted => "Your objection is admitted: it will be answered with a remedy.",
        ObjectionState::Late => "Your objection came late. It is kept and will be answered all the same.",
        ObjectionState::Inadmissible => "Your objection is not admitted.",
        ObjectionState::InTalks => "Your objection is being looked into together with you.",
        ObjectionState::Resolved => "Your objection is resolved.",
        ObjectionState::Withdrawn => "Your objection is noted as withdrawn by you.",
        ObjectionState::ServiceEnded => "Your objection is closed: the service concerned ends.",
        ObjectionState::ContractEnded => "Your objection is closed: the contract ends.",
        ObjectionState::Received => "Your objection is received.",
    };
    let mut facts = vec![
        line("Objection", o.number.clone()),
        line("To", format!("notice {}: {company} {}", known.notice, known.title)),
    ];
    facts.extend(o.remedy.map(|remedy| line("Remedy", remedy.label())));
    facts.extend(o.fix_by.filter(|_| o.state.is_open()).map(|by| {
        // Exclusive: the moment after the last minute of the day.
        let last = by.saturating_add(jiff::SignedDuration::from_mins(-1)).unwrap_or(by);
        line("Answered with a remedy by", moment(last, &known.zone))
    }));
    Letter {
        to: None,
        subject: format!("{}: objection {} to notice {}", o.state.label(), o.number, known.notice),
        lead: decided.to_owned(),
        paragraphs: if o.answer.is_empty() { Vec::new() } else { vec![o.answer.clone()] },
        facts,
        link: None,
    }
}

fn for_the_desk(known: &Known, zone: &TimeZone) -> Letter {
    let o = &known.objection;
    let when = if o.in_time { "in time" } else { "late" };
    Letter {
        to: None,
        subject: format!("Objection {} by {} to {}", o.number, known.client, known.notice),
        lead: format!("{} objects to notice {}, {when}.", known.client, known.notice),
        paragraphs: Vec::new(),
        facts: vec![
            line("Objection", o.number.clone()),
            line("By", o.person.clone()),
            line("Received", moment(o.received_at, zone)),
            line("Grounds", o.grounds.clone()),
            line("Wish", if o.wish.is_empty() { "None stated".to_owned() } else { o.wish.clone() }),
        ],
        link: Some(("Look at it".to_owned(), Target::Path(format!("/staff/objections/{}", o.id)))),
    }
}
