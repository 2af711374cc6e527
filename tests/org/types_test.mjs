// The table of Metadata types (core/org/types.h) against the types that Salesforce generates from the Metadata WSDL.
// node types_test.mjs PATH-OF-org_print_types
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const folder = dirname(createRequire(import.meta.url).resolve('@salesforce/types/metadata'));
const source = readFileSync(join(folder, 'metadata.d.ts'), 'utf8');
const table = JSON.parse(execFileSync(process.env.ORG_PRINT_TYPES ?? process.argv[2], { encoding: 'utf8' }));

// export type Network = Metadata & {\n    site?: string;\n};
const objects = new Map();
for (const [, name, body] of source.matchAll(/^export type (\w+) = (?:[\w& ]+ & )?\{\n([\s\S]*?)\n\};?$/gm)) {
  const fields = new Map();
  for (const [, field, optional, type] of body.matchAll(/^ {4}(\w+)(\??): ([^;]+);$/gm)) {
    fields.set(field, { optional: optional === '?', type });
  }
  objects.set(name, fields);
}
// export type Kind = 'A' | 'B';
const enums = new Map();
for (const [, name, words] of source.matchAll(/^export type (\w+) = ('[^;]*);$/gm)) {
  enums.set(
    name,
    [...words.matchAll(/'([^']*)'/g)].map((match) => match[1]),
  );
}

// What the types call a plain text, and only the guide lists the words of.
const words_of_the_guide = new Set([
  'ipRelaxationPolicyType',
  'refreshTokenValidityUnit',
  'ipRelaxation',
  'policyAction',
  'sessionLevel',
  'guestJwtTimeout',
  'namedUserJwtTimeout',
  'commaSeparatedOauthScopes',
]);

const kinds = {
  boolean: ['boolean'],
  integer: ['number'],
  decimal: ['number'],
  text: ['string', 'Date'],
  comma_list: ['string'],
  lines: ['string'],
};

function compare(name, elements, open, path) {
  const fields = objects.get(name);
  assert.ok(fields, `${path}: the types have no ${name}`);
  const known = new Set();
  for (const element of elements) {
    const here = `${path}.${element.name}`;
    const field = fields.get(element.name);
    assert.equal(field !== undefined, !element.guide_only, `${here}: marked as the guide's alone, or not in the types`);
    if (!field) continue;
    known.add(element.name);
    const repeated = field.type.endsWith('[]');
    const type = repeated ? field.type.slice(0, -2) : field.type;
    assert.equal(element.repeated, repeated, `${here}: repeated`);
    if (!repeated) assert.equal(element.required, !field.optional, `${here}: required`);
    if (element.kind === 'group') {
      compare(type, element.children, false, here);
    } else if (element.kind === 'other') {
      assert.ok(objects.has(type) || enums.has(type), `${here}: ${type} is a plain type`);
    } else if (element.kind === 'choice' && enums.has(type)) {
      assert.deepEqual(element.choices, enums.get(type), `${here}: the words`);
    } else if (element.kind === 'choice') {
      assert.equal(type, 'string', here);
      assert.ok(words_of_the_guide.has(element.name), `${here}: words of whom?`);
    } else {
      assert.ok(kinds[element.kind].includes(type), `${here}: ${element.kind}, in the types ${type}`);
      if (element.choices.length > 0) assert.ok(words_of_the_guide.has(element.name), `${here}: words of whom?`);
    }
  }
  if (!open)
    assert.deepEqual(
      [...fields.keys()].filter((field) => !known.has(field)),
      [],
      `${path}: not in the table`,
    );
}

for (const type of table) {
  test(type.name, () => compare(type.name, type.elements, type.open, type.name));
}

test('the test sees what is there', () => {
  assert.ok(objects.size > 500 && enums.size > 200, `${objects.size} types, ${enums.size} enums`);
  assert.ok(table.length >= 20);
  const [settings] = table.filter((type) => type.name === 'OauthOidcSettings');
  assert.throws(() => compare('OauthOidcSettings', settings.elements.slice(1), false, 'x'), /not in the table/);
});
