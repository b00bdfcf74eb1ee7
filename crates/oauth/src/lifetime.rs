//! How long things live, in seconds (docs/wire/tokens.md).

/// An authorization code (RFC 6749 §4.1.2 recommends at most ten minutes).
pub const AUTHORIZATION_CODE: i64 = 60;
/// A pushed authorization request: until the browser comes with it (RFC 9126 §2.2).
pub const PUSHED_REQUEST: i64 = 60;
/// A device code (RFC 8628 §3.2).
pub const DEVICE_CODE: i64 = 600;
/// An interaction: from the authorization request to its end.
pub const INTERACTION: i64 = 3600;
/// A browser session, counted anew at each use, unless the tenant configures it.
pub const SESSION: i64 = 1_209_600;
/// A grant, counted from its creation.
pub const GRANT: i64 = 180 * 86_400;
/// An ID token, unless the application configures it.
pub const ID_TOKEN: i64 = 3600;
/// An opaque access token.
pub const ACCESS_TOKEN: i64 = 3600;
/// A refresh token, unless the application configures it.
pub const REFRESH_TOKEN: i64 = 14 * 86_400;
/// Within this many seconds of its consumption a refresh token still works.
pub const REFRESH_TOKEN_GRACE: i64 = 3;
/// How long one chain of rotated refresh tokens may grow: 365.25 days.
pub const REFRESH_TOKEN_CHAIN: i64 = 31_557_600;
/// A logout token.
pub const LOGOUT_TOKEN: i64 = 120;
/// How far clocks may differ.
pub const CLOCK_TOLERANCE: i64 = 15;
