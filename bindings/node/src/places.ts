import { fs, module, path } from './builtins';

const PACKAGE = 'headlessid';
export const VERSION = '0.1.0';

/** The systems that there is an optional package for (tools/package/targets.py). */
export const PREBUILT: readonly string[] = ['linux-x64-gnu', 'linux-x64-musl', 'linux-arm64-gnu', 'linux-arm64-musl'];

/** "linux-x64-gnu", "linux-arm64-musl", "darwin-arm64": a system that files are built for. */
export function platform(): string {
  const libc = process.platform !== 'linux' ? '' : isMusl() ? '-musl' : '-gnu';
  return `${process.platform}-${process.arch}${libc}`;
}

/** The optional package with what was built for this system. */
export function prebuiltPackage(): string {
  return `@${PACKAGE}/${platform()}`;
}

/** Never `npx` alone: in a folder without this package it would fetch whatever has that name from the registry. */
export const BUILD = '`npx --no headlessid-build` (with pnpm: `pnpm exec headlessid-build`)';

/** What installs the files for this system; undefined where no package fits. */
export function installation(): string | undefined {
  return PREBUILT.includes(platform()) ? `\`npm install ${prebuiltPackage()}@${VERSION}\`` : undefined;
}

/** Whether node itself was built for musl, by what its file is started with. */
export function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  let file: number | undefined;
  try {
    file = fs.openSync(process.execPath, 'r');
    return loaderOf(file).includes('/ld-musl-');
  } catch {
    return false;
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

/** The loader that a program asks for. Its name may be anywhere: patchelf, which PyPI's Node went through, moves it. */
function loaderOf(file: number): string {
  const head = partOf(file, 0, 64);
  // 64 bits, the low byte first: as all of PREBUILT are.
  if (head[4] !== 2 || head[5] !== 1) return '';
  const size = head.readUInt16LE(54);
  const table = partOf(file, Number(head.readBigUInt64LE(32)), size * head.readUInt16LE(56));
  for (let at = 0; at < table.length; at += size) {
    const isLoader = table.readUInt32LE(at) === 3;
    if (isLoader) return partOf(file, Number(table.readBigUInt64LE(at + 8)), Number(table.readBigUInt64LE(at + 32))).toString();
  }
  return '';
}

function partOf(file: number, position: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  return bytes.subarray(0, fs.readSync(file, bytes, 0, size, position));
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
  const paths = [
    ...folders.map((folder) => path.join(folder, file)),
    ...packages.flatMap((folder) => inPackage(folder, file)),
    ...folders.flatMap((folder) => prebuilt(folder, file)),
  ];
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

/** What was built in the package comes first: it was asked for by name. */
function inPackage(folder: string, file: string): string[] {
  return [path.join(folder, 'build', 'Release', file), ...prebuilt(folder, file)];
}

/** The file in the optional package that `require` would find from this folder; pnpm links to the real one, whose neighbour it is. */
function prebuilt(folder: string, file: string): string[] {
  try {
    const { resolve } = module.createRequire(path.join(fs.realpathSync(folder), 'package.json'));
    return [path.join(path.dirname(resolve(`${prebuiltPackage()}/package.json`)), file)];
  } catch {
    return [];
  }
}

function upwards(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}
