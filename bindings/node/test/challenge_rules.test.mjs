// Who may use a challenge and when: one caller at a time, until it is closed, cancelled or at its end.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { App, Challenge, Client, fetchTransport, Flow, HeadlessIdError } from 'headlessid';

import { newSealKey } from './support/org.mjs';
import { lena, orgHandler, plainServer, redirectUri, settingsFor, stalledServer } from './support/server.mjs';

const sealKeys = newSealKey();
const { username, password } = lena;
let server;
let stalled;
before(async () => {
  server = await plainServer();
  stalled = await stalledServer();
});
after(async () => {
  await server.stop();
  await stalled.stop();
});

const drivers = { 'own transport': () => ({}), "fetch's transport": () => ({ transport: fetchTransport() }) };
const is = (kind, reason) => (error) => {
  assert.ok(error instanceof HeadlessIdError, String(error));
  assert.deepEqual([error.kind, error.reason], [kind, reason], error.message);
  return true;
};
const has = async (condition) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

// A server that responds once it is allowed to.
async function gatedServer() {
  const seen = [];
  const respond = orgHandler(seen);
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  let arrived = 0;
  const made = await plainServer((request, response) => {
    arrived += 1;
    gate.then(() => respond(request, response));
  });
  return { ...made, seen, open, arrived: () => arrived };
}

