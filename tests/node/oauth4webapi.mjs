// `oauth4webapi`, the pieces that other libraries are made of, put together as its examples do.

import { drive, registration } from './driver.mjs';
import * as oauth from 'oauth4webapi';

const { issuer, clientId, clientSecret, redirectUri, postLogoutRedirectUri, resource, scope } = registration;

// The server of the tests has no certificate.
const insecure = { [oauth.allowInsecureRequests]: true };
const client = { client_id: clientId };
const authentication = clientSecret ? oauth.ClientSecretPost(clientSecret) : oauth.None();

const server = await oauth.processDiscoveryResponse(
  new URL(issuer),
  await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oidc', ...insecure }),
);

let verifier;
let state;
let nonce;
let tokens;
let subject;

async function keep(response, answer) {
  // Also over a connection that vouches for the server, the signature can be checked.
  if (answer.id_token) {
    await oauth.validateApplicationLevelSignature(server, response, insecure);
  }
  const claims = oauth.getValidatedIdTokenClaims(answer);
  subject = claims?.sub ?? subject;
  tokens = { ...tokens, ...answer };
  return claims ?? null;
}

async function refresh(refreshToken, additionalParameters) {
  const options = { additionalParameters, ...insecure };
  const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, options);
  return [response, await oauth.processRefreshTokenResponse(server, client, response)];
}

async function verifiedByApi(token) {
  const request = new Request(resource, { headers: { authorization: `Bearer ${token}` } });
  return oauth.validateJwtAccessToken(server, request, resource, insecure);
}

const commands = {
  async begin(further) {
    verifier = oauth.generateRandomCodeVerifier();
    state = oauth.generateRandomState();
    nonce = oauth.generateRandomNonce();
    const url = new URL(server.authorization_endpoint);
    const parameters = {
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope,
      resource,
      prompt: 'consent',
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...further,
    };
    for (const [name, value] of Object.entries(parameters)) {
      url.searchParams.set(name, value);
    }
    return url.href;
  },
  async finish({ url }) {
    const parameters = oauth.validateAuthResponse(server, client, new URL(url), state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      redirectUri,
      verifier,
      insecure,
    );
    const answer = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    return keep(response, answer);
  },
  async tokens() {
    return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
  },
  async userinfo() {
    const response = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
    return oauth.processUserInfoResponse(server, client, subject, response);
  },
  async refresh({ refreshToken = tokens.refresh_token } = {}) {
    return keep(...(await refresh(refreshToken)));
  },
  async resource() {
    const [, answer] = await refresh(tokens.refresh_token, { resource });
    tokens.refresh_token = answer.refresh_token ?? tokens.refresh_token;
    return verifiedByApi(answer.access_token);
  },
  async introspect({ token }) {
    const response = await oauth.introspectionRequest(server, client, authentication, token, insecure);
    return oauth.processIntrospectionResponse(server, client, response);
  },
  async revoke({ token }) {
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, authentication, token, insecure),
    );
  },
  async signOut() {
    const url = new URL(server.end_session_endpoint);
    url.searchParams.set('client_id', clientId);
    url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri);
    return url.href;
  },
  async machine({ scope }) {
    const parameters = { resource, ...(scope && { scope }) };
    const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, insecure);
    const answer = await oauth.processClientCredentialsResponse(server, client, response);
    return verifiedByApi(answer.access_token);
  },
};

await drive(commands, (error) => error.error ?? error.code ?? error.name);
