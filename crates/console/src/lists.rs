//! Lists: search and page live in the URL.

use crate::address::Address;
use serde::Deserialize;
use soleira_directory::Page;
use soleira_ui::pages::console::Pager;

/// Rows of a page.
const SIZE: i64 = 20;
/// Characters of a search that count.
const SEARCH_LENGTH: usize = 256;

/// What a list's query string says. What makes no sense is the first page of everything.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Listed {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
}

impl Listed {
    /// What is searched for.
    pub(crate) fn q(&self) -> String {
        self.q.trim().chars().take(SEARCH_LENGTH).collect()
    }

    fn number(&self) -> i64 {
        self.page
            .parse()
            .ok()
            .filter(|number| (1..=1_000_000).contains(number))
            .unwrap_or(1)
    }

    /// Which rows are shown.
    pub(crate) fn page(&self) -> Page {
        Page {
            limit: SIZE,
            offset: (self.number() - 1) * SIZE,
        }
    }

    /// The last page of the list, for who is past it: rows were deleted since.
    pub(crate) fn last_page(&self, path: &str, total: i64) -> Option<String> {
        let last = (total + SIZE - 1) / SIZE;
        (self.number() > 1 && self.number() > last).then(|| self.href(path, last.max(1)))
    }

    fn href(&self, path: &str, number: i64) -> String {
        let number = if number > 1 { number.to_string() } else { String::new() };
        Address::new(path).with("q", &self.q()).with("page", &number).finish()
    }

    /// Which part of the list is shown, and where the others are.
    pub(crate) fn pager(&self, path: &str, total: i64) -> Pager {
        let Page { offset, .. } = self.page();
        let to = (offset + SIZE).min(total);
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        Pager {
            from: count((offset + 1).min(total)),
            to: count(to),
            total: count(total),
            previous_href: (offset > 0).then(|| self.href(path, self.number() - 1)),
            next_href: (to < total).then(|| self.href(path, self.number() + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(q: &str, page: &str) -> Listed {
        Listed {
            q: q.to_owned(),
            page: page.to_owned(),
        }
    }

    #[test]
    fn the_pager_says_what_is_shown() {
        let pager = listed("a b", "2").pager("/console/users", 45);
        assert_eq!((pager.from, pager.to, pager.total), (21, 40, 45));
        assert_eq!(pager.previous_href.as_deref(), Some("/console/users?q=a+b"));
        assert_eq!(pager.next_href.as_deref(), Some("/console/users?q=a+b&page=3"));
        let only = listed("", "").pager("/console/users", 3);
        assert_eq!(
            (only.from, only.to, only.previous_href, only.next_href),
            (1, 3, None, None)
        );
    }

    #[test]
    fn nonsense_is_the_first_page_and_too_far_is_the_last() {
        for nonsense in ["", "0", "-3", "x", "99999999999999999999"] {
            assert_eq!(listed("", nonsense).page().offset, 0, "{nonsense}");
        }
        assert_eq!(
            listed("", "9").last_page("/console/users", 45).as_deref(),
            Some("/console/users?page=3")
        );
        assert_eq!(listed("", "3").last_page("/console/users", 45), None);
        assert_eq!(
            listed("", "2").last_page("/console/users", 0).as_deref(),
            Some("/console/users")
        );
    }
}
