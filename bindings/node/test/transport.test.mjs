// The host's own HTTP stack: runFlow, the fetch adapter, and a client that uses it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as net from 'node:net';

import { App, Client, fetchTransport, HeadlessIdError, NoResponseError, runFlow } from 'headlessid';

import { lena, makeCertificate, orgHandler, plainServer, redirectUri, settingsFor, stalledServer, tlsServer } from './support/server.mjs';

const settings = { site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri };
const app = new App(settings);
const newLogin = (options) => app.flow('login', lena, options);

// An org without a network.
function orgTransport(change = (response) => response) {
  const requests = [];
  const transport = async (request) => {
    const form = new URLSearchParams(Buffer.from(request.body ?? []).toString());
    requests.push(request.name);
    return change(
      request.name === 'authorize'
        ? { status: 302, headers: [['location', `${redirectUri}?code=abc&state=${form.get('state')}`]], body: '' }
        : {
            status: 200,
            headers: [['content-type', 'application/json']],
            body: JSON.stringify({ access_token: '00Dxx!t', token_type: 'Bearer' }),
          },
      request,
    );
  };
  return { transport, requests };
}

test('a client with a transport counts its flows as the other does', async () => {
  for (const maxInFlight of [0, -1, 1_000_001, 1.5]) {
    for (const transport of [undefined, orgTransport().transport]) {
      const isRefused = (error) => error.kind === 'ARGUMENT' && error.field === 'maxInFlight';
      assert.throws(() => new Client(settings, { maxInFlight, transport }), isRefused, `${maxInFlight}`);
    }
  }
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  const { transport, requests } = orgTransport();
  const gated = async (...given) => (await gate, transport(...given));
  const client = new Client(settings, { maxInFlight: 2, transport: gated });
  const two = [client.login(lena), client.login(lena)];
  const isFull = (error) => error.kind === 'STATE' && error.code === 'too_many_flows' && error.isRetryable;
  await assert.rejects(client.login(lena), isFull);
  await assert.rejects(client.run(app.flow('login', lena)), isFull);
  assert.deepEqual([client.inFlight, requests.length], [2, 0]);
  open();
  await Promise.all(two);
  assert.equal((await client.login(lena)).accessToken, '00Dxx!t');
  await client.close();
});

test('closing a client with a transport waits until nothing runs any more', async () => {
  const client = new Client(settings, { transport: () => new Promise(() => {}) });
  const flows = Array.from({ length: 20 }, () => client.login(lena));
  const ends = Promise.allSettled(flows);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(client.inFlight, 20);
  await client.close();
  assert.equal(client.inFlight, 0);
  for (const { reason } of await ends) assert.equal(reason.code, 'closed');
});

test('runFlow drives a flow to its result', async () => {
  const { transport, requests } = orgTransport();
  const result = await runFlow(newLogin(), transport);
  assert.equal(result.accessToken, '00Dxx!t');
  assert.equal(result.uvidCarry, 'absent');
  assert.deepEqual(requests, ['authorize', 'token']);
});

test('a transcript is given once, without secrets', async () => {
  const transcripts = [];
  await runFlow(newLogin({ trace: (text) => transcripts.push(text) }), orgTransport().transport);
  assert.equal(transcripts.length, 1);
  assert.match(transcripts[0], /authorize/);
  for (const secret of [lena.password, '00Dxx!t']) assert.ok(!transcripts[0].includes(secret));
});

test("l11 an error of the host's transport is 'no response, maybe sent'", async () => {
  const thrown = [
    new Error('password=P4ss+w&rd=1:x went wrong'),
    new TypeError('fetch failed'),
    'a string',
    undefined,
    null,
    Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
  ];
  for (const what of thrown) {
    let calls = 0;
    const error = await runFlow(newLogin(), async () => {
      calls += 1;
      throw what;
    }).catch((caught) => caught);
    assert.ok(error instanceof HeadlessIdError, String(what));
    assert.equal(error.kind, 'TRANSPORT');
    assert.equal(error.outcomeUnknown, true);
    assert.equal(calls, 1, 'a single-use request is not repeated');
    assert.equal(error.cause, what);
    assert.ok(!`${error.message} ${error.hint}`.includes('P4ss'), 'nothing of the host is in our message');
  }
});

test('l11 a synchronous throw and a senseless response are the same', async () => {
  for (const transport of [
    () => {
      throw new Error('at once');
    },
    async () => undefined,
    async () => ({ status: 200 }),
    async () => ({ status: 'x', headers: [], body: '' }),
    async () => ({ status: 200, headers: [[1, 2]], body: '' }),
    async () => ({ status: 200, headers: [], body: 17 }),
    () => ({ then: 1 }),
  ]) {
    const error = await runFlow(newLogin(), transport).catch((caught) => caught);
    assert.ok(error instanceof HeadlessIdError, String(error));
    assert.equal(error.kind, 'TRANSPORT');
    assert.equal(error.outcomeUnknown, true);
  }
});

