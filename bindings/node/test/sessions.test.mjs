// Sessions in a store: the calls, one flow at a time, waits that end and flows that do not, what the store gives back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as util from 'node:util';

import { Client, HeadlessIdError, SessionToken } from 'headlessid';
import { MemoryStore } from 'headlessid/stores';
import { SimulatedOrg } from 'headlessid/testing';

import { keys, RotatingOrg } from './support/rotating.mjs';
import { plainServer, settingsFor } from './support/server.mjs';

// Tokens age without the tests waiting: nothing here runs over a clock other than this one.
const realNow = Date.now;
let ahead = 0;
Date.now = () => realNow() + ahead;
const later = (ms) => void (ahead += ms);

const tick = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));
const caught = (work) =>
  work.then(
    () => assert.fail('not refused'),
    (error) => {
      assert.ok(error instanceof HeadlessIdError, util.inspect(error));
      return error;
    },
  );

// A session of an org in this process, and another client of the same store, as another process has it.
async function begun({ lifetimeS = 3600, settings = {}, options = {}, store = new MemoryStore() } = {}) {
  const org = new RotatingOrg({ lifetimeS });
  const client = org.client(settings);
  const sessions = client.sessions(store, { keys, ...options });
  const session = await sessions.begin('user-42', org.signIn());
  const elsewhere = org.client(settings).sessions(store, { keys, ...options });
  return { org, client, store, sessions, session, elsewhere };
}

test('a session is begun, found, refreshed once and ended', async () => {
  const { org, store, session, sessions, elsewhere } = await begun({ lifetimeS: 0.6 });
  const first = await session.accessToken();
  assert.ok(org.isValid(first));
  assert.equal(await elsewhere.get('user-42').accessToken(), first);
  assert.equal(sessions.get('user-42'), session);
  assert.equal(sessions.get(Buffer.from('user-42')), session);
  later(700);
  const second = await elsewhere.get('user-42').accessToken();
  assert.ok(org.isValid(second) && second !== first);
  assert.equal(await session.accessToken(), second);
  assert.deepEqual([org.refreshes, org.reused], [1, 0]);
  assert.equal(await session.end(), true);
  assert.ok(org.revoked.includes(second));
  // A process that has looked a moment ago has its token still; one that looks learns it.
  assert.equal(await elsewhere.get('user-42').accessToken(), second);
  const over = await caught(org.client().sessions(store, { keys }).get('user-42').token());
  assert.ok(over.isSignInRequired, over.reason);
  assert.ok((await caught(session.accessToken())).isSignInRequired);
  assert.equal(await session.end(), false);
});

test('the token comes with what belongs to it, and is refreshed by one call alone', async () => {
  const { session } = await begun({ lifetimeS: 0.3 });
  const { accessToken, expiresAtMs, refreshed } = await session.token();
  assert.equal(accessToken, await session.accessToken());
  assert.equal(accessToken, session.accessTokenNow());
  assert.ok(expiresAtMs > Date.now() - 1000 && refreshed === false);
  later(350);
  assert.equal(session.accessTokenNow(), undefined);
  const next = await session.token();
  assert.ok(next instanceof SessionToken && next.refreshed && next.instanceUrl === 'https://acme.my.salesforce.com');
  const again = await session.token();
  assert.deepEqual([again.refreshed, again.accessToken], [false, next.accessToken]);
  assert.equal(again.instanceUrl, next.instanceUrl);
});

test('64 calls at the end of a token are one refresh', async () => {
  const { org, session } = await begun({ lifetimeS: 0.2 });
  later(250);
  org.lifetimeS = 3600;
  const tokens = await Promise.all(Array.from({ length: 64 }, (_, i) => (i % 2 ? session.accessToken() : session.token())));
  assert.equal(new Set(tokens.map((token) => token.accessToken ?? token)).size, 1);
  assert.equal(org.refreshes, 1);
});

