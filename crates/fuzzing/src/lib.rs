//! What fuzzers feed with bytes: one function for each parser that strangers reach before they have proved anything. Each
//! panics when something that must always hold does not.
//!
//! `fuzz/` has a `cargo fuzz` target for each of [`TARGETS`]; the tests here run the same functions over seeds and their
//! mutations, a bounded number of times, the same ones each time.

#![expect(
    clippy::expect_used,
    reason = "a fuzzer finds what panics, and so an invariant that is broken has to"
)]

pub mod assertion;
pub mod authorization;
pub mod cookie;
pub mod jose;
pub mod redirect_uri;
pub mod seeds;

#[cfg(test)]
mod mutate;

/// A parser under test.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, that of the `cargo fuzz` target too.
    pub name: &'static str,
    /// Takes any bytes.
    pub run: fn(&[u8]),
    /// Inputs from which a search begins.
    pub seeds: &'static [&'static str],
}

/// All parsers under test.
pub const TARGETS: [Target; 6] = [
    Target {
        name: "redirect_uri",
        run: redirect_uri::run,
        seeds: seeds::REDIRECT_URIS,
    },
    Target {
        name: "authorization_request",
        run: authorization::run,
        seeds: seeds::AUTHORIZATION_REQUESTS,
    },
    Target {
        name: "client_assertion",
        run: assertion::run,
        seeds: seeds::CLIENT_ASSERTIONS,
    },
    Target {
        name: "jws",
        run: jose::jws,
        seeds: seeds::TOKENS,
    },
    Target {
        name: "jwk",
        run: jose::jwk,
        seeds: seeds::KEYS,
    },
    Target {
        name: "cookie",
        run: cookie::run,
        seeds: seeds::COOKIES,
    },
];

/// The bytes as text, as requests are read: what is no UTF-8 is replaced.
fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}

#[cfg(test)]
mod tests {
    use super::{TARGETS, mutate};

    /// Mutations of each seed. Together they take seconds, so that nobody leaves them out.
    const ROUNDS: u64 = 1_000;

    fn run(name: &str) {
        let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
        for (number, seed) in target.seeds.iter().enumerate() {
            (target.run)(seed.as_bytes());
            for round in 0..ROUNDS {
                let others: Vec<&[u8]> = target.seeds.iter().map(|seed| seed.as_bytes()).collect();
                let input = mutate::mutated(seed.as_bytes(), &others, number as u64 * ROUNDS + round);
                (target.run)(&input);
            }
        }
    }

    macro_rules! bounded {
        ($($name:ident),* $(,)?) => {
            $(
                #[test]
                fn $name() {
                    run(stringify!($name));
                }
            )*

            #[test]
            fn every_target_runs() {
                assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($name)),*]);
                for target in TARGETS {
                    let path = format!("{}/../../fuzz/fuzz_targets/{}.rs", env!("CARGO_MANIFEST_DIR"), target.name);
                    assert!(std::path::Path::new(&path).exists(), "{path}");
                }
            }
        };
    }

    bounded!(redirect_uri, authorization_request, client_assertion, jws, jwk, cookie);
}
