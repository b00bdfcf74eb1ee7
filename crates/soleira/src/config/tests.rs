use super::*;
use crate::cli::Flags;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A configuration with this file and environment.
fn loaded(file: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Loaded, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("soleira.toml");
    std::fs::write(&path, file).unwrap();
    load(
        &Flags {
            config: Some(path),
            ..flags
        },
        &variables(environment),
    )
}

fn error(file: &str, environment: &[(&str, &str)]) -> String {
    let error = loaded(file, environment, Flags::default()).unwrap_err().to_string();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[test]
fn nothing_given_is_a_server_on_loopback() {
    let config = load(
        &Flags {
            config: None,
            ..Flags::default()
        },
        &[],
    )
    .unwrap()
    .config;
    assert_eq!(
        (config.host, config.port, config.admin_port),
        (Host::Loopback, 3001, 3002)
    );
    assert!(config.trusted_proxies.is_empty());
    assert!(matches!(config.database, Database::Sqlite(path) if path == Path::new("data/soleira.db")));
}

#[test]
fn flags_win_over_environment_over_file_over_default() {
    let file = "port = 4001\nadmin_port = 4002\n[log]\nformat = \"json\"\n";
    let flags = Flags {
        port: Some("6001".into()),
        ..Flags::default()
    };
    let loaded = loaded(file, &[("PORT", "5001"), ("ADMIN_PORT", "5002")], flags).unwrap();
    assert_eq!((loaded.config.port, loaded.config.admin_port), (6001, 5002));
    assert_eq!(loaded.config.log_format, LogFormat::Json);
    let report = report(&loaded);
    let line = |key: &str| report.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(line("port ").ends_with("flag"), "{report}");
    assert!(line("admin_port ").ends_with("environment ADMIN_PORT"));
    assert!(line("log.format").ends_with("soleira.toml"));
    assert!(line("host ").ends_with("default"));
}

#[test]
fn the_report_masks_secrets_and_shows_what_follows_from_the_rest() {
    let kek = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let environment = [
        ("SECRET_VAULT_KEK", kek),
        ("DB_URL", "postgres://soleira:hunter2@db/soleira"),
    ];
    let report = report(&loaded("", &environment, Flags::default()).unwrap());
    assert!(!report.contains(kek) && !report.contains("hunter2"), "{report}");
    assert!(report.contains("http://localhost:3001"));
}

#[test]
fn an_unknown_setting_is_an_error_with_a_suggestion() {
    assert!(error("endpont = \"https://a.example\"", &[]).ends_with("`endpont`, did you mean `endpoint`?"));
    assert!(error("[log]\nlevle = \"info\"", &[]).contains("did you mean `log.level`?"));
    assert!(error("", &[("SOLEIRA_LOG_FORMATT", "json")]).contains("did you mean `SOLEIRA_LOG_FORMAT`?"));
    assert!(error("", &[("SOLEIRA_WHATEVER_THIS_IS", "1")]).contains("SOLEIRA_WHATEVER_THIS_IS"));
}

#[test]
fn each_bad_value_is_one_line_that_names_the_setting_and_its_place() {
    for (environment, wanted) in [
        (
            ("PORT", "99999"),
            "PORT in the environment: `99999` is not a number from 0 to 65535",
        ),
        (
            ("HOST", "example.com"),
            "HOST in the environment: `example.com` is not an address to listen on",
        ),
        (
            ("ENDPOINT", "auth.example.com"),
            "ENDPOINT in the environment: `auth.example.com` is not an address such as",
        ),
        (("ENDPOINT", "https://auth.example.com/x"), "something behind the host"),
        (
            ("ADMIN_ENDPOINT", "ftp://a.example"),
            "begins with neither http:// nor https://",
        ),
        (
            ("DB_URL", "mysql://u:hunter2@h/d"),
            "DB_URL in the environment: it is not a connection string",
        ),
        (("TRUST_PROXY_HEADER", "maybe"), "neither true nor false"),
        (
            ("SOLEIRA_TRUSTED_PROXIES", "10.0.0.0/8, nonsense"),
            "`nonsense` is not a network",
        ),
        (("SOLEIRA_LOG_FORMAT", "xml"), "`xml` is none of text, json"),
        (
            ("SECRET_VAULT_KEK", "c2hvcnQ="),
            "SECRET_VAULT_KEK in the environment: the key-encryption key must be",
        ),
        (("HTTPS_CERT_PATH", "cert.pem"), "needs `https_key_path`"),
        (("ADMIN_PORT", "3001"), "is the port of `port` already"),
        (("DISABLE_LOCALHOST", "1"), "localhost is the only address there is"),
    ] {
        let error = error("", &[environment]);
        assert!(error.contains(wanted), "{error}");
        assert!(!error.contains("hunter2"));
    }
    assert!(error("port = [1]", &[]).contains("`port` in "));
    assert!(error("port 3001", &[]).contains("soleira.toml, line 1: "));
}

#[test]
fn a_file_that_was_named_must_exist() {
    let flags = Flags {
        config: Some("/nowhere/soleira.toml".into()),
        ..Flags::default()
    };
    assert!(
        load(&flags, &[])
            .unwrap_err()
            .to_string()
            .starts_with("cannot read /nowhere/soleira.toml: ")
    );
}

#[test]
fn a_sandbox_is_a_matter_of_the_environment() {
    let sandbox = |environment: &[(&str, &str)]| loaded("", environment, Flags::default()).unwrap().config.sandbox;
    assert!(sandbox(&[]).is_none());
    for on in [("SOLEIRA_SANDBOX", "1"), ("INTEGRATION_TEST", "true")] {
        let sandbox = sandbox(&[on]).unwrap();
        assert_eq!(sandbox.message_directory, Path::new("/tmp/logto"));
    }
    assert!(sandbox(&[("SOLEIRA_SANDBOX", "0"), ("INTEGRATION_TEST", "true")]).is_none());
    let elsewhere = sandbox(&[("SOLEIRA_SANDBOX", "1"), ("MOCK_CONNECTOR_MESSAGE_DIR", "/var/tmp/m")]).unwrap();
    assert_eq!(elsewhere.message_directory, Path::new("/var/tmp/m"));
    assert!(error("sandbox = true", &[]).ends_with("only the environment says so, with SOLEIRA_SANDBOX"));
}

#[test]
fn a_sandbox_is_reached_from_this_machine_only() {
    for here in [
        ("ENDPOINT", "http://localhost:3001"),
        ("ENDPOINT", "http://127.0.0.1:3001"),
        ("ADMIN_ENDPOINT", "http://[::1]:3002"),
        ("ADMIN_ENDPOINT", "http://admin.localhost:3002"),
        ("HOST", "127.0.0.1"),
    ] {
        loaded("", &[("SOLEIRA_SANDBOX", "1"), here], Flags::default()).unwrap();
    }
    for (name, elsewhere) in [
        ("ENDPOINT", "https://auth.example.com"),
        ("ENDPOINT", "http://localhost.example.com"),
        ("ENDPOINT", "http://192.168.0.7:3001"),
        ("ADMIN_ENDPOINT", "https://console.example.com"),
        ("HOST", "0.0.0.0"),
        ("HOST", "::"),
    ] {
        let error = error("", &[("INTEGRATION_TEST", "1"), (name, elsewhere)]);
        assert!(
            error.starts_with("SOLEIRA_SANDBOX or INTEGRATION_TEST in the environment: "),
            "{error}"
        );
        assert!(error.contains(&format!("{name} is {elsewhere}")), "{error}");
    }
}

#[test]
fn an_empty_variable_counts_as_absent() {
    let config = loaded("", &[("ENDPOINT", ""), ("SOLEIRA_NOTHING", "")], Flags::default())
        .unwrap()
        .config;
    assert!(config.endpoint.is_none());
}

#[test]
fn the_reference_file_is_complete_and_its_values_are_the_defaults() {
    let reference = include_str!("../../../../soleira.example.toml");
    for setting in settings::SETTINGS.iter().filter(|setting| !setting.of_this_run) {
        let name = setting.key.rsplit('.').next().unwrap();
        assert!(
            reference.lines().any(|line| line.starts_with(&format!("# {name} = "))),
            "{} is missing",
            setting.key
        );
        assert!(reference.contains(setting.variable), "{} is missing", setting.variable);
    }
    // With every setting uncommented it still is a configuration.
    let uncommented: String = reference
        .lines()
        .filter_map(|line| {
            let bare = line.strip_prefix("# ").unwrap_or(line);
            let is_setting = bare
                .split_once(" = ")
                .is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
            (is_setting || bare.starts_with('[')).then(|| format!("{bare}\n"))
        })
        .collect();
    loaded(&uncommented, &[], Flags::default()).unwrap();
}

/// A private key in PEM on one line, as environments have it, and its identifier.
fn private_key() -> (String, String) {
    let key = soleira_crypto::SigningKey::generate_ec_p384().unwrap();
    (key.to_pkcs8_pem().unwrap().expose().to_owned(), key.kid().to_owned())
}

fn kids(loaded: &Loaded) -> Vec<String> {
    let keys = &loaded.config.first_keys.token;
    let kid = |pem: &Secret| {
        let key = soleira_crypto::SigningKey::from_pem(pem.expose()).unwrap();
        key.kid().to_owned()
    };
    keys.iter().map(kid).collect()
}

#[test]
fn first_keys_are_read_in_every_form() {
    let ((one, first), (other, second)) = (private_key(), private_key());
    let base64 = STANDARD.encode(&one);
    let escaped = other.trim_end().replace('\n', "\\n");
    let directory = tempfile::tempdir().unwrap();
    let paths = [&one, &other].map(|pem| {
        let kid = soleira_crypto::SigningKey::from_pem(pem).unwrap().kid().to_owned();
        let path = directory.path().join(kid);
        std::fs::write(&path, pem).unwrap();
        path.display().to_string()
    });
    for environment in [
        ("OIDC_PRIVATE_KEYS", format!("{one},{other}")),
        ("OIDC_PRIVATE_KEYS", format!("{base64}, {escaped}")),
        ("OIDC_PRIVATE_KEY_PATHS", paths.join(",")),
    ] {
        let loaded = loaded("", &[(environment.0, &environment.1)], Flags::default()).unwrap();
        assert_eq!(kids(&loaded), [first.clone(), second.clone()], "{}", environment.0);
        assert!(!format!("{:?}", loaded.config).contains(&one[60..90]));
        if environment.0 == "OIDC_PRIVATE_KEYS" {
            let report = report(&loaded);
            let line = report
                .lines()
                .find(|line| line.starts_with("oidc_private_keys "))
                .unwrap();
            assert_eq!(line.split_whitespace().nth(1), Some("********"));
        }
    }
    let file = format!("oidc_private_keys = [\"\"\"\n{one}\"\"\"]\noidc_cookie_keys = [\"0123456789abcdef\"]\n");
    let loaded = loaded(&file, &[], Flags::default()).unwrap();
    assert_eq!(kids(&loaded), [first]);
    assert_eq!(loaded.config.first_keys.cookie[0].expose(), "0123456789abcdef");
    assert!(!report(&loaded).contains("0123456789"));
}

#[test]
fn a_bad_first_key_is_said_without_a_word_of_it() {
    let (one, _) = private_key();
    let (two, _) = private_key();
    let (three, _) = private_key();
    let damaged = one.replace("PRIVATE KEY", "PRIVATE PASSAGE");
    let ed25519 = soleira_crypto::SigningKey::generate_ed25519()
        .unwrap()
        .to_pkcs8_pem()
        .unwrap();
    let more = format!("{one},{two},{three}");
    let twice = format!("{one},{one}");
    let second = format!("{one},hunter2hunter2hunter2");
    let encoded = STANDARD.encode(&one);
    for (environment, said) in [
        (
            &[("OIDC_PRIVATE_KEYS", "hunter2")][..],
            "OIDC_PRIVATE_KEYS in the environment: key 1 is no private key in PEM",
        ),
        (
            &[("OIDC_PRIVATE_KEYS", second.as_str())],
            "key 2 is no private key in PEM, nor the base64 of one",
        ),
        (
            &[("OIDC_PRIVATE_KEYS", damaged.as_str())],
            "key 1 is no private key in PEM",
        ),
        (&[("OIDC_PRIVATE_KEYS", ed25519.expose())], "key 1 is neither an EC key"),
        (&[("OIDC_PRIVATE_KEYS", more.as_str())], "two keys at most"),
        (&[("OIDC_PRIVATE_KEYS", twice.as_str())], "both keys are the same"),
        (
            &[("OIDC_PRIVATE_KEYS", one.as_str()), ("OIDC_PRIVATE_KEY_PATHS", "/x")],
            "one of the two, not both",
        ),
        (
            &[("OIDC_PRIVATE_KEY_PATHS", "/does/not/exist")],
            "/does/not/exist cannot be read",
        ),
        (
            &[("OIDC_PRIVATE_KEY_PATHS", one.as_str())],
            "path 1, which looks like a key (keys are OIDC_PRIVATE_KEYS), cannot be read",
        ),
        (
            &[("OIDC_PRIVATE_KEY_PATHS", encoded.as_str())],
            "path 1, which looks like a key (keys are OIDC_PRIVATE_KEYS), cannot be read",
        ),
        (
            &[("OIDC_COOKIE_KEYS", "hunter2")],
            "OIDC_COOKIE_KEYS in the environment: a key has 16 to 1024 characters",
        ),
        (
            &[("OIDC_COOKIE_KEYS", "0123456789abcdef,0123456789abcdef,0123456789abcdef")],
            "two keys at most",
        ),
    ] {
        let line = error("", environment);
        assert!(line.contains(said), "{line}");
        assert!(
            !line.contains("hunter2")
                && !line.contains(&one[60..90])
                && !line.contains(&encoded[60..90])
                && !line.contains("PASSAGE"),
            "{line}"
        );
    }
}