test('64 calls with a rejected token are one refresh, and all have the next one', async () => {
  const { org, session } = await begun();
  const token = await session.accessToken();
  org.expire(token);
  const next = await Promise.all(Array.from({ length: 64 }, () => session.rejected(token)));
  assert.equal(new Set(next).size, 1);
  assert.ok(org.isValid(next[0]));
  assert.equal(await session.rejected(token), next[0]);
  assert.equal(org.refreshes, 1);
  assert.equal((await caught(session.rejected(7).catch((error) => Promise.reject(wrapped(error))))).reason, 'type');
});
const wrapped = (error) =>
  error instanceof TypeError ? new HeadlessIdError({ kind: 'ARGUMENT', advice: 'NONE', reason: 'type', message: '' }) : error;

test('a call for a longer time looks again after the one under way', async () => {
  const { org, session, elsewhere } = await begun({ lifetimeS: 100 });
  const other = elsewhere.get('user-42');
  const [short, long] = await Promise.all([other.token(), other.token({ minTtl: 40_000 })]);
  assert.equal(short.accessToken, long.accessToken);
  assert.equal(org.refreshes, 0);
  org.lifetimeS = 1000;
  // Half of its life is the most that can be asked of it; then it is refreshed.
  later(60_000);
  const [held, fresh] = await Promise.all([session.token(), session.token({ minTtl: 50_000 })]);
  assert.equal(fresh.refreshed, true);
  assert.notEqual(held.accessToken, fresh.accessToken);
  assert.equal(org.refreshes, 1);
});

test('a wait that is cancelled leaves the flow going, and what it brings is kept', async () => {
  const { org, session } = await begun({ lifetimeS: 0.2 });
  later(250);
  org.lifetimeS = 3600;
  let open;
  org.gate = new Promise((resolve) => (open = resolve));
  const controller = new AbortController();
  const waits = [
    session.accessToken({ signal: controller.signal }),
    session.token({ signal: controller.signal }),
    session.rejected('another', { signal: controller.signal }),
    session.end({ signal: controller.signal }),
  ].map(caught);
  await tick();
  controller.abort(new Error('mine'));
  for (const error of await Promise.all(waits)) {
    assert.deepEqual([error.isCancelled, error.name, error.cause.message], [true, 'AbortError', 'mine']);
  }
  const late = await caught(session.accessToken({ signal: AbortSignal.timeout(1) }));
  assert.equal(late.name, 'TimeoutError');
  assert.equal((await caught(session.accessToken({ signal: AbortSignal.abort() }))).name, 'AbortError');
  open();
  assert.ok(org.isValid(await session.accessToken()));
  assert.deepEqual([org.refreshes, org.reused], [1, 0]);
});

test('closing waits for flows under way, and lets none begin', async () => {
  for (const way of ['sessions', 'client']) {
    const { org, client, sessions, session, elsewhere } = await begun({ lifetimeS: 0.2 });
    later(250);
    org.lifetimeS = 3600;
    let open;
    org.gate = new Promise((resolve) => (open = resolve));
    const token = session.accessToken();
    await tick();
    let closed = false;
    const closing = (way === 'client' ? client : sessions).close().then(() => (closed = true));
    await tick(20);
    assert.equal(closed, false);
    assert.equal((await caught(sessions.get('another').token())).reason, 'closed');
    open();
    await closing;
    assert.ok(org.isValid(await token));
    // It was saved: another process has it without a refresh.
    assert.equal(await elsewhere.get('user-42').accessToken(), await token);
    assert.equal(org.refreshes, 1);
    await sessions[Symbol.asyncDispose]();
    await client.close();
    assert.throws(() => client.sessions(new MemoryStore(), { keys }), { reason: 'closed' });
  }
});

