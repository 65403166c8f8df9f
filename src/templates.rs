//! The templates: embedded in the binary, any of them overridable by a file of the same name
//! in a folder. Two registries, because mail subjects and plain text must not be HTML-escaped.
//!
//! Names are paths below `templates/` without `.hbs`: `public/list`, `email/notice/body.html`.
//! A name that ends in `.txt` is plain text; everything else is HTML.

use std::collections::BTreeMap;
use std::path::Path;

use handlebars::{Handlebars, RenderError};
use serde::Serialize;
use serde_json::Value;

pub mod words;

use words::Words;

#[derive(rust_embed::Embed)]
#[folder = "templates/"]
#[include = "*.hbs"]
#[include = "words/*.json"]
struct Embedded;

/// Why the templates could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TemplatesError {
    /// A template does not parse.
    #[error("template {name}: {problem}")]
    Syntax {
        /// Which one.
        name: String,
        /// What the parser says, with the line.
        problem: String,
    },
    /// A file of the folder overrides nothing, so it is probably misspelt.
    #[error(
        "templates.dir: {0} overrides no template; name it like one of those in the documentation or remove it"
    )]
    OverridesNothing(String),
    /// The folder cannot be read.
    #[error("templates.dir: {path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Every template, parsed.
pub struct Templates {
    html: Handlebars<'static>,
    text: Handlebars<'static>,
    english: Words,
    others: BTreeMap<String, Words>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").finish_non_exhaustive()
    }
}

impl Templates {
    /// Loads the embedded templates and lets the files below `overrides` replace them.
    /// `set_up` may register helpers with the HTML registry.
    ///
    /// # Errors
    /// A template does not parse, or the folder cannot be read or overrides nothing.
    pub fn load(
        overrides: Option<&Path>,
        set_up: impl FnOnce(&mut Handlebars<'static>),
    ) -> Result<Self, TemplatesError> {
        let mut html = Handlebars::new();
        html.set_strict_mode(true);
        set_up(&mut html);
        let mut text = Handlebars::new();
        text.set_strict_mode(true);
        text.register_escape_fn(handlebars::no_escape);
        let english = words("en", None)?;
        let mut templates = Self { html, text, english, others: BTreeMap::new() };
        for file in Embedded::iter() {
            if let Some(lang) = language(&file) {
                templates.take_words(lang, None)?;
                continue;
            }
            let Some(content) = Embedded::get(&file) else { continue };
            templates.register(&file, &String::from_utf8_lossy(&content.data))?;
        }
        if let Some(folder) = overrides {
            templates.override_from(folder, folder)?;
        }
        Ok(templates)
    }

    fn register(&mut self, file: &str, source: &str) -> Result<(), TemplatesError> {
        let Some(name) = file.strip_suffix(".hbs") else { return Ok(()) };
        let registry = if name.ends_with(".txt") { &mut self.text } else { &mut self.html };
        registry
            .register_template_string(name, source)
            .map_err(|e| TemplatesError::Syntax { name: name.to_owned(), problem: e.to_string() })
    }

    fn override_from(&mut self, root: &Path, folder: &Path) -> Result<(), TemplatesError> {
        let unreadable = |path: &Path| {
            let path = path.display().to_string();
            move |source| TemplatesError::Unreadable { path, source }
        };
        for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            if path.is_dir() {
                self.override_from(root, &path)?;
            } else if path.extension().is_some_and(|e| e == "hbs" || e == "json") {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                if Embedded::get(&name).is_none() {
                    return Err(TemplatesError::OverridesNothing(name));
                }
                let source = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
                match language(&name) {
                    Some(lang) => self.take_words(lang, Some(&source))?,
                    None => self.register(&name, &source)?,
                }
            }
        }
        Ok(())
    }

    fn take_words(&mut self, lang: &str, own: Option<&str>) -> Result<(), TemplatesError> {
        let words = words(lang, own)?;
        if words.is_english() {
            self.english = words;
        } else {
            self.others.insert(lang.to_owned(), words);
        }
        Ok(())
    }

