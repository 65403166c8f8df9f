//! Every route of the console with every role and method: a new route without a row fails.

use super::people::*;
use reqwest::Method;

/// The least role that may, or nobody needed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Needs {
    Nobody,
    Viewer,
    Editor,
    Approver,
    Dpo,
    Admin,
}
use Needs::*;

/// Path, who may GET it (`None`: nobody, it is 405), who may POST to it.
const TABLE: &[(&str, Option<Needs>, Option<Needs>)] = &[
    ("/staff/login", Some(Nobody), Some(Nobody)),
    ("/staff/welcome/{token}", Some(Nobody), Some(Nobody)),
    ("/staff", Some(Viewer), None),
    ("/staff/register", Some(Viewer), None),
    ("/staff/entries", None, Some(Editor)),
    ("/staff/entries/new", Some(Editor), None),
    ("/staff/entries/{id}", Some(Viewer), None),
    ("/staff/entries/{id}/edit", Some(Editor), None),
    ("/staff/entries/{id}/remove", None, Some(Editor)),
    ("/staff/entries/{id}/records", Some(Viewer), None),
    ("/staff/entries/{id}/contracts/new", Some(Editor), Some(Editor)),
    ("/staff/entries/{id}/contracts/{record}", Some(Editor), Some(Editor)),
    ("/staff/entries/{id}/vettings/new", Some(Editor), Some(Editor)),
    ("/staff/entries/{id}/assessments/new", Some(Editor), Some(Editor)),
    ("/staff/entries/{id}/assessments/{record}", Some(Editor), Some(Editor)),
    ("/staff/statements", Some(Editor), Some(Editor)),
    ("/staff/changes", Some(Viewer), Some(Editor)),
    ("/staff/changes/{id}", Some(Viewer), None),
    ("/staff/changes/{id}/details", None, Some(Editor)),
    ("/staff/changes/{id}/emergency", None, Some(Editor)),
    ("/staff/changes/{id}/submit", None, Some(Editor)),
    ("/staff/changes/{id}/approve", None, Some(Approver)),
    ("/staff/changes/{id}/return", None, Some(Approver)),
    ("/staff/changes/{id}/cancel", None, Some(Editor)),
    ("/staff/changes/{id}/withdraw", None, Some(Approver)),
    ("/staff/changes/{id}/postpone", None, Some(Approver)),
    ("/staff/changes/{id}/correct", None, Some(Editor)),
    ("/staff/changes/{id}/again", None, Some(Editor)),
    ("/staff/changes/{id}/clients", Some(Viewer), None),
    ("/staff/changes/{id}/clients/{item}/consent", Some(Editor), Some(Editor)),
    ("/staff/changes/{id}/waivers", None, Some(Approver)),
    ("/staff/changes/{id}/items/{item}/class", None, Some(Editor)),
    ("/staff/changes/{id}/items/{item}/undo", None, Some(Editor)),
    ("/staff/changes/{id}/items/{item}/settle", None, Some(Editor)),
    ("/staff/changes/{id}/mail.txt", Some(Viewer), None),
    ("/staff/changes/{id}/mail.html", Some(Viewer), None),
    ("/staff/changes/{id}/test-mail", None, Some(Editor)),
    ("/staff/import", Some(Editor), Some(Editor)),
    ("/staff/clients", Some(Viewer), Some(Editor)),
    ("/staff/clients/new", Some(Editor), None),
    ("/staff/clients/import", Some(Editor), Some(Editor)),
    ("/staff/clients/{id}", Some(Viewer), None),
    ("/staff/clients/{id}/edit", Some(Editor), Some(Editor)),
    ("/staff/clients/{id}/confirm", None, Some(Editor)),
    ("/staff/clients/{id}/links/revoke", None, Some(Editor)),
    ("/staff/clients/{id}/contacts/new", Some(Editor), Some(Editor)),
    ("/staff/clients/{id}/contacts/{item}", Some(Editor), Some(Editor)),
    ("/staff/clients/{id}/contacts/{item}/move", None, Some(Editor)),
    ("/staff/clients/{id}/contacts/{item}/end", None, Some(Editor)),
    ("/staff/clients/{id}/contacts/{item}/restore", None, Some(Editor)),
    ("/staff/clients/{id}/webhooks/new", Some(Editor), Some(Editor)),
    ("/staff/clients/{id}/subscriptions", None, Some(Editor)),
    ("/staff/clients/{id}/agreements/new", Some(Editor), Some(Editor)),
    ("/staff/clients/{id}/agreements/{item}", Some(Editor), Some(Editor)),
    ("/staff/clients/{id}/agreements/{item}/end", None, Some(Editor)),
    ("/staff/clients/{id}/hold-outs/new", Some(Editor), Some(Editor)),
    ("/staff/clients/{id}/hold-outs/{item}/end", None, Some(Editor)),
    ("/staff/clients/{id}/objections/new", Some(Editor), Some(Editor)),
    ("/staff/objections", Some(Viewer), None),
    ("/staff/objections/{id}", Some(Viewer), Some(Editor)),
    ("/staff/dpas", Some(Viewer), Some(Editor)),
    ("/staff/dpas/new", Some(Editor), None),
    ("/staff/dpas/{id}", Some(Editor), Some(Editor)),
    ("/staff/deliveries", Some(Viewer), None),
    ("/staff/deliveries/{id}", Some(Viewer), None),
    ("/staff/deliveries/{id}/resend", None, Some(Editor)),
    ("/staff/sending/pause", None, Some(Admin)),
    ("/staff/sending/resume", None, Some(Admin)),
    ("/staff/subscriptions", Some(Viewer), None),
    ("/staff/audit", Some(Viewer), None),
    ("/staff/users", Some(Admin), Some(Admin)),
    ("/staff/users/{id}/reset", None, Some(Admin)),
    ("/staff/users/{id}/disable", None, Some(Admin)),
    ("/staff/users/{id}/role", None, Some(Admin)),
    ("/staff/tokens", None, Some(Admin)),
    ("/staff/tokens/{id}/revoke", None, Some(Admin)),
    ("/staff/logout", None, Some(Viewer)),
];

