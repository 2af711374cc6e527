// What an app keeps of a guest, and how it comes back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';

import { Client, HeadlessIdError, Visitor } from 'headlessid';
import { SimulatedOrg } from 'headlessid/testing';

let org;
let client;
before(async () => {
  org = await SimulatedOrg.start();
  client = new Client(org.clientSettings());
});
after(async () => {
  await client?.close();
  await org?.stop();
});

test('a visitor is kept as text, renewed, and carried into a session', async () => {
  const guest = await client.guest();
  const { visitor } = guest;
  assert.ok(visitor instanceof Visitor);
  assert.equal(visitor.uvid, guest.uvid);
  assert.equal(visitor.accessToken, guest.accessToken);
  assert.ok(visitor.renewAtMs > Date.now());
  assert.equal(visitor.renewAtMs, guest.renewAtMs);
  assert.deepEqual([visitor.isDue(), visitor.isDue(visitor.renewAtMs - 1), visitor.isDue(visitor.renewAtMs)], [false, false, true]);

  const kept = Visitor.fromJson(visitor.toJson());
  assert.equal(kept.toJson(), visitor.toJson());
  const renewed = await client.guest({ guest: kept });
  assert.equal(renewed.uvid, guest.uvid);
  assert.notEqual(renewed.accessToken, guest.accessToken);
  const me = await client.login({ ...org.users[0], guest: renewed.visitor });
  assert.equal(me.uvid, guest.uvid);
  assert.equal(me.uvidCarry, 'carried');
  // The texts themselves, as a cookie has them.
  for (const text of [
    renewed.visitor.toJson(),
    Buffer.from(renewed.toJson()),
    { uvid: renewed.uvid, accessToken: Buffer.from(renewed.accessToken) },
  ]) {
    assert.equal((await client.login({ ...org.users[0], guest: text })).uvid, guest.uvid);
  }
  assert.equal('visitor' in me, false, 'a session is not a visit');
});

test('a visitor with a token that does not say when it expires is never due', () => {
  const visitor = new Visitor({ uvid: 'u', accessToken: 't' });
  assert.equal(visitor.isDue(Number.MAX_SAFE_INTEGER), false);
  assert.equal(Visitor.fromJson(visitor.toJson()).renewAtMs, undefined);
  assert.throws(() => {
    visitor.uvid = 'other';
  }, TypeError);
});

test('the text is the same in every language', () => {
  const text = '{"uvid":"3f6f","access_token":"eyJ","renew_at_ms":1767225600000}';
  assert.equal(Visitor.fromJson(text).toJson(), text);
  assert.equal(Visitor.fromJson('{"uvid":"3f6f","access_token":"eyJ","renew_at_ms":null}').renewAtMs, undefined);
});

test("text that is not a visitor's is refused, and not quoted", () => {
  for (const text of [
    '',
    'SECRET',
    '{"access_token":"SECRET"',
    '{"access_token":"SECRET"}',
    '["SECRET"]',
    'null',
    '"SECRET"',
    '{"uvid":1,"access_token":"SECRET"}',
    '{"uvid":"u","access_token":"SECRET","renew_at_ms":"1"}',
    '{"uvid":"u","access_token":"SECRET","renew_at_ms":1.5}',
  ]) {
    assert.throws(
      () => Visitor.fromJson(text),
      (error) => {
        assert.ok(error instanceof HeadlessIdError && error.kind === 'ARGUMENT' && error.field === 'visitor', String(error));
        assert.ok(!inspect(error).includes('SECRET'));
        return true;
      },
    );
  }
});
