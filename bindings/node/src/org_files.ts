// Files of an org's configuration, read for the linter: by the same rules as `headlessid org lint`.
import { badArgument } from './errors';
import { fs, path } from './builtins';

/** A file as the library's request has it. */
export interface RequestFile {
  readonly path: string;
  readonly text?: string;
  readonly base64?: string;
}

/** What a request says of its files. */
export type FileMembers = { readonly files: readonly RequestFile[] } | { readonly zip_base64: string };

const MOST_BYTES_OF_A_FILE = 16 * 2 ** 20;
const MOST_BYTES = 64 * 2 ** 20;
const MOST_FILES = 20_000;
const MOST_LEVELS = 32;
// They count too where they lie above the folder, in its project.
const ABOVE = ['.gitignore', '.forceignore', 'sfdx-project.json'];

/** A folder with all below it, a zip, or one file. */
export async function readPath(given: string | URL): Promise<FileMembers> {
  // A link that is named is followed; those found below it are not.
  const named = await fs.promises.realpath(given);
  const facts = await fs.promises.lstat(named);
  if (facts.isDirectory()) return readFolder(named);
  if (!facts.isFile()) throw badArgument('source', 'is neither a folder nor a plain file');
  const content = (await read(named, MOST_BYTES)) ?? Buffer.alloc(0);
  if (content.subarray(0, 2).toString('latin1') === 'PK') return zipOf(content);
  const name = path.basename(named);
  if (!counts(name, content)) throw badArgument('source', "is neither a zip nor a file of an org's configuration");
  return { files: [fileOf(name, content)] };
}

export function zipOf(content: Uint8Array): FileMembers {
  return { zip_base64: bufferOf(content).toString('base64') };
}

// Half of a surrogate pair, which UTF-8 has no bytes for.
const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const LONES = new RegExp(LONE, 'g');

export function fileOf(given: string, content: string | Uint8Array): RequestFile {
  const name = given.replace(LONES, '\uFFFD');
  if (typeof content === 'string') {
    if (!LONE.test(content)) return { path: name, text: content };
    // A byte that is not UTF-8 either, so that the linter says of this file that it cannot be read.
    const parts = content.split(LONE).flatMap((part, i) => [Buffer.from(i === 0 ? [] : [0xff]), Buffer.from(part)]);
    return { path: name, base64: Buffer.concat(parts).toString('base64') };
  }
  if (!(content instanceof Uint8Array)) throw new TypeError('a file must be a string or a Uint8Array');
  try {
    // toString() would replace what is not UTF-8.
    return { path: name, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content) };
  } catch {
    return { path: name, base64: bufferOf(content).toString('base64') };
  }
}

function bufferOf(content: Uint8Array): Buffer {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}

async function readFolder(folder: string): Promise<FileMembers> {
  const project = projectOf(folder);
  const files: RequestFile[] = [];
  let bytes = 0;
  const add = async (file: string | Buffer): Promise<void> => {
    const shown = file.toString();
    const name = path.basename(shown);
    if (!isKnown(name) && (await fs.promises.lstat(file)).size > MOST_BYTES_OF_A_FILE) return;
    const content = await read(file, MOST_BYTES_OF_A_FILE);
    if (content === undefined || !counts(name, content)) return;
    bytes += content.length;
    if (files.length === MOST_FILES || bytes > MOST_BYTES)
      throw badArgument('source', 'has more than 20,000 files or 64 MiB of them: name a folder further down');
    files.push(fileOf(path.relative(project, shown).split(path.sep).join('/'), content));
  };
  for (let at = folder; at !== project;) {
    at = path.dirname(at);
    for (const name of ABOVE) if (isPlain(path.join(at, name))) await add(path.join(at, name));
  }
  for await (const file of below(folder, 1)) await add(file);
  if (files.length === 0) throw badArgument('source', "has no file of an org's configuration");
  return { files };
}

// Names are bytes: as text, one that is not UTF-8 would name no file.
async function* below(folder: string | Buffer, level: number): AsyncGenerator<Buffer> {
  if (level > MOST_LEVELS) throw badArgument('source', 'has more than 32 levels of folders');
  const entries = await fs.promises.readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  entries.sort((a, b) => Buffer.compare(a.name, b.name));
  for (const entry of entries) {
    const file = Buffer.concat([Buffer.from(folder), Buffer.from(path.sep), entry.name]);
    const name = entry.name.toString();
    if (entry.isDirectory()) {
      // .git, .sf, .sfdx and what npm brings.
      if (!name.startsWith('.') && name !== 'node_modules') yield* below(file, level + 1);
    } else if (entry.isFile()) {
      yield file;
    }
  }
}

/** Undefined where it is not a plain file, or is a link. */
async function read(file: string | Buffer, most: number): Promise<Buffer | undefined> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  // Without waiting for a pipe that has no writer.
  const handle = await fs.promises.open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) return undefined;
    if (facts.size > most)
      throw badArgument('source', `has a file that is larger than ${most / 2 ** 20} MiB: ${path.basename(file.toString())}`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** The repository's folder, else the project's, else the folder itself. */
function projectOf(folder: string): string {
  for (const mark of ['.git', 'sfdx-project.json']) {
    for (let at = folder; ; at = path.dirname(at)) {
      if (fs.existsSync(path.join(at, mark))) return at;
      if (at === path.dirname(at)) break;
    }
  }
  return folder;
}

function isPlain(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isKnown(name: string): boolean {
  return name.endsWith('-meta.xml') || name.endsWith('.cls') || name === 'package.xml' || ABOVE.includes(name);
}

/** Files of the format mdapi have endings of their own; they begin as XML does. */
function counts(name: string, content: Buffer): boolean {
  return isKnown(name) || /^(?:\xef\xbb\xbf)?[ \t\r\n]*</.test(content.subarray(0, 1024).toString('latin1'));
}
