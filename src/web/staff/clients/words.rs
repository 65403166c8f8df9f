//! The words of the console for what agreements say.

use crate::domain::agreement::DpaVersion;
use crate::domain::case::{DataClass, RuleChange, VendorKind};
use crate::domain::client::{ClientRole, ContactRole, ContactState};
use crate::domain::period::{Counting, StartEvent};
use crate::domain::subscription::{Channel, Subscription, SubscriptionState};
use crate::domain::terms::{Authorisation, ObjectionEffect, Silence, Told};

pub fn authorisation(word: Authorisation) -> &'static str {
    match word {
        Authorisation::General => "General: told in advance, may object",
        Authorisation::Specific => "Specific: each one needs their consent",
    }
}

pub fn silence(word: Silence) -> &'static str {
    match word {
        Silence::Accepts => "Silence accepts",
        Silence::Refuses => "Silence refuses",
        Silence::Unstated => "The agreement does not say",
    }
}

pub fn told(word: Told) -> &'static str {
    match word {
        Told::AllContacts => "All contacts to be notified",
        Told::Subscribed => "Only contacts that subscribed",
    }
}

pub fn effect(word: ObjectionEffect) -> &'static str {
    match word {
        ObjectionEffect::Blocks => "Blocks the change for that Client",
        ObjectionEffect::RemedyOnly => "Gives a remedy; the change goes ahead",
    }
}

pub fn counting(word: Counting) -> &'static str {
    match word {
        Counting::Calendar => "Calendar days",
        Counting::Business => "Business days",
    }
}

pub fn start(word: StartEvent) -> &'static str {
    match word {
        StartEvent::Sent => "When the notice is sent",
        StartEvent::Accepted => "When their system accepts it",
        StartEvent::Read => "When a person acknowledges it",
        StartEvent::Published => "When it is published",
    }
}

pub fn change(word: RuleChange) -> &'static str {
    match word {
        RuleChange::Addition => "additions",
        RuleChange::Replacement => "replacements",
        RuleChange::Modification => "modifications",
    }
}

pub fn data(word: DataClass) -> &'static str {
    match word {
        DataClass::Ordinary => "ordinary data",
        DataClass::Special => "special categories",
    }
}

pub fn vendor(word: VendorKind) -> &'static str {
    match word {
        VendorKind::ThirdParty => "third parties",
        VendorKind::Affiliate => "companies of the group",
    }
}

pub fn client_role(word: ClientRole) -> &'static str {
    match word {
        ClientRole::Controller => "Controller",
        ClientRole::Processor => "Processor for its own controller",
    }
}

pub fn contact_role(word: ContactRole) -> &'static str {
    match word {
        ContactRole::Notify => "With every notice",
        ContactRole::Fallback => "Only if the others cannot be reached",
    }
}

/// State and weight of a contact, with the subscription it goes through, if any.
pub fn contact_state(state: ContactState, through: Option<&Subscription>) -> (&'static str, &'static str) {
    match (state, through) {
        (ContactState::Ended, _) => ("Removed", ""),
        (ContactState::Bounced, _) => ("Bounced", "bad"),
        (ContactState::Leaving, _) => ("Wants to be replaced", "warn"),
        (ContactState::Working, None) => ("Working", "ok"),
        (ContactState::Working, Some(s)) => subscription_state(s),
    }
}

/// State and weight of a subscription that a contact goes through.
pub fn subscription_state(s: &Subscription) -> (&'static str, &'static str) {
    match s.state {
        SubscriptionState::Pending => ("Waits for the mailbox to confirm", "info"),
        SubscriptionState::Confirmed if s.channel == Channel::Webhook && s.consented_at.is_none() => {
            ("Waits for the endpoint", "info")
        }
        SubscriptionState::Confirmed => ("Working", "ok"),
        SubscriptionState::Bouncing => ("Mail bounces", "bad"),
        SubscriptionState::Suspended => ("Not reached", "bad"),
        SubscriptionState::Ended => ("Subscription ended", "bad"),
    }
}

/// Whether messages go through a subscription.
pub fn is_served(s: &Subscription) -> bool {
    subscription_state(s).1 == "ok"
}

/// `30 days, general`; `10 business days to 90 days, specific`.
pub fn terms_line(dpa: &DpaVersion) -> String {
    let kind = match dpa.terms.authorisation {
        Authorisation::General => "general authorisation",
        Authorisation::Specific => "specific authorisation",
    };
    let mut periods: Vec<String> = Vec::new();
    for rule in &dpa.terms.rules {
        let words = rule.period.words();
        if !periods.contains(&words) {
            periods.push(words);
        }
    }
    format!("{}, {kind}", periods.join(" or "))
}
