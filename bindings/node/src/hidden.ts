// Error reporters show the local variables of every frame that an error passes through, and of an object that is one
// its members. Our frames hold the caller's values and the server's responses as this instead: a private field is not among
// the members that they list. (A WeakMap would hide it from a debugger too, at the price of the collector's time.)
class Hidden {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  static open(hidden: Hidden): unknown {
    return hidden.#value;
  }
}

/** The value behind an object that shows nothing, in the place of the value and with its type. Twice is once. */
export function hide<T>(value: T): T {
  return value instanceof Hidden ? value : (new Hidden(value) as T);
}

/** The value again: for an argument, never for a variable that lives on while something may be thrown. */
export function reveal<T>(value: T): T {
  return value instanceof Hidden ? (Hidden.open(value) as T) : value;
}
