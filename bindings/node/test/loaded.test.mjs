// What is loaded stays: a worker's end takes nothing away from a lookup that still runs, and a package that is removed
// from the disk, by an update for one, takes nothing away from a flow with a request on its way.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { makeCertificate, plainServer, settingsFor } from './support/server.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const addon = createRequire(import.meta.url)('../dist/native.js')
  .candidates()
  .paths.find(existsSync);

let folder;
let certificate;
let server;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headlessid-loaded-'));
  certificate = makeCertificate();
  server = await plainServer();
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  certificate.remove();
  await server.stop();
});

test(
  'a worker ends while its client still waits for a name server, and the process lives',
  { skip: process.platform !== 'linux' && 'a preloaded library of Linux', timeout: 60_000 },
  async () => {
    const slow = join(folder, 'slow_lookup.so');
    execFileSync('cc', ['-shared', '-fPIC', '-o', slow, join(root, '../../tests/capi/slow_lookup.c'), '-ldl']);
    const program = join(folder, 'worker.cjs');
    writeFileSync(
      program,
      `
    const { Worker, isMainThread, parentPort } = require('node:worker_threads');
    const { writeFileSync } = require('node:fs');
    if (isMainThread) {
      const worker = new Worker(__filename);
      worker.on('message', (reason) => console.log(reason));
      worker.on('exit', () => {
        // Now the lookup comes back, into whatever is there.
        writeFileSync(process.env.HLID_TEST_RESPONSE, '');
        setTimeout(() => console.log('alive'), 500);
      });
    } else {
      const { Client } = require(${JSON.stringify(root)});
      (async () => {
        const client = new Client({ site: 'https://slow.example/shop', clientId: 'C', redirectUri: 'https://app.example/cb', timeoutMs: 300, caFile: ${JSON.stringify(certificate.caFile)} });
        await client.login({ username: 'lena', password: 'x' }).catch((error) => parentPort.postMessage(error.reason));
        await client.close();
      })();
    }`,
    );
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, LD_PRELOAD: slow, HLID_TEST_RESPONSE: join(folder, 'response') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    const ended = await new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
    assert.deepEqual({ ...ended, out }, { code: 0, signal: null, out: 'timeout\nalive\n' });
  },
);

for (const kind of ['cjs', 'mjs']) {
  test(`nothing is loaded once a client is open: the package goes from the disk (${kind})`, async () => {
    const app = join(folder, kind);
    const own = join(app, 'node_modules', 'headlessid');
    for (const name of ['package.json', 'dist']) cpSync(join(root, name), join(own, name), { recursive: true });
    mkdirSync(join(own, 'build', 'Release'), { recursive: true });
    copyFileSync(addon, join(own, 'build', 'Release', 'headlessid.node'));
    const program = join(app, `program.${kind}`);
    const names = '{ Client, fetchTransport, runFlow, TokenSet, Visitor, HeadlessIdError }';
    writeFileSync(
      program,
      `
      ${kind === 'cjs' ? `const ${names} = require('headlessid'); const { rmSync } = require('node:fs'); const { inspect } = require('node:util');` : `import ${names.replaceAll(':', ' as')} from 'headlessid'; import { rmSync } from 'node:fs'; import { inspect } from 'node:util';`}
      (async () => {
        const settings = ${JSON.stringify(settingsFor(server))};
        const clients = [new Client({ ...settings, sealKeys: 'k1:' + Buffer.alloc(32, 1).toString('base64') }), new Client(settings, { transport: fetchTransport() })];
        for (const client of clients) await client.ready();
        rmSync(${JSON.stringify(own)}, { recursive: true });
        for (const client of clients) {
          const me = await client.login({ username: 'lena', password: 'x' });
          if (TokenSet.fromJson(me.toJson()).accessToken !== me.accessToken || !inspect(me).includes('•••')) throw new Error('not whole');
          const refused = await client.userinfo({ accessToken: 'x' }).catch((error) => error);
          if (!(refused instanceof HeadlessIdError) || !inspect(refused).includes('reason')) throw refused;
          await runFlow(client.app.flow('login', { username: 'lena', password: 'x' }), fetchTransport());
        }
        const challenge = await clients[0].startLogin({ username: 'lena' });
        await clients[0].resume(challenge.seal('s'), 's', 'login').verify('x');
        for (const client of clients) await client.close();
        console.log('whole');
      })();`,
    );
    // Asynchronously: the server is in this process.
    const child = spawn(process.execPath, [program], { cwd: dirname(app), stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        out += text;
      });
    await new Promise((done) => child.once('close', done));
    assert.equal(out, 'whole\n');
  });
}

test('no source loads anything by itself later on', () => {
  const { stdout } = spawnSync('grep', ['-rnE', '\\b(import|require)\\(', join(root, 'src'), '--include=*.ts'], { encoding: 'utf8' });
  // At the top of a file, or in a type.
  const lazy = stdout.split('\n').filter((line) => line !== '' && !/:(export )?const |typeof import\(|\* /.test(line));
  // But what is not this package's: the user's own, where it is installed.
  const foreign = lazy.map((line) => /\b(?:import|require)\(([^)]*)\)/.exec(line)[1]);
  assert.deepEqual(foreign.sort(), ["'@opentelemetry/api'", "'better-sqlite3'", 'module']);
});
