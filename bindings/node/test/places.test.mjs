// Where the addon and the command are looked for: what was built in the package, then the optional package for this system,
// however npm or pnpm have laid it out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const require = createRequire(import.meta.url);
const { platform, PREBUILT, prebuiltPackage, VERSION } = require('../dist/places.js');
const addon = require('../dist/native.js')
  .candidates()
  .paths.find((path) => require('node:fs').existsSync(path));

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'headlessid-places-'));
});
after(() => rmSync(folder, { recursive: true }));

function putMain(place) {
  for (const name of ['package.json', 'dist', 'scripts']) cpSync(join(root, name), join(place, name), { recursive: true });
}

function putNative(place, content = addon) {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: prebuiltPackage(), version: VERSION }));
  copyFileSync(content, join(place, 'headlessid.node'));
  writeFileSync(join(place, 'headlessid'), '#!/bin/sh\necho prebuilt\n');
  chmodSync(join(place, 'headlessid'), 0o755);
}

function load(app, program = "console.log(require('headlessid').version())", env = {}) {
  const { HEADLESSID_ADDON: _, HEADLESSID_CLI: __, ...clean } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd: app, encoding: 'utf8', env: { ...clean, ...env } });
  return stdout + stderr;
}

test('this system is one of those that there is a package for, or the test runs elsewhere', () => {
  assert.match(platform(), process.platform === 'linux' ? /^linux-\w+-(gnu|musl)$/ : /^\w+-\w+$/);
  assert.equal(PREBUILT.length, 4);
  assert.equal(VERSION, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
});

test('npm: both packages side by side', () => {
  const app = join(folder, 'npm');
  putMain(join(app, 'node_modules', 'headlessid'));
  putNative(join(app, 'node_modules', prebuiltPackage()));
  assert.match(load(app), /^\d+\.\d+\.\d+\n$/);
  const { HEADLESSID_CLI: _, ...clean } = process.env;
  const script = join(app, 'node_modules', 'headlessid', 'scripts', 'headlessid.mjs');
  assert.equal(spawnSync(process.execPath, [script], { encoding: 'utf8', env: clean }).stdout, 'prebuilt\n');
  // What was built there counts more.
  const own = join(app, 'node_modules', 'headlessid', 'build', 'Release');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'headlessid.node'), 'no addon');
  assert.match(load(app), /build\/Release\/headlessid\.node cannot be loaded/);
});

test('pnpm: the program sees a link, and the optional package is next to what it leads to', () => {
  const app = join(folder, 'pnpm');
  const inside = join(app, 'node_modules', '.pnpm', `headlessid@${VERSION}`, 'node_modules');
  const native = join(app, 'node_modules', '.pnpm', 'native', 'node_modules', prebuiltPackage());
  putMain(join(inside, 'headlessid'));
  putNative(native);
  mkdirSync(dirname(join(inside, prebuiltPackage())), { recursive: true });
  symlinkSync(native, join(inside, prebuiltPackage()));
  symlinkSync(join(inside, 'headlessid'), join(app, 'node_modules', 'headlessid'));
  assert.match(load(app), /^\d+\.\d+\.\d+\n$/);
});

test('an optional package of another version is named, with the one to install', () => {
  const app = join(folder, 'old');
  const own = join(app, 'node_modules', 'headlessid');
  putMain(own);
  putNative(join(app, 'node_modules', prebuiltPackage()));
  const file = join(own, 'dist', 'generated', 'abi.js');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/ABI_VERSION = \d+/, 'ABI_VERSION = 4711'));
  const said = load(app);
  assert.match(said, /need ABI 4711/);
  assert.ok(said.includes(`npm install ${prebuiltPackage()}@${VERSION}`), said);
  assert.ok(!said.includes('headlessid-build'), said);
});

test('without it the error names the package to install, and for another system how to build', () => {
  const app = join(folder, 'without');
  putMain(join(app, 'node_modules', 'headlessid'));
  const said = load(app);
  assert.ok(said.includes(`npm install ${prebuiltPackage()}@${VERSION}`), said);
  assert.ok(said.includes('npx --no headlessid-build'), said);
  const elsewhere = load(
    app,
    "Object.defineProperty(process, 'platform', { value: 'aix' }); Object.defineProperty(process, 'arch', { value: 'ppc64' }); require('headlessid').version()",
  );
  assert.ok(elsewhere.includes('there is no prebuilt addon for aix-ppc64'), elsewhere);
  assert.ok(!elsewhere.includes('npm install'), elsewhere);
});
