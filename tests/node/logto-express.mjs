// An app made with `@logto/express`, as its guide has it: https://docs.logto.io/quick-starts/express

import { registration, serveUntilTheEnd, verifiedByApi } from './driver.mjs';
import { handleAuthRoutes, withLogto, Prompt } from '@logto/express';
import cookieParser from 'cookie-parser';
import express from 'express';
import session from 'express-session';

const { endpoint, clientId, clientSecret, resource, scopes, port } = registration;

const config = {
  endpoint,
  appId: clientId,
  appSecret: clientSecret,
  baseUrl: `http://localhost:${port}`,
  resources: [resource],
  scopes: ['email', ...scopes],
};

const app = express();
app.use(cookieParser());
app.use(session({ secret: 'signs the cookies of one test', resave: false, saveUninitialized: false }));
app.use(handleAuthRoutes(config));
app.use(handleAuthRoutes({ ...config, authRoutesPrefix: 'silent', signInOptions: { prompt: 'none' } }));

app.get('/', (request, response) => response.send('home'));
app.get('/me', withLogto(config), ({ user }, response) => {
  response.status(user.isAuthenticated ? 200 : 401).json(user.claims ?? {});
});
app.get('/userinfo', withLogto({ ...config, fetchUserInfo: true }), ({ user }, response) => {
  response.json(user.userInfo);
});
// What the session would do by itself when its token has expired.
const forget = (request, response, next) => {
  delete request.session.accessToken;
  next();
};
app.get('/refresh', forget, withLogto({ ...config, getAccessToken: true }), ({ user, session }, response) => {
  if (!user.accessToken) {
    response.status(401).json({ error: 'no token' });
    return;
  }
  response.json({ accessToken: user.accessToken, refreshToken: session.refreshToken });
});
app.get('/orders', withLogto({ ...config, getAccessToken: true, resource }), async ({ user }, response) => {
  response.json(await verifiedByApi(user.accessToken));
});
app.use((error, request, response, next) => {
  response.status(500).json({ error: error.data?.error ?? error.code ?? error.name, message: error.message });
});

serveUntilTheEnd();
app.listen(port, '127.0.0.1');
