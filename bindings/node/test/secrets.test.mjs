// No printing, serialising or cloning of anything public shows a secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as util from 'node:util';
import * as v8 from 'node:v8';

import { App, catalogue, Client, HeadlessIdError, NoResponseError, runFlow, Visitor } from 'headlessid';

import { newSealKey } from './support/org.mjs';
import { redirectUri } from './support/server.mjs';
import { camel } from './support/vectors.mjs';

// Marks that occur nowhere else.
const marks = {
  password: 'MARK-password-7f3a',
  clientSecret: 'MARK-client-secret-7f3a',
  proxy: 'http://user:MARK-proxy-7f3a@localhost:1',
  accessToken: '00Dxx0000000001!MARK-access-7f3a',
  refreshToken: '5Aep!MARK-refresh-7f3a',
  code: 'MARK-code-7f3a',
};

const settings = {
  site: 'https://acme.my.site.com/shop',
  clientId: 'abc',
  redirectUri,
  clientSecret: marks.clientSecret,
  proxy: marks.proxy,
};
const lena = { username: 'lena', password: marks.password };
const app = new App(settings);

const org = async (request) => {
  const form = new URLSearchParams(Buffer.from(request.body).toString());
  return request.name === 'authorize'
    ? { status: 302, headers: [['location', `${redirectUri}?code=${marks.code}&state=${form.get('state')}`]], body: '' }
    : {
        status: 200,
        headers: [],
        body: JSON.stringify({ access_token: marks.accessToken, refresh_token: marks.refreshToken, token_type: 'Bearer' }),
      };
};

// Every way in which a value ends up in a log, a message or a file.
function everyForm(value) {
  const forms = [];
  const add = (form) => {
    try {
      const out = form();
      forms.push(typeof out === 'string' ? out : Buffer.from(out ?? []).toString('latin1'));
    } catch (error) {
      forms.push(String(error.message));
    }
  };
  add(() => util.inspect(value, { depth: Infinity }));
  add(() => util.inspect(value, { depth: Infinity, showHidden: true, getters: true }));
  // Without our own way of printing; with getters called as well it would be reading by name, on purpose.
  add(() => util.inspect(value, { depth: Infinity, showHidden: true, showProxy: true, customInspect: false }));
  add(() => util.inspect({ deep: { deeper: value } }, { depth: Infinity }));
  add(() => util.format('%s %o %O %j', value, value, value, value));
  add(() => String(value));
  add(() => `${value}`);
  add(() => JSON.stringify(value));
  add(() => JSON.stringify({ ...value }));
  add(() => JSON.stringify(Object.assign({}, value)));
  add(() => JSON.stringify(Object.entries(value)));
  add(() => util.inspect(structuredClone(value), { depth: Infinity, showHidden: true }));
  add(() => v8.serialize(value));
  add(() => JSON.stringify(value, (key, item) => (typeof item === 'bigint' ? String(item) : item)));
  add(() => value.stack);
  return forms;
}

function shows(value, what) {
  for (const form of everyForm(value)) assert.ok(!form.includes('MARK'), `${what} shows ${/.{0,60}MARK[-a-z0-9]*/s.exec(form)?.[0]}`);
}

test('z09 results, requests, steps, flows, apps and clients show no secret', async () => {
  const flow = app.flow('login', lena, { trace: () => {} });
  for (;;) {
    const step = flow.next();
    shows(step, `step ${step.step}`);
    shows(flow, 'flow');
    if (step.step === 'DONE') {
      shows(step.result, 'result');
      shows(flow.transcript, 'transcript');
      assert.equal(step.result.accessToken, marks.accessToken);
      assert.equal(step.result.refreshToken, marks.refreshToken);
      assert.equal(step.result.raw.access_token, marks.accessToken);
      const all = step.result.toObject();
      assert.equal(all.accessToken, marks.accessToken);
      assert.equal(all.tokenType, 'Bearer');
      assert.match(util.inspect(step.result), /accessToken: '•••'/);
      assert.equal(JSON.parse(JSON.stringify(step.result)).tokenType, 'Bearer');
      assert.equal('accessToken' in JSON.parse(JSON.stringify(step.result)), false);
      break;
    }
    shows(step.request, 'request');
    assert.ok(Buffer.from(step.request.body).toString().includes('MARK'), 'it is there to be sent');
    const response = await org(step.request);
    flow.giveResponse(response);
  }
  shows(app, 'app');
  const client = new Client(settings, { transport: org });
  shows(client, 'client');
  shows(await client.login(lena), 'result of a client');
  await client.close();
  shows(client, 'closed client');
});

