// The org's side in Node: the same files, rules and texts as the command's, typed, and off the event loop.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs, { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import { HeadlessIdError, org } from 'headlessid';

import { commands } from '../scripts/paths.mjs';

const command = process.env.HEADLESSID_CLI || (commands.find(existsSync) ?? 'headlessid');
const root = resolve(fileURLToPath(import.meta.url), '../..');
const withPart = { skip: !org.isAvailable() && "a build without the org's side" };
const wish = {
  name: 'AcmeShop',
  flows: ['login', 'guest'],
  contactEmail: 'ops@acme.example',
  client: 'public',
  redirectUris: ['https://app.acme.example/callback'],
};
const wanted = { flows: ['login', 'guest'], client: 'public' };
const filesOf = async (changes = {}) => Object.fromEntries((await org.generate({ ...wish, ...changes })).files);
const write = (folder, files) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
};
const refusal = (field) => (error) =>
  error instanceof HeadlessIdError && error.kind === 'ARGUMENT' && error.field === field && error.message.startsWith(`${field} `);

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'headlessid-org-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('a build without it says so', { skip: org.isAvailable() && "a build with the org's side" }, async () => {
  for (const call of [() => org.lint(join(folder, 'missing')), () => org.generate(wish), () => org.explain('login')])
    await assert.rejects(call, ({ kind, reason, message }) => kind === 'STATE' && reason === 'no_org_part' && /HLID_ORG/.test(message));
});

test('what is generated has nothing to change', withPart, async () => {
  const report = await org.lint(await filesOf(), wanted);
  assert.equal(report.ok, true);
  assert.deepEqual(report.findings, []);
  assert.equal(report.apiVersion, 67);
  const [app] = report.apps;
  assert.equal(`${app.name} ${app.kind}`, 'AcmeShop external_client_app');
  assert.deepEqual(
    app.flows.map(({ flow, verdict }) => [flow, verdict]),
    [
      ['login', 'works'],
      ['guest', 'works'],
    ],
  );
  assert.equal((await org.lint(new Map(Object.entries(await filesOf())), wanted)).ok, true);
});

test('a finding says where and what', withPart, async () => {
  const files = await filesOf();
  const path = Object.keys(files).find((name) => name.includes('GlobalOauth') || name.includes('GlblOauth'));
  files[path] = files[path].replace('</ExtlClntAppGlobalOauthSettings>', '</Other>');
  const report = await org.lint(files, wanted);
  assert.equal(report.ok, false);
  const finding = report.findings.find(({ file }) => file === path);
  assert.equal(finding.severity, 'error');
  assert.ok(finding.line > 0);
  assert.ok(report.text.includes(`${path}:${finding.line}: error: ${finding.message} ${finding.change}`), report.text);
});

test('a flow that does not work is not ok only where it is wanted', withPart, async () => {
  const files = await filesOf();
  const all = await org.lint(files);
  assert.equal(all.ok, true);
  assert.doesNotMatch(all.text, /client_credentials/);
  const report = await org.lint(files, { flows: ['client_credentials'] });
  const [verdict] = report.apps[0].flows;
  assert.equal(`${report.ok} ${verdict.verdict}`, 'false does_not');
  assert.ok(verdict.findings.length > 0 && verdict.findings.every((finding) => report.findings.includes(finding)));
  assert.match(report.text, /AcmeShop: client_credentials does not work: /);
});

test('files without an app are not ok where flows are wanted', withPart, async () => {
  const files = Object.fromEntries(Object.entries(await filesOf()).filter(([name]) => name.endsWith('package.xml')));
  assert.equal((await org.lint(files)).ok, true);
  const report = await org.lint(files, wanted);
  assert.equal(`${report.ok} ${report.text}`, 'false these files have no app (1 read)');
});

test('reads the files that the command reads', withPart, async () => {
  const project = write(join(folder, 'shop'), await filesOf());
  const main = join(project, 'force-app/main/default');
  const bad = Buffer.from('<ExternalClientApplication>\xff</ExternalClientApplication>', 'latin1');
  write(main, {
    'externalClientApps/Bad.eca-meta.xml': bad,
    'Shop.network': '\ufeff \n<Network/>',
    'notes.txt': 'no file of the org',
    '.sfdx/Hidden.eca-meta.xml': '<ExternalClientApplication/>',
    'node_modules/Hidden.eca-meta.xml': '<ExternalClientApplication/>',
  });
  symlinkSync(join(main, 'Shop.network'), join(main, 'Link.eca-meta.xml'));
  execFileSync('mkfifo', [join(main, 'Pipe.eca-meta.xml')]);
  symlinkSync(join(project, 'force-app'), join(folder, 'link'));
  for (const place of [project, join(project, 'force-app'), join(folder, 'link'), join(main, 'Shop.network')]) {
    const { stdout } = spawnSync(command, ['org', 'lint', place, '--json', '--flows', 'login'], { encoding: 'utf8' });
    const said = JSON.parse(stdout);
    for (const source of [place, pathToFileURL(place)]) {
      const report = await org.lint(source, { flows: ['login'] });
      assert.equal(report.filesRead, said.files_read);
      assert.deepEqual(
        report.findings.map(({ id, file, line, message }) => [id, file ?? '', line ?? 0, message]),
        said.findings.map(({ id, file, line, message }) => [id, file, line, message]),
      );
      assert.doesNotMatch(report.text, /Hidden|Link|Pipe/);
    }
  }
});

