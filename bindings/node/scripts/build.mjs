#!/usr/bin/env node
// Builds the addon from the C++ sources, and the headlessid command with its simulated org: `npx headlessid-build`.
// The addon needs CMake 3.25, a C++20 compiler, and the headers of OpenSSL, libcurl and simdjson; the command needs
// nlohmann-json and cpp-httplib besides, and is left out where these are missing, or where HEADLESSID_WITH_CLI is 0.
// CMAKE_GENERATOR, CMAKE_CXX_COMPILER_LAUNCHER and their kin count.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { built, commands, hasSources, headerModules, packageRoot, sourceRoot } from './paths.mjs';

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error?.code === 'ENOENT') throw new Error(`${command} was not found; it is needed to build the addon`);
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with status ${status}`);
}

export function build() {
  if (!hasSources()) throw new Error(`the native sources are not in ${sourceRoot()}`);
  const directory = join(packageRoot, 'build', 'cmake');
  const withCommand = process.env.HEADLESSID_WITH_CLI === '0' ? 'OFF' : 'AUTO';
  run('cmake', [
    '-S', sourceRoot(),
    '-B', directory,
    '-DCMAKE_BUILD_TYPE=Release',
    '-DHLID_NODE=ON',
    `-DHLID_CLI=${withCommand}`,
    `-DHLID_SIMULATOR=${withCommand}`,
    '-DHLID_TESTS=OFF',
    `-DHLID_NODE_MODULES=${headerModules()}`,
  ]);
  const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(Math.min(availableParallelism(), 8));
  // AUTO: CMake has the command as a target only where it found what that needs.
  const { stdout = '' } = spawnSync('cmake', ['--build', directory, '--target', 'help'], { encoding: 'utf8' });
  const targets = ['headlessid_node', ...(/\bheadlessid_cli\b/.test(stdout) ? ['headlessid_cli'] : [])];
  run('cmake', ['--build', directory, '--target', ...targets, '--parallel', jobs]);
  install(join(directory, 'bindings', 'node', 'headlessid.node'), built);
  const command = commands.at(-1);
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
