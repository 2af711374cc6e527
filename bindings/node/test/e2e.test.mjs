// Every flow against a simulated org over TLS: public and private clients, our own transport and fetch's.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Client, fetchTransport, HeadlessIdError } from 'headlessid';
import { SimulatedOrg } from 'headlessid/testing';

import { newSealKey } from './support/org.mjs';
import { httpsTransport, makeCertificate } from './support/server.mjs';

let org;
before(async () => {
  org = await SimulatedOrg.start();
});
after(() => org?.stop());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function story(client, user) {
  const guest = await client.guest();
  assert.match(guest.uvid, uuid);
  assert.ok(guest.accessToken.length > 100);
  const me = await client.login({ ...user, guest });
  assert.equal(me.uvid, guest.uvid);
  assert.equal(me.uvidCarry, 'carried');
  assert.equal(me.tokenType, 'Bearer');
  const info = await client.userinfo({ accessToken: me.accessToken });
  assert.equal(info.preferredUsername, user.username);
  const gone = await client.revoke({ token: me.accessToken });
  assert.deepEqual(gone.toObject(), {});
  await assert.rejects(
    client.userinfo({ accessToken: me.accessToken }),
    (error) => error instanceof HeadlessIdError && error.isSignInRequired,
  );
}

for (const [index, kind] of ['public', 'private'].entries()) {
  test(`a guest becomes a customer: ${kind} client, own transport`, async () => {
    const client = new Client(org.clientSettings(org.apps[index]));
    try {
      await story(client, org.users[0]);
    } finally {
      await client.close();
    }
  });

  test(`a guest becomes a customer: ${kind} client, a transport of the host`, async () => {
    const { caFile, ...settings } = org.clientSettings(org.apps[index]);
    const agent = new https.Agent({ ca: readFileSync(caFile), keepAlive: true });
    const client = new Client(settings, { transport: httpsTransport(agent) });
    try {
      await story(client, org.users[0]);
    } finally {
      await client.close();
      agent.destroy();
    }
  });
}

test('fetch over TLS, with the CA given to the process', () => {
  const out = execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `
    import { Client, fetchTransport } from 'headlessid';
    const client = new Client(${JSON.stringify(org.clientSettings(org.apps[1]))}, { transport: fetchTransport() });
    const guest = await client.guest();
    const me = await client.login({ ...${JSON.stringify(org.users[0])}, guest });
    console.log(me.uvidCarry, me.uvid === guest.uvid);
    await client.close();
  `,
    ],
    { encoding: 'utf8', cwd: new URL('..', import.meta.url), env: { ...process.env, NODE_EXTRA_CA_CERTS: org.caFile } },
  );
  assert.equal(out, 'carried true\n');
});

test('passwords as bytes and with spaces at their edges are sent as they are', async () => {
  const client = new Client(org.clientSettings());
  try {
    for (const { username, password } of org.users.slice(0, 3)) {
      const bytes = Buffer.from(password);
      const me = await client.login({ username, password: bytes });
      bytes.fill(0);
      assert.equal(me.uvidCarry, 'absent');
    }
  } finally {
    await client.close();
  }
});

test('a wrong password is asked for again, and the error does not say which was wrong', async () => {
  const client = new Client(org.clientSettings());
  try {
    const errors = [];
    for (const user of [
      { username: org.users[0].username, password: 'wrong' },
      { username: 'unknown@example.com', password: 'wrong' },
    ]) {
      errors.push(await client.login(user).catch((error) => error));
    }
    for (const error of errors) {
      assert.ok(error.isInvalidCredentials, error.message);
      assert.equal(error.kind, 'REFUSED');
      assert.equal(error.advice, 'ASK_AGAIN');
    }
    assert.equal(errors[0].message, errors[1].message);
    assert.equal(errors[0].hint, errors[1].hint);
  } finally {
    await client.close();
  }
});

test('a setting of the org that is missing is named', async () => {
  const other = await SimulatedOrg.start({ options: { settings: { oauth_cd_crdt_flow_enable: false } } });
  const client = new Client(other.clientSettings());
  try {
    const error = await client.login(other.users[0]).catch((caught) => caught);
    assert.ok(error.isOrgFault, error.message);
    assert.ok(error.hint?.length > 10, error.hint);
  } finally {
    await client.close();
    await other.stop();
  }
});

test('the org can be looked into, changed and moved in time', async () => {
  const other = await SimulatedOrg.start({ tls: false });
  const client = new Client(other.clientSettings());
  try {
    assert.equal(other.caFile, undefined);
    const guest = await client.guest();
    assert.ok(guest.expiresAtMs > Date.now());
    assert.equal(typeof (await other.state()), 'object');
    assert.equal(typeof (await other.seen()), 'object');
    await other.advance(60);
    await other.change({ settings: { max_login_attempts: 3 } });
    await other.fail({ endpoint: 'token', status: 503, times: 1 });
    const error = await client.login(other.users[0]).catch((caught) => caught);
    assert.equal(error.httpStatus, 503);
    assert.ok(error.outcomeUnknown, 'a code may have been used');
    await other.reset();
  } finally {
    await client.close();
    await other.stop();
    await other.stop();
  }
});

