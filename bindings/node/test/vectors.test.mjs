import assert from 'node:assert/strict';
import { test } from 'node:test';

import { everyVector, play } from './support/vectors.mjs';

// L28: the same conversation ends the same in every language.
const vectors = everyVector();

test('there are vectors to play', () => assert.ok(vectors.length > 0));
for (const [name, vector] of vectors) {
  test(`l28 ${[...(vector.cases ?? [])].join(' ').toLowerCase()} ${name}`, () => {
    play(vector);
  });
}