test('reads a zip by its path and its bytes', withPart, async () => {
  const { zip } = await org.generate({ ...wish, format: 'mdapi' });
  writeFileSync(join(folder, 'shop.zip'), zip);
  // One app, and no guess where the file that decides is not there.
  const part = Object.fromEntries(Object.entries(await filesOf()).filter(([name]) => !name.includes('GlobalOauth')));
  const asked = { flows: ['login'], client: 'public' };
  const open = await org.lint(part, asked);
  assert.deepEqual([open.ok, open.findings.find(({ id }) => id === 'file_not_here').stopsDeployment], [true, false]);
  assert.equal((await org.lint(part, { ...asked, app: 'AcmeShop', strict: true })).ok, false);
  await assert.rejects(org.lint(part, { app: 'Other' }), refusal('app'));
  for (const source of [zip, join(folder, 'shop.zip')]) assert.equal((await org.lint(source, wanted)).ok, true);
});

test('wrong options are named as they were given', withPart, async () => {
  const files = await filesOf();
  for (const [field, value] of Object.entries({ flows: ['logn'], client: 'secret', uses: ['cookies'], apiVersion: 'new', flow: ['login'] }))
    await assert.rejects(org.lint(files, { [field]: value }), refusal(field));
  await assert.rejects(org.lint(files, { uses: ['cookies'] }), /uses knows login_hint, emailtemplate and tokens_of_other_apps/);
  for (const [field, value] of Object.entries({
    flows: 'login',
    contactEmail: 'not an address',
    redirectUris: ['there'],
    redirectUri: 'x',
  }))
    await assert.rejects(org.generate({ ...wish, [field]: value }), refusal(field));
  mkdirSync(join(folder, 'empty'));
  await assert.rejects(org.lint(join(folder, 'empty')), refusal('source'));
  await assert.rejects(org.lint(join(folder, 'missing')), { code: 'ENOENT' });
  await assert.rejects(org.lint({ 'a.xml': 1 }), TypeError);
  await assert.rejects(org.lint(null), TypeError);
});

test('a text that is not Unicode is a finding at its file', withPart, async () => {
  const bad = { 'externalClientApps/Bad.eca': '<ExternalClientApplication>\ud83d</ExternalClientApplication>' };
  const report = await org.lint({ ...(await filesOf()), ...bad });
  assert.deepEqual(
    report.findings.filter(({ severity }) => severity === 'error').map(({ id, file }) => [id, file]),
    [['xml_encoding', 'externalClientApps/Bad.eca']],
  );
  const named = await org.lint({ 'x\ud83d.eca': '<a', 'y\udc00.eca': '<a>\u{1f600}</a' });
  assert.deepEqual(
    named.findings.map(({ file }) => file),
    ['x\ufffd.eca', 'y\ufffd.eca'],
  );
});

test('what cannot be read is named', withPart, async () => {
  const place = join(folder, 'odd');
  mkdirSync(join(place, 'externalClientApps'), { recursive: true });
  const name = Buffer.concat([Buffer.from(join(place, 'externalClientApps/Sh')), Buffer.from([0xf6]), Buffer.from('p.eca')]);
  writeFileSync(name, '<ExternalClientApplication>');
  assert.equal((await org.lint(place)).findings[0].file, 'externalClientApps/Sh\ufffdp.eca');
  symlinkSync(join(place, 'loop'), join(place, 'loop'));
  await assert.rejects(org.lint(join(place, 'loop')), { code: 'ELOOP', path: join(place, 'loop') });
  execFileSync('mkfifo', [join(place, 'pipe.eca')]);
  await assert.rejects(org.lint(join(place, 'pipe.eca')), refusal('source'));
  writeFileSync(join(place, 'empty.eca'), '');
  await assert.rejects(org.lint(join(place, 'empty.eca')), refusal('source'));
  writeFileSync(join(place, 'Empty.eca-meta.xml'), '');
  assert.equal((await org.lint(join(place, 'Empty.eca-meta.xml'))).findings[0].id, 'xml_empty');
  // A folder that vanishes once it has been seen.
  symlinkSync(place, join(place, 'externalClientApps', 'up'));
  const { readdir } = fs.promises;
  fs.promises.readdir = (path, options) => readdir(`${path}`.endsWith('Apps') ? join(place, 'gone') : path, options);
  try {
    await assert.rejects(org.lint(place), { code: 'ENOENT', path: join(place, 'gone') });
  } finally {
    fs.promises.readdir = readdir;
  }
});

