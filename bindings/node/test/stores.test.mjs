// The stores of the package on what they are made for, by the check that users have for their own.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster } from 'redis';

import { checkStore } from 'headlessid/testing';
import { MemoryStore, RedisStore, SqliteStore } from 'headlessid/stores';

import { noRedis, startRedis } from './support/redis.mjs';
import { keys, RotatingOrg } from './support/rotating.mjs';
import { Better, noSqlite, openSqlite, own } from './support/sqlite.mjs';

const tick = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let folder;
let redis;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headlessid-stores-'));
  if (!noRedis) redis = await startRedis();
});
after(async () => {
  await redis?.stop();
  rmSync(folder, { recursive: true });
});

// A module with a store of its own, for processes that race.
function moduleFor(name, code) {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, code);
  return path;
}
const dist = (file) => pathToFileURL(fileURLToPath(new URL(`../dist/esm/${file}.mjs`, import.meta.url))).href;

test('a store in memory', async () => {
  const store = new MemoryStore();
  await checkStore(() => store, { ttlMs: 100 });
});

test('a store in memory does not grow with what is over', async () => {
  const store = new MemoryStore();
  const now = Date.now;
  let time = now();
  Date.now = () => time;
  try {
    for (let i = 0; i < 1000; i += 1) {
      store.save(Buffer.from(`k${i}`), undefined, `v${i}`, new Uint8Array(1), 10);
      time += 5;
    }
    let there = 0;
    Date.now = () => time - 10_000;
    for (let i = 0; i < 1000; i += 1) there += store.load(Buffer.from(`k${i}`)) === null ? 0 : 1;
    assert.ok(there < 10, `${there}`);
  } finally {
    Date.now = now;
  }
});

// ---- SQLite ----

const databases = {
  ...(Better && { 'better-sqlite3': (path) => new Better(path) }),
  ...(own && { 'node:sqlite': (path) => new own.DatabaseSync(path) }),
};

test('a path is opened with what this Node has, and processes race for it', { skip: noSqlite }, async () => {
  const path = join(folder, 'by-path.db');
  const module = moduleFor(
    'sqlite',
    `import { SqliteStore } from ${JSON.stringify(dist('stores'))}; export default () => new SqliteStore(${JSON.stringify(path)});`,
  );
  const opened = [];
  await checkStore(
    () => {
      opened.push(new SqliteStore(opened.length % 2 ? path : pathToFileURL(path)));
      return opened.at(-1);
    },
    { ttlMs: 200, racers: 2, module },
  );
  for (const name of readdirSync(folder).filter((one) => one.startsWith('by-path'))) {
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  }
  const raw = openSqlite(path);
  assert.equal(raw.prepare('PRAGMA journal_mode').get().journal_mode, 'wal');
  raw.close();
  for (const store of opened) {
    store.close();
    store[Symbol.dispose]();
  }
  await assert.rejects(async () => opened[0].load(Buffer.from('a')));
});

test(
  'a second store on a file leaves the first one its locks',
  { skip: noSqlite || (process.platform !== 'linux' && '/proc') },
  async () => {
    const path = join(folder, 'two-in-one.db');
    const locked = () => readFileSync('/proc/locks', 'utf8').includes(`:${statSync(path).ino} `);
    const first = new SqliteStore(path);
    await first.save(Buffer.from('a'), undefined, 'v1', Buffer.from('x'), 60_000);
    assert.ok(locked(), 'it is in use');
    const second = new SqliteStore(path);
    assert.ok(locked(), 'or another process takes the log away');
    first.close();
    second.close();
  },
);

for (const [name, open] of Object.entries(databases)) {
  test(`an open database of ${name}`, async () => {
    const path = join(folder, `${name.replace(':', '-')}.db`);
    const database = open(path);
    database.exec('PRAGMA synchronous = OFF');
    await checkStore(() => new SqliteStore(database), { ttlMs: 200, racers: 2 });
    new SqliteStore(database).close();
    assert.ok(database.prepare('SELECT count(*) AS n FROM headlessid_sessions').get().n >= 0, 'it stays open');
    database.close();
  });
}

