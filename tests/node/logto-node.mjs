// `@logto/node`, as somebody uses it who writes an SDK for a framework that has none.

import { drive, registration, verifiedByApi } from './driver.mjs';
import LogtoClient, { Prompt, UserScope, buildOrganizationUrn } from '@logto/node';

const { endpoint, clientId, clientSecret, redirectUri, postLogoutRedirectUri, resource, scopes } = registration;

const config = {
  endpoint,
  appId: clientId,
  appSecret: clientSecret,
  resources: [resource],
  scopes: [UserScope.Email, UserScope.Organizations, ...scopes],
  prompt: Prompt.Consent,
};

/** A browser's session in such a framework. */
function session(items = {}) {
  const kept = new Map(Object.entries(items));
  const places = [];
  const client = new LogtoClient(config, {
    storage: {
      getItem: async (key) => kept.get(key) ?? null,
      setItem: async (key, value) => void kept.set(key, value),
      removeItem: async (key) => void kept.delete(key),
    },
    navigate: (url) => void places.push(url),
  });
  return { client, kept, places };
}

const { client, kept, places } = session();

const commands = {
  async begin({ prompt, ...extraParams }) {
    await client.signIn({ redirectUri, extraParams, ...(prompt && { prompt }) });
    return places.at(-1);
  },
  async finish({ url }) {
    await client.handleSignInCallback(url);
    return client.getIdTokenClaims();
  },
  async tokens() {
    return { accessToken: await client.getAccessToken(), refreshToken: await client.getRefreshToken() };
  },
  async userinfo() {
    return client.fetchUserInfo();
  },
  // The SDK refreshes when it has no token that is good. With another's refresh token, it is another session.
  async refresh({ refreshToken } = {}) {
    if (refreshToken) {
      await session({ refreshToken, idToken: 'one that is not looked at' }).client.getAccessToken();
      return null;
    }
    await client.clearAccessToken();
    await client.getAccessToken();
    return client.getIdTokenClaims();
  },
  async resource() {
    return verifiedByApi(await client.getAccessToken(resource));
  },
  async organization({ organization }) {
    const claims = await client.getOrganizationTokenClaims(organization);
    const token = await client.getOrganizationToken(organization);
    return { claims, verified: await verifiedByApi(token, buildOrganizationUrn(organization)) };
  },
  async resourceOfOrganization({ organization }) {
    return verifiedByApi(await client.getAccessToken(resource, organization));
  },
  async signOut() {
    await client.signOut(postLogoutRedirectUri);
    return places.at(-1);
  },
  async signedIn() {
    return client.isAuthenticated();
  },
};

// The SDK names its own errors, and those of the server by the server's `code`.
await drive(commands, (error) => error.data?.error ?? error.code ?? error.name);
