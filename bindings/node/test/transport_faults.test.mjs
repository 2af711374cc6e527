// What went wrong between fetch and a server: the reasons of NoResponseError, and the errors that follow.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as net from 'node:net';
import { after, before, test } from 'node:test';
import * as tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { App, Client, fetchTransport, HeadlessIdError, NoResponseError, runFlow } from 'headlessid';

import { lena, makeCertificate, plainServer, redirectUri, settingsFor, tlsServer } from './support/server.mjs';

const app = new App({ site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri });
const sleep = async () => {};

// A login over a transport that always ends in this way, and how often it was asked.
async function loginOver(transport) {
  let calls = 0;
  const error = await runFlow(
    app.flow('login', lena),
    (...args) => {
      calls += 1;
      return transport(...args);
    },
    { sleep },
  ).catch((caught) => caught);
  assert.ok(error instanceof HeadlessIdError, String(error));
  assert.equal(error.kind, 'TRANSPORT');
  return { error, calls };
}
const loginOf = (sent, reason) =>
  loginOver(async () => {
    throw new NoResponseError(sent, 'so it was', { reason });
  });

const advised = {
  no_host: ['FIX_ARGUMENT', 'site'],
  untrusted_certificate: ['FIX_ARGUMENT', 'caFile'],
  wrong_certificate: ['FIX_ARGUMENT', 'site'],
  proxy_refused: ['FIX_ARGUMENT', 'proxy'],
  expired_certificate: ['NONE', undefined],
  bad_certificate: ['NONE', undefined],
  tls_failed: ['NONE', undefined],
};
for (const [reason, [advice, field]] of Object.entries(advised)) {
  test(`${reason}: said once, not asked again, and not retryable`, async () => {
    for (const sent of ['no', 'maybe']) {
      const { error, calls } = await loginOf(sent, reason);
      assert.deepEqual([error.reason, error.code, error.advice, error.field], [reason, reason, advice, field]);
      assert.equal(calls, 1);
      assert.equal(error.isRetryable, false);
      assert.equal(error.outcomeUnknown, false);
      assert.equal(error.name, 'HeadlessIdError');
      assert.match(error.message, /so it was/);
      assert.ok(error.hint);
      for (const predicate of ['isOrgFault', 'isServerError', 'isTimeout', 'isCancelled', 'isSignInRequired'])
        assert.equal(error[predicate], false, predicate);
    }
  });
}

for (const reason of ['no_name_server', 'no_connection', 'no_descriptors', 'proxy_failed', 'stream_refused']) {
  test(`${reason}: passes by itself, so that the flow asks again`, async () => {
    const { error, calls } = await loginOf('no', reason);
    assert.deepEqual([error.reason, error.advice, error.isRetryable, error.outcomeUnknown], [reason, 'RETRY_LATER', true, false]);
    assert.ok(calls > 1, `${calls} calls`);
  });
}

for (const reason of ['cut_off', 'no_response', 'timeout']) {
  test(`${reason}: the request may have been sent, and counts once`, async () => {
    const { error, calls } = await loginOf('maybe', reason);
    assert.deepEqual([error.reason, error.outcomeUnknown, calls], [reason, true, 1]);
  });
}

test('an unknown reason counts as none, and repeats nothing', async () => {
  for (const reason of ['no_such_reason', '', 7, {}]) {
    const { error, calls } = await loginOf('maybe', reason);
    assert.deepEqual([error.reason, error.outcomeUnknown, calls], ['no_response', true, 1]);
  }
});

test('a host that drives the flow gives the reason, too', () => {
  const flow = app.flow('login', lena);
  assert.equal(flow.next().step, 'SEND');
  assert.throws(
    () => flow.giveNoResponse('no', 'why', 'no_such_reason'),
    (error) => error.kind === 'ARGUMENT' && error.field === 'reason',
  );
  flow.giveNoResponse('no', undefined, 'no_host');
  const { step, error } = flow.next();
  assert.equal(step, 'FAILED');
  assert.deepEqual([error.reason, error.field], ['no_host', 'site']);
  flow.close();
});

// ---- fetch, with the errors that Node and undici make ----------------------------------------------------------------

