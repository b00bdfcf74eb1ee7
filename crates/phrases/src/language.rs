//! Languages: which exist, which are built in, and which of them a reader gets.

use std::fmt;

/// A language the product can speak, named by its BCP 47 tag. Only the tags of [`Language::all`] exist.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(&'static str);

/// Which way a language is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Direction {
    /// The value of HTML's `dir` attribute.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// The tags that phrases may be written for (docs/wire/languages.md).
const TAGS: &[&str] = &[
    "af-ZA", "am-ET", "ar", "ar-AR", "as-IN", "az-AZ", "be-BY", "bg-BG", "bn-IN", "br-FR", "bs-BA", "ca-ES", "cb-IQ",
    "co-FR", "cs", "cs-CZ", "cx-PH", "cy-GB", "da-DK", "de", "de-DE", "el-GR", "en", "en-GB", "en-US", "eo-EO", "es",
    "es-ES", "es-419", "et-EE", "eu-ES", "fa-IR", "ff-NG", "fi", "fi-FI", "fo-FO", "fr", "fr-CA", "fr-FR", "fy-NL",
    "ga-IE", "gl-ES", "gn-PY", "gu-IN", "ha-NG", "he-IL", "hi-IN", "hr-HR", "ht-HT", "hu-HU", "hy-AM", "id-ID",
    "ik-US", "is-IS", "it", "it-IT", "iu-CA", "ja", "ja-JP", "ja-KS", "jv-ID", "ka-GE", "kk-KZ", "km-KH", "kn-IN",
    "ko", "ko-KR", "ku-TR", "ky-KG", "lo-LA", "lt-LT", "lv-LV", "mg-MG", "mk-MK", "ml-IN", "mn-MN", "mr-IN", "ms-MY",
    "mt-MT", "my-MM", "nb-NO", "ne-NP", "nl", "nl-BE", "nl-NL", "nn-NO", "or-IN", "pa-IN", "pl-PL", "ps-AF", "pt",
    "pt-BR", "pt-PT", "ro-RO", "ru", "ru-RU", "rw-RW", "sc-IT", "si-LK", "sk-SK", "sl-SI", "sn-ZW", "sq-AL", "sr-RS",
    "sv", "sv-SE", "sw-KE", "sy-SY", "sz-PL", "ta-IN", "te-IN", "tg-TJ", "th", "th-TH", "tl-PH", "tr", "tr-TR",
    "tt-RU", "tz-MA", "uk-UA", "ur-PK", "uz-UZ", "vi-VN", "zh", "zh-CN", "zh-HK", "zh-MO", "zh-TW", "zz-TR",
];

impl Language {
    /// English, the language every phrase falls back to.
    pub const EN: Self = Self("en");
    /// Brazilian Portuguese.
    pub const PT_BR: Self = Self("pt-BR");
    /// The languages whose catalogue is part of the program, in the order a list shows them.
    pub const BUILT_IN: &'static [Self] = &[Self::EN, Self::PT_BR];

    /// The language of `tag`, whatever its letters' case; `None` when no phrases may be written for it.
    pub fn parse(tag: &str) -> Option<Self> {
        TAGS.iter()
            .find(|known| known.eq_ignore_ascii_case(tag))
            .map(|known| Self(known))
    }

    /// All languages that phrases may be written for.
    pub fn all() -> impl Iterator<Item = Self> {
        TAGS.iter().map(|tag| Self(tag))
    }

