//! What the server has acknowledged survives its death: `kill -9` under a load of registrations and sign-ins.

#![expect(clippy::unwrap_used, reason = "tests fail at once, saying what was expected")]

use soleira_testkit::{Engine, RelyingParty, ServerProcess, Visitor, server};
use soleira_tests::person;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How often the server is killed on each database.
const KILLS: usize = 10;
/// How many people use it at once.
const PEOPLE: usize = 4;
/// How many sign-ins are acknowledged before each kill, at least.
const ACKNOWLEDGED_EACH_TIME: usize = 6;

const PASSWORD: &str = "correct horse battery staple";

/// A sign-in that was acknowledged: the person's account, the browser's session, the application's tokens.
#[derive(Clone)]
struct SignedIn {
    username: String,
    browser: Visitor,
    access_token: String,
    refresh_token: String,
}

/// What was acknowledged, in order.
#[derive(Default)]
struct Ledger {
    registered: Mutex<Vec<String>>,
    entries: Mutex<Vec<SignedIn>>,
    grew: Notify,
}

impl Ledger {
    fn note_registration(&self, username: &str) {
        self.registered.lock().unwrap().push(username.to_owned());
    }

    /// The accounts whose registration was acknowledged, and no sign-in after it.
    fn only_registered(&self) -> Vec<String> {
        let entries = self.entries.lock().unwrap();
        let registered = self.registered.lock().unwrap();
        registered
            .iter()
            .filter(|name| entries.iter().all(|entry| entry.username != **name))
            .cloned()
            .collect()
    }

    fn note(&self, entry: SignedIn) {
        self.entries.lock().unwrap().push(entry);
        self.grew.notify_one();
    }

    fn len(&self) -> usize {
        self.entries.lock().unwrap().len()
    }

    fn since(&self, start: usize) -> Vec<SignedIn> {
        self.entries.lock().unwrap()[start..].to_vec()
    }

    async fn reaches(&self, length: usize) {
        while self.len() < length {
            self.grew.notified().await;
        }
    }
}

/// Registers, then signs in with the new account in another browser, again and again, until the server dies.
async fn use_the_server(origin: String, party: RelyingParty, ledger: Arc<Ledger>, name: String) {
    for turn in 0.. {
        let username = format!("{name}_{turn}");
        for new in [true, false] {
            let browser = Visitor::new(&origin).who_waits_for_ever();
            let request = party.request(&origin, &[]);
            let back = if new {
                let back = person::register(&browser, &party, &request, &username, PASSWORD).await;
                ledger.note_registration(&username);
                back
            } else {
                person::sign_in(&browser, &party, &request, &username, PASSWORD).await
            };
            let code = party.code(&request, &back);
            let tokens = party
                .exchange(&browser, &code, &request.code_verifier)
                .await
                .expect(200)
                .json();
            let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
            ledger.note(SignedIn {
                username: username.clone(),
                browser,
                access_token: token("access_token"),
                refresh_token: token("refresh_token"),
            });
        }
    }
}

impl SignedIn {
    /// The access token reads the profile, the refresh token gives a new one, and the browser is still signed in.
    async fn survives(&self, origin: &str, party: &RelyingParty) {
        let visitor = Visitor::new(origin);
        let profile = visitor.get_as("/oidc/me", &self.access_token).await.expect(200).json();
        assert_eq!(profile["username"], self.username.as_str());
        party.refresh(&visitor, &self.refresh_token).await.expect(200);
        let request = party.request(origin, &[("prompt", "none"), ("scope", "openid profile")]);
        let back = person::back(self.browser.get(request.url.as_str()).await, party).await;
        party.code(&request, &back);
    }
}

async fn what_was_acknowledged_survives(engine: Engine) {
    let mut registered = None;
    let work = async |ctx: &_| {
        registered = Some(RelyingParty::register(ctx, "Bookstore", "http://localhost:3000/callback").await);
    };
    let Some(database) = server::arranged(engine, work).await else {
        return;
    };
    let party = registered.unwrap();
    let mut server = ServerProcess::start_on(env!("CARGO_BIN_EXE_soleira-under-test"), database).await;
    let ledger = Arc::new(Ledger::default());

    for kill in 0..KILLS {
        let before = ledger.len();
        let mut people = JoinSet::new();
        for person in 0..PEOPLE {
            let name = format!("person_{kill}_{person}");
            people.spawn(use_the_server(
                server.origin(),
                party.clone(),
                Arc::clone(&ledger),
                name,
            ));
        }
        tokio::select! {
            () = ledger.reaches(before + ACKNOWLEDGED_EACH_TIME) => {}
            Some(Err(error)) = people.join_next() => std::panic::resume_unwind(error.into_panic()),
        }
        // Each time at another moment of the work that is under way.
        tokio::time::sleep(Duration::from_millis(7 * kill as u64)).await;
        server.kill();
        // Nobody is answered any more: what is in the ledger now is all that was acknowledged.
        while let Some(gone) = people.try_join_next() {
            if let Err(error) = gone {
                std::panic::resume_unwind(error.into_panic());
            }
        }
        people.shutdown().await;
        server.start_again().await;
        for entry in ledger.since(before) {
            entry.survives(&server.origin(), &party).await;
        }
    }

    let signed_in = ledger
        .since(0)
        .into_iter()
        .step_by(ACKNOWLEDGED_EACH_TIME)
        .map(|entry| entry.username);
    for username in signed_in.chain(ledger.only_registered()) {
        let request = party.request(&server.origin(), &[]);
        let stranger = Visitor::new(&server.origin());
        let back = person::sign_in(&stranger, &party, &request, &username, PASSWORD).await;
        party.code(&request, &back);
    }
    assert_eq!(server.errors(), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_on_sqlite() {
    what_was_acknowledged_survives(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_on_postgres() {
    what_was_acknowledged_survives(Engine::Postgres).await;
}