test("closing waits for a flow on the library's own I/O too, and keeps what it brings", async () => {
  ahead = 0;
  const org = new RotatingOrg({ lifetimeS: 0.2 });
  const server = await plainServer(org.handler);
  const store = new MemoryStore();
  const client = new Client(settingsFor(server));
  const session = await client.sessions(store, { keys }).begin('user-42', org.signIn());
  await tick(250);
  org.lifetimeS = 3600;
  let open;
  org.gate = new Promise((resolve) => (open = resolve));
  const token = session.accessToken();
  await tick(50);
  const closing = client.close();
  await tick(50);
  open();
  await closing;
  assert.ok(org.isValid(await token));
  const other = new Client(settingsFor(server));
  assert.equal(await other.sessions(store, { keys }).get('user-42').accessToken(), await token);
  assert.deepEqual([org.refreshes, org.reused, client.inFlight], [1, 0, 0]);
  await other.close();
  await server.stop();
});

test('a token that is due and lasts is handed out while it is refreshed', async () => {
  const { org, session } = await begun({ lifetimeS: 2 });
  await session.accessToken();
  const first = session.accessTokenNow();
  org.lifetimeS = 3600;
  later(1850);
  let open;
  org.gate = new Promise((resolve) => (open = resolve));
  assert.equal(session.accessTokenNow(), undefined, 'it is due');
  const all = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
  assert.deepEqual([...new Set(all)], [first]);
  open();
  await tick(20);
  const second = await session.accessToken();
  assert.ok(second !== first && org.isValid(second));
  assert.equal(org.refreshes, 1);
});

test('without background, and where it would not last, the caller waits', async () => {
  const { org, session, elsewhere } = await begun({ lifetimeS: 2, options: { background: false } });
  const first = await session.accessToken();
  org.lifetimeS = 3600;
  later(1850);
  assert.notEqual(await session.accessToken(), first);
  const other = await begun({ lifetimeS: 2 });
  const before = await other.session.accessToken();
  other.org.lifetimeS = 3600;
  later(1850);
  assert.notEqual(await other.session.accessToken({ minTtl: 1000 }), before);
  await elsewhere.close();
});

test('an outage ends nothing: the old token while it lasts, then an error that says to try later', async () => {
  const { org, session } = await begun({ lifetimeS: 2, settings: { timeoutMs: 300 } });
  const first = await session.accessToken();
  later(1850);
  org.instead = Array.from({ length: 50 }, () => ({ status: 503, body: {} }));
  assert.equal(await session.accessToken(), first);
  later(400);
  const error = await caught(session.accessToken());
  assert.ok(error.isRetryable && !error.isSignInRequired, error.reason);
  org.instead = [];
  assert.ok(org.isValid(await session.accessToken()));
  assert.equal(org.reused, 0);
});

test("a guest has a session, which begin makes a person's", async () => {
  ahead = 0;
  const org = await SimulatedOrg.start();
  const client = new Client(org.clientSettings());
  try {
    const store = new MemoryStore();
    const sessions = client.sessions(store, { keys });
    const guest = await sessions.guest('browser-1', { minTtl: 60_000 });
    const { uvid, accessToken } = await guest.token();
    assert.match(uvid, /^[-0-9a-f]{36}$/);
    const both = await Promise.all([sessions.guest('browser-1'), sessions.guest('browser-1', { scope: [] })]);
    assert.deepEqual([both[0], await both[1].accessToken()], [guest, accessToken]);
    const me = await client.login({ ...org.users[0], guest: await guest.token() });
    const named = await sessions.begin('browser-1', me);
    assert.equal((await named.token()).uvid, uvid);
    assert.equal((await client.userinfo({ accessToken: await named.accessToken() })).preferredUsername, org.users[0].username);
    assert.equal((await caught(sessions.guest('browser-1'))).reason, 'named_session');
  } finally {
    await client.close();
    await org.stop();
  }
});