test('the table is that of every language, and what is over goes with saves', { skip: noSqlite }, async () => {
  const path = join(folder, 'layout.db');
  const store = new SqliteStore(path);
  const raw = openSqlite(path);
  for (let i = 0; i < 30; i += 1) await store.save(Buffer.from([i]), undefined, `v${i}`, Buffer.from([0, 255, i]), 1);
  for (let i = 0; i < 30; i += 1) await store.lock(Buffer.from([i]), 'me', 1);
  const [row] = raw.prepare('SELECT * FROM headlessid_sessions ORDER BY store_key LIMIT 1').all();
  assert.deepEqual(Object.keys(row), ['store_key', 'version', 'value', 'ends_at_ms']);
  assert.ok(row.store_key instanceof Uint8Array && typeof row.version === 'string' && row.value instanceof Uint8Array);
  await tick(5);
  for (const one of ['x', 'y']) await store.save(Buffer.from(one), undefined, 'v', Buffer.from('x'), 60_000);
  const count = (table) => raw.prepare(`SELECT count(*) AS n FROM ${table}`).get().n;
  assert.deepEqual([count('headlessid_sessions'), count('headlessid_locks')], [2, 0]);
  raw.close();
  store.close();
});

test('a file that another process is writing is waited for, without the event loop standing still', { skip: noSqlite }, async () => {
  const path = join(folder, 'busy.db');
  const store = new SqliteStore(path, { busyTimeout: 400 });
  const raw = openSqlite(path);
  raw.exec('BEGIN IMMEDIATE');
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 5);
  const saved = store.save(Buffer.from('a'), undefined, 'v1', Buffer.from('x'), 60_000);
  await tick(150);
  raw.exec('COMMIT');
  assert.equal(await saved, true);
  assert.ok(turns >= 4, `${turns} turns`);
  raw.exec('BEGIN IMMEDIATE');
  await assert.rejects(async () => store.lock(Buffer.from('a'), 'me', 1000), /locked|busy/i);
  raw.exec('ROLLBACK');
  clearInterval(timer);
  assert.equal(await store.lock(Buffer.from('a'), 'me', 1000), true);
  raw.close();
  store.close();
});

test('only a path or a database is accepted', () => {
  for (const wrong of [7, {}, undefined]) assert.throws(() => new SqliteStore(wrong), { field: 'database' });
});

// ---- Redis ----

const clients = {
  ioredis: async () => {
    const client = new Redis(redis.port);
    return { client, close: () => client.quit() };
  },
  'node-redis': async () => {
    const client = await createClient({ url: redis.address }).connect();
    return { client, close: () => client.close() };
  },
  "node-redis's pool": async () => {
    const client = await createClientPool({ url: redis.address }).connect();
    return { client, close: () => client.destroy() };
  },
};

for (const [name, open] of Object.entries(clients)) {
  test(`Redis through ${name}`, { skip: noRedis }, async () => {
    const opened = [];
    try {
      await checkStore(
        async () => {
          opened.push(await open());
          return new RedisStore(opened.at(-1).client);
        },
        { ttlMs: 200, racers: 3 },
      );
      const { client } = opened[0];
      const prefix = `app-${name}:`;
      const store = new RedisStore(client, { prefix });
      const flush = () => (name === 'ioredis' ? client.script('FLUSH') : client.sendCommand(['SCRIPT', 'FLUSH']));
      await flush();
      assert.equal(await store.save(Buffer.from('a\0'), undefined, 'v1', Buffer.from([0, 255]), 60_000), true);
      const raw = new Redis(redis.port);
      opened.push({ close: () => raw.quit() });
      assert.deepEqual(await raw.hgetallBuffer(`${prefix}session:a\0`), { version: Buffer.from('v1'), value: Buffer.from([0, 255]) });
      assert.ok((await raw.pttl(`${prefix}session:a\0`)) > 50_000);
      await store.lock(Buffer.from('a'), 'me', 30_000);
      assert.equal(await raw.get(`${prefix}lock:a`), 'me');
      assert.ok((await raw.pttl(`${prefix}lock:a`)) > 20_000);
      await raw.set(`${prefix}session:b`, 'no hash');
      await assert.rejects(store.load(Buffer.from('b')), /WRONGTYPE/);
    } finally {
      for (const { close } of opened) await close();
    }
  });
}

