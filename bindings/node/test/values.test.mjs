import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { App, catalogue, Flow, HeadlessIdError } from 'headlessid';

import { camel } from './support/vectors.mjs';

const require = createRequire(import.meta.url);
const settings = { site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri: 'https://app.example.com/callback' };
const app = new App(settings);
const login = (more, options) => app.flow('login', { username: 'lena', password: 'secret', ...more }, options);
const formOf = (step) => new URLSearchParams(Buffer.from(step.request.body).toString());
const refuses = (field) => (error) =>
  error instanceof HeadlessIdError && error.kind === 'ARGUMENT' && error.advice === 'FIX_ARGUMENT' && error.field === field;

test('what is absent stays absent', () => {
  const step = login({ scope: undefined, uvid: null }).next();
  assert.equal(formOf(step).has('scope'), false);
  assert.equal(formOf(step).has('uvid_hint'), false);
  new App({ ...settings, clientSecret: undefined, userAgent: null });
});

test('every setting and parameter of the catalogue has its typed name', () => {
  const { FLOWS } = require('../dist/generated/flows.js');
  const { SETTINGS } = require('../dist/generated/settings.js');
  const { settings: described, flows } = catalogue();
  assert.deepEqual(
    Object.values(SETTINGS).map(({ name }) => name),
    described.map(({ name }) => name),
  );
  for (const flow of flows) {
    assert.deepEqual(
      Object.values(FLOWS[flow.name].parameters)
        .map(({ name }) => name)
        .sort(),
      flow.parameters.map(({ name }) => name).sort(),
    );
    assert.deepEqual(
      Object.values(FLOWS[flow.name].asks).map(({ name }) => name),
      flow.asks.map(({ name }) => name),
    );
    const method = camel(flow.verb ?? flow.name);
    const { prototype } = require('headlessid').Client;
    assert.equal(typeof prototype[method], 'function', method);
    // What can be asked for or be given has a method for either.
    const either = flow.asks.some((ask) => flow.parameters.some(({ name }) => name === ask.name));
    assert.equal(typeof prototype[`start${method[0].toUpperCase()}${method.slice(1)}`], either ? 'function' : 'undefined', method);
  }
});

test('l03 unknown settings, parameters and flows are refused by their name', () => {
  assert.throws(() => new App({ ...settings, clientID: 'x' }), refuses('clientID'));
  assert.throws(() => login({ passwort: 'x' }), refuses('passwort'));
  assert.throws(
    () => new App({ ...settings, redirectURI: 'x' }),
    (error) => error.field === 'redirectURI' && error.message.includes('Did you mean redirectUri?'),
  );
  // What is like no name may be a value in a name's place, and need not be said back.
  assert.throws(
    () => login({ toString: 'x' }),
    (error) => error.kind === 'ARGUMENT' && ['toString', 'name'].includes(error.field),
  );
  assert.throws(
    () => app.flow('logon', {}),
    (error) => error.kind === 'ARGUMENT',
  );
});

test('l03 a step that this binding does not know is an error that names it', () => {
  const flow = login();
  assert.throws(
    () => flow.stepFrom(99),
    (error) => error.reason === 'unknown_step' && error.message.includes('99') && error.message.includes('login'),
  );
});

test('a value of the wrong type is a TypeError that names it', () => {
  assert.throws(() => login({ password: 12345 }), { name: 'TypeError', message: 'password must be a string or a Uint8Array' });
  assert.throws(() => login({ password: {} }), { name: 'TypeError' });
  assert.throws(() => login({ password: new Uint16Array(3) }), { name: 'TypeError' });
  assert.throws(() => new App({ ...settings, site: 1 }), { name: 'TypeError', message: 'site must be a string or a Uint8Array' });
});

test('keys may be given as bytes by their id, and the first seals', () => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(33, 2).subarray(1)];
  const open = (sealKeys) => new App({ ...settings, sealKeys });
  const flow = open(
    new Map([
      ['2', two],
      ['1', one],
    ]),
  ).flow('login', { username: 'lena' });
  flow.next();
  const ticket = flow.seal();
  assert.equal(open([`2:${two.toString('base64')}`]).unseal(ticket).name, 'login');
  assert.throws(
    () => open(`1:${one.toString('base64url')}`).unseal(ticket),
    (error) => error.isTicketRefused,
  );
  assert.equal(open(new Map([['2', two.toString('base64')]])).unseal(ticket).name, 'login');
  assert.throws(() => open(new Map([['1', 'text']])), refuses('sealKeys'));
  assert.throws(() => open(new Map([['1', 7]])), { name: 'TypeError' });
  assert.throws(() => open(new Map([['1', Buffer.alloc(31)]])), refuses('sealKeys'));
});

test('kinds of values cross as text', () => {
  const step = login({ scope: ['openid', 'api'] }).next();
  assert.equal(formOf(step).get('scope'), 'openid api');
  const extra = new App({ ...settings, extraParameters: { source: 'x' }, timeoutMs: 5000, sendCodeChallengeMethod: true });
  const form = formOf(extra.flow('login', { username: 'a', password: 'b' }).next());
  assert.equal(form.get('source'), 'x');
  assert.equal(form.get('code_challenge_method'), 'S256');
  assert.equal(formOf(login({ password: Buffer.from('pä ss') }).next()).get('password'), 'pä ss');
});

