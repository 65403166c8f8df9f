//! The one place where the time is read. Everything else is told it.

use jiff::Timestamp;

/// Reads the time.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    #[cfg(feature = "test-clock")]
    offset_file: Option<std::path::PathBuf>,
}

impl Clock {
    /// The system's clock. In a build for tests, moved by the seconds written in the file that
    /// `SUBPROCESSORS_TEST_CLOCK` names.
    #[must_use]
    pub fn system() -> Self {
        Self {
            #[cfg(feature = "test-clock")]
            offset_file: std::env::var_os("SUBPROCESSORS_TEST_CLOCK").map(Into::into),
        }
    }

    /// A clock moved by the seconds written in `file`; for tests.
    #[cfg(feature = "test-clock")]
    #[must_use]
    pub fn moved_by(file: std::path::PathBuf) -> Self {
        Self { offset_file: Some(file) }
    }

    /// Now, in UTC, to the microsecond: as times are stored.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        #[cfg(feature = "test-clock")]
        let now = now.saturating_add(jiff::SignedDuration::from_secs(self.offset())).unwrap_or(now);
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    #[cfg(feature = "test-clock")]
    fn offset(&self) -> i64 {
        let text = self.offset_file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }
}
