//! Staff members with a browser each.

use crate::support::*;

pub const PASSWORD: &str = "three plain words";

/// A one-time link as the command line makes it: its path.
pub fn link(app: &App, arguments: &[&str]) -> String {
    let said = app.run_well(arguments);
    let at = said.find("/staff/welcome/").unwrap_or_else(|| panic!("no link in {said}"));
    said[at..].split_whitespace().next().unwrap().to_owned()
}

/// Adds somebody and answers the path of their link.
pub fn invite(app: &App, name: &str, role: &str) -> String {
    link(app, &["user", "add", &format!("{name}@acme.example"), "--role", role, "--name", name])
}

/// Chooses the password behind a link.
pub fn choose_password(visitor: &mut Browser, link: &str) {
    let page = visitor.get(link).expect(200);
    visitor.submit(&page, "form", &[("password", PASSWORD), ("again", PASSWORD)]).expect(200);
}

/// Fills in the login.
pub fn log_in(visitor: &mut Browser, name: &str, password: &str) -> Page {
    let page = visitor.get("/staff/login").expect(200);
    let email = format!("{name}@acme.example");
    visitor.submit(&page, "form", &[("email", &email), ("password", password)])
}

/// Somebody of a role, logged in.
pub fn hire(app: &App, name: &str, role: &str) -> Browser {
    let link = invite(app, name, role);
    let mut visitor = app.browser();
    choose_password(&mut visitor, &link);
    log_in(&mut visitor, name, PASSWORD).expect(200);
    visitor
}

/// The token that each form of a logged-in person carries.
pub fn csrf(visitor: &mut Browser) -> String {
    visitor.get("/staff").expect(200).attributes("input[name=csrf]", "value").remove(0)
}

/// Begins a draft that adds `name`, complete, dated and with its records, and answers its page.
pub fn draft(editor: &mut Browser, name: &str) -> Page {
    let page = editor.get("/staff/entries/new").expect(200);
    let fields = [
        ("vendor.name", name),
        ("purposes.0.text", "Machine translation"),
        ("data_categories", "names\nrequest texts"),
        ("locations.0.place", "Germany"),
        ("vetting.status", "approved"),
        ("vetting.reviewed_on", "2026-01-10"),
        ("vetting.review_by", "2090-01-10"),
    ];
    let page = editor.submit(&page, "form[action='/staff/entries']", &fields).expect(200);
    let details = [("reason", "Clients asked for it"), ("effective_on", "2035-03-30")];
    let page = editor.submit(&page, "form[action$='/details']", &details).expect(200);
    put_on_record(editor, page)
}

/// Follows what the checks of a change offer: puts its contract and its vetting on record, the
/// vetting by the first who may approve, if there is somebody.
pub fn put_on_record(editor: &mut Browser, page: Page) -> Page {
    let link = page.attributes(".checks a[href*='/contracts/new']", "href").remove(0);
    let form = editor.get(&link).expect(200);
    let signed = [("kind", "dpa"), ("signed_on", "2026-01-12"), ("flow_down", "yes")];
    let page = editor.submit(&form, "form[action$='/contracts/new']", &signed).expect(200);
    let link = page.attributes(".checks a[href*='/vettings/new']", "href").remove(0);
    let form = editor.get(&link).expect(200);
    let able = form.attributes("select[name=approver] option", "value");
    let Some(approver) = able.iter().find(|id| !id.is_empty()) else { return page };
    let fields = [
        ("result", "approved"),
        ("approver", approver.as_str()),
        ("risk", "low"),
        ("decided_on", "2026-01-10"),
        ("valid_until", "2036-01-10"),
        ("evidence.0.item", "SOC 2 report"),
    ];
    editor.submit(&form, "form[action$='/vettings/new']", &fields).expect(200)
}
