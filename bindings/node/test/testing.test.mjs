// headlessid/testing: what an app's own tests rely on, seen with any HTTP client.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { inspect } from 'node:util';

import { SimulatedOrg } from 'headlessid/testing';

const folder = await mkdtemp(join(tmpdir(), 'headlessid-testing-'));
const outboxFile = join(folder, 'outbox.jsonl');
let org;
before(async () => {
  org = await SimulatedOrg.start({ outbox: outboxFile, tls: false });
});
beforeEach(() => org.reset());
after(async () => {
  await org?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function post(path, body) {
  const response = await fetch(org.site + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200);
  return response.json();
}

test('messages can be read, and the last code sent to an address', async () => {
  const lena = org.users[0].username;
  await assert.rejects(org.lastOtp(lena), /no message/);
  await post('/services/auth/headless/init/passwordless/login', { username: lena, verificationmethod: 'email' });
  const [message, ...others] = await org.outbox();
  assert.deepEqual(others, []);
  assert.equal(message.channel, 'email');
  assert.equal(message.flow, 'passwordless_login');
  assert.deepEqual(await org.outbox(lena), [message]);
  assert.deepEqual(await org.outbox('max@example.com'), []);
  assert.equal(await org.lastOtp(message.to), message.otp);
  await post('/services/auth/headless/init/passwordless/login', { username: 'carla@example.com', verificationmethod: 'sms' });
  assert.equal(await org.lastOtp('+4915550100123'), await org.lastOtp('carla@example.com'));
  const lines = (await readFile(outboxFile, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(JSON.parse(lines[0]), message);
});

test('settings change by name', async () => {
  assert.equal((await org.changeSettings({ otp_length: 12 })).otp_length, 12);
  await post('/services/auth/headless/forgot_password', { username: org.users[0].username });
  assert.equal((await org.lastOtp(org.users[0].username)).length, 12);
  await assert.rejects(org.changeSettings({ no_such_setting: 1 }), /unknown name/);
});

test('apps have names', () => {
  assert.deepEqual([org.publicApp, org.privateApp, org.integrationApp, org.firstPartyApp], org.apps);
  assert.equal(org.publicApp.privateKey, undefined);
  assert.ok(org.integrationApp.scopes.includes('user_registration_api'));
  assert.match(org.firstPartyApp.privateKey, /^-----BEGIN PRIVATE KEY-----/);
  assert.equal(org.clientSettings(org.firstPartyApp).privateKey, org.firstPartyApp.privateKey);
  assert.ok(!inspect(org).includes('PRIVATE KEY'));
});
