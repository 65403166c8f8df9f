//! A Client's contacts as a list: as typed, in order, no address twice; and whether anybody on
//! it can be reached.

use jiff::Timestamp;

use super::client::{Contact, ContactState};
use super::email::Email;
use super::id::Id;
use super::subscription::Channel;
use super::text::{FieldError, NAME_LIMIT, line};

/// The most contacts a Client may have that have not ended.
pub const CONTACT_LIMIT: usize = 50;

/// A contact's name and address as typed.
///
/// # Errors
/// Each field that is wrong, with how to mend it.
pub fn tidy_contact(name: &str, email: &str) -> Result<(String, Email), Vec<FieldError>> {
    let name = line("name", name, NAME_LIMIT);
    let email = email.parse::<Email>().map_err(|e| FieldError::new("email", e.to_string()));
    match (name, email) {
        (Ok(name), Ok(email)) => Ok((name, email)),
        (name, email) => Err(name.err().into_iter().chain(email.err()).collect()),
    }
}

/// Somebody a contact named in its place. The old one is told on until the new one agrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// Identity.
    pub id: Id,
    /// In whose place.
    pub contact_id: Id,
    /// Their name; may be empty.
    pub name: String,
    /// Their address.
    pub email: Email,
    /// When they were named.
    pub created_at: Timestamp,
    /// When they agreed.
    pub confirmed_at: Option<Timestamp>,
}

/// The contacts that have not ended, in their order.
pub fn current(contacts: &[Contact]) -> impl Iterator<Item = &Contact> {
    contacts.iter().filter(|contact| contact.state != ContactState::Ended)
}

/// Checks `new` beside the Client's other `contacts`.
///
/// # Errors
/// The same mailbox, or the same webhook, is told already; there are too many.
pub fn check_contact(contacts: &[Contact], new: &Contact) -> Result<(), FieldError> {
    let others = || current(contacts).filter(|other| other.id != new.id);
    let same = |other: &&Contact| match new.channel {
        Channel::Email => other.channel == Channel::Email && other.email.key() == new.email.key(),
        Channel::Webhook => other.subscription_id.is_some() && other.subscription_id == new.subscription_id,
    };
    if others().any(|other| same(&other)) {
        return Err(match new.channel {
            Channel::Email => FieldError::new(
                "email",
                "This Client has a contact with this address already. Edit that one instead of adding it twice.",
            ),
            Channel::Webhook => FieldError::new("url", "This webhook is a contact of this Client already."),
        });
    }
    if others().count() >= CONTACT_LIMIT {
        return Err(FieldError::new(
            "email",
            format!(
                "This Client has {CONTACT_LIMIT} contacts. Remove one, or use a mailbox that several people read."
            ),
        ));
    }
    Ok(())
}

/// The position after the last.
#[must_use]
pub fn next_position(contacts: &[Contact]) -> i32 {
    contacts.iter().map(|contact| contact.position).max().unwrap_or(0).saturating_add(1)
}

/// The contact `id` and the neighbour it changes places with, positions exchanged; `None` at the
/// end of the list, or for a contact that has ended.
#[must_use]
pub fn moved(contacts: &[Contact], id: super::id::Id, up: bool) -> Option<(Contact, Contact)> {
    let order: Vec<&Contact> = current(contacts).collect();
    let at = order.iter().position(|contact| contact.id == id)?;
    let to = if up { at.checked_sub(1)? } else { at.checked_add(1)? };
    let (mut one, mut other) = ((*order.get(at)?).clone(), (*order.get(to)?).clone());
    std::mem::swap(&mut one.position, &mut other.position);
    Some((one, other))
}

/// How well a Client can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Reach {
    /// Contacts that have not ended.
    pub contacts: usize,
    /// Of those, whose address refused for good.
    pub bounced: usize,
    /// Of those, whose subscription is not confirmed, or has ended.
    pub waiting: usize,
    /// Those a notice can go to.
    pub working: usize,
}

impl Reach {
    /// Over contacts, each with whether the subscription it goes through, if any, is open.
    pub fn of<'a>(contacts: impl IntoIterator<Item = (&'a Contact, bool)>) -> Self {
        let mut reach = Self { contacts: 0, bounced: 0, waiting: 0, working: 0 };
        for (contact, is_open) in contacts {
            if contact.state == ContactState::Ended {
                continue;
            }
            reach.contacts += 1;
            match (contact.is_reachable(), is_open) {
                (false, _) => reach.bounced += 1,
                (true, false) => reach.waiting += 1,
                (true, true) => reach.working += 1,
            }
        }
        reach
    }

    /// `2 contacts, 1 bounced`; `no contact`; `1 contact, 1 not confirmed: no working contact`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = match self.contacts {
            0 => return "no contact".to_owned(),
            1 => "1 contact".to_owned(),
            many => format!("{many} contacts"),
        };
        for (count, what) in [(self.bounced, "bounced"), (self.waiting, "not confirmed")] {
            if count > 0 {
                words.push_str(&format!(", {count} {what}"));
            }
        }
        if self.working == 0 {
            words.push_str(": no working contact");
        }
        words
    }

    /// Whether a notice reaches anybody.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.working > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client::ContactRole;
    use crate::domain::id::Id;
    use jiff::Timestamp;

    fn contact(position: i32, email: &str) -> Contact {
        Contact {
            id: Id::new(Timestamp::UNIX_EPOCH),
            client_id: Id::new(Timestamp::UNIX_EPOCH),
            position,
            role: ContactRole::Notify,
            channel: Channel::Email,
            name: String::new(),
            email: email.parse().unwrap(),
            subscription_id: None,
            state: ContactState::Working,
        }
    }

    #[test]
    fn one_mailbox_is_told_once_however_it_is_written() {
        let there = [contact(1, "dpo@client.example")];
        assert_eq!(check_contact(&there, &contact(2, "DPO@Client.Example")).unwrap_err().field, "email");
        assert!(check_contact(&there, &contact(2, "dpo+b@client.example")).is_ok());
        let mut ended = there.clone();
        ended[0].state = ContactState::Ended;
        assert!(check_contact(&ended, &contact(2, "dpo@client.example")).is_ok());
        let hook = Contact { channel: Channel::Webhook, ..contact(2, "dpo@client.example") };
        assert!(check_contact(&there, &hook).is_ok(), "who is told by mail may also keep a webhook");
    }

    #[test]
    fn contacts_change_places_past_those_that_ended() {
        let mut list = [contact(1, "a@c.example"), contact(2, "b@c.example"), contact(3, "c@c.example")];
        list[1].state = ContactState::Ended;
        let (one, other) = moved(&list, list[2].id, true).unwrap();
        assert_eq!((one.position, other.id, other.position), (1, list[0].id, 3));
        assert!(moved(&list, list[0].id, true).is_none() && moved(&list, list[1].id, true).is_none());
    }

    #[test]
    fn a_client_nobody_can_be_reached_at_is_told_from_the_others() {
        let (good, mut bad) = (contact(1, "a@c.example"), contact(2, "b@c.example"));
        bad.state = ContactState::Bounced;
        let both = Reach::of([(&good, true), (&bad, true)]);
        assert_eq!((both.words().as_str(), both.is_reachable()), ("2 contacts, 1 bounced", true));
        let none = Reach::of([(&good, false), (&bad, true)]);
        assert_eq!(none.words(), "2 contacts, 1 bounced, 1 not confirmed: no working contact");
        assert!(!none.is_reachable() && !Reach::of([]).is_reachable());
    }
}