const coded = (code, more = {}) => Object.assign(new Error(more.message ?? code), { code }, more);
const several = (...errors) => Object.assign(new AggregateError(errors), { code: errors[0].code });
async function thrownFor(cause) {
  const flow = app.flow('login', lena);
  const transport = fetchTransport({
    fetch: async () => {
      throw new TypeError('fetch failed', { cause });
    },
  });
  try {
    await transport(flow.next().request, { signal: AbortSignal.timeout(5000), timeoutMs: 5000 });
  } catch (error) {
    assert.ok(error instanceof NoResponseError, String(error));
    return [error.sent, error.reason];
  } finally {
    flow.close();
  }
}

const lookup = { syscall: 'getaddrinfo', hostname: 'acme.my.site.com' };
const tunnel = (status) => coded('UND_ERR_ABORTED', { message: `Proxy response (${status}) !== 200 when HTTP Tunneling` });
const refusedAt = coded('ECONNREFUSED', { syscall: 'connect' });
for (const [about, cause, expected] of [
  ['no such host', coded('ENOTFOUND', lookup), ['no', 'no_host']],
  ["no such host, a proxy's", coded('ENOTFOUND', { ...lookup, hostname: 'proxy.example.com' }), ['no', 'no_connection']],
  ['no name server', coded('EAI_AGAIN', lookup), ['no', 'no_name_server']],
  ['another name', coded('ERR_TLS_CERT_ALTNAME_INVALID'), ['no', 'wrong_certificate']],
  ['another name, as OpenSSL says it', coded('HOSTNAME_MISMATCH'), ['no', 'wrong_certificate']],
  ['expired', coded('CERT_HAS_EXPIRED'), ['no', 'expired_certificate']],
  ['not valid yet', coded('CERT_NOT_YET_VALID'), ['no', 'expired_certificate']],
  ['signed by itself', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), ['no', 'untrusted_certificate']],
  ['an unknown authority', coded('SELF_SIGNED_CERT_IN_CHAIN'), ['no', 'untrusted_certificate']],
  ['a gap', coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), ['no', 'untrusted_certificate']],
  ['a leaf alone', coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), ['no', 'untrusted_certificate']],
  ['revoked', coded('CERT_REVOKED'), ['no', 'bad_certificate']],
  ['not for servers', coded('INVALID_PURPOSE'), ['no', 'bad_certificate']],
  ['a TLS that is too old', coded('ERR_SSL_UNSUPPORTED_PROTOCOL'), ['no', 'tls_failed']],
  ['an alert, who knows when', coded('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'), ['maybe', undefined]],
  ['an alert after the request', coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), ['maybe', undefined]],
  ['no listener', refusedAt, ['no', 'no_connection']],
  ['no way there', coded('ENETUNREACH', { syscall: 'connect' }), ['no', 'no_connection']],
  ['no way there, any more', coded('ENETUNREACH', { syscall: 'write' }), ['maybe', undefined]],
  ['connecting took too long', coded('UND_ERR_CONNECT_TIMEOUT'), ['no', 'no_connection']],
  ['too many files', coded('EMFILE', { syscall: 'connect' }), ['no', 'no_descriptors']],
  ['too many files on the machine', coded('ENFILE', { syscall: 'connect' }), ['no', 'no_descriptors']],
  ['too many files, elsewhere', coded('EMFILE', { syscall: 'open' }), ['maybe', undefined]],
  ['a proxy requires credentials', tunnel(407), ['no', 'proxy_refused']],
  ['a proxy does not allow it', tunnel(403), ['no', 'proxy_refused']],
  ['a proxy has no room', tunnel(503), ['no', 'proxy_failed']],
  ["Node's own agent and a proxy that refuses", coded('ERR_PROXY_TUNNEL', { statusCode: 407 }), ['no', 'proxy_refused']],
  ["a proxy's own certificate", coded('UND_ERR_PRX_TLS', { cause: coded('ERR_TLS_CERT_ALTNAME_INVALID') }), ['no', 'proxy_failed']],
  ['aborted by something else', coded('UND_ERR_ABORTED', { message: 'Proxy response (407)' }), ['maybe', undefined]],
  ['a socket that broke', coded('UND_ERR_SOCKET'), ['maybe', 'cut_off']],
  ['reset', coded('ECONNRESET', { syscall: 'read' }), ['maybe', 'cut_off']],
  ['several addresses, all with one outcome', several(refusedAt, coded('EHOSTUNREACH', { syscall: 'connect' })), ['no', 'no_connection']],
  ['several addresses, not the same', several(refusedAt, coded('EMFILE', { syscall: 'connect' })), ['no', undefined]],
  ['several addresses, one may have it', several(refusedAt, coded('ECONNRESET', { syscall: 'read' })), ['maybe', undefined]],
  ['several attempts, one of them unknown', several(coded('ENOTFOUND', lookup), new Error('what')), ['maybe', undefined]],
  ['no error', 'a string', ['maybe', undefined]],
]) {
  test(`fetch: ${about}`, async () => assert.deepEqual(await thrownFor(cause), expected));
}

