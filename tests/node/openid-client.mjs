// `openid-client`, used as its examples do.

import { drive, registration, verifiedByApi } from './driver.mjs';
import * as client from 'openid-client';
import { exportJWK, generateKeyPair } from 'jose';

const { issuer, clientId, clientSecret, redirectUri, postLogoutRedirectUri, resource, scope } = registration;

// With `keys`, it makes itself a key pair, and the test registers the public half.
const pair = registration.keys && (await generateKeyPair('ES256'));

function authentication() {
  if (pair) {
    return client.PrivateKeyJwt({ key: pair.privateKey, kid: 'the only one' });
  }
  return clientSecret ? client.ClientSecretBasic(clientSecret) : client.None();
}

const config = await client.discovery(new URL(issuer), clientId, undefined, authentication(), {
  // The server of the tests has no certificate.
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
});

let checks;
let tokens;
let subject;
let device;

function keep(answer) {
  tokens = { ...tokens, ...answer };
  subject = answer.claims()?.sub ?? subject;
  return answer.claims() ?? null;
}

const commands = {
  async publicKey() {
    return { ...(await exportJWK(pair.publicKey)), kid: 'the only one', alg: 'ES256', use: 'sig' };
  },
  async begin({ pushed, ...further }) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    checks = {
      pkceCodeVerifier,
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
      idTokenExpected: true,
    };
    const parameters = {
      redirect_uri: redirectUri,
      scope,
      resource,
      prompt: 'consent',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...further,
    };
    const build = pushed ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
    return (await build(config, parameters)).href;
  },
  async finish({ url }) {
    return keep(await client.authorizationCodeGrant(config, new URL(url), checks));
  },
  async tokens() {
    return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
  },
  async userinfo() {
    return client.fetchUserInfo(config, tokens.access_token, subject);
  },
  async refresh({ refreshToken = tokens.refresh_token } = {}) {
    return keep(await client.refreshTokenGrant(config, refreshToken));
  },
  async resource() {
    const answer = await client.refreshTokenGrant(config, tokens.refresh_token, { resource });
    tokens.refresh_token = answer.refresh_token ?? tokens.refresh_token;
    return verifiedByApi(answer.access_token);
  },
  async introspect({ token }) {
    return client.tokenIntrospection(config, token);
  },
  async revoke({ token }) {
    return client.tokenRevocation(config, token);
  },
  async signOut() {
    return client.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: postLogoutRedirectUri,
    }).href;
  },
  async machine({ scope }) {
    const answer = await client.clientCredentialsGrant(config, { resource, ...(scope && { scope }) });
    return verifiedByApi(answer.access_token);
  },
  // As a device does, it shows the code and asks until the person has decided.
  async showCode() {
    const response = await client.initiateDeviceAuthorization(config, { scope, resource });
    device = client.pollDeviceAuthorizationGrant(config, response);
    // The answer is looked at by the next command; until then a refusal is nobody's.
    device.catch(() => {});
    return response;
  },
  async connected() {
    return keep(await device);
  },
};

/** The server's word for an error: in its body, or in its challenge (RFC 6750 §3) to who authenticates in the header. */
const said = (error) => error.error ?? (Array.isArray(error.cause) && error.cause[0].parameters.error);

await drive(commands, (error) => said(error) || (error.code ?? error.name));
