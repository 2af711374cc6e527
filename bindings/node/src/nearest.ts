/** The one of these names that a misspelt one was meant to be: equal but for two letters, or for capitals; undefined for none. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  return names.find((one) => Math.abs(one.length - name.length) <= 2 && distance(plain(one), plain(name)) <= (one.length < 6 ? 1 : 2));
}

/** The end of a message that suggests a name, or nothing. */
export function suggestion(name: string, names: readonly string[]): string {
  const meant = nearest(name, names);
  return meant === undefined ? '' : `. Did you mean ${meant}?`;
}

function plain(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase();
}

/** How many letters one differs from the other in (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      next.push(Math.min((next[j] as number) + 1, (row[j + 1] as number) + 1, (row[j] as number) + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] as number;
}