test('processes race for Redis', { skip: noRedis }, async (t) => {
  const module = moduleFor(
    'redis',
    `import { createRequire } from 'node:module'; import { RedisStore } from ${JSON.stringify(dist('stores'))};
     const { Redis } = createRequire(${JSON.stringify(import.meta.url)})('ioredis');
     export default () => new RedisStore(new Redis(${redis.port}));`,
  );
  const client = new Redis(redis.port);
  t.after(() => client.quit());
  await checkStore(() => new RedisStore(client), { ttlMs: 200, racers: 2, module });
});

// A cluster takes seconds until it serves: HLID_PROOF=1.
test('a cluster of Redis, through both clients', { skip: noRedis || (!process.env.HLID_PROOF && 'HLID_PROOF=1 runs it') }, async () => {
  const place = mkdtempSync(join(folder, 'cluster-'));
  const server = await startRedis(undefined, ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--dir', place]);
  const raw = new Redis(server.port);
  await raw.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!(await raw.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await tick(100);
  await raw.quit();
  const ioredis = new Cluster([{ host: '127.0.0.1', port: server.port }]);
  await checkStore(() => new RedisStore(ioredis, { prefix: 'a:' }), { ttlMs: 200, racers: 2 });
  await ioredis.quit();
  const cluster = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${server.port}` }] });
  await cluster.connect();
  await checkStore(() => new RedisStore(cluster, { prefix: 'b:' }), { ttlMs: 200, racers: 2 });
  await cluster.close();
  await server.stop();
});

test('Redis away is a fault, and the session is there when it is back', { skip: noRedis }, async () => {
  let server = await startRedis();
  const client = new Redis(server.port, { maxRetriesPerRequest: 1, retryStrategy: () => 20 });
  client.on('error', () => {});
  // Else a test that failed would never end: the client tries again for ever.
  try {
    const org = new RotatingOrg();
    const session = await org.client().sessions(new RedisStore(client), { keys }).begin('user-42', org.signIn());
    const token = await session.accessToken();
    const { port } = server;
    await server.stop();
    const other = org.client().sessions(new RedisStore(client), { keys });
    const look = () =>
      other
        .get('user-42')
        .token()
        .catch((caught) => caught);
    const error = await look();
    assert.deepEqual([error.reason, error.advice], ['store_fault', 'RETRY_LATER']);
    assert.ok(error.cause instanceof Error);
    assert.equal(await session.accessToken(), token, 'what this process has lasts');
    const back = new Promise((resolve) => client.once('ready', resolve));
    server = await startRedis(port);
    await back;
    assert.equal((await look()).reason, 'no_session', 'this one keeps nothing');
  } finally {
    client.disconnect();
    await server.stop();
  }
});

test('no key, version or token is readable in what Redis and SQLite keep', { skip: noRedis || noSqlite }, async (t) => {
  const path = join(folder, 'secrets.db');
  const client = new Redis(redis.port);
  t.after(() => client.quit());
  const sqlite = new SqliteStore(path);
  for (const store of [new RedisStore(client, { prefix: 'secrets:' }), sqlite]) {
    const org = new RotatingOrg();
    const session = await org.client().sessions(store, { keys }).begin('user-42', org.signIn());
    const { accessToken } = await session.token();
    const dump =
      store === sqlite
        ? Buffer.concat(
            readdirSync(folder)
              .filter((name) => name.startsWith('secrets'))
              .map((name) => readFileSync(join(folder, name))),
          )
        : await client.hgetBuffer('secrets:session:user-42', 'value');
    assert.ok(dump.length > 100);
    for (const mark of [accessToken, '5Aep', 'acme.my']) assert.ok(!dump.toString('latin1').includes(mark), mark);
  }
  sqlite.close();
});

test('only a client of Redis is accepted', () => {
  for (const wrong of [7, {}, undefined]) assert.throws(() => new RedisStore(wrong), { field: 'client' });
});