test('an org that cannot start says why', async () => {
  await assert.rejects(SimulatedOrg.start({ command: '/nowhere/headlessid' }), /HEADLESSID_CLI/);
  await assert.rejects(SimulatedOrg.start({ options: { nonsense: true } }), /nonsense/);
});

// An HTTP/2 server in front of the org, like a CDN.
async function http2Front(certificate, target, caFile) {
  const versions = [];
  const ca = readFileSync(caFile);
  const front = http2.createSecureServer({ key: certificate.key, cert: certificate.cert, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion);
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !name.startsWith(':') && name !== 'host'));
    const behind = https.request(target.origin + request.url, { method: request.method, headers, ca, agent: false }, (from) => {
      const given = Object.fromEntries(
        Object.entries(from.headers).filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name)),
      );
      response.writeHead(from.statusCode, given);
      from.pipe(response);
    });
    behind.on('error', () => response.destroy());
    request.pipe(behind);
  });
  const sockets = new Set();
  front.on('secureConnection', (socket) => sockets.add(socket));
  await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve));
  return {
    origin: `https://localhost:${front.address().port}`,
    versions,
    sockets,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        front.close(() => resolve());
      }),
  };
}

test('HTTP/2 through a server in front: every request of guest and login, on one connection', async () => {
  const certificate = makeCertificate();
  const front = await http2Front(certificate, org, org.caFile);
  // The org does not know of the server in front: its ID tokens name its own address.
  const settings = { ...org.clientSettings(), site: `${front.origin}/shop`, caFile: certificate.caFile, verifyIdToken: 'none' };
  const client = new Client(settings);
  try {
    const guest = await client.guest();
    const me = await client.login({ ...org.users[0], guest });
    assert.equal(me.uvidCarry, 'carried');
    assert.deepEqual(front.versions, ['2.0', '2.0', '2.0', '2.0']);
    assert.equal(front.sockets.size, 1);
  } finally {
    await client.close();
    await front.stop();
    certificate.remove();
  }
});

for (const kind of ['own transport', 'a transport of the host']) {
  test(`a device waits until a person has approved: ${kind}`, async () => {
    await org.changeSettings({ device_interval_s: 1 });
    const { caFile, ...settings } = { ...org.clientSettings(), site: org.origin, sealKeys: newSealKey() };
    const agent = new https.Agent({ ca: readFileSync(caFile), keepAlive: true });
    const client =
      kind === 'own transport' ? new Client({ caFile, ...settings }) : new Client(settings, { transport: httpsTransport(agent) });
    try {
      const first = await client.device({ scope: ['api', 'refresh_token'] });
      assert.equal(first.asks, undefined);
      assert.equal(first.verificationUri, `${org.origin}/setup/connect`);
      assert.equal(first.url, `${first.verificationUri}?user_code=${first.code}`);
      const challenge = client.resume(first.seal(), undefined, 'device');
      first.close();
      const waiting = challenge.verify();
      await org.approveDevice(challenge.code);
      assert.deepEqual((await waiting).scope, ['api', 'refresh_token']);

      const denied = await client.device();
      await org.denyDevice(denied.code);
      await assert.rejects(denied.verify(), (error) => error.reason === 'access_denied');

      const over = new AbortController();
      const cancelled = (await client.device()).verify(undefined, {}, { signal: over.signal });
      setTimeout(() => over.abort(), 300);
      await assert.rejects(cancelled, (error) => error.isCancelled);

      const token = await client.call('device', {}, { onShow: ({ code }) => void org.approveDevice(code) });
      assert.ok(token.accessToken);
    } finally {
      await client.close();
      agent.destroy();
      await org.reset();
    }
  });
}

test('an app registers, and its parent introspects its tokens', async () => {
  const settings = org.clientSettings(org.privateApp);
  await org.change({ apps: [{ client_id: settings.clientId, initial_access_token: 'IAT' }] });
  const client = new Client(settings);
  try {
    const redirectUri = 'https://gw.example.com/cb';
    await assert.rejects(client.registerClient({ redirectUris: [redirectUri] }), (error) => /App Manager/.test(error.hint));
    const made = await client.registerClient({ initialAccessToken: 'IAT', redirectUris: [redirectUri], clientName: 'Gateway A' });
    const gateway = new Client({ ...settings, clientId: made.clientId, clientSecret: made.clientSecret, redirectUri });
    const me = await gateway.login(org.users[0]);
    await gateway.close();
    const found = await client.introspect({ token: me.accessToken });
    assert.equal(found.active, true);
    assert.equal(found.clientId, made.clientId);
  } finally {
    await client.close();
    await org.reset();
  }
});
