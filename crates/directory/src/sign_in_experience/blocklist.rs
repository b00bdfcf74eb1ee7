//! Entries of the lists of e-mail addresses that may, or may not, register.

use serde_json::json;
use soleira_core::model::EmailBlocklistPolicy;
use soleira_core::{Code, Error, Result};

/// Refuses entries that no address could match, and what this server cannot do.
pub(super) fn check(policy: &EmailBlocklistPolicy) -> Result<()> {
    if policy.block_disposable_addresses == Some(true) {
        return Err(Error::new(Code::RequestInvalidInput).with(
            "details",
            "blockDisposableAddresses needs a list of providers that this server does not have",
        ));
    }
    let entries = [&policy.custom_allowlist, &policy.custom_blocklist];
    let bad: Vec<&String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| !is_entry(entry))
        .collect();
    if bad.is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::SignInExperiencesInvalidCustomEmailBlocklistFormat).with_data(json!({"items": bad})))
}

/// Whether a text is an address or `@domain`, either with `*` for any characters.
fn is_entry(entry: &str) -> bool {
    let Some((local, domain)) = entry.rsplit_once('@') else {
        return false;
    };
    if entry.len() > 320 || entry.chars().any(|c| c.is_whitespace() || c.is_control()) || local.contains('@') {
        return false;
    }
    domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains("..")
        && !domain.chars().all(|c| matches!(c, '*' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_addresses_or_domains() {
        for good in ["a@b.c", "@b.c", "foo*@x.com", "@*.x.com", "*@x.com"] {
            assert!(is_entry(good), "{good}");
        }
        for bad in ["", "a", "@", "a@b", "@.c", "@c.", "@a..b", "@*.*", "a b@c.d", "a@b@c.d"] {
            assert!(!is_entry(bad), "{bad}");
        }
    }
}
