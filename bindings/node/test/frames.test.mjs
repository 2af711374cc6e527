// An error reporter (Sentry's includeLocalVariables, a debugger) looks at the local variables of every frame that an
// error passes through. In ours it finds no secret: neither the caller's values nor the server's responses.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { App, Client, fetchTransport, Flow, HeadlessIdError, runFlow, TokenSet, Visitor } from 'headlessid';

import { MemoryStore } from 'headlessid/stores';

import { newSealKey } from './support/org.mjs';
import { redirectUri } from './support/server.mjs';

const MARK = 'MARK-7f3a';
const settings = {
  site: 'https://acme.my.site.com/shop',
  clientId: 'abc',
  redirectUri,
  clientSecret: `${MARK}-client`,
  sealKeys: newSealKey(),
  timeoutMs: 1000,
};
const lena = {
  username: 'lena',
  password: `${MARK}-password`,
  guest: { uvid: '3f6fd1c2-5a8e-4b7d-9c3a-1e2f4a5b6c7d', accessToken: `${MARK}-guest` },
};

// As reporters do: at each throw, caught ones included, every frame's own variables and what lies below them.
const found = [];
const looked = new Set();
const scripts = new Map();
let throws = 0;
const session = new Session();
const post = (method, params) => {
  let reply;
  session.post(method, params, (error, result) => {
    reply = result;
  });
  return reply;
};
function look(objectId, path, depth) {
  for (const { name, value } of post('Runtime.getProperties', { objectId, ownProperties: true })?.result ?? []) {
    // A function is shown as its source, which is the program's.
    if (value === undefined || value.type === 'function') continue;
    if (String(value.value ?? value.description ?? '').includes('MARK')) found.push(`${path}.${name}`);
    if (value.objectId !== undefined && depth > 0 && ['Object', 'Array', 'Map', 'Hidden'].includes(value.className))
      look(value.objectId, `${path}.${name}`, depth - 1);
  }
}
before(() => {
  session.connect();
  session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url));
  session.on('Debugger.paused', ({ params }) => {
    throws += 1;
    for (const frame of params.callFrames) {
      const url = scripts.get(frame.location.scriptId) ?? '';
      if (!/\/dist\/((generated|sessions|stores)\/)?[a-z_]+\.js$/.test(url)) continue;
      looked.add(frame.functionName);
      for (const scope of frame.scopeChain) {
        if (['local', 'block', 'catch'].includes(scope.type))
          look(scope.object.objectId, `${url.split('/').at(-1)} ${frame.functionName}`, 2);
      }
    }
    post('Debugger.resume');
  });
  post('Debugger.enable');
  post('Debugger.setPauseOnExceptions', { state: 'all' });
});
after(() => session.disconnect());

/** Runs what must fail, and tells which of our variables held a secret at any throw on the way. */
async function fails(work) {
  found.length = 0;
  throws = 0;
  let error;
  try {
    await work();
  } catch (caught) {
    error = caught;
  }
  assert.ok(error instanceof HeadlessIdError || error instanceof TypeError, `did not fail: ${error}`);
  assert.ok(throws > 0, 'nothing was looked at');
  assert.deepEqual([...new Set(found)], []);
  return error;
}

const form = (request) => new URLSearchParams(Buffer.from(request.body ?? '').toString());
const code = (request) => ({
  status: 302,
  headers: [['location', `${redirectUri}?code=${MARK}-code&state=${form(request).get('state')}`]],
  body: '',
});
const init = { status: 200, headers: [], body: JSON.stringify({ status: 'success', identifier: `${MARK}-identifier` }) };
const refusal = {
  status: 400,
  headers: [['content-type', 'application/json']],
  body: JSON.stringify({ error: 'invalid_grant', error_description: 'authentication failure' }),
};

test('the reporter of this test sees what lies in a frame', async () => {
  found.length = 0;
  const ours = new Function('secret', 'throw new TypeError("x")\n//# sourceURL=/dist/probe.js');
  assert.throws(() => ours(`${MARK}`), TypeError);
  assert.ok(found.length > 0);
});

