use super::*;
use crate::SystemEntropy;

// Made with the reference implementation, password "correct horse".
const ARGON2I: &str = "$argon2i$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$JJ/ZDykYOnhMabOK2tGFjoWMyIA2jiyUS51az8rbHG4";
const ARGON2ID: &str = "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$ehqGRlXhNY90u1mXokuaGpor9OaG4WSZVb4jCfev4ys";
const ARGON2D: &str = "$argon2d$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$dOi7cZl2dlo4eu/sTQ2j9syppP/ZDNFzsjFGgjz/J0M";
const ARGON2I_WIRE: &str =
    "$argon2i$v=19$m=8192,t=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$W7zH+iK0HXcWtJyeA2YOQLosUT1eQq21ETOKBgjjjIY";

#[track_caller]
fn matches(method: PasswordMethod, stored: &str, password: &str) {
    validate_import(method, stored).unwrap();
    assert_eq!(verify(method, stored, password), Ok(true));
    assert_eq!(verify(method, stored, &format!("{password}x")), Ok(false));
}

#[track_caller]
fn malformed(method: PasswordMethod, stored: &str) {
    assert!(
        matches!(validate_import(method, stored), Err(PasswordError::Malformed(_))),
        "{stored}"
    );
    assert!(!matches!(verify(method, stored, "any"), Ok(true)), "{stored}");
}

#[track_caller]
fn too_costly(method: PasswordMethod, stored: &str) {
    assert!(
        matches!(validate_import(method, stored), Err(PasswordError::TooCostly(_))),
        "{stored}"
    );
    assert!(
        matches!(verify(method, stored, "any"), Err(PasswordError::TooCostly(_))),
        "{stored}"
    );
}

fn legacy(algorithm: &str, arguments: &[&str], expected: &str) -> String {
    serde_json::json!([algorithm, arguments, expected]).to_string()
}

#[test]
fn a_new_hash_has_the_form_of_the_wire() {
    let stored = hash("correct horse", Params::LOGTO, &SystemEntropy).unwrap();
    assert!(stored.starts_with("$argon2i$v=19$m=8192,t=8,p=1$"), "{stored}");
    assert_eq!(stored.len(), ARGON2I_WIRE.len());
    assert_eq!(verify(PasswordMethod::Argon2i, &stored, "correct horse"), Ok(true));
    assert_eq!(verify(PasswordMethod::Argon2i, &stored, "wrong horse"), Ok(false));
    assert_eq!(verify(PasswordMethod::Argon2i, ARGON2I_WIRE, "correct horse"), Ok(true));
    assert_ne!(
        stored,
        hash("correct horse", Params::LOGTO, &SystemEntropy).unwrap(),
        "the salt is fresh"
    );
}

#[test]
fn the_forms_of_argon2() {
    matches(PasswordMethod::Argon2i, ARGON2I, "correct horse");
    matches(PasswordMethod::Argon2id, ARGON2ID, "correct horse");
    matches(PasswordMethod::Argon2d, ARGON2D, "correct horse");
    malformed(PasswordMethod::Argon2i, ARGON2ID);
    malformed(PasswordMethod::Argon2id, "");
    malformed(
        PasswordMethod::Argon2id,
        "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg",
    );
    malformed(
        PasswordMethod::Argon2id,
        "$argon2id$v=20$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$ehqGRlXhNY90u1mXokuaGg",
    );
    malformed(
        PasswordMethod::Argon2id,
        "$argon2id$v=19$m=1,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$ehqGRlXhNY90u1mXokuaGg",
    );
    malformed(
        PasswordMethod::Argon2id,
        "$argon2id$v=19$m=64,t=0,p=2$MDEyMzQ1Njc4OWFiY2RlZg$ehqGRlXhNY90u1mXokuaGg",
    );
}

#[test]
fn bcrypt_of_every_prefix() {
    for prefix in ["$2a$", "$2b$", "$2x$", "$2y$"] {
        let stored = format!("{prefix}06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe");
        matches(PasswordMethod::Bcrypt, &stored, "a");
    }
    let rest = "m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe";
    malformed(PasswordMethod::Bcrypt, &format!("$2c$06${rest}"));
    malformed(PasswordMethod::Bcrypt, &format!("$2b$03${rest}"));
    malformed(PasswordMethod::Bcrypt, &format!("$2b$32${rest}"));
    malformed(PasswordMethod::Bcrypt, &format!("$2b$06${}", &rest[1..]));
    malformed(PasswordMethod::Bcrypt, &format!("$2b$06${}é", &rest[2..]));
    too_costly(PasswordMethod::Bcrypt, &format!("$2b$16${rest}"));
    too_costly(PasswordMethod::Bcrypt, &format!("$2b$31${rest}"));
}

