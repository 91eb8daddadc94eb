// Makes the bindings that wasm-bindgen has generated smaller, which every application loads, as text:
//
// - The names by which module and JavaScript import each other become short. They have hashes, which cannot be compressed.
// - Texts are handed to the module by one function, instead of by some lines for each. Those also free what was copied
//   before something that is no text: some bytes, after a mistake.
// - What is said of a value of a wrong type is its type, and not what it looks like, for which there is a long function.
// - The module is instantiated in one way, compiled by whoever loads it: wasm-bindgen has one for each form of a module.
//
// What is not there as it is expected ends the build.
import { Failure } from './run.mjs';

/** The option by which wasm-opt renames what a module imports, as if from a module `a`, and exports; it prints the names. */
export const renaming = '--minify-imports-and-exports-and-modules';

/** The bindings in JavaScript of a module for which wasm-opt has printed `names`, when it renamed what that imports and exports. */
export function shortened(bindings, names) {
  const described = replaced(bindings, 'const ret = debugString(arg1);', 'const ret = typeof arg1;');
  const [called, imported] = cut(upTo(described, 'async function __wbg_load('), 'function __wbg_get_imports() {');
  return renamed(handedOver(called) + imported + added, JSON.parse(names));
}

/** The types of these bindings. What the module exports is for the bindings only. */
export function declared(types) {
  return upTo(types, 'export type InitInput') + declaration;
}

const added = `/** Where the module has a copy of a text, and how long that is. */
function text(value) {
    return [passStringToWasm0(value, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc), WASM_VECTOR_LEN];
}

function optionalText(value) {
    return isLikeNone(value) ? [0, 0] : text(value);
}

export async function instantiate(module) {
    return __wbg_finalize_init(await WebAssembly.instantiate(module, __wbg_get_imports()), module);
}
`;

const declaration = `/** Instantiates the module, for good; gives what it exports. */
export declare function instantiate(module: WebAssembly.Module): Promise<WebAssembly.Exports>;
`;

/** Functions that JavaScript calls, which hand texts over by the functions that are `added`. */
function handedOver(functions) {
  const freeing = /let (?:ptr|len)\d+(?:, (?:ptr|len)\d+)*;\n\s*try \{\n([^]*?)\n\s*\} catch \(e\) \{[^]*?throw e;\n\s*\}\n/g;
  let changed = functions.replaceAll(freeing, (_, copying) => `${copying.replaceAll(/^(\s*)((?:ptr|len)\d+ =)/gm, '$1const $2')}\n`);
  const copied = /(?:const|var) ptr(\d+) = (isLikeNone\(\w+\) \? 0 : )?passStringToWasm0\((\w+), [\w.]+, [\w.]+\);\n\s*(?:const|var) len\1 = WASM_VECTOR_LEN;\n([^]*?)ptr\1, len\1\b/;
  while (copied.test(changed)) {
    changed = changed.replace(copied, (_, number, optional, value, rest) => {
      return `const text${number} = ${optional ? 'optionalText' : 'text'}(${value});\n${rest}...text${number}`;
    });
  }
  if (changed.includes('passStringToWasm0') || !changed.includes(' = text(')) throw new Failure('Bindings: texts are handed over otherwise');
  return changed;
}

function renamed(bindings, { imports, exports }) {
  const [from, ...others] = new Set(imports.map(([module]) => module));
  if (others.length > 0) throw new Failure(`Bindings: the module imports from ${others}, too`);
  const given = imports.reduce(
    (text, [, name, short]) => replaced(text, `\n        ${name}: function(`, `\n        ${short}: function(`),
    replaced(bindings, `"${from}": import0,`, 'a: import0,'),
  );
  const used = new Map(exports);
  return given.replaceAll(/\bwasm\.(\w+)/g, (_, name) => {
    if (!used.has(name)) throw new Failure(`Bindings: the module does not export ${name}`);
    return `wasm.${used.get(name)}`;
  });
}

/** The text with `found`, which it has once, replaced. */
function replaced(text, found, by) {
  const [before, after] = cut(text, found);
  return before + by + after.slice(found.length);
}

const upTo = (text, found) => cut(text, found)[0];

/** The text before `found`, which it has once, and from there on. */
function cut(text, found) {
  const at = text.indexOf(found);
  if (at < 0 || text.includes(found, at + 1)) throw new Failure(`Bindings: ${JSON.stringify(found)} is not there once`);
  return [text.slice(0, at), text.slice(at)];
}
