// Before packing: the native sources are copied to source/, so that a package without a prebuilt addon for some
// system can still be built there, and the license goes next to the manifest, where npm picks it up. Afterwards (--clean)
// the copies are removed.
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { packageRoot } from './paths.mjs';

const root = resolve(packageRoot, '..', '..');
const target = join(packageRoot, 'source');
const license = join(packageRoot, 'LICENSE');
rmSync(target, { recursive: true, force: true });
rmSync(license, { force: true });
if (!process.argv.includes('--clean')) {
  cpSync(join(root, 'LICENSE'), license);
  for (const name of [
    'LICENSE',
    'CMakeLists.txt',
    'cmake',
    'core',
    'capi',
    'cli',
    'simulator',
    'bindings/node/CMakeLists.txt',
    'bindings/node/addon',
  ]) {
    cpSync(join(root, name), join(target, name), { recursive: true });
  }
}