for (const [driver, options] of Object.entries(drivers)) {
  const withClient = async (at, work, more = {}) => {
    const client = new Client(settingsFor(at, { sealKeys }), { ...options(), ...more });
    try {
      await work(client);
    } finally {
      await client.close();
    }
  };

  test(`f10 l08 two callers at once: one attempt goes out, the other is told: ${driver}`, async () => {
    const gated = await gatedServer();
    await withClient(gated, async (client) => {
      const challenge = await client.startLogin({ username });
      const first = challenge.verify(password);
      await assert.rejects(challenge.verify(password), is('STATE', 'busy'));
      await assert.rejects(challenge.resend(), is('STATE', 'busy'));
      assert.throws(() => challenge.seal(), is('STATE', 'busy'));
      await has(() => gated.arrived() === 1);
      await assert.rejects(challenge.verify(password), is('STATE', 'busy'));
      gated.open();
      assert.equal((await first).tokenType, 'Bearer');
      assert.deepEqual(
        gated.seen.map(({ url }) => url.split('/').pop()),
        ['authorize', 'token'],
      );
    });
    await gated.stop();
  });

  test(`closing while verify runs ends it, and wipes: ${driver}`, () =>
    withClient(stalled, async (client) => {
      const challenge = await client.startLogin({ username });
      const arrived = stalled.seen.length;
      const running = challenge.verify(password);
      const ended = assert.rejects(running, is('STATE', 'closed'));
      await has(() => stalled.seen.length > arrived);
      challenge.close();
      challenge.close();
      await ended;
      await assert.rejects(challenge.verify(password), is('STATE', 'closed'));
      await assert.rejects(challenge.resend(), is('STATE', 'closed'));
      assert.throws(() => challenge.seal(), is('STATE', 'closed'));
      assert.equal(client.inFlight, 0);
    }));

  test(`n08 closing that races the end settles verify once: ${driver}`, () =>
    withClient(server, async (client) => {
      let done = 0;
      let closed = 0;
      for (let round = 0; round < 100; round += 1) {
        const challenge = await client.startLogin({ username });
        const verify = challenge.verify(password);
        setTimeout(() => challenge.close(), (round % 15) / 5);
        await verify.then(
          () => (done += 1),
          (error) => is('STATE', 'closed')(error) && (closed += 1),
        );
      }
      assert.equal(done + closed, 100);
      assert.equal(client.inFlight, 0);
    }));

  test(`a client that closes ends a verify that runs, and none begins afterwards: ${driver}`, () =>
    withClient(stalled, async (client) => {
      const running = await client.startLogin({ username });
      const resting = await client.startLogin({ username });
      const ticket = resting.seal();
      const arrived = stalled.seen.length;
      const ended = assert.rejects(running.verify(password), is('STATE', 'closed'));
      await has(() => stalled.seen.length > arrived);
      await client.close();
      await ended;
      await assert.rejects(resting.verify(password), is('STATE', 'closed'));
      assert.throws(() => client.resume(ticket), is('STATE', 'closed'));
      await assert.rejects(client.startLogin({ username }), is('STATE', 'closed'));
    }));

  test(`l25 a signal before leaves the challenge as it was, one during ends it: ${driver}`, () =>
    withClient(stalled, async (client) => {
      const reason = new Error('the user went away');
      const challenge = await client.startLogin({ username });
      const arrived = stalled.seen.length;
      await assert.rejects(
        challenge.verify(password, {}, { signal: AbortSignal.abort(reason) }),
        (error) => error.isCancelled && error.cause === reason,
      );
      assert.equal(challenge.asks, 'password');
      assert.equal(stalled.seen.length, arrived);

      const controller = new AbortController();
      const running = challenge.verify(password, {}, { signal: controller.signal }).catch((error) => error);
      await has(() => stalled.seen.length > arrived);
      controller.abort(reason);
      const error = await running;
      assert.ok(error.isCancelled);
      assert.equal(error.cause, reason);
      assert.equal(challenge.asks, undefined);
      assert.equal(challenge.problem, error);
      await assert.rejects(challenge.verify(password), is('STATE', 'wrong_step'));
    }));

  test(`what cannot be asked is refused, and nothing has changed: ${driver}`, () =>
    withClient(server, async (client) => {
      const challenge = await client.startLogin({ username });
      const arrived = server.seen.length;
      await assert.rejects(challenge.verify(''), is('ARGUMENT', 'bad_argument'));
      await assert.rejects(challenge.verify('p\0q'), (error) => error.kind === 'ARGUMENT' && error.field === 'password');
      await assert.rejects(challenge.verify(12345), { name: 'TypeError' });
      await assert.rejects(challenge.verify(password, { password }), (error) => error.kind === 'ARGUMENT' && error.field === 'password');
      await assert.rejects(challenge.verify(undefined, { otp: '1' }), (error) => error.kind === 'ARGUMENT' && error.field === 'otp');
      await assert.rejects(challenge.verify(password, { username: 'max' }), is('STATE', 'already_started'));
      await assert.rejects(challenge.resend(), is('STATE', 'wrong_step'));
      assert.equal(server.seen.length, arrived);
      assert.equal(challenge.problem, undefined);
      assert.equal((await challenge.verify(Buffer.from(password), { recaptcha: 'new' })).tokenType, 'Bearer');
      assert.equal(server.seen.at(-2).form.get('recaptcha'), 'new');
    }));

  test(`a challenge that is over is wiped; its result and its ticket's id stay: ${driver}`, () =>
    withClient(server, async (client) => {
      const challenge = await client.startLogin({ username });
      challenge.seal();
      const { ticketId } = challenge;
      const me = await challenge.verify(password);
      assert.throws(
        () => challenge.seal(),
        (error) => error.kind === 'STATE',
      );
      assert.equal(challenge.ticketId, ticketId);
      challenge.close();
      assert.equal(challenge.result, me);
    }));

  test(`an address that is not the callback: the challenge goes on waiting for it: ${driver}`, () =>
    withClient(server, async (client) => {
      const challenge = await client.nativeSso({ ssoProvider: 'Example' });
      const { url } = challenge;
      const state = new URL(url).searchParams.get('state');
      const back = `${redirectUri}?code=abc&state=${encodeURIComponent(state)}`;
      const arrived = server.seen.length;
      for (const other of [
        back.replace('https:', 'http:'),
        back.replace('/callback', '/other'),
        back.replace('app.', 'inner.'),
        back.replace('.com', '.com:8443'),
      ]) {
        await assert.rejects(
          challenge.verify(other),
          (error) => is('ARGUMENT', 'not_the_callback')(error) && error.field === 'callbackUrl' && !error.isRetryable,
        );
        assert.deepEqual([challenge.asks, challenge.url, challenge.result], ['callback_url', url, undefined]);
      }
      assert.equal(server.seen.length, arrived);
      const resumed = client.resume(challenge.seal('browser'), 'browser', 'native_sso');
      await assert.rejects(resumed.verify(back.replace('https:', 'http:')), is('ARGUMENT', 'not_the_callback'));
      assert.equal((await challenge.verify(back)).tokenType, 'Bearer');
      assert.equal(server.seen.length, arrived + 1);
    }));

  test(`a wrong parameter is refused at the start: ${driver}`, () =>
    withClient(server, async (client) => {
      await assert.rejects(client.startLogin({}), (error) => error.kind === 'ARGUMENT' && error.field === 'username');
      await assert.rejects(client.register({ userdata: {} }), (error) => error.kind === 'ARGUMENT' && error.field === 'verificationMethod');
      await assert.rejects(client.start('logon', {}), (error) => error.kind === 'ARGUMENT');
    }));

  test(`no seal key: a challenge cannot be sealed, and says which setting: ${driver}`, async () => {
    const client = new Client(settingsFor(server), options());
    const challenge = await client.startLogin({ username });
    assert.throws(
      () => challenge.seal(),
      (error) => error instanceof HeadlessIdError && /sealKeys/.test(`${error.field} ${error.message}`),
    );
    assert.equal((await challenge.verify(password)).tokenType, 'Bearer');
    await client.close();
  });
}