// ---- fetch and servers ------------------------------------------------------------------------------------------------

let certificate;
let elsewhere;
before(() => {
  certificate = makeCertificate();
  elsewhere = makeCertificate('DNS:other.example.com');
});
after(() => {
  certificate.remove();
  elsewhere.remove();
});

// In a process of its own, with a fetch that trusts this CA.
const script = `
import { Client, fetchTransport } from 'headlessid';
const client = new Client(JSON.parse(process.argv[1]), { transport: fetchTransport() });
const error = await client.login(JSON.parse(process.argv[2]), { timeout: 10_000 }).then(() => ({ reason: 'none' }), (caught) => caught);
console.log(JSON.stringify([error.reason, error.advice, error.field, error.outcomeUnknown, error.isRetryable]));
await client.close();
`;
async function loginTrusting(caFile, site) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script, JSON.stringify(settingsFor({ site })), JSON.stringify(lena)],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
      timeout: 60_000,
    },
  );
  return JSON.parse(stdout);
}

test('fetch: a certificate for another name, of an authority that is trusted', async () => {
  const server = await tlsServer(elsewhere);
  try {
    assert.deepEqual(await loginTrusting(elsewhere.caFile, server.site), ['wrong_certificate', 'FIX_ARGUMENT', 'site', false, false]);
    assert.deepEqual(server.seen, []);
  } finally {
    await server.stop();
  }
});

async function loginAt(site) {
  const client = new Client(settingsFor({ site }), { transport: fetchTransport() });
  try {
    return await client.login(lena, { timeout: 3000 }).catch((caught) => caught);
  } finally {
    await client.close();
  }
}

test('fetch: a certificate of an authority that is not trusted', async () => {
  const server = await tlsServer(certificate);
  try {
    const error = await loginAt(server.site);
    assert.deepEqual([error.reason, error.field, error.isRetryable], ['untrusted_certificate', 'caFile', false], String(error));
    assert.match(error.hint, /your own HTTP stack/);
    assert.equal(error.cause.reason, 'untrusted_certificate');
    assert.deepEqual(server.seen, []);
  } finally {
    await server.stop();
  }
});

test('fetch: a server that does not speak TLS', async () => {
  const server = await plainServer();
  try {
    const error = await loginAt(server.site.replace('http:', 'https:'));
    assert.deepEqual([error.reason, error.advice, error.isRetryable], ['tls_failed', 'NONE', false], String(error));
    assert.deepEqual(server.seen, []);
  } finally {
    await server.stop();
  }
});

test('fetch: a connection that breaks in the handshake', async () => {
  const server = net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.destroy()));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const error = await loginAt(`https://localhost:${server.address().port}/shop`);
    assert.deepEqual([error.reason, error.outcomeUnknown], ['no_connection', false], String(error));
  } finally {
    server.close();
  }
});

// The same words of OpenSSL as before, but the request is on the server's side already.
test('fetch: TLS that fails after the request: maybe sent', async () => {
  let client;
  const org = await tlsServer(certificate, (request) => request.resume().on('end', () => client.write('HTTP/1.1 400 Bad Request\r\n\r\n')));
  const between = net.createServer((socket) => {
    client = socket.on('error', () => {});
    const upstream = net.connect(org.port, '127.0.0.1').on('error', () => {});
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise((resolve) => between.listen(0, '127.0.0.1', resolve));
  try {
    const [reason, , , unknown] = await loginTrusting(certificate.caFile, `https://localhost:${between.address().port}/shop`);
    assert.equal(unknown, true, reason);
  } finally {
    between.close();
    await org.stop();
  }
});

test('fetch: a server that requires a certificate of the client, and says so after the request', async () => {
  const server = tls.createServer({
    key: certificate.key,
    cert: certificate.cert,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => socket.on('error', () => {}));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const [, , , unknown] = await loginTrusting(certificate.caFile, `https://localhost:${server.address().port}/shop`);
    assert.equal(unknown, true);
  } finally {
    server.close();
  }
});
