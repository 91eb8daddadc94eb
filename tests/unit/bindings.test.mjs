// Making wasm-bindgen's bindings smaller, with some that are small enough to know everything that has to come of them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import binaryen from 'binaryen';
import { declared, shortened } from '../../scripts/bindings.mjs';

/** What `text` is copied to, and what comes back: how many characters both texts have, and 1000 if the second is missing. */
const functions = `
let wasm;
export function lengths(first, second) {
    let ptr0, len0, ptr1, len1;
    try {
        ptr0 = passStringToWasm0(first, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        len0 = WASM_VECTOR_LEN;
        ptr1 = isLikeNone(second) ? 0 : passStringToWasm0(second, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        len1 = WASM_VECTOR_LEN;
    } catch (e) {
        if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 1, 1); }
        throw e;
    }
    const ret = wasm.lengths(ptr0, len0, ptr1, len1);
    return ret;
}
export function length(only) {
    const ptr0 = passStringToWasm0(only, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
    const len0 = WASM_VECTOR_LEN;
    const ret = wasm.lengths(ptr0, len0, 8, 0);
    return ret;
}
`;
const imported = `
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_debug_0123456789abcdef: function(arg1) {
            const ret = debugString(arg1);
            return ret.length;
        },
    };
    return {
        __proto__: null,
        "./app_bg.js": import0,
    };
}
let WASM_VECTOR_LEN = 0;
const isLikeNone = (value) => value === undefined || value === null;
function passStringToWasm0(arg, malloc) {
    WASM_VECTOR_LEN = arg.length;
    return malloc(arg.length, 1);
}
function __wbg_finalize_init(instance) {
    wasm = instance.exports;
    return wasm;
}
async function __wbg_load(module, imports) {
}
export { __wbg_load as default };
`;
const names = JSON.stringify({
  imports: [['./app_bg.js', '__wbg_debug_0123456789abcdef', 'b']],
  exports: [['lengths', 'c'], ['__wbindgen_malloc', 'd'], ['__wbindgen_realloc', 'e']],
});

/** Exports what the bindings call by the short names; nothing is stored: what is copied starts at 8. */
function module() {
  const parsed = binaryen.parseText(`(module
    (import "a" "b" (func $debug (param i32) (result i32)))
    (func (export "c") (param i32 i32 i32 i32) (result i32)
      (i32.add (i32.add (local.get 1) (local.get 3))
        (i32.add (select (i32.const 0) (i32.const 1000) (local.get 2)) (call $debug (i32.const 1)))))
    (func (export "d") (param i32 i32) (result i32) (i32.const 8))
    (func (export "e") (param i32 i32 i32 i32) (result i32) (i32.const 8)))`);
  const bytes = parsed.emitBinary();
  parsed.dispose();
  return WebAssembly.compile(bytes);
}

describe('bindings that are made smaller', () => {
  it('work with the module whose names became short', async () => {
    const text = shortened(functions + imported, names);
    const bindings = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    await bindings.instantiate(await module());
    // With what is said of a value, which is its type: `number`.
    assert.equal(bindings.lengths('four', 'sixsix'), 4 + 6 + 6);
    assert.equal(bindings.lengths('four', undefined), 4 + 1000 + 6);
    assert.equal(bindings.length('four'), 4 + 6);
    assert.doesNotMatch(text, /__wbindgen|0123456789abcdef|app_bg|__wbg_load/);
  });

  it('are not made of some that look different', () => {
    const without = (text) => () => shortened((functions + imported).replaceAll(text, ''), names);
    assert.throws(without('const ret = debugString(arg1);'), /is not there once/);
    assert.throws(without('async function __wbg_load('), /is not there once/);
    assert.throws(without('len0 = WASM_VECTOR_LEN;'), /texts are handed over otherwise/);
    assert.throws(() => shortened(`${functions}wasm.other();${imported}`, names), /does not export other/);
    const two = { ...JSON.parse(names), imports: [['./app_bg.js', 'x', 'b'], ['./other.js', 'y', 'c']] };
    assert.throws(() => shortened(functions + imported, JSON.stringify(two)), /imports from .\/other.js, too/);
  });

  it('have types without those of the module', () => {
    const types = declared('export function length(only: string): number;\n\nexport type InitInput = never;\nexport interface InitOutput {}\n');
    assert.match(types, /^export function length[^]*export declare function instantiate/);
    assert.doesNotMatch(types, /Init/);
  });
});
