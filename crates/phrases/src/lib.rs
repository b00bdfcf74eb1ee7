//! What the product says to people, in their language.
//!
//! A phrase is named by its file and its place in it: `sign_in.title` of `catalogue/en/experience.json` is
//! `experience.sign_in.title`. A `{name}` in a phrase is replaced by the argument of that name, as it is (whoever
//! writes the result into HTML escapes it). A phrase that counts has the forms `key_one`, `key_other` (and the other
//! categories of CLDR where a language has them) and is asked for as `key` with the argument `count`.
//!
//! ```
//! use soleira_phrases::{Language, Phrases};
//! let phrases = Phrases::built_in();
//! assert_eq!(phrases.get(Language::EN, "common.time.minutes_ago", &[("count", "2")]), "2 minutes ago");
//! assert_eq!(phrases.get(Language::PT_BR, "common.time.minutes_ago", &[("count", "2")]), "há 2 minutos");
//! ```

mod catalogue;
mod format;
mod language;
mod plural;

pub use catalogue::{Missing, Overrides, Phrases};
pub use format::{date, date_time, decimal, number, time_ago};
pub use language::{Direction, Language, accepted_languages};
