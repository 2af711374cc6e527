// Results as text and back: the same files that every language reads (tests/results/README.md).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as util from 'node:util';

import * as headlessid from 'headlessid';

import { camel } from './support/vectors.mjs';

const { App, catalogue, HeadlessIdError, runFlow, TokenSet, Guest, Visitor } = headlessid;
const read = (name) => JSON.parse(readFileSync(new URL(`../../../tests/results/${name}`, import.meta.url), 'utf8'));
const textOf = (text) => (typeof text === 'string' ? text : text.repeat.repeat(text.times));

const LISTS = new Set(['scope', 'aud']);
const listsOf = (name) =>
  catalogue()
    .results.find((result) => result.name === name)
    .fields.filter(({ kind }) => kind === 'list')
    .map(({ name: field }) => camel(field));

for (const { about, class: name, text, fields } of read('restored.json')) {
  test(`restored: ${about}`, () => {
    // What a number cannot hold exactly is refused here, by its name.
    if (!Object.values(fields).every((value) => typeof value !== 'number' || Number.isSafeInteger(value))) {
      assert.throws(
        () => headlessid[name].fromJson(text),
        ({ reason, field }) => reason === 'bad_argument' && field === 'issuedAtMs',
      );
      return;
    }
    for (const given of [text, Buffer.from(text)]) {
      const result = headlessid[name].fromJson(given);
      assert.ok(result instanceof headlessid[name]);
      const shown = Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [camel(key), LISTS.has(key) ? value.split(' ') : value]),
      );
      for (const list of listsOf(name)) shown[list] ??= [];
      assert.deepEqual(result.toObject(), shown);
      assert.equal(result.raw, undefined);
      assert.deepEqual(JSON.parse(result.toJson()), fields);
      assert.deepEqual(headlessid[name].fromJson(result.toJson()), result);
    }
  });
}

for (const { about, class: name, text, field } of read('refused.json')) {
  test(`refused: ${about}`, () => {
    assert.throws(
      () => headlessid[name].fromJson(textOf(text)),
      (error) => {
        assert.ok(error instanceof HeadlessIdError);
        assert.deepEqual(
          [error.kind, error.advice, error.reason, error.field],
          ['ARGUMENT', 'FIX_ARGUMENT', 'bad_argument', field === null ? 'text' : camel(field)],
        );
        assert.ok(!util.inspect(error, { depth: 9, showHidden: true }).includes('Example.Secret'));
        return true;
      },
    );
  });
}

test('a value that is not text is refused, too', () => {
  for (const given of [undefined, null, 12, {}, [], new Date(), Buffer.from([0xff, 0xfe])]) {
    assert.throws(
      () => TokenSet.fromJson(given),
      ({ reason, field }) => reason === 'bad_argument' && field === 'text',
      util.inspect(given),
    );
  }
});

test("a flow's result equals its stored text restored", async () => {
  const app = new App({ site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri: 'https://app.example.com/callback' });
  const site = async (request) => {
    const form = new URLSearchParams(Buffer.from(request.body).toString());
    return request.name === 'authorize'
      ? { status: 302, headers: [['location', `https://app.example.com/callback?code=abc&state=${form.get('state')}`]], body: '' }
      : {
          status: 200,
          headers: [],
          body: JSON.stringify({
            access_token: '00D!AQ',
            refresh_token: '5Aep',
            token_type: 'Bearer',
            scope: 'api openid',
            issued_at: '1767225600000',
          }),
        };
  };
  const me = await runFlow(app.flow('login', { username: 'lena', password: 'x' }), site);
  assert.deepEqual(me.scope, ['api', 'openid']);
  assert.ok(Object.isFrozen(me.scope));
  const stored = me.toJson();
  assert.equal(JSON.parse(stored).scope, 'api openid');
  assert.ok(!stored.includes('raw'));
  const again = TokenSet.fromJson(stored);
  assert.equal(again.toJson(), stored);
  const { raw, ...rest } = me.toObject();
  assert.equal(raw.access_token, '00D!AQ');
  assert.deepEqual(again.toObject(), rest);
  // Hidden as before.
  for (const text of [
    JSON.stringify(again),
    util.inspect(again, { showHidden: true, depth: 9 }),
    JSON.stringify({ ...again }),
    util.inspect(structuredClone({ ...again })),
  ]) {
    assert.ok(!text.includes('5Aep') && !text.includes('AQ'), text);
  }
});

test('a stored guest is a guest, and its visitor is', () => {
  const text = JSON.stringify({
    access_token: 'ey.guest',
    token_type: 'Bearer',
    uvid: '3f6fd1c2-5a8e-4b7d-9c3a-1e2f4a5b6c7d',
    uvid_carry: 'carried',
    renew_at_ms: 5,
  });
  const guest = Guest.fromJson(text);
  assert.equal(guest.visitor.accessToken, 'ey.guest');
  assert.deepEqual(Visitor.fromJson(text), guest.visitor);
});

test('the text of a session is not the text of a guest', () => {
  const guest = { access_token: 'ey.SECRET', token_type: 'Bearer', uvid: '3f6fd1c2-5a8e-4b7d-9c3a-1e2f4a5b6c7d', uvid_carry: 'carried' };
  assert.equal(Guest.fromJson(JSON.stringify({ ...guest, refresh_token: null })).uvid, guest.uvid);
  for (const [member, field] of [
    ['refresh_token', 'refreshToken'],
    ['id_token', 'id_token'],
    ['id', 'id'],
  ]) {
    const text = JSON.stringify({ ...guest, [member]: 'SECRET' });
    assert.throws(
      () => Guest.fromJson(text),
      (error) => error.kind === 'ARGUMENT' && error.field === field && !util.inspect(error).includes('SECRET'),
      member,
    );
    assert.equal(TokenSet.fromJson(text).uvid, guest.uvid);
  }
});

test('a list that the server did not send is empty, and stays out of the text', () => {
  const guest = Guest.fromJson('{"access_token":"t","token_type":"Bearer","uvid":"u","uvid_carry":"absent"}');
  assert.deepEqual(guest.scope, []);
  assert.ok(!('scope' in JSON.parse(guest.toJson())));
});

test('no printing of a prototype or of an object that is not whole throws', () => {
  for (const [name, thing] of Object.entries(headlessid)) {
    if (typeof thing !== 'function' || thing.prototype === undefined) continue;
    for (const value of [thing.prototype, Object.create(thing.prototype), Object.create(Object.create(thing.prototype))]) {
      for (const options of [{}, { depth: 9, showHidden: true }, { depth: -1 }])
        assert.equal(typeof util.inspect(value, options), 'string', name);
      assert.doesNotThrow(() => JSON.stringify(value), name);
      assert.doesNotThrow(() => util.format('%s %o', value, value), name);
    }
  }
  assert.equal(typeof util.inspect(headlessid, { showHidden: true, depth: 9 }), 'string');
});