test('a code with several meanings has each with its hint', withPart, async () => {
  const code = (await org.explain('inactive_user')).entries.find(({ kind }) => kind === 'error_code');
  assert.equal(code.hint, '');
  assert.equal(code.meanings[0].reason, 'inactive_user');
  assert.ok(code.meanings[0].hint !== '' && code.meanings.some(({ reason }) => reason === 'invalid_credentials'));
  assert.notEqual((await org.explain('no word of this at all is a setting')).advice, '');
});

test('a second app joins the files of the first', withPart, async () => {
  const existing = await filesOf();
  const second = await org.generate({
    name: 'Batch',
    flows: ['client_credentials'],
    contactEmail: 'ops@acme.example',
    runAsUser: 'integration@acme.example',
    existing,
  });
  assert.deepEqual(second.merged, ['manifest/package.xml']);
  for (const name of ['AcmeShop', 'Batch']) assert.ok(second.files.get('manifest/package.xml').includes(`>${name}<`));
  assert.ok(second.files.has('SETUP-Batch.md') && !second.files.has('sfdx-project.json'));
});

test('explains words', withPart, async () => {
  const [entry] = (await org.explain('app_callback')).entries;
  assert.equal(`${entry.kind}: ${entry.setup}`, 'setting: the app > Callback URL');
  assert.ok(entry.metadata.some(({ type, element }) => type === 'ExtlClntAppGlobalOauthSettings' && element === 'callbackUrl'));
  assert.equal(
    (await org.explain('ExternalClientApplication')).entries.find(({ kind }) => kind === 'type').file.folder,
    'externalClientApps',
  );
  const unknown = await org.explain('app_calback');
  assert.ok(unknown.entries.length === 0 && unknown.nearest.includes('app_callback'));
  await assert.rejects(org.explain(' '), refusal('word'));
});

test('the event loop goes on while many files are checked', withPart, async () => {
  const file = `<ExternalClientApplication>${'<label>x</label>\n'.repeat(4000)}</ExternalClientApplication>`;
  const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`externalClientApps/A${i}.eca-meta.xml`, file]));
  let done = false;
  const linting = org.lint(files).then(() => (done = true));
  await new Promise(setImmediate);
  let turns = 0;
  while (!done) {
    turns += 1;
    await new Promise((next) => setTimeout(next, 1));
  }
  await linting;
  assert.ok(turns > 5, `${turns} turns`);
});

test('a worker may end in the middle of a call', withPart, async () => {
  const program = `
    const { org } = require(${JSON.stringify(root)});
    const files = {};
    for (let i = 0; i < 500; ++i) files['externalClientApps/A' + i + '.eca-meta.xml'] = '<ExternalClientApplication><label>x</label></ExternalClientApplication>';
    org.lint(files);
    require('node:worker_threads').parentPort.postMessage('started');`;
  const worker = new Worker(program, { eval: true });
  await new Promise((started) => worker.once('message', started));
  await worker.terminate();
});

test('the page has a job that runs', withPart, async () => {
  const page = readFileSync(join(root, '../../docs/org.md'), 'utf8');
  const code = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(([, text]) => text).find((text) => text.includes('org.lint'));
  // Below this package, so that its own name is found.
  const place = join(root, 'build', 'org-job');
  rmSync(place, { recursive: true, force: true });
  cpSync(join(root, '../../examples/org'), place, { recursive: true });
  writeFileSync(join(place, 'org.test.mjs'), code);
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT;
  const job = () => spawnSync(process.execPath, ['--test', 'org.test.mjs'], { cwd: place, encoding: 'utf8', env });
  const good = job();
  assert.equal(good.status, 0, good.stdout);
  const path = 'force-app/main/default/extlClntAppOauthSettings/AcmeShop.ecaOauth-meta.xml';
  writeFileSync(join(place, path), readFileSync(join(place, path), 'utf8').replace('</ExtlClntAppOauthSettings>', ''));
  const bad = job();
  assert.equal(bad.status, 1);
  assert.ok(bad.stdout.includes(`${path}:`), bad.stdout);
  rmSync(place, { recursive: true });
});
