// Plays the recorded conversations of tests/vectors (format: tests/vectors/README.md) through this binding's own
// step loop.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { App, catalogue, Flow } from 'headlessid';

export const directory = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../tests/vectors');

// [[name, vector], ...]: each file by itself, and each of its variants.
export function everyVector(from = directory) {
  const all = [];
  for (const file of readdirSync(from, { recursive: true }).map(String).sort()) {
    if (!file.endsWith('.json')) continue;
    const vector = parse(readFileSync(join(from, file), 'utf8'));
    const { variants = [], ...base } = vector;
    if (base.end !== undefined || base.refused !== undefined) all.push([`${file}: ${base.about ?? ''}`, base]);
    for (const variant of variants) all.push([`${file}: ${variant.about ?? JSON.stringify(variant)}`, merge(base, variant)]);
  }
  return all;
}

// Times beyond 2^53 must arrive exactly; JSON.parse would round them.
function parse(text) {
  return JSON.parse(text.replace(/("(?:now_ms|advance_ms)"\s*:\s*)(-?\d{16,})/g, '$1"$2"'));
}

function merge(base, { response, no_response: noResponse, settings, parameters, cases, ...rest }) {
  const merged = { ...structuredClone(base), ...rest };
  for (const [name, change] of Object.entries({ settings, parameters })) {
    if (change === undefined) continue;
    merged[name] = { ...merged[name] };
    for (const [key, value] of Object.entries(change)) {
      if (value === null) delete merged[name][key];
      else merged[name][key] = value;
    }
  }
  if (rest.refused !== undefined) {
    delete merged.steps;
    delete merged.end;
  } else if (rest.end !== undefined) {
    delete merged.refused;
  }
  const last = merged.steps?.at(-1);
  if (last !== undefined && (response !== undefined || noResponse !== undefined)) {
    delete last.response;
    delete last.no_response;
    if (response !== undefined) last.response = response;
    else last.no_response = noResponse;
  }
  return merged;
}

export const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

const known = catalogue();

// Names of settings and parameters are spelled in messages, hints and fields as this package spells them. A scope is not
// one of them, though a parameter has its name.
const spellings = new Set(
  [known.settings, ...known.flows.flatMap(({ parameters, asks }) => [parameters, asks])].flat().map(({ name }) => name),
);
const spelled = (text) => text.replace(/[a-z0-9_]+/g, (word) => (spellings.has(word) ? camel(word) : word));

// Names that the catalogue knows are given as JavaScript names them, others as they are.
function named(values, specs) {
  const names = new Set(specs.map((spec) => spec.name));
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [names.has(name) ? camel(name) : name, value]));
}

// What must be equal: a text in which ${name} stands for a value that is the same wherever it stands.
class Captures {
  values = new Map();

  given(value) {
    if (typeof value === 'string') {
      return value.replace(/\$\{(\w+)(\|form)?\}/g, (_, name, form) => {
        assert.ok(this.values.has(name), `\${${name}} was not captured yet`);
        return form ? encodeURIComponent(this.values.get(name)) : this.values.get(name);
      });
    }
    if (Array.isArray(value)) return value.map((item) => this.given(item));
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.given(item)]));
    }
    return value;
  }

  expect(expected, found, where) {
    if (typeof expected !== 'string' || !expected.includes('${')) return assert.deepEqual(found, expected, where);
    assert.equal(typeof found, 'string', `${where}: is missing`);
    const names = [];
    const pattern = expected
      .split(/(\$\{\w+(?:\|form)?\})/)
      .map((part) => {
        const match = /^\$\{(\w+)(\|form)?\}$/.exec(part);
        if (match === null) return escape(part);
        const [, name, form] = match;
        if (this.values.has(name)) return escape(form ? encodeURIComponent(this.values.get(name)) : this.values.get(name));
        names.push([name, form]);
        return '(.+?)';
      })
      .join('');
    const match = new RegExp(`^${pattern}$`, 's').exec(found);
    assert.ok(match, `${where}: ${JSON.stringify(found)} is not ${expected}`);
    names.forEach(([name, form], i) => this.values.set(name, form ? decodeURIComponent(match[i + 1].replaceAll('+', ' ')) : match[i + 1]));
  }

  // Text or bytes that the vector describes.
  bytes(value) {
    if (value === undefined) return '';
    if (Array.isArray(value)) return Buffer.concat(value.map((part) => Buffer.from(this.bytes(part))));
    if (typeof value === 'string') return this.given(value);
    if ('repeat' in value) return this.given(value.repeat).repeat(value.times);
    if ('base64' in value) return Buffer.from(value.base64, 'base64');
    if ('json' in value) return JSON.stringify(this.given(value.json));
    throw new Error(`the vector's value is not known: ${JSON.stringify(value)}`);
  }
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const mapValues = (object, change) => Object.fromEntries(Object.entries(object ?? {}).map(([key, value]) => [key, change(value)]));

const sealKeys = `k1:${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')}`;