test('what is refused before anything is sent', async () => {
  const client = new Client(settings, { transport: async () => refusal });
  for (const wrong of [
    { ...settings, site: 'ftp://nowhere' },
    { ...settings, clientSecret: `${MARK}\0` },
    { ...settings, clientSecret: 4711 },
    { ...settings, timeoutMs: 1.5 },
    { ...settings, sealKeys: new Map([['k', `${MARK}`]]) },
    { ...settings, colour: `${MARK}` },
  ]) {
    await fails(() => new App(wrong));
    await fails(() => new Client(wrong));
  }
  for (const wrong of [
    { ...lena, username: '' },
    { ...lena, password: `${MARK}\0` },
    { ...lena, extra: `${MARK}` },
    { ...lena, username: { name: MARK } },
    { ...lena, guest: MARK },
    { ...lena, guest: Promise.resolve(lena.guest) },
    { ...lena, scope: 12 },
  ]) {
    await fails(() => client.login(wrong));
    await fails(() => client.startLogin(wrong));
    await fails(() => client.call('login', wrong));
    await fails(() => client.app.flow('login', wrong).next());
  }
  await fails(() => client.logout({ accessToken: `${MARK}`, nonsense: `${MARK}` }));
  await fails(() => client.logout({ tokens: Promise.resolve(MARK) }));
  await fails(() => client.userinfo({ accessToken: `${MARK}\0` }));
  await fails(() => client.login({ ...lena }, { timeout: 0.5 }));
  await fails(() => client.login({ ...lena }, { timeout: -1 }));
  await client.close();
  await fails(() => client.login({ ...lena }));
  await fails(() => client.resume(`${MARK}-ticket`, `${MARK}-session`));
});

test('refused, broken and wrong responses of a server', async () => {
  for (const transport of [
    async () => refusal,
    async () => {
      throw new TypeError('fetch failed');
    },
    async (request) => (request.name === 'authorize' ? code(request) : refusal),
    async (request) =>
      request.name === 'authorize' ? code(request) : { status: 200, headers: [], body: `{"access_token":"${MARK}-token"` },
    async (request) =>
      request.name === 'authorize'
        ? code(request)
        : { status: 200, headers: [], body: JSON.stringify({ access_token: `${MARK}-token`, token_type: 'mac' }) },
    async () => ({ status: 302, headers: [['location', `https://evil.example/?code=${MARK}`]], body: `${MARK}` }),
    async () => ({ status: 20.5, headers: [['a', `${MARK}`]], body: `${MARK}` }),
    async () => ({ status: 200, headers: [['a', `${MARK}`]], body: { a: `${MARK}` } }),
    fetchTransport({
      fetch: async () => {
        throw new TypeError('fetch failed');
      },
    }),
    fetchTransport({
      fetch: async () =>
        new Response(
          new ReadableStream({
            pull(stream) {
              if (this.sent) stream.error(new Error('gone'));
              else stream.enqueue(Buffer.from(`${MARK}-body`));
              this.sent = true;
            },
          }),
        ),
    }),
  ]) {
    const client = new Client(settings, { transport });
    await fails(() => client.login({ ...lena }));
    await client.close();
    await fails(() => runFlow(client.app.flow('login', { ...lena }), transport));
  }
  const native = new Client({ ...settings, site: 'https://127.0.0.1:1/shop' });
  await fails(() => native.login({ ...lena }));
  await native.close();
});

test('what a person is asked for, a ticket and its binding', async () => {
  const client = new Client(settings, { transport: async (request) => (request.name === 'init' ? init : refusal) });
  const start = () =>
    client.register({
      userdata: { lastName: `${MARK}-name` },
      password: `${MARK}-password`,
      verificationMethod: 'email',
      recaptcha: `${MARK}-recaptcha`,
    });
  const challenge = await start();
  const ticket = challenge.seal(`${MARK}-session`);
  await fails(() => challenge.verify(`${MARK}-otp`));
  for (const again of [
    async (one) => one.verify(4711),
    async (one) => one.verify(undefined, { otp: 4711 }),
    async (one) => one.verify(`${MARK}`, { otp: `${MARK}` }),
    async (one) => one.verify(undefined, { newPassword: `${MARK}` }),
    async (one) => one.verify(`${MARK}`, { colour: `${MARK}` }),
    async (one) => one.resend({ userdata: `${MARK}` }),
    async (one) => one.seal({ id: `${MARK}` }),
  ]) {
    const one = await start();
    await fails(() => again(one));
    one.close();
  }
  await fails(() => client.resume(ticket, `${MARK}-other`));
  await fails(() => client.resume(`${MARK}-ticket`, `${MARK}-session`));
  await fails(() => client.resume(ticket, `${MARK}-session`, 'passwordless_login'));
  await fails(() => client.resume({ ticket: `${MARK}` }, `${MARK}-session`));
  await fails(() => client.app.unseal(ticket, `${MARK}-other`));
  await fails(() =>
    client.call(
      'login',
      { username: 'lena' },
      {
        onAsk: ({ problem }) => {
          if (problem) throw problem;
          return `${MARK}-asked`;
        },
      },
    ),
  );
  await fails(() => client.call('login', { username: 'lena' }, { onAsk: () => ({ value: `${MARK}` }) }));
  const flow = client.app.flow('login', { username: 'lena' });
  flow.next();
  await fails(() => flow.giveValue('colour', `${MARK}`));
  await fails(() => flow.set({ colour: `${MARK}` }));
  await fails(() => flow.giveResponse({ status: 200, headers: [['set-cookie', `${MARK}`]], body: `${MARK}` }));
  flow.close();
  await client.close();
});

