//! Compression of answers with gzip and deflate.

use http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, DefaultPredicate, Predicate};

/// Put into a response's extensions, keeps it from being compressed: the length of a compressed answer that holds both a
/// secret and text of an attacker's choice tells the secret, bit by bit (BREACH).
#[derive(Debug, Clone, Copy)]
pub struct Uncompressed;

type Allowed = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

/// What is not marked, not compressed already, and no image.
pub(crate) fn layer() -> CompressionLayer<And<DefaultPredicate, Allowed>> {
    let allowed: Allowed = |_, _, headers, extensions| {
        extensions.get::<Uncompressed>().is_none() && !headers.contains_key(header::CONTENT_ENCODING)
    };
    // Pages and JSON are small and made per request: the fastest level is within a few percent of the best here.
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(allowed))
}
