//! What one change means for one Client: whether it is owed a notice, how long it is, and when
//! the change may be active for it (invariants 1, 3, 6 and 8).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::case::{Concern, meets};
use super::change::Class;
use super::client::Client;
use super::period::{Period, StartEvent, earliest_effective_date};
use super::terms::{Authorisation, Terms, Told};

/// What is planned.
#[derive(Debug, Clone)]
pub struct Question {
    /// When the notices go out: now, plus the hold.
    pub announce_at: Timestamp,
    /// The effective date wished.
    pub effective_on: Option<Date>,
    /// The company's zone: effective dates begin at its midnight.
    pub company: TimeZone,
    /// What each item concerns.
    pub concerns: Vec<Concern>,
    /// Whether it is an emergency replacement.
    pub emergency: bool,
    /// Late disclosure: in use already, so no date can be waited for.
    pub in_use: bool,
    /// Products that exist; a Client's product that is not among them counts as affected.
    pub products: Vec<String>,
    /// Regions that exist, likewise.
    pub regions: Vec<String>,
}

/// One Client with an agreement in force.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The Client.
    pub client: &'a Client,
    /// Name of its DPA version.
    pub dpa: &'a str,
    /// What it agreed, overrides applied.
    pub terms: &'a Terms,
    /// Mails its notice will take.
    pub mails: usize,
    /// Webhooks its notice will call.
    pub webhooks: usize,
    /// Whether somebody subscribed and was linked to it.
    pub subscribed: bool,
    /// Held out of every engagement the change adds.
    pub held_out: bool,
    /// Its consent is recorded.
    pub consented: bool,
}

crate::words! {
    /// Why a Client with an agreement in force gets no contractual notice.
    NotTold {
        /// It uses none of the products or regions concerned.
        NotAffected = "not_affected",
        /// Its agreement tells those who subscribed, and nobody did.
        NobodySubscribed = "nobody_subscribed",
        /// It is owed the notice, and no contact of it works.
        NoChannel = "no_channel",
        /// What is stored of it cannot be read.
        Unreadable = "unreadable",
    }
}

impl NotTold {
    /// The words for people, in English.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NotAffected => "Not affected: none of its products or regions is concerned",
            Self::NobodySubscribed => "Its agreement tells those who subscribed, and nobody has",
            Self::NoChannel => "Owed the notice, but no contact of it works",
            Self::Unreadable => "Its record cannot be read: the log names it, and a person must tell it",
        }
    }
}

crate::words! {
    /// What one Client's agreement means for the change.
    Stand {
        /// No clock runs: it may go live at once.
        Free = "free",
        /// Not before its date.
        Waits = "waits",
        /// Specific authorisation: needs its consent.
        NeedsConsent = "needs_consent",
        /// Held out: does not delay anybody.
        HeldOut = "held_out",
    }
}

/// What the change means for one Client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Terming {
    /// The longest notice of the items that concern it; `None` if no clock runs.
    pub notice: Option<(Period, StartEvent)>,
    /// The other rules of its items: shorter as of now, and owed all the same.
    #[serde(skip)]
    pub further: Vec<(Period, StartEvent)>,
    /// Last day of the objection window in the Client's zone.
    pub object_by: Option<Date>,
    /// First day the change may be active for it.
    pub earliest: Option<Date>,
    /// What follows.
    pub stand: Stand,
    /// An emergency its agreement does not allow: for legal to decide, never silence.
    pub exception: bool,
}

/// What `question` means for `party`, whether or not anybody there can be reached.
///
/// # Errors
/// Why it is owed no contractual notice.
pub fn owed(question: &Question, party: &Party<'_>) -> Result<Terming, NotTold> {
    let facts = &party.client.facts;
    let mine = |own: &[String], known: &[String]| {
        // A product nobody knows cannot rule anything out.
        if own.iter().all(|one| meets(std::slice::from_ref(one), known) && !known.is_empty()) {
            own.to_vec()
        } else {
            Vec::new()
        }
    };
    let (products, regions) =
        (mine(&facts.products, &question.products), mine(&facts.regions, &question.regions));
    let touching: Vec<&Concern> = question
        .concerns
        .iter()
        .filter(|concern| meets(&concern.products, &products) && meets(&concern.regions, &regions))
        .collect();
    if touching.is_empty() {
        return Err(NotTold::NotAffected);
    }
    if party.terms.told == Told::Subscribed && !party.subscribed {
        return Err(NotTold::NobodySubscribed);
    }
    let count = facts.day_count(party.terms, &question.company);
    let mut further: Vec<(Period, StartEvent)> = Vec::new();
    for concern in touching.iter().filter(|concern| concern.class == Class::Material) {
        let rule = party.terms.rule(concern.case).map(|rule| (rule.period, rule.start));
        further.extend(rule.filter(|rule| !further.contains(rule)));
    }
    // Of two that end alike, the one whose clock may start later.
    further.sort_by_key(|(period, start)| (count.end(question.announce_at, *period), lateness(*start)));
    let longest = further.pop();
    let end = longest.map(|(period, _)| count.end(question.announce_at, period));
    let exception = question.emergency && longest.is_some() && !party.terms.emergency_allowed;
    let freed = question.in_use || party.consented || (question.emergency && !exception);
    let specific = party.terms.authorisation == Authorisation::Specific && longest.is_some();
    let stand = if party.held_out {
        Stand::HeldOut
    } else if freed || longest.is_none() {
        Stand::Free
    } else if specific {
        Stand::NeedsConsent
    } else {
        Stand::Waits
    };
    Ok(Terming {
        notice: longest,
        further,
        object_by: longest.map(|_| count.last_day(question.announce_at, party.terms.objection.period)),
        earliest: end.map(|end| earliest_effective_date(end, &question.company)).filter(|_| !freed),
        stand,
        exception,
    })
}

/// The later a clock may start after the announcement, the higher.
fn lateness(start: StartEvent) -> u8 {
    match start {
        StartEvent::Published => 0,
        StartEvent::Sent => 1,
        StartEvent::Accepted => 2,
        StartEvent::Read => 3,
    }
}