test('what is wrong is refused by name, before anything is done', async () => {
  const { org, client, sessions, session } = await begun();
  const store = new MemoryStore();
  for (const [work, field] of [
    [() => client.sessions(store, { keys: 'k1:short' }), /^session_?keys$/i],
    [() => client.sessions(store, { key: 'x' }), 'key'],
    [() => client.sessions(store, { keys, maxSessions: 0 }), 'maxSessions'],
    [() => client.sessions(store, { keys, storeTimeout: 0.5 }), 'storeTimeout'],
    [() => client.sessions({ load() {} }, { keys }), 'store'],
    [() => client.sessions(undefined, { keys }), 'store'],
    [() => sessions.get(''), 'key'],
    [() => sessions.get('x'.repeat(513)), 'key'],
    [() => sessions.get('\ud800'), 'key'],
    [() => session.accessTokenNow(-1), 'minTtl'],
  ]) {
    assert.throws(
      work,
      (error) =>
        error instanceof HeadlessIdError &&
        error.kind === 'ARGUMENT' &&
        (field instanceof RegExp ? field.test(error.field) : error.field === field),
      String(work),
    );
  }
  assert.throws(
    () => client.sessions(store),
    (error) => ['no_session_keys', 'bad_argument'].includes(error.reason),
  );
  assert.throws(() => sessions.get(42), TypeError);
  for (const [work, field] of [
    [() => session.accessToken({ minTtl: -1 }), 'minTtl'],
    [() => session.accessToken({ minTtl: 0.5 }), 'minTtl'],
    [() => session.token({ minttl: 1 }), 'minttl'],
    [() => session.end({ minTtl: 1 }), 'minTtl'],
    [() => sessions.guest('a', { ttl: 1 }), 'ttl'],
    [() => sessions.begin('a', { neither: 1 }), 'tokens'],
    [() => sessions.begin('a', Promise.resolve({})), 'tokens'],
    [() => sessions.begin('a', '{"access_token":7}'), 'tokens'],
  ]) {
    assert.equal((await caught(work())).field, field, String(work));
  }
  assert.equal((await caught(sessions.get('unknown').token())).reason, 'no_session');
  assert.equal(org.refreshes, 0);
});

test('keys come as words, as a list, as a map and as a setting; several open what one has sealed', async () => {
  const store = new MemoryStore();
  const org = new RotatingOrg();
  const client = org.client({ session_keys: keys });
  await client.sessions(store).begin('a', org.signIn());
  const key = Buffer.from(keys.slice('k1:'.length), 'base64url');
  const next = Buffer.alloc(32, 7);
  for (const given of [
    keys,
    [keys],
    new Map([['k1', key]]),
    new Map([['k1', key.toString('base64')]]),
    { k1: key },
    { k1: `${key.toString('base64')}\n` },
    new Map([
      ['k2', next],
      ['k1', key],
    ]),
  ]) {
    assert.ok((await client.sessions(store, { keys: given }).get('a').accessToken()).length > 0);
  }
  const other = await caught(
    client
      .sessions(store, { keys: new Map([['k2', next]]) })
      .get('a')
      .token(),
  );
  assert.equal(other.reason, 'record_refused');
});

test('sessions that were used least recently are forgotten, but never one with a flow under way', async () => {
  const org = new RotatingOrg();
  const store = new MemoryStore();
  const sessions = org.client().sessions(store, { keys, maxSessions: 2 });
  const [a, b] = [sessions.get('a'), sessions.get('b')];
  assert.equal(sessions.get('a'), a);
  sessions.get('c');
  assert.equal(sessions.get('a'), a);
  assert.notEqual(sessions.get('b'), b);
  const busy = await sessions.begin('busy', org.signIn());
  let open;
  store.load = () => new Promise((resolve) => (open = () => resolve(null)));
  const token = caught(org.client().sessions(store, { keys, maxSessions: 1 }).get('busy').token());
  const more = org.client().sessions(store, { keys, maxSessions: 1 });
  const held = more.get('one');
  const waiting = caught(held.token());
  more.get('two');
  more.get('three');
  assert.equal(more.get('one'), held);
  await tick();
  open();
  await Promise.race([waiting, tick(50)]);
  void token;
  void busy;
});

// ---- stores that fail ----

