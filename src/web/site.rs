//! The company that publishes the list, and the only source of absolute addresses: no link is
//! ever made from what a request says.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use url::Url;

use crate::config::Settings;
use crate::domain::deadline::day_of;

/// Where to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// `mailto:` or the address of a page.
    pub href: String,
    /// What people read.
    pub text: String,
}

impl Contact {
    /// A mail address or the address of a page; `None` if it is empty.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let is_page = text.starts_with("https://") || text.starts_with("http://");
        let href = if is_page { text.to_owned() } else { format!("mailto:{text}") };
        Some(Self { href, text: text.to_owned() })
    }
}

/// Facts of the company that pages show.
#[derive(Debug, Clone)]
pub struct Site {
    company: String,
    privacy_contact: Option<Contact>,
    dsr_url: Option<String>,
    public_url: Url,
    hosts: Vec<String>,
    zone: TimeZone,
    notice_period_days: u16,
}

impl Site {
    /// Reads them from the settings. `public_url` is the address links begin with.
    ///
    /// # Errors
    /// `public_url` is no address.
    pub fn new(settings: &Settings, public_url: &str) -> Result<Self, url::ParseError> {
        let public_url = Url::parse(public_url)?;
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let host = public_url.host_str().unwrap_or_default().to_ascii_lowercase();
        let hosts = match (public_url.port(), public_url.port_or_known_default()) {
            (Some(port), _) => vec![format!("{host}:{port}")],
            (None, Some(known)) => vec![format!("{host}:{known}"), host],
            (None, None) => vec![host],
        };
        Ok(Self {
            company: settings.company.name.clone(),
            privacy_contact: Contact::parse(&settings.company.privacy_contact),
            dsr_url: some(&settings.company.dsr_url),
            public_url,
            hosts,
            zone: settings.zone(),
            notice_period_days: settings.notices.default_period_days,
        })
    }

    /// The company's name.
    #[must_use]
    pub fn company(&self) -> &str {
        &self.company
    }

    /// Where to write about privacy.
    #[must_use]
    pub fn privacy_contact(&self) -> Option<&Contact> {
        self.privacy_contact.as_ref()
    }

    /// Where people ask about their own data.
    #[must_use]
    pub fn dsr_url(&self) -> Option<&str> {
        self.dsr_url.as_deref()
    }

    /// The company's time zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The zone's name for people.
    #[must_use]
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Days of notice under the standard DPA.
    #[must_use]
    pub fn notice_period_days(&self) -> u16 {
        self.notice_period_days
    }

    /// The absolute address of a path that begins with a slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// Whether readers reach us over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// Whether a request for `host` (with its port, if any) is for us.
    #[must_use]
    pub fn answers_to(&self, host: &str) -> bool {
        self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host))
    }

    /// The day of a moment, in the company's zone.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Date {
        day_of(at, &self.zone)
    }

    /// A deadline for people: the last minute of a day, `Saturday 14 March 2026, 23:59 CET`.
    #[must_use]
    pub fn end_of_day(&self, day: Date) -> String {
        let last = day.at(23, 59, 0, 0).to_zoned_datetime(self.zone.clone());
        last.map_or_else(|_| weekday_date(day), |at| at.strftime("%A %-d %B %Y, %H:%M %Z").to_string())
    }

    /// A moment for people: `Thursday 12 February 2026, 10:04 CET`.
    #[must_use]
    pub fn moment(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone()).strftime("%A %-d %B %Y, %H:%M %Z").to_string()
    }

    /// Acme in Berlin, for tests.
    #[cfg(test)]
    pub(crate) fn example() -> Self {
        let named = [
            ("COMPANY__NAME", "Acme"),
            ("COMPANY__PRIVACY_CONTACT", "privacy@acme.example"),
            ("COMPANY__TIME_ZONE", "Europe/Berlin"),
        ];
        let variables = named.map(|(key, value)| (format!("SUBPROCESSORS__{key}"), value.to_owned()));
        let settings = crate::config::load(None, variables).unwrap().settings;
        Self::new(&settings, "https://acme.example").unwrap()
    }
}

/// A day with its weekday: `Monday 30 March 2026`.
#[must_use]
pub fn weekday_date(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_deadline_is_said_with_weekday_time_and_zone() {
        assert_eq!(Site::example().end_of_day(date(2026, 3, 14)), "Saturday 14 March 2026, 23:59 CET");
        assert_eq!(Site::example().end_of_day(date(2026, 7, 1)), "Wednesday 1 July 2026, 23:59 CEST");
    }

    #[test]
    fn only_the_configured_host_is_ours_and_makes_links() {
        let site = Site::example();
        assert!(site.answers_to("acme.example") && site.answers_to("ACME.example:443"));
        assert!(!site.answers_to("evil.example") && !site.answers_to("acme.example:8443"));
        assert_eq!(site.link("/notices"), "https://acme.example/notices");
    }
}
