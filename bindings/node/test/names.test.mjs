// Settings and parameters go by one name here: as they are given, in `field`, in messages and in hints.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { App, catalogue, Client, Flow, HeadlessIdError, TokenSet } from 'headlessid';

import { newSealKey } from './support/org.mjs';
import { redirectUri } from './support/server.mjs';
import { camel } from './support/vectors.mjs';

const settings = { site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri };
const { NAMES } = createRequire(import.meta.url)('../dist/generated/names.js');
const known = catalogue();
const caught = async (work) => {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof HeadlessIdError, `${error}`);
    return error;
  }
  assert.fail('not refused');
};
const refusing = (body, status = 400) =>
  new Client(settings, {
    transport: async () => ({ status, headers: [['content-type', 'application/json']], body: JSON.stringify(body) }),
  });

test('the table has every name of the catalogue that is spelled in two ways', () => {
  const names = new Set(
    [known.settings, ...known.flows.flatMap(({ parameters, asks }) => [parameters, asks])].flat().map(({ name }) => name),
  );
  assert.deepEqual(
    Object.fromEntries(NAMES),
    Object.fromEntries([...names].filter((name) => name.includes('_')).map((name) => [name, camel(name)])),
  );
});

test('every setting that is refused is named as it was given', async () => {
  for (const setting of known.settings) {
    const error = await caught(() => new App({ ...settings, [camel(setting.name)]: '\0' }));
    assert.equal(error.field, camel(setting.name));
    assert.ok(error.message.startsWith(`${camel(setting.name)} `), error.message);
    for (const name of NAMES.keys()) assert.doesNotMatch(error.message, new RegExp(`(?<![\\w.])${name}(?!\\w)`));
  }
  assert.match((await caught(() => new App({ ...settings, site: 'http://127.0.0.1/shop' }))).message, /allowHttpLoopback/);
});

test('every parameter that is refused is named as it was given', async () => {
  // With all that a flow may need, at a host that serves it.
  const all = { ...settings, clientSecret: 'secret', signedBy: 'host' };
  const atSite = new App(all);
  const atOrg = new App({ ...all, site: 'https://acme.my.salesforce.com' });
  for (const flow of known.flows) {
    const app = flow.hosts.includes('site') ? atSite : atOrg;
    for (const { name } of flow.parameters) {
      const error = await caught(() => app.flow(flow.name, { [camel(name)]: '\0' }));
      assert.equal(error.field, camel(name), `${flow.name} ${name}`);
      assert.ok(error.message.startsWith(`${camel(name)} `), error.message);
    }
  }
});

test("the server's words stay as they are, and so does a scope", async () => {
  const error = await caught(() =>
    refusing({ error: 'invalid_client_id', error_description: 'client identifier invalid: client_id, redirect_uri' }).login({
      username: 'a',
      password: 'b',
    }),
  );
  assert.equal(error.serverText, 'client identifier invalid: client_id, redirect_uri');
  const spell = (message, serverText) =>
    new HeadlessIdError({ kind: 'REFUSED', advice: 'NONE', reason: 'x', message, serverText, hint: message });
  assert.equal(
    spell('refused: client_id is bad; set redirect_uri', 'client_id is bad').message,
    'refused: client_id is bad; set redirectUri',
  );
  for (const [text, ours] of [
    ['refresh_token is missing', 'refreshToken is missing'],
    ['App: OAuth Scopes: Perform requests at any time (refresh_token)', 'App: OAuth Scopes: Perform requests at any time (refresh_token)'],
    ['OauthOidcSettings.client_id stays, /seal_keys/seal_keys too', 'OauthOidcSettings.client_id stays, /seal_keys/seal_keys too'],
    ['code_challenge_method=S256 and send_code_challenge_method', 'code_challenge_method=S256 and sendCodeChallengeMethod'],
  ])
    assert.deepEqual([spell(text).message, spell(text).hint], [ours, ours]);
});

test('a failing server is told apart', async () => {
  for (const [status, body, is] of [
    [500, {}, true],
    [503, {}, true],
    [400, { error: 'server_error' }, true],
    [400, { error: 'invalid_grant', error_description: 'authentication failure' }, false],
  ]) {
    const error = await caught(() => refusing(body, status).login({ username: 'a', password: 'b' }, { timeout: 300 }));
    assert.equal(error.isServerError, is, `${status} ${error.reason}`);
  }
});

