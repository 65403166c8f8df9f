//! A visitor without scripts: pages, cookies, forms; and JSON for the API.

use super::form;
use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, Url};
use std::collections::BTreeMap;
use std::time::Duration;

/// What came back.
#[derive(Debug)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a body in UTF-8")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e} in {self}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header in ASCII"))
    }

    /// Fails with the page's text unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert!(self.status == status, "not {status}: {self}");
        self
    }

    /// The text of each element that a CSS selector finds, white space folded.
    pub fn all(&self, css: &str) -> Vec<String> {
        let page = scraper::Html::parse_document(&self.text());
        let selector = scraper::Selector::parse(css).expect("a CSS selector");
        let fold = |e: scraper::ElementRef| fold(&e.text().collect::<String>());
        page.select(&selector).map(fold).collect()
    }

    /// The text of the first such element.
    #[track_caller]
    pub fn one(&self, css: &str) -> String {
        self.all(css).into_iter().next().unwrap_or_else(|| panic!("no {css} in {self}"))
    }

    /// An attribute of each element that a CSS selector finds.
    pub fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        let page = scraper::Html::parse_document(&self.text());
        let selector = scraper::Selector::parse(css).expect("a CSS selector");
        page.select(&selector).filter_map(|e| e.attr(name).map(str::to_owned)).collect()
    }

    /// Whether the page's visible text holds this, white space folded.
    pub fn says(&self, piece: &str) -> bool {
        let page = scraper::Html::parse_document(&self.text());
        fold(&page.root_element().text().collect::<Vec<_>>().join(" ")).contains(piece)
    }
}

impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}\n{}", self.status, self.url, String::from_utf8_lossy(&self.body))
    }
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One visitor, with a cookie jar.
pub struct Browser {
    home: Url,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    pub cookies: BTreeMap<String, String>,
    /// Sent with each request, such as `Authorization`.
    pub headers: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(home: &str) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(60))
            // The server ends what idles for five seconds; on a slow machine that is between two clicks.
            .pool_idle_timeout(Duration::from_secs(2))
            .build()
            .expect("an HTTP client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Self {
            home: Url::parse(home).expect("the server's address"),
            http,
            runtime: runtime.expect("a runtime"),
            cookies: BTreeMap::new(),
            headers: BTreeMap::new(),
        }
    }

    /// The same visitor with an API token in each request.
    pub fn with_token(mut self, token: &str) -> Self {
        self.headers.insert("authorization".to_owned(), format!("Bearer {token}"));
        self
    }

    /// Follows redirects, as a person's browser does.
    pub fn get(&mut self, path: &str) -> Page {
        let page = self.send(Method::GET, path, &[], Vec::new());
        self.follow(page)
    }

    /// A GET with headers of its own, redirects not followed.
    pub fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Page {
        self.send(Method::GET, path, headers, Vec::new())
    }

    /// Fills in a form of `page` and sends it: the first one that `css` finds, with
    /// everything already in it (hidden fields and the CSRF token too), `fields` put over
    /// that, and the submit button's own name and value when `css` names the button.
    #[track_caller]
    pub fn submit(&mut self, page: &Page, css: &str, fields: &[(&str, &str)]) -> Page {
        let filled = form::fill(page, css, fields);
        let page = if filled.method == Method::GET {
            let mut url = filled.action;
            url.query_pairs_mut().clear().extend_pairs(&filled.fields);
            self.send(Method::GET, url.as_str(), &[], Vec::new())
        } else {
            let (kind, body) = filled.encode();
            self.send_as_page(filled.action.as_str(), &kind, body)
        };
        self.follow(page)
    }

    /// A form POST without a page before it: what a scanner or an attacker sends.
    pub fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.send(Method::POST, path, &kind, body.into_bytes())
    }

    /// A JSON request to the API.
    pub fn json(&mut self, method: &str, path: &str, body: &serde_json::Value) -> Page {
        self.json_with(method, path, &[], body)
    }

    pub fn json_with(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &serde_json::Value,
    ) -> Page {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.send(method, path, &all, body.to_string().into_bytes())
    }

    /// One request; nothing is followed.
    pub fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Page {
        let url = self.home.join(path).expect("a path or an address");
        let mut request = self.http.request(method, url.clone()).body(body);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
            request = request.header("cookie", pairs.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.runtime.block_on(async {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.bytes().await?.to_vec();
            Ok::<_, reqwest::Error>(Page { url: url.clone(), status, headers, body })
        });
        let page = answer.unwrap_or_else(|e| panic!("{url}: {e:?}"));
        self.keep_cookies(&page.headers);
        page
    }

    fn send_as_page(&mut self, url: &str, kind: &str, body: Vec<u8>) -> Page {
        let origin = self.home.origin().ascii_serialization();
        let headers = [
            ("content-type", kind),
            ("origin", origin.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
        ];
        self.send(Method::POST, url, &headers, body)
    }

    fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            if !matches!(page.status, 301..=303 | 307 | 308) {
                return page;
            }
            let target = page.headers.get(LOCATION).expect("a redirect says where to");
            let target = page.url.join(target.to_str().expect("ASCII")).expect("a target");
            page = self.send(Method::GET, target.as_str(), &[], Vec::new());
        }
        panic!("redirects without end: {page}");
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().expect("a cookie in ASCII");
            let (pair, rules) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("name=value");
            if value.is_empty() || rules.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
