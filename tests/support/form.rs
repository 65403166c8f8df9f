//! A form as a browser without scripts fills it in and sends it.

use super::Page;
use reqwest::{Method, Url};
use scraper::{ElementRef, Html, Selector};

/// A form ready to be sent.
pub struct Filled {
    pub method: Method,
    pub action: Url,
    pub fields: Vec<(String, String)>,
    multipart: bool,
}

impl Filled {
    /// The content type and the body of a POST.
    pub fn encode(&self) -> (String, Vec<u8>) {
        if self.multipart {
            return self.encode_multipart();
        }
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&self.fields);
        ("application/x-www-form-urlencoded".to_owned(), body.finish().into_bytes())
    }

    /// RFC 7578. A value that starts with `file:NAME:` is sent as that file's content.
    fn encode_multipart(&self) -> (String, Vec<u8>) {
        let boundary = "----a-boundary-of-the-tests";
        let mut body = String::new();
        for (name, value) in &self.fields {
            body.push_str(&format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\""));
            let file = value.strip_prefix("file:").and_then(|rest| rest.split_once(':'));
            match file {
                Some((file, content)) => body.push_str(&format!(
                    "; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n{content}\r\n"
                )),
                None => body.push_str(&format!("\r\n\r\n{value}\r\n")),
            }
        }
        body.push_str(&format!("--{boundary}--\r\n"));
        (format!("multipart/form-data; boundary={boundary}"), body.into_bytes())
    }
}

/// The form that `css` finds, or the form around the button that it finds.
#[track_caller]
pub fn fill(page: &Page, css: &str, given: &[(&str, &str)]) -> Filled {
    let html = Html::parse_document(&page.text());
    let found = html.select(&selector(css)).next().unwrap_or_else(|| panic!("no {css} in {page}"));
    let form = if found.value().name() == "form" { Some(found) } else { form_of(&html, found) };
    let form = form.unwrap_or_else(|| panic!("{css} stands in no form: {page}"));
    let mut fields = present(&html, form);
    if let Some(name) = found.attr("name") {
        fields.push((name.to_owned(), found.attr("value").unwrap_or_default().to_owned()));
    }
    for (name, _) in given {
        fields.retain(|(present, _)| present != name);
    }
    fields.extend(given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    // A button may send the form elsewhere.
    let say = |name: &str| found.attr(&format!("form{name}")).or_else(|| form.attr(name));
    let action = say("action").filter(|action| !action.is_empty());
    let method = say("method").unwrap_or("get").to_ascii_uppercase();
    Filled {
        method: if method == "POST" { Method::POST } else { Method::GET },
        action: action.map_or(page.url.clone(), |a| page.url.join(a).expect("an action")),
        fields,
        multipart: say("enctype").is_some_and(|kind| kind == "multipart/form-data"),
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|e| panic!("{css}: {e}"))
}

fn form_of<'a>(html: &'a Html, button: ElementRef<'a>) -> Option<ElementRef<'a>> {
    if let Some(id) = button.attr("form") {
        return html.select(&selector(&format!("form#{id}"))).next();
    }
    button.ancestors().filter_map(ElementRef::wrap).find(|e| e.value().name() == "form")
}

/// What the form holds before anybody typed.
fn present(html: &Html, form: ElementRef<'_>) -> Vec<(String, String)> {
    let controls = selector("input[name], select[name], textarea[name]");
    let mine = |e: &ElementRef<'_>| form_of(html, *e).is_some_and(|f| f.id() == form.id());
    let enabled = |e: &ElementRef<'_>| e.attr("disabled").is_none();
    let mut fields = Vec::new();
    for control in html.select(&controls).filter(mine).filter(enabled) {
        let name = control.attr("name").unwrap_or_default().to_owned();
        match (control.value().name(), control.attr("type").unwrap_or("text")) {
            ("select", _) => {
                fields.extend(chosen(control).into_iter().map(|value| (name.clone(), value)));
            }
            ("textarea", _) => {
                let text: String = control.text().collect();
                fields.push((name, text.strip_prefix('\n').unwrap_or(&text).to_owned()));
            }
            (_, "submit" | "button" | "image" | "reset" | "file") => {}
            (_, "checkbox" | "radio") => {
                if control.attr("checked").is_some() {
                    fields.push((name, control.attr("value").unwrap_or("on").to_owned()));
                }
            }
            _ => fields.push((name, control.attr("value").unwrap_or_default().to_owned())),
        }
    }
    fields
}

fn chosen(select: ElementRef<'_>) -> Vec<String> {
    let value = |o: ElementRef<'_>| match o.attr("value") {
        Some(value) => value.to_owned(),
        None => o.text().collect::<String>().trim().to_owned(),
    };
    let picked: Vec<String> = select.select(&selector("option[selected]")).map(value).collect();
    if !picked.is_empty() || select.attr("multiple").is_some() {
        return picked;
    }
    select.select(&selector("option")).next().map(value).into_iter().collect()
}
