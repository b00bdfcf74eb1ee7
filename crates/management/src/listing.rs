//! Lists: pages, searches, and the headers that lead to the other pages.

use axum::Json;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::response::{IntoResponse, Response};
use http::header::LINK;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use serde::Serialize;
use soleira_core::{Code, Error, Result};
use soleira_directory::{Field, Listing, Page, Search};
use soleira_web::{Context, Failure, Issues, Query, Web};

const TOTAL_NUMBER: HeaderName = HeaderName::from_static("total-number");
const PAGE_SIZE: i64 = 20;
const PAGE_SIZE_MAX: i64 = 100;

/// The query string of a list.
#[derive(Debug, Clone)]
pub(crate) struct ListQuery {
    path: String,
    pairs: Vec<(String, String)>,
}

/// A page that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    number: i64,
    size: i64,
}

impl Paging {
    /// Which rows are on it.
    pub(crate) fn rows(self) -> Page {
        Page {
            limit: self.size,
            offset: (self.number - 1).saturating_mul(self.size),
        }
    }
}

impl FromRequestParts<Web> for ListQuery {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> std::result::Result<Self, Failure> {
        let Query(pairs) = Query::from_request_parts(parts, web).await?;
        let path = match OriginalUri::from_request_parts(parts, web).await {
            Ok(OriginalUri(uri)) => uri.path().to_owned(),
            Err(never) => match never {},
        };
        Ok(Self { path, pairs })
    }
}

impl ListQuery {
    /// The last value of a parameter; an empty one counts as none.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Every value of a parameter.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.pairs.iter().filter(move |(known, _)| known == name);
        pairs.map(|(_, value)| value.as_str())
    }

    /// Whether a parameter says yes.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.value(name).is_some_and(soleira_directory::search::is_truthy)
    }

    /// What is searched for.
    pub(crate) fn search(&self, fields: &'static [Field]) -> Result<Search> {
        soleira_directory::search::parse(&self.pairs, fields)
    }

    /// The page, the first if none is named.
    pub(crate) fn paging(&self) -> Result<Paging> {
        Ok(Paging {
            number: self.positive("page", 1, i64::MAX)?,
            size: self.positive("page_size", PAGE_SIZE, PAGE_SIZE_MAX)?,
        })
    }

    /// The page, if one is asked for at all.
    pub(crate) fn optional_paging(&self) -> Result<Option<Paging>> {
        if self.value("page").is_none() && self.value("page_size").is_none() {
            return Ok(None);
        }
        self.paging().map(Some)
    }

    /// A number above zero. Fractions are cut, as clients of the wire may expect.
    fn positive(&self, name: &str, default: i64, max: i64) -> Result<i64> {
        let Some(text) = self.value(name) else {
            return Ok(default);
        };
        let number: f64 = text.trim().parse().map_err(|_| invalid())?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "limits are small, or the largest number there is"
        )]
        let limit = max as f64;
        if !(number.is_finite() && number > 0.0 && number <= limit) {
            return Err(invalid());
        }
        #[expect(clippy::cast_possible_truncation, reason = "it lies between zero and the limit")]
        Ok((number as i64).max(1))
    }

    /// The answer: the rows, and, for a page of them, how many there are and where the other pages are.
    pub(crate) fn answer<T: Serialize>(&self, ctx: &Context, listing: Listing<T>, paging: Option<Paging>) -> Response {
        self.answer_with(ctx, listing.rows, listing.total, paging)
    }

    /// As [`Self::answer`], where the rows stand in something else.
    pub(crate) fn answer_with<T: Serialize>(
        &self,
        ctx: &Context,
        body: T,
        total: Option<i64>,
        paging: Option<Paging>,
    ) -> Response {
        let mut response = Json(body).into_response();
        if let (Some(total), Some(paging)) = (total, paging) {
            let headers = response.headers_mut();
            headers.insert(TOTAL_NUMBER, HeaderValue::from(total));
            for link in self.links(&ctx.tenant.origin(), total, paging) {
                if let Ok(link) = HeaderValue::try_from(link) {
                    headers.append(LINK, link);
                }
            }
        }
        response
    }

    /// `first`, `prev`, `last` and `next`, in this order.
    fn links(&self, origin: &str, total: i64, paging: Paging) -> Vec<String> {
        let last = total
            .saturating_add(paging.size - 1)
            .checked_div(paging.size)
            .unwrap_or(1)
            .max(1);
        let mut links = vec![self.link(origin, 1, "first")];
        if paging.number > 1 {
            links.push(self.link(origin, paging.number - 1, "prev"));
        }
        links.push(self.link(origin, last, "last"));
        if paging.number < last {
            links.push(self.link(origin, paging.number + 1, "next"));
        }
        links
    }

    fn link(&self, origin: &str, number: i64, relation: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut has_page = false;
        for (name, value) in &self.pairs {
            if name == "page" {
                has_page = true;
                query.append_pair(name, &number.to_string());
            } else {
                query.append_pair(name, value);
            }
        }
        if !has_page {
            query.append_pair("page", &number.to_string());
        }
        format!("<{origin}{}?{}>; rel=\"{relation}\"", self.path, query.finish())
    }
}

/// The refusal of a parameter of the query string.
pub(crate) fn invalid_parameter(name: &str, message: &str) -> Failure {
    let mut issues = Issues::default();
    issues.add(name, "invalid_enum_value", message);
    issues
        .into_error("query")
        .unwrap_or_else(|| Error::new(Code::GuardInvalidInput))
        .into()
}

fn invalid() -> Error {
    Error::new(Code::GuardInvalidPagination)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> ListQuery {
        ListQuery {
            path: "/api/users".to_owned(),
            pairs: form_urlencoded::parse(text.as_bytes()).into_owned().collect(),
        }
    }

    #[test]
    fn pages_are_read_as_numbers_above_zero() {
        let paging = |text: &str| query(text).paging().map(|paging| (paging.number, paging.size));
        assert_eq!(paging("").unwrap(), (1, 20));
        assert_eq!(paging("page=&page_size=").unwrap(), (1, 20));
        assert_eq!(paging("page=3&page_size=100").unwrap(), (3, 100));
        assert_eq!(paging("page=1.5&page_size=0.5").unwrap(), (1, 1));
        for bad in [
            "page=0",
            "page=-1",
            "page=x",
            "page_size=101",
            "page=Infinity",
            "page=NaN",
            "page_size=1e9",
        ] {
            assert_eq!(paging(bad).unwrap_err().code(), Code::GuardInvalidPagination, "{bad}");
        }
        assert_eq!(query("search=a").optional_paging().unwrap(), None);
        let huge = query("page=9223372036854775807&page_size=100").paging().unwrap();
        assert_eq!(huge.rows().offset, i64::MAX);
    }

    #[test]
    fn links_keep_the_query_and_lead_to_the_other_pages() {
        let asked = query("search=%25a%25&page=2&page_size=10");
        let paging = asked.paging().unwrap();
        let page = |number: i64, relation: &str| {
            format!("<http://localhost:3001/api/users?search=%25a%25&page={number}&page_size=10>; rel=\"{relation}\"")
        };
        assert_eq!(
            asked.links("http://localhost:3001", 35, paging),
            [page(1, "first"), page(1, "prev"), page(4, "last"), page(3, "next")]
        );
        let first = query("");
        assert_eq!(
            first.links("http://localhost:3001", 0, first.paging().unwrap()).len(),
            2
        );
    }
}
