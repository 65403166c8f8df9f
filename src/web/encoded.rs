//! One answer in the encodings it is sent in, with its entity tags: made once, sent often.

use std::io::Write;
use std::sync::OnceLock;

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::canonical::sha256_hex;

/// The quality brotli starts with: 5 is made at once, 11 in the background.
const QUICK: u32 = 5;
const BEST: u32 = 11;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Brotli,
}

/// Bytes ready to be sent. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Encoded {
    content_type: HeaderValue,
    cache_control: HeaderValue,
    tag: String,
    identity: Variant,
    gzip: OnceLock<Variant>,
    brotli: OnceLock<Variant>,
    best: OnceLock<Variant>,
}

#[derive(Debug)]
struct Variant {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Variant {
    fn new(bytes: impl Into<Bytes>, tag: &str, coding: &str) -> Self {
        let etag = HeaderValue::from_str(&format!("\"{tag}{coding}\""))
            .unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self { bytes: bytes.into(), etag }
    }
}

impl Encoded {
    /// Takes `body`; it is compressed when it is first asked for. Strong entity tags are the
    /// hash of the body with the coding (RFC 9110 section 8.8.3.3: each coding has its own).
    #[must_use]
    pub fn new(content_type: &'static str, cache_control: &'static str, body: Vec<u8>) -> Self {
        let mut tag = sha256_hex(&body);
        tag.truncate(20);
        Self {
            content_type: HeaderValue::from_static(content_type),
            cache_control: HeaderValue::from_static(cache_control),
            identity: Variant::new(body, &tag, ""),
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
            best: OnceLock::new(),
            tag,
        }
    }

    /// A page.
    #[must_use]
    pub fn page(body: String) -> Self {
        Self::new("text/html; charset=utf-8", "public, no-cache", body.into_bytes())
    }

    /// A JSON document.
    #[must_use]
    pub fn json(body: Vec<u8>) -> Self {
        Self::new("application/json", "public, no-cache", body)
    }

    /// Compresses now what would be compressed at the first request.
    #[must_use]
    pub fn prepared(self) -> Self {
        let _ = (self.gzip(), self.brotli());
        self
    }

    /// Compresses again as well as brotli can; takes a tenth of a second for 60 entries. From
    /// then on that variant is sent. Call it off the request's path.
    pub fn improve(&self) {
        let _ = self.best.get_or_init(|| Variant::new(brotli(&self.identity.bytes, BEST), &self.tag, "-br"));
    }

    fn gzip(&self) -> &Variant {
        self.gzip.get_or_init(|| Variant::new(gzip(&self.identity.bytes), &self.tag, "-gz"))
    }

    fn brotli(&self) -> &Variant {
        self.best.get().unwrap_or_else(|| {
            self.brotli.get_or_init(|| Variant::new(brotli(&self.identity.bytes, QUICK), &self.tag, "-br5"))
        })
    }

    /// The body before compression.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.identity.bytes
    }

    /// The size over the wire with gzip, in bytes.
    #[must_use]
    pub fn gzip_len(&self) -> usize {
        self.gzip().bytes.len()
    }

    /// Answers `request`: 304 where it already has this body, else the body in the best
    /// coding it accepts.
    #[must_use]
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        self.respond_with(StatusCode::OK, request)
    }

    /// As [`Encoded::respond`], with another status; only 200 is ever answered by 304.
    #[must_use]
    pub fn respond_with(&self, status: StatusCode, request: &HttpRequest) -> HttpResponse {
        let (variant, coding) = match accepted(request.headers()) {
            Coding::Brotli => (self.brotli(), Some("br")),
            Coding::Gzip => (self.gzip(), Some("gzip")),
            Coding::Identity => (&self.identity, None),
        };
        let readable = request.method() == Method::GET || request.method() == Method::HEAD;
        let known =
            if readable && status == StatusCode::OK { self.known_tag(request.headers()) } else { None };
        let mut answer = HttpResponse::build(if known.is_some() { StatusCode::NOT_MODIFIED } else { status });
        answer
            .insert_header((header::VARY, HeaderValue::from_static("accept-encoding")))
            .insert_header((header::CACHE_CONTROL, self.cache_control.clone()));
        if let Some(tag) = known {
            return answer.insert_header((header::ETAG, tag)).finish();
        }
        answer
            .insert_header((header::ETAG, variant.etag.clone()))
            .insert_header((header::CONTENT_TYPE, self.content_type.clone()));
        if let Some(coding) = coding {
            answer.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static(coding)));
        }
        answer.body(variant.bytes.clone())
    }

    /// The tag of ours that the request names (RFC 9110 section 13.1.2, weak comparison). The
    /// tag of any coding says that the reader has this body, and a 304 has to name the one the
    /// reader stored (RFC 9111 section 4.3.4), whatever coding would be sent today.
    fn known_tag(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        headers
            .get_all(header::IF_NONE_MATCH)
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(','))
            .find_map(|tag| {
                let tag = tag.trim();
                let tag = tag.strip_prefix("W/").unwrap_or(tag);
                if tag == "*" {
                    return Some(self.identity.etag.clone());
                }
                let rest = tag.trim_matches('"').strip_prefix(self.tag.as_str())?;
                if !rest.is_empty() && !rest.starts_with('-') {
                    return None;
                }
                HeaderValue::from_str(tag).ok()
            })
    }
}

