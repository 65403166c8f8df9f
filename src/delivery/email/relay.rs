//! The mail relay as `mail.smtp_url` names it.

use std::fmt;
use std::net::IpAddr;

use url::{Url, form_urlencoded};

/// How the conversation is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// In the clear: loopback, or `?tls=none`.
    Clear,
    /// STARTTLS (RFC 3207), required: without it nothing is sent.
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Tls,
}

/// Where mail is handed over. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Relay {
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the conversation is protected.
    pub security: Security,
    /// User name and password for AUTH.
    pub credentials: Option<(String, String)>,
}

/// What is wrong with `mail.smtp_url`. No message repeats the URL: it may hold a password.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum RelayError {
    /// Not a URL.
    #[error("mail.smtp_url cannot be read ({0}); write it like smtp://user:password@mail.example.com:587")]
    Unreadable(String),
    /// Neither `smtp` nor `smtps`.
    #[error("mail.smtp_url starts with {0}:; use smtp: or smtps:")]
    Scheme(String),
    /// No host.
    #[error("mail.smtp_url names no host; write it like smtp://mail.example.com:587")]
    NoHost,
    /// A user name without a password, or the other way round.
    #[error("mail.smtp_url needs both a user name and a password, or neither")]
    HalfCredentials,
    /// Something after the host that means nothing.
    #[error("mail.smtp_url has {0:?} after the host; only ?tls=none or ?tls=required may stand there")]
    Surplus(String),
    /// `smtps` and `tls=none`.
    #[error("mail.smtp_url asks for smtps and for tls=none; choose one")]
    Contradiction,
    /// A password would travel in the clear.
    #[error(
        "mail.smtp_url would send the password unencrypted to another machine; \
         remove ?tls=none, or the user name and password"
    )]
    PasswordInTheClear,
}

impl Relay {
    /// Reads `smtp://[user:password@]host[:port][?tls=none|required]` or `smtps://…`. Characters
    /// such as `@` in a password are written as `%40`.
    ///
    /// `smtps` means TLS from the first byte, on port 465. `smtp` means STARTTLS, without which
    /// nothing is sent, unless the host is loopback or `?tls=none` says otherwise; its port is
    /// 587 with a user name, else 25.
    pub fn parse(text: &str) -> Result<Relay, RelayError> {
        let url = Url::parse(text.trim()).map_err(|error| RelayError::Unreadable(error.to_string()))?;
        let implicit = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            other => return Err(RelayError::Scheme(other.to_owned())),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(RelayError::NoHost)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let host = decoded(&host);
        if !matches!(url.path(), "" | "/") {
            return Err(RelayError::Surplus(url.path().to_owned()));
        }
        let asked = match url.query() {
            None | Some("") => None,
            Some("tls=none") => Some(Security::Clear),
            Some("tls=required") => Some(Security::StartTls),
            Some(other) => return Err(RelayError::Surplus(format!("?{other}"))),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(RelayError::HalfCredentials),
            (user, Some(password)) => Some((decoded(user), decoded(password))),
        };
        let loopback = is_loopback(&host);
        let security = match (implicit, asked) {
            (true, Some(Security::Clear)) => return Err(RelayError::Contradiction),
            (true, _) => Security::Tls,
            (false, Some(asked)) => asked,
            (false, None) if loopback => Security::Clear,
            (false, None) => Security::StartTls,
        };
        if security == Security::Clear && credentials.is_some() && !loopback {
            return Err(RelayError::PasswordInTheClear);
        }
        let usual = match security {
            Security::Tls => 465,
            _ if credentials.is_some() => 587,
            _ => 25,
        };
        Ok(Relay { host, port: url.port().unwrap_or(usual), security, credentials })
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Relay")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("credentials", &self.credentials.as_ref().map(|_| "…"))
            .finish()
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Undoes percent-encoding. The form decoder does it, once its one addition is kept out.
fn decoded(text: &str) -> String {
    let query = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(host: &str, port: u16, security: Security) -> Relay {
        Relay { host: host.to_owned(), port, security, credentials: None }
    }

    #[test]
    fn the_forms_of_the_documentation_are_read() {
        use Security::{Clear, StartTls, Tls};
        for (text, expected) in [
            ("smtp://mail.example.com", relay("mail.example.com", 25, StartTls)),
            ("smtp://mail.example.com:2525", relay("mail.example.com", 2525, StartTls)),
            ("smtp://10.0.0.5:25?tls=none", relay("10.0.0.5", 25, Clear)),
            ("smtp://localhost:25?tls=none", relay("localhost", 25, Clear)),
            ("smtp://127.0.0.1:2525/", relay("127.0.0.1", 2525, Clear)),
            ("smtp://[::1]:2525", relay("::1", 2525, Clear)),
            ("smtp://127.0.0.1?tls=required", relay("127.0.0.1", 25, StartTls)),
            ("smtps://mail.example.com", relay("mail.example.com", 465, Tls)),
        ] {
            assert_eq!(Relay::parse(text).as_ref(), Ok(&expected), "{text}");
        }
    }

    #[test]
    fn a_password_with_odd_characters_comes_through_and_is_never_shown() {
        let relay = Relay::parse("smtp://me%40a:p%40s+s%2F=%26w%C3%BC@mail.example.com").unwrap();
        assert_eq!(relay.credentials, Some(("me@a".to_owned(), "p@s+s/=&wü".to_owned())));
        assert_eq!(relay.port, 587);
        assert!(!format!("{relay:?}").contains("p@s"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_reason() {
        use RelayError::{Contradiction, HalfCredentials, NoHost, PasswordInTheClear, Scheme, Surplus};
        for (text, expected) in [
            ("http://mail.example.com", Scheme("http".to_owned())),
            ("mail.example.com:25", Scheme("mail.example.com".to_owned())),
            ("smtp://", NoHost),
            ("smtp://me@mail.example.com", HalfCredentials),
            ("smtp://:secret@mail.example.com", HalfCredentials),
            ("smtp://mail.example.com?tls=maybe", Surplus("?tls=maybe".to_owned())),
            ("smtp://mail.example.com/inbox", Surplus("/inbox".to_owned())),
            ("smtps://mail.example.com?tls=none", Contradiction),
            ("smtp://me:secret@mail.example.com?tls=none", PasswordInTheClear),
        ] {
            let error = Relay::parse(text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!error.to_string().contains("secret"));
        }
        assert!(matches!(Relay::parse("not a url"), Err(RelayError::Unreadable(_))));
        assert!(Relay::parse("smtp://me:secret@127.0.0.1:25").is_ok());
    }
}
