//! The test server itself.

use soleira_testkit::{RelyingParty, on_both_engines};

on_both_engines! {
    async fn a_fresh_server_answers_on_both_sides(server) {
        server.visitor().get("/api/status").await.expect(204);
        server.administrator().get("/api/status").await.expect(204);
    }

    async fn a_server_knows_its_own_names_only(server) {
        let stranger = server.visitor();
        stranger.always("host", "elsewhere.example");
        stranger.get("/sign-in").await.expect(421);
    }

    async fn applications_are_arranged_through_the_use_cases(server) {
        let party = RelyingParty::register(&server.system(), "Bookstore", "http://localhost:3000/callback").await;
        assert_eq!(party.client_id.len(), 21);
        assert_eq!(party.client_secret.len(), 32);
    }
}
