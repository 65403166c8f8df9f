//! The page for receivers: its code is run as it stands there.

use crate::support::*;
use std::io::Write;
use std::process::{Command, Stdio};

/// What a program says to a text on its standard input; nothing, said aloud, where it is missing.
fn says(program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn();
    let Ok(mut child) = child else {
        say_aloud(&format!(
            "SKIPPED: {program} is not installed, so the code on /webhooks was not run with it"
        ));
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}: {}", output.status);
    Some(app::text(&output.stdout).trim().to_owned())
}

/// The text of an element, line breaks kept.
fn code(page: &Page, label: &str) -> String {
    let html = scraper::Html::parse_document(&page.text());
    let css = scraper::Selector::parse(&format!("pre[aria-label={label}]")).unwrap();
    html.select(&css).next().expect("a piece of code").text().collect()
}

on_both! {
    fn the_code_for_receivers_finds_the_test_vector_genuine(app) {
        let page = app.browser().get("/webhooks").expect(200);
        let vector: Vec<String> = page.all("dl.facts code");
        let [secret, id, timestamp, body, signature] = &vector[..] else { panic!("{vector:?}") };
        let headers = serde_json::json!({
            "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": format!("v1,AAAA {signature}"),
        });
        let python = format!(
            "{}\nh = {headers}\nb = {body:?}.encode()\nat = {timestamp}\n\
             print(genuine({secret:?}, h, b, at), genuine({secret:?}, h, b + b' ', at), genuine({secret:?}, h, b))",
            code(&page, "Python")
        );
        assert_eq!(says("python3", &["-"], &python).unwrap_or("True False False".into()), "True False False");
        let script = format!(
            "{}\nconst h = {headers}, b = Buffer.from({body:?}), at = {timestamp};\n\
             console.log(genuine({secret:?}, h, b, at), genuine({secret:?}, h, Buffer.from({body:?} + \" \"), at), genuine({secret:?}, h, b));",
            code(&page, "JavaScript")
        );
        let said = says("node", &["--input-type=module", "-"], &script);
        assert_eq!(said.unwrap_or("true false false".into()), "true false false");
        let php = format!(
            "<?php\n{}\n$h = json_decode('{headers}', true); $b = '{body}'; $at = {timestamp};\n\
             echo json_encode([genuine('{secret}', $h, $b, $at), genuine('{secret}', $h, $b . ' ', $at), genuine('{secret}', $h, $b)]);",
            code(&page, "PHP")
        );
        let said = says("php", &["-n"], &php);
        assert_eq!(said.unwrap_or("[true,false,false]".into()), "[true,false,false]");
        let file = app.folder().join("body.json");
        std::fs::write(&file, body).unwrap();
        let shell = format!(
            "cd {:?}\nsecret='{secret}' id='{id}' timestamp='{timestamp}'\n{}",
            app.folder(),
            code(&page, "Shell")
        );
        let said = says("sh", &["-"], &shell).map(|one| format!("v1,{one}"));
        assert_eq!(said.as_ref().unwrap_or(signature), signature);
    }

    fn every_schema_it_names_is_there(app) {
        let mut visitor = app.browser();
        let page = visitor.get("/webhooks").expect(200);
        let links = page.attributes("a[href^='/schemas/']", "href");
        assert!(!links.is_empty());
        for link in links {
            assert!(visitor.get(&link).expect(200).json().is_object());
        }
    }
}
