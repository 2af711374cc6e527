// A session's token in HTTP clients, against a server that says 401 at the right and the wrong moments.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { after, before, beforeEach, test } from 'node:test';

import { Connection } from '@jsforce/jsforce-node';
import axios from 'axios';
import * as undici from 'undici';

import { attachToAxios, jsforceOptions, keepOnOrigin, undiciInterceptor } from 'headlessid/adapters';
import { MemoryStore } from 'headlessid/stores';

import { keys, RotatingOrg } from './support/rotating.mjs';

let org;
let session;
let api;
let other;
let requests;

async function listen(name) {
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    const sfdc = request.headers['x-sfdc-session'];
    requests.push({ host: name, method: request.method, path: request.url, authorization, ...(sfdc && { sfdc }) });
    if (request.url.startsWith('/away')) {
      request.resume();
      response.writeHead(307, { location: `${other}/api` });
      response.end();
    } else if (request.url.startsWith('/see')) {
      request.resume();
      response.writeHead(303, { location: '/api' });
      response.end();
    } else if (request.url.startsWith('/never')) {
      request.resume();
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]');
    } else {
      org.handler(request, response);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

const servers = [];
before(async () => {
  requests = [];
  for (const name of ['api', 'other']) servers.push(await listen(name));
  [api, other] = servers.map(({ origin }) => origin);
});
after(() => {
  for (const { server } of servers) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(async () => {
  requests = [];
  org = new RotatingOrg();
  const sessions = org.client().sessions(new MemoryStore(), { keys });
  session = await sessions.begin('user-42', org.signIn());
});

const expire = async () => {
  const token = await session.accessToken();
  org.expire(token);
  return token;
};
const settle = () => new Promise((resolve) => setTimeout(resolve, 30));

// Each way to send a request, and what it makes of the response.
const ways = {
  'session.fetch': async (path, { method = 'GET', body, headers } = {}) => {
    const init = { method, headers, body, ...(body instanceof ReadableStream || body instanceof Readable ? { duplex: 'half' } : {}) };
    const response = await session.fetch(api + path, init);
    return { status: response.status, text: await response.text() };
  },
  'undici.request': async (path, { method = 'GET', body, headers } = {}) => {
    const dispatcher = new undici.Agent().compose(undiciInterceptor(session, { origins: [api] }));
    const response = await undici.request(api + path, { method, body, headers, dispatcher });
    return { status: response.statusCode, text: await response.body.text() };
  },
  'undici.request above redirects': async (path, { method = 'GET', body, headers } = {}) => {
    const redirect = undici.interceptors.redirect({ maxRedirections: 3 });
    const dispatcher = new undici.Agent().compose(redirect, undiciInterceptor(session, { origins: [api] }));
    const response = await undici.request(api + path, { method, body, headers, dispatcher });
    return { status: response.statusCode, text: await response.body.text() };
  },
  axios: async (path, { method = 'GET', body, headers } = {}) => {
    const instance = axios.create({ baseURL: api, validateStatus: () => true, transformResponse: (text) => text });
    attachToAxios(instance, session);
    const response = await instance.request({ url: path, method, data: body, headers });
    return { status: response.status, text: response.data };
  },
};

for (const [name, send] of Object.entries(ways)) {
  test(`${name}: the token goes along`, async () => {
    const { status, text } = await send('/api', { headers: { 'x-own': '1' } });
    assert.equal(status, 200);
    assert.equal(JSON.parse(text).path, '/api');
    assert.deepEqual(
      requests.map(({ authorization }) => authorization),
      [`Bearer ${await session.accessToken()}`],
    );
  });

  test(`${name}: a 401 has the token replaced, and the request sent again with its body`, async () => {
    const old = await expire();
    const { status, text } = await send('/api', { method: 'POST', body: 'a body' });
    assert.equal(status, 200);
    assert.equal(JSON.parse(text).text, 'a body');
    assert.deepEqual(
      requests.map(({ authorization }) => authorization),
      [`Bearer ${old}`, `Bearer ${await session.accessToken()}`],
    );
    assert.equal(org.refreshes, 1);
  });

  test(`${name}: a header of the caller's own is left alone`, async () => {
    for (const header of ['authorization', 'Authorization']) {
      const { status } = await send('/api', { method: 'POST', body: 'a body', headers: { [header]: 'Bearer mine' } });
      assert.equal(status, 401);
    }
    await settle();
    assert.deepEqual(
      requests.map(({ authorization }) => authorization),
      ['Bearer mine', 'Bearer mine'],
    );
    assert.equal(org.refreshes, 0, 'it was not ours to reject');
    org.endFamilies();
    org.expire(await session.accessToken());
    assert.equal((await send('/api', { headers: { authorization: 'Bearer mine' } })).status, 401, 'the session is not asked');
  });

  test(`${name}: a second 401 is handed through`, async () => {
    const { status, text } = await send('/never');
    assert.equal(status, 401);
    assert.match(text, /INVALID_SESSION_ID/);
    assert.deepEqual([requests.length, org.refreshes], [2, 1]);
  });

  test(`${name}: a stream is not sent twice; the next request has a new token`, async () => {
    const old = await expire();
    const body = name === 'session.fetch' ? ReadableStream.from([Buffer.from('a stream')]) : Readable.from([Buffer.from('a stream')]);
    const { status } = await send('/api', { method: 'POST', body });
    assert.equal(status, 401);
    assert.equal(requests.length, 1);
    await settle();
    assert.equal(org.refreshes, 1);
    assert.equal((await send('/api')).status, 200);
    assert.notEqual(requests.at(-1).authorization, `Bearer ${old}`);
    assert.equal(org.refreshes, 1);
  });

  test(`${name}: many at once with a token that is rejected are one refresh`, async () => {
    await expire();
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => send('/api', { method: 'POST', body: `${i}` })));
    assert.deepEqual(
      all.map(({ status, text }) => [status, JSON.parse(text).text]),
      all.map((_, i) => [200, `${i}`]),
    );
    assert.equal(org.refreshes, 1);
  });

  test(`${name}: a session that is over rejects with its error`, async () => {
    await expire();
    org.endFamilies();
    await assert.rejects(send('/api'), (error) => error.isSignInRequired === true || error.cause?.isSignInRequired === true);
    await assert.rejects(send('/api'), (error) => error.isSignInRequired === true || error.cause?.isSignInRequired === true);
  });

  test(`${name}: a redirect to another origin gets no token`, async () => {
    const outcome = await send('/away');
    for (const { host, authorization } of requests) assert.equal(host === 'other' ? authorization : undefined, undefined);
    if (name === 'undici.request') assert.equal(outcome.status, 307);
    else {
      assert.deepEqual(
        requests.map(({ host }) => host),
        ['api', 'other'],
      );
      assert.equal(outcome.status, 401);
    }
    await settle();
    assert.equal(org.refreshes, 0, 'it was not ours to reject');
  });
}

for (const name of ['session.fetch', 'undici.request above redirects', 'axios']) {
  test(`${name}: what a redirect followed is not carried out twice`, async () => {
    await expire();
    assert.equal((await ways[name]('/see', { method: 'POST', body: 'an order' })).status, 401);
    assert.deepEqual(
      requests.map(({ method, path }) => `${method} ${path}`),
      ['POST /see', 'GET /api'],
    );
    await settle();
    assert.equal(org.refreshes, 1, 'the token is rejected');
    assert.equal((await ways[name]('/api')).status, 200);
    await expire();
    assert.equal((await ways[name]('/see')).status, 200, 'a GET may be');
    assert.equal(org.refreshes, 2);
  });
}

test('undici: below redirects only the last request is sent again', async () => {
  await expire();
  const redirect = undici.interceptors.redirect({ maxRedirections: 3 });
  const dispatcher = new undici.Agent().compose(undiciInterceptor(session, { origins: [api] }), redirect);
  const { statusCode, body } = await undici.request(`${api}/see`, { method: 'POST', body: 'an order', dispatcher });
  await body.dump();
  assert.equal(statusCode, 200);
  assert.deepEqual(
    requests.map(({ method, path }) => `${method} ${path}`),
    ['POST /see', 'GET /api', 'GET /api'],
  );
});

test('axios: a request of the app after a redirect, its own beforeRedirect, and the adapter that does not tell', async () => {
  const led = [];
  const instance = axios.create({ baseURL: api, beforeRedirect: ({ path }) => led.push(path), validateStatus: () => true });
  attachToAxios(instance, session);
  const { config } = await instance.get('/see');
  await expire();
  assert.equal((await instance.request({ ...config, method: 'post', url: '/api', data: 'a' })).status, 200);
  assert.equal((await instance.request({ ...config })).status, 200);
  assert.deepEqual(led, ['/api', '/api']);
  await expire();
  assert.equal((await instance.get('/api', { adapter: 'fetch' })).status, 200);
  await expire();
  requests = [];
  assert.equal((await instance.post('/see', 'an order', { adapter: 'fetch' })).status, 401);
  assert.deepEqual(
    requests.map(({ method, path }) => `${method} ${path}`),
    ['POST /see', 'GET /api'],
  );
});

test('session.fetch: by itself, with a Request, and without a body that can be sent again', async () => {
  const { fetch } = session;
  assert.equal((await fetch(new URL('/api', api))).status, 200);
  await expire();
  assert.equal((await fetch(new Request(`${api}/api`, { headers: { 'x-own': '1' } }))).status, 200);
  await expire();
  const response = await fetch(new Request(`${api}/api`, { method: 'POST', body: 'text' }));
  assert.equal(response.status, 401);
  await settle();
  for (const body of [new URLSearchParams({ a: '1' }), new Blob(['x']), new Uint8Array([1]), new ArrayBuffer(2), new FormData()]) {
    await expire();
    assert.equal((await fetch(`${api}/api`, { method: 'POST', body })).status, 200, body.constructor.name);
  }
});

test('undici: with fetch, which makes a stream of each body, and with redirects on either side', async () => {
  const intercept = undiciInterceptor(session, { origins: [`${api}/ignored`] });
  const agent = new undici.Agent().compose(intercept);
  await expire();
  assert.equal((await undici.fetch(`${api}/api`, { dispatcher: agent })).status, 200);
  await expire();
  assert.equal((await undici.fetch(`${api}/api`, { method: 'POST', body: 'x', dispatcher: agent })).status, 401);
  await settle();
  assert.equal((await undici.fetch(`${api}/api`, { method: 'POST', body: 'x', dispatcher: agent })).status, 200);
  requests = [];
  const redirect = undici.interceptors.redirect({ maxRedirections: 3 });
  for (const order of [
    [intercept, redirect],
    [redirect, intercept],
  ]) {
    const { body } = await undici.request(`${api}/away`, { dispatcher: new undici.Agent().compose(...order) });
    await body.dump();
  }
  const led = requests.filter(({ host }) => host === 'other');
  assert.equal(led.length, 2);
  for (const { authorization } of led) assert.equal(authorization, undefined);
  assert.throws(() => undiciInterceptor(session, { origins: [] }), { field: 'origins' });
});

test("undici: handlers of version 6, as of the fetch of Node's own", async () => {
  await expire();
  const statuses = [];
  // What undici 6 hands to an interceptor.
  const seen = [];
  const dispatch = (options, handler) => {
    seen.push(options.headers);
    handler.onConnect(() => {}, null);
    const status = org.isValid(options.headers.at(-1).replace('Bearer ', '')) ? 200 : 401;
    handler.onHeaders(status, [], () => {}, '');
    handler.onData(Buffer.from(String(status)));
    handler.onComplete([]);
    return true;
  };
  const intercepted = undiciInterceptor(session, { origins: [api] })(dispatch);
  await new Promise((resolve, reject) =>
    intercepted(
      { origin: api, path: '/api', method: 'GET', headers: ['a', 'b'] },
      {
        onConnect() {},
        onHeaders: (status) => statuses.push(status) > 0,
        onData: (chunk) => statuses.push(chunk.toString()) > 0,
        onComplete: resolve,
        onError: reject,
      },
    ),
  );
  assert.deepEqual(statuses, [200, '200']);
  assert.deepEqual(
    seen.map((headers) => headers.slice(0, 3)),
    [
      ['a', 'b', 'authorization'],
      ['a', 'b', 'authorization'],
    ],
  );
});

test('axios: auth of a request or of the instance, and a request that is sent a second time', async () => {
  const instance = axios.create({ baseURL: api, validateStatus: () => true });
  attachToAxios(instance, session);
  await instance.get('/api', { auth: { username: 'a', password: 'b' } });
  const own = axios.create({ baseURL: api, validateStatus: () => true, headers: { Authorization: 'Bearer mine' } });
  attachToAxios(own, session);
  await own.get('/api');
  assert.deepEqual(
    requests.map(({ authorization }) => authorization),
    ['Basic YTpi', 'Bearer mine'],
  );
  const { config } = await instance.get('/api');
  org.expire(await session.accessToken());
  const token = await session.rejected(await session.accessToken());
  assert.equal((await instance.request(config)).status, 200, 'the token of the first time is not its own');
  assert.equal(requests.at(-1).authorization, `Bearer ${token}`);
});

test('undici: headers that can be read once', async () => {
  const dispatcher = new undici.Agent().compose(undiciInterceptor(session, { origins: [api] }));
  await expire();
  function* headers() {
    yield ['x-own', '1'];
  }
  const { statusCode, body } = await undici.request(`${api}/api`, { dispatcher, headers: headers() });
  await body.dump();
  assert.equal(statusCode, 200);
});

// A store that is slow as long as it is told to be.
class LateStore extends MemoryStore {
  gate = Promise.resolve();
  saves = 0;
  onLoad = () => {};

  async load(key) {
    this.onLoad();
    await this.gate;
    return super.load(key);
  }

  save(...given) {
    this.saves += 1;
    return super.save(...given);
  }
}

// Each way to say when a request is to end, and whether it ended for that reason.
const isTimeout = ({ name }) => name === 'TimeoutError';
const aborting = {
  'session.fetch': [(own, signal) => own.fetch(`${api}/api`, { signal }), isTimeout],
  'session.fetch of a Request': [(own, signal) => own.fetch(new Request(`${api}/api`, { signal })), isTimeout],
  'undici.request': [
    (own, signal) => {
      const dispatcher = new undici.Agent().compose(undiciInterceptor(own, { origins: [api] }));
      return undici.request(`${api}/api`, { dispatcher, signal });
    },
    isTimeout,
  ],
  'undici.fetch': [
    (own, signal) => {
      const dispatcher = new undici.Agent().compose(undiciInterceptor(own, { origins: [api] }));
      return undici.fetch(`${api}/api`, { dispatcher, signal });
    },
    isTimeout,
  ],
  // axios has an error of its own for each signal.
  axios: [
    (own, signal) => {
      const instance = axios.create({ baseURL: api });
      attachToAxios(instance, own);
      return instance.get('/api', { signal });
    },
    (error) => axios.isCancel(error),
  ],
};

for (const [name, [send, isEnd]] of Object.entries(aborting)) {
  for (const when of ['first', 'after a 401']) {
    test(`${name}: its signal ends the wait for a token, ${when}, and not the session's flow`, async () => {
      org = new RotatingOrg({ lifetimeS: when === 'first' ? 0.2 : 3600 });
      const store = new LateStore();
      const own = await org.client().sessions(store, { keys }).begin('user-42', org.signIn());
      const old = await own.accessToken();
      if (when === 'first') await new Promise((resolve) => setTimeout(resolve, 250));
      else org.expire(old);
      org.lifetimeS = 3600;
      let open;
      store.gate = new Promise((resolve) => (open = resolve));
      const late = setTimeout(open, 3000);
      const before = store.saves;
      // While it waits for the store, however long the request took to get there.
      const controller = new AbortController();
      let began;
      store.onLoad = () =>
        setTimeout(() => {
          began = performance.now();
          controller.abort(new DOMException('over', 'TimeoutError'));
        }, 50);
      await assert.rejects(send(own, controller.signal), isEnd);
      assert.ok(performance.now() - began < 1000, `${performance.now() - began} ms`);
      await assert.rejects(send(own, AbortSignal.abort(new DOMException('over', 'TimeoutError'))), isEnd);
      assert.deepEqual([org.refreshes, requests.length], [0, when === 'first' ? 0 : 1], 'nothing is sent without a token');
      clearTimeout(late);
      open();
      assert.ok(org.isValid(await (when === 'first' ? own.accessToken() : own.rejected(old))));
      assert.deepEqual([org.refreshes, org.reused], [1, 0]);
      assert.ok(store.saves > before);
    });
  }
}

test('axios: an error as axios makes it, and without the session again', async () => {
  const instance = axios.create({ baseURL: api });
  const detach = attachToAxios(instance, session);
  await expire();
  assert.equal((await instance.post('/api', { a: 1 })).data.text, '{"a":1}');
  await assert.rejects(instance.get('/never'), (error) => axios.isAxiosError(error) && error.response.status === 401);
  detach();
  await assert.rejects(instance.get('/api'), (error) => error.response.status === 401);
  assert.equal(requests.at(-1).authorization, undefined);
});

test('jsforce: a connection refreshes by the session', async () => {
  const old = await expire();
  const options = await jsforceOptions(session);
  assert.deepEqual([options.accessToken, options.instanceUrl], [old, 'https://acme.my.salesforce.com']);
  const connection = new Connection({ ...options, instanceUrl: api, version: '62.0' });
  const found = await connection.request('/api');
  assert.equal(found.path, '/services/data/v62.0/api');
  assert.deepEqual(
    requests.map(({ authorization }) => authorization),
    [`Bearer ${old}`, `Bearer ${await session.accessToken()}`],
  );
  org.endFamilies();
  org.expire(await session.accessToken());
  await assert.rejects(connection.request('/api'), (error) => error.isSignInRequired === true || /session|refresh/i.test(error.message));
});

test('jsforce: the token stays on its origin, and what a redirect followed is not carried out twice', async () => {
  const make = async () => new Connection({ ...(await jsforceOptions(session)), instanceUrl: api, version: '62.0' });
  const connection = keepOnOrigin(await make());
  await expire();
  assert.equal((await connection.request(`${api}/see`)).path, '/api');
  assert.equal(org.refreshes, 1);
  requests = [];
  await assert.rejects(connection.request(`${api}/away`), /redirect/);
  await assert.rejects(connection.bulk._request({ method: 'GET', path: '/../../../away' }), /redirect/);
  await assert.rejects(connection.requestPost(`${api}/see`, { an: 'order' }), /redirect/);
  assert.deepEqual(
    requests.map(({ host, method, path, sfdc }) => [host, method, path, sfdc !== undefined]),
    [
      ['api', 'GET', '/away', false],
      ['api', 'GET', '/away', true],
      ['api', 'POST', '/see', false],
    ],
  );
  assert.equal(org.refreshes, 1);
  // The reason for it.
  await (await make()).request(`${api}/away`);
  assert.ok(requests.some(({ host, authorization }) => host === 'other' && authorization !== undefined));
  assert.throws(() => keepOnOrigin({}), { field: 'connection' });
});
