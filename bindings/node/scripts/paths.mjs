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

// The folder that holds both header packages: with the sources in a package, else wherever npm has put them.
export function headerModules() {
  const packed = join(packageRoot, 'source', 'headers');
  if (existsSync(packed)) return packed;
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

// As in src/places.ts, which is not compiled yet when these scripts run.
export function platform() {
  const musl = process.platform === 'linux' && startOf(process.execPath).includes('/ld-musl-');
  return `${process.platform}-${process.arch}${process.platform !== 'linux' ? '' : musl ? '-musl' : '-gnu'}`;
}

export const prebuiltPackage = `@headlessid/${platform()}`;

function prebuiltFolder() {
  try {
    return dirname(require.resolve(`${prebuiltPackage}/package.json`));
  } catch {
    return undefined;
  }
}

// What was built here comes first: it was asked for by name.
const ownFolder = join(packageRoot, 'build', 'Release');
const folders = [ownFolder, prebuiltFolder()].filter((folder) => folder !== undefined);

export const built = join(ownFolder, 'headlessid.node');
export const builtCommand = join(ownFolder, 'headlessid');
// Best first; the command is there where it could be built.
export const addons = folders.map((folder) => join(folder, 'headlessid.node'));
export const commands = folders.map((folder) => join(folder, 'headlessid'));
