// Four processes with one store: no refresh token is used twice, and one process's refresh serves all.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Redis } from 'ioredis';

import { RedisStore, SqliteStore } from 'headlessid/stores';

import { noRedis, startRedis } from './support/redis.mjs';
import { keys, RotatingOrg } from './support/rotating.mjs';
import { plainServer, settingsFor } from './support/server.mjs';
import { noSqlite } from './support/sqlite.mjs';

const worker = fileURLToPath(new URL('../../../tests/session_processes/worker.mjs', import.meta.url));
const PROCESSES = 4;
// All of it takes a while: HLID_PROOF=1.
const CALLS = process.env.HLID_PROOF ? 5000 : 300;

function runWorker(given) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [worker], { stdio: ['pipe', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`the worker ended with ${code}: ${out.slice(-2000)}`));
      const lines = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      resolve({ lines, counts: lines.at(-1), failures: lines.filter(({ failure }) => failure !== undefined) });
    });
    child.stdin.end(`${JSON.stringify(given)}\n`);
  });
}

async function together(address, store) {
  const org = new RotatingOrg({ lifetimeS: 2 });
  const server = await plainServer(org.handler);
  const client = org.client({ site: server.site, allowHttpLoopback: true });
  const users = ['u1', 'u2', 'u3', 'u4'];
  const sessions = client.sessions(store, { keys });
  for (const user of users) await sessions.begin(user, org.signIn());
  const { clientId: client_id, redirectUri: redirect_uri } = { clientId: 'abc', redirectUri: settingsFor(server).redirectUri };
  const began = Date.now();
  const all = await Promise.all(
    Array.from({ length: PROCESSES }, (_, i) =>
      runWorker({
        site: server.site,
        client_id,
        redirect_uri,
        settings: { session_keys: keys, session_cache_ms: 50, allow_http_loopback: true },
        store: address,
        keys: users,
        calls: CALLS,
        threads: 4,
        min_ttl_ms: 0,
        pause_ms: process.env.HLID_PROOF ? [0, 20] : [20, 60],
        seed: i + 1,
      }),
    ),
  );
  const seconds = (Date.now() - began) / 1000;
  await client.close();
  await server.stop();
  assert.deepEqual(
    all.flatMap(({ failures }) => failures),
    [],
  );
  for (const { lines, counts } of all) {
    assert.deepEqual(lines[0], { ready: true });
    assert.deepEqual([counts.calls, counts.failed], [CALLS, 0]);
  }
  assert.equal(org.reused, 0, 'no refresh token comes twice');
  const refreshed = all.reduce((sum, { counts }) => sum + counts.refreshed, 0);
  assert.equal(refreshed, org.refreshes);
  // A token of two seconds is due after 1.6 at the earliest: one process would refresh each user's so often.
  const most = users.length * (Math.ceil(seconds / 1.6) + 1);
  assert.ok(refreshed > 0 && refreshed <= most, `${refreshed} refreshes in ${seconds} s, at most ${most}`);
}

test('four processes share sessions in Redis', { skip: noRedis }, async () => {
  const redis = await startRedis();
  const client = new Redis(redis.port);
  try {
    await together(redis.address, new RedisStore(client));
  } finally {
    await client.quit();
    await redis.stop();
  }
});

test('four processes share sessions in a file of SQLite', { skip: noSqlite }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headlessid-processes-'));
  const store = new SqliteStore(join(folder, 'sessions.db'));
  try {
    await together(`sqlite:${join(folder, 'sessions.db')}`, store);
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
});