/// The coding to answer with: brotli before gzip, unless the request rules it out with `q=0`
/// (RFC 9110 section 12.5.3).
fn accepted(headers: &HeaderMap) -> Coding {
    let (mut gzip, mut brotli, mut any) = (None, None, None);
    for part in
        headers.get_all(header::ACCEPT_ENCODING).filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','))
    {
        let mut pieces = part.split(';').map(str::trim);
        let name = pieces.next().unwrap_or_default();
        let wanted =
            !pieces.filter_map(|p| p.strip_prefix("q=")).any(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
        match name {
            "br" => brotli = Some(wanted),
            "gzip" | "x-gzip" => gzip = Some(wanted),
            "*" => any = Some(wanted),
            _ => {}
        }
    }
    let any = any.unwrap_or(false);
    if brotli.unwrap_or(any) {
        Coding::Brotli
    } else if gzip.unwrap_or(any) {
        Coding::Gzip
    } else {
        Coding::Identity
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    // Writing to memory cannot fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

fn brotli(body: &[u8], quality: u32) -> Vec<u8> {
    let mut out = Vec::new();
    {
        let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, quality, 22);
        let _ = encoder.write_all(body);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn page() -> Encoded {
        Encoded::new("text/html; charset=utf-8", "no-cache", "word ".repeat(500).into_bytes())
    }

    fn asked(page: &Encoded, accept: &str, tag: &str) -> HttpResponse {
        let request = TestRequest::get()
            .insert_header((header::ACCEPT_ENCODING, accept))
            .insert_header((header::IF_NONE_MATCH, tag))
            .to_http_request();
        page.respond(&request)
    }

    fn header_of(answer: &HttpResponse, name: header::HeaderName) -> String {
        answer.headers().get(name).map_or_else(String::new, |v| v.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_best_accepted_coding_is_sent_and_each_has_its_own_tag() {
        let page = page();
        let coding = |accept| header_of(&asked(&page, accept, ""), header::CONTENT_ENCODING);
        assert_eq!(coding("gzip, deflate, br"), "br");
        assert_eq!(coding("gzip, br;q=0"), "gzip");
        assert_eq!(coding("*"), "br");
        assert_eq!(coding("identity"), "");
        assert_eq!(coding("br;q=0, *;q=0"), "");
        let tag = |accept| header_of(&asked(&page, accept, ""), header::ETAG);
        assert_ne!(tag("gzip"), tag("br"));
        assert_ne!(tag("gzip"), tag(""));
    }

    #[test]
    fn a_tag_of_any_coding_answers_304_also_after_the_better_compression() {
        let page = page();
        let tag = header_of(&asked(&page, "br", ""), header::ETAG);
        page.improve();
        for known in [tag.as_str(), "*", &format!("\"other\", W/{tag}")] {
            let answer = asked(&page, "gzip", known);
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert!(answer.headers().get(header::CONTENT_TYPE).is_none());
            assert!(known == "*" || header_of(&answer, header::ETAG) == tag);
        }
        assert_eq!(asked(&page, "gzip", "\"other\"").status(), StatusCode::OK);
        assert_ne!(header_of(&asked(&page, "br", ""), header::ETAG), tag);
    }

    #[test]
    fn compressed_bytes_unfold_to_the_body() {
        let page = page().prepared();
        page.improve();
        let mut unzipped = Vec::new();
        std::io::copy(&mut flate2::read::GzDecoder::new(&page.gzip().bytes[..]), &mut unzipped).unwrap();
        assert_eq!(unzipped, page.body());
        for variant in [page.brotli.get().unwrap(), page.best.get().unwrap()] {
            let mut plain = Vec::new();
            std::io::copy(&mut brotli::Decompressor::new(&variant.bytes[..], 4096), &mut plain).unwrap();
            assert_eq!(plain, page.body());
        }
    }
}
