//! The mark of a browser in which somebody has logged in before. Whoever guesses at a person's
//! address uses up the tries of strangers, never those of that person's own browser (the
//! “device cookies” of the OWASP authentication guides).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use crate::actions::Error;
use crate::domain::staff::Staff;
use crate::keys::random;
use crate::state::State;

/// How long a browser is known after its last good login, in days.
pub const DEVICE_DAYS: i64 = 90;

/// Where the mark is sealed for; it opens nowhere else.
const PLACE: &str = "staff/device";

/// A mark for the browser in which `member` has just logged in. It opens nothing: all it does is
/// to count this browser's tries apart from those of strangers.
///
/// # Errors
/// The operating system gives no random bytes.
pub fn device_mark(state: &State, member: &Staff) -> Result<String, Error> {
    let until = state.clock.now().saturating_add(SignedDuration::from_hours(24 * DEVICE_DAYS));
    let until = until.unwrap_or(Timestamp::MAX).as_second();
    let name = URL_SAFE_NO_PAD.encode(random::<12>()?);
    let plain = format!("{until} {name} {}", member.email.key());
    Ok(state.keys.seal(PLACE, plain.as_bytes())?)
}

/// The name of the browser that holds `mark`, if somebody logged in there with `address`.
#[must_use]
pub fn known_device(state: &State, mark: &str, address: &str) -> Option<String> {
    let address = address.parse::<crate::domain::email::Email>().ok()?;
    let plain = String::from_utf8(state.keys.unseal(PLACE, mark).ok()?).ok()?;
    let (until, rest) = plain.split_once(' ')?;
    let (name, of) = rest.split_once(' ')?;
    let good = until.parse::<i64>().is_ok_and(|until| state.clock.now().as_second() < until);
    (good && of == address.key()).then(|| name.to_owned())
}