    /// The words of a language (ISO 639-1); English for one that is not there.
    #[must_use]
    pub fn words(&self, lang: &str) -> &Words {
        self.others.get(lang).unwrap_or(&self.english)
    }

    /// The words of the language that notices are written in.
    #[must_use]
    pub fn english(&self) -> &Words {
        &self.english
    }

    /// Renders an HTML template; values are escaped.
    ///
    /// # Errors
    /// The template asks for something the context does not hold.
    pub fn html(&self, name: &str, context: &impl Serialize) -> Result<String, RenderError> {
        self.html.render(name, context)
    }

    /// Renders a plain-text template (its name ends in `.txt`); nothing is escaped.
    ///
    /// # Errors
    /// The template asks for something the context does not hold.
    pub fn text(&self, name: &str, context: &impl Serialize) -> Result<String, RenderError> {
        self.text.render(name, context)
    }

    /// The names of all templates, HTML and text.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .html
            .get_templates()
            .keys()
            .chain(self.text.get_templates().keys())
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names
    }
}

/// `de` of `words/de.json`.
fn language(file: &str) -> Option<&str> {
    file.strip_prefix("words/")?.strip_suffix(".json")
}

/// The embedded words of a language, with the sentences of `own` in their place.
fn words(lang: &str, own: Option<&str>) -> Result<Words, TemplatesError> {
    let wrong = |problem: String| TemplatesError::Syntax { name: format!("words/{lang}.json"), problem };
    let read = |lang: &str| {
        let file = Embedded::get(&format!("words/{lang}.json")).map(|file| file.data).unwrap_or_default();
        serde_json::from_slice::<Value>(&file).map_err(|e| wrong(e.to_string()))
    };
    let mut file = read(lang)?;
    if let Some(own) = own {
        words::replace(&mut file, serde_json::from_str(own).map_err(|e| wrong(e.to_string()))?);
    }
    Words::parse(lang, &file, &read("en")?).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A missing partial renders as nothing in some versions of the engine, and triple braces
    /// switch escaping off: neither shows in an ordinary test.
    #[test]
    fn templates_include_only_what_exists_and_never_switch_escaping_off() {
        let templates = Templates::load(None, |_| {}).unwrap();
        let names: Vec<String> = templates.names().into_iter().map(str::to_owned).collect();
        for file in Embedded::iter() {
            let source = String::from_utf8(Embedded::get(&file).unwrap().data.into_owned()).unwrap();
            assert!(!source.contains("{{{"), "{file} switches escaping off");
            // A mail has no stylesheet to link to, and no CSP.
            let page = !file.starts_with("email/");
            assert!(
                !page || !source.contains("style=\""),
                "{file} has an inline style, which the CSP refuses"
            );
            assert!(!source.contains("<script"), "{file} has a script");
            for opening in ["{{> ", "{{#> "] {
                for rest in source.split(opening).skip(1) {
                    let partial = rest.split([' ', '}']).next().unwrap();
                    assert!(
                        partial == "@partial-block" || names.iter().any(|n| n == partial),
                        "{file} includes {partial}, which does not exist"
                    );
                }
            }
        }
    }

    #[test]
    fn a_folder_replaces_templates_and_a_misspelt_file_is_refused() {
        let folder = std::env::temp_dir().join(format!("templates-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("public")).unwrap();
        std::fs::write(folder.join("public/error.hbs"), "Our own {{title}}").unwrap();
        let templates = Templates::load(Some(&folder), |_| {}).unwrap();
        let page = templates.html("public/error", &serde_json::json!({"title": "<b>"})).unwrap();
        assert_eq!(page, "Our own &lt;b&gt;");
        std::fs::write(folder.join("public/eror.hbs"), "").unwrap();
        let refused = Templates::load(Some(&folder), |_| {}).unwrap_err();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(refused.to_string().contains("public/eror.hbs"), "{refused}");
    }
}
