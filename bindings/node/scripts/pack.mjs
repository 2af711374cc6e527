// Writes the package that is published into a folder: `node scripts/pack.mjs FOLDER SYSTEM...`. JavaScript with its types, the
// optional packages of these systems by name, and the native sources with the headers they need, for who has none of those
// systems. Nothing of it runs while it is installed, and it depends on nothing else.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import { headerModules, packageRoot } from './paths.mjs';

const root = resolve(packageRoot, '..', '..');
const [folder, ...systems] = process.argv.slice(2);
if (folder === undefined) throw new Error('which folder?');
const target = resolve(folder);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json', '--outDir', join(target, 'dist')], {
  cwd: packageRoot,
  stdio: 'inherit',
});
if (status !== 0) throw new Error(`tsc ended with status ${status}`);

const copy = (from, name, to = name) => cpSync(join(from, name), join(target, to), { recursive: true });
for (const name of ['build', 'headlessid', 'paths']) copy(packageRoot, `scripts/${name}.mjs`);
copy(packageRoot, 'README.md');
copy(root, 'LICENSE');
for (const name of [
  ...['LICENSE', 'CMakeLists.txt', 'cmake', 'core', 'capi', 'cli', 'simulator'],
  ...['bindings/node/CMakeLists.txt', 'bindings/node/addon'],
])
  copy(root, name, `source/${name}`);
for (const name of ['node-addon-api', 'node-api-headers']) {
  const from = join(headerModules(), name);
  copy(from, 'package.json', `source/headers/${name}/package.json`);
  if (name === 'node-addon-api')
    for (const file of ['LICENSE.md', 'napi.h', 'napi-inl.h', 'napi-inl.deprecated.h']) copy(from, file, `source/headers/${name}/${file}`);
  else for (const file of ['LICENSE', 'include']) copy(from, file, `source/headers/${name}/${file}`);
}

// What only a clone needs goes: its scripts, and what compiles and tests it.
const {
  private: _private,
  scripts: _scripts,
  dependencies: _headers,
  devDependencies: _tools,
  ...manifest
} = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
manifest.optionalDependencies = Object.fromEntries(systems.map((system) => [`@headlessid/${system}`, manifest.version]));
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

// npm keeps modes, and a clone has those of who cloned it.
for (const entry of readdirSync(target, { recursive: true, withFileTypes: true }))
  if (entry.isFile()) chmodSync(join(entry.parentPath ?? entry.path, entry.name), 0o644);
for (const script of Object.values(manifest.bin)) chmodSync(join(target, script), 0o755);
