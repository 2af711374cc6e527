/**
 * Node's own modules, loaded without `require` where Node allows it (20.16 and later): a bundle in ESM format has no
 * `require`, and what bundlers put in its place throws.
 */
type Builtins = { readonly getBuiltinModule?: (name: string) => unknown };
const { getBuiltinModule } = process as Builtins;

/** A module that not every Node has, or undefined. Node before 20.16 has none of them. */
export function builtin(name: string): unknown {
  return getBuiltinModule?.(name);
}

// The names are literals in `require`, so that bundlers see Node's modules and nothing else.
export const crypto = (getBuiltinModule?.('node:crypto') ?? require('node:crypto')) as typeof import('node:crypto');
export const diagnostics = (getBuiltinModule?.('node:diagnostics_channel') ??
  require('node:diagnostics_channel')) as typeof import('node:diagnostics_channel');
export const fs = (getBuiltinModule?.('node:fs') ?? require('node:fs')) as typeof import('node:fs');
export const module = (getBuiltinModule?.('node:module') ?? require('node:module')) as typeof import('node:module');
export const os = (getBuiltinModule?.('node:os') ?? require('node:os')) as typeof import('node:os');
export const path = (getBuiltinModule?.('node:path') ?? require('node:path')) as typeof import('node:path');
export const url = (getBuiltinModule?.('node:url') ?? require('node:url')) as typeof import('node:url');
