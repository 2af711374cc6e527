// A shop whose visitors become customers, with Express and headlessid.
//
//     npm ci --prefix examples/shop/express
//     node examples/shop/express/shop.mjs
//
// starts a simulated org by itself (HEADLESSID_CLI, or the headlessid command on the PATH) and prints the shop's address.
// Whoever looks around is a guest with a UVID; the cart hangs on that, and is still there after signing in. Between the
// request that has a one-time password sent and the one that brings it, the challenge is a ticket in a cookie: any worker
// of this shop could take it up. The page and its JSON API (at the top of shop.js) are shared with the FastAPI shop.
import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import express from 'express';

// In a program of yours: import { Client } from 'headlessid'. In a clone nothing needs to be linked.
const packageOr = (name, path) => import(name).catch(() => import(path));
const { Client, HeadlessIdError, Visitor } = await packageOr('headlessid', '../../../bindings/node/dist/esm/index.mjs');
const { SimulatedOrg } = await packageOr('headlessid/testing', '../../../bindings/node/dist/esm/testing.mjs');

const PRODUCTS = [
  { id: 'mug', name: 'Mug', price: 12 },
  { id: 'lamp', name: 'Lamp', price: 48 },
  { id: 'chair', name: 'Chair', price: 129 },
];

const org = await SimulatedOrg.start({ tls: true });
const client = new Client({ ...org.settings(), sealKeys: [`k1:${randomBytes(32).toString('base64url')}`] });
// A shop that is more than an example keeps both in a database.
const carts = new Map(); // by UVID: product -> count
const sessions = new Map(); // by session id: the signed-in customer

// ---- cookies: none of them can be read by scripts, or is sent along from other sites -----------------------------

const COOKIE = { httpOnly: true, sameSite: 'lax', path: '/' }; // and `secure` where the shop itself speaks TLS

function readCookies(request, _response, next) {
  const pairs = (request.headers.cookie ?? '').split('; ').filter((pair) => pair.includes('='));
  request.cookies = Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), decodeURIComponent(pair.slice(pair.indexOf('=') + 1))]));
  next();
}

// Who is there: a browser's session, and the visitor, who is renewed when it is time.
async function meet(request, response, next) {
  request.sid = request.cookies.sid ?? randomUUID();
  response.cookie('sid', request.sid, COOKIE);
  let visitor = request.cookies.visitor && Visitor.fromJson(request.cookies.visitor);
  if (!visitor || visitor.isDue()) {
    ({ visitor } = await client.guest(visitor ? { guest: visitor } : {}));
    response.cookie('visitor', visitor.toJson(), COOKIE);
  }
  request.visitor = visitor;
  next();
}

// ---- what the page sees -----------------------------------------------------------------------------------------

function shopFor(request, asks) {
  const cart = carts.get(request.visitor.uvid) ?? new Map();
  const customer = sessions.get(request.sid);
  return {
    products: PRODUCTS,
    visitor: request.visitor.uvid,
    user: customer?.name ?? null,
    cart: [...cart].map(([id, count]) => ({ ...PRODUCTS.find((product) => product.id === id), count })),
    asks: asks ?? null,
  };
}

// The challenge goes into a cookie, bound to this browser's session.
function park(request, response, challenge) {
  response.cookie('ticket', challenge.seal(request.sid), COOKIE);
  response.json(shopFor(request, challenge.asks));
}

async function signIn(request, response, me) {
  const info = await client.userinfo({ accessToken: me.accessToken });
  // A new id: one that somebody knew before must not become a customer's.
  request.sid = randomUUID();
  response.cookie('sid', request.sid, COOKIE).clearCookie('ticket', COOKIE);
  sessions.set(request.sid, { name: info.name ?? info.preferredUsername, accessToken: me.accessToken });
  response.json(shopFor(request));
}

// ---- the API ------------------------------------------------------------------------------------------------------

const api = express.Router();
api.use(express.json(), readCookies, meet);

api.get('/shop', (request, response) => response.json(shopFor(request)));

api.post('/cart', (request, response) => {
  if (!PRODUCTS.some(({ id }) => id === request.body.product)) return response.status(400).json({ error: 'no_product', message: 'There is no such product.' });
  const cart = carts.get(request.visitor.uvid) ?? new Map();
  cart.set(request.body.product, (cart.get(request.body.product) ?? 0) + 1);
  carts.set(request.visitor.uvid, cart);
  return response.json(shopFor(request));
});

api.post('/login', async (request, response) => {
  const { username, password } = request.body;
  await signIn(request, response, await client.login({ username, password, guest: request.visitor }));
});

api.post('/otp', async (request, response) => {
  const { username, method } = request.body;
  park(request, response, await client.passwordlessLogin({ username, verificationMethod: method, guest: request.visitor }));
});

api.post('/register', async (request, response) => {
  const { firstName, lastName, email, password } = request.body;
  const userdata = { firstName, lastName, email, username: email };
  park(request, response, await client.registration({ userdata, password, verificationMethod: 'email', guest: request.visitor }));
});

api.post('/reset', async (request, response) => {
  park(request, response, await client.passwordReset({ username: request.body.username }));
});

api.post('/verify', async (request, response) => {
  const challenge = client.resume(request.cookies.ticket ?? '', request.sid);
  try {
    const result = await challenge.verify(request.body.otp, { newPassword: request.body.newPassword });
    if ('accessToken' in result) await signIn(request, response, result);
    else response.clearCookie('ticket', COOKIE).json(shopFor(request));
  } catch (error) {
    if (challenge.asks !== undefined) response.cookie('ticket', challenge.seal(request.sid), COOKIE);
    throw error;
  }
});

api.post('/resend', async (request, response) => {
  const challenge = client.resume(request.cookies.ticket ?? '', request.sid);
  await challenge.resend();
  park(request, response, challenge);
});

api.post('/logout', async (request, response) => {
  const customer = sessions.get(request.sid);
  sessions.delete(request.sid);
  if (customer) await client.revocation({ token: customer.accessToken });
  response.clearCookie('sid', COOKIE).clearCookie('ticket', COOKIE).json(shopFor(request));
});

// What was wrong, in words for a person; what only an admin can mend is for the log.
api.use((error, _request, response, _next) => {
  if (!(error instanceof HeadlessIdError)) {
    console.error(error);
    return response.status(500).json({ error: 'internal', message: 'Something went wrong.' });
  }
  console.error(`${error.reason}: ${error.message}${error.hint ? ` (${error.hint})` : ''}`);
  const status = { ARGUMENT: 400, STATE: 409, REFUSED: 403 }[error.kind] ?? 502;
  return response.status(status).json({ error: error.reason, message: error.isPasswordPolicy ? error.serverText : error.message });
});

// ---- the shop -----------------------------------------------------------------------------------------------------

const app = express();
app.use('/api', api);
// The demo's stand-in for a mailbox and a phone; a real shop has no such page.
app.get('/inbox', async (_request, response) => {
  const messages = await org.outbox();
  response.type('text/plain').send(messages.map(({ to, flow, otp }) => `${to}  ${flow}  ${otp}`).join('\n'));
});
app.use(express.static(fileURLToPath(new URL('../page/', import.meta.url))));

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    server.closeAllConnections();
    await client.close();
    await org.stop();
  });
}
