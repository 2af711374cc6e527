#!/usr/bin/env node
// Builds the addon from the C++ sources, and the headlessid command with its simulated org: `npx --no headlessid-build`.
// The addon needs CMake 3.25, a C++20 compiler, and the headers of OpenSSL, libcurl and simdjson, and for its org module
// of pugixml and zlib, which it is built without where they are missing; the command needs nlohmann-json as well, and is omitted where that is missing, or where HEADLESSID_WITH_CLI is 0.
// CMake reads CMAKE_GENERATOR, CMAKE_CXX_COMPILER_LAUNCHER and so on; HEADLESSID_CMAKE_ARGS are more options for it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { built, builtCommand, hasSources, headerModules, packageRoot, sourceRoot } from './paths.mjs';

// Said before anything starts: npm shows the last lines of a failure at best. Libraries are CMake's to find, which
// says what is missing in the same way; without a compiler it cannot look for them, so that they are all named here.
export function whatIsMissing(environment = process.env) {
  const runs = (command) => spawnSync(command, ['--version'], { stdio: 'ignore', env: environment }).status === 0;
  const missing = [];
  if (!runs('cmake')) missing.push('CMake 3.25');
  const compiler = environment.CXX?.trim().split(/\s+/)[0];
  if (!(compiler ? [compiler] : ['c++', 'g++', 'clang++']).some(runs)) missing.push('a C++20 compiler');
  if (missing.length === 0) return undefined;
  return [
    `the addon is built from C++, and this machine lacks ${missing.join(' and ')}. All that the build needs:`,
    '  Debian, Ubuntu: sudo apt-get install g++ cmake make libcurl4-openssl-dev libssl-dev libsimdjson-dev nlohmann-json3-dev',
    '  Fedora:         sudo dnf install gcc-c++ cmake make libcurl-devel openssl-devel simdjson-devel json-devel',
    '  Homebrew:       brew install gcc cmake curl openssl@3 simdjson nlohmann-json',
    'For its org module also: libpugixml-dev zlib1g-dev (Fedora: pugixml-devel zlib-devel; Homebrew: pugixml zlib)',
    'Then: npx --no headlessid-build (with pnpm: pnpm exec headlessid-build)',
  ].join('\n');
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with status ${status}`);
}

export function build() {
  if (!hasSources()) throw new Error(`the native sources are not in ${sourceRoot()}`);
  const missing = whatIsMissing();
  if (missing !== undefined) throw new Error(missing);
  const directory = join(packageRoot, 'build', 'cmake');
  const withCommand = process.env.HEADLESSID_WITH_CLI === '0' ? 'OFF' : 'AUTO';
  run('cmake', [
    '-S',
    sourceRoot(),
    '-B',
    directory,
    '-DCMAKE_BUILD_TYPE=Release',
    '-DHLID_NODE=ON',
    `-DHLID_CLI=${withCommand}`,
    `-DHLID_SIMULATOR=${withCommand}`,
    '-DHLID_TESTS=OFF',
    `-DHLID_NODE_MODULES=${headerModules()}`,
    ...(process.env.HEADLESSID_CMAKE_ARGS ?? '').split(/\s+/).filter(Boolean),
  ]);
  const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(Math.min(availableParallelism(), 8));
  // AUTO: CMake has the command as a target only where it found what that needs.
  const { stdout = '' } = spawnSync('cmake', ['--build', directory, '--target', 'help'], { encoding: 'utf8' });
  const targets = ['headlessid_node', ...(/\bheadlessid_cli\b/.test(stdout) ? ['headlessid_cli'] : [])];
  run('cmake', ['--build', directory, '--target', ...targets, '--parallel', jobs]);
  install(join(directory, 'bindings', 'node', 'headlessid.node'), built);
  const command = builtCommand;
  if (targets.length > 1) install(join(directory, 'cli', 'headlessid'), command);
  else rmSync(command, { force: true });
  return targets.length > 1 ? `${built} and ${command}` : `${built}, without the command`;
}

// By renaming, so that a process that has the old one loaded keeps it.
function install(made, place) {
  if (!existsSync(made)) throw new Error(`the build ended without ${made}`);
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(made, `${place}.new`);
  renameSync(`${place}.new`, place);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  try {
    console.log(`built ${build()}`);
  } catch (error) {
    console.error(`headlessid: ${error.message}`);
    process.exitCode = 1;
  }
}