// A flow out of a ticket of this one, which must ask the same.
function throughTicket(app, flow, { binding }, now) {
  const ticket = flow.seal(binding, now);
  flow.close();
  const other = app.unseal(ticket, binding, { now });
  return [other, other.next(now)];
}

// Plays one vector to its end. Returns what ended it.
export function play(vector) {
  const captures = new Captures();
  const settings = named(
    mapValues(vector.settings, (value) => captures.bytes(value)),
    known.settings,
  );
  // A conversation that travels needs a key, any key; one that starts from a ticket has its own.
  if (vector.steps?.some(({ ticket }) => ticket !== undefined)) settings.sealKeys ??= sealKeys;
  if (vector.refused?.at === 'settings') return refused(vector.refused, () => new App(settings));
  const app = new App(settings);

  const open = () => app.unseal(captures.bytes(vector.ticket), vector.binding, { now: BigInt(vector.now_ms), flow: vector.wanted_flow });
  if (vector.refused?.at === 'ticket') return refused(vector.refused, open);
  const spec = known.flows.find((flow) => flow.name === vector.flow);
  const parameters = named(
    mapValues(vector.parameters, (value) => captures.bytes(value)),
    spec?.parameters ?? [],
  );
  if (vector.refused?.at === 'flow' || vector.refused?.at === 'parameter')
    return refused(vector.refused, () => app.flow(vector.flow, parameters));
  let flow = vector.ticket === undefined ? app.flow(vector.flow, parameters) : open();
  try {
    let now = BigInt(vector.now_ms ?? 1767225600000);
    if (vector.refused !== undefined) return refused(vector.refused, () => flow.next(now));
    giveOffers(captures, flow, vector.offer);
    for (const [index, expected] of (vector.steps ?? []).entries()) {
      if (expected.advance_ms !== undefined) now += BigInt(expected.advance_ms);
      let step = flow.next(now);
      const where = `step ${index + 1}`;
      if (step.step === 'FAILED' && expected.step !== 'FAILED') throw step.error;
      assert.equal(step.step, expected.step, where);
      // Of a page that asks for nothing, a second call says that it was shown.
      if (step.step !== 'SHOW' || step.name !== undefined) assert.equal(flow.next(now).step, expected.step, `${where}: asked again`);
      compareAsked(captures, expected, step, where);
      giveOffers(captures, flow, expected.offer);
      if (expected.ticket !== undefined) {
        const before = step;
        [flow, step] = throughTicket(app, flow, expected.ticket === true ? {} : expected.ticket, now);
        assert.equal(step.step, before.step, `${where}: out of the ticket`);
        assert.equal(step.name, before.name, `${where}: out of the ticket`);
        assert.equal(step.url, before.url, `${where}: out of the ticket`);
      }
      if (step.step === 'SEND') compareRequest(captures, expected.request ?? {}, step.request, where);
      if (step.step === 'WAIT') {
        const wait = BigInt(step.untilMs) - now;
        assert.ok(wait > 0n && wait <= BigInt(expected.wait_at_most_ms ?? wait), `${where}: waits ${wait} ms`);
        now = BigInt(step.untilMs);
      } else if (expected.response !== undefined) {
        flow.giveResponse({
          status: expected.response.status,
          httpVersion: expected.response.http_version ?? 0,
          headers: (expected.response.headers ?? []).map(([name, value]) => [captures.bytes(name), captures.bytes(value)]),
          body: captures.bytes(expected.response.body),
        });
      } else if (expected.no_response !== undefined) {
        flow.giveNoResponse(expected.no_response.sent, expected.no_response.why);
      } else if (expected.resend || expected.value !== undefined) {
        const { parameters: specs } = known.flows.find(({ name }) => name === flow.name);
        flow.set(
          named(
            mapValues(expected.set, (value) => captures.bytes(value)),
            specs,
          ),
        );
        for (const { name, value, error } of expected.refuses ?? []) {
          refused({ at: 'a value', error }, () => flow.giveValue(name, captures.bytes(value)));
        }
        if (expected.resend) flow.resend();
        else flow.giveValue(expected.value.name, captures.bytes(expected.value.value));
      } else if (expected.give_nothing !== undefined) {
        flow.giveNothing(expected.give_nothing.why);
      }
    }
    if (vector.end.advance_ms !== undefined) now += BigInt(vector.end.advance_ms);
    const end = flow.next(now);
    if (end.step === 'FAILED' && vector.end.step === 'DONE') throw end.error;
    assert.equal(end.step, vector.end.step);
    if (end.step === 'DONE') compareResult(captures, vector.end, end.result);
    else compareError(captures, vector.end.error ?? {}, end.error);
    assert.equal(flow.next(now).step, end.step, 'an end stays the end');
    giveOffers(captures, flow, vector.end.offer);
    return end;
  } finally {
    flow.close();
  }
}

// Values before they are asked for.
function giveOffers(captures, flow, offers = []) {
  for (const { name, value, error } of offers) {
    if (error === undefined) flow.offer(name, captures.bytes(value));
    else refused({ at: 'an offer', error }, () => flow.offer(name, captures.bytes(value)));
  }
}

