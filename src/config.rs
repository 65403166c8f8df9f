//! Settings: `config/default.toml` built in, then a file, then the environment. Every problem
//! is reported at once, and a key nobody knows is one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use config::{Config, File, FileFormat, Source, Value, ValueKind};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::domain::client::LANGUAGES;

/// The built-in file: every key with its default and a comment.
pub const DEFAULT: &str = include_str!("../config/default.toml");

const PREFIX: &str = "SUBPROCESSORS__";

/// Keys that hold several values, separated by commas in the environment.
const LISTS: &[&str] = &["server.trusted_proxies"];

/// Keys that may be read from a file named by `…_FILE`, and that are never shown.
pub const SECRETS: &[&str] = &["database.url", "mail.smtp_url", "secrets.key", "server.metrics_token"];

/// All settings, checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whose registry this is.
    pub company: Company,
    /// Listening and addresses.
    pub server: Server,
    /// Where the data is.
    pub database: Database,
    /// The key.
    pub secrets: Secrets,
    /// Sending mail.
    pub mail: Mail,
    /// Sending webhooks.
    pub webhooks: Webhooks,
    /// Periods.
    pub notices: Notices,
    /// Who approves.
    pub approval: Approval,
    /// Templates of one's own.
    pub templates: Templates,
    /// Logging.
    pub log: Log,
}

/// See `[company]` in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Company {
    pub name: String,
    pub privacy_contact: String,
    pub time_zone: String,
    pub language: String,
    pub dsr_url: String,
    pub accent: String,
}

/// See `[server]` in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Server {
    pub bind: String,
    pub public_url: String,
    pub trusted_proxies: Vec<String>,
    pub metrics_token: String,
    pub stop_grace: u64,
}

/// See `[database]` in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Database {
    pub url: String,
    pub pool: u32,
}

/// See `[secrets]` in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Secrets {
    pub key: String,
}

/// How mail leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Through a relay.
    Smtp,
    /// Into a folder.
    File,
}

/// See `[mail]` in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Mail {
    pub transport: Transport,
    pub smtp_url: String,
    pub file_dir: PathBuf,
    pub notices_from: String,
    pub updates_from: String,
}

/// See `[webhooks]` in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Webhooks {
    pub allow_loopback: bool,
    pub only_loopback: bool,
}

/// See `[notices]` in `config/default.toml`. `hold` is in minutes.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Notices {
    pub hold: u32,
    pub default_period_days: u16,
}

/// See `[approval]` in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Approval {
    pub solo: bool,
}

/// See `[templates]` in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Templates {
    pub dir: String,
}

/// See `[log]` in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct Log {
    pub format: LogFormat,
    pub level: String,
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} problem(s):\n{}", .0.len(), .0.join("\n"))]
pub struct BadConfig(pub Vec<String>);

/// A setting and where its value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// `server.bind`.
    pub key: String,
    /// The value; `(hidden)` for a secret that is set.
    pub value: String,
    /// `default`, the file's path, or the environment variable.
    pub source: String,
}

/// Settings with the source of each value.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Where each came from.
    pub shown: Vec<Shown>,
}

/// Reads the configuration: defaults, `file`, then `environment` (pairs of name and value).
///
/// # Errors
/// Every problem at once: unknown keys, wrong types, values out of range.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, BadConfig> {
    let broken = |e: config::ConfigError| BadConfig(vec![e.to_string()]);
    let defaults = flat(
        &Config::builder().add_source(File::from_str(DEFAULT, FileFormat::Toml)).build().map_err(broken)?,
    );
    let mut problems = Vec::new();
    let mut sources: BTreeMap<String, String> = BTreeMap::new();
    let mut builder = Config::builder().add_source(File::from_str(DEFAULT, FileFormat::Toml));
    if let Some(path) = file {
        let source = File::from(path).format(FileFormat::Toml);
        let own = Config::builder().add_source(source.clone()).build().map_err(broken)?;
        for key in flat(&own).into_keys() {
            if !defaults.contains_key(&key) {
                problems.push(format!("{}: unknown key “{key}”{}", path.display(), nearest(&key, &defaults)));
            }
            sources.insert(key, path.display().to_string());
        }
        builder = builder.add_source(source);
    }
    let mut variables: Vec<(String, String)> = Vec::new();
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let key = rest.to_lowercase().replace("__", ".");
        if let Some(secret) = key.strip_suffix("_file").filter(|k| SECRETS.contains(k)) {
            match std::fs::read_to_string(&value) {
                Ok(text) => {
                    variables.push((secret.to_owned(), text.trim().to_owned()));
                    sources.insert(secret.to_owned(), name.clone());
                }
                Err(e) => problems.push(format!("{name}: cannot read {value}: {e}")),
            }
            continue;
        }
        if !defaults.contains_key(&key) {
            problems.push(format!("{name}: unknown key “{key}”{}", nearest(&key, &defaults)));
            continue;
        }
        sources.insert(key.clone(), name);
        variables.push((key, value));
    }
    // As text: a company may be called Infinity, a token may look like a number.
    for (key, value) in variables {
        let value = if LISTS.contains(&key.as_str()) {
            let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::from(items.map(str::to_owned).collect::<Vec<_>>())
        } else {
            Value::from(value)
        };
        builder = builder.set_override(&key, value).map_err(broken)?;
    }
    let built = builder.build().map_err(broken)?;
    let shown = shown(&flat(&built), &sources);
    if !problems.is_empty() {
        return Err(BadConfig(problems));
    }
    let settings: Settings = built.try_deserialize().map_err(broken)?;
    let problems = check(&settings);
    if problems.is_empty() { Ok(Loaded { settings, shown }) } else { Err(BadConfig(problems)) }
}

