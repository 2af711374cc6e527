import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as vm from 'node:vm';

import * as esm from 'headlessid';

const require = createRequire(import.meta.url);
const root = resolve(fileURLToPath(import.meta.url), '../..');
const loader = require('../dist/native.js');
const addonPath = loader.candidates().paths.find((path) => require('node:fs').existsSync(path));

test('both ways of importing give the same classes and one addon', () => {
  const cjs = require('headlessid');
  assert.equal(cjs.Client, esm.Client);
  assert.equal(cjs.HeadlessIdError, esm.HeadlessIdError);
  assert.deepEqual(
    Object.keys(cjs).sort(),
    Object.keys(esm)
      .filter((name) => !['__esModule', 'default', 'module.exports'].includes(name))
      .sort(),
  );
  assert.equal(loader.native(), loader.native());
});

test('the library tells its version and its catalogue', () => {
  assert.match(esm.version(), /^\d+\.\d+\.\d+$/);
  assert.ok(esm.catalogue().flows.some((flow) => flow.name === 'login'));
});

test('l04 an addon of another ABI is refused with both numbers', () => {
  const directory = mkdtempSync(join(tmpdir(), 'headlessid-node-'));
  try {
    const { ABI_VERSION } = require('../dist/generated/abi.js');
    assert.throws(
      () => loader.fits({ abiVersion: () => 4711 }, addonPath),
      (error) =>
        error.kind === 'ARGUMENT' &&
        error.advice === 'FIX_ARGUMENT' &&
        error.reason === 'abi_mismatch' &&
        error.message.includes('4711') &&
        error.message.includes(`need ABI ${ABI_VERSION}:`),
    );
    const broken = join(directory, 'broken.node');
    writeFileSync(broken, 'no addon');
    assert.throws(
      () => loader.load({ paths: [broken], bundled: false }),
      (error) => error.reason === 'addon_unloadable' && error.message.includes('npx --no headlessid-build'),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a missing addon says what to install and how to build it, and nothing is built', () => {
  const { prebuiltPackage } = require('../dist/places.js');
  assert.throws(
    () => loader.load({ paths: ['/nowhere/headlessid.node'], bundled: false }),
    (error) =>
      error instanceof esm.HeadlessIdError &&
      error.reason === 'addon_missing' &&
      ['npx --no headlessid-build', `npm install ${prebuiltPackage()}@`, '/nowhere/headlessid.node'].every((text) =>
        error.message.includes(text),
      ),
  );
});

test(
  'a missing library is named with the packages that have it, and the advice is not to build',
  { skip: process.platform !== 'linux' && 'a linker of Linux' },
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'headlessid-node-'));
    try {
      // An addon that needs a library which is nowhere once it is linked.
      const library = join(directory, 'libsimdjson.so.99');
      const addon = join(directory, 'needs.node');
      execFileSync('cc', ['-shared', '-Wl,-soname,libsimdjson.so.99', '-o', library, '-x', 'c', '/dev/null']);
      execFileSync('cc', ['-shared', '-Wl,--no-as-needed', '-o', addon, library]);
      rmSync(library);
      assert.throws(
        () => loader.load({ paths: [addon], bundled: false }),
        ({ reason, message }) =>
          reason === 'addon_unloadable' && message.includes('install libsimdjson99 ') && !message.includes('headlessid-build'),
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
    for (const [name, packages] of [
      ['libcurl.so.4', 'install libcurl4 '],
      ['libssl.so.3', 'install libssl3 '],
      ['libpugixml.so.1', 'install libpugixml1v5 '],
      ['libz.so.1', 'install zlib1g '],
      ['libodd.so.1', 'install the package that has it'],
    ]) {
      assert.ok(loader.unloadable('x.node', `${name}: cannot open shared object file: No such file or directory`).includes(packages), name);
    }
  },
);

test('an addon for another system names the package for this one, then the build, with what the loader said', () => {
  const { platform, prebuiltPackage, PREBUILT, VERSION } = require('../dist/places.js');
  const install = PREBUILT.includes(platform()) ? `npm install ${prebuiltPackage()}@${VERSION}` : 'build it here';
  const own = '/app/node_modules/headlessid/build/Release/headlessid.node';
  const packaged = `/app/node_modules/${prebuiltPackage()}/headlessid.node`;
  const named = process.env.HEADLESSID_ADDON;
  delete process.env.HEADLESSID_ADDON;
  try {
    for (const words of [
      "/lib/libc.so.6: version `GLIBC_2.38' not found (required by x.node)",
      'libc.so: invalid ELF header',
      'libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory',
      `${own}: cannot open shared object file: No such file or directory`,
    ]) {
      const said = loader.unloadable(own, words);
      assert.ok(said.startsWith(`${own} cannot be loaded on ${platform()} (${words})`), said);
      assert.ok(said.indexOf(install) > 0 && said.indexOf(install) < said.indexOf('npx --no headlessid-build'), said);
      assert.ok(said.includes('pnpm exec headlessid-build'), said);
      if (install.startsWith('npm')) assert.ok(said.includes('remove it and'), said);
      assert.ok(!loader.unloadable(packaged, words).includes('remove it'));
    }
    process.env.HEADLESSID_ADDON = '/opt/headlessid.node';
    const said = loader.unloadable('/opt/headlessid.node', 'libc.so: invalid ELF header');
    assert.ok(said.includes('unset HEADLESSID_ADDON') && said.includes(install), said);
  } finally {
    if (named === undefined) delete process.env.HEADLESSID_ADDON;
    else process.env.HEADLESSID_ADDON = named;
  }
});

test('l05 the addon exports its two entry points and nothing else', { skip: process.platform !== 'linux' && 'nm of Linux' }, () => {
  const symbols = execFileSync('nm', ['-D', '--defined-only', addonPath], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ').at(-1));
  assert.deepEqual(symbols.sort(), ['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
});

test('native objects know their own kind', () => {
  const native = loader.native();
  const app = new native.App();
  const flow = new native.Flow();
  const client = new native.Client();
  assert.throws(() => flow.open({}, 'login'), TypeError);
  assert.throws(() => flow.open(flow, 'login'), TypeError);
  assert.throws(() => flow.open(app, 'login'), TypeError, 'an app that is not open');
  assert.throws(() => client.start({}), TypeError);
  assert.throws(() => client.open(client), TypeError);
  assert.throws(() => native.Flow.prototype.next.call(app, 1), TypeError);
  assert.throws(() => native.Flow.prototype.next.call({}, 1), TypeError);
  assert.equal(flow.next(1).reason, 'not_open');
  assert.equal(client.start(flow).reason, 'not_open');
  assert.equal(client.inFlight(), 0);
  assert.equal(client.close(), undefined);
  flow.close();
  assert.equal(flow.next(1).reason, 'closed');
});

test(
  's18 libcurl is bound to its own OpenSSL, not to the one in node',
  { skip: process.platform !== 'linux' && 'LD_DEBUG of glibc' },
  () => {
    const { stderr } = spawnSync(process.execPath, ['-e', "require('headlessid').version()"], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, LD_DEBUG: 'bindings', LD_PRELOAD: '' },
      maxBuffer: 1 << 28,
    });
    const bound = stderr
      .split('\n')
      .filter((line) => /binding file \S*(libcurl|headlessid\.node)\S* .* symbol `(SSL_|EVP_|X509_|nghttp2_|inflate)/.test(line));
    assert.deepEqual(
      bound.filter((line) => line.includes(`to ${process.execPath} `) || line.includes(' to node ')),
      [],
    );
  },
);

test('l24 two contexts of one environment share the addon and do not mix up', () => {
  const settings = { site: 'https://acme.my.site.com/shop', clientId: 'abc', redirectUri: 'https://app.example.com/callback' };
  const steps = [1, 2].map(() => {
    const context = vm.createContext({ require, settings });
    return vm.runInContext(
      `
      const { App } = require('headlessid');
      new App({ ...settings }).flow('login', { username: 'lena', password: 'p' }).next();
    `,
      context,
    );
  });
  for (const step of steps) assert.equal(step.step, 'SEND');
  assert.notEqual(Buffer.from(steps[0].request.body).toString(), Buffer.from(steps[1].request.body).toString());
});
