// Every dependency's licence is one that deny.toml allows.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../environment.mjs';
import { ask, Failure } from '../run.mjs';

/** Allowed besides for what is only used while building and reaches no user. */
const whileBuilding = ['MPL-2.0'];

/** Fails with the list of packages whose licence is not allowed. */
export function checkLicences() {
  const allowed = allowedLicences();
  const packages = [...cargoPackages(), ...npmPackages('.'), ...npmPackages('www')];
  const forTools = new Set([...allowed, ...whileBuilding]);
  const refused = packages.filter(({ licence, tool }) => !licence || !isAllowed(licence, tool ? forTools : allowed));
  if (refused.length > 0) {
    throw new Failure(refused.map(({ name, licence }) => `${name}: ${licence ?? 'no licence'} is not allowed by deny.toml`).join('\n'));
  }
  return `${packages.length} packages`;
}

function allowedLicences() {
  const [, list] = readFileSync(join(root, 'deny.toml'), 'utf8').match(/^allow = \[([^\]]*)\]/m);
  return new Set([...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name));
}

function cargoPackages() {
  const metadata = JSON.parse(ask('cargo', ['metadata', '--format-version', '1', '--locked']) ?? 'null');
  if (!metadata) throw new Failure('cargo metadata failed: is Cargo.lock up to date?');
  return metadata.packages
    .filter(({ source }) => source)
    .map(({ name, version, license }) => ({ name: `${name} ${version}`, licence: license }));
}

function npmPackages(folder) {
  const path = join(root, folder, 'package-lock.json');
  if (!existsSync(path)) return [];
  return Object.entries(JSON.parse(readFileSync(path, 'utf8')).packages)
    .filter(([place, { link }]) => place.includes('node_modules/') && !link)
    .map(([place, { version, license, dev }]) => ({ name: `${place} ${version}`, licence: license, tool: dev === true }));
}

/** Whether an SPDX expression can be satisfied with the allowed licences. */
export function isAllowed(expression, allowed) {
  // Old crates separate alternatives with a slash.
  const tokens = expression.replaceAll('/', ' OR ').match(/[()]|[^\s()]+/g) ?? [];
  let next = 0;
  const any = () => {
    let good = all();
    while (tokens[next] === 'OR') {
      next += 1;
      good = all() || good;
    }
    return good;
  };
  const all = () => {
    let good = one();
    while (tokens[next] === 'AND') {
      next += 1;
      good = one() && good;
    }
    return good;
  };
  const one = () => {
    let name = tokens[next++];
    if (name === '(') {
      const good = any();
      next += 1;
      return good;
    }
    if (tokens[next] === 'WITH') {
      name = `${name} WITH ${tokens[next + 1]}`;
      next += 2;
    }
    return allowed.has(name);
  };
  return any() && next === tokens.length;
}