test('l11 a host that knows that nothing was sent says so, and the flow asks again within its time', async () => {
  let calls = 0;
  const { transport } = orgTransport();
  const result = await runFlow(
    newLogin(),
    async (request, context) => {
      calls += 1;
      if (calls <= 1) throw new NoResponseError('no', 'no connection');
      return transport(request, context);
    },
    { sleep: async () => {} },
  );
  assert.equal(result.accessToken, '00Dxx!t');
  assert.equal(calls, 3);
});

test('l12 a transport that follows redirects: JSON is accepted, a page is refused', async () => {
  // The callback's page, fetched by a transport that should not have.
  const page = async () => ({ status: 200, headers: [['content-type', 'text/html']], body: '<html><body>Welcome</body></html>' });
  const error = await runFlow(newLogin(), page).catch((caught) => caught);
  assert.equal(error.kind, 'PROTOCOL');
  assert.equal(error.advice, 'FIX_ORG');
  assert.ok(error.isOrgFault);
  assert.ok(!error.message.includes('<html>'));
  const json = orgTransport((response, request) => {
    if (request.name !== 'authorize') return response;
    const state = new URLSearchParams(Buffer.from(request.body).toString()).get('state');
    return {
      status: 200,
      headers: [['content-type', 'application/json']],
      body: JSON.stringify({ code: 'abc', state, sfdc_community_url: settings.site }),
    };
  });
  assert.equal((await runFlow(newLogin(), json.transport)).accessToken, '00Dxx!t');
});

test("l12 cookies in a transport's response change nothing", async () => {
  const { transport } = orgTransport((response) => ({
    ...response,
    headers: [...response.headers, ['set-cookie', 'sid=00Dxx!cookie; Path=/']],
  }));
  const result = await runFlow(newLogin(), transport);
  assert.equal(result.accessToken, '00Dxx!t');
  assert.ok(!JSON.stringify(result.toObject()).includes('cookie'));
});

test('l08 a flow that is being run refuses every other call', async () => {
  const flow = newLogin();
  const { transport } = orgTransport();
  const run = runFlow(flow, async (request, context) => {
    for (const call of [
      () => flow.next(),
      () => flow.giveResponse({ status: 200, headers: [], body: '' }),
      () => flow.giveNoResponse('no'),
    ]) {
      assert.throws(call, (error) => error.kind === 'STATE' && error.code === 'busy');
    }
    await assert.rejects(runFlow(flow, transport), (error) => error.kind === 'STATE' && error.code === 'busy');
    return transport(request, context);
  });
  assert.equal((await run).accessToken, '00Dxx!t');
  assert.equal(flow.next().step, 'DONE');
});

test('l25 n08 a signal before, during and after', async () => {
  const reason = new Error('the user went away');
  let sent = 0;
  const count = async () => {
    sent += 1;
    return new Promise(() => {});
  };
  const early = await runFlow(newLogin(), count, { signal: AbortSignal.abort(reason) }).catch((error) => error);
  assert.ok(early.isCancelled && early.kind === 'STATE');
  assert.equal(early.cause, reason);
  assert.equal(sent, 0);

  const during = new AbortController();
  let told;
  const running = runFlow(
    newLogin(),
    (request, { signal }) => {
      told = signal;
      setImmediate(() => during.abort(reason));
      return new Promise(() => {});
    },
    { signal: during.signal },
  );
  const error = await running.catch((caught) => caught);
  assert.ok(error.isCancelled);
  assert.equal(error.cause, reason);
  assert.ok(told.aborted, 'the transport is told');

  const late = new AbortController();
  const result = await runFlow(newLogin(), orgTransport().transport, { signal: late.signal });
  late.abort();
  assert.equal(result.accessToken, '00Dxx!t');
});

test("a transport that never responds is not waited for beyond the flow's time", async () => {
  const error = await runFlow(newLogin({ timeout: 50 }), () => new Promise(() => {})).catch((caught) => caught);
  assert.ok(error instanceof HeadlessIdError);
  assert.equal(error.kind, 'TRANSPORT');
  assert.ok(error.outcomeUnknown);
  assert.match(error.message, /time is over/);
});

test('a rejection that comes after all is over is not unhandled', async () => {
  const unhandled = [];
  const listen = (error) => unhandled.push(error);
  process.on('unhandledRejection', listen);
  await runFlow(newLogin({ timeout: 20 }), () => new Promise((_, reject) => setTimeout(reject, 60, new Error('late')))).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 80));
  process.off('unhandledRejection', listen);
  assert.deepEqual(unhandled, []);
});

