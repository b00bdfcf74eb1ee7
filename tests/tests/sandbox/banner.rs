//! What every page of a sandbox says.

use super::{Tester, request};
use soleira_testkit::{in_sandbox, on_both_engines};

const BANNER: &str = "Sandbox: for tests only, with a back door";

in_sandbox! {
    async fn every_page_says_so(server) {
        let client_id = Tester::of(server).application().await;
        let visitor = server.visitor();
        let sign_in = visitor.get(&request(&client_id, &[])).await.follow_all().await.expect(200);
        assert_eq!(sign_in.url().path(), "/sign-in");
        assert_eq!(sign_in.text_of(".sandbox").as_deref(), Some(BANNER));
        for path in ["/", "/nothing-is-here", "/unknown-session"] {
            visitor.get(path).await.expect_text(BANNER);
        }
        let portuguese = server.visitor();
        portuguese.always("accept-language", "pt-BR");
        portuguese.get("/").await.expect_text("Sandbox: só para testes, com uma porta dos fundos");
        // The Console's first page, before there is anybody.
        server.administrator().get("/console").await.follow_all().await.expect_text(BANNER);
    }
}

on_both_engines! {
    async fn other_servers_do_not(server) {
        for path in ["/", "/nothing-is-here"] {
            assert!(!server.visitor().get(path).await.has(".sandbox"), "{path}");
        }
    }
}
