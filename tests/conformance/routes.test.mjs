// Requests and answers on Tidepool's routes are what Tidepool's own documents say.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Platform } from '../e2e/platform.mjs';
import { absent, Documents } from './documents.mjs';
import { implemented, shape } from './implemented.mjs';
import { knownErrors } from './known-errors.mjs';
import { routes, undocumented } from './routes.mjs';

const TOKEN = 'x-tidepool-session-token';

describe('the documents', { skip: absent }, () => {
  const there = implemented();
  const documents = absent ? undefined : new Documents();
  const known = {};
  const tokens = { forged: 'forged' };
  let platform;

  before(async () => (platform = await Platform.start({ web: false })));
  after(() => platform.stop());

  /** Sends a request and resolves to its answer. */
  async function call(operation, who, { body, basic }, values) {
    const [method, template] = operation.split(' ');
    const path = template.replace(/\{([^}]+)\}/g, (_, name) => encodeURIComponent(values[name] ?? assert.fail(`nobody knows ${name} yet`)));
    const headers = {};
    if (who) headers[TOKEN] = tokens[who];
    if (basic) headers.authorization = `Basic ${btoa(basic)}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const answer = await fetch(platform.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: answer.status, text: await answer.text(), token: answer.headers.get(TOKEN) };
  }

  for (const [operation, who, { body: given, basic, status = 200, known: special = {}, learn, differs = [] } = {}] of routes) {
    const skip = !there.includes(shape(operation)) && 'the platform does not have it';
    test(`${operation}: ${who ?? 'nobody'}, ${status}`, { skip }, async () => {
      const body = typeof given === 'function' ? given(known) : given;
      const values = { ...known, ...(typeof special === 'function' ? await special(known, platform) : special) };
      const answer = await call(operation, who, { body, basic }, values);
      assert.equal(answer.status, status, answer.text);
      if (learn) Object.assign(known, learn(JSON.parse(answer.text)));
      const name = body?.username?.split('@')[0];
      if (answer.token && name) tokens[name] = answer.token;
      if (documents.knows(operation)) assert.deepEqual(documents.problems(operation, { body }, answer), differs);
    });
  }

  test('every route of the platform that is Tidepool\'s is called, and in a document', () => {
    const called = new Set(routes.map(([operation]) => shape(operation)));
    assert.ok(there.length > 20, 'the routes were found in the sources');
    assert.deepEqual(there.filter((route) => !called.has(route)), [], 'routes without a line in routes.mjs');
    const without = there.filter((route) => !documents.knows(route));
    assert.deepEqual(without.filter((route) => !undocumented.includes(route)), []);
  });

  test('no known error of the documents is mended', () => {
    assert.ok(knownErrors.length > 0);
    assert.deepEqual(documents.needless, []);
  });

  test('what is not as documented is found', () => {
    const problems = (status, answer, body) => documents.problems('POST /v1/clinics', { body }, { status, text: JSON.stringify(answer) });
    assert.ok(problems(200, { id: 'short', name: 3 }, { name: 'A' }).length > 2);
    assert.deepEqual(problems(418, {}), ['status 418 is in no document']);
    assert.deepEqual(documents.problems('POST /v1/nothing', {}, { status: 200, text: '' }), ['no document has POST /v1/nothing']);
  });
});
