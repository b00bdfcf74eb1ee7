//! The table of routes: who may call what, on each listener.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use soleira_runtime::{Tenant, tenant};
use soleira_web::{Access, Face, Route};
use std::fmt::Write;

fn table(id: &str) -> Vec<Route> {
    soleira::routes(&Tenant::new(id, "http://localhost".parse().unwrap(), None)).table()
}

/// What is reached without a token under `/api`.
const OPEN_API: [&str; 3] = ["/api/status", "/api/swagger.json", "/api/.well-known/"];
/// What is reached with the cookie of a sign-in under `/api`: the steps of that sign-in.
const STEPS: [&str; 2] = ["/api/experience", "/api/interaction/"];
/// What is reached without a session under `/console`, to get one or to end it.
const OPEN_CONSOLE: [&str; 6] = [
    "/console",
    "/console/welcome",
    "/console/sign-in",
    "/console/callback",
    "/console/sign-out",
    "/console/preferences",
];

#[test]
fn the_management_api_wants_a_token() {
    for id in [tenant::DEFAULT, tenant::ADMIN] {
        for route in table(id).iter().filter(|route| route.face == Face::Api) {
            let lies_in = |places: &[&str]| places.iter().any(|place| route.path.starts_with(place));
            let wanted = if lies_in(&OPEN_API) {
                Access::Anyone
            } else if lies_in(&STEPS) {
                Access::Interaction
            } else {
                Access::Management
            };
            assert_eq!(route.access, wanted, "{} {}", route.method, route.path);
        }
    }
}

#[test]
fn the_console_wants_an_operator_and_is_on_its_own_listener() {
    let console = |id| {
        table(id)
            .into_iter()
            .filter(|route| route.path.starts_with("/console"))
            .collect::<Vec<_>>()
    };
    assert!(console(tenant::DEFAULT).is_empty());
    let routes = console(tenant::ADMIN);
    assert!(routes.len() > OPEN_CONSOLE.len());
    for route in routes {
        let open = OPEN_CONSOLE.contains(&route.path.as_str());
        let wanted = if open { Access::Anyone } else { Access::Operator };
        assert_eq!(route.access, wanted, "{} {}", route.method, route.path);
    }
}

#[test]
fn no_other_face_asks_for_an_operator_or_a_management_token() {
    for route in table(tenant::DEFAULT).iter().filter(|route| route.face != Face::Api) {
        assert!(
            !matches!(route.access, Access::Operator | Access::Management),
            "{} {}",
            route.method,
            route.path
        );
    }
}

/// Every route is written down: one that is new, or that changed who may call it, shows in review.
#[test]
fn every_route_is_in_the_list() {
    let mut list = String::new();
    for route in table(tenant::ADMIN) {
        writeln!(list, "{:<6} {:<70} {:?}", route.method, route.path, route.access).unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/routes.txt");
    if std::env::var_os("UPDATE_ROUTES").is_some() {
        std::fs::write(path, &list).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (written, list) = (lines(&written), lines(&list));
    let unlisted: Vec<_> = list.iter().filter(|line| !written.contains(line)).collect();
    let gone: Vec<_> = written.iter().filter(|line| !list.contains(line)).collect();
    assert!(
        unlisted.is_empty() && gone.is_empty(),
        "tests/routes.txt is not what there is (UPDATE_ROUTES=1 writes it anew): not listed {unlisted:#?}, gone {gone:#?}"
    );
}