test('a guest fills what is not given', () => {
  const uvid = '3f6f2f6e-6f1c-4f0e-9b8a-0a1b2c3d4e5f';
  const other = '0a1b2c3d-6f1c-4f0e-9b8a-3f6f2f6e4e5f';
  assert.equal(formOf(login({ guest: { uvid } }).next()).get('uvid_hint'), uvid);
  assert.equal(formOf(login({ guest: { uvid }, uvid: other }).next()).get('uvid_hint'), other);
  assert.equal(formOf(login({ guest: null }).next()).has('uvid_hint'), false);
});

test('l09 what was handed out does not change with the next call', () => {
  const flow = login();
  const first = flow.next();
  const body = first.request.body;
  const before = Buffer.from(body).toString();
  body.fill(0x2e);
  const second = flow.next();
  assert.equal(Buffer.from(second.request.body).toString(), before);
  const state = formOf(second).get('state');
  flow.giveResponse({ status: 302, headers: [['location', `${settings.redirectUri}?code=abc&state=${state}`]], body: '' });
  assert.equal(flow.next().request.name, 'token');
  flow.close();
  assert.equal(Buffer.from(second.request.body).toString(), before);
  assert.equal(second.request.name, 'authorize');
});

test('l10 text with NUL, invalid UTF-8 and lone surrogates is refused, never cut or changed', () => {
  for (const [field, value] of [
    ['password', 'before\0after'],
    ['password', 'lone \ud800 high'],
    ['password', '\udc00 low'],
    ['username', 'end \ud83d'],
    ['password', Uint8Array.of(0x70, 0xff, 0xfe)],
    ['password', Uint8Array.of(0x70, 0, 0x71)],
    ['password', Uint8Array.of(0xed, 0xa0, 0x80)],
  ]) {
    assert.throws(() => login({ [field]: value }).next(), refuses(field), JSON.stringify(value));
  }
  assert.throws(() => new App({ ...settings, site: `${settings.site}\0.evil.example` }), refuses('site'));
  for (const value of ['ünïcödé 𝔘𝔫𝔦 👩‍👩‍👧', '\ufffd', '\uffff', 'ÿĀ߿ࠀ￿𐀀􏿿', ' leading and trailing ']) {
    assert.equal(formOf(login({ password: value }).next()).get('password'), value);
  }
});

test('l10 very long text is refused whole', () => {
  assert.throws(() => login({ password: 'x'.repeat(64 * 1024 * 1024) }), refuses('password'));
  assert.throws(() => login({ password: new Uint8Array(2 ** 31 + 1) }), refuses('password'));
});

test('l27 times are exact or refused', () => {
  for (const now of [NaN, Infinity, -Infinity, 1.5, 2 ** 53, -(2 ** 53), 2n ** 63n, -(2n ** 63n) - 1n]) {
    const flow = login();
    assert.throws(() => flow.next(now), refuses('now'), String(now));
    assert.equal(flow.next(1).step, 'SEND', 'the flow is as it was');
  }
  for (const now of [0, -1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 2n ** 63n - 1n, -(2n ** 63n)]) {
    assert.equal(login().next(now).step, 'SEND', String(now));
  }
  assert.equal(login({}, { timeout: 1000 }).next(5000).request.deadlineMs, 6000);
  // The engine counts within its own range, so what comes back is exact too.
  assert.ok(Number.isSafeInteger(login({}, { timeout: 1000 }).next(2n ** 62n).request.deadlineMs));
  for (const timeout of [NaN, 0.5, 2 ** 53, 2n ** 64n]) assert.throws(() => login({}, { timeout }), refuses('timeout'), String(timeout));
  for (const timeout of [0, -1, 600_001, 2n ** 62n])
    assert.throws(
      () => login({}, { timeout }),
      (error) => error.kind === 'ARGUMENT',
      String(timeout),
    );
  for (const timeoutMs of [NaN, 1.5, 2 ** 60, -1])
    assert.throws(() => new App({ ...settings, timeoutMs }), refuses('timeoutMs'), String(timeoutMs));
});

test('l27 a status that is not a whole number is refused', () => {
  const flow = login();
  flow.next();
  for (const status of [NaN, 200.5, 2 ** 40, undefined]) {
    assert.throws(() => flow.giveResponse({ status, headers: [], body: '' }), refuses('status'), String(status));
  }
  assert.equal(flow.next().step, 'SEND');
});

test('calls in the wrong order are STATE and change nothing', () => {
  const flow = login();
  assert.throws(
    () => flow.giveResponse({ status: 200, headers: [], body: '' }),
    (error) => error.kind === 'STATE',
  );
  flow.next();
  assert.throws(
    () => flow.giveValue('otp', '123456'),
    (error) => error.kind === 'STATE',
  );
  assert.equal(flow.next().step, 'SEND');
  flow.cancel();
  const end = flow.next();
  assert.equal(end.step, 'FAILED');
  assert.ok(end.error.isCancelled && end.error.kind === 'STATE');
  flow.close();
  flow.close();
  assert.throws(
    () => flow.next(),
    (error) => error.kind === 'STATE' && error.code === 'closed',
  );
});

test('headers of a response may be any iterable of pairs, a fetch Headers for one', () => {
  const flow = login();
  const state = formOf(flow.next()).get('state');
  flow.giveResponse({
    status: 302,
    headers: new Headers({ Location: `${settings.redirectUri}?code=abc&state=${state}` }),
    body: new Uint8Array(),
  });
  assert.equal(flow.next().request.name, 'token');
});
