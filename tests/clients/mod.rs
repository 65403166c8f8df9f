//! Clients, DPA versions and agreements: as staff meet them, by the API, and from files.

mod answering;
mod api;
mod bad_input;
pub mod bound;
mod clearance;
mod dpas;
mod emergency;
mod gate;
mod held;
mod import;
mod late;
mod objecting;
mod owed;
mod own_page;
mod pages;
pub mod parties;
mod portal;
mod reach;
pub(crate) mod tongues;
mod webhook;

use crate::support::{App, Browser, Page};

pub use crate::staff::people::hire;

/// Somebody who writes, logged in.
fn editor(app: &App) -> Browser {
    hire(app, "editor", "editor")
}

/// Enters a Client and answers its page.
fn add_client(editor: &mut Browser, reference: &str, name: &str) -> Page {
    let page = editor.get("/staff/clients/new").expect(200);
    editor.submit(&page, "main form", &[("reference", reference), ("name", name)]).expect(200)
}

/// Adds a contact by mail and answers the Client's page.
fn add_contact(editor: &mut Browser, client: &Page, email: &str) -> Page {
    let page = editor.get(&format!("{}/contacts/new", client.url.path())).expect(200);
    editor.submit(&page, "main form", &[("email", email)])
}

/// Enters a simple DPA version and answers its page.
fn add_dpa(editor: &mut Browser, name: &str, days: &str) -> Page {
    let page = editor.get("/staff/dpas/new").expect(200);
    let fields = [("name", name), ("days", days), ("objection.days", days), ("silence", "accepts")];
    editor.submit(&page, "main form", &fields).expect(200)
}

/// Enters an agreement with the standard DPA version and answers what came back.
fn sign(editor: &mut Browser, client: &Page, fields: &[(&str, &str)]) -> Page {
    let page = editor.get(&format!("{}/agreements/new", client.url.path())).expect(200);
    editor.submit(&page, "main form", fields)
}