#[test]
fn bcrypt_never_matches_what_it_does_not_read() {
    // The hash of the empty password, and of 72 times "a".
    let empty = "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.";
    assert_eq!(verify(PasswordMethod::Bcrypt, empty, ""), Ok(false));
    let long = ::bcrypt::hash("a".repeat(72), 4).unwrap();
    assert_eq!(verify(PasswordMethod::Bcrypt, &long, &"a".repeat(72)), Ok(true));
    assert_eq!(verify(PasswordMethod::Bcrypt, &long, &"a".repeat(73)), Ok(false));
}

#[test]
fn bare_digests() {
    matches(PasswordMethod::Md5, "900150983cd24fb0d6963f7d28e17f72", "abc");
    matches(PasswordMethod::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d", "abc");
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    matches(PasswordMethod::Sha256, sha256, "abc");
    malformed(PasswordMethod::Sha256, &sha256.to_uppercase());
    malformed(PasswordMethod::Sha256, &sha256[1..]);
    malformed(PasswordMethod::Md5, sha256);
    malformed(PasswordMethod::Sha1, "");
}

#[test]
fn digests_of_other_systems() {
    matches(
        PasswordMethod::Legacy,
        &legacy("md5", &["@"], "900150983cd24fb0d6963f7d28e17f72"),
        "abc",
    );
    for (name, start) in [
        ("md5", "900150983cd24fb0"),
        ("ripemd160", "8eb208f7e05d987a"),
        ("SHA1", "a9993e364706816a"),
        ("RSA-SHA224", "23097d223405d822"),
        ("sha256", "ba7816bf8f01cfea"),
        ("sha384", "cb00753f45a35e8b"),
        ("sha512", "ddaf35a193617aba"),
        ("sha512-224", "4634270f707b6a54"),
        ("RSA-SHA512/256", "53048e2681941ef9"),
        ("sha3-224", "e642824c3f8cf24a"),
        ("sha3-256", "3a985da74fe225b2"),
        ("sha3-384", "ec01498288516fc9"),
        ("sha3-512", "b751850b1a57168a"),
        ("blake2b512", "ba80a53f981c4d0d"),
        ("blake2s256", "508c5e8c327c14e2"),
    ] {
        let digest: legacy::DigestName = name.parse().unwrap();
        assert!(hex(&digest.digest(b"abc")).starts_with(start), "{name}");
        let stored = legacy(name, &["a", "@", "c"], &hex(&digest.digest(b"abc")));
        assert_eq!(verify(PasswordMethod::Legacy, &stored, "b"), Ok(true), "{name}");
    }
    let twice = legacy("sha256", &["@", "-", "@"], &hex(&sha2::Sha256::digest("pw-pw")));
    matches(PasswordMethod::Legacy, &twice, "pw");
}

#[test]
fn pbkdf2_of_other_systems() {
    let sha512 = "ccdc5ddffc6aba203c708544ae842cbad110e7fc98a1a45d82431eba29cf7378\
                  bd871e71e801bef54b3623f4cca752cdfe4cc102ed4b1f97c97168913f13689a";
    for name in ["pbkdf2", "pbkdf2Sync"] {
        let stored = legacy(name, &["salty", "1000", "64", "sha512", "@"], sha512);
        matches(PasswordMethod::Legacy, &stored, "correct horse");
    }
    let sha256 = "58dd6d16b72c6abad1166cf71e462d97a039394abddb7882146462de7f083cc1";
    let stored = legacy("pbkdf2", &["hex:00ff10", "1000", "32", "sha256", "@"], sha256);
    matches(PasswordMethod::Legacy, &stored, "correct horse");
    let md5 = legacy(
        "pbkdf2",
        &["salty", "10", "20", "md5", "@"],
        "c55142ac6a8b8414c180e7fce653a7a1689c2c17",
    );
    matches(PasswordMethod::Legacy, &md5, "correct horse");
    let sha3 = legacy(
        "pbkdf2",
        &["salty", "10", "20", "sha3-256", "@"],
        "4f9caa861f181d2516ab3181b778a7ebee6a8226",
    );
    matches(PasswordMethod::Legacy, &sha3, "correct horse");
    let digests = legacy::DigestName::ALL;
    for digest in digests {
        let mut key = [0; 80];
        digest.pbkdf2(b"password", b"salt", 1, &mut key);
        assert_ne!(key, [0; 80], "{digest:?}");
    }
    malformed(PasswordMethod::Legacy, &legacy("pbkdf2", &["salt", "1000", "@"], ""));
    malformed(
        PasswordMethod::Legacy,
        &legacy("pbkdf2", &["salt", "0", "32", "sha256", "@"], ""),
    );
    malformed(
        PasswordMethod::Legacy,
        &legacy("pbkdf2", &["salt", "1000", "-1", "sha256", "@"], ""),
    );
    too_costly(
        PasswordMethod::Legacy,
        &legacy("pbkdf2", &["salt", "4000000000", "32", "sha256", "@"], ""),
    );
    too_costly(
        PasswordMethod::Legacy,
        &legacy("pbkdf2", &["salt", "3000000", "64", "sha256", "@"], ""),
    );
    too_costly(
        PasswordMethod::Legacy,
        &legacy("pbkdf2", &["salt", "1", "100000", "sha256", "@"], ""),
    );
}

#[test]
fn firebase_scrypt() {
    // The example that Firebase publishes.
    let signer = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    let expected = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    let stored = legacy(
        "firebase-scrypt",
        &["42xEC+ixf3L2lw==", signer, "Bw==", "8", "14", "@"],
        expected,
    );
    matches(PasswordMethod::Legacy, &stored, "user1password");
    let url_safe = |text: &str| {
        text.replace('+', "-")
            .replace('/', "_")
            .trim_end_matches('=')
            .to_owned()
    };
    let stored = legacy(
        "firebase-scrypt",
        &[&url_safe("42xEC+ixf3L2lw=="), &url_safe(signer), "Bw", "8", "14", "@"],
        &url_safe(expected),
    );
    matches(PasswordMethod::Legacy, &stored, "user1password");
    malformed(
        PasswordMethod::Legacy,
        &legacy("firebase-scrypt", &["not base64!", signer, "Bw", "8", "14", "@"], ""),
    );
    malformed(
        PasswordMethod::Legacy,
        &legacy("firebase-scrypt", &["", signer, "Bw", "8", "@"], ""),
    );
    for (rounds, memory) in [
        ("8", "22"),
        ("8", "63"),
        ("65", "1"),
        ("64", "16"),
        ("4294967295", "10"),
    ] {
        too_costly(
            PasswordMethod::Legacy,
            &legacy("firebase-scrypt", &["", signer, "Bw", rounds, memory, "@"], expected),
        );
    }
}

#[test]
fn legacy_of_a_wrong_form_is_refused() {
    for stored in [
        "",
        "[]",
        "{}",
        r#"["sha256", ["@"]]"#,
        r#"["sha256", "@", "00"]"#,
        r#"["sha256", [1, "@"], "00"]"#,
        r#"["sha256", ["@"], "00", "more"]"#,
        r#"["sha256", ["no place"], "00"]"#,
    ] {
        malformed(PasswordMethod::Legacy, stored);
    }
    assert_eq!(
        validate_import(PasswordMethod::Legacy, r#"["whirlpool", ["@"], "00"]"#),
        Err(PasswordError::UnsupportedAlgorithm("whirlpool".to_owned()))
    );
    assert_eq!(
        validate_import(
            PasswordMethod::Legacy,
            r#"["pbkdf2", ["s", "1", "1", "nope", "@"], "00"]"#
        ),
        Err(PasswordError::UnsupportedAlgorithm("nope".to_owned()))
    );
}

#[test]
fn imports_that_would_exhaust_the_server_are_refused() {
    for cost in [
        "m=4294967295,t=1,p=1",
        "m=262145,t=1,p=1",
        "m=262144,t=17,p=1",
        "m=1024,t=4294967295,p=1",
        "m=1024,t=1,p=65",
    ] {
        too_costly(
            PasswordMethod::Argon2id,
            &format!("$argon2id$v=19${cost}$MDEyMzQ1Njc4OWFiY2RlZg$ehqGRlXhNY90u1mXokuaGpor9OaG4WSZVb4jCfev4ys"),
        );
    }
}

#[test]
fn what_should_be_hashed_anew() {
    let wanted = Params {
        memory_kib: 64,
        iterations: 2,
        parallelism: 2,
    };
    assert!(!needs_rehash(PasswordMethod::Argon2i, ARGON2I, wanted));
    assert!(!needs_rehash(PasswordMethod::Argon2i, ARGON2I_WIRE, wanted));
    assert!(needs_rehash(PasswordMethod::Argon2i, ARGON2I, Params::LOGTO));
    assert!(needs_rehash(PasswordMethod::Argon2id, ARGON2ID, wanted));
    assert!(needs_rehash(PasswordMethod::Sha256, "", wanted));
    decoy("any", Params::CHEAPEST);
}

#[test]
fn methods_have_their_names() {
    for method in PasswordMethod::ALL {
        assert_eq!(PasswordMethod::parse(method.as_str()), Some(method));
        assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
    }
    assert_eq!(PasswordMethod::parse("argon2i"), None);
    assert!(PasswordMethod::Legacy.is_fast() && !PasswordMethod::Bcrypt.is_fast());
}
