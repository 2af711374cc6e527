// No file of src/ leads back to itself through its imports, those of types included: tables at the bottom, methods on top.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

/** Each file with the files it imports, by their paths within the folder. */
function importsIn(files) {
  return new Map(
    Object.entries(files).map(([name, text]) => {
      const { importedFiles } = ts.preProcessFile(text, true, true);
      const own = importedFiles.map(({ fileName }) => fileName).filter((path) => path.startsWith('.'));
      return [name, own.map((path) => normalize(join(dirname(name), path.replace(/\.js$/, ''))) + '.ts')];
    }),
  );
}

/** The first circle found, as the files on it in order; undefined where there is none. */
function circleIn(imports) {
  const done = new Set();
  const path = [];
  const visit = (name) => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    path.push(name);
    for (const next of imports.get(name) ?? []) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    path.pop();
    done.add(name);
    return undefined;
  };
  for (const name of imports.keys()) {
    const circle = visit(name);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test('the sources import each other in no circle', () => {
  const names = readdirSync(SOURCES, { recursive: true }).filter((name) => name.endsWith('.ts'));
  const imports = importsIn(Object.fromEntries(names.map((name) => [name, readFileSync(join(SOURCES, name), 'utf8')])));
  assert.ok(imports.size > 20 && imports.get('index.ts').includes('client.ts'));
  for (const [name, imported] of imports) {
    for (const one of imported) assert.ok(imports.has(one), `${name} imports ${one}, which is not there`);
  }
  assert.equal(circleIn(imports), undefined);
});

test('tables know nothing, and only the client knows the generated methods', () => {
  const read = (name) => readFileSync(join(SOURCES, name), 'utf8');
  const imports = importsIn({
    'tables.ts': read('tables.ts'),
    'generated/abi.ts': read('generated/abi.ts'),
    'generated/names.ts': read('generated/names.ts'),
  });
  assert.deepEqual([...imports.values()].flat(), []);
  const over = readdirSync(SOURCES, { recursive: true }).filter((name) => name.endsWith('.ts') && /generated\/methods'/.test(read(name)));
  assert.deepEqual(over.sort(), ['client.ts', 'index.ts']);
});

test('a circle is found whatever the import looks like', () => {
  const back = [
    "import { a } from './a';",
    "import type { a } from './a';",
    "export { type a } from './a';",
    "export type b = import('./a').a;",
  ];
  for (const text of back) {
    assert.deepEqual(circleIn(importsIn({ 'a.ts': "import './sub/b';", 'sub/b.ts': text.replace('./a', '../a') })), [
      'a.ts',
      'sub/b.ts',
      'a.ts',
    ]);
  }
  assert.equal(circleIn(importsIn({ 'a.ts': "import './b';\nimport './c';", 'b.ts': "import './c';", 'c.ts': '' })), undefined);
});
