//! What was just done, in words. A fixed vocabulary: an address cannot put words of its own on
//! a page.

/// The sentence for a word in `?done=`.
#[must_use]
pub fn flash(word: &str) -> Option<&'static str> {
    Some(match word {
        "password" => "Your password is set. Log in with it.",
        "logged-out" => "You are logged out.",
        "started" => "A new change is begun. Nothing is announced before a second person approves it.",
        "saved" => "Saved in the change. The list itself is not touched before the announcement.",
        "undone" => "The item is out of the change again.",
        "settled" => "The doubt is settled.",
        "classified" => "The class is set.",
        "submitted" => "Submitted. A second person can approve it now.",
        "approved" => "Approved. It is announced when the hold ends.",
        "published" => "Approved and published.",
        "announced" => "Approved and announced.",
        "tested" => "A test was sent to your own address, and to nobody else. Nothing is announced.",
        "returned" => "Returned to the author with your comment.",
        "correcting" => "A draft of the correction. Edit what is wrong, then submit it to a second person.",
        "withdrawn" => "Withdrawn. Whoever was told of it is told so now.",
        "postponed" => "The effective date is later now. Whoever was told of the change is told so.",
        "cancelled" => "Cancelled. Nobody was told, nobody will be.",
        "resent" => "The delivery is due at once.",
        "paused" => "All sending is paused.",
        "resumed" => "Sending goes on.",
        "imported" => "The list is in this draft. Nothing is published before a second person approves it.",
        "reset" => "Your password and sessions ended. Choose a new password.",
        "disabled" => "Shut out: password, sessions and tokens ended at once.",
        "recorded" => "It is on record.",
        "corrected" => "The record is corrected.",
        "role" => "The role is changed.",
        "revoked" => "The token opens nothing any more.",
        "client-added" => "The Client is entered. Add whom it wants told, and what it signed.",
        "client-saved" => "The Client is saved.",
        "client-confirmed" => "Noted: the data of this Client was looked at today and is right.",
        "contact-added" => "The contact is added.",
        "contact-saved" => "The contact is saved.",
        "contact-moved" => "The contact is moved.",
        "contact-ended" => "The contact is removed. What it was told stays on record.",
        "contact-restored" => "The contact counts as working again.",
        "webhook-added" => {
            "The webhook waits for its mailbox: we sent it a mail to confirm. The receiver gets the secret there, once."
        }
        "linked" => "The subscription is linked. It is a contact of this Client now.",
        "objection-decided" => "The decision is kept; each person is mailed.",
        "objection-entered" => "The objection is entered.",
        "links-revoked" => "The links mailed so far open nothing any more.",
        "agreement-signed" => "The agreement is entered.",
        "agreement-saved" => "The agreement is corrected. Clocks that run keep the rules they began with.",
        "agreement-ended" => "The end of the agreement is entered.",
        "emergency" => "Saved. What makes it an emergency stands in the notice.",
        "part-approved" => "Approved. It waits for the other decision it needs.",
        "consented" => "The consent is on record. The change waits for this Client no longer.",
        "waived" => {
            "Waived. The change waits for them no longer; your reason and the attempts are on record."
        }
        "held-out" => "The engagement is withheld from this Client.",
        "hold-out-ended" => "The hold-out is ended.",
        "dpa-added" => "The DPA version is entered.",
        "dpa-saved" => "The DPA version is saved. Clocks that run keep the rules they began with.",
        _ => return None,
    })
}
