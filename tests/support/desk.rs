//! The library's actions on a real database, with the clock in the test's hand: for rules that
//! are about time and transactions rather than pages.

use std::future::Future;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use subprocessors::actions::{self, By, Details, Draft};
use subprocessors::clock::Clock;
use subprocessors::config::{self, Settings};
use subprocessors::db::Db;
use subprocessors::domain::access::Permission;
use subprocessors::domain::audit::Actor;
use subprocessors::domain::change::{Change, ChangeState};
use subprocessors::domain::engagement::{EngagementFacts, Purpose, PurposeCode};
use subprocessors::domain::id::Id;
use subprocessors::domain::list_document::ListDocument;
use subprocessors::domain::place::Location;
use subprocessors::domain::vendor::VendorFacts;
use subprocessors::domain::vetting::{Vetting, VettingStatus};
use subprocessors::keys::{Keys, generate};
use subprocessors::state::State;
use tokio::runtime::Runtime;

use super::app::Folder;
use super::backend::{Backend, Database};
use super::records::put_on_record;

/// Two people at work on a migrated database.
pub struct Desk {
    runtime: Runtime,
    pub state: State,
    pub editor: By,
    pub approver: By,
    pub dpo: By,
    pub database: Database,
    folder: Folder,
}

impl Desk {
    /// A desk where approved changes are announced at once.
    pub fn on(backend: Backend) -> Self {
        Self::with(backend, &[("notices.hold", "0")])
    }

    /// A desk with settings of its own.
    pub fn with(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let database = Database::new(backend, &folder.path);
        let variable = |key: &str| format!("SUBPROCESSORS__{}", key.replace('.', "__").to_uppercase());
        let mut environment = vec![
            (variable("company.name"), "Acme".to_owned()),
            (variable("company.time_zone"), "Europe/Berlin".to_owned()),
            (variable("database.url"), database.url.clone()),
        ];
        environment.extend(settings.iter().map(|(key, value)| (variable(key), (*value).to_owned())));
        let settings: Settings = config::load(None, environment).unwrap().settings;
        let db = Db::open(&database.url, 4).unwrap();
        db.migrate().unwrap();
        let clock = Clock::moved_by(folder.path.join("clock"));
        let now = clock.now();
        let state = State {
            db,
            limits: Arc::new(subprocessors::limits::Limits::new(&clock)),
            clock,
            settings: Arc::new(settings),
            keys: Arc::new(Keys::from_base64(&generate().unwrap()).unwrap()),
            public_url: "https://trust.acme.example".into(),
            outbox_bell: Arc::default(),
            list_bell: Arc::default(),
            metrics: Arc::default(),
        };
        let person = |permissions: &[Permission]| {
            let id = Id::new(now);
            By { actor: Actor::Staff(id), staff: id, permissions: permissions.to_vec() }
        };
        Self {
            runtime: Runtime::new().unwrap(),
            state,
            editor: person(&[Permission::Read, Permission::Write]),
            approver: person(&[Permission::Read, Permission::Write, Permission::Approve]),
            dpo: person(&[Permission::Read, Permission::Write, Permission::Approve, Permission::Protect]),
            database,
            folder,
        }
    }

    /// Waits for an action.
    pub fn run<T>(&self, action: impl Future<Output = T>) -> T {
        self.runtime.block_on(action)
    }

    /// Moves the clock to the first moment of `day` in Berlin, plus `later`.
    pub fn go_to(&self, day: Date, later: SignedDuration) {
        let zone = self.state.settings.zone();
        let target = day.to_zoned_datetime(zone).unwrap().timestamp() + later;
        let offset = target.as_second() - Timestamp::now().as_second();
        std::fs::write(self.folder.path.join("clock"), offset.to_string()).unwrap();
    }

    /// A change begun by the editor.
    pub fn begin(&self, title: &str, effective_on: Option<Date>) -> Change {
        let details = Details { title: title.into(), effective_on, ..Details::default() };
        self.run(actions::start_change(&self.state, &self.editor, details)).unwrap()
    }

    /// Puts a line into it, with everything on record that the gate asks for.
    pub fn put(&self, change: &Change, draft: Draft) -> Change {
        let id = draft.entry_id;
        let change = self
            .run(actions::put_entry(&self.state, &self.editor, change.id, change.revision, draft))
            .unwrap();
        let put = match id {
            Some(_) => change.items.iter().find(|item| item.entry_id == id),
            None => change.items.last(),
        };
        self.run(put_on_record(&self.state, &self.approver, put.into_iter())).unwrap();
        change
    }

    /// Submits and approves it by the other person.
    pub fn pass(&self, change: &Change) -> Change {
        let submitted =
            self.run(actions::submit(&self.state, &self.editor, change.id, change.revision)).unwrap();
        self.approve(&submitted).unwrap()
    }

    /// Approves it by the other person, and where it takes three by the DPO.
    pub fn approve(&self, change: &Change) -> Result<Change, actions::Error> {
        let typed = self.run(self.state.db.read({
            let (change, now) = (change.clone(), self.state.clock.now());
            move |conn| actions::guard(conn, &change, now, None)
        }))?;
        let typed = typed.typed.map(|(count, _)| count);
        let by = |by: &By, change: &Change| {
            self.run(actions::approve(&self.state, by, change.id, change.revision, typed, String::new()))
        };
        let change = by(&self.approver, change)?;
        // Where it takes three people.
        if change.state == ChangeState::Submitted { by(&self.dpo, &change) } else { Ok(change) }
    }

    /// The published list.
    pub fn list(&self) -> ListDocument {
        self.version(self.database.number("SELECT max(number) AS n FROM list_version"))
    }

    /// One version of it.
    pub fn version(&self, number: i64) -> ListDocument {
        let read = self.state.db.read_blocking(|conn| subprocessors::db::list::get(conn, number));
        serde_json::from_str(&read.unwrap().unwrap().public.text).unwrap()
    }

    /// A new line of a new vendor, complete and vetted.
    pub fn new_entry(&self, name: &str) -> Draft {
        Draft {
            entry_id: None,
            vendor_id: None,
            vendor: VendorFacts { name: name.into(), seat: "DE".parse().ok(), ..VendorFacts::default() },
            engagement: EngagementFacts {
                purposes: vec![Purpose { code: PurposeCode::Hosting, text: "hosting".into() }],
                data_categories: vec!["names".into()],
                locations: vec![Location::in_country("DE".parse().unwrap())],
                vetting: Vetting {
                    status: VettingStatus::Approved,
                    reviewed_on: Some(Date::constant(2026, 1, 10)),
                    review_by: Some(Date::constant(2030, 1, 10)),
                },
                ..EngagementFacts::default()
            },
        }
    }

    /// An edit of a line that stands on the list.
    pub fn edit_of(&self, name: &str) -> Draft {
        let entries = self.state.db.read_blocking(subprocessors::db::register::listed_entries).unwrap();
        let listed =
            entries.into_iter().find(|l| l.entry.vendor.name == name).unwrap_or_else(|| panic!("no {name}"));
        Draft {
            entry_id: Some(listed.entry.id),
            vendor_id: None,
            vendor: listed.entry.vendor,
            engagement: listed.entry.engagement,
        }
    }
}
