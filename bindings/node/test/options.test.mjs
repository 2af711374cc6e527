// A misspelt option would be ignored without a word, and a flow would run without its time limit: it is refused by name.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { App, Client, HeadlessIdError, runFlow } from 'headlessid';

import { newSealKey } from './support/org.mjs';
import { redirectUri } from './support/server.mjs';

const settings = { site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri, sealKeys: newSealKey() };
const user = { username: 'lena', password: 'x' };
let requests = 0;
const transport = async () => {
  requests += 1;
  return { status: 200, headers: [], body: '{"status":"success","identifier":"x"}' };
};
const misspelt = (field, meant) => (error) => {
  assert.ok(error instanceof HeadlessIdError, String(error));
  assert.deepEqual([error.kind, error.field], ['ARGUMENT', field]);
  assert.equal(error.message, `${field} is not an option of this call${meant === undefined ? '' : `. Did you mean ${meant}?`}`);
  return true;
};

test('every call refuses an option that it does not have, and suggests the nearest', async () => {
  const client = new Client(settings, { transport });
  const challenge = await client.startLogin({ username: 'lena' });
  const ticket = challenge.seal();
  const flow = client.app.flow('login', user);
  requests = 0;
  for (const [call, field, meant] of [
    [() => client.login(user, { timeOut: 5 }), 'timeOut', 'timeout'],
    [() => client.login(user, { Signal: undefined }), 'Signal', 'signal'],
    [() => client.login(user, { retries: 5 }), 'retries', undefined],
    [() => client.call('login', user, { onask: () => 'x' }), 'onask', 'onAsk'],
    [() => client.startLogin({ username: 'lena' }, { timeOut: 5 }), 'timeOut', 'timeout'],
    [() => client.startLogin({ username: 'lena' }, { onAsk: () => 'x' }), 'onAsk', undefined],
    [() => client.run(flow, { signals: undefined }), 'signals', 'signal'],
    [async () => client.resume(ticket, undefined, 'login', { timeOut: 5 }), 'timeOut', 'timeout'],
    [async () => client.resume(ticket, undefined, { traces: () => {} }), 'traces', 'trace'],
    [async () => client.app.flow('login', user, { timeOut: 5 }), 'timeOut', 'timeout'],
    [async () => client.app.unseal(ticket, undefined, { flows: 'login' }), 'flows', 'flow'],
    [async () => runFlow(flow, transport, { timeout: 5 }), 'timeout', undefined],
    [() => challenge.verify('x', {}, { Signal: undefined }), 'Signal', 'signal'],
    [() => challenge.resend({}, { timeout: 5 }), 'timeout', undefined],
    [async () => new Client(settings, { transports: transport }), 'transports', 'transport'],
    [async () => Client.fromEnv(settings, { prefixes: 'SHOP_' }), 'prefixes', 'prefix'],
  ]) {
    await assert.rejects(call, misspelt(field, meant), `${call}`);
  }
  assert.equal(requests, 0);
  assert.equal(challenge.asks, 'password');
  await client.close();
});

test('a signal in the place of the options is refused', async () => {
  const client = new Client(settings, { transport });
  await assert.rejects(client.login(user, AbortSignal.timeout(1000)), { name: 'TypeError' });
  await assert.rejects(client.login(user, 5000), { name: 'TypeError' });
  await client.close();
});

test('an option that is there counts', async () => {
  const app = new App(settings);
  assert.equal(app.flow('login', user, { timeout: 1234 }).next(0).request.deadlineMs, 1234);
});
