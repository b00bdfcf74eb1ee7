//! Numbers, dates and spans of time as a reader of a language writes them. Times are shown in UTC: the server does not
//! know where its reader is.

use crate::{Language, Phrases};
use soleira_core::Timestamp;
use time::OffsetDateTime;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A whole number with its digits in groups of three: `12,345`, `12.345`.
pub fn number(phrases: &Phrases, language: Language, value: i64) -> String {
    let separator = phrases.text(language, "common.number.group");
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        out.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push_str(&separator);
        }
        out.push(digit);
    }
    out
}

/// A number with `places` decimal places: `1,234.5`, `1.234,5`.
pub fn decimal(phrases: &Phrases, language: Language, value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let Ok(whole) = whole.parse::<i64>() else { return text };
    let sign = if value < 0.0 && whole == 0 { "-" } else { "" };
    let whole = number(phrases, language, whole);
    match fraction {
        "" => whole,
        fraction => format!(
            "{sign}{whole}{}{fraction}",
            phrases.text(language, "common.number.decimal")
        ),
    }
}

/// A day with its year: `3 Nov 2026`, `3 de nov. de 2026`.
pub fn date(phrases: &Phrases, language: Language, at: Timestamp) -> String {
    let at = calendar(at);
    let (day, year) = (at.day().to_string(), at.year().to_string());
    let month = month(phrases, language, at);
    phrases.get(
        language,
        "common.time.date",
        &[("day", day), ("month", month), ("year", year)],
    )
}

/// A day and a time to the minute: `3 Nov 2026, 14:05 UTC`.
pub fn date_time(phrases: &Phrases, language: Language, at: Timestamp) -> String {
    let moment = calendar(at);
    let time = format!("{:02}:{:02}", moment.hour(), moment.minute());
    phrases.get(
        language,
        "common.time.date_time",
        &[("date", date(phrases, language, at)), ("time", time)],
    )
}

/// How long ago (or how soon) `at` is, seen from `now`: `just now`, `2 hours ago`, `yesterday`, `in 3 days`; beyond a
/// week the day (`3 Nov`), with its year where that is not the present one.
pub fn time_ago(phrases: &Phrases, language: Language, at: Timestamp, now: Timestamp) -> String {
    let seconds = now.since(at) / 1000;
    let (past, span) = (seconds >= 0, seconds.abs());
    let counted = |past_key: &str, future_key: &str, unit: i64| {
        let key = if past { past_key } else { future_key };
        phrases.get(language, key, &[("count", (span / unit).to_string())])
    };
    match span {
        0..MINUTE => phrases.text(language, "common.time.just_now"),
        MINUTE..HOUR => counted("common.time.minutes_ago", "common.time.in_minutes", MINUTE),
        HOUR..DAY => counted("common.time.hours_ago", "common.time.in_hours", HOUR),
        _ if span < 2 * DAY => phrases.text(
            language,
            if past {
                "common.time.yesterday"
            } else {
                "common.time.tomorrow"
            },
        ),
        _ if span < 7 * DAY => counted("common.time.days_ago", "common.time.in_days", DAY),
        _ => {
            let moment = calendar(at);
            if moment.year() != calendar(now).year() {
                return date(phrases, language, at);
            }
            let (day, month) = (moment.day().to_string(), month(phrases, language, moment));
            phrases.get(language, "common.time.day_month", &[("day", day), ("month", month)])
        }
    }
}

/// The month's short name.
fn month(phrases: &Phrases, language: Language, at: OffsetDateTime) -> String {
    phrases.text(language, &format!("common.time.month.{}", u8::from(at.month())))
}

/// The calendar's view of a timestamp, in UTC; the epoch where the calendar has no such year.
fn calendar(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 November 2026, 14:05 UTC.
    const NOW: Timestamp = Timestamp(1_793_714_700_000);

    fn ago(language: Language, seconds: i64) -> String {
        time_ago(Phrases::built_in(), language, NOW.plus_seconds(-seconds), NOW)
    }

    #[test]
    fn the_recent_past_is_told_in_spans() {
        assert_eq!(ago(Language::EN, 5), "just now");
        assert_eq!(ago(Language::EN, 60), "1 minute ago");
        assert_eq!(ago(Language::EN, 2 * HOUR), "2 hours ago");
        assert_eq!(ago(Language::PT_BR, 2 * HOUR), "há 2 horas");
        assert_eq!(ago(Language::PT_BR, HOUR), "há 1 hora");
        assert_eq!(ago(Language::EN, 30 * HOUR), "yesterday");
        assert_eq!(ago(Language::PT_BR, 3 * DAY), "há 3 dias");
        assert_eq!(ago(Language::EN, -3 * DAY), "in 3 days");
        assert_eq!(ago(Language::PT_BR, -30 * HOUR), "amanhã");
    }

    #[test]
    fn the_far_past_is_told_in_days_of_the_calendar() {
        assert_eq!(ago(Language::EN, 20 * DAY), "14 Oct");
        assert_eq!(ago(Language::PT_BR, 20 * DAY), "14 de out.");
        assert_eq!(ago(Language::EN, 400 * DAY), "29 Sep 2025");
        assert_eq!(ago(Language::PT_BR, 400 * DAY), "29 de set. de 2025");
    }

    #[test]
    fn moments_are_told_to_the_minute() {
        assert_eq!(
            date_time(Phrases::built_in(), Language::EN, NOW),
            "3 Nov 2026, 14:05 UTC"
        );
        assert_eq!(
            date_time(Phrases::built_in(), Language::PT_BR, NOW),
            "3 de nov. de 2026, 14:05 UTC"
        );
        assert_eq!(
            date(Phrases::built_in(), Language::EN, Timestamp(i64::MAX)),
            "1 Jan 1970"
        );
    }

    #[test]
    fn numbers_follow_the_language() {
        let phrases = Phrases::built_in();
        assert_eq!(number(phrases, Language::EN, 1_234_567), "1,234,567");
        assert_eq!(number(phrases, Language::PT_BR, -1_234), "-1.234");
        assert_eq!(number(phrases, Language::EN, 999), "999");
        assert_eq!(number(phrases, Language::EN, i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(decimal(phrases, Language::PT_BR, 1234.56, 1), "1.234,6");
        assert_eq!(decimal(phrases, Language::EN, -0.25, 2), "-0.25");
    }
}
