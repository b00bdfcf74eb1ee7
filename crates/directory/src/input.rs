//! Reading of changes, where "absent" and "null" are two things.

use crate::Change;
use serde::{Deserialize, Deserializer};

/// Reads a member that is there: `null` is `Some(None)`. With `#[serde(default)]` an absent one is `None`.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Change<T>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