test('what was stored', async () => {
  for (const text of [
    `{"access_token":"${MARK}"`,
    `{"access_token":"${MARK}"}`,
    `["${MARK}"]`,
    JSON.stringify({ access_token: `${MARK}`, token_type: 'Bearer', uvid_carry: `${MARK}` }),
  ]) {
    await fails(() => TokenSet.fromJson(text));
    await fails(() => TokenSet.fromJson(Buffer.from(text)));
    await fails(() => Visitor.fromJson(text));
  }
  await fails(() => Client.fromEnv({}, { env: { HEADLESSID_SITE: 'x', HEADLESSID_CLIENT_SECRET: `${MARK}` } }));
  await fails(() => Client.fromEnv({ clientSecret: `${MARK}` }, { env: { HEADLESSID_TIMEOUT: 'soon' } }));
  const folder = mkdtempSync(join(tmpdir(), 'headlessid-frames-'));
  try {
    const file = join(folder, 'profile.json');
    for (const text of [
      `{"client_secret":"${MARK}"`,
      `{"client_secret":"${MARK}"}`,
      `{"client_secret":"${MARK}","client_secret":"${MARK}"}`,
      `{"client_secret":["${MARK}"]}`,
      `{"${MARK} ":1}`,
    ]) {
      writeFileSync(file, text);
      await fails(() => Client.fromProfile(file, { sealKeys: `${MARK}` }));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('sessions: keys, tokens and what a store has', async () => {
  const respond = (status, body) => async () => ({ status, headers: [['content-type', 'application/json']], body: JSON.stringify(body) });
  const issued = (number) => ({
    access_token: `${MARK}-access-${number}`,
    refresh_token: `${MARK}-refresh-${number}`,
    token_type: 'Bearer',
  });
  const tokens = JSON.stringify({ ...issued(1), expires_at_ms: Date.now() + 3_600_000 });
  const keys = `k1:${MARK.padEnd(43, 'A').replaceAll('-', '_')}`;
  const key = `${MARK}-key`;
  const over = (transport, change = {}) => {
    const store = new MemoryStore();
    const client = new Client(settings, { transport });
    return { store: Object.assign(store, change), sessions: client.sessions(store, { keys, storeTimeout: 20 }), client };
  };
  const { client, sessions } = over(respond(400, { error: 'invalid_grant', error_description: 'expired access/refresh token' }));
  await fails(() => client.sessions(new MemoryStore(), { keys: `${keys} ${MARK}` }));
  await fails(() => client.sessions(new MemoryStore(), { keys: new Map([['k1', MARK]]) }));
  await fails(() => client.sessions({ [MARK]: 1 }, { keys }));
  await fails(() => sessions.get(`${key}\ud800`));
  await fails(() => sessions.get({ key }));
  await fails(() => sessions.get(key.padEnd(513, 'x')));
  await fails(() => sessions.begin(key, { nothing: MARK }));
  await fails(() => sessions.begin(key, `{"access_token":"${MARK}`));
  await fails(() => sessions.begin(key, 4711));
  await fails(() => sessions.get(key).token());
  const session = await sessions.begin(key, tokens);
  await fails(() => session.rejected({ token: MARK }));
  await fails(() => session.rejected(`${MARK}-access-1`, { minTtl: -1 }));
  await fails(() => session.rejected(`${MARK}-access-1`, { signal: AbortSignal.abort(new TypeError('mine')) }));
  await fails(() => session.rejected(`${MARK}-access-1`));
  await fails(() => session.accessToken());
  await fails(() => sessions.guest(key, { scope: 12 }));
  for (const load of [
    () => {
      throw new TypeError('away');
    },
    () => ({ version: '', value: Buffer.from(MARK) }),
    () => ({ version: 'v1', value: MARK }),
    () => ({ version: 'v1', value: Buffer.from(MARK) }),
    () => new Promise(() => {}),
  ]) {
    await fails(() =>
      over(respond(200, issued(2)), { load })
        .sessions.get(key)
        .token(),
    );
  }
  const broken = over(async () => {
    throw new TypeError('fetch failed');
  });
  const kept = await broken.sessions.begin(key, tokens);
  await fails(() => kept.rejected(`${MARK}-access-1`));
  await broken.client.close();
  await fails(() => broken.sessions.get(key).token());
  await client.close();
});

test('the frames that were looked at are those that matter', () => {
  for (const name of ['check', 'call', 'start', 'verify', 'resend', 'resume', 'fromStored', 'login', 'flow', 'open', 'serve', 'get'])
    assert.ok(looked.has(name), `${name}: ${[...looked]}`);
});
