// The headlessid command that the package carries: found, started once, and never in a circle.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const native = process.env.HEADLESSID_CLI || [join(root, 'build/Release/headlessid')].find(existsSync);

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'headlessid-command-'));
});
after(() => rmSync(folder, { recursive: true }));

// A package as npm installs it, with the command or without.
let number = 0;
function installed(withCommand) {
  const app = join(folder, `app${(number += 1)}`);
  const own = join(app, 'node_modules', 'headlessid');
  for (const name of ['package.json', 'dist', 'scripts']) cpSync(join(root, name), join(own, name), { recursive: true });
  if (withCommand) {
    mkdirSync(join(own, 'build', 'Release'), { recursive: true });
    symlinkSync(native, join(own, 'build', 'Release', 'headlessid'));
  }
  mkdirSync(join(app, 'node_modules', '.bin'));
  const bin = join(app, 'node_modules', '.bin', 'headlessid');
  symlinkSync('../headlessid/scripts/headlessid.mjs', bin);
  return { app, bin };
}

const environment = (more) => {
  const { HEADLESSID_CLI: _, ...rest } = process.env;
  return { ...rest, PATH: dirname(process.execPath), ...more };
};
const run = (bin, more, args = ['--version']) => spawnSync(bin, args, { encoding: 'utf8', env: environment(more), timeout: 30_000 });

test('npx --no headlessid is the native command, with its status', () => {
  const { bin } = installed(true);
  const version = execFileSync(native, ['--version'], { encoding: 'utf8' });
  assert.equal(run(bin).stdout, version);
  const wrong = spawnSync(native, ['no-such-command'], { encoding: 'utf8' });
  const through = run(bin, {}, ['no-such-command']);
  assert.notEqual(wrong.status, 0);
  assert.deepEqual([through.status, through.stderr], [wrong.status, wrong.stderr]);
});

test('HEADLESSID_CLI wins, and may lead back here without going round', () => {
  const other = join(folder, 'other');
  writeFileSync(other, '#!/bin/sh\necho "other $*"\n');
  chmodSync(other, 0o755);
  const { app, bin } = installed(true);
  assert.equal(run(bin, { HEADLESSID_CLI: other }, ['a', 'b']).stdout, 'other a b\n');
  const version = execFileSync(native, ['--version'], { encoding: 'utf8' });
  const wrapper = join(app, 'wrapper');
  writeFileSync(wrapper, `#!/bin/sh\nHEADLESSID_CLI=${wrapper} exec ${bin} "$@"\n`);
  chmodSync(wrapper, 0o755);
  for (const circle of [bin, join(app, 'node_modules/headlessid/scripts/headlessid.mjs'), wrapper]) {
    assert.equal(run(bin, { HEADLESSID_CLI: circle }).stdout, version, circle);
  }
  const gone = run(bin, { HEADLESSID_CLI: '/nowhere/headlessid' });
  assert.equal(gone.status, 127);
  assert.match(gone.stderr, /cannot start \/nowhere\/headlessid: there is no such file/);
});

test('without the command the PATH counts, this script excepted, and then it says what to do', () => {
  const { app, bin } = installed(false);
  const binFolder = dirname(bin);
  const path = [binFolder, dirname(process.execPath)].join(delimiter);
  for (const more of [{ PATH: path }, { PATH: path, HEADLESSID_CLI: bin }]) {
    const { status, stderr } = run(bin, more);
    assert.equal(status, 127);
    assert.match(stderr, /npx --no headlessid-build/);
    assert.match(stderr, /HEADLESSID_CLI/);
    assert.match(stderr, /nlohmann-json/);
  }
  // Two packages without a command that find each other.
  const second = installed(false);
  const both = run(bin, { PATH: [dirname(second.bin), path].join(delimiter) });
  assert.equal(both.status, 127);
  const system = join(app, 'system');
  mkdirSync(system);
  symlinkSync(native, join(system, 'headlessid'));
  assert.equal(
    run(bin, { PATH: [binFolder, system, dirname(process.execPath)].join(delimiter) }).stdout,
    execFileSync(native, ['--version'], { encoding: 'utf8' }),
  );
});

test('an org starts from an installed package alone, with no variable and nothing on the PATH', () => {
  const { app } = installed(true);
  const code = `const { SimulatedOrg } = require('headlessid/testing');
    (async () => { const org = await SimulatedOrg.start(); console.log(org.site.slice(0, 8)); await org.stop(); })();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { cwd: app, encoding: 'utf8', env: environment(), timeout: 30_000 });
  assert.equal(stdout, 'https://\n', stderr);
  const bare = installed(false);
  const none = spawnSync(process.execPath, ['-e', code], { cwd: bare.app, encoding: 'utf8', env: environment(), timeout: 30_000 });
  assert.notEqual(none.status, 0);
  const { installation } = createRequire(import.meta.url)('../dist/places.js');
  for (const text of [installation() ?? '', 'npx --no headlessid-build', 'pnpm exec', 'HEADLESSID_CLI', 'nlohmann-json']) {
    assert.ok(none.stderr.includes(text), text);
  }
});

test('npx --no headlessid sim ends with what started it, and hands signals on', async () => {
  const { bin } = installed(true);
  for (const end of [(child) => child.stdin.end(), (child) => child.kill('SIGTERM'), (child) => child.kill('SIGINT')]) {
    const child = spawn(bin, ['sim', '--until-eof'], { stdio: ['pipe', 'pipe', 'inherit'], env: environment() });
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    const line = await new Promise((resolve) => child.stdout.once('data', (text) => resolve(String(text))));
    const { control } = JSON.parse(line.split('\n')[0]);
    end(child);
    const { code } = await ended;
    assert.ok(code === 0 || code === null || code >= 128, `${code}`);
    // The org itself is gone, not only the script before it.
    const { hostname, port } = new URL(control);
    const refused = await new Promise((resolve) =>
      connect(Number(port), hostname, () => resolve('connected')).once('error', ({ code }) => resolve(code)),
    );
    assert.equal(refused, 'ECONNREFUSED');
  }
});
