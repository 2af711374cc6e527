// `npm test`: the types first, then every test file. Arguments go to `node --test`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { packageRoot } from './paths.mjs';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const tests = readdirSync(join(packageRoot, 'test'))
  .filter((name) => name.endsWith('.test.mjs'))
  .sort()
  .map((name) => join('test', name));
const steps = [
  [tsc, '-p', 'tsconfig.json'],
  [tsc, '-p', 'test/types/tsconfig.json'],
  ['--test', '--test-concurrency=2', ...process.argv.slice(2), ...tests],
];
for (const args of steps) {
  const { status } = spawnSync(process.execPath, args, { cwd: packageRoot, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
