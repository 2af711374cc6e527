export * from '../adapters.js';
