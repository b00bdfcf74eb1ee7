//! The plural categories of CLDR for whole numbers.

use crate::Language;

/// A category of the CLDR cardinal rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    One,
    Many,
    Other,
}

impl Category {
    /// All categories, with the suffix that a key of theirs carries.
    #[cfg(test)]
    pub(crate) const SUFFIXES: &'static [&'static str] = &["_one", "_many", "_other"];

    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::One => "_one",
            Self::Many => "_many",
            Self::Other => "_other",
        }
    }

    /// The category of `count` in `language`. Languages without a catalogue of ours count as English does.
    pub(crate) fn of(language: Language, count: i64) -> Self {
        let n = count.unsigned_abs();
        match language.base() {
            // CLDR pt: one for i = 0..1, many for whole millions.
            "pt" if n <= 1 => Self::One,
            "pt" if n.is_multiple_of(1_000_000) => Self::Many,
            "pt" => Self::Other,
            _ if n == 1 => Self::One,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_plural_in_english_and_singular_in_portuguese() {
        assert_eq!(Category::of(Language::EN, 0), Category::Other);
        assert_eq!(Category::of(Language::PT_BR, 0), Category::One);
        assert_eq!(Category::of(Language::EN, 1), Category::One);
        assert_eq!(Category::of(Language::PT_BR, 2), Category::Other);
        assert_eq!(Category::of(Language::PT_BR, 2_000_000), Category::Many);
    }
}
