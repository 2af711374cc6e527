// What the documents show of this package compiles under strict TypeScript, and parses as Node itself reads it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const repository = resolve(root, '../..');
const folder = join(root, 'build', 'snippets');

// The names that a snippet uses without declaring them: declared for it.
const given = {
  client: 'Client',
  guest: 'Guest',
  visitor: 'Visitor',
  tokens: 'TokenSet',
  org: 'SimulatedOrg',
  app: 'App',
  challenge: 'Challenge',
  error: 'HeadlessIdError',
  session: '{ id: string }',
  signal: 'AbortSignal',
  ticket: 'string',
  sessionId: 'string',
  site: 'string',
  clientId: 'string',
  redirectUri: 'string',
  username: 'string',
  password: 'string',
  otp: 'string',
  text: 'string',
};
const types = ['App', 'Challenge', 'Client', 'Guest', 'HeadlessIdError', 'TokenSet', 'Visitor', 'fetchTransport', 'runFlow'];

const documents = [
  'README.md',
  'bindings/node/README.md',
  ...['docs', 'docs/flows'].flatMap((place) =>
    readdirSync(join(repository, place))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${place}/${name}`),
  ),
];
const snippets = documents.flatMap((document) =>
  [...readFileSync(join(repository, document), 'utf8').matchAll(/^```(?:js|javascript|ts|typescript)\n(.*?)^```/gms)].map(
    ([, code], i) => ({ name: `${document} (${i + 1})`, code }),
  ),
);

const mentions = (code, name) => new RegExp(`(?<![.\\w'"])${name}\\b`).test(code.replace(/(^|\s)\/\/ .*$/gm, ''));
const declares = (code, name) => new RegExp(`\\b(?:const|let|import)\\b[^=;\\n]*\\b${name}\\b`).test(code);

test('every snippet compiles, and parses', () => {
  assert.ok(snippets.length > 15, `${snippets.length}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = new Map();
  snippets.forEach(({ name, code }, i) => {
    const missing = (what) => what.filter((one) => !declares(code, one));
    const declared = missing(Object.keys(given)).filter((one) => mentions(code, one));
    const used = [...declared.map((one) => given[one]), code].join('\n');
    const imports = missing(types).filter((one) => mentions(used, one));
    const lines = [
      imports.length > 0 ? `import { ${imports.join(', ')} } from 'headlessid';` : '',
      /\bSimulatedOrg\b/.test(used) && !declares(code, 'SimulatedOrg') ? "import { SimulatedOrg } from 'headlessid/testing';" : '',
      ...declared.map((one) => `declare const ${one}: ${given[one]};`),
    ].filter(Boolean);
    const file = join(folder, `${i}.mts`);
    files.set(relative(root, file), name);
    writeFileSync(file, `${lines.join('\n')}\n${code}\nexport {};\n`);
    const plain = join(folder, `${i}.mjs`);
    writeFileSync(plain, code);
    const { status, stderr } = spawnSync(process.execPath, ['--check', plain], { encoding: 'utf8' });
    assert.equal(status, 0, `${name}: ${stderr}`);
  });
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'ES2022',
        lib: ['ES2023', 'ESNext.Disposable'],
        module: 'node16',
        moduleResolution: 'node16',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        noEmit: true,
      },
      include: ['*.mts'],
    }),
  );
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
    cwd: root,
  });
  const said = stdout
    .split('\n')
    .filter((line) => line.includes('error'))
    .map((line) => line.replace(/^(\S+?\.mts)/, (file) => files.get(file) ?? file));
  assert.deepEqual(said, []);
});

test('a program without the types of Node compiles', () => {
  const place = join(folder, 'plain');
  mkdirSync(place, { recursive: true });
  writeFileSync(
    join(place, 'plain.mts'),
    [
      "import { Client } from 'headlessid';",
      "import { SimulatedOrg } from 'headlessid/testing';",
      "export const guest = new Client({ site: 'https://a.example', clientId: 'c', redirectUri: 'https://a.example/cb' }).guest();",
      'export const org = SimulatedOrg.start();',
    ].join('\n'),
  );
  writeFileSync(
    join(place, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { target: 'ES2022', module: 'nodenext', types: [], strict: true, noEmit: true },
      files: ['plain.mts'],
    }),
  );
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', place], {
    encoding: 'utf8',
    cwd: root,
  });
  assert.equal(status, 0, stdout);
});
