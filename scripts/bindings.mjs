// Makes the bindings that wasm-bindgen has generated smaller, which every application loads. The names by which module and
// JavaScript import each other become short: they have hashes, which cannot be compressed. And the module is instantiated in one
// way only, compiled by whoever loads it: wasm-bindgen's bindings have one for each form in which a module can come.
import { Failure } from './run.mjs';

/** The option by which wasm-opt renames what a module imports, as if from a module `a`, and exports; it prints the names. */
export const renaming = '--minify-imports-and-exports-and-modules';

/** The end of the bindings in JavaScript, instead of what wasm-bindgen has there. */
const instantiate = `export async function instantiate(module) {
    return __wbg_finalize_init(await WebAssembly.instantiate(module, __wbg_get_imports()), module);
}
`;

const declaration = `/** Instantiates the module, for good; gives what it exports. */
export declare function instantiate(module: WebAssembly.Module): Promise<WebAssembly.Exports>;
`;

/** The bindings in JavaScript of a module for which wasm-opt has printed `names`, when it renamed what that imports and exports. */
export function shortened(bindings, names) {
  const { imports, exports } = JSON.parse(names);
  const [from, ...others] = new Set(imports.map(([module]) => module));
  if (others.length > 0) throw new Failure(`Bindings: the module imports from ${others}, too`);
  const used = new Map(exports);
  const renamed = imports.reduce(
    (text, [, name, short]) => replaced(text, `\n        ${name}: function(`, `\n        ${short}: function(`),
    replaced(bindings, `"${from}": import0,`, 'a: import0,'),
  ).replaceAll(/\bwasm\.(\w+)/g, (_, name) => {
    if (!used.has(name)) throw new Failure(`Bindings: the module does not export ${name}`);
    return `wasm.${used.get(name)}`;
  });
  return upTo(renamed, 'async function __wbg_load(') + instantiate;
}

/** Their types. What the module exports is for the bindings only. */
export function declared(types) {
  return upTo(types, 'export type InitInput') + declaration;
}

/** The text with `found`, which it has once, replaced. */
function replaced(text, found, by) {
  const parts = text.split(found);
  if (parts.length !== 2) throw new Failure(`Bindings: ${JSON.stringify(found)} is there ${parts.length - 1} times`);
  return parts.join(by);
}

function upTo(text, end) {
  const at = text.indexOf(end);
  if (at < 0) throw new Failure(`Bindings: there is no ${JSON.stringify(end)}`);
  return text.slice(0, at);
}
