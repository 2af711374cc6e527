import { HeadlessIdError } from './errors';
import type { ValueKind } from './types';

export interface FieldEntry {
  readonly name: string;
  readonly kind: ValueKind;
  readonly secret: boolean;
}
export type FieldTable = { readonly [name: string]: FieldEntry };

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * What a flow brought: fields by name, undefined where the server sent none. Public fields are own properties.
 * Secret ones can only be read by name: `util.inspect` shows them as dots, and `JSON.stringify`, spreading,
 * `Object.assign`, `structuredClone` and `postMessage` leave them out, so that no log or message carries one by
 * accident. `toObject()` gives everything, on purpose.
 */
export abstract class Result {
  readonly #secrets = new Map<string, unknown>();
  readonly #table: FieldTable;

  /** @internal Made by the library from names and texts. */
  constructor(table: FieldTable, values: readonly string[]) {
    this.#table = table;
    for (let i = 0; i + 1 < values.length; i += 2) {
      const name = values[i] as string;
      // A field that is newer than these sources stays out: it would have no type.
      const entry = Object.hasOwn(table, name) ? table[name] : undefined;
      if (entry === undefined) continue;
      const text = values[i + 1] as string;
      if (entry.secret) {
        this.#secrets.set(entry.name, entry.kind === 'json' ? text : fromText(name, entry.kind, text));
      } else {
        Object.defineProperty(this, entry.name, { value: fromText(name, entry.kind, text), enumerable: true });
      }
    }
    Object.freeze(this);
  }

  /** @internal */
  protected secret(name: string): unknown {
    const value = this.#secrets.get(name);
    // Parsed when it is read, not before: most callers never look.
    const json = Object.values(this.#table).some((entry) => entry.name === name && entry.kind === 'json');
    return json && typeof value === 'string' ? JSON.parse(value) : value;
  }

  /** Every field that is there, secrets too, as a plain object of yours. */
  toObject(): Record<string, unknown> {
    const all: Record<string, unknown> = { ...(this as object) };
    for (const name of this.#secrets.keys()) all[name] = this.secret(name);
    return all;
  }

  /** The public fields. Secrets are left out; to store a session, use `toObject()`. */
  toJSON(): Record<string, unknown> {
    return { ...(this as object) };
  }

  /** @internal */
  [INSPECT](depth: number, options: { depth?: number | null }, inspect?: (value: unknown, options: object) => string): string {
    const shown: Record<string, unknown> = { ...(this as object) };
    for (const name of this.#secrets.keys()) shown[name] = '•••';
    const name = this.constructor.name;
    if (depth < 0 || inspect === undefined) return `[${name}]`;
    return `${name} ${inspect(shown, options)}`;
  }
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
    case 'text':
    case 'url':
    case 'list':
      return text;
  }
}
