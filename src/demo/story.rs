//! What has happened in the demo before you came: a list imported and published by two people,
//! subscribers, one change in each state. Told through the same actions that people use.

mod facts;
mod objection;
mod records;

use jiff::ToSpan;
use jiff::civil::Date;

use super::people::Login;
use super::{Demo, Error, HOOK};
use crate::actions::import_list::{self, Options};
use crate::actions::subscribe::{self, EmailWish, Refusal, WebhookWish};
use crate::actions::{self, By, Details, Draft};
use crate::db;
use crate::delivery;
use crate::domain::change::Change;
use crate::domain::deadline::{day_of, earliest_effective};
use crate::domain::email::Email;
use crate::domain::entry::Entry;
use crate::domain::id::Id;
use crate::domain::subscription::Channel;
use crate::keys::Purpose;
use crate::state::State;

/// Facts that a company published about itself, under an invented company's name.
const LIST: &[u8] = include_bytes!("list.csv");
const TOLD: &str = "demo.told";
const MAIL_SUBSCRIBER: &str = "subscriber@example.com";
const HOOK_CONTACT: &str = "integrations@example.com";

/// Tells the story, once; on a later start only makes the demo's webhook find the demo.
/// The server must be running: the webhook answers its challenge over HTTP.
///
/// # Errors
/// Something in it is refused, or it was told halfway before.
pub async fn tell(state: &State, demo: &Demo, [editor, approver, ..]: &[Login; 4]) -> Result<(), Error> {
    let (told, begun) = state
        .db
        .read(|conn| {
            let begun = db::change::next_number(conn)? > 1;
            Ok::<_, db::Error>((db::setting::get(conn, TOLD)?.is_some(), begun))
        })
        .await?;
    if told {
        return move_hook(state).await;
    }
    if begun {
        return Err(Error::Halfway(demo.folder().to_owned()));
    }
    let day = day_of(state.clock.now(), &state.settings.zone());
    let teller = Teller { state, editor: editor.by(), approver: approver.by(), day };
    teller.baseline().await?;
    teller.retired().await?;
    teller.mail_subscriber().await?;
    teller.hook_subscriber().await?;
    // Before the announcement, which is told to whoever has an agreement or subscribed by then.
    let help_desk = teller.listed("Help Scout").await?.id;
    super::clients::enter(state, &teller.editor, day, help_desk, hook(state)).await?;
    teller.announced().await?;
    teller.waiting().await?;
    teller.draft().await?;
    objection::object(state).await?;
    state.db.write(|conn| db::setting::put(conn, TOLD, "yes")).await?;
    Ok(())
}

struct Teller<'a> {
    state: &'a State,
    editor: By,
    approver: By,
    day: Date,
}

