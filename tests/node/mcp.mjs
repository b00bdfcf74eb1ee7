// The OAuth client of `@modelcontextprotocol/sdk`, and an MCP server made with the same SDK for it to talk to.

import { drive, registration, verifiedByApi } from './driver.mjs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  UnauthorizedError,
  auth,
  discoverOAuthServerInfo,
  refreshAuthorization,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';

const { issuer, clientId, redirectUri, postLogoutRedirectUri, resource, scopes } = registration;
const address = new URL(resource);

// The MCP server: its one tool tells who calls it.

function orders() {
  const server = new McpServer({ name: 'orders', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Tells who calls' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: JSON.stringify(authInfo.extra.claims) }],
  }));
  return server;
}

const verifier = {
  async verifyAccessToken(token) {
    const claims = await verifiedByApi(token).catch((error) => {
      throw new InvalidTokenError(error.message);
    });
    return {
      token,
      clientId: claims.client_id,
      scopes: claims.scope.split(' '),
      expiresAt: claims.exp,
      resource: new URL(claims.aud),
      extra: { claims },
    };
  },
};

const oauthMetadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
const app = express();
app.use(mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: address, scopesSupported: scopes }));
app.post(
  address.pathname,
  // `requiredScopes` would be named in the challenge, and a client then asks for these and no refresh token.
  requireBearerAuth({
    verifier,
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(address),
    expectedResource: address,
  }),
  express.json(),
  async (request, response) => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    await orders().connect(transport);
    await transport.handleRequest(request, response, request.body);
  },
);
await new Promise((listening) => app.listen(Number(address.port), '127.0.0.1', listening));

// The MCP client: nobody registered it, its name is the address of a document.

const asked = [];
const fetchFn = (url, init) => {
  asked.push(String(url));
  return fetch(url, init);
};

const provider = {
  clientMetadataUrl: clientId,
  redirectUrl: redirectUri,
  clientMetadata: { client_name: 'Trial', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' },
  state: () => crypto.randomUUID(),
  clientInformation: () => provider.information,
  saveClientInformation: (information) => void (provider.information = information),
  tokens: () => provider.kept,
  saveTokens: (tokens) => void (provider.kept = tokens),
  redirectToAuthorization: (url) => void (provider.place = url),
  saveCodeVerifier: (verifier) => void (provider.verifier = verifier),
  codeVerifier: () => provider.verifier,
  invalidateCredentials: (scope) => void (provider.invalidated = scope, provider.kept = undefined),
};

const transport = () => new StreamableHTTPClientTransport(address, { authProvider: provider, fetch: fetchFn });
const info = () => discoverOAuthServerInfo(address, { fetchFn });

async function refreshed(refreshToken, resource) {
  const { authorizationServerUrl, authorizationServerMetadata: metadata } = await info();
  const clientInformation = provider.information;
  return refreshAuthorization(authorizationServerUrl, { metadata, clientInformation, refreshToken, resource, fetchFn });
}

let pending;

const commands = {
  async begin({ prompt } = {}) {
    provider.kept = undefined;
    pending = transport();
    await new Client({ name: 'trial', version: '1.0.0' }).connect(pending).catch((error) => {
      if (!(error instanceof UnauthorizedError)) {
        throw error;
      }
    });
    if (prompt) {
      provider.place.searchParams.set('prompt', prompt);
    }
    return provider.place.href;
  },
  async finish({ url }) {
    const parameters = new URL(url).searchParams;
    // The SDK leaves the answer to the program, so the program looks at it (RFC 6749 §4.1.2.1).
    if (parameters.has('error')) {
      throw Object.assign(new Error(parameters.get('error_description')), { errorCode: parameters.get('error') });
    }
    if (parameters.get('state') !== provider.place.searchParams.get('state')) {
      throw Object.assign(new Error('another state'), { errorCode: 'state' });
    }
    await pending.finishAuth(parameters.get('code'));
    return null;
  },
  async tokens() {
    return { accessToken: provider.kept?.access_token, refreshToken: provider.kept?.refresh_token };
  },
  async asked() {
    return asked;
  },
  // What an MCP client does when its token has expired.
  async refresh({ refreshToken } = {}) {
    if (refreshToken) {
      await refreshed(refreshToken, address);
      return null;
    }
    return auth(provider, { serverUrl: address, fetchFn });
  },
  async whoami() {
    const client = new Client({ name: 'trial', version: '1.0.0' });
    await client.connect(transport());
    const { content } = await client.callTool({ name: 'whoami', arguments: {} });
    await client.close();
    return JSON.parse(content[0].text);
  },
  // Without a resource, the refreshed token is one for userinfo.
  async userinfo() {
    const { authorizationServerMetadata } = await info();
    const tokens = await refreshed(provider.kept.refresh_token);
    provider.kept = { ...provider.kept, refresh_token: tokens.refresh_token ?? provider.kept.refresh_token };
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    return (await fetch(authorizationServerMetadata.userinfo_endpoint, { headers })).json();
  },
  async revoke({ token }) {
    const { authorizationServerMetadata } = await info();
    const body = new URLSearchParams({ client_id: clientId, token });
    const answer = await fetch(authorizationServerMetadata.revocation_endpoint, { method: 'POST', body });
    return answer.status;
  },
  async signOut() {
    const { authorizationServerMetadata } = await info();
    const url = new URL(authorizationServerMetadata.end_session_endpoint);
    url.searchParams.set('client_id', clientId);
    url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri);
    return url.href;
  },
};

await drive(commands, (error) => error.errorCode ?? error.code ?? error.name);
