// Before packing: the native sources are copied to source/, so that a package without a prebuilt addon for some
// system can still be built there. Afterwards (--clean) they go again.
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { packageRoot } from './paths.mjs';

const root = resolve(packageRoot, '..', '..');
const target = join(packageRoot, 'source');
rmSync(target, { recursive: true, force: true });
if (!process.argv.includes('--clean')) {
  for (const name of ['CMakeLists.txt', 'cmake', 'core', 'capi', 'cli', 'simulator', 'bindings/node/CMakeLists.txt', 'bindings/node/addon']) {
    cpSync(join(root, name), join(target, name), { recursive: true });
  }
}
