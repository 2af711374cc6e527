// The `install` script: an addon that is there is used, else it is built. npm runs this for the package that it
// installs itself (a clone of this repository), and for a dependency only where that is allowed; elsewhere loading
// the package says how to build, and never builds by itself.
import { existsSync } from 'node:fs';

import { build } from './build.mjs';
import { built, prebuilt } from './paths.mjs';

const found = [prebuilt, built].find((path) => existsSync(path));
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
