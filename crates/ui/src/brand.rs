//! A tenant's colour made legible: whatever colour is chosen, links and buttons keep a contrast of 4.5:1 (WCAG 2.2,
//! 1.4.3).

use std::fmt::Write;

/// The contrast that text needs (WCAG 2.2, 1.4.3).
const TEXT_CONTRAST: f64 = 4.5;
/// Relative luminance of the darkest surface that accent text stands on in the light scheme (`--surface-sunken`).
const LIGHT_GROUND: f64 = 0.86;
/// Relative luminance of the lightest surface that accent text stands on in the dark scheme (`--accent-soft`).
const DARK_GROUND: f64 = 0.033;
/// How far the lightness moves per step while a legible shade is looked for.
const STEP: f64 = 0.005;

/// The colours of a tenant, as the pages use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    light: String,
    dark: String,
    on_light: &'static str,
    on_dark: &'static str,
}

impl Brand {
    /// From a colour and, where there is one, the colour for the dark scheme: `#` and three or six hexadecimal digits.
    /// `None` where the first is anything else; without a valid second one it is derived from the first.
    pub fn new(primary: &str, dark_primary: Option<&str>) -> Option<Self> {
        let primary = Rgb::parse(primary)?;
        let dark_primary = dark_primary.and_then(Rgb::parse).unwrap_or(primary);
        let light = primary.shifted(|shade| shade.contrast(LIGHT_GROUND) >= TEXT_CONTRAST, -STEP);
        let dark = dark_primary.shifted(|shade| shade.contrast(DARK_GROUND) >= TEXT_CONTRAST, STEP);
        Some(Self {
            light: light.to_hex(),
            dark: dark.to_hex(),
            on_light: light.text_above(),
            on_dark: dark.text_above(),
        })
    }

    /// The custom properties that set the colours, as a style sheet.
    pub fn style(&self) -> String {
        let Self {
            light,
            dark,
            on_light,
            on_dark,
        } = self;
        format!(":root{{--brand:{light};--brand-dark:{dark};--on-accent:light-dark({on_light},{on_dark})}}")
    }
}

/// A colour in sRGB, each part from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rgb([f64; 3]);