test('more flows than allowed: the value is not lost, the next verify goes on with it', async () => {
  const gated = await gatedServer();
  const client = new Client(settingsFor(gated), { maxInFlight: 1 });
  const challenge = await client.startLogin({ username });
  const other = client.login(lena);
  await has(() => gated.arrived() === 1);
  await assert.rejects(challenge.verify(password), (error) => error.kind === 'STATE');
  gated.open();
  await other;
  // The value is in the flow: the next call goes on with it, and needs none of its own.
  assert.equal((await challenge.verify()).tokenType, 'Bearer');
  assert.equal(gated.seen.filter(({ form }) => form.has('password')).length, 2, 'one attempt of each flow');
  await assert.rejects(challenge.verify(password), is('STATE', 'wrong_step'));
  await client.close();
  await gated.stop();
});

test('a transcript of a challenge is given at its end', async () => {
  const client = new Client(settingsFor(server, { sealKeys }));
  const transcripts = [];
  const challenge = await client.startLogin({ username }, { trace: (text) => transcripts.push(text) });
  assert.deepEqual(transcripts, []);
  await challenge.verify(password);
  assert.equal(transcripts.length, 1);
  assert.ok(transcripts[0].includes('/services/oauth2/token') && !transcripts[0].includes(password));
  await client.close();
});

test('a host drives a flow through a ticket by itself', () => {
  const app = new App(settingsFor(server, { sealKeys }));
  using(app.flow('login', { username }), (flow) => {
    assert.equal(flow.ticketId, undefined);
    assert.throws(
      () => flow.seal(),
      (error) => error.kind === 'STATE',
    );
    assert.equal(flow.next(1000).step, 'ASK');
    const ticket = flow.seal('session', 2000);
    using(app.unseal(ticket, 'session', { now: 3000 }), (other) => {
      assert.equal(other.name, 'login');
      assert.equal(other.ticketId, flow.ticketId);
      assert.equal(other.next(3000).name, 'password');
      assert.throws(() => other.resend(), is('STATE', 'wrong_step'));
      other.set({ recaptcha: 'new' });
      other.giveValue('password', password);
      assert.equal(other.next(3000).step, 'SEND');
    });
    assert.throws(
      () => app.unseal(ticket, 'session', { now: 2000 + 900_001 }),
      (error) => error.isTicketRefused,
    );
    assert.throws(() => app.unseal(ticket, 'other', { now: 3000 }), is('STATE', 'other_session'));
    assert.throws(() => app.unseal(12, 'other'), { name: 'TypeError' });
    assert.equal(flow.next(4000).step, 'ASK', 'the flow itself goes on');
  });
});

function using(resource, work) {
  try {
    work(resource);
  } finally {
    resource[Symbol.dispose ?? 'close']();
  }
}

test('a challenge at rest keeps no process alive, and needs no closing', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `
    import { Client } from 'headlessid';
    const client = new Client(${JSON.stringify(settingsFor(stalled))});
    const challenge = await client.startLogin({ username: 'lena' });
    console.log(challenge.asks);
  `,
    ],
    { encoding: 'utf8', timeout: 60_000, cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
  assert.deepEqual([status, stdout], [0, 'password\n'], stderr);
});

test('only the library makes challenges, and they are of one class', async () => {
  const client = new Client(settingsFor(server));
  assert.ok((await client.startLogin({ username })) instanceof Challenge);
  await client.close();
});
