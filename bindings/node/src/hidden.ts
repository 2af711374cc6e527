// Error reporters show the local variables of every frame that an error passes through, and of an object that is one
// its members. What a caller gave, or a server brought, is held in our frames as this instead.
const held = new WeakMap<Hidden, unknown>();

class Hidden {}

/** The value behind an object that shows nothing, in the place of the value and with its type. Twice is once. */
export function hide<T>(value: T): T {
  if (value instanceof Hidden) return value;
  const hidden = new Hidden();
  held.set(hidden, value);
  return hidden as T;
}

/** The value again: for an argument, never for a variable that lives on while something may be thrown. */
export function reveal<T>(value: T): T {
  return value instanceof Hidden ? (held.get(value) as T) : value;
}