impl Rgb {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |text: &str| u8::from_str_radix(text, 16).ok().map(|part| f64::from(part) / 255.0);
        match digits.len() {
            3 => {
                let part = |index: usize| part(&digits[index..=index].repeat(2));
                Some(Self([part(0)?, part(1)?, part(2)?]))
            }
            6 => Some(Self([part(&digits[0..2])?, part(&digits[2..4])?, part(&digits[4..6])?])),
            _ => None,
        }
    }

    fn to_hex(self) -> String {
        let mut hex = String::from("#");
        for part in self.0 {
            // Writing to a string does not fail.
            let _ = write!(hex, "{:02x}", byte(part));
        }
        hex
    }

    /// Linear light (IEC 61966-2-1).
    fn linear(self) -> [f64; 3] {
        self.0.map(|part| {
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    fn from_linear(linear: [f64; 3]) -> Self {
        Self(linear.map(|part| {
            let part = part.clamp(0.0, 1.0);
            if part <= 0.003_130_8 {
                part * 12.92
            } else {
                1.055 * part.powf(1.0 / 2.4) - 0.055
            }
        }))
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.linear();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Contrast with a surface of that relative luminance (WCAG 2.2).
    fn contrast(self, ground: f64) -> f64 {
        let own = self.luminance();
        (own.max(ground) + 0.05) / (own.min(ground) + 0.05)
    }

    /// The text colour on it: white wherever white is legible.
    fn text_above(self) -> &'static str {
        if self.contrast(1.0) >= TEXT_CONTRAST {
            "#fff"
        } else {
            "#000"
        }
    }

    /// This colour, or the nearest shade by lightness that is `legible`.
    fn shifted(self, legible: impl Fn(Self) -> bool, step: f64) -> Self {
        let mut shade = Oklch::from(self);
        // What is written is rounded to bytes, so what is judged is rounded too.
        let mut rgb = self;
        while !legible(rgb) && (0.0..=1.0).contains(&shade.lightness) {
            shade.lightness += step;
            rgb = shade.in_gamut().rounded();
        }
        rgb
    }

    fn rounded(self) -> Self {
        Self(self.0.map(|part| f64::from(byte(part)) / 255.0))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of a byte"
)]
fn byte(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// A colour in OKLCH (CSS Color 4 §9): lightness can be moved without moving the hue.
#[derive(Debug, Clone, Copy)]
struct Oklch {
    lightness: f64,
    chroma: f64,
    hue: f64,
}

impl Oklch {
    /// Linear light, by way of the responses of the long, medium and short cones.
    fn linear(self) -> [f64; 3] {
        let (sin, cos) = self.hue.sin_cos();
        let (a, b) = (self.chroma * cos, self.chroma * sin);
        let long = (self.lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let medium = (self.lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let short = (self.lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        [
            4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
            -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
            -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short,
        ]
    }

    /// The colour with as much of its chroma as sRGB can show.
    fn in_gamut(mut self) -> Rgb {
        const TOLERANCE: f64 = 0.001;
        for _ in 0..64 {
            let linear = self.linear();
            if linear.iter().all(|part| (-TOLERANCE..=1.0 + TOLERANCE).contains(part)) {
                return Rgb::from_linear(linear);
            }
            self.chroma *= 0.94;
        }
        self.chroma = 0.0;
        Rgb::from_linear(self.linear())
    }
}

impl From<Rgb> for Oklch {
    fn from(rgb: Rgb) -> Self {
        let [red, green, blue] = rgb.linear();
        let long = (0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue).cbrt();
        let medium = (0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue).cbrt();
        let short = (0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue).cbrt();
        let a = 1.977_998_495_1 * long - 2.428_592_205_0 * medium + 0.450_593_709_9 * short;
        let b = 0.025_904_037_1 * long + 0.782_771_766_2 * medium - 0.808_675_766_0 * short;
        Self {
            lightness: 0.210_454_255_3 * long + 0.793_617_785_0 * medium - 0.004_072_046_8 * short,
            chroma: a.hypot(b),
            hue: b.atan2(a),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legible_colour_stays_as_it_is() {
        let brand = Brand::new("#1F3A8A", None).unwrap();
        assert_eq!(brand.light, "#1f3a8a");
        assert_eq!(brand.on_light, "#fff");
        assert_eq!(brand.on_dark, "#000");
        assert!(brand.style().starts_with(":root{--brand:#1f3a8a;--brand-dark:#"));
    }

    #[test]
    fn every_colour_becomes_legible_in_both_schemes() {
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                for blue in (0..=255).step_by(51) {
                    let chosen = format!("#{red:02x}{green:02x}{blue:02x}");
                    let brand = Brand::new(&chosen, None).unwrap();
                    for (shade, ground, text) in [
                        (&brand.light, LIGHT_GROUND, brand.on_light),
                        (&brand.dark, DARK_GROUND, brand.on_dark),
                    ] {
                        let shade = Rgb::parse(shade).unwrap();
                        assert!(
                            shade.contrast(ground) >= TEXT_CONTRAST,
                            "{chosen} as {}",
                            shade.to_hex()
                        );
                        let text = Rgb::parse(text).unwrap().luminance();
                        assert!(shade.contrast(text) >= TEXT_CONTRAST, "{text} on {}", shade.to_hex());
                    }
                }
            }
        }
    }

    #[test]
    fn yellow_keeps_its_hue_on_light() {
        let brand = Brand::new("#ff0", Some("#ff0")).unwrap();
        let shade = Rgb::parse(&brand.light).unwrap();
        assert!(
            shade.0[0] > shade.0[2] && shade.0[1] > shade.0[2],
            "{} is no yellow",
            brand.light
        );
        assert_eq!(brand.dark, "#ffff00");
    }

    #[test]
    fn only_hexadecimal_colours_are_taken() {
        for text in ["red", "#12", "#1234", "#12345g", "#fff;}", "", "#ééé"] {
            assert_eq!(Brand::new(text, None), None, "{text}");
        }
    }
}
