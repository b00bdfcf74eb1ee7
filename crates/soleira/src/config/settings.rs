//! The settings there are: one table that the file, the environment, the flags and `config check` share.

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text of any sort.
    Text,
    /// Text that is never printed.
    Secret,
    /// An address with a password in it, which is not printed.
    Address,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// Several texts: an array in the file, commas in the environment.
    List,
    /// Several texts that are never printed.
    Secrets,
}

/// A setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its key in `soleira.toml`, with a dot where it stands in a table.
    pub(crate) key: &'static str,
    /// Its environment variable.
    pub(crate) variable: &'static str,
    /// Another variable for it, by which environments made for other servers know it.
    pub(crate) alias: Option<&'static str>,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Whether only the environment gives it: it is about this run of the program, not about the installation.
    pub(crate) of_this_run: bool,
}

const fn setting(key: &'static str, variable: &'static str, kind: Kind) -> Setting {
    Setting {
        key,
        variable,
        alias: None,
        kind,
        of_this_run: false,
    }
}

const fn of_this_run(key: &'static str, variable: &'static str, alias: Option<&'static str>, kind: Kind) -> Setting {
    Setting {
        alias,
        of_this_run: true,
        ..setting(key, variable, kind)
    }
}

/// All settings, in the order in which they are shown.
pub(crate) const SETTINGS: &[Setting] = &[
    setting("host", "HOST", Kind::Text),
    setting("port", "PORT", Kind::Number),
    setting("admin_port", "ADMIN_PORT", Kind::Number),
    setting("endpoint", "ENDPOINT", Kind::Text),
    setting("admin_endpoint", "ADMIN_ENDPOINT", Kind::Text),
    setting("disable_localhost", "DISABLE_LOCALHOST", Kind::Flag),
    setting("admin_disable_localhost", "ADMIN_DISABLE_LOCALHOST", Kind::Flag),
    setting("hosts", "SOLEIRA_HOSTS", Kind::List),
    setting("https_cert_path", "HTTPS_CERT_PATH", Kind::Text),
    setting("https_key_path", "HTTPS_KEY_PATH", Kind::Text),
    setting("trust_proxy_header", "TRUST_PROXY_HEADER", Kind::Flag),
    setting("trusted_proxies", "SOLEIRA_TRUSTED_PROXIES", Kind::List),
    setting("max_connections", "SOLEIRA_MAX_CONNECTIONS", Kind::Number),
    setting("data", "SOLEIRA_DATA", Kind::Text),
    setting("db_url", "DB_URL", Kind::Address),
    setting("db_direct_url", "DB_DIRECT_URL", Kind::Address),
    setting("database_pool_size", "DATABASE_POOL_SIZE", Kind::Number),
    setting("secret_vault_kek", "SECRET_VAULT_KEK", Kind::Secret),
    setting("oidc_private_keys", "OIDC_PRIVATE_KEYS", Kind::Secrets),
    // Masked like keys: somebody may put one here by mistake.
    setting("oidc_private_key_paths", "OIDC_PRIVATE_KEY_PATHS", Kind::Secrets),
    setting("oidc_cookie_keys", "OIDC_COOKIE_KEYS", Kind::Secrets),
    setting(
        "private_key_rotation_grace_period",
        "PRIVATE_KEY_ROTATION_GRACE_PERIOD",
        Kind::Number,
    ),
    setting("breached_passwords", "SOLEIRA_BREACHED_PASSWORDS", Kind::Text),
    setting("user_default_role_names", "USER_DEFAULT_ROLE_NAMES", Kind::List),
    setting("status_api_key", "STATUS_API_KEY", Kind::Secret),
    setting("outbound.allow", "SOLEIRA_OUTBOUND_ALLOW", Kind::List),
    setting("log.level", "SOLEIRA_LOG", Kind::Text),
    setting("log.format", "SOLEIRA_LOG_FORMAT", Kind::Text),
    setting("audit.retention_days", "SOLEIRA_AUDIT_RETENTION_DAYS", Kind::Number),
    of_this_run("sandbox", "SOLEIRA_SANDBOX", Some("INTEGRATION_TEST"), Kind::Flag),
    of_this_run(
        "mock_connector_message_dir",
        "MOCK_CONNECTOR_MESSAGE_DIR",
        None,
        Kind::Text,
    ),
];

/// The variable that names the file; it has no key in the file itself.
pub(crate) const CONFIG_VARIABLE: &str = "SOLEIRA_CONFIG";

/// The setting of a key.
pub(crate) fn by_key(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// The known name that is nearest to a mistaken one, if one is near.
pub(crate) fn nearest<'a>(mistaken: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mistaken = mistaken.to_ascii_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&mistaken, &name.to_ascii_lowercase()), name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .map(|(_, name)| name)
}

/// How many letters must be put in, taken out, changed or swapped with a neighbour to get from one word to the other
/// (Damerau and Levenshtein's distance, optimal string alignment).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for (index, row) in rows.iter_mut().enumerate() {
        row[0] = index;
    }
    for (index, cell) in rows[0].iter_mut().enumerate() {
        *cell = index;
    }
    for i in 1..=from.len() {
        for j in 1..=to.len() {
            let changed = usize::from(from[i - 1] != to[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(rows[i][j - 1] + 1)
                .min(rows[i - 1][j - 1] + changed);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_setting() {
        let keys = || SETTINGS.iter().map(|setting| setting.key);
        assert_eq!(nearest("endpont", keys()), Some("endpoint"));
        assert_eq!(nearest("prot", keys()), Some("port"));
        assert_eq!(nearest("trusted_proxy", keys()), Some("trusted_proxies"));
        assert_eq!(nearest("log.formt", keys()), Some("log.format"));
        assert_eq!(nearest("colour", keys()), None);
    }

    #[test]
    fn no_key_and_no_variable_is_given_twice() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            assert!(SETTINGS[index + 1..].iter().all(|other| other.key != setting.key));
            assert!(
                SETTINGS[index + 1..]
                    .iter()
                    .all(|other| other.variable != setting.variable)
            );
        }
    }
}