test('z09 z12 challenges, tickets and visitors show no secret', async () => {
  const identifier = 'MARK-identifier-7f3a';
  const otp = 'MARK-otp-7f3a';
  const recaptcha = 'MARK-recaptcha-7f3a';
  const answers = { init: { status: 200, headers: [], body: JSON.stringify({ status: 'success', identifier }) } };
  const refusal = {
    status: 400,
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ error: 'invalid_grant', error_description: `bad otp ${otp}` }),
  };
  const client = new Client({ ...settings, sealKeys: newSealKey() }, { transport: async (request) => answers[request.name] ?? refusal });
  const visitor = new Visitor({ uvid: '3f6fd1c2-5a8e-4b7d-9c3a-1e2f4a5b6c7d', accessToken: marks.accessToken, renewAtMs: 1 });
  shows(visitor, 'visitor');
  assert.ok(visitor.toJson().includes('MARK'), 'on purpose');
  const challenge = await client.register({
    userdata: { lastName: 'MARK-name-7f3a' },
    password: marks.password,
    verificationMethod: 'email',
    recaptcha,
    guest: { uvid: visitor.uvid },
  });
  shows(challenge, 'challenge');
  assert.equal(util.inspect(challenge), 'Challenge { registration, asks otp }');
  const ticket = challenge.seal('MARK-session-7f3a');
  for (const text of [ticket, Buffer.from(ticket, 'base64url').toString('latin1')]) assert.ok(!text.includes('MARK'));
  const changed = `${ticket.slice(0, 99)}${ticket[99] === 'A' ? 'B' : 'A'}${ticket.slice(100)}`;
  const errors = [await challenge.verify(otp).catch((caught) => caught), await challenge.resend().catch((caught) => caught)];
  for (const wrong of [
    () => client.resume(ticket, 'MARK-other-7f3a'),
    () => client.resume(changed, 'MARK-session-7f3a'),
    () => client.resume('MARK-ticket'),
  ]) {
    try {
      wrong();
      assert.fail(`not refused: ${wrong}`);
    } catch (error) {
      errors.push(error);
    }
  }
  for (const error of errors) {
    assert.ok(error instanceof HeadlessIdError, `${error}`);
    shows(error, error.reason);
  }
  shows(challenge, 'challenge with a problem');
  shows(challenge.problem, 'its problem');
  challenge.close();
  shows(challenge, 'closed challenge');
  await client.close();
});

test('results cannot be changed', async () => {
  const result = await runFlow(app.flow('login', lena), org);
  assert.throws(() => {
    result.tokenType = 'x';
  }, TypeError);
  assert.throws(() => {
    result.accessToken = 'x';
  }, TypeError);
});

test('z07 errors, their causes and stacks show no secret', async () => {
  const thrown = Object.assign(new Error(`POST failed: password=${marks.password}`), {
    config: { data: `password=${marks.password}` },
    code: marks.password,
  });
  const wrapped = new NoResponseError('maybe', 'no response came', { cause: thrown });
  const errors = [];
  for (const transport of [
    async () => {
      throw thrown;
    },
    async () => {
      throw wrapped;
    },
    async () => ({ status: 200, headers: [], body: `<html>${marks.password}</html>` }),
    async () => ({ status: 302, headers: [['location', `https://evil.example/?password=${marks.password}`]], body: '' }),
    async () => ({
      status: 400,
      headers: [],
      body: JSON.stringify({ error: 'invalid_grant', error_description: 'authentication failure' }),
    }),
    async (request) =>
      request.name === 'authorize' ? org(request) : { status: 200, headers: [], body: `{"access_token":"${marks.accessToken}"` },
  ]) {
    const error = await runFlow(app.flow('login', lena), transport).catch((caught) => caught);
    assert.ok(error instanceof HeadlessIdError, String(error));
    errors.push(error);
  }
  for (const wrong of [
    () => app.flow('login', { username: 'a', password: `${marks.password}\0` }).next(),
    () => new App({ ...settings, clientSecret: `${marks.clientSecret}\0` }),
    () => new App({ ...settings, proxy: `gopher://MARK@x` }),
    () => new App({ ...settings, site: `https://user:${marks.password}@acme.my.site.com` }),
  ]) {
    try {
      wrong();
      assert.fail(`not refused: ${wrong}`);
    } catch (error) {
      assert.ok(error instanceof HeadlessIdError, `${error}`);
      errors.push(error);
    }
  }
  for (const error of errors) {
    // The host's own error stays reachable, for the host; it is the one thing that its own clone carries along.
    const { cause } = error;
    const texts = [
      util.inspect(error),
      util.inspect(error, { depth: 9, showHidden: true }),
      util.format('%s %o', error, error),
      String(error),
      error.message,
      error.stack,
      error.hint ?? '',
      error.serverText ?? '',
      JSON.stringify(error),
      JSON.stringify({ ...error }),
    ];
    for (const text of texts) assert.ok(!text.includes('MARK'), `${error.reason}: ${/.{0,60}MARK[-a-z0-9]*/s.exec(text)?.[0]}`);
    if (cause === undefined) shows(error, error.reason);
  }
});

