//! Inputs from which a search begins: what is right, and what went wrong elsewhere.

/// Registered, then requested.
pub const REDIRECT_URIS: &[&str] = &[
    "https://app.example/callback",
    "https://app.example/callback\nhttps://APP.example:443/callback",
    "https://*.app.example/callback\nhttps://pr-1.app.example/callback",
    "https://app.example/*/callback\nhttps://app.example/a/b/callback",
    "http://localhost/callback\nhttp://localhost:51004/callback",
    "http://[::1]:80/callback\nhttp://[::1]:9/callback",
    "myapp://callback",
    "com.example.app:/callback",
    "https://app.example/callback\nhttps://app.example@evil.example/callback",
    "https://app.example/callback\nhttps://evil.example/callback@@app.example",
    "https://app.example/callback\nhttps://app.example/callback/..;/evil",
    "https://app.example/callback\nhttps://app.example/%2e%2e/callback",
    "https://app.example/callback\nhttps://app.example/%252e%252e/callback",
    "https://app.example/callback\nhttps://app.example\\@evil.example/callback",
    "https://app.example/callback\nhttps:app.example/callback",
    "https://app.example/callback\nhttps://app。example/callback",
    "https://bücher.example/callback\nhttps://xn--bcher-kva.example/callback",
    "http://127.0.0.1/callback\nhttp://0x7f.1/callback",
    "https://app.example/callback?a=1\nhttps://app.example/callback?a=1#x",
    "JavaScript:alert(1)",
    "https://*/callback\nhttps://evil.example/callback",
    "https://*.example/callback\nhttps://evil.example/callback",
];

/// Queries, forms and JSON bodies.
pub const AUTHORIZATION_REQUESTS: &[&str] = &[
    "client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code&scope=openid%20profile&state=s\
     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
    "client_id=app&redirect_uri=http%3A%2F%2Flocalhost%3A5100%2Fcallback&response_type=code&response_mode=form_post\
     &prompt=login+consent&max_age=0&resource=https://a.example,https://b.example&nonce=n&scope=openid",
    "client_id=app&client_id=other&response_type=code",
    "client_id=app&request=eyJhbGciOiJub25lIn0.e30.&response_type=code&redirect_uri=https://app.example/callback",
    "client_id=app&response_type=code+id_token&response_mode=fragment&redirect_uri=https://app.example/callback",
    "client_id=app&ui_locales=pt-BR+en&id_token_hint=a.b.c&prompt=none&redirect_uri=https://pr-1.app.example/callback",
    "a=%00&client_id=app",
    "client_id=%ff%fe&scope=%E0%A4%A",
    "{\"client_id\":\"app\",\"resource\":[\"https://a.example\",\"https://b.example\"],\"max_age\":10,\"state\":null}",
    "{\"client_id\":[\"app\",\"app\"],\"response_type\":{}}",
];

/// Assertions, claims, headers and forms.
pub const CLIENT_ASSERTIONS: &[&str] = &[
    "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhcHAiLCJzdWIiOiJhcHAifQ.AAAA",
    "{\"iss\":\"app\",\"sub\":\"app\",\"aud\":\"https://id.example/oidc\",\"jti\":\"1\",\"exp\":1800000060,\"iat\":1800000000}",
    "{\"iss\":\"app\",\"sub\":\"app\",\"aud\":[\"https://id.example/oidc\"],\"jti\":\"1\",\"exp\":1800000060.5,\"nbf\":0}",
    "{\"iss\":\"app\",\"sub\":\"app\",\"aud\":[\"https://id.example/oidc\",\"x\"],\"jti\":\"1\",\"exp\":1e300}",
    "{\"iss\":[\"app\"],\"sub\":\"app\",\"aud\":\"https://id.example/oidc\",\"jti\":1,\"exp\":\"1800000060\"}",
    "Basic YXBwOnNlY3JldA==",
    "Basic YXBwJTNBOnMlMkJ4K3k=",
    "client_id=app&client_secret=secret",
    "client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer",
];

/// Tokens: those of RFC 7515 A.1 and A.3, and forgeries.
pub const TOKENS: &[&str] = &[
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
     .DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9\
     .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
     .dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "eyJhbGciOiJub25lIn0.e30.",
    "eyJhbGciOiJFUzI1NiIsImNyaXQiOlsiYjY0Il0sImI2NCI6ZmFsc2V9.e30.AAAA",
    "eyJhbGciOiJFUzI1NiIsImFsZyI6Im5vbmUifQ.e30.AAAA",
    "eyJhbGciOiJFUzI1NiJ9.e30.AAAA=",
    "eyJhbGciOiJFUzI1NiJ9..",
    "{\"payload\":\"e30\",\"signatures\":[]}",
];

/// Keys and sets of keys.
pub const KEYS: &[&str] = &[
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\",\"use\":\"sig\",\
     \"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},{\"kty\":\"oct\",\"k\":\"AA\"},3]}",
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"alg\":\"PS256\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\",\"key_ops\":[\"verify\"]}",
    "{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AA\"}",
    "{\"keys\":[]}",
];

/// `Cookie` headers, and values of `_interaction`.
pub const COOKIES: &[&str] = &[
    "_session=abc; _session.sig=nZ4i7lHTMv_Y2lu45pVD_alcJEM; _interaction=%7B%22app%22%3A%22uid%22%7D",
    "_session--default=abc; _session--default.sig=x; _session=def",
    "%7B%22app%22%3A%22uid%22%2C%22_legacy%22%3A%22uid%22%7D",
    "{\"app\":\"uid\",\"_legacy\":\"uid\"}",
    "{\"app\":1,\"_legacy\":{}}",
    "uid",
    "_session=; _session.sig=; =x; ; a; $Version=1; _logto=\"{}\"",
];
