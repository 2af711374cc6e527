#!/usr/bin/env node
// Builds the addon from the C++ sources: `npx headlessid-build`. Needs CMake 3.25, a C++20 compiler, and the
// headers of OpenSSL, libcurl and simdjson. CMAKE_GENERATOR, CMAKE_CXX_COMPILER_LAUNCHER and their kin count.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { built, hasSources, headerModules, packageRoot, sourceRoot } from './paths.mjs';

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error?.code === 'ENOENT') throw new Error(`${command} was not found; it is needed to build the addon`);
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with status ${status}`);
}

export function build() {
  if (!hasSources()) throw new Error(`the native sources are not in ${sourceRoot()}`);
  const directory = join(packageRoot, 'build', 'cmake');
  run('cmake', [
    '-S', sourceRoot(),
    '-B', directory,
    '-DCMAKE_BUILD_TYPE=Release',
    '-DHLID_NODE=ON',
    '-DHLID_CLI=OFF',
    '-DHLID_SIMULATOR=OFF',
    '-DHLID_TESTS=OFF',
    `-DHLID_NODE_MODULES=${headerModules()}`,
  ]);
  const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(Math.min(availableParallelism(), 8));
  run('cmake', ['--build', directory, '--target', 'headlessid_node', '--parallel', jobs]);
  const made = join(directory, 'bindings', 'node', 'headlessid.node');
  if (!existsSync(made)) throw new Error(`the build ended without ${made}`);
  // By renaming, so that a process that has the old one loaded keeps it.
  mkdirSync(dirname(built), { recursive: true });
  copyFileSync(made, `${built}.new`);
  renameSync(`${built}.new`, built);
  return built;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(`built ${build()}`);
  } catch (error) {
    console.error(`headlessid: ${error.message}`);
    process.exitCode = 1;
  }
}
