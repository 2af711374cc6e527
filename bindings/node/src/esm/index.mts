// The same module under both ways of importing it: one addon, one class of each name, so that an `instanceof`
// holds whichever way a file came by it.
export * from '../index.js';
