// The `install` script of a clone: an addon that is there is used, else it is built. The package that is published has no
// such script: loading it without an addon says which package to install, and never builds by itself.
import { existsSync } from 'node:fs';

import { build } from './build.mjs';
import { addons } from './paths.mjs';

const found = addons.find((path) => existsSync(path));
if (found !== undefined && process.env.HEADLESSID_REBUILD === undefined) {
  console.log(`headlessid: using ${found}`);
} else {
  try {
    console.log(`headlessid: built ${build()}`);
  } catch (error) {
    console.error(`headlessid: ${error.message}`);
    process.exitCode = 1;
  }
}
