// What a finished login leads to may end anything: other logins, their client, the process.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Client } from 'headlessid';

import { lena, settingsFor, stalledServer } from './support/server.mjs';

// Modules, in a process of its own that must end with this status.
const run = (code, { status = 0, options = [] } = {}) => {
  const ended = spawnSync(process.execPath, [...options, '--input-type=module', '-e', code], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    timeout: 120_000,
  });
  assert.deepEqual([ended.status, ended.signal], [status, null], `${code}\n${ended.stderr}`);
  return ended.stdout;
};

const FLOWS = `
  import { plainServer, settingsFor, lena } from './test/support/server.mjs';
  import { Client } from 'headlessid';
  const server = await plainServer();
  let client = new Client(settingsFor(server));
  const logins = (count) => Array.from({ length: count }, () => client.login(lena));
`;

test('the process exits in what a login leads to, while others are in flight', () => {
  run(`${FLOWS} logins(40).forEach((login, i) => login.then(() => i === 7 && process.exit(9), () => {}));`, { status: 9 });
});

test('a client is closed in what a login leads to, and every other comes back once', () => {
  const said = run(`${FLOWS}
    let cameBack = 0;
    const all = logins(100).map((login) => login.then(() => client.close(), (error) => error.reason).finally(() => (cameBack += 1)));
    const ends = new Set(await Promise.all(all));
    ends.delete(undefined);
    console.log(cameBack, client.inFlight, ...ends);
    await server.stop();`);
  // Over a fast connection all may have been in before the first was heard of.
  assert.match(said, /^100 0( closed)?\n$/);
});

test('500 flows that are cancelled in one moment all come back', async () => {
  const server = await stalledServer();
  const client = new Client(settingsFor(server));
  const cancel = new AbortController();
  setMaxListeners(0, cancel.signal);
  await client.ready();
  const flows = Array.from({ length: 500 }, () => client.login(lena, { signal: cancel.signal }));
  await new Promise(setImmediate);
  cancel.abort();
  const ends = await Promise.allSettled(flows);
  assert.deepEqual([...new Set(ends.map(({ reason }) => reason?.code))], ['cancelled']);
  assert.equal(client.inFlight, 0);
  await client.close();
  await server.stop();
});

test('a client that has logged in and rests, is closed or is forgotten does not hold the process', () => {
  for (const end of ['', 'await client.close();', 'client = undefined; gc();']) {
    run(`${FLOWS} await client.login(lena); ${end} await server.stop();`, { options: ['--expose-gc'] });
  }
});
