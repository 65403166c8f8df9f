//! Facts put in the way the product itself does it, through its actions, without a page
//! between: for tests whose subject is what happens afterwards.

use super::App;
use super::records::put_on_record;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use subprocessors::actions::{self, By, Details, Draft};
use subprocessors::clock::Clock;
use subprocessors::db::{Db, subscription::Stored};
use subprocessors::domain::access::{Permission, Role};
use subprocessors::domain::audit::Actor;
use subprocessors::domain::change::{Change, ChangeState};
use subprocessors::domain::deadline::day_of;
use subprocessors::domain::engagement::{EngagementFacts, Purpose, PurposeCode};
use subprocessors::domain::id::Id;
use subprocessors::domain::place::{Location, Region};
use subprocessors::domain::subscription::{Channel, Filter, Subscription, SubscriptionState};
use subprocessors::domain::vendor::VendorFacts;
use subprocessors::domain::vetting::{Vetting, VettingStatus};
use subprocessors::keys::Keys;
use subprocessors::limits::Limits;
use subprocessors::state::State;

/// The product's own functions on the database of one test.
pub struct World {
    pub state: State,
    runtime: tokio::runtime::Runtime,
    pub editor: By,
    pub approver: By,
    pub dpo: By,
}

impl World {
    /// Opens the database of `app`, and migrates it where nobody has yet.
    pub fn of(app: &App) -> Self {
        let loaded = subprocessors::config::load(None, app.environment()).expect("the test's settings");
        let settings = Arc::new(loaded.settings);
        let db = Db::open(&settings.database.url, 2).expect("the test's database");
        db.migrate().expect("migrations");
        let clock = Clock::moved_by(app.clock.clone());
        let state = State {
            db,
            limits: Arc::new(Limits::new(&clock)),
            clock,
            keys: Arc::new(Keys::from_base64(&settings.secrets.key).expect("the test's key")),
            settings,
            public_url: app.url.as_str().into(),
            outbox_bell: Arc::default(),
            list_bell: Arc::default(),
            metrics: std::sync::Arc::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self {
            state,
            runtime,
            editor: person(Role::Editor),
            approver: person(Role::Approver),
            dpo: person(Role::Dpo),
        }
    }

    /// Waits for one of the product's futures.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A confirmed mail subscription to everything factual.
    pub fn mail_subscriber(&self, address: &str) -> Id {
        self.subscribe(Channel::Email, address, "")
    }

    /// A confirmed webhook that has consented; its contact is `contact`.
    pub fn webhook_subscriber(&self, url: &str, contact: &str) -> Id {
        self.subscribe(Channel::Webhook, contact, url)
    }

    fn subscribe(&self, channel: Channel, address: &str, url: &str) -> Id {
        let since = self.state.clock.now() - SignedDuration::from_mins(1);
        let id = Id::new(since);
        let secret = match channel {
            Channel::Email => String::new(),
            Channel::Webhook => {
                self.state.keys.seal(&format!("subscription/secret/{id}"), SECRET).expect("sealed")
            }
        };
        let subscription = Subscription {
            id,
            channel,
            email: address.parse().expect("an address"),
            url: url.to_owned(),
            filter: Filter::default(),
            language: "en".to_owned(),
            state: SubscriptionState::Confirmed,
            created_at: since,
            confirmed_at: Some(since),
            consented_at: (channel == Channel::Webhook).then_some(since),
            ended_at: None,
            sequence: 0,
            contact_id: None,
            revision: 1,
        };
        let stored = Stored { subscription, secret };
        let write = |conn: &mut _| subprocessors::db::subscription::save(conn, &stored);
        self.state.db.write_blocking(write).expect("a subscription");
        id
    }

    /// A change that adds one vendor, written by the editor.
    pub fn draft_addition(&self, name: &str) -> Change {
        let today = day_of(self.state.clock.now(), &self.state.settings.zone());
        let day = |days: i32| today.checked_add(jiff::Span::new().days(days)).expect("a day");
        let details = Details {
            title: format!("Add {name}"),
            reason: "Clients asked for faster answers".to_owned(),
            effective_on: Some(day(45)),
            in_use_since: None,
        };
        let engagement = EngagementFacts {
            purposes: vec![Purpose { code: PurposeCode::Support, text: "Customer support".to_owned() }],
            data_categories: vec!["Contact data".to_owned()],
            locations: vec![Location::in_region(Region::Eu)],
            vetting: Vetting {
                status: VettingStatus::Approved,
                reviewed_on: Some(today),
                review_by: Some(day(365)),
            },
            ..EngagementFacts::default()
        };
        let vendor = VendorFacts { name: name.to_owned(), ..VendorFacts::default() };
        let draft = Draft { entry_id: None, vendor_id: None, vendor, engagement };
        self.wait(async {
            let change = actions::start_change(&self.state, &self.editor, details).await?;
            actions::put_entry(&self.state, &self.editor, change.id, change.revision, draft).await
        })
        .expect("a draft")
    }

    /// Puts on record what the gate asks for, submits and approves, typing the count that was
    /// asked for. It is then held, or
    /// announced at once when `notices.hold` is 0.
    pub fn submit_and_approve(&self, change: &Change) -> Change {
        self.wait(async {
            put_on_record(&self.state, &self.approver, change.items.iter()).await?;
            let change = actions::submit(&self.state, &self.editor, change.id, change.revision).await?;
            let seen = change.clone();
            let now = self.state.clock.now();
            let guard = self.state.db.read_blocking(|conn| {
                let plan = actions::plan(conn, &self.state.settings, &seen, now)?;
                actions::guard(conn, &seen, now, plan.as_ref())
            })?;
            let typed = guard.typed.map(|(count, _)| count);
            let change = actions::approve(
                &self.state,
                &self.approver,
                change.id,
                change.revision,
                typed,
                String::new(),
            )
            .await?;
            // Where it takes three people.
            if change.state != ChangeState::Submitted {
                return Ok(change);
            }
            actions::approve(&self.state, &self.dpo, change.id, change.revision, typed, String::new()).await
        })
        .expect("an approved change")
    }
}

/// The webhook secret of every seeded subscription.
pub const SECRET: &[u8; 32] = b"the same secret for every test..";

fn person(role: Role) -> By {
    let staff = Id::new(Timestamp::now());
    let permissions = Permission::ALL.iter().copied().filter(|p| role.may(*p)).collect();
    By { actor: Actor::Staff(staff), staff, permissions }
}
