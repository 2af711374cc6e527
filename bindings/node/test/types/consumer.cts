// What a TypeScript program with CommonJS writes. Compiled by the tests, and then run.
import assert = require('node:assert/strict');
import { App, HeadlessIdError, type GuestParameters, type LoginParameters } from 'headlessid';
import headlessid = require('headlessid');
import { undiciInterceptor } from 'headlessid/adapters';
import { MemoryStore } from 'headlessid/stores';
import { checkStore, SimulatedOrg } from 'headlessid/testing';

const guest: GuestParameters = {};
const login: LoginParameters = { username: 'lena', password: 'secret', guest: { uvid: undefined } };
assert.equal(App, headlessid.App);
assert.equal(typeof SimulatedOrg.start, 'function');
assert.equal(typeof undiciInterceptor, 'function');
assert.equal(typeof checkStore, 'function');
assert.equal(new MemoryStore().load(new Uint8Array(1)), null);
try {
  new App({ site: 'http://acme.my.site.com', clientId: 'abc', redirectUri: 'https://app.example.com/callback' });
  assert.fail('not refused');
} catch (error) {
  assert.ok(error instanceof HeadlessIdError);
  assert.equal(error.field, 'site');
}
assert.ok(guest && login);
console.log('consumer.cts passed');
