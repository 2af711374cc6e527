// What the scripts agree on: where the sources are, and where an addon is looked for.
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

// In a package the native sources are in source/; in the repository they are two levels up.
export function sourceRoot() {
  const packed = join(packageRoot, 'source');
  return existsSync(join(packed, 'CMakeLists.txt')) ? packed : resolve(packageRoot, '..', '..');
}

export function hasSources() {
  return existsSync(join(sourceRoot(), 'capi', 'include', 'headlessid', 'headlessid.h'));
}

// The folder that holds both header packages, wherever npm has put them.
export function headerModules() {
  const [addonApi, apiHeaders] = ['node-addon-api', 'node-api-headers'].map((name) =>
    dirname(dirname(require.resolve(`${name}/package.json`))),
  );
  if (addonApi !== apiHeaders)
    throw new Error(`node-addon-api and node-api-headers must lie side by side, not in ${addonApi} and ${apiHeaders}`);
  return addonApi;
}

function startOf(path) {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(8192);
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}

// As in src/native.ts, which is not compiled yet when these scripts run.
export function platform() {
  const musl = process.platform === 'linux' && startOf(process.execPath).includes('/ld-musl-');
  return `${process.platform}-${process.arch}${musl ? '-musl' : ''}`;
}

const places = [join(packageRoot, 'prebuilds', platform()), join(packageRoot, 'build', 'Release')];

export const [prebuilt, built] = places.map((place) => join(place, 'headlessid.node'));
// The command, best first; it is there where it could be built.
export const commands = places.map((place) => join(place, 'headlessid'));
