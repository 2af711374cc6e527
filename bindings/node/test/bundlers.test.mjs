// Programs that a bundler made into one file: the code is outside its package, and the addon was left behind.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as esbuild from 'esbuild';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const { candidates } = createRequire(import.meta.url)('../dist/native.js');
const addon = candidates().paths.find(existsSync);

// What each names is what it must do: a client, a result's class and an org of its own, out of the bundle.
const program = {
  esm: `import { Client, HeadlessIdError } from 'headlessid'; import { SimulatedOrg } from 'headlessid/testing'; import { MemoryStore, RedisStore, SqliteStore } from 'headlessid/stores'; import { attachToAxios } from 'headlessid/adapters';`,
  cjs: `const { Client, HeadlessIdError } = require('headlessid'); const { SimulatedOrg } = require('headlessid/testing'); const { MemoryStore, RedisStore, SqliteStore } = require('headlessid/stores'); const { attachToAxios } = require('headlessid/adapters');`,
};
const rest = `
try {
  const client = new Client({ site: 'https://acme.my.site.com/shop', clientId: 'a', redirectUri: 'https://app.example.com/cb' });
  client.sessions(new MemoryStore(), { keys: 'k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8' });
  client.close();
  if ([RedisStore, SqliteStore, attachToAxios].some((one) => typeof one !== 'function')) console.log('not whole');
  console.log('made', typeof SimulatedOrg.start);
} catch (error) { console.log(error instanceof HeadlessIdError, error.code + ': ' + error.message); }`;

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'headlessid-bundled-'));
  // The source is next to a package that the bundle, elsewhere, does not see.
  mkdirSync(join(folder, 'source', 'node_modules'), { recursive: true });
  symlinkSync(root, join(folder, 'source', 'node_modules', 'headlessid'));
});
after(() => rmSync(folder, { recursive: true }));

for (const written of ['esm', 'cjs']) {
  for (const format of ['esm', 'cjs']) {
    const end = format === 'esm' ? 'mjs' : 'cjs';
    const bundle = async (place, options = {}) => {
      const source = join(folder, 'source', `${written}.${written === 'esm' ? 'mjs' : 'cjs'}`);
      writeFileSync(source, program[written] + rest);
      mkdirSync(place, { recursive: true });
      const made = await esbuild.build({
        entryPoints: [source],
        bundle: true,
        platform: 'node',
        format,
        outfile: join(place, `out.${end}`),
        logLevel: 'silent',
        ...options,
      });
      assert.deepEqual(made.warnings, []);
    };
    const run = (place, env = {}) => {
      const { HEADLESSID_ADDON: _, ...clean } = process.env;
      const { stdout, stderr } = spawnSync(process.execPath, [join(place, `out.${end}`)], {
        encoding: 'utf8',
        cwd: join(folder, 'source'),
        env: { ...clean, ...env },
      });
      return stdout + stderr;
    };

    test(`a ${format} bundle of a program in ${written} finds the addon, or says what to do`, async () => {
      const place = join(folder, `${written}-${format}`);
      await bundle(place);
      // The working directory has the package in its node_modules; a program is not looked for where it happens to run.
      const alone = run(place);
      assert.match(alone, /^true addon_missing: this program was bundled/);
      for (const way of ['external', 'serverExternalPackages', 'HEADLESSID_ADDON', 'next to the bundle'])
        assert.ok(alone.includes(way), way);
      assert.equal(run(place, { HEADLESSID_ADDON: addon }), 'made function\n');
      assert.match(run(place, { HEADLESSID_ADDON: join(place, 'none.node') }), /^true addon_missing: HEADLESSID_ADDON names .*none\.node/);

      copyFileSync(addon, join(place, 'headlessid.node'));
      assert.equal(run(place), 'made function\n');
      rmSync(join(place, 'headlessid.node'));

      mkdirSync(join(place, 'node_modules'));
      symlinkSync(root, join(place, 'node_modules', 'headlessid'));
      assert.equal(run(place), 'made function\n');
    });

    test(`a ${format} bundle of a program in ${written} leaves the package out where it is external`, async () => {
      const place = join(folder, `external-${written}-${format}`);
      // A file of CommonJS that stays outside cannot be required by a bundle of ES modules, whatever package it is.
      if (written === 'cjs' && format === 'esm') return;
      await bundle(place, { packages: 'external' });
      mkdirSync(join(place, 'node_modules'));
      symlinkSync(root, join(place, 'node_modules', 'headlessid'));
      assert.equal(run(place), 'made function\n');
    });
  }
}
