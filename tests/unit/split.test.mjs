// The splitting of a WebAssembly module, with one that is small enough to know everything that has to come of it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import binaryen from 'binaryen';
import { split } from '../../scripts/split.mjs';

/** A name as the Rust compiler mangles it. */
const mangled = (path) => {
  const parts = path.split('::').map((part) => part.replace('{{closure}}', () => '_$u7b$$u7b$closure$u7d$$u7d$'));
  return `_ZN${parts.map((part) => `${part.length}${part}`).join('')}17h0123456789abcdefE`;
};
const [begin, future, only, shared, drop] = ['app::begin', 'app::rare::{{closure}}', 'app::only', 'app::shared', 'app::drop'].map(mangled);
const where = { begin: 'app::begin', entered: {} };

/** Hands a future, whose vtable is at 1024, to `begin`, which polls it: three times the argument, and one. */
const bytesOf = (more = '') => {
  binaryen.setDebugInfo(true);
  const module = binaryen.parseText(`(module
    (type $unary (func (param i32) (result i32)))
    (memory $0 1)
    (export "memory" (memory $0))
    (data (i32.const 1024) "\\01\\00\\00\\00\\04\\00\\00\\00\\04\\00\\00\\00\\02\\00\\00\\00")
    (table $0 3 3 funcref)
    (elem (i32.const 1) $${drop} $${future})
    (func $rare (export "rare") (param i32) (result i32) (call $${begin} (i32.const 1024) (local.get 0)))
    (func $daily (export "daily") (param i32) (result i32) (call $${shared} (local.get 0)))
    (func $${begin} (param i32 i32) (result i32) (call_indirect (type $unary) (local.get 1) (i32.load offset=12 (local.get 0))))
    (func $${future} (param i32) (result i32) (call $${only} (call $${shared} (local.get 0))))
    (func $${only} (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $${shared} (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func $${drop} (param i32) (result i32) (local.get 0))
    ${more})`);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
};

describe('splitting a module', () => {
  it('moves what only deferred futures use, and the parts are one instance', async () => {
    const { core, deferred, moved } = split(bytesOf(), where);
    assert.deepEqual(moved, [future, only]);
    const { instance: { exports } } = await WebAssembly.instantiate(core);
    assert.equal(exports.daily(2), 6);
    assert.throws(() => exports.rare(2), WebAssembly.RuntimeError);
    await WebAssembly.instantiate(deferred, { c: exports });
    assert.equal(exports.rare(2), 7);
  });

  it('refuses parts of different builds', async () => {
    const { instance: { exports } } = await WebAssembly.instantiate(split(bytesOf(), where).core);
    const { deferred } = split(bytesOf('(func $other (export "other"))'), where);
    await assert.rejects(WebAssembly.instantiate(deferred, { c: exports }), WebAssembly.LinkError);
  });

  it('leaves in the core what the core uses, too', () => {
    const call = `(func $other (export "other") (result i32) (call $${only} (i32.const 1)))`;
    assert.deepEqual(split(bytesOf(call), where).moved, [future]);
  });

  it('fails where a deferred future is used without waiting', () => {
    const call = `(func $other (export "other") (result i32) (call $${future} (i32.const 1)))`;
    assert.throws(() => split(bytesOf(call), where), /other may not use app::rare/);
    const vtable = '(func $other (export "other") (result i32) (i32.const 1024))';
    assert.throws(() => split(bytesOf(vtable), where), /other may not use app::rare/);
    const half = `(func $other (export "other") (result i64) (i64.const ${(1024n << 32n) + 4n}))`;
    assert.throws(() => split(bytesOf(half), where), /other may not use app::rare/);
  });

  it('fails where it does not find what is listed', () => {
    assert.throws(() => split(bytesOf(), { begin: 'app::nothing', entered: {} }), /no function app::nothing/);
    assert.throws(() => split(bytesOf(), { ...where, entered: { 'app::gone': [] } }), /no function app::gone/);
  });
});
