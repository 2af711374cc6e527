// Workers: each environment has its own instance of the addon, and can go at any moment.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { Client } from 'headlessid';

import { newSealKey } from './support/org.mjs';
import { lena, plainServer, settingsFor, stalledServer } from './support/server.mjs';

const sealKeys = newSealKey();
let server;
let stalled;
before(async () => {
  server = await plainServer();
  stalled = await stalledServer();
});
after(async () => {
  await server.stop();
  await stalled.stop();
});

// A worker is CommonJS here, so both ways of importing are met.
const start = (code, workerData) =>
  new Worker(
    `
    const { parentPort, workerData } = require('node:worker_threads');
    const { createRequire } = require('node:module');
    const { Client, App, runFlow } = createRequire(workerData.from)('headlessid');
    (async () => { ${code} })().catch((error) => parentPort.postMessage({ error: String(error.stack) }));
  `,
    { eval: true, workerData: { ...workerData, lena, from: import.meta.filename ?? new URL(import.meta.url).pathname } },
  );

const message = (worker) =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
  });

test('l24 a worker logs in next to the main thread', async () => {
  const client = new Client(settingsFor(server));
  const worker = start(
    `
    const client = new Client(workerData.settings);
    const result = await client.login(workerData.lena);
    await client.close();
    parentPort.postMessage({ token: result.accessToken, shown: result });
  `,
    { settings: settingsFor(server) },
  );
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  const [said, own] = await Promise.all([message(worker), client.login(lena)]);
  assert.equal(said.token, own.accessToken);
  assert.equal('accessToken' in said.shown, false, 'a result posted as it is leaves its secrets behind');
  assert.equal(await exited, 0, 'an idle worker ends');
  await client.close();
});

test('l24 a challenge of the main thread is finished in a worker, over its ticket', async () => {
  const settings = settingsFor(server, { sealKeys: newSealKey() });
  const client = new Client(settings);
  const challenge = await client.startLogin({ username: lena.username });
  const worker = start(
    `
    const client = new Client(workerData.settings);
    const me = await client.resume(workerData.ticket, 'session').verify(workerData.lena.password);
    parentPort.postMessage(me.tokenType);
  `,
    { settings, ticket: challenge.seal('session') },
  );
  assert.equal(await message(worker), 'Bearer');
  await worker.terminate();
  await client.close();
});

test('l24 100 workers are loaded and terminated in mid-call', { timeout: 120_000 }, async () => {
  const before = process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
  const codes = [
    // flows in flight
    "const c = new Client(workerData.settings); for (let i = 0; i < 5; i++) c.login(workerData.lena).catch(() => {}); await c.ready(); parentPort.postMessage('go'); await new Promise(() => {});",
    // still opening
    "new Client(workerData.settings).login(workerData.lena).catch(() => {}); parentPort.postMessage('go'); await new Promise(() => {});",
    // closing
    "const c = new Client(workerData.settings); c.login(workerData.lena).catch(() => {}); await c.ready(); void c.close(); parentPort.postMessage('go'); await new Promise(() => {});",
    // in the step loop, without a pause
    "const app = new App(workerData.settings); parentPort.postMessage('go'); for (;;) { const f = app.flow('login', workerData.lena); f.next(); f.close(); }",
    // a challenge in mid-verify, others parked and sealed
    "const c = new Client(workerData.settings); const all = await Promise.all([1, 2, 3].map(() => c.startLogin({ username: 'lena' }))); all[0].verify('x').catch(() => {}); all[1].seal('s'); parentPort.postMessage('go'); await new Promise(() => {});",
    // challenges without a pause
    "parentPort.postMessage('go'); const c = new Client(workerData.other); for (;;) { const one = await c.startLogin({ username: 'lena' }); await c.resume(one.seal()).verify('x'); }",
    // one after the other, ending and beginning
    "parentPort.postMessage('go'); const c = new Client(workerData.other); for (;;) await c.login(workerData.lena);",
  ];
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const worker = start(codes[(round + i) % codes.length], {
          settings: settingsFor(stalled, { sealKeys }),
          other: settingsFor(server, { sealKeys }),
        });
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        assert.equal(await message(worker), 'go');
        await sleep((round * 7 + i) % 25);
        await worker.terminate();
        await ended;
      }),
    );
  }
  for (let i = 0; i < 100 && process.platform === 'linux' && readdirSync('/proc/self/task').length > before; i += 1) await sleep(20);
  if (process.platform === 'linux') assert.ok(readdirSync('/proc/self/task').length <= before, 'no thread is left');
});

test('l24 a worker that calls process.exit in flight ends only itself', async () => {
  const worker = start(
    'const c = new Client(workerData.settings); c.login(workerData.lena).catch(() => {}); await c.ready(); setTimeout(() => process.exit(5), 20);',
    {
      settings: settingsFor(stalled),
    },
  );
  assert.equal(await new Promise((resolve) => worker.once('exit', resolve)), 5);
  const client = new Client(settingsFor(server));
  assert.equal((await client.login(lena)).tokenType, 'Bearer');
  await client.close();
});
