//! The tests' own parts, tried on each other.

use super::{Answer, Browser, Receiver, Reply, SmtpSink};
use lettre::{Message, SmtpTransport, Transport};

#[test]
fn the_browser_fills_in_a_form_as_it_stands() {
    let server = Receiver::start();
    server.answer(|request, _| match request.path.as_str() {
        "/form" => Reply::status(200).header("set-cookie", "session=abc; Path=/; HttpOnly").body(
            "<form method=post action=/send><input type=hidden name=csrf value=t><input name=email value=old>\
             <select name=filter><option value=a>A<option value=b selected>B</select>\
             <input type=checkbox name=yes checked><input type=checkbox name=no>\
             <button name=do value=save>Save</button></form>",
        ),
        "/send" => Reply::status(303).header("location", "/done"),
        _ => Reply::status(200).body("<h1>Done   now</h1>"),
    });
    let mut visitor = Browser::new(&server.url("/"));
    let page = visitor.get("/form").expect(200);
    let answer = visitor.submit(&page, "button[value=save]", &[("email", "a+b@example.com")]);
    assert_eq!(answer.one("h1"), "Done now");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    let sent = String::from_utf8(requests[1].body.clone()).unwrap();
    assert_eq!(sent, "csrf=t&filter=b&yes=on&do=save&email=a%2Bb%40example.com");
    assert_eq!(requests[2].header("cookie"), Some("session=abc"));
}

#[test]
fn the_mail_sink_keeps_what_it_accepted_and_refuses_as_told() {
    let sink = SmtpSink::start();
    sink.answer(|to, earlier| match (to, earlier) {
        ("busy@example.com", 0) => Answer::RefuseRecipient("450 4.2.1 later"),
        ("gone@example.com", _) => Answer::RefuseRecipient("550 5.1.1 no such user"),
        ("cut@example.com", 0) => Answer::DropAfterDot,
        _ => Answer::Accept,
    });
    let client = SmtpTransport::from_url(sink.url().split('?').next().unwrap()).unwrap().build();
    let send = |to: &str| {
        let mail = Message::builder().from("us@example.com".parse().unwrap()).to(to.parse().unwrap());
        client.send(&mail.subject("Grüße").body(".\r\nÄ dot first".to_owned()).unwrap())
    };
    assert!(send("busy@example.com").is_err_and(|e| e.is_transient()));
    assert!(send("gone@example.com").is_err_and(|e| e.is_permanent()));
    assert!(send("cut@example.com").is_err());
    assert!(send("busy@example.com").is_ok());
    let mails = sink.wait_for(2);
    assert_eq!((mails[0].to[0].as_str(), mails[1].to[0].as_str()), ("cut@example.com", "busy@example.com"));
    assert_eq!((mails[1].subject(), mails[1].text().trim_end()), ("Grüße".to_owned(), ".\nÄ dot first"));
    assert_eq!(sink.tries("busy@example.com"), 2);
}
