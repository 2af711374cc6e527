import { argumentFields, HeadlessIdError, type ErrorFields } from './errors';
import { hide, reveal } from './hidden';
import type { FieldEntry, FieldTable, ValueKind } from './tables';

const NONE: readonly string[] = Object.freeze([]);

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * The result of a flow: fields by name, undefined where the server sent none; lists are then empty. Public fields are
 * own properties. Secret ones can only be read by name: `util.inspect` shows them as dots, and `JSON.stringify`,
 * spreading, `Object.assign`, `structuredClone` and `postMessage` leave them out, so that no log or message carries one by
 * accident. `toJson()` returns everything as text, to store it (`fromJson` of its class restores it), and `toObject()`
 * as an object.
 */
export abstract class Result {
  readonly #secrets = new Map<string, unknown>();
  readonly #table: FieldTable;

  /** @internal Made by the library from names and texts. */
  constructor(table: FieldTable, values: readonly string[]) {
    values = hide(values);
    this.#table = table;
    for (let i = 0; i + 1 < reveal(values).length; i += 2) {
      const name = reveal(values)[i] as string;
      // A field that is newer than these sources stays out: it would have no type.
      const entry = Object.hasOwn(table, name) ? table[name] : undefined;
      if (entry === undefined) continue;
      if (entry.secret) {
        this.#secrets.set(entry.name, fromText(name, entry.kind === 'json' ? 'text' : entry.kind, reveal(values)[i + 1] as string));
      } else {
        const value = fromText(name, entry.kind, reveal(values)[i + 1] as string);
        Object.defineProperty(this, entry.name, { value, enumerable: true });
      }
    }
    // A list that the server did not send is an empty one.
    for (const { name, kind } of Object.values(table)) {
      if (kind === 'list' && !Object.hasOwn(this, name)) Object.defineProperty(this, name, { value: NONE, enumerable: true });
    }
    Object.freeze(this);
  }

  /** @internal A secret field as the library gave it. */
  protected text(name: string): string | undefined {
    return this.#secrets.get(name) as string | undefined;
  }

  /** @internal */
  protected secret(name: string): unknown {
    const value = this.#secrets.get(name);
    // Parsed when it is read, not before: most callers never look.
    const json = Object.values(this.#table).some((entry) => entry.name === name && entry.kind === 'json');
    return json && typeof value === 'string' ? JSON.parse(value) : value;
  }

  /**
   * Everything but `raw` as text, to store it: a JSON object with the catalogue's names, the same in every language and
   * for the command (--save, --token-file). It contains the tokens.
   */
  toJson(): string {
    const all = this as unknown as Record<string, unknown>;
    return JSON.stringify(
      Object.fromEntries(
        Object.entries(this.#table)
          .filter(([, entry]) => entry.kind !== 'json')
          .map(([name, entry]) => [name, entry.kind === 'list' ? (all[entry.name] as string[]).join(' ') || undefined : all[entry.name]]),
      ),
    );
  }

  /** Every field that is there, secrets included, as a plain object. */
  toObject(): Record<string, unknown> {
    const own = this as unknown as Record<string, unknown>;
    const all: Record<string, unknown> = { ...own };
    for (const name of this.#secrets.keys()) all[name] = own[name];
    return all;
  }

  /** The public fields, for `JSON.stringify`, which ends up in logs. To store a result, use `toJson()`. */
  toJSON(): Record<string, unknown> {
    return { ...(this as object) };
  }

  /** @internal */
  [INSPECT](depth: number, options: { depth?: number | null }, inspect?: (value: unknown, options: object) => string): string {
    const name = this.constructor.name;
    if (!(#secrets in this)) return `${name} {}`;
    const shown: Record<string, unknown> = { ...(this as object) };
    for (const secret of this.#secrets.keys()) shown[secret] = '•••';
    if (depth < 0 || inspect === undefined) return `[${name}]`;
    return `${name} ${inspect(shown, options)}`;
  }
}

/**
 * The fields in the text of `toJson`, written here or in another language, as names and texts. Throws ARGUMENT for
 * anything else, with the member's name, as this package spells it, in `field`. `foreign`: members that only the text of
 * another class has.
 * @internal
 */
export function fromStored(table: FieldTable, text: string | Uint8Array, foreign: readonly string[] = []): readonly string[] {
  text = hide(text);
  const read = readObject(text);
  if (reveal(read) === undefined) throw new HeadlessIdError(argumentFields('text', 'is not the text of toJson'));
  const { values, refusal } = storedValues(table, read as Record<string, unknown>, foreign);
  if (refusal !== undefined) throw new HeadlessIdError(refusal);
  return values;
}

/** The JSON object in a text, hidden. The parser's message quotes the text, and is dropped. */
export function readObject(text: string | Uint8Array): Record<string, unknown> | undefined {
  try {
    const read = hide(JSON.parse(asText(text)) as unknown);
    const isObject = typeof reveal(read) === 'object' && reveal(read) !== null && !Array.isArray(reveal(read));
    return isObject ? (read as Record<string, unknown>) : hide(undefined);
  } catch {
    return hide(undefined);
  }
}

function asText(text: string | Uint8Array): string {
  return typeof reveal(text) === 'string'
    ? (reveal(text) as string)
    : new TextDecoder('utf-8', { fatal: true }).decode(reveal(text) as Uint8Array);
}

/** Nothing is thrown here, where the values are at hand. */
function storedValues(
  table: FieldTable,
  hidden: Record<string, unknown>,
  foreign: readonly string[],
): { readonly values: readonly string[]; readonly refusal?: ErrorFields } {
  const read = reveal(hidden);
  const other = foreign.find((name) => Object.hasOwn(read, name) && read[name] !== null);
  if (other !== undefined)
    return { values: [], refusal: argumentFields(other, 'belongs to the text of another result: a session is not a guest') };
  const values: string[] = [];
  for (const [name, entry] of Object.entries(table)) {
    if (entry.kind === 'json') continue;
    const value = Object.hasOwn(read, name) ? read[name] : undefined;
    const absent = value === undefined || value === null;
    const wrong = absent ? (entry.always ? 'is missing' : undefined) : whatIsWrong(entry, value);
    if (wrong !== undefined) return { values: [], refusal: argumentFields(entry.name, wrong) };
    if (!absent) values.push(name, String(value));
  }
  return { values: hide(values) };
}

function whatIsWrong({ kind, choices }: FieldEntry, value: unknown): string | undefined {
  if (kind === 'integer') return Number.isSafeInteger(value) ? undefined : 'is not a whole number below 2^53';
  if (kind === 'flag') return typeof value === 'boolean' ? undefined : 'is not true or false';
  if (typeof value !== 'string') return 'is not text';
  return choices === undefined || choices.includes(value) ? undefined : `is not one of ${choices.join(', ')}`;
}

function fromText(field: string, kind: ValueKind, text: string): unknown {
  switch (kind) {
    case 'integer': {
      const value = Number(text);
      if (!Number.isSafeInteger(value)) {
        throw new HeadlessIdError({
          kind: 'PROTOCOL',
          advice: 'NONE',
          reason: 'number_too_large',
          message: `${field} is beyond 2^53 and has no exact number`,
        });
      }
      return value;
    }
    case 'flag':
      return text === 'true';
    case 'json':
      return JSON.parse(text);
    case 'list':
      return Object.freeze(text.split(' ').filter(Boolean));
    case 'text':
    case 'url':
      return text;
  }
}
