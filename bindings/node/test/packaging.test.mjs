// What is handed out: types under both kinds of module, the lock file, the package's files.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const { prebuiltPackage } = createRequire(import.meta.url)('../dist/places.js');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

for (const kind of ['mjs', 'cjs']) {
  test(`a TypeScript program compiled as .${kind} runs`, () => {
    const program = join(root, 'build/types', `consumer.${kind}`);
    if (!existsSync(program))
      execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'test/types')]);
    const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    assert.equal(stdout, `consumer.${kind.replace('js', 'ts')} passed\n`, stderr);
  });
}

test('every path of the exports is there, with its types', () => {
  const paths = [];
  const collect = (value) => (typeof value === 'string' ? paths.push(value) : Object.values(value).forEach(collect));
  collect(manifest.exports);
  for (const path of [manifest.main, manifest.types, ...Object.values(manifest.bin), ...paths])
    assert.ok(existsSync(join(root, path)), path);
  for (const condition of ['import', 'require']) assert.deepEqual(Object.keys(manifest.exports['.'][condition]), ['types', 'default']);
});

test('versions are pinned, and the lock file says nothing of where packages came from', () => {
  for (const version of [...Object.values(manifest.dependencies), ...Object.values(manifest.devDependencies)])
    assert.match(version, /^\d+\.\d+\.\d+$/);
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [name, entry] of Object.entries(lock.packages)) {
    assert.equal(entry.resolved, undefined, name);
    if (name !== '') assert.match(entry.integrity, /^sha512-/, name);
  }
});

test('z16 the package holds the sources and nothing private, and runs nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headlessid-packed-'));
  try {
    execFileSync(process.execPath, [join(root, 'scripts/pack.mjs'), folder, 'linux-x64-gnu', 'linux-arm64-musl']);
    const [{ files }] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    const names = files.map(({ path }) => path);
    for (const needed of [
      'LICENSE',
      'README.md',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/esm/index.mjs',
      'dist/esm/index.d.mts',
      'dist/testing.js',
      'dist/stores.js',
      'dist/esm/stores.mjs',
      'dist/adapters.js',
      'dist/esm/adapters.d.mts',
      'dist/kit/race.js',
      'scripts/build.mjs',
      'scripts/headlessid.mjs',
      'source/cli/CMakeLists.txt',
      'source/simulator/CMakeLists.txt',
      'source/CMakeLists.txt',
      'source/capi/include/headlessid/headlessid.h',
      'source/bindings/node/addon/addon.cc',
      'source/headers/node-addon-api/napi.h',
      'source/headers/node-api-headers/include/node_api.h',
    ]) {
      assert.ok(names.includes(needed), needed);
    }
    assert.deepEqual(
      names.filter((name) => /(^|\/)(node_modules|build|test|\.env|\.npmrc|core\.\d+)(\/|$)|\.(pem|key|log|node)$/.test(name)),
      [],
    );
    const packed = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    assert.deepEqual(packed.optionalDependencies, {
      '@headlessid/linux-x64-gnu': manifest.version,
      '@headlessid/linux-arm64-musl': manifest.version,
    });
    for (const gone of ['scripts', 'dependencies', 'devDependencies', 'private']) assert.ok(!(gone in packed), gone);
    assert.deepEqual(packed.exports, manifest.exports);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without CMake or a compiler the build says what to install, before it begins', () => {
  const empty = mkdtempSync(join(tmpdir(), 'headlessid-path-'));
  try {
    const script = join(root, 'scripts/build.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', env: { ...process.env, PATH: empty, CXX: '' } });
    assert.equal(status, 1);
    for (const word of [
      'CMake 3.25 and a C++20 compiler',
      'apt-get install g++ cmake',
      'dnf install',
      'brew install',
      'libsimdjson-dev',
      'headlessid-build',
    ])
      assert.ok(stderr.includes(word), `${word}: ${stderr}`);
    // A compiler of one's own that is not there is named by what it should be.
    const other = spawnSync(process.execPath, [script], { encoding: 'utf8', env: { ...process.env, CXX: '/nowhere/c++ -O2' } });
    assert.equal(other.status, 1);
    assert.match(other.stderr, /lacks a C\+\+20 compiler\./);
  } finally {
    rmSync(empty, { recursive: true });
  }
});

test('without an addon the package says how to get one, and compiles nothing', () => {
  const bare = mkdtempSync(join(tmpdir(), 'headlessid-node-'));
  try {
    for (const name of ['package.json', 'dist']) cpSync(join(root, name), join(bare, name), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, ['-e', "require('headlessid').version()"], { cwd: bare, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /npx --no headlessid-build/);
    assert.match(stderr, new RegExp(`npm install ${prebuiltPackage()}@${manifest.version.replaceAll('.', '\\.')}`));
    const env = spawnSync(process.execPath, ['-e', "require('headlessid').version()"], {
      cwd: bare,
      encoding: 'utf8',
      env: { ...process.env, HEADLESSID_ADDON: '/nowhere/x.node' },
    });
    assert.match(env.stderr, /HEADLESSID_ADDON names \/nowhere\/x\.node, and there is no such file/);
    // Importing alone costs nothing and fails nowhere.
    assert.equal(spawnSync(process.execPath, ['-e', "require('headlessid')"], { cwd: bare }).status, 0);
    assert.ok(!existsSync(join(bare, 'build')));
  } finally {
    rmSync(bare, { recursive: true });
  }
});
