#!/usr/bin/env node
// `npx --no headlessid ...`: starts the native command. HEADLESSID_CLI names one of yours; otherwise it is the one
// built with the package, that of the optional package for this system, or one on the PATH. That may be a script that leads back here (pip's, npm's, a wrapper's);
// so as not to go round in circles, only the package's own command then counts.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { commands, prebuiltPackage } from './paths.mjs';

const STARTED = 'HEADLESSID_STARTED_BY_NPM';
const self = realpathSync(fileURLToPath(import.meta.url));

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return realpathSync(path) !== self;
  } catch {
    return false;
  }
}

function find() {
  const own = commands.find((path) => existsSync(path));
  if (process.env[STARTED] !== undefined) return own;
  const onPath = () =>
    (process.env.PATH ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, 'headlessid'))
      .find(executable);
  return process.env.HEADLESSID_CLI || own || onPath();
}

function fail(message) {
  process.stderr.write(`headlessid: ${message}\n`);
  process.exitCode = 127;
}

const howToGetIt = `install ${prebuiltPackage}, or build one with \`npx --no headlessid-build\` (with pnpm: \`pnpm exec headlessid-build\`), which needs nlohmann-json for it`;
const command = find();
if (command === undefined) {
  fail(
    process.env[STARTED] === undefined
      ? `there is no command for this system, and none is on the PATH: ${howToGetIt}, or set HEADLESSID_CLI to the path of one`
      : 'HEADLESSID_CLI or the PATH leads back to this very script, and there is no command for this system: set HEADLESSID_CLI ' +
          `to the path of a native one, or ${howToGetIt}`,
  );
} else {
  const child = spawn(command, process.argv.slice(2), { stdio: 'inherit', env: { ...process.env, [STARTED]: '1' } });
  const atTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']) {
    // A terminal sends these two to the command as well, which must not get them twice.
    const sentToBoth = atTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
    process.on(signal, () => sentToBoth || child.kill(signal));
  }
  child.on('error', ({ code, message }) => fail(`cannot start ${command}: ${code === 'ENOENT' ? 'there is no such file' : message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
    } else {
      // End as the command ended, so that the caller sees the same.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
