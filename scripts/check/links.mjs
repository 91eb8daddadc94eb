// Links between the Markdown pages lead to files and headings that exist.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from '../environment.mjs';
import { Failure } from '../run.mjs';

const ignored = new Set(['node_modules', 'target', 'dist', 'data']);

/** Fails with the list of links that lead nowhere. Links to other sites are not followed. */
export function checkLinks() {
  const problems = [];
  let links = 0;
  for (const page of pagesUnder(root)) {
    for (const [, target] of withoutCode(readFileSync(page, 'utf8')).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
      links += 1;
      const [path, anchor] = decodeURI(target).split('#');
      const file = path === '' ? page : resolve(dirname(page), path);
      const from = relative(root, page);
      if (!existsSync(file)) problems.push(`${from}: ${target} does not exist`);
      else if (anchor && file.endsWith('.md') && !anchorsOf(file).has(anchor)) problems.push(`${from}: ${target} is no heading`);
    }
  }
  if (problems.length > 0) throw new Failure(problems.join('\n'));
  return `${links} links`;
}

function* pagesUnder(folder) {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.') || ignored.has(name)) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* pagesUnder(path);
    else if (name.endsWith('.md')) yield path;
  }
}

/** The anchors that headings get, as code hosts make them. */
function anchorsOf(file) {
  const anchors = new Set();
  for (const [, heading] of withoutCode(readFileSync(file, 'utf8'), false).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

function withoutCode(text, inline = true) {
  const fenced = text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '');
  return inline ? fenced.replaceAll(/`[^`\n]*`/g, '') : fenced;
}