fn flat(config: &Config) -> BTreeMap<String, String> {
    fn walk(prefix: &str, value: &Value, into: &mut BTreeMap<String, String>) {
        match &value.kind {
            ValueKind::Table(table) => {
                for (key, value) in table {
                    let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    walk(&path, value, into);
                }
            }
            _ => {
                into.insert(prefix.to_owned(), value.to_string());
            }
        }
    }
    let mut all = BTreeMap::new();
    for (key, value) in config.collect().unwrap_or_default() {
        walk(&key, &value, &mut all);
    }
    all
}

fn shown(values: &BTreeMap<String, String>, sources: &BTreeMap<String, String>) -> Vec<Shown> {
    let hide = |key: &str, value: &str| match (SECRETS.contains(&key), value) {
        (true, v) if !v.is_empty() && !v.starts_with("sqlite:") => "(hidden)".to_owned(),
        _ => value.to_owned(),
    };
    values
        .iter()
        .map(|(key, value)| Shown {
            key: key.clone(),
            value: hide(key, value),
            source: sources.get(key).cloned().unwrap_or_else(|| "default".to_owned()),
        })
        .collect()
}

fn nearest(key: &str, known: &BTreeMap<String, String>) -> String {
    known
        .keys()
        .map(|k| (strsim::damerau_levenshtein(key, k), k))
        .min()
        .filter(|(distance, _)| *distance <= 4)
        .map_or_else(String::new, |(_, k)| format!("; did you mean “{k}”?"))
}

fn check(s: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    let mut need = |ok: bool, problem: String| {
        if !ok {
            problems.push(problem);
        }
    };
    need(!s.company.name.trim().is_empty(), "company.name is empty; write the processor's name".into());
    need(
        TimeZone::get(&s.company.time_zone).is_ok(),
        format!("company.time_zone “{}” is no IANA time zone; write e.g. Europe/Berlin", s.company.time_zone),
    );
    need(
        LANGUAGES.contains(&s.company.language.as_str()),
        format!("company.language “{}” is none of {}", s.company.language, LANGUAGES.join(", ")),
    );
    for (key, value) in
        [("mail.notices_from", &s.mail.notices_from), ("mail.updates_from", &s.mail.updates_from)]
    {
        if let Err(e) = value.parse::<crate::domain::email::Email>() {
            need(false, format!("{key}: {e}"));
        }
    }
    need(
        s.server.bind.parse::<std::net::SocketAddr>().is_ok(),
        format!("server.bind “{}” is no address with a port; write e.g. 127.0.0.1:8080", s.server.bind),
    );
    if !s.server.public_url.is_empty() {
        let fits = url::Url::parse(&s.server.public_url).is_ok_and(|u| {
            matches!(u.scheme(), "http" | "https")
                && u.host().is_some()
                && u.path() == "/"
                && u.query().is_none()
                && u.username().is_empty()
        });
        need(fits, "server.public_url must be http(s)://host without a path".into());
    }
    need(
        (1..=365 * 3).contains(&s.notices.default_period_days),
        "notices.default_period_days must be 1 to 1095 days".into(),
    );
    need((2..=200).contains(&s.database.pool), "database.pool must be 2 to 200 connections".into());
    let colour = s.company.accent.as_str();
    need(
        colour.is_empty()
            || (colour.len() == 7
                && colour.starts_with('#')
                && colour.chars().skip(1).all(|c| c.is_ascii_hexdigit())),
        "company.accent must be #rrggbb".into(),
    );
    let seen: BTreeSet<&str> = s.server.trusted_proxies.iter().map(String::as_str).collect();
    need(
        seen.len() == s.server.trusted_proxies.len(),
        "server.trusted_proxies names an address twice".into(),
    );
    problems
}

impl Settings {
    /// The company's time zone.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.company.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The hold before an announcement; 24 hours in solo mode, where it stands in for the
    /// second person.
    #[must_use]
    pub fn hold(&self, solo: bool) -> jiff::SignedDuration {
        if solo {
            jiff::SignedDuration::from_hours(24)
        } else {
            jiff::SignedDuration::from_mins(i64::from(self.notices.hold))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_the_environment_stay_as_they_were_written() {
        let named =
            [("COMPANY__NAME", "Infinity"), ("SERVER__METRICS_TOKEN", "00123e4"), ("NOTICES__HOLD", "5")];
        let variables = named.map(|(key, value)| (format!("{PREFIX}{key}"), value.to_owned()));
        let settings = load(None, variables).unwrap().settings;
        assert_eq!((settings.company.name.as_str(), settings.notices.hold), ("Infinity", 5));
        assert_eq!(settings.server.metrics_token, "00123e4");
    }
}
