// What a client tells of its flows: to its listener, on a channel of Node's, and to OpenTelemetry.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as otel from '@opentelemetry/api';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

import { Client } from 'headlessid';
import { MemoryStore } from 'headlessid/stores';

import { keys, RotatingOrg } from './support/rotating.mjs';
import { lena, plainServer, settingsFor, stalledServer } from './support/server.mjs';

const tick = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function refreshed(options) {
  const org = new RotatingOrg({ lifetimeS: 0.2 });
  const client = org.client({}, options);
  const session = await client.sessions(new MemoryStore(), { keys }).begin('user-42', org.signIn());
  await tick(250);
  org.lifetimeS = 3600;
  const token = await session.accessToken();
  return { org, client, session, token };
}

test('a listener hears of requests, of the store and of the end, in order and without secrets', async () => {
  const events = [];
  const before = Date.now();
  const { token } = await refreshed({ onEvent: (event) => events.push(event) });
  const kinds = events.map(({ event, flow, request, operation }) => `${flow} ${event} ${request ?? operation ?? ''}`.trim());
  assert.deepEqual(kinds.slice(-4), [
    'session_token request token',
    'session_token store save',
    'session_token store unlock',
    'session_token flow',
  ]);
  assert.ok(kinds.includes('session_begin flow'), kinds.join());
  const request = events.find(({ event }) => event === 'request');
  assert.deepEqual(
    [request.method, request.host, request.status, request.attempt, request.reason],
    ['POST', 'acme.my.site.com', 200, 1, ''],
  );
  assert.ok(request.startedAtMs >= before && request.ms >= 0);
  const end = events.at(-1);
  assert.deepEqual([end.outcome, end.refreshedBy, end.reason], ['done', 'this', undefined]);
  const text = JSON.stringify(events);
  for (const mark of ['user-42', token, '5Aep', '00Dxx']) assert.ok(!text.includes(mark), mark);
});

test('every flow is told, over the own transport too, and of a challenge each part when it comes', async () => {
  const server = await plainServer();
  const events = [];
  const client = new Client(settingsFor(server), { onEvent: (event) => events.push(event) });
  await client.login(lena);
  assert.deepEqual(
    events.map(({ event, request, status }) => [event, request, status]),
    [
      ['request', 'authorize', 302],
      ['request', 'token', 200],
      ['flow', undefined, undefined],
    ],
  );
  events.length = 0;
  const challenge = await client.startLogin({ username: lena.username });
  assert.deepEqual(events, []);
  await challenge.verify(lena.password);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['request', 'request', 'flow'],
  );
  events.length = 0;
  const flow = client.app.flow('login', lena);
  await client.run(flow);
  assert.equal(events.length, 3);
  await client.close();
  await server.stop();
});

test('a request without a response, and what the flow made of it', async () => {
  const server = await stalledServer();
  const events = [];
  const client = new Client(settingsFor(server), { onEvent: (event) => events.push(event) });
  await client.login(lena, { timeout: 100 }).catch(() => {});
  const [request] = events;
  assert.deepEqual([request.status, request.reason], [undefined, 'timeout']);
  const end = events.at(-1);
  assert.deepEqual([end.outcome, end.kind, end.reason], ['failed', 'TRANSPORT', 'timeout']);
  assert.ok(!JSON.stringify(events).includes(lena.password) && !JSON.stringify(events).includes('lena'));
  await client.close();
  await server.stop();
});

test('a listener that throws breaks nothing, and is warned of without its message', async () => {
  const warned = once(process, 'warning');
  const { token } = await refreshed({
    onEvent: () => {
      throw new RangeError('secret text');
    },
  });
  assert.ok(token.length > 0);
  const [warning] = await warned;
  assert.equal(warning.name, 'HeadlessIdWarning');
  assert.match(warning.message, /RangeError/);
  assert.ok(!warning.message.includes('secret text'));
  assert.throws(() => new RotatingOrg().client({}, { onEvent: 7 }), TypeError);
});

test('the channel has the same events', async () => {
  const heard = [];
  const listener = (event, name) => heard.push([name, event.event]);
  diagnostics.subscribe('headlessid:event', listener);
  await refreshed();
  diagnostics.unsubscribe('headlessid:event', listener);
  assert.deepEqual(heard.at(-1), ['headlessid:event', 'flow']);
  const count = heard.length;
  await refreshed();
  assert.equal(heard.length, count);
});

test('OpenTelemetry gets spans and metrics by the names of its conventions', async () => {
  const exporter = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 1e6 });
  const meters = new MeterProvider({ readers: [reader] });
  const server = await plainServer();
  // Nothing is registered: nothing is told.
  const client = new Client(settingsFor(server));
  await client.login(lena);
  otel.trace.setGlobalTracerProvider(tracers);
  otel.metrics.setGlobalMeterProvider(meters);
  assert.deepEqual(exporter.getFinishedSpans(), []);
  const me = await client.login(lena);
  await assert.rejects(client.userinfo({ accessToken: me.accessToken }));
  const spans = exporter.getFinishedSpans();
  const named = (name) => spans.filter((span) => span.name === name);
  const [login] = named('headlessid login');
  const requests = named('POST').filter(({ parentSpanContext }) => parentSpanContext?.spanId === login.spanContext().spanId);
  assert.deepEqual(
    requests.map(({ kind, attributes }) => [
      kind,
      attributes['http.request.method'],
      attributes['server.address'],
      attributes['server.port'],
      attributes['http.response.status_code'],
    ]),
    [302, 200].map((status) => [otel.SpanKind.CLIENT, 'POST', 'localhost', server.port, status]),
  );
  assert.equal(login.attributes['headlessid.flow'], 'login');
  const [failed] = named('headlessid userinfo');
  assert.equal(failed.status.code, otel.SpanStatusCode.ERROR);
  assert.ok(failed.attributes['error.type'].length > 0);
  await reader.forceFlush();
  const metrics = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const duration = metrics.find(({ descriptor }) => descriptor.name === 'http.client.request.duration');
  assert.equal(duration.descriptor.unit, 's');
  assert.ok(duration.dataPoints.length >= 2);
  assert.ok(metrics.some(({ descriptor }) => descriptor.name === 'headlessid.flow.duration'));
  const all = JSON.stringify(spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })));
  for (const mark of [me.accessToken, lena.password, 'lena']) assert.ok(!all.includes(mark), mark);

  // Over a transport of the host, whose instrumentation has the requests already.
  exporter.reset();
  await refreshed();
  const names = exporter.getFinishedSpans().map(({ name }) => name);
  assert.ok(names.includes('headlessid session_token') && names.includes('headlessid.store load'), names.join());
  assert.ok(!names.includes('POST'));
  otel.trace.disable();
  otel.metrics.disable();
  await client.close();
  await server.stop();
});

test('without a registered provider the API is not even loaded', () => {
  const code = `
    import { createRequire } from 'node:module';
    const require = createRequire(${JSON.stringify(import.meta.url)});
    const { Client } = require('headlessid');
    const client = new Client({ site: 'https://acme.my.site.com', clientId: 'a', redirectUri: 'https://app.example.com/cb' }, {
      transport: async () => ({ status: 500, headers: [], body: '' }) });
    await client.login({ username: 'a', password: 'b' }, { timeout: 50 }).catch(() => {});
    console.log(Object.keys(require.cache).some((path) => path.includes('opentelemetry')));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  assert.equal(stdout, 'false\n', stderr);
});