test('errors say what to do, in fields and predicates', async () => {
  const wrong = async () => ({
    status: 400,
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ error: 'invalid_grant', error_description: 'authentication failure' }),
  });
  const error = await runFlow(app.flow('login', lena), wrong).catch((caught) => caught);
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'HeadlessIdError');
  assert.equal(error.code, error.reason);
  for (const predicate of [
    'isInvalidCredentials',
    'isCancelled',
    'isTimeout',
    'isOrgFault',
    'isRetryable',
    'isSignInRequired',
    'isOtpInvalid',
    'isOtpExpired',
    'isPasswordPolicy',
    'isBrowserRequired',
    'isTicketRefused',
    'isRecaptchaProblem',
  ]) {
    assert.equal(error[predicate], predicate === 'isInvalidCredentials', predicate);
  }
  assert.equal(error.httpStatus, 400);
  assert.equal(error.serverCode, 'invalid_grant');
  assert.equal(error.retryAfterMs, undefined);
  assert.deepEqual(JSON.parse(JSON.stringify(error)).serverCode, 'invalid_grant');
});

// ---- every flow, with a mark in each of its secrets, and a server that says them all back ----

const MY_DOMAIN = 'https://acme.my.salesforce.com';
const claims = { did: 'MARK-did', sub: 'uvid:4f8fad5b-d9cb-469f-a165-70867728950e', exp: 4102444800 };
const jwt = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const assertion = '<Assertion ID="a"><SignatureValue>MARK-signature-value</SignatureValue></Assertion>';
const given = {
  actor_token: jwt,
  guest_token: jwt,
  token_url: `${MY_DOMAIN}/services/oauth2/token?so=00D`,
  id: `${MY_DOMAIN}/id/00DEx0000001abcEAA/005Ex0000002defIAA`,
  path: '/shop/s/orders',
  redirect_uris: redirectUri,
  verification_method: 'email',
};
// Of what excludes each other the second is left out.
const LEFT_OUT = new Set(['guest', 'tokens', 'login_hint', 'customdata', 'device_key']);

function markedParameters({ name: flow, parameters }) {
  const chosen = {};
  for (const { name, kind, secret, required, choices, excludes } of parameters) {
    if (LEFT_OUT.has(name) || !(required || secret || name === 'username') || excludes.some((other) => other in chosen)) continue;
    if (name === 'assertion') chosen[name] = flow === 'saml_assertion' ? `<Response>${assertion}</Response>` : assertion;
    else if (kind === 'json') chosen[name] = { lastName: 'MARK-name', token: 'MARK-token', SerialNumber: 'MARK-serial' };
    else chosen[name] = given[name] ?? choices[0] ?? (secret ? `MARK-${name}` : 'lena@example.com');
  }
  return Object.fromEntries(Object.entries(chosen).map(([name, value]) => [camel(name), value]));
}

for (const description of catalogue().flows) {
  test(`z09 ${description.name} shows nothing of what it is given`, () => {
    const site = description.hosts.includes('site') ? settings.site : MY_DOMAIN;
    const own = new App({ ...settings, site, signedBy: 'host', sealKeys: newSealKey() });
    const parameters = markedParameters(description);
    const said = JSON.stringify({ error: 'invalid_grant', error_description: JSON.stringify(parameters) });
    let trace = '';
    const flow = own.flow(description.name, parameters, { trace: (text) => (trace += text) });
    let step;
    for (let turn = 0; turn < 12 && step?.step !== 'FAILED'; turn += 1) {
      step = flow.next();
      shows(flow, 'the flow');
      // The address of a page is for the person, with the state of the sign-in in it.
      if (step.step !== 'SHOW') shows(step, step.step);
      if (step.step === 'SEND') {
        flow.giveResponse({ status: 400, headers: [['content-type', 'application/json']], body: said });
      } else if (step.step === 'SIGN') flow.giveValue('signature', Buffer.alloc(256, 'MARK-signature'));
      else if (step.step === 'ASK') flow.giveValue(step.name, `MARK-${step.name}`);
      else if (step.step === 'SHOW') {
        const state = new URL(step.url).searchParams.get('state');
        const mark = /response_type=(token|hybrid_token)/.test(step.url) ? '#' : '?';
        flow.giveValue('callback_url', `${redirectUri}${mark}error=access_denied&error_description=${state}&state=${state}`);
      }
    }
    assert.equal(step.step, 'FAILED');
    shows(step.error, 'the error');
    for (const text of ['MARK', jwt.split('.')[1]]) assert.ok(!trace.includes(text), trace);
    flow.close();
  });
}