function refused(expected, call) {
  try {
    call();
  } catch (error) {
    compareError(new Captures(), expected.error, error);
    return { step: 'REFUSED', error };
  }
  return assert.fail(`nothing was refused at ${expected.at}`);
}

// ASK, SHOW and SIGN, as far as the vector says.
function compareAsked(captures, { ask = {}, show = {}, sign = {} }, step, where) {
  for (const [member, value] of Object.entries(ask)) {
    if (member !== 'problem') assert.equal(step[member], value, `${where}: ${member}`);
    else if (value === null) assert.equal(step.problem, undefined, where);
    else compareError(captures, value, step.problem ?? {});
  }
  for (const [member, value] of Object.entries(show)) {
    captures.expect(value, step[member === 'verification_uri' ? 'verificationUri' : member], `${where}: ${member}`);
  }
  for (const [member, value] of Object.entries(sign)) {
    captures.expect(value, member === 'input' ? Buffer.from(step.input).toString('latin1') : step[member], `${where}: ${member}`);
  }
}

function compareRequest(captures, expected, request, where) {
  for (const [member, value] of Object.entries(expected)) {
    const what = `${where}: ${member}`;
    switch (member) {
      case 'name':
      case 'method':
      case 'url':
        captures.expect(value, request[member], what);
        break;
      case 'retry_safe':
        assert.equal(request.retrySafe, value, what);
        break;
      case 'prefers_http2':
        assert.equal(request.prefersHttp2, value, what);
        break;
      case 'headers':
        comparePairs(
          captures,
          value,
          request.headers.map(([name, text]) => [name.toLowerCase(), text]).filter(([name]) => name !== 'accept' && name !== 'user-agent'),
          what,
        );
        break;
      case 'form':
        comparePairs(captures, value, [...new URLSearchParams(Buffer.from(request.body ?? []).toString('utf8'))], what);
        break;
      case 'body':
        captures.expect(
          typeof value === 'string' ? value : Buffer.from(captures.bytes(value)).toString('utf8'),
          Buffer.from(request.body ?? []).toString('utf8'),
          what,
        );
        break;
      default:
        assert.fail(`${what} is not known to this player`);
    }
  }
}

function comparePairs(captures, expected, found, where) {
  assert.deepEqual(found.map(([name]) => name).sort(), Object.keys(expected).sort(), where);
  for (const [name, value] of Object.entries(expected)) {
    captures.expect(typeof value === 'string' ? value : captures.bytes(value), new Map(found).get(name), `${where}: ${name}`);
  }
}

// As the vectors have it. A visitor is its JSON text.
function textOf(found) {
  if (found === undefined) return undefined;
  if (Array.isArray(found)) return found.join(' ');
  return typeof found.toJson === 'function' ? found.toJson() : String(found);
}

// What the binding has parsed; a list is of texts, and the vectors have it as one.
function isJson(found) {
  if (typeof found !== 'object' || found === null || typeof found.toJson === 'function') return false;
  return !Array.isArray(found) || found.some((each) => typeof each !== 'string');
}

function compareResult(captures, expected, result) {
  for (const [name, value] of Object.entries(expected.result ?? {})) {
    const found = result[camel(name)];
    if (isJson(found)) assert.deepEqual(found, JSON.parse(captures.bytes(value)), name);
    else captures.expect(typeof value === 'string' ? value : captures.bytes(value), textOf(found), name);
  }
  for (const name of expected.absent ?? []) assert.equal(textOf(result[camel(name)]) || undefined, undefined, `${name} is there`);
}

function compareError(captures, expected, error) {
  const text = (value) => value ?? ''; // a vector writes an absent text as an empty one
  const found = {
    kind: error.kind,
    advice: error.advice,
    reason: error.reason,
    server_code: text(error.serverCode),
    server_text: text(error.serverText),
    http_status: error.httpStatus ?? 0,
    outcome_unknown: error.outcomeUnknown,
    field: text(error.field),
    retry_after_ms: error.retryAfterMs ?? -1,
    message: error.message,
    hint: text(error.hint),
  };
  if (error.kind === undefined) throw error;
  for (const [name, value] of Object.entries(expected)) {
    if (name === 'hint_has' || name === 'message_has') {
      for (const text of [value].flat()) {
        // The one name that is a scope's as well may be either.
        const ways = [spelled(text), spelled(text).replaceAll('refreshToken', 'refresh_token')];
        assert.ok(
          ways.some((way) => found[name.slice(0, -4)].includes(way)),
          `${name}: ${JSON.stringify(found[name.slice(0, -4)])} has no ${text}`,
        );
      }
    } else {
      assert.ok(name in found, `error.${name} is not known to this player`);
      const written = ['message', 'hint', 'field'].includes(name) ? spelled(value) : value;
      captures.expect(written, found[name], `error.${name} (${error.message})`);
    }
  }
}