// ---- fetch ----------------------------------------------------------------------------------------------------

let certificate;
before(() => {
  certificate = makeCertificate();
});
after(() => certificate.remove());

test('fetch: a whole login, redirects read and not followed', async () => {
  const server = await plainServer();
  const client = new Client(settingsFor(server), { transport: fetchTransport() });
  try {
    const result = await client.login(lena);
    assert.equal(result.accessToken, '00Dxx0000000001!token');
    assert.deepEqual(
      server.seen.map(({ url }) => url),
      ['/shop/services/oauth2/authorize', '/shop/services/oauth2/token'],
    );
    assert.equal(client.inFlight, 0);
  } finally {
    await client.close();
    await server.stop();
  }
  await assert.rejects(client.login(lena), (error) => error.kind === 'STATE' && error.code === 'closed');
});

const sent = async (site, init) => {
  const flow = new App(settingsFor({ site })).flow('login', lena);
  const { request } = flow.next();
  try {
    await fetchTransport({ init })(request, { signal: AbortSignal.timeout(5000), timeoutMs: 5000 });
    return 'answered';
  } catch (error) {
    assert.ok(error instanceof NoResponseError, String(error));
    assert.ok(!error.message.includes(lena.password));
    return error.sent;
  } finally {
    flow.close();
  }
};

test('l11 fetch: no name, no connection and no trust mean that nothing was sent', async () => {
  const closed = await new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
  assert.equal(await sent(`http://localhost:${closed}/shop`), 'no');
  assert.equal(await sent(`http://127.0.0.1:${closed}/shop`), 'no');
  assert.equal(await sent('https://no-such-name.invalid/shop'), 'no');

  const secure = await tlsServer(certificate);
  try {
    assert.equal(await sent(secure.site), 'no', 'a certificate of an unknown CA');
    assert.deepEqual(secure.seen, []);
    assert.equal(await sent(secure.site.replace('https:', 'http:')), 'maybe', 'plain HTTP on the TLS port');
  } finally {
    await secure.stop();
  }
  const plain = await plainServer();
  try {
    assert.equal(await sent(plain.site.replace('http:', 'https:')), 'no', 'TLS on the plain port');
    assert.deepEqual(plain.seen, []);
  } finally {
    await plain.stop();
  }
});

test('l11 fetch: a connection that breaks after the request: maybe sent', async () => {
  for (const handler of [
    (request) => request.on('data', () => {}).on('end', () => request.socket.destroy()),
    (request) => request.resume().on('end', () => request.socket.resetAndDestroy()),
    (request, response) =>
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"access_token":"00D');
        setImmediate(() => request.socket.destroy());
      }),
  ]) {
    const server = await plainServer(handler);
    try {
      assert.equal(await sent(server.site), 'maybe');
    } finally {
      await server.stop();
    }
  }
});

test('fetch: an endless response is read up to the limit and refused', async () => {
  let written = 0;
  const server = await plainServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const block = Buffer.alloc(64 * 1024, 0x20);
    const more = () => {
      if (response.destroyed) return;
      written += block.length;
      response.write(block, () => setImmediate(more));
    };
    more();
  });
  const client = new Client(settingsFor(server), { transport: fetchTransport() });
  try {
    await assert.rejects(client.login(lena), (error) => error.kind === 'PROTOCOL');
    assert.ok(written < 16 * 1024 * 1024, `${written} bytes were read`);
  } finally {
    await client.close();
    await server.stop();
  }
});

test('fetch: closing the client ends its flows as closed', async () => {
  const server = await stalledServer();
  const client = new Client(settingsFor(server), { transport: fetchTransport() });
  try {
    const logins = [client.login(lena), client.guest()];
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(client.inFlight, 2);
    await client.close();
    for (const login of logins) await assert.rejects(login, (error) => error.kind === 'STATE' && error.code === 'closed');
    assert.equal(client.inFlight, 0);
  } finally {
    await server.stop();
  }
});

test('fetch: no response is asked for compressed, and nothing of ours is lost', async () => {
  let headers;
  const server = await plainServer((request, response) => {
    headers = request.headers;
    orgHandler([])(request, response);
  });
  const client = new Client(settingsFor(server), { transport: fetchTransport() });
  try {
    await client.login(lena);
    assert.equal(headers['accept-encoding'], 'identity');
    assert.match(headers['user-agent'], /^headlessid\//);
    assert.equal(headers.cookie, undefined);
  } finally {
    await client.close();
    await server.stop();
  }
});
