// Values before they are asked for, no value at all, and a flow that is ended while it runs: by a loop of the host's, by
// fetch's transport, and by the library's own client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { App, Client, fetchTransport, HeadlessIdError, runFlow } from 'headlessid';

import { plainServer, redirectUri, stalledServer } from './support/server.mjs';

const settings = { site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri };
const username = 'lena.ortiz@example.com';
const password = 'correct horse';
const drivers = { 'own transport': () => ({}), "fetch's transport": () => ({ transport: fetchTransport() }) };
const is = (kind, reason) => (error) => {
  assert.ok(error instanceof HeadlessIdError, String(error));
  assert.deepEqual([error.kind, error.reason], [kind, reason], error.message);
  return true;
};
const has = async (condition) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};
const json = (body, status = 200) => ({ status, headers: [['content-type', 'application/json']], body: JSON.stringify(body) });

let stalled;
let server;
before(async () => {
  stalled = await stalledServer();
  server = await plainServer();
});
after(async () => {
  await stalled?.stop();
  await server?.stop();
});
const at = ({ site }) => ({ ...settings, site, allowHttpLoopback: true });

test('a value that is offered early is used at its question, and a wrong name is refused', () => {
  const flow = new App(settings).flow('password_reset', { username });
  assert.throws(
    () => flow.offer('passwort', 'x'),
    (error) => error.kind === 'ARGUMENT',
  );
  flow.offer('new_password', 'N3w-password');
  assert.equal(flow.next().step, 'SEND');
  flow.giveResponse(json({ status: 'success', identifier: 'x' }));
  assert.equal(flow.next().name, 'otp');
  flow.offer('otp', '493027');
  const step = flow.next();
  assert.equal(step.step, 'SEND', 'the question of the new password is answered');
  assert.match(Buffer.from(step.request.body).toString(), /N3w-password/);
  flow.close();
});

test('a host that has no value ends the flow', async () => {
  const flow = new App(settings).flow('login', { username });
  assert.throws(() => flow.giveNothing(), is('STATE', 'wrong_step'));
  assert.equal(flow.next().step, 'ASK');
  flow.giveNothing('the person left');
  const failed = flow.next();
  assert.equal(failed.step, 'FAILED');
  assert.ok(is('STATE', 'no_value')(failed.error));
  flow.close();

  const client = new Client(settings, { transport: () => assert.fail('nothing is sent') });
  for (const none of [undefined, null]) {
    await assert.rejects(client.call('login', { username }, { onAsk: () => none }), is('STATE', 'no_value'));
  }
  const own = new Error('mine');
  await assert.rejects(client.call('login', { username }, { onAsk: () => Promise.reject(own) }), (error) => error === own);
  await client.close();
});

test('cancelling says whether the flow had ended', () => {
  const flow = new App(settings).flow('login', { username, password });
  assert.equal(flow.cancel(), true);
  assert.ok(is('STATE', 'cancelled')(flow.next().error));
  assert.equal(flow.cancel(), false);
  flow.close();
  assert.throws(() => flow.cancel(), is('STATE', 'closed'));
});

for (const [driver, options] of Object.entries(drivers)) {
  test(`a flow is cancelled while it runs: ${driver}`, async () => {
    const client = new Client(at(stalled), options());
    const flow = client.app.flow('login', { username, password });
    const arrived = stalled.seen.length;
    const run = client.run(flow).catch((error) => error);
    await has(() => stalled.seen.length > arrived);
    assert.equal(flow.cancel(), true);
    assert.ok(is('STATE', 'cancelled')(await run));
    assert.equal(client.inFlight, 0);
    assert.equal(flow.next().step, 'FAILED');
    flow.close();
    await client.close();
  });

  test(`a flow is closed while it runs: ${driver}`, async () => {
    const client = new Client(at(stalled), options());
    const flow = client.app.flow('login', { username, password });
    const arrived = stalled.seen.length;
    const run = client.run(flow).catch((error) => error);
    await has(() => stalled.seen.length > arrived);
    flow.close();
    assert.ok(is('STATE', 'closed')(await run));
    assert.equal(client.inFlight, 0);
    assert.throws(() => flow.next(), is('STATE', 'closed'));
    await client.close();
  });

  test(`a flow is cancelled while a person is asked: ${driver}`, async () => {
    const client = new Client(at(server), options());
    const flow = client.app.flow('login', { username });
    const asked = Promise.withResolvers?.() ?? deferred();
    const run = client.run(flow, { onAsk: () => new Promise(() => asked.resolve()) }).catch((error) => error);
    await asked.promise;
    flow.cancel();
    assert.ok(is('STATE', 'cancelled')(await run));
    flow.close();
    await client.close();
  });

  test(`verify without a value, and after the end: ${driver}`, async () => {
    const client = new Client(at(server), options());
    const challenge = await client.startLogin({ username });
    await assert.rejects(challenge.verify(), (error) => is('ARGUMENT', 'bad_argument')(error) && error.field === 'password');
    assert.equal(challenge.problem, undefined);
    assert.equal((await challenge.verify(password)).tokenType, 'Bearer');
    await assert.rejects(challenge.verify(password), is('STATE', 'wrong_step'));
    await client.close();
  });
}

test('a value that is kept is dropped where the flow asks again', async () => {
  const bodies = [];
  const transport = async (request) => {
    bodies.push(Buffer.from(request.body).toString());
    if (bodies.length === 1) return json({ status: 'success', identifier: 'x' });
    return json({ status: 'failure', message: 'The one-time password is wrong', error: 'invalid_otp' }, 400);
  };
  const client = new Client(settings, { transport });
  const challenge = await client.start('password_reset', { username });
  await assert.rejects(challenge.verify('000000', { newPassword: 'N3w-password' }), (error) => error.kind === 'REFUSED');
  const { length } = bodies;
  assert.equal(length, 2);
  if (challenge.asks !== undefined) {
    assert.equal(challenge.asks, 'otp');
    await assert.rejects(challenge.verify('111111'), (error) => error.field === 'newPassword');
    assert.equal(bodies.length, length, 'the earlier new password is gone');
  }
  await client.close();
});

function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

test('runFlow: a signature that cannot be made is signing_failed', async () => {
  const flow = new App(settings).flow('login', { username });
  await assert.rejects(
    runFlow(flow, () => assert.fail('nothing is sent'), { onAsk: () => undefined }),
    is('STATE', 'no_value'),
  );
  flow.close();
});