impl Teller<'_> {
    /// The list as it is imported, with facts filled in for most lines.
    async fn baseline(&self) -> Result<(), Error> {
        let imported =
            import_list::import(self.state, &self.editor, LIST.to_vec(), Options::default()).await?;
        let mut change = imported.change.ok_or_else(|| Error::Data("the list is empty".to_owned()))?;
        let doubted: Vec<Id> = change.items.iter().filter(|i| !i.doubt.is_empty()).map(|i| i.id).collect();
        for item in doubted {
            let revision = change.revision;
            change = actions::settle_doubt(self.state, &self.editor, change.id, revision, item).await?;
        }
        let entries: Vec<Entry> = change.items.iter().filter_map(|i| i.entry().cloned()).collect();
        for entry in entries {
            let Some(draft) = facts::filled_in(entry, self.day)? else { continue };
            change = self.put(&change, draft).await?;
        }
        let said = facts::STATEMENTS.iter().map(|&text| text.to_owned()).collect();
        let revision = change.revision;
        change = actions::edit_statements(self.state, &self.editor, change.id, revision, said).await?;
        self.approve(change, "Taken over from the list we publish today").await
    }

    /// A line that has ended already.
    async fn retired(&self) -> Result<(), Error> {
        let change = self
            .start("End TaxJar", "Sales tax is now worked out in our own product.", Some(self.day))
            .await?;
        let entry = self.listed("TaxJar").await?;
        let change =
            actions::remove_entry(self.state, &self.editor, change.id, change.revision, entry.id).await?;
        self.approve(change, "Checked with the finance team").await
    }

    /// An addition that is announced and not in force yet.
    async fn announced(&self) -> Result<(), Error> {
        let from = earliest_effective(self.day, self.state.settings.notices.default_period_days);
        let change = self
            .start(
                "Add Example Analytics",
                "We need to see which parts of the product are slow, without sending data overseas.",
                // Later than the longest notice among the Clients.
                Some(from.saturating_add(20.days())),
            )
            .await?;
        let change = self.put(&change, facts::addition(self.day)?).await?;
        records::put(self.state, &self.approver, self.day, &change).await?;
        self.approve(change, "Vetted; contract signed").await
    }

    /// A change that waits for the approver.
    async fn waiting(&self) -> Result<(), Error> {
        let from = earliest_effective(self.day, self.state.settings.notices.default_period_days);
        let change = self
            .start(
                "Help Scout also stores data in Ireland",
                "Tickets of European Clients move to a data centre in Ireland.",
                // Later than the longest notice among the Clients.
                Some(from.saturating_add(35.days())),
            )
            .await?;
        let change = self.put(&change, facts::moved(self.listed("Help Scout").await?)?).await?;
        records::put(self.state, &self.approver, self.day, &change).await?;
        actions::submit(self.state, &self.editor, change.id, change.revision).await?;
        Ok(())
    }

    /// A draft to go on with.
    async fn draft(&self) -> Result<(), Error> {
        let change = self.start("End Convert.com", "We stop testing page variants.", None).await?;
        let entry = self.listed("Convert.com").await?;
        actions::remove_entry(self.state, &self.editor, change.id, change.revision, entry.id).await?;
        Ok(())
    }

    async fn mail_subscriber(&self) -> Result<(), Error> {
        let wish = EmailWish { email: MAIL_SUBSCRIBER.to_owned(), ..EmailWish::default() };
        subscribe::subscribe_email(self.state, wish, None).await?;
        self.confirm(MAIL_SUBSCRIBER, Channel::Email).await?;
        Ok(())
    }

    async fn hook_subscriber(&self) -> Result<(), Error> {
        let wish =
            WebhookWish { url: hook(self.state), email: HOOK_CONTACT.to_owned(), ..WebhookWish::default() };
        subscribe::subscribe_webhook(self.state, wish, None).await?;
        let holder = self.confirm(HOOK_CONTACT, Channel::Webhook).await?;
        subscribe::consent_webhook(self.state, holder, |endpoint| async move {
            let url = endpoint.subscription.url.clone();
            let exchange = delivery::send_challenge(self.state, &url, &endpoint.secret)
                .await
                .map_err(|held| Refusal { code: 0, told: held.to_string() })?;
            match exchange.verdict {
                delivery::outcome::Verdict::Accepted => Ok(()),
                _ => Err(Refusal { code: exchange.code.unwrap_or_default(), told: exchange.answer }),
            }
        })
        .await?;
        Ok(())
    }

    /// As if the link in the mail had been followed.
    async fn confirm(&self, email: &str, channel: Channel) -> Result<subscribe::Holder, Error> {
        let address: Email = email.parse().map_err(|e| Error::Data(format!("{e}")))?;
        let open = self.state.db.read(move |conn| db::subscription::open_of(conn, &address, channel)).await?;
        let id = open.first().map(|s| s.subscription.id).ok_or_else(|| missing(email))?;
        let token = self.state.keys.link(Purpose::Confirm, id, None);
        let holder = subscribe::open_link(self.state, Purpose::Confirm, &token)
            .map_err(|e| Error::Data(e.to_string()))?;
        subscribe::confirm(self.state, holder).await?;
        Ok(holder)
    }

    async fn start(&self, title: &str, reason: &str, effective_on: Option<Date>) -> Result<Change, Error> {
        let details = Details {
            title: title.to_owned(),
            reason: reason.to_owned(),
            effective_on,
            ..Details::default()
        };
        Ok(actions::start_change(self.state, &self.editor, details).await?)
    }

    async fn put(&self, change: &Change, draft: Draft) -> Result<Change, Error> {
        Ok(actions::put_entry(self.state, &self.editor, change.id, change.revision, draft).await?)
    }

    async fn approve(&self, change: Change, comment: &str) -> Result<(), Error> {
        let change = actions::submit(self.state, &self.editor, change.id, change.revision).await?;
        let (id, revision) = (change.id, change.revision);
        let comment = comment.to_owned();
        actions::approve(self.state, &self.approver, id, revision, None, comment).await?;
        Ok(())
    }

    async fn listed(&self, name: &'static str) -> Result<Entry, Error> {
        let all = self.state.db.read(db::register::listed_entries).await?;
        let found = all.into_iter().map(|l| l.entry).find(|e| e.vendor.name == name);
        found.ok_or_else(|| missing(name))
    }
}

fn missing(what: &str) -> Error {
    Error::Data(format!("{what} is missing"))
}

fn hook(state: &State) -> String {
    format!("{}{HOOK}", state.public_url)
}

/// The port may be another than last time.
async fn move_hook(state: &State) -> Result<(), Error> {
    let url = hook(state);
    state
        .db
        .write(move |conn| {
            for found in db::subscription::page(conn, "", 1_000)? {
                let Some(mut stored) = db::subscription::get(conn, found.id)? else { continue };
                if stored.subscription.url.ends_with(HOOK) && stored.subscription.url != url {
                    stored.subscription.url.clone_from(&url);
                    stored.subscription.revision += 1;
                    db::subscription::save(conn, &stored)?;
                }
            }
            Ok::<_, Error>(())
        })
        .await
}
