//! What people can do. One function is one thing a person does and one transaction; it checks
//! who may, applies the rules of `domain`, and leaves an audit event. No HTTP here.

mod afterwards;
mod again;
mod announce;
mod apply;
mod approve;
mod clearance;
pub mod clients;
mod conflict;
mod correct;
mod draft;
mod edit;
mod emergency;
mod forget;
mod guard;
pub mod import_list;
pub mod objections;
mod on_record;
mod place;
mod plan;
pub mod portal;
mod publish;
pub mod record;
mod repeat;
mod returns;
mod review;
mod sending;
pub mod staff;
pub mod subscribe;
mod take_effect;
mod test_mail;
mod three_people;
mod unready;
mod windows;

pub use afterwards::{postpone, withdraw};
pub use again::draft_again;
pub use announce::{Announced, announce_due, notice_document};
pub use approve::{approve, cancel, return_to_author, submit};
pub use clearance::{Clearance, Reason, clearance};
pub use correct::{Corrected, correct, corrected};
pub use draft::{Details, set_class, set_details, settle_doubt, start_change};
pub use edit::{Draft, edit_statements, put_entry, remove_entry, undo_item};
pub use emergency::set_emergency;
pub use forget::forget_expired;
pub use guard::{Guard, guard};
pub use plan::{announce_at, gate, hold, plan, standard};
pub use repeat::{free_key, keep_answer, take_key};
pub use review::mark_overdue_reviews;
pub use sending::{PAUSED, pause_sending, resend, resume_sending};
pub use take_effect::take_effect_due;
pub use test_mail::{foreseen_notice, send_test_mail};
pub use three_people::{Voices, voices};
pub use unready::{Unready, UnreadyPage, unready};
pub use windows::{close_windows, reach_again, tell_latecomers};

use crate::db;
use crate::domain::access::Permission;
use crate::domain::audit::Actor;
use crate::domain::change::Change;
use crate::domain::gate::Block;
use crate::domain::id::Id;
use crate::domain::text::FieldError;
use crate::keys::KeyError;

/// Who acts, and what they may do.
#[derive(Debug, Clone)]
pub struct By {
    /// For the audit trail.
    pub actor: Actor,
    /// The staff member, or the one a token acts for.
    pub staff: Id,
    /// What they may do.
    pub permissions: Vec<Permission>,
}

impl By {
    /// Goes on only if `permission` is held.
    ///
    /// # Errors
    /// [`Error::Forbidden`], naming what is needed.
    pub fn require(&self, permission: Permission) -> Result<(), Error> {
        if self.permissions.contains(&permission) {
            return Ok(());
        }
        Err(Error::Forbidden(match permission {
            Permission::Read => "You may not read this. Ask an admin for access.".into(),
            Permission::Write => "Your role reads only. Ask an admin to make you an editor.".into(),
            Permission::Approve => {
                "Approving takes the role approver. Ask an approver, or an admin for the role.".into()
            }
            Permission::Protect => {
                "This takes the role dpo: a data protection officer decides it. An admin gives the role."
                    .into()
            }
            Permission::Admin => "This takes the role admin. Ask an admin.".into(),
        }))
    }
}

/// Why an action did not happen. Nothing is stored then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields to mend.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// There is no such thing.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// Somebody saved in between; theirs is inside, for showing both.
    #[error("Somebody else saved this change in the meantime.")]
    Stale(Box<Change>),
    /// Somebody saved this kind of thing in between.
    #[error("Somebody else saved this {0} in the meantime. Look at it again, then repeat your edit.")]
    Outdated(&'static str),
    /// Gates that are closed.
    #[error("{}", .0.iter().map(|b| b.reason.clone()).collect::<Vec<_>>().join(" "))]
    Blocked(Vec<Block>),
    /// Not allowed to this person.
    #[error("{0}")]
    Forbidden(String),
    /// Not possible as things stand; says why and what to do.
    #[error("{0}")]
    Conflict(String),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<FieldError> for Error {
    fn from(e: FieldError) -> Self {
        Error::Invalid(vec![e])
    }
}

impl From<crate::domain::canonical::NotCanonical> for Error {
    fn from(e: crate::domain::canonical::NotCanonical) -> Self {
        Error::Db(db::Error::Corrupt(e.to_string()))
    }
}