test('an abort is an AbortError with its reason, a time that is over a TimeoutError', async () => {
  for (const options of [{}, { transport: () => new Promise(() => {}) }]) {
    const client = new Client({ ...settings, site: 'https://127.0.0.1:1/shop' }, options);
    const controller = new AbortController();
    controller.abort(new Error('mine'));
    const own = await caught(() => client.login({ username: 'a', password: 'b' }, { signal: controller.signal }));
    assert.deepEqual([own.name, own.code, own.isCancelled, own.cause.message], ['AbortError', 'cancelled', true, 'mine']);
    const bare = await caught(() => client.login({ username: 'a', password: 'b' }, { signal: AbortSignal.abort() }));
    assert.deepEqual([bare.name, bare.cause.name], ['AbortError', 'AbortError']);
    await client.close();
  }
  const client = new Client(settings, { transport: () => new Promise(() => {}) });
  const late = await caught(() => client.login({ username: 'a', password: 'b' }, { signal: AbortSignal.timeout(20) }));
  assert.deepEqual([late.name, late.cause.name], ['TimeoutError', 'TimeoutError']);
  await client.close();
  const flow = client.app.flow('login', { username: 'a', password: 'b' });
  flow.cancel();
  assert.equal(flow.next().error.name, 'AbortError');
  const other = await caught(() => client.login({ username: 'a', password: 'b' }));
  assert.equal(other.name, 'HeadlessIdError');
  assert.ok(other.stack.startsWith('HeadlessIdError: '), other.stack);
  assert.ok(!Object.keys(other).includes('name'));
});

test('a ticket goes on only as the flow that is named', async () => {
  const client = new Client(
    { ...settings, sealKeys: newSealKey() },
    { transport: async () => ({ status: 200, headers: [], body: JSON.stringify({ status: 'success', identifier: 'x' }) }) },
  );
  const ticket = (await client.resetPassword({ username: 'lena' })).seal('session');
  assert.equal(client.resume(ticket, 'session', 'password_reset').flow, 'password_reset');
  assert.equal(client.resume(ticket, 'session').flow, 'password_reset');
  assert.equal(client.resume(ticket, 'session', { timeout: 500 }).asks, 'otp');
  assert.equal(client.app.unseal(ticket, 'session', { flow: 'password_reset' }).name, 'password_reset');
  for (const [misspelt, meant] of [
    ['passwordReset', 'password_reset'],
    ['pasword_reset', 'password_reset'],
    ['Login', 'login'],
  ]) {
    const error = await caught(() => client.resume(ticket, 'session', misspelt));
    assert.deepEqual([error.kind, error.field], ['ARGUMENT', 'flow']);
    assert.ok(error.message.endsWith(`Did you mean ${meant}?`), error.message);
    assert.equal((await caught(() => client.app.unseal(ticket, 'session', { flow: misspelt }))).message, error.message);
  }
  assert.doesNotMatch((await caught(() => client.resume(ticket, 'session', 'something_else'))).message, /Did you mean/);
  for (const wrong of ['passwordless_login', 'login', 'registration']) {
    const error = await caught(() => client.resume(ticket, 'session', wrong));
    assert.deepEqual([error.kind, error.reason], ['STATE', 'other_flow']);
    assert.equal((await caught(() => client.app.unseal(ticket, 'session', { flow: wrong }))).reason, 'other_flow');
    assert.equal((await caught(() => client.resume(ticket, 'other', wrong))).reason, 'other_session');
  }
  await client.close();
});

test('a session ends by its tokens, however they are given', async () => {
  const revoked = [];
  const client = new Client(settings, {
    transport: async (request) => {
      revoked.push(new URLSearchParams(Buffer.from(request.body).toString()).get('token'));
      return { status: 200, headers: [], body: '' };
    },
  });
  const tokens = TokenSet.fromJson(
    JSON.stringify({ access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer', uvid_carry: 'absent' }),
  );
  for (const given of [
    tokens,
    { tokens },
    { tokens: { accessToken: 'access', refreshToken: 'refresh' } },
    { accessToken: 'access', refreshToken: 'refresh' },
    { tokens, accessToken: undefined },
    { tokens: tokens.toJson() },
    { tokens: Buffer.from(tokens.toJson()) },
  ]) {
    revoked.length = 0;
    await client.logout(given);
    assert.deepEqual(revoked, ['refresh', 'access']);
  }
  revoked.length = 0;
  await client.logout({ tokens, accessToken: 'another' });
  assert.deepEqual(revoked, ['refresh', 'another']);
  for (const wrong of [Promise.resolve(tokens), { tokens: Promise.resolve(tokens) }, { tokens: 'access' }, { tokens: {} }]) {
    assert.equal((await caught(() => client.logout(wrong))).field, 'tokens');
  }
  for (const guest of ['zzz', Promise.resolve({}), {}, 12]) {
    assert.equal((await caught(() => client.login({ username: 'a', password: 'b', guest }))).field, 'guest');
  }
  await client.close();
});
