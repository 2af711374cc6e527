// The shapes of the generated tables, and of what callers may give for them. Everything imports this; it imports nothing.

/** A JSON object, for the settings and parameters that accept one. */
export type JsonObject = { readonly [name: string]: unknown };

/** What a flow needs of a guest: a `Guest`, a `Visitor`, or an object of yours with these members. */
export interface GuestLike {
  readonly accessToken?: string | Uint8Array | undefined;
  readonly uvid?: string | undefined;
}

/** What a flow needs of a session: a `TokenSet`, or an object of yours with these members. */
export interface TokensLike {
  readonly accessToken?: string | Uint8Array | undefined;
  readonly refreshToken?: string | Uint8Array | undefined;
}

export type ValueKind = 'text' | 'url' | 'list' | 'integer' | 'flag' | 'json';

/** How a setting or parameter is written to the library. */
export interface ValueEntry {
  readonly name: string;
  readonly kind: ValueKind;
}
export type ValueTable = { readonly [name: string]: ValueEntry };

/** How a field of a result is read from the library. */
export interface FieldEntry {
  readonly name: string;
  readonly kind: ValueKind;
  readonly secret: boolean;
  readonly always: boolean;
  readonly choices?: readonly string[];
}
export type FieldTable = { readonly [name: string]: FieldEntry };

export interface FlowDescription<R> {
  readonly result: new (values: readonly string[]) => R;
  readonly parameters: ValueTable;
  /** What a person may be asked for; the first is the one that `verify` accepts without a name. */
  readonly asks: ValueTable;
}
