// A shop whose visitors become customers without leaving it, and keep what is in their cart.
//
//     npm ci --prefix examples/shop/express
//     node examples/shop/express/shop.mjs [--port N]
//
// starts a simulated org (the package carries the headlessid command; HEADLESSID_CLI names another) and the shop, and prints the address.
// The page and its calls: examples/shop/page/shop.js. Tokens stay in the server's session; a flow that waits for a code
// travels as a sealed ticket in a cookie, so that any worker with the same key can resume it.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import express from 'express';

// In your own program: import { Client } from 'headlessid'. In a clone nothing has to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client, HeadlessIdError, TokenSet } = await packageOr('headlessid', '../../../bindings/node/dist/esm/index.mjs');
const { SimulatedOrg } = await packageOr('headlessid/testing', '../../../bindings/node/dist/esm/testing.mjs');

const PAGE = fileURLToPath(new URL('../page/', import.meta.url));
const PRODUCTS = new Map([
  ['tent', { name: 'Tent', price: 149 }],
  ['stove', { name: 'Stove', price: 39 }],
  ['lamp', { name: 'Lamp', price: 19 }],
]);
const TICKET_LIFETIME_S = 900;
// A shop on the Internet adds secure: true; this one speaks plain HTTP on the loopback address.
const COOKIE = { httpOnly: true, sameSite: 'strict' };

const org = await SimulatedOrg.start();
// The deployment's key, the same for all its workers.
const sealKeys = [`k1:${randomBytes(32).toString('base64url')}`];
const client = new Client({ ...org.clientSettings(), sealKeys, sealLifetimeS: TICKET_LIFETIME_S });

// ---- sessions and carts: a shop with several workers keeps these in its stores ---------------------------------------------

const sessions = new Map(); // by the id in the browser's cookie
const carts = new Map(); // by the visitor's UVID, which stays the same at sign-in: product -> count

function open(visitor, customer = {}) {
  const session = { id: randomBytes(32).toString('base64url'), visitor, ...customer };
  sessions.set(session.id, session);
  return session;
}

// One request: the browser's session, and the ticket of the flow that it waits for.
async function visit(request) {
  const cookies = new Map((request.headers.cookie ?? '').split('; ').map((pair) => pair.split('=')));
  let session = sessions.get(cookies.get('session'));
  if (session === undefined) session = open((await client.guest()).visitor);
  else if (!session.tokens && session.visitor.isDue()) session.visitor = (await client.guest({ guest: session.visitor })).visitor;
  return { session, ticket: cookies.get('ticket') };
}

// Only the browser that a ticket was made for can use it.
const wait = (visit, challenge) => (visit.ticket = challenge.seal(visit.session.id));
const waiting = (visit) => client.resume(visit.ticket ?? '', visit.session.id);

async function signIn(visit, tokens) {
  const who = await client.userinfo({ accessToken: tokens.accessToken });
  // A new id for the session: knowing the visitor's must not give the customer's.
  sessions.delete(visit.session.id);
  visit.session = open(visit.session.visitor, { tokens, name: who.name ?? who.preferredUsername });
  visit.ticket = undefined;
}

function whatIsAwaited(visit) {
  if (!visit.ticket) return null;
  try {
    const { flow, asks } = waiting(visit);
    return { flow, asks };
  } catch {
    return null; // too old, or another browser's
  }
}

function shown(visit, error) {
  const { visitor, name = null, tokens } = visit.session;
  return {
    products: [...PRODUCTS].map(([id, product]) => ({ id, ...product })),
    cart: [...(carts.get(visitor.uvid) ?? [])].map(([id, count]) => ({ id, name: PRODUCTS.get(id).name, count })),
    uvid: visitor.uvid,
    user: name,
    carried: tokens ? tokens.uvidCarry === 'carried' : null,
    waiting: whatIsAwaited(visit),
    // The site's words about a new password are for the person; all others are for logs.
    ...(error && { error: { reason: error.reason, message: error.isPasswordPolicy ? error.serverText : error.message } }),
  };
}

// ---- what the page calls ----------------------------------------------------------------------------------------------

const calls = {
  async cart(visit, { id }) {
    const { uvid } = visit.session.visitor;
    if (!carts.has(uvid)) carts.set(uvid, new Map());
    if (PRODUCTS.has(id)) carts.get(uvid).set(id, (carts.get(uvid).get(id) ?? 0) + 1);
  },

  async login(visit, { username, password }) {
    await signIn(visit, await client.login({ username, password, guest: visit.session.visitor }));
  },

  async otp(visit, { username, method }) {
    wait(visit, await client.passwordlessLogin({ username, verificationMethod: method, guest: visit.session.visitor }));
  },

  async register(visit, { first_name: firstName, last_name: lastName, email, password }) {
    const userdata = { firstName, lastName, email, username: email };
    wait(visit, await client.register({ userdata, password, verificationMethod: 'email', guest: visit.session.visitor }));
  },

  async reset(visit, { username }) {
    wait(visit, await client.resetPassword({ username }));
  },

  async verify(visit, { otp, new_password: newPassword }) {
    const challenge = waiting(visit);
    visit.ticket = undefined;
    try {
      const result = await challenge.verify(otp, { newPassword });
      if (result instanceof TokenSet) await signIn(visit, result);
    } catch (error) {
      // Wrong: asked for again. Otherwise the flow is over.
      if (challenge.asks !== undefined) wait(visit, challenge);
      throw error;
    }
  },

  async resend(visit) {
    const challenge = waiting(visit);
    await challenge.resend();
    wait(visit, challenge);
  },

  async cancel(visit) {
    visit.ticket = undefined;
  },

  async logout(visit) {
    const { id, tokens } = visit.session;
    sessions.delete(id);
    // The session is forgotten in any case.
    if (tokens) await client.logout(tokens).catch(() => {});
    visit.session = open((await client.guest()).visitor);
  },
};

// ---- the server ---------------------------------------------------------------------------------------------------------

async function respond(request, response, call, body) {
  const current = await visit(request);
  let error;
  try {
    await call?.(current, body);
  } catch (caught) {
    if (!(caught instanceof HeadlessIdError)) throw caught;
    error = caught;
  }
  response.cookie('session', current.session.id, COOKIE);
  if (current.ticket) response.cookie('ticket', current.ticket, { ...COOKIE, maxAge: TICKET_LIFETIME_S * 1000 });
  else response.clearCookie('ticket', COOKIE);
  response.status(error ? 400 : 200).json(shown(current, error));
}

const app = express();
app.use('/page', express.static(PAGE));
app.get(['/', '/inbox'], (_request, response) => response.sendFile('index.html', { root: PAGE }));
app.get('/api/inbox', async (_request, response) => {
  response.json({ messages: (await org.outbox()).map(({ to, flow, otp }) => ({ to, flow, otp })) });
});
app.get('/api/shop', (request, response) => respond(request, response));
app.post('/api/:name', express.json(), async (request, response) => {
  const {
    params: { name },
    body,
  } = request;
  const good = Object.hasOwn(calls, name) && body && Object.values(body).every((value) => typeof value === 'string');
  if (good) await respond(request, response, calls[name], body);
  else response.status(422).json({ detail: 'no such call' });
});

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
const server = app.listen(Number(values.port), '127.0.0.1', () => {
  const address = `http://127.0.0.1:${server.address().port}/`;
  console.log(`the shop is at ${address} and the messages it sends at ${address}inbox`);
  console.log(`a customer: ${org.users[0].username}, password ${org.users[0].password}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    server.closeAllConnections();
    await client.close();
    await org.stop();
  });
}
