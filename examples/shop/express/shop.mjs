// A shop whose visitors become customers without leaving it, and keep what is in their cart.
//
//     npm ci --prefix examples/shop/express
//     node examples/shop/express/shop.mjs [--port N] [--redis URL [--workers N]] [--token-lifetime SECONDS]
//
// in a clone, after `npm install` in bindings/node. With the package instead: copy the folders examples/shop/express and
// examples/shop/page, and run `npm install && npm install headlessid` in the copy of express, then `node shop.mjs`. It
// starts a simulated org (the package carries the headlessid command; HEADLESSID_CLI names another) and the shop, and prints the address.
// The page and its calls: examples/shop/page/shop.js. Visitors and customers are sessions in Redis, which all workers share: sealed, and
// refreshed once among them; without --redis they are in the memory of one worker. The browser has the session's id alone. A flow that
// waits for a code travels as a sealed ticket in another cookie, so that any worker with the key can resume it. SIGHUP starts the workers
// again.
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import express from 'express';
import { createClient } from 'redis';

import { MemoryShelf, RedisShelf } from './shelf.mjs';
import { told, Workers } from './workers.mjs';

// In your own program: import { Client } from 'headlessid'. In a clone nothing has to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client, HeadlessIdError, TokenSet, Visitor } = await packageOr('headlessid', '../../../bindings/node/dist/esm/index.mjs');
const { MemoryStore, RedisStore } = await packageOr('headlessid/stores', '../../../bindings/node/dist/esm/stores.mjs');
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

const newId = () => randomBytes(32).toString('base64url');

// ---- the process that starts the others ------------------------------------------------------------------------------------

if (cluster.isPrimary) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      redis: { type: 'string' },
      workers: { type: 'string', default: '2' },
      'token-lifetime': { type: 'string', default: '0' },
    },
  });
  const lifetime = Number(values['token-lifetime']); // 0: as the org is set up
  const org = await SimulatedOrg.start({ options: { settings: { access_token_lifetime_s: lifetime } } });
  const workers = new Workers(values.redis ? Number(values.workers) : 1, {
    // In a deployment the keys are the same for all workers, and kept where they are not next to the store.
    settings: { ...org.clientSettings(), sealKeys: [`k1:${newId()}`], sessionKeys: [`k1:${newId()}`], sealLifetimeS: TICKET_LIFETIME_S },
    redis: values.redis,
    port: Number(values.port),
  });
  const address = `http://127.0.0.1:${await workers.start()}/`;
  console.log(`the shop is at ${address} and the messages it sends at ${address}inbox`);
  console.log(`a customer: ${org.users[0].username}, password ${org.users[0].password}`);
  process.on('SIGHUP', () => void workers.restart());
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await workers.stop();
      await org.stop();
      process.exit();
    });
  }
  await new Promise(() => {}); // the rest is the workers'
}

// ---- a worker: its client, the sessions, and what the shop itself keeps ------------------------------------------------------

const { settings, redis: redisUrl, port } = await told();
const client = new Client(settings);
const redis = redisUrl && (await createClient({ url: redisUrl }).connect());
const sessions = client.sessions(redis ? new RedisStore(redis) : new MemoryStore());
const shelf = redis ? new RedisShelf(redis) : new MemoryShelf();

// One request: the browser's session with its present token, and the ticket of the flow that it waits for.
async function visit(request) {
  const cookies = new Map((request.headers.cookie ?? '').split('; ').map((pair) => pair.split('=')));
  const id = cookies.get('session');
  if (id) {
    const session = sessions.get(id);
    try {
      return { id, session, token: await session.token(), ticket: cookies.get('ticket') };
    } catch (error) {
      if (!error.isSignInRequired) throw error;
    }
  }
  return { ...(await welcome()), ticket: undefined };
}

async function welcome() {
  const id = newId();
  const session = await sessions.guest(id);
  return { id, session, token: await session.token() };
}

// The session is forgotten in any case.
async function leave(visit) {
  await shelf.signOut(visit.id);
  await visit.session.end().catch(() => {});
}