    /// The BCP 47 tag, as HTML's `lang` attribute and `Content-Language` want it.
    pub const fn tag(self) -> &'static str {
        self.0
    }

    /// The primary language subtag: `pt` of `pt-BR`.
    pub fn base(self) -> &'static str {
        self.0.split('-').next().unwrap_or(self.0)
    }

    /// Whether its catalogue is part of the program.
    pub fn is_built_in(self) -> bool {
        Self::BUILT_IN.contains(&self)
    }

    /// Its name in itself, for a language switch; the tag where the program does not know the name.
    pub fn native_name(self) -> &'static str {
        match self {
            Self::EN => "English",
            Self::PT_BR => "Português (Brasil)",
            other => other.tag(),
        }
    }

    /// Which way it is written.
    pub fn direction(self) -> Direction {
        match self.base() {
            "ar" | "cb" | "fa" | "he" | "ps" | "sy" | "ur" => Direction::Rtl,
            _ => Direction::Ltr,
        }
    }

    /// The language for a reader who prefers `candidates`, best first: for each candidate an exact custom language, an
    /// exact built-in one, a built-in one of the same base, a custom one of the same base; else `fallback`
    /// (docs/wire/languages.md, resolution).
    pub fn negotiate<'a>(candidates: impl IntoIterator<Item = &'a str>, custom: &[Self], fallback: Self) -> Self {
        for candidate in candidates {
            let base = candidate.split('-').next().unwrap_or(candidate);
            let exact = |language: &&Self| language.0.eq_ignore_ascii_case(candidate);
            let same_base = |language: &&Self| language.base().eq_ignore_ascii_case(base);
            let found = custom
                .iter()
                .find(exact)
                .or_else(|| Self::BUILT_IN.iter().find(exact))
                .or_else(|| Self::BUILT_IN.iter().find(same_base))
                .or_else(|| custom.iter().find(same_base));
            if let Some(language) = found {
                return *language;
            }
        }
        fallback
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The language ranges of an `Accept-Language` header, best first (RFC 9110 §12.5.4). Ranges of weight zero, `*` and
/// whatever is malformed are left out; of a very long header only the first thirty ranges count.
pub fn accepted_languages(header: &str) -> Vec<&str> {
    let mut ranges: Vec<(u16, &str)> = header
        .split(',')
        .take(30)
        .filter_map(|item| {
            let mut parts = item.split(';');
            let range = parts.next()?.trim();
            let well_formed = !range.is_empty() && range.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let weight = match parts.find_map(|part| part.trim().strip_prefix("q=")) {
                Some(weight) => weight_in_thousandths(weight.trim())?,
                None => 1000,
            };
            (well_formed && weight > 0).then_some((weight, range))
        })
        .collect();
    ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(_, range)| range).collect()
}

/// A weight of RFC 9110 §12.4.2 (`0.8`) in thousandths.
fn weight_in_thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let padded: u16 = digits.then(|| format!("{fraction:0<3}").parse().ok()).flatten()?;
    match whole {
        "0" => Some(padded),
        "1" if padded == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_in_any_case() {
        assert_eq!(Language::parse("PT-br"), Some(Language::PT_BR));
        assert_eq!(Language::parse("tlh"), None);
        assert_eq!(Language::PT_BR.base(), "pt");
    }

    #[test]
    fn the_best_accepted_range_comes_first() {
        assert_eq!(
            accepted_languages("de;q=0.5, pt-BR, en;q=0.8, *;q=0.1, fr;q=0"),
            ["pt-BR", "en", "de"]
        );
        assert_eq!(accepted_languages("en;q=nonsense, <script>"), Vec::<&str>::new());
    }

    #[test]
    fn a_reader_gets_the_nearest_language() {
        let custom = [Language::parse("de").unwrap()];
        let negotiate = |candidates: &[&str]| Language::negotiate(candidates.iter().copied(), &custom, Language::EN);
        assert_eq!(negotiate(&["pt-PT"]), Language::PT_BR);
        assert_eq!(negotiate(&["en-AU", "pt-BR"]), Language::EN);
        assert_eq!(negotiate(&["de-AT"]).tag(), "de");
        assert_eq!(negotiate(&["tlh"]), Language::EN);
        assert_eq!(negotiate(&[]), Language::EN);
    }

    #[test]
    fn arabic_is_written_from_the_right() {
        assert_eq!(Language::parse("ar").unwrap().direction(), Direction::Rtl);
        assert_eq!(Language::PT_BR.direction(), Direction::Ltr);
    }
}
