//! From a typed context to a page: the templates, the assets they name, and the frame around
//! every page.

use std::path::Path;
use std::sync::Arc;

use actix_web::HttpResponse;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, ScopedJson, handlebars_helper,
};
use serde::Serialize;

use super::assets::Assets;
use super::error::{Error, Problem};
use super::site::{Contact, Site};
use crate::templates::{Templates, TemplatesError};

/// Which item of the public navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// The list and its entries.
    List,
    /// Announcements.
    Notices,
    /// Subscriptions.
    Subscribe,
    /// None of them.
    Other,
}

/// What the layouts ask for. Every page context has one, called `frame`.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// Language of the page (BCP 47).
    pub lang: &'static str,
    /// The whole `<title>`.
    pub title: String,
    /// One sentence for search engines.
    pub description: Option<String>,
    /// The page's permanent address.
    pub canonical: Option<String>,
    /// The company's name.
    pub company: String,
    /// Which item of the navigation is current.
    pub section: Section,
    /// Where to ask.
    pub privacy_contact: Option<Contact>,
    /// Where people ask about their own data.
    pub dsr_url: Option<String>,
}

#[derive(Serialize)]
struct ProblemPage<'a> {
    frame: Frame,
    status: u16,
    title: &'static str,
    detail: &'a str,
    fields: Vec<String>,
    request_id: Option<&'a str>,
}

/// Renders pages. One per process, shared.
#[derive(Debug)]
pub struct Pages {
    templates: Arc<Templates>,
    assets: Arc<Assets>,
    site: Site,
}

/// The templates with the helpers that pages use: `asset "site.css"` and
/// `possessive name`.
///
/// # Errors
/// As [`Templates::load`].
pub fn load_templates(overrides: Option<&Path>, assets: Arc<Assets>) -> Result<Templates, TemplatesError> {
    Templates::load(overrides, move |registry| {
        handlebars_helper!(possessive: |name: str| possessive_of(name));
        registry.register_helper("asset", Box::new(AssetPath(assets)));
        registry.register_helper("possessive", Box::new(possessive));
    })
}

/// `{{asset "site.css"}}`
struct AssetPath(Arc<Assets>);

impl HelperDef for AssetPath {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let file = call.param(0).and_then(|p| p.value().as_str()).unwrap_or_default();
        Ok(ScopedJson::Derived(self.0.path(file).into()))
    }
}

/// `Acme` → `Acme’s`, `Stripes` → `Stripes’`.
fn possessive_of(name: &str) -> String {
    if name.ends_with(['s', 'S']) { format!("{name}’") } else { format!("{name}’s") }
}

impl Pages {
    /// Puts templates, assets and the site's facts together.
    #[must_use]
    pub fn new(templates: Arc<Templates>, assets: Arc<Assets>, site: Site) -> Self {
        Self { templates, assets, site }
    }

    /// The company and its addresses.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Stylesheet and icon.
    #[must_use]
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// The frame of a page; `path` is where it stands, for its permanent address.
    #[must_use]
    pub fn frame(&self, title: &str, section: Section, path: Option<&str>) -> Frame {
        Frame {
            lang: "en",
            title: format!("{title} · {}", self.site.company()),
            description: None,
            canonical: path.map(|path| self.site.link(path)),
            company: self.site.company().to_owned(),
            section,
            privacy_contact: self.site.privacy_contact().cloned(),
            dsr_url: self.site.dsr_url().map(str::to_owned),
        }
    }

    /// Renders a page.
    ///
    /// # Errors
    /// The template asks for something the context does not hold.
    pub fn render(&self, template: &str, context: &impl Serialize) -> Result<String, Error> {
        #[cfg(test)]
        tests::assert_names_exist(template, context);
        Ok(self.templates.html(template, context)?)
    }

    /// A page that is made for one reader and stored nowhere.
    ///
    /// # Errors
    /// As [`Pages::render`].
    pub fn answer(&self, template: &str, context: &impl Serialize) -> Result<HttpResponse, Error> {
        Ok(HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header(("cache-control", "no-store"))
            .body(self.render(template, context)?))
    }

    /// The page that shows an error.
    ///
    /// # Errors
    /// As [`Pages::render`].
    pub fn problem(&self, problem: &Problem) -> Result<String, Error> {
        self.render(
            "public/error",
            &ProblemPage {
                frame: self.frame(problem.title, Section::Other, None),
                status: problem.status,
                title: problem.title,
                detail: &problem.detail,
                fields: problem.errors.iter().map(ToString::to_string).collect(),
                request_id: problem.instance.as_deref(),
            },
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Pages of a company called Acme, for the tests of every area.
    pub(crate) fn pages() -> Pages {
        let assets = Arc::new(Assets::load(None));
        let templates = Arc::new(load_templates(None, assets.clone()).unwrap());
        Pages::new(templates, assets, Site::example())
    }

    /// Strict mode does not look at `{{#if typo}}`: every name that a template uses outside of
    /// loops has to be one its context holds, even if it is null.
    pub(crate) fn assert_names_exist(template: &str, context: &impl Serialize) {
        let path = format!("{}/templates/{template}.hbs", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(path).unwrap();
        let context = serde_json::to_value(context).unwrap();
        let mut loops = 0;
        for tag in source.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
            if tag.starts_with("/each") {
                loops -= 1;
            }
            let is_loop = tag.starts_with("#each");
            if loops == 0 && !tag.starts_with(['/', '>', '!']) && !tag.starts_with("#>") && tag != "else" {
                let words = tag.split([' ', '(', ')']).filter(|w| !w.is_empty() && !w.contains('"'));
                let call = ["#if", "#each", "#unless", "asset", "possessive", "eq", "and", "or", "not"];
                for name in words.filter(|w| !call.contains(w) && w.parse::<i64>().is_err()) {
                    let first = name.split('.').next().unwrap();
                    assert!(
                        context.get(first).is_some(),
                        "{template} asks for {name}, which its context lacks"
                    );
                }
            }
            loops += i32::from(is_loop);
        }
    }

    #[test]
    #[should_panic(expected = "public/error asks for status")]
    fn a_name_that_the_context_lacks_is_found() {
        let _ = pages().render("public/error", &serde_json::json!({"frame": {}}));
    }

    #[test]
    fn an_error_page_escapes_what_it_quotes() {
        let page = pages().problem(&Error::not_found("<script>").problem()).unwrap();
        assert!(page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains(r#"<a class="btn" href="/">"#));
    }

    #[test]
    fn names_and_titles_read_naturally() {
        let pages = pages();
        assert_eq!(possessive_of("Acme"), "Acme’s");
        assert_eq!(possessive_of("Stripes"), "Stripes’");
        assert_eq!(pages.frame("Notices", Section::Notices, Some("/notices")).title, "Notices · Acme");
    }
}
