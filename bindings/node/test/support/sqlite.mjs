// SQLite for the tests: Node's own, or better-sqlite3 in a folder of its own, which `./dev test node` fills.
import Module, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = new URL('../better-sqlite3/', import.meta.url);

/** node:sqlite; undefined where this Node has none. */
export const own = process.getBuiltinModule?.('node:sqlite');

function load() {
  try {
    const found = createRequire(new URL('package.json', folder))('better-sqlite3');
    new found(':memory:').close();
    return found;
  } catch {
    // Not there, or compiled for another Node.
    return undefined;
  }
}

/** The class of better-sqlite3, or undefined. */
export const Better = load();

if (Better !== undefined) {
  // The package looks for it where the program is installed; here, and in the processes that tests start, that is this folder.
  process.env.NODE_PATH = fileURLToPath(new URL('node_modules', folder));
  Module._initPaths();
}

/** Why tests with SQLite cannot run here; false: they can. In CI they must. */
export const noSqlite =
  own !== undefined || Better !== undefined || process.env.CI
    ? false
    : 'no node:sqlite, nor better-sqlite3: npm ci --prefix test/better-sqlite3';

/** A connection of the test's own. */
export const openSqlite = (path) => (own === undefined ? new Better(path) : new own.DatabaseSync(path));
