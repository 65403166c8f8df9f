//! Stylesheet and icon: embedded, named by their hash, compressed once at the start, and cached
//! by readers for ever.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};

use super::brand::{Colour, accent_rules};
use super::encoded::Encoded;
use super::error::Error;
use crate::domain::canonical::sha256_hex;

const FOR_EVER: &str = "public, max-age=31536000, immutable";

#[derive(rust_embed::Embed)]
#[folder = "templates/assets/"]
struct Embedded;

/// Every asset under its hashed name.
#[derive(Debug, Default)]
pub struct Assets {
    files: BTreeMap<String, Encoded>,
    paths: BTreeMap<String, String>,
}

impl Assets {
    /// Prepares the assets with the company's accent colour, if it has one.
    #[must_use]
    pub fn load(accent: Option<Colour>) -> Self {
        let mut assets = Self::default();
        for file in Embedded::iter() {
            let Some(content) = Embedded::get(&file) else { continue };
            let bytes = match file.rsplit_once('.') {
                Some((_, "css")) => style(&String::from_utf8_lossy(&content.data), accent).into_bytes(),
                _ => content.data.into_owned(),
            };
            assets.add(&file, bytes);
        }
        assets
    }

    fn add(&mut self, file: &str, bytes: Vec<u8>) {
        let Some((stem, extension)) = file.rsplit_once('.') else { return };
        let content_type = match extension {
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            _ => "application/octet-stream",
        };
        let hash = sha256_hex(&bytes);
        let name = format!("{stem}-{}.{extension}", hash.get(..10).unwrap_or(&hash));
        self.paths.insert(file.to_owned(), format!("/assets/{name}"));
        self.files.insert(name, Encoded::new(content_type, FOR_EVER, bytes));
    }

    /// Where an asset is served: `site.css` → `/assets/site-0123456789.css`. A name that does
    /// not exist answers its plain path, which is served as 404.
    #[must_use]
    pub fn path(&self, file: &str) -> Cow<'_, str> {
        self.paths.get(file).map_or_else(|| format!("/assets/{file}").into(), Into::into)
    }

    /// All names as templates write them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }

    /// The prepared file of a hashed name.
    #[must_use]
    pub fn get(&self, hashed: &str) -> Option<&Encoded> {
        self.files.get(hashed)
    }
}

/// The stylesheet as served: without its comments, with the accent.
fn style(source: &str, accent: Option<Colour>) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, comment)) = rest.split_once("/*") {
        out.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let mut out: String =
        out.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    if let Some(accent) = accent {
        out.push('\n');
        out.push_str(&accent_rules(accent));
    }
    out
}

/// `GET /assets/{name}`
pub async fn serve(
    request: HttpRequest,
    name: web::Path<String>,
    pages: web::Data<super::render::Pages>,
) -> Result<HttpResponse, Error> {
    let file = pages.assets().get(&name).ok_or(Error::not_found("This file does not exist."))?;
    Ok(file.respond(&request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheet_is_small_and_served_without_comments() {
        let assets = Assets::load(None);
        let name = assets.path("site.css").into_owned();
        let css = assets.get(name.trim_start_matches("/assets/")).unwrap();
        assert!(css.gzip_len() <= 10 * 1024, "{} bytes", css.gzip_len());
        assert!(!String::from_utf8_lossy(css.body()).contains("/*"));
    }

    #[test]
    fn an_accent_changes_the_name_of_the_stylesheet() {
        let plain = Assets::load(None);
        let branded = Assets::load("#aa3300".parse().ok());
        assert_ne!(plain.path("site.css"), branded.path("site.css"));
        assert_eq!(plain.path("icon.svg"), branded.path("icon.svg"));
    }
}