for (const [what, wrong, message] of [
  [
    'throws',
    () => {
      throw Object.assign(new Error('secret text'), { code: 'ECONNREFUSED' });
    },
    /ECONNREFUSED/,
  ],
  [
    'rejects with a word of Redis',
    async () => {
      throw new Error('READONLY secret text');
    },
    /READONLY/,
  ],
  ['gives something else', () => 'yes', /neither/],
  ['forgets to return what it has', async () => {}, /load gave undefined: it must resolve with a session, or null/],
  ['gives a value that is text', () => ({ version: 'a', value: 'text' }), /neither/],
  ['does not respond', () => new Promise(() => {}), /ETIMEDOUT/],
]) {
  test(`a store that ${what} is a fault with its cause, and no session is lost`, async () => {
    const { store, elsewhere, session, org } = await begun({ options: { storeTimeout: 50 }, settings: { timeoutMs: 300 } });
    const load = store.load;
    store.load = wrong;
    const error = await caught(elsewhere.get('user-42').token());
    assert.deepEqual([error.reason, error.advice], ['store_fault', 'RETRY_LATER'], util.inspect(error));
    assert.match(error.message, message);
    assert.ok(error.cause instanceof Error);
    assert.ok(!util.inspect(error).includes('secret text'));
    store.load = load;
    assert.equal(await elsewhere.get('user-42').accessToken(), await session.accessToken());
    assert.equal(org.refreshes, 0);
  });
}

test('a save that was done and not confirmed is found out, and nothing is sent again', async () => {
  const { org, store, session } = await begun({ lifetimeS: 0.2 });
  later(250);
  org.lifetimeS = 3600;
  const save = store.save.bind(store);
  let lost = 0;
  store.save = (...given) => {
    const done = save(...given);
    if ((lost += 1) % 2) throw new Error('the connection broke');
    return done;
  };
  assert.ok(org.isValid(await session.accessToken()));
  assert.deepEqual([org.refreshes, org.reused], [1, 0]);
});

test('nothing of a session shows its key, its token or what the store has', async () => {
  const { client, sessions, session, store } = await begun();
  const token = await session.token();
  const secret = token.accessToken;
  const shown = [client, sessions, session, token].flatMap((one) => [
    util.inspect(one, { depth: 9, showHidden: true }),
    util.format('%o', one),
    JSON.stringify(one) ?? '',
    JSON.stringify({ ...one }),
  ]);
  for (const text of shown) assert.ok(!text.includes(secret) && !text.includes('user-42') && !text.includes('5Aep'), text);
  assert.throws(() => structuredClone(session));
  const held = store.load(Buffer.from('user-42'));
  for (const mark of [secret, '5Aep', 'acme']) assert.ok(!Buffer.from(held.value).toString('latin1').includes(mark));
  assert.ok(JSON.parse(token.toJson()).access_token === secret);
});

test('a wrong key says what one looks like, and is never shown', async () => {
  const client = new RotatingOrg().client();
  const store = new MemoryStore();
  const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';
  const texts = [secret, 'secret-secret', 'A'.repeat(43)];
  const shown = (error) => [error.message, util.inspect(error), JSON.stringify(error)].join('\n');
  for (const given of [
    secret,
    `k1:${secret}`,
    [`k1:${secret}`],
    { k1: secret },
    new Map([['k1', Buffer.from('secret-secret-secret')]]),
    { k1: `${'A'.repeat(43)} k2:${'A'.repeat(43)}` },
    { k1: 7 },
    { k1: undefined },
    { k1: [secret] },
    Promise.resolve(secret),
    new Set([secret]),
  ]) {
    for (const make of [() => client.sessions(store, { keys: given }), () => new RotatingOrg().client({ sessionKeys: given })]) {
      assert.throws(make, (error) => {
        assert.match(error.message, /id:base64-of-32-bytes/);
        assert.match(error.message, /headlessid session new-key/);
        for (const text of texts) assert.ok(!shown(error).includes(text), shown(error));
        return error instanceof TypeError || error.field === 'sessionKeys';
      });
    }
  }
  assert.throws(() => client.sessions(store), { reason: 'no_session_keys', message: /id:base64-of-32-bytes/ });
});
