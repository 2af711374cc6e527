import { fs, path } from './builtins';

const PACKAGE = 'headlessid';

/** "linux-x64", "linux-arm64-musl", "darwin-arm64": what a directory of prebuilds is named. */
export function platform(): string {
  return `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`;
}

/** Whether node itself was built for musl: its own file names the loader near its start. */
export function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  let file: number | undefined;
  try {
    file = fs.openSync(process.execPath, 'r');
    const head = Buffer.alloc(8192);
    return head.subarray(0, fs.readSync(file, head)).includes('/ld-musl-');
  } catch {
    return false;
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

/** Where a file that was built for this system (the addon, the command) may be, best first. */
export interface Places {
  readonly paths: readonly string[];
  /** A bundler has moved this code out of its package. */
  readonly bundled: boolean;
}

export function placesOf(file: string): Places {
  const own = ownFolder();
  const root = own === undefined ? undefined : path.join(own, '..');
  if (root !== undefined && isPackage(root)) return { paths: inPackage(root, file), bundled: false };
  // Next to the bundle or the program, then where `require` would look from there. Not below the working directory:
  // what lies there need not be the program's, and it would be run.
  const program = process.argv[1];
  const starts = [own, program === undefined ? undefined : path.dirname(path.resolve(program))];
  const folders = [...new Set(starts.filter((start) => start !== undefined))];
  const packages = folders.flatMap(upwards).map((folder) => path.join(folder, 'node_modules', PACKAGE));
  const paths = [...folders.map((folder) => path.join(folder, file)), ...packages.flatMap((folder) => inPackage(folder, file))];
  return { paths: [...new Set(paths)], bundled: true };
}

/** The folder of this code; undefined in a bundle of ES modules. */
function ownFolder(): string | undefined {
  return typeof __dirname === 'string' ? __dirname : undefined;
}

function isPackage(folder: string): boolean {
  try {
    return (JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as { name?: unknown }).name === PACKAGE;
  } catch {
    return false;
  }
}

function inPackage(folder: string, file: string): string[] {
  return [path.join(folder, 'prebuilds', platform(), file), path.join(folder, 'build', 'Release', file)];
}

function upwards(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}
