// Settings from the environment and from a profile, with the names that the headlessid command has.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { App, Client, HeadlessIdError } from 'headlessid';

const base = { site: 'https://acme.my.site.com/shop', client_id: 'abc', redirect_uri: 'https://app.example.com/callback' };
const env = { HEADLESSID_SITE: base.site, HEADLESSID_CLIENT_ID: base.client_id, HEADLESSID_REDIRECT_URI: base.redirect_uri };
const formOf = (app) =>
  new URLSearchParams(Buffer.from(app.flow('login', { username: 'a', password: 'b' }).next(1).request.body).toString());
const deadline = (app) => app.flow('login', { username: 'a', password: 'b' }).next(0).request.deadlineMs;
const refuses = (field, text) => (error) =>
  error instanceof HeadlessIdError &&
  error.kind === 'ARGUMENT' &&
  error.field === field &&
  (text === undefined || error.message.includes(text));

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'headlessid-profile-'));
});
after(() => rmSync(folder, { recursive: true }));
let number = 0;
function profile(content) {
  const file = join(folder, `${(number += 1)}.json`);
  writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  return file;
}

test('what the command probed and recorded in a profile is not a setting', () => {
  const probed = { date: '2026-11-29', site: base.site, answers: { token_host: ['site'] } };
  const app = App.fromProfile(profile({ probed, ...base, scope: 'api' }));
  assert.deepEqual([app.site, formOf(app).get('scope')], [base.site, 'api']);
});

test('the environment, and settings that override it', async () => {
  const client = Client.fromEnv({}, { env });
  assert.deepEqual([client.app.site, client.app.clientId], [base.site, 'abc']);
  await client.close();
  assert.equal(formOf(App.fromEnv({ scope: ['openid', 'api'] }, { env: { ...env, HEADLESSID_SCOPE: 'web' } })).get('scope'), 'openid api');
  assert.equal(formOf(App.fromEnv({ scope: undefined }, { env: { ...env, HEADLESSID_SCOPE: 'web' } })).get('scope'), 'web');
  assert.equal(
    formOf(App.fromEnv({}, { env: { ...env, HEADLESSID_SCOPE: '', HEADLESSID_SEND_CODE_CHALLENGE_METHOD: 'true' } })).get(
      'code_challenge_method',
    ),
    'S256',
  );
  assert.equal(
    App.fromEnv({}, { prefix: 'SHOP_', env: { SHOP_SITE: base.site, SHOP_CLIENT_ID: 'shop', SHOP_REDIRECT_URI: base.redirect_uri } })
      .clientId,
    'shop',
  );
  assert.throws(() => Client.fromEnv({}, { env: { ...env, HEADLESSID_CLIENT_ID: '' } }), refuses('clientId', 'is missing'));
  assert.throws(() => Client.fromEnv({}, { env: { ...env, HEADLESSID_MAX_CONNECTIONS: 'many' } }), refuses('maxConnections'));
});

test('a time in seconds or in milliseconds, as the command reads it', () => {
  assert.equal(deadline(App.fromEnv({}, { env: { ...env, HEADLESSID_TIMEOUT: '1.5' } })), 1500);
  assert.equal(deadline(App.fromEnv({}, { env: { ...env, HEADLESSID_TIMEOUT: '1.5', HEADLESSID_TIMEOUT_MS: '700' } })), 700);
  for (const wrong of ['soon', '-1', '0', '1e9999', '1,5']) {
    assert.throws(() => App.fromEnv({}, { env: { ...env, HEADLESSID_TIMEOUT: wrong } }), refuses('timeoutMs', 'HEADLESSID_TIMEOUT'), wrong);
  }
});

test('a profile, below the environment, below what is given', () => {
  const file = profile({
    ...base,
    scope: ['web'],
    timeout_ms: 900,
    extra_parameters: { source: 'x' },
    send_code_challenge_method: true,
    client_secret: null,
  });
  const app = App.fromProfile(file);
  assert.deepEqual(
    [app.clientId, formOf(app).get('scope'), formOf(app).get('source'), formOf(app).get('code_challenge_method'), deadline(app)],
    ['abc', 'web', 'x', 'S256', 900],
  );
  assert.equal(App.fromProfile(pathToFileURL(file), { clientId: 'own' }).clientId, 'own');
  const both = { HEADLESSID_PROFILE: file, HEADLESSID_CLIENT_ID: 'env' };
  assert.equal(App.fromEnv({}, { env: both }).clientId, 'env');
  assert.equal(formOf(App.fromEnv({}, { env: both })).get('scope'), 'web');
  assert.equal(App.fromEnv({ clientId: 'own' }, { env: both }).clientId, 'own');
  // Some editors put a mark in front.
  assert.equal(
    App.fromProfile(profile(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify(base))]))).clientId,
    'abc',
  );
});

test("a profile that is wrong says what, in the file's own names, and shows no value", () => {
  const secret = 'MARK-profile';
  for (const [content, text] of [
    [`{"client_secret":"${secret}"`, 'must be a JSON object of settings'],
    [`["${secret}"]`, 'must be a JSON object of settings'],
    ['', 'must be a JSON object of settings'],
    [{ ...base, redirectUri: secret }, 'redirectUri is not a setting of an app; did you mean redirect_uri?'],
    [{ ...base, clientid: secret }, 'did you mean client_id?'],
    [{ ...base, colour: secret }, 'is not a setting of an app'],
    [{ ...base, [`${secret} x`]: 1 }, 'is not a setting of an app'],
    [{ ...base, client_secret: [secret] }, 'client_secret must be a string'],
    [{ ...base, client_secret: { a: secret } }, 'client_secret must be a string'],
    [{ ...base, scope: ['a', 1] }, 'scope must be a string or an array of strings'],
    [`{"client_id":"a","client_\\u0069d":"${secret}"}`, 'has a duplicate name'],
    [`{"extra_parameters":{"a":"1","b":"2"},"client_secret":"${secret}","client_secret" : "${secret}"}`, 'has a duplicate name'],
    [Buffer.from(`\ufeff{"client_secret":"${secret}"}`, 'utf16le'), 'UTF-16'],
    [Buffer.concat([Buffer.from('{"client_secret":"'), Buffer.from([0xff, 0xfe])]), 'must be a JSON object of settings'],
    [`{"client_secret":"${'x'.repeat(2 * 1024 * 1024)}"}`, 'is larger than 2 MiB'],
    [`${'['.repeat(100_000)}`, 'must be a JSON object of settings'],
  ]) {
    assert.throws(
      () => App.fromProfile(profile(content)),
      (error) => refuses('profile', text)(error) && !error.message.includes(secret),
      text,
    );
  }
  // Names below the first level may be there twice in all, once in each.
  assert.equal(
    App.fromProfile(profile(JSON.stringify({ ...base, extra_parameters: { client_ids: 'x' }, extra_headers: { client_ids: 'y' } })))
      .clientId,
    'abc',
  );
  assert.throws(() => App.fromProfile(join(folder, 'none.json')), refuses('profile', 'ENOENT'));
  assert.throws(() => App.fromProfile(folder), refuses('profile', 'is not a file'));
});

test('a pipe is not waited for', { skip: process.platform === 'win32' }, () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  assert.throws(() => App.fromProfile(pipe), refuses('profile', 'is not a file'));
});
