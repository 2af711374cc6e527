export * from '../stores.js';
