//! Entries of the lists of e-mail addresses that may, or may not, register.

use serde_json::json;
use soleira_core::model::{EmailBlocklistPolicy, SignInExperience};
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

/// Refuses an address that may not register here. Who has an account already signs in whatever the lists say.
///
/// # Errors
/// 400 `session.email_blocklist.invalid_email`; 422 `session.email_blocklist.email_subaddressing_not_allowed` and
/// `session.email_blocklist.email_not_allowed`.
pub fn require_allowed_email(experience: &SignInExperience, email: &str) -> Result<()> {
    let policy: EmailBlocklistPolicy =
        serde_json::from_value(experience.email_blocklist_policy.clone()).map_err(Error::internal)?;
    let Some((local, domain)) = email.rsplit_once('@').filter(|(_, domain)| !domain.is_empty()) else {
        return Err(Error::new(Code::SessionEmailBlocklistInvalidEmail));
    };
    if policy.block_subaddressing == Some(true) && local.contains('+') {
        return Err(Error::new(Code::SessionEmailBlocklistEmailSubaddressingNotAllowed));
    }
    let matches = |entries: &Option<Vec<String>>| {
        let entries = entries.as_deref().unwrap_or_default();
        entries.iter().any(|entry| is_match(entry, local, domain))
    };
    let allowlist = policy.custom_allowlist.as_ref().filter(|entries| !entries.is_empty());
    if (allowlist.is_some() && !matches(&policy.custom_allowlist)) || matches(&policy.custom_blocklist) {
        return Err(Error::new(Code::SessionEmailBlocklistEmailNotAllowed));
    }
    Ok(())
}

/// Whether an entry means an address. Google delivers to one mailbox whatever dots stand in the local part and under both
/// of its domains.
fn is_match(entry: &str, local: &str, domain: &str) -> bool {
    let Some((entry_local, entry_domain)) = entry.rsplit_once('@') else {
        return false;
    };
    let (domain, entry_domain) = (mailbox_domain(domain), mailbox_domain(entry_domain));
    let mailbox = |local: &str| {
        let local = local.to_lowercase();
        if domain == GMAIL { local.replace('.', "") } else { local }
    };
    fits(&entry_domain, &domain) && (entry_local.is_empty() || fits(&mailbox(entry_local), &mailbox(local)))
}

const GMAIL: &str = "gmail.com";

fn mailbox_domain(domain: &str) -> String {
    let domain = domain.to_lowercase();
    if domain == "googlemail.com" {
        GMAIL.to_owned()
    } else {
        domain
    }
}

/// Whether a text fits a pattern in which `*` stands for any characters, in time linear in their product.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_mean_addresses_whatever_their_case() {
        let is_match = |entry: &str, email: &str| {
            let (local, domain) = email.rsplit_once('@').unwrap();
            super::is_match(entry, local, domain)
        };
        for (entry, email) in [
            ("ana@example.com", "ANA@Example.com"),
            ("@example.com", "ana@example.com"),
            ("a*@example.com", "ana@example.com"),
            ("*na*@example.com", "ana@example.com"),
            ("@*.example.com", "ana@mail.example.com"),
            ("*@*.example.*", "ana@mail.example.org"),
            ("anasouza@gmail.com", "Ana.Souza@googlemail.com"),
            ("ana.souza@googlemail.com", "anasouza@gmail.com"),
        ] {
            assert!(is_match(entry, email), "{entry} {email}");
        }
        for (entry, email) in [
            ("ana@example.com", "bob@example.com"),
            ("@example.com", "ana@mail.example.com"),
            ("@*.example.com", "ana@example.com"),
            ("a*a@example.com", "a@example.com"),
            ("anasouza@example.com", "ana.souza@example.com"),
        ] {
            assert!(!is_match(entry, email), "{entry} {email}");
        }
    }

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
