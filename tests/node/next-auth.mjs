// An app made with `next-auth` 4. Its handler is that of an API route (`pages/api/auth/[...nextauth].js`); Express gives
// it what Next.js would: the segments of the path as `query.nextauth`, the cookies and the body.

import { registration, serveUntilTheEnd, verifiedByApi } from './driver.mjs';
import cookieParser from 'cookie-parser';
import express from 'express';
import nextAuth from 'next-auth';
import jwt from 'next-auth/jwt';

const { issuer, clientId, clientSecret, resource, scope, port } = registration;
const NextAuth = nextAuth.default;
const baseUrl = `http://localhost:${port}`;

process.env.NEXTAUTH_URL = baseUrl;
process.env.NEXTAUTH_SECRET = 'signs the cookies of one test';

const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();

/** https://next-auth.js.org/v3/tutorials/refresh-token-rotation */
async function refresh(refreshToken, further = {}) {
  const response = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      ...further,
    }),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw Object.assign(new Error(answer.error_description), { code: answer.error });
  }
  return answer;
}

const provider = (id, params) => ({
  id,
  name: id,
  type: 'oauth',
  wellKnown: `${issuer}/.well-known/openid-configuration`,
  clientId,
  clientSecret,
  idToken: true,
  checks: ['pkce', 'state', 'nonce'],
  authorization: { params: { scope, resource, prompt: 'consent', ...params } },
  // next-auth expects RS256 unless it is told.
  client: { id_token_signed_response_alg: metadata.id_token_signing_alg_values_supported[0] },
  profile: (claims) => ({ id: claims.sub, name: claims.name, email: claims.email }),
});

const options = {
  providers: [provider('Soleira'), provider('Silent', { prompt: 'none' })],
  session: { strategy: 'jwt' },
  callbacks: {
    async jwt({ token, account, profile, trigger }) {
      if (account) {
        const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = account;
        return { ...token, claims: profile, accessToken, refreshToken, idToken };
      }
      if (trigger === 'update') {
        try {
          const answer = await refresh(token.refreshToken);
          return {
            ...token,
            accessToken: answer.access_token,
            refreshToken: answer.refresh_token ?? token.refreshToken,
            idToken: answer.id_token,
          };
        } catch (error) {
          return { ...token, error: error.code };
        }
      }
      return token;
    },
    session({ session, token }) {
      return { ...session, claims: token.claims, error: token.error };
    },
  },
};

const app = express();
app.use(cookieParser(), express.urlencoded({ extended: false }), express.json());

app.all('/api/auth/{*nextauth}', (request, response) => {
  const query = { ...request.query, nextauth: request.params.nextauth };
  Object.defineProperty(request, 'query', { value: query });
  return NextAuth(request, response, options);
});

/** What only the server side of an app sees: the tokens in its cookie. */
const tokens = (request) => jwt.getToken({ req: request });

app.get('/', (request, response) => response.send('home'));
app.get('/tokens', async (request, response) => {
  const { accessToken, refreshToken } = (await tokens(request)) ?? {};
  response.json({ accessToken, refreshToken });
});
app.get('/userinfo', async (request, response) => {
  const { accessToken } = await tokens(request);
  const answer = await fetch(metadata.userinfo_endpoint, { headers: { Authorization: `Bearer ${accessToken}` } });
  response.status(answer.status).json(await answer.json());
});
app.get('/orders', async (request, response) => {
  const { refreshToken } = await tokens(request);
  const answer = await refresh(refreshToken, { resource });
  response.json(await verifiedByApi(answer.access_token));
});
// `signOut()` ends the session of the app alone; that of the provider is ended like this.
app.get('/sign-out-everywhere', async (request, response) => {
  const url = new URL(metadata.end_session_endpoint);
  url.searchParams.set('id_token_hint', (await tokens(request)).idToken);
  url.searchParams.set('post_logout_redirect_uri', baseUrl);
  response.redirect(url.href);
});

serveUntilTheEnd();
app.listen(port, '127.0.0.1');
