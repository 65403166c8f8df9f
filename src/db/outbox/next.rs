//! Whom a ClientNotice goes to next, where nobody of the Client was reached.

use jiff::Timestamp;

use super::enqueue::owe;
use super::told::{self, Sent};
use crate::db::{Conn, Error, client, contact, expansion};
use crate::domain::client::Contact;
use crate::domain::client_notice::{ClientNotice, ClientNoticeState};
use crate::domain::notice::NoticeEvent;
use crate::domain::subscription::Channel;

/// What a look at the contacts led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Somebody is reached, or may be yet.
    Nothing,
    /// The next contact is owed it now.
    Told,
    /// There is nobody left.
    Nobody,
}

/// Marks the contacts whose address refused for good; where nobody else is or will be told, the
/// next contact is.
pub(super) fn take_over(
    conn: &mut Conn,
    one: &ClientNotice,
    sent: &[Sent],
    now: Timestamp,
) -> Result<Step, Error> {
    if one.state == ClientNoticeState::Withdrawn || sent.is_empty() {
        return Ok(Step::Nothing);
    }
    if sent.iter().any(Sent::is_refused) {
        mark_refused(conn, one, sent)?;
    }
    if told::is_reached(one, sent) || one.waived_at.is_some() {
        return Ok(Step::Nothing);
    }
    let contacts = contact::tellable(conn, one.client_id)?;
    // What failed by a fault of ours is sent again; the next contact would fail by it too.
    if contacts.iter().any(|contact| sent.iter().any(|sent| sent.is_our_fault() && sent.is_to(contact))) {
        return Ok(Step::Nobody);
    }
    let next = contacts.iter().find(|contact| contact.may_be_told(one.rules.told) && !tried(sent, contact));
    match (next, audience(conn, one, NoticeEvent::Announced.as_str())?) {
        (Some(next), Some(audience)) => {
            tracing::warn!(alarm = "next_contact", client_notice = %one.id, contact = %next.id, "a contact cannot be told; the next one is");
            owe(conn, &audience, one.id, next, now)?;
            Ok(Step::Told)
        }
        _ => Ok(Step::Nobody),
    }
}

fn mark_refused(conn: &mut Conn, one: &ClientNotice, sent: &[Sent]) -> Result<(), Error> {
    let client_id = one.client_id.to_string();
    for contact in contact::of_clients(conn, &client_id, &client_id)? {
        let refused = contact.channel == Channel::Email
            && sent.iter().any(|sent| sent.is_refused() && sent.is_to(&contact));
        // An open form of the Client holds its contacts: it must not overwrite this unseen.
        if refused && contact::bounce(conn, contact.id)? {
            client::revise(conn, contact.client_id)?;
        }
    }
    Ok(())
}

pub(super) fn tried(sent: &[Sent], contact: &Contact) -> bool {
    sent.iter().any(|sent| sent.is_to(contact))
}

/// One message about the notice, as it was expanded.
pub(super) fn audience(
    conn: &mut Conn,
    one: &ClientNotice,
    event: &str,
) -> Result<Option<expansion::Expansion>, Error> {
    if event == NoticeEvent::Announced.as_str() {
        return expansion::of_announcement(conn, one.notice_id);
    }
    expansion::of_notice(conn, one.notice_id, event)
}