#[test]
fn every_route_of_the_console_stands_in_the_table() {
    let source = std::fs::read_to_string("src/web/staff/mod.rs").unwrap();
    let told = source.split("!(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let routes: Vec<&str> = told.filter(|path| path.starts_with("/staff")).collect();
    for path in &routes {
        assert!(TABLE.iter().any(|(known, ..)| known == path), "{path} has no row");
    }
    assert_eq!(routes.len(), TABLE.len(), "a row without a route, or a route twice");
}

/// An id of nothing: whoever may is told so, whoever may not is refused before.
fn filled(path: &str) -> String {
    let id = "018f3f6e-0000-7000-8000-000000000000";
    path.replace("{id}", id).replace("{item}", id).replace("{record}", id).replace("{token}", "nothing")
}

on_both! {
    fn each_role_gets_what_the_table_says(app) {
        let mut people = vec![(Nobody, app.browser())];
        for (role, name) in [(Viewer, "viewer"), (Editor, "editor"), (Approver, "approver"), (Dpo, "dpo"), (Admin, "admin")] {
            people.push((role, hire(&app, name, name)));
        }
        for (role, mut visitor) in people {
            let (role, visitor) = (&role, &mut visitor);
            let token = if *role == Nobody { String::new() } else { csrf(visitor) };
            for (path, get, post) in TABLE {
                let at = filled(path);
                for (method, needs) in [(Method::GET, get), (Method::POST, post)] {
                    let answer = if method == Method::GET {
                        visitor.get_with(&at, &[])
                    } else {
                        visitor.post_form(&at, &[("csrf", &token), ("revision", "1"), ("role", "viewer")])
                    };
                    let (status, to) = (answer.status, answer.header("location").unwrap_or_default());
                    let what = format!("{role:?} {method} {path}: {status} {to}");
                    let at_the_door = status == 303 && to.starts_with("/staff/login");
                    match needs {
                        None => assert_eq!(status, 405, "{what}"),
                        Some(Nobody) => assert!(status < 500 && status != 403, "{what}"),
                        Some(_) if *role == Nobody => assert!(at_the_door, "{what}"),
                        Some(_) if *path == "/staff/logout" => assert!(at_the_door, "{what}"),
                        Some(least) if role < least => assert_eq!(status, 403, "{what}"),
                        Some(_) => assert!(matches!(status, 200 | 303 | 404 | 409 | 422) && !at_the_door, "{what}"),
                    }
                }
                for method in [Method::PUT, Method::DELETE, Method::PATCH] {
                    let answer = visitor.send(method.clone(), &at, &[], Vec::new());
                    assert_eq!(answer.status, 405, "{role:?} {method} {path}");
                }
            }
        }
    }

    fn no_role_posts_without_the_token_of_its_session(app) {
        for (role, name) in [(Viewer, "viewer"), (Editor, "editor"), (Approver, "approver"), (Dpo, "dpo"), (Admin, "admin")] {
            let mut visitor = hire(&app, name, name);
            for (path, _, post) in TABLE.iter().filter(|(_, _, post)| post.is_some_and(|needs| needs > Nobody)) {
                let answer = visitor.post_form(&filled(path), &[("revision", "1")]);
                assert_eq!(answer.status, 403, "{role:?} POST {path}: needs {post:?}");
            }
        }
    }
}
