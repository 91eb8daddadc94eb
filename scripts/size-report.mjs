// `npm run size`: what takes the space in the WebAssembly modules, by crate and module, from the last build. With an argument,
// such as `tidelock::client::vault`, the functions below that path, one by one.
import { brotliCompressSync } from 'node:zlib';
import { build, withNames } from './build.mjs';
import { main, say } from './run.mjs';

/** Reads a WebAssembly module from its beginning to its end. */
class Reader {
  constructor(bytes, at = 0) {
    Object.assign(this, { bytes, at });
  }

  number() {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }
}

/** The functions of a module with their names and their code, in bytes. */
function functionsOf(bytes) {
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter(({ kind }) => kind === 'function').length;
  const [bodies, names] = [[], new Map()];
  const sections = new Reader(bytes, 8);
  while (sections.at < bytes.length) {
    const [kind, content] = [sections.take(1)[0], new Reader(sections.take(sections.number()))];
    if (kind === 10) for (let count = content.number(); count > 0; count -= 1) bodies.push(content.take(content.number()));
    if (kind !== 0 || content.take(content.number()).toString() !== 'name') continue;
    while (content.at < content.bytes.length) {
      const [part, list] = [content.take(1)[0], new Reader(content.take(content.number()))];
      if (part !== 1) continue;
      for (let count = list.number(); count > 0; count -= 1) names.set(list.number(), list.take(list.number()).toString());
    }
  }
  return bodies.map((code, index) => ({ name: readable(names.get(imported + index)), code }));
}

/** A mangled name much as it is written in Rust, without the hash at its end. */
function readable(mangled = '') {
  const path = [];
  let rest = mangled.match(/^_ZN(.*)17h[0-9a-f]{16}E/)?.[1];
  if (rest === undefined) return mangled;
  for (let length; (length = rest.match(/^\d+/)?.[0]); ) {
    const end = length.length + Number(length);
    path.push(rest.slice(length.length, end).replace(/^_(?=\$)/, ''));
    rest = rest.slice(end);
  }
  const signs = { $LT$: '<', $GT$: '>', $RF$: '&', $u7b$: '{', $u7d$: '}' };
  return path.join('::').replaceAll('..', '::').replace(/\$\w+?\$/g, (sign) => signs[sign] ?? ' ');
}

/** Whose function it is: the module of this project that it names first, or else the crate; apart, what drops values. */
function ownerOf(name) {
  // The standard library has the newer form of mangled names.
  const [, crate] = name.match(/^_R.*?Cs\w+?_\d+(core|alloc|std|\w*dlmalloc|___rustc)/) ?? [];
  const [path = crate ?? name] = name.match(/\btidelock\w*(::[a-z_0-9]+\b)*/) ?? name.match(/[a-z]\w*(?=::)/) ?? [];
  const owner = path.split('::').slice(0, 3).join('::');
  return name.includes('drop_in_place') ? `${owner} (drop)` : owner;
}

/** The length of code, as it is and under brotli. */
const sizeOf = (functions) => {
  const code = Buffer.concat(functions.map((each) => each.code));
  return { functions, length: code.length, brotli: brotliCompressSync(code).length };
};

await main(async () => {
  await build();
  const [path] = process.argv.slice(2);
  for (const part of ['tidelock', 'tidelock_deferred']) {
    const functions = functionsOf(await withNames(part));
    const shown = path === undefined ? functions : functions.filter(({ name }) => `${name}::`.includes(`${path}::`));
    const groups = new Map();
    for (const each of shown) {
      const owner = path === undefined ? ownerOf(each.name) : each.name;
      groups.set(owner, [...(groups.get(owner) ?? []), each]);
    }
    const rows = [...groups].map(([owner, members]) => ({ owner, ...sizeOf(members) })).sort((a, b) => b.length - a.length);
    say(`${part}: bytes of code, under brotli (each line compressed by itself), functions`);
    for (const { owner, functions, length, brotli } of [{ owner: 'together', ...sizeOf(shown) }, ...rows]) {
      console.log(`${String(length).padStart(8)} ${String(brotli).padStart(7)} ${String(functions.length).padStart(5)}  ${owner}`);
    }
  }
});
