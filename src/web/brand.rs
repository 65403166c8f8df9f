//! The company's accent colour, made readable: whatever colour is configured, links and buttons
//! keep a contrast of 4.5:1 (WCAG 2.2, 1.4.3) on light and on dark pages.

use std::str::FromStr;

/// The lightest ground an accent stands on in the light scheme, and the darkest text on it.
const LIGHT_GROUND: Colour = Colour([0xff, 0xf5, 0xe0]);
/// The lightest ground in the dark scheme.
const DARK_GROUND: Colour = Colour([0x33, 0x27, 0x0f]);
const ENOUGH: f64 = 4.5;

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// The text is no colour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a colour; write it as # and six hexadecimal digits, for example #0b57a4")]
pub struct NotAColour(String);

impl FromStr for Colour {
    type Err = NotAColour;
    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let refuse = || NotAColour(text.chars().take(40).collect());
        let digits = text.trim().strip_prefix('#').ok_or_else(refuse)?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        let value = u32::from_str_radix(digits, 16).map_err(|_| refuse())?;
        let [_, r, g, b] = value.to_be_bytes();
        Ok(Self([r, g, b]))
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl Colour {
    /// Relative luminance (WCAG 2.2), 0 to 1.
    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio with another colour (WCAG 2.2), 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Colour) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// This colour mixed with `share` (0 to 1) of another.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn mixed(self, other: Colour, share: f64) -> Colour {
        let [r, g, b] = self.0;
        let [or, og, ob] = other.0;
        let mix = |x: u8, y: u8| (f64::from(x) * (1.0 - share) + f64::from(y) * share).round() as u8;
        Colour([mix(r, or), mix(g, og), mix(b, ob)])
    }

    /// The nearest mix with `pole` that reads on `ground`.
    fn readable_on(self, ground: Colour, pole: Colour) -> Colour {
        (0..=50)
            .map(|step| self.mixed(pole, f64::from(step) / 50.0))
            .find(|colour| colour.contrast(ground) >= ENOUGH)
            .unwrap_or(pole)
    }
}

/// The rules that put `accent` in place of the stylesheet's own.
#[must_use]
pub fn accent_rules(accent: Colour) -> String {
    let light = accent.readable_on(LIGHT_GROUND, Colour([0, 0, 0]));
    let dark = accent.readable_on(DARK_GROUND, Colour([255, 255, 255]));
    format!(":root{{--accent:{light};--accent-dark:{dark}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_accent_reads_on_light_and_dark_pages() {
        for accent in ["#ffff00", "#000000", "#ffffff", "#0b57a4", "#ff0000", "#7f7f7f", "#12d6c9"] {
            let rules = accent_rules(accent.parse().unwrap());
            let colour = |name: &str| -> Colour {
                let (_, rest) = rules.split_once(&format!("{name}:")).unwrap();
                rest[..7].parse().unwrap()
            };
            let white = Colour([255, 255, 255]);
            assert!(colour("--accent").contrast(white) >= ENOUGH, "{accent}: {rules}");
            assert!(colour("--accent").contrast(LIGHT_GROUND) >= ENOUGH, "{accent}: {rules}");
            assert!(colour("--accent-dark").contrast(DARK_GROUND) >= ENOUGH, "{accent}: {rules}");
            assert!(
                colour("--accent-dark").contrast(Colour([0x12, 0x16, 0x1a])) >= ENOUGH,
                "{accent}: {rules}"
            );
        }
    }

    #[test]
    fn a_readable_accent_stays_as_configured_and_nonsense_is_refused() {
        assert!(accent_rules("#0b57a4".parse().unwrap()).contains("--accent:#0b57a4;"));
        for wrong in ["blue", "#fff", "#12345g", "0b57a4", "#1234567", ""] {
            assert!(wrong.parse::<Colour>().is_err(), "{wrong}");
        }
    }
}
