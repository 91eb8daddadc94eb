// Tidepool's OpenAPI documents, and what they say of a request and its answer.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { shape } from './implemented.mjs';
import { knownErrors } from './known-errors.mjs';

const folder = fileURLToPath(new URL('../../../shared/tidepool-openapi/', import.meta.url));

/** Why nothing can be compared here, or nothing. */
export const absent = existsSync(folder) ? undefined : `Tidepool's documents are not there: ${folder}`;

/** What the services call the same paths, in the order in which they are asked: the gateway gives hydrophone's paths to it first. */
const services = ['confirm', 'access', 'auth', 'clinic'];

const unescape = (name) => name.replaceAll('~1', '/').replaceAll('~0', '~');
const escape = (name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes into a document what belongs there; tells whether that changed anything. */
function amend(document, pointer, value) {
  const names = pointer.slice(1).split('/').map(unescape);
  const last = names.pop();
  let at = document;
  for (const name of names) at = at[name] ??= {};
  if (isDeepStrictEqual(at[last], value)) return false;
  at[last] = value;
  return true;
}

/** OpenAPI 3.0, "readOnly": such a property belongs into answers only, and "required" is said of answers only. */
function asRequested(document) {
  const copy = structuredClone(document);
  const schemas = document.components?.schemas ?? {};
  const isReadOnly = (schema) => schema?.readOnly || schemas[schema?.$ref?.split('/').at(-1)]?.readOnly;
  const visit = (node) => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node.required) && node.properties) node.required = node.required.filter((name) => !isReadOnly(node.properties[name]));
    if (node.required?.length === 0) delete node.required;
    Object.values(node).forEach(visit);
  };
  visit(copy);
  return copy;
}

/** The documents with their known errors mended. */
export class Documents {
  /** The lines of the list that changed nothing. */
  needless = [];
  #documents = {};
  #schemas = new Ajv({ strict: false, allErrors: true });

  constructor() {
    for (const service of services) this.#documents[service] = parse(readFileSync(join(folder, `${service}.v1.yaml`), 'utf8'));
    for (const [service, pointer, value, why] of knownErrors) {
      if (!amend(this.#documents[service], pointer, value)) this.needless.push(`${service}${pointer}: ${why}`);
    }
    addFormats(this.#schemas);
    for (const service of services) {
      this.#schemas.addSchema(this.#documents[service], service);
      this.#schemas.addSchema(asRequested(this.#documents[service]), `${service}-request`);
    }
  }

  /** Where the operation `POST /v1/clinics` is described. */
  #find(operation) {
    const [method, path] = operation.split(' ');
    for (const service of services) {
      const { paths } = this.#documents[service];
      const found = Object.keys(paths).find((name) => shape(name) === shape(path) && paths[name][method.toLowerCase()]);
      if (found) return { service, at: ['paths', found, method.toLowerCase()] };
    }
    return undefined;
  }

  /** Whether any document knows the operation. */
  knows(operation) {
    return this.#find(operation) !== undefined;
  }

  /** Everything in which a request and its answer are not what the documents say: nothing, where all is well. */
  problems(operation, { body }, { status, text }) {
    const found = this.#find(operation);
    if (!found) return [`no document has ${operation}`];
    const { service, at } = found;
    const problems = [];
    const compare = (what, view, place, value) => {
      const { place: named, node } = this.#follow(service, place);
      const schema = node?.content?.['application/json']?.schema;
      if (!schema) return;
      const pointer = [...named, 'content', 'application/json', 'schema'].map(escape).join('/');
      const validate = this.#schemas.compile({ $ref: `${view}#/${pointer}` });
      if (!validate(value)) problems.push(...validate.errors.map(({ instancePath, message }) => `${what}${instancePath} ${message}`));
    };
    // What a refused request was is its own affair.
    if (body !== undefined && status < 300) compare('request', `${service}-request`, [...at, 'requestBody'], body);
    const answer = [...at, 'responses', String(status)];
    if (this.#follow(service, answer).node === undefined) return [...problems, `status ${status} is in no document`];
    if (text === '') return problems;
    if (status === 204) return [...problems, 'a 204 has no body'];
    const value = json(text);
    if (value === undefined) problems.push(`answer is no JSON: ${text}`);
    else compare('answer', service, answer, value);
    return problems;
  }

  /** What is at a place of a document, where references lead. */
  #follow(service, place) {
    let node = this.#documents[service];
    for (const name of place) node = node?.[name];
    if (!node?.$ref) return { place, node };
    return this.#follow(service, node.$ref.slice(2).split('/').map(unescape));
  }
}