const visitorOf = ({ token }) => new Visitor({ uvid: token.uvid, accessToken: token.accessToken });

// Only the browser that a ticket was made for can use it.
const wait = (visit, challenge) => (visit.ticket = challenge.seal(visit.id));
const waiting = (visit) => client.resume(visit.ticket ?? '', visit.id);

async function signIn(visit, tokens) {
  const who = await client.userinfo({ accessToken: tokens.accessToken });
  await leave(visit);
  // A new id for the session: knowing the visitor's must not give the customer's.
  const id = newId();
  const session = await sessions.begin(id, tokens);
  await shelf.signIn(id, { name: who.name ?? who.preferredUsername, carried: tokens.uvidCarry === 'carried' });
  Object.assign(visit, { id, session, token: await session.token(), ticket: undefined });
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

async function shown(visit, error, account) {
  const [customer, cart] = await Promise.all([shelf.customer(visit.id), shelf.cart(visit.token.uvid)]);
  return {
    products: [...PRODUCTS].map(([id, product]) => ({ id, ...product })),
    cart: [...cart].map(([id, count]) => ({ id, name: PRODUCTS.get(id).name, count })),
    uvid: visit.token.uvid,
    user: customer?.name ?? null,
    carried: customer?.carried ?? null,
    waiting: whatIsAwaited(visit),
    account: account ?? null,
    // The site's words about a new password are for the person; all others are for logs.
    ...(error && { error: { reason: error.reason, message: error.isPasswordPolicy ? error.serverText : error.message } }),
  };
}

// ---- what the page calls ----------------------------------------------------------------------------------------------

const calls = {
  async cart(visit, { id }) {
    if (PRODUCTS.has(id)) await shelf.add(visit.token.uvid, id);
  },

  async login(visit, { username, password }) {
    await signIn(visit, await client.login({ username, password, guest: visitorOf(visit) }));
  },

  async otp(visit, { username, method }) {
    wait(visit, await client.passwordlessLogin({ username, verificationMethod: method, guest: visitorOf(visit) }));
  },

  async register(visit, { first_name: firstName, last_name: lastName, email, password }) {
    const userdata = { firstName, lastName, email, username: email };
    wait(visit, await client.register({ userdata, password, verificationMethod: 'email', guest: visitorOf(visit) }));
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

  // Calls an API as the customer: the session's fetch sends its token, and gets another if the API rejects it.
  async account(visit) {
    const response = await visit.session.fetch(new URL('services/oauth2/userinfo', `${settings.site}/`));
    if (!response.ok) throw new Error(`userinfo says ${response.status}`);
    const { preferred_username: username, email } = await response.json();
    return { username, email };
  },

  async logout(visit) {
    await leave(visit);
    Object.assign(visit, await welcome());
  },
};

// ---- the server ---------------------------------------------------------------------------------------------------------

async function respond(request, response, call, body) {
  const current = await visit(request);
  let error;
  let account;
  try {
    account = await call?.(current, body);
  } catch (caught) {
    if (!(caught instanceof HeadlessIdError)) throw caught;
    error = caught;
  }
  response.cookie('session', current.id, COOKIE).set('X-Worker', String(process.pid));
  if (current.ticket) response.cookie('ticket', current.ticket, { ...COOKIE, maxAge: TICKET_LIFETIME_S * 1000 });
  else response.clearCookie('ticket', COOKIE);
  response.status(error ? 400 : 200).json(await shown(current, error, account));
}

const app = express();
app.use('/page', express.static(PAGE));
app.get(['/', '/inbox'], (_request, response) => response.sendFile('index.html', { root: PAGE }));
app.get('/api/inbox', async (_request, response) => {
  // Of the simulated org alone.
  const { messages } = await (await fetch(new URL('/__sim/outbox', settings.site))).json();
  response.json({ messages: messages.map(({ to, flow, otp }) => ({ to, flow, otp })) });
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

const server = app.listen(port, '127.0.0.1');

process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await client.close(); // waits for the sessions' flows
  await redis?.close();
  process.exit();
});
process.on('SIGINT', () => {}); // the primary's to pass on
