//! `/demo/mailbox`: the mails that a real installation would have sent.

use std::path::{Path, PathBuf};

use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use super::Demo;
use super::letter::Letter;
use crate::web::Error;
use crate::web::render::{Frame, Pages, Section};

/// The page shows one frame, of our own.
const PAGE: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// A mail is a stranger's page: no scripts, no forms, nothing loaded; its links leave the frame.
const MAIL: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
     frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation";

#[derive(Serialize)]
struct List {
    frame: Frame,
    mails: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    id: String,
    subject: String,
    from: String,
    to: String,
    date: String,
}

#[derive(Serialize)]
struct Show {
    frame: Frame,
    id: String,
    subject: String,
    headers: Vec<(String, String)>,
    text: Vec<Piece>,
}

/// Text, or a link when `href` is set.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Piece {
    text: String,
    href: Option<String>,
}

/// Every mail, newest first.
///
/// # Errors
/// The folder cannot be read.
pub async fn list(demo: Data<Demo>, pages: Data<Pages>) -> Result<HttpResponse, Error> {
    let folder = demo.mail();
    let mails = web::block(move || all(&folder)).await.map_err(Error::internal)?;
    let mails = mails
        .into_iter()
        .map(|(id, letter)| Line {
            id,
            subject: letter.header("subject").to_owned(),
            from: letter.header("from").to_owned(),
            to: letter.header("to").to_owned(),
            date: letter.header("date").to_owned(),
        })
        .collect();
    pages.answer("demo/mailbox", &List { frame: pages.frame("Mailbox", Section::Other, None), mails })
}

/// One mail: headers, text, and the HTML part in a frame.
///
/// # Errors
/// There is no such mail.
pub async fn show(
    demo: Data<Demo>,
    pages: Data<Pages>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let letter = read(&demo, &id).await?;
    let subject = letter.header("subject").to_owned();
    let context = Show {
        frame: pages.frame(&subject, Section::Other, None),
        subject,
        text: linked(&letter.text),
        headers: letter.headers,
        id,
    };
    let page = pages.render("demo/mail", &context)?;
    Ok(answer(PAGE).body(page))
}

/// The HTML part alone, for the frame.
///
/// # Errors
/// There is no such mail.
pub async fn html(demo: Data<Demo>, id: web::Path<String>) -> Result<HttpResponse, Error> {
    let letter = read(&demo, &id).await?;
    // Without it a link would open inside the frame, which our pages refuse.
    let html = letter.html.replacen("<head>", "<head><base target=\"_top\">", 1);
    Ok(answer(MAIL).body(html))
}

fn answer(policy: &'static str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header(("cache-control", "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, policy));
    answer
}

async fn read(demo: &Demo, id: &str) -> Result<Letter, Error> {
    let missing = || Error::not_found("There is no such mail in the demo’s mailbox.");
    // The id becomes a file name.
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(missing());
    }
    let path = demo.mail().join(format!("{id}.eml"));
    let bytes = web::block(move || std::fs::read(path)).await.map_err(Error::internal)?;
    bytes.map(|bytes| Letter::parse(&bytes)).map_err(|_| missing())
}

/// Names are ids, and ids sort by time.
fn all(folder: &Path) -> Vec<(String, Letter)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_mail = |path: &PathBuf| path.extension().is_some_and(|e| e == "eml");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_mail).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let id = path.file_stem()?.to_str()?.to_owned();
        Some((id, Letter::parse(&std::fs::read(&path).ok()?)))
    };
    paths.into_iter().rev().filter_map(read).collect()
}

/// The text with its addresses made into links.
fn linked(text: &str) -> Vec<Piece> {
    let plain = |text: &str| Piece { text: text.to_owned(), href: None };
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("http://").into_iter().chain(rest.find("https://")).min() {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| c.is_whitespace() || "<>\"".contains(c)).unwrap_or(from.len());
        let (link, after) = from.split_at(end);
        let link = link.trim_end_matches(['.', ',', ';', ':', ')']);
        pieces.push(plain(before));
        pieces.push(Piece { text: link.to_owned(), href: Some(link.to_owned()) });
        rest = from.get(link.len()..).unwrap_or(after);
    }
    pieces.push(plain(rest));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_text_become_links_without_the_full_stop_after_them() {
        let pieces = linked("See http://127.0.0.1/a?b=c. Or https://x.example/d\nEnd");
        let shown: Vec<(&str, bool)> = pieces.iter().map(|p| (p.text.as_str(), p.href.is_some())).collect();
        let expected = [
            ("See ", false),
            ("http://127.0.0.1/a?b=c", true),
            (". Or ", false),
            ("https://x.example/d", true),
            ("\nEnd", false),
        ];
        assert_eq!(shown, expected);
    }
}
