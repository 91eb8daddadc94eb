// Which of Tidepool's routes the platform has: as its sources say.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('../../server/src/http/', import.meta.url));

/** A path, or an operation such as `GET /v1/clinics/{clinicId}`, without the names of its parameters. */
export const shape = (path) => path.replace(/\{[^}]*\}/g, '{}');

/** The server's routes, but for our own and those that are for whoever runs it: `GET /v1/clinics/{}`. */
export function implemented() {
  const found = [];
  for (const name of readdirSync(sources).filter((name) => name.endsWith('.rs'))) {
    for (const [, rest] of readFileSync(`${sources}${name}`, 'utf8').matchAll(/\.route\(\s*("[^;]*?)(?=\s*\.route\(|\n\}|;)/g)) {
      const [, path] = /^"([^"]+)"/.exec(rest);
      if (path.startsWith('/v1/tidelock/') || path.startsWith('/health/')) continue;
      for (const [, method] of rest.matchAll(/\b(get|post|put|patch|delete)\(/g)) found.push(`${method.toUpperCase()} ${shape(path)}`);
    }
  }
  return found;
}
