// A web app whose users sign in on Salesforce's own login page.
//
//     npm ci --prefix examples/web-login/express
//     node examples/web-login/express/web-login.mjs [--port N]      in a clone, after `npm install` in bindings/node
//
// or, in a copy of this folder, with the package:
//
//     npm install && npm install headlessid
//     node web-login.mjs [--port N]
//
// starts a simulated org (the package carries the headlessid command; HEADLESSID_CLI names another) and the app, and prints the
// address. /login sends the browser to Salesforce and seals the flow into a cookie; the browser comes back to /callback, where any
// worker with the key opens it. Tokens stay in the server's session.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import express from 'express';

// In your own program: import { Client } from 'headlessid'. In a clone nothing has to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client, HeadlessIdError } = await packageOr('headlessid', '../../../bindings/node/dist/esm/index.mjs');
const { SimulatedOrg } = await packageOr('headlessid/testing', '../../../bindings/node/dist/esm/testing.mjs');

const CLIENT_ID = '3MVG9Example.PrivateClient';
// The browser comes back from another site: it sends a cookie that is `lax`, and would keep one that is `strict`. An app on the
// Internet adds secure: true; this one speaks plain HTTP on the loopback address.
const COOKIE = { httpOnly: true, sameSite: 'lax' };
const random = () => randomBytes(32).toString('base64url');

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
const app = express();
const server = createServer(app);
await new Promise((resolve) => server.listen(Number(values.port), '127.0.0.1', resolve));
const address = `http://127.0.0.1:${server.address().port}`;

// Without TLS, because a browser does not trust the certificate that the simulated org makes at its start.
const apps = [{ client_id: CLIENT_ID, redirect_uris: [`${address}/callback`] }];
const org = await SimulatedOrg.start({ tls: false, options: { apps } });
const client = new Client({
  ...org.clientSettings(org.apps.find((each) => each.clientId === CLIENT_ID)),
  redirectUri: `${address}/callback`,
  scope: 'openid api refresh_token',
  sealKeys: [`k1:${random()}`], // in an app with several workers the same for all
});

// People who have signed in: an app with several workers keeps these in its session store.
const sessions = new Map();

const cookiesOf = (request) => new Map((request.headers.cookie ?? '').split('; ').map((pair) => pair.split('=')));
const escapeHtml = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const page = (body) => `<!doctype html><meta charset=utf-8><title>Web login</title><main>${body}</main>`;

app.get('/', (request, response) => {
  const session = sessions.get(cookiesOf(request).get('session'));
  if (session === undefined) {
    response.send(page('<p id="who">You are not signed in.</p><a id="login" href="/login">Sign in with Salesforce</a>'));
    return;
  }
  const who = `<p id="who">Hello, ${escapeHtml(session.name)}</p>`;
  response.send(page(`${who}<form method="post" action="/logout"><button id="logout">Sign out</button></form>`));
});

app.get('/login', async (_request, response) => {
  const challenge = await client.webServer();
  // The ticket is good only together with the second cookie: for this browser, and for this sign-in.
  const browser = random();
  response.cookie('sign_in', challenge.seal(browser), COOKIE).cookie('browser', browser, COOKIE);
  response.redirect(303, challenge.url);
});

app.get('/callback', async (request, response) => {
  const cookies = cookiesOf(request);
  response.clearCookie('sign_in', COOKIE).clearCookie('browser', COOKIE);
  try {
    const challenge = client.resume(cookies.get('sign_in') ?? '', cookies.get('browser') ?? '', 'web_server');
    const tokens = await challenge.verify(address + request.originalUrl);
    const who = await client.userinfo({ accessToken: tokens.accessToken });
    const id = random();
    sessions.set(id, { tokens, name: who.name ?? who.preferredUsername ?? '' });
    response.cookie('session', id, COOKIE).redirect(303, '/');
  } catch (error) {
    if (!(error instanceof HeadlessIdError)) throw error;
    // The message is for the log; the person can only try again.
    console.log(`sign-in failed: ${error.reason}: ${error.message}`);
    const problem = `<p id="problem" data-reason="${error.reason}">The sign-in failed.</p>`;
    response.status(400).send(page(`${problem}<a href="/login">Try again</a>`));
  }
});

app.post('/logout', async (request, response) => {
  const id = cookiesOf(request).get('session');
  const session = sessions.get(id);
  sessions.delete(id);
  // The session is forgotten in any case.
  if (session) await client.logout(session.tokens).catch(() => {});
  response.clearCookie('session', COOKIE).redirect(303, '/');
});

console.log(`the app is at ${address}/`);
console.log(`a user: ${org.users[0].username}, password ${org.users[0].password}`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    server.closeAllConnections();
    await client.close();
    await org.stop();
  });
}
