// Splits a WebAssembly module in two that run as one instance: the core, and the deferred part with functions that are
// rarely used. The deferred part shares the core's memory and tables and calls the core's functions. Of a function that
// was moved and can be reached from the core, through the table of functions or by a call that is meant, the core keeps a
// stub: a call through a slot of the table that is empty until the deferred part fills it.
//
// That is what Binaryen's wasm-split does, which its npm package does not have; but that moves what a profile has not
// seen used, and this what only deferred work can use.
import { createHash } from 'node:crypto';
import binaryen from 'binaryen';
import { Failure } from './run.mjs';

/** The name of the module from which the deferred part imports. */
const core = 'c';

/**
 * Splits the module in `bytes`, which has the names of its functions. `begin` is the path of the Rust function that takes
 * deferred futures, waits for the deferred part and runs them; it drops none before. `entered` has the paths of other functions at which the
 * deferred part may be entered, each with the paths of those that wait for it and call them. Everything that only these
 * futures and functions use is moved. Returns the bytes of both modules, not optimised, and the names of what was moved.
 */
export function split(bytes, { begin, entered }) {
  // Read twice: what is one's own part is the other's to import.
  const [first, second] = [new Module(bytes), new Module(bytes)];
  const entries = first.entries({ begin, entered });
  const moved = first.usedOnlyBy(entries.keys());
  first.check(entries, moved);
  const reached = [...moved].filter((name) => entries.has(name) || first.inTable.has(name));
  for (const each of [first, second]) each.extend(reached.length);
  const names = first.export(first.usedBy(moved), digest(bytes));
  first.stub(moved, reached);
  second.import(moved, names);
  second.fill(reached);
  return { core: first.emit('core'), deferred: second.emit('deferred part'), moved: [...moved] };
}

/** Part of a name in both parts: those of different builds do not fit each other, and must not be linked. */
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 8);

/** The path in a mangled name, without the types of implementations and of what is generic. */
function pathOf(name) {
  const path = [];
  let rest = name.match(/^_ZN(.*)17h[0-9a-f]{16}E$/)?.[1] ?? '';
  for (let length; (length = rest.match(/^\d+/)?.[0]); ) {
    const end = length.length + Number(length);
    path.push(rest.slice(length.length, end));
    rest = rest.slice(end);
  }
  return path.filter((part) => !part.startsWith('_$LT$impl')).map((part) => part.replace(/(?<=\w)\$LT\$.*/, '')).join('::');
}

const isBelow = (name, path) => `${pathOf(name)}::`.startsWith(`${path}::`);

const closure = '_$u7b$$u7b$closure$u7d$$u7d$';

/**
 * Whether it is the body of a closure, such as that of a future, or what drops one: in a table only as a method of its own
 * type.
 */
const isClosure = (name) => pathOf(name).endsWith(`::${closure}`) || /drop_in_place\$LT\$.*\$u7b\$\$u7b\$closure\$u7d\$\$u7d\$\$GT\$17h/.test(name);

class Module {
  constructor(bytes) {
    this.module = binaryen.readBinary(bytes);
    const listed = (what, info) =>
      Array.from({ length: this.module[`getNum${what}s`]() }, (_, index) => info(this.module[`get${what}ByIndex`](index)));
    this.functions = new Map(listed('Function', binaryen.getFunctionInfo).map((info) => [info.name, info]));
    this.exports = listed('Export', binaryen.getExportInfo);
    this.globals = listed('Global', binaryen.getGlobalInfo);
    this.tables = listed('Table', binaryen.getTableInfo);
    this.segments = listed('ElementSegment', binaryen.getElementSegmentInfo);
    if (this.segments.length !== 1) throw new Failure('Split: the table of functions is not in one segment');
    const [{ table, offset, data }] = this.segments;
    this.table = this.tables.find(({ name }) => name === table);
    this.inTable = new Set(data);
    const onlyTraps = ({ base, body }) => !base && binaryen.getExpressionId(body) === binaryen.UnreachableId;
    this.traps = new Set([...this.functions.values()].filter(onlyTraps).map(({ name }) => name));
    this.exported = new Set(this.exports.map(({ value }) => value));
    const first = binaryen.getExpressionInfo(offset).value;
    this.slots = new Map(data.map((name, index) => [first + index, name]));
    this.#readData();
    this.#findUses();
  }

  /** The words of the data by their addresses. */
  #readData() {
    this.words = new Map();
    for (let index = 0; index < this.module.getNumDataSegments(); index += 1) {
      const { offset, data } = this.module.getDataSegmentInfo(this.module.getDataSegmentByIndex(index));
      const view = new DataView(data);
      for (let at = (4 - (offset % 4)) % 4; at + 4 <= view.byteLength; at += 4) this.words.set(offset + at, view.getUint32(at, true));
    }
  }

  /**
   * The functions in the vtable of a future (or another trait with one method) at this address: drop, size, alignment,
   * method. Not everything has something to drop.
   */
  #methods(address) {
    const [drop, , alignment, method] = [0, 4, 8, 12].map((offset) => this.words.get(address + offset));
    const fits = [1, 2, 4, 8, 16].includes(alignment) && (drop === 0 || this.slots.has(drop)) && this.slots.has(method);
    return fits ? [method, drop].map((slot) => this.slots.get(slot)).filter(Boolean) : [];
  }

  /**
   * Who uses whom: by calling it, or by naming its vtable. Binaryen's description of expressions in JavaScript is not
   * complete; its text is.
   */
  #findUses() {
    const globals = new Set(this.globals.map(({ name }) => name));
    this.uses = new Map();
    this.methods = new Map();
    this.users = new Map([...this.functions.keys()].map((name) => [name, new Set()]));
    for (const { name, base, body } of this.functions.values()) {
      if (base) continue;
      const text = binaryen.emitText(body);
      const found = text.matchAll(/\((?:call|ref\.func|global\.[gs]et) \$(?:"((?:[^"\\]|\\.)+)"|([^\s)]+))/g);
      const used = new Set(Array.from(found, ([, quoted, plain]) => plain ?? quoted.replaceAll(/\\(["\\])/g, '$1')));
      for (const each of used) {
        if (!this.functions.has(each) && !globals.has(each)) throw new Failure(`Split: no function or global ${each}`);
        this.users.get(each)?.add(name);
      }
      this.uses.set(name, used);
      // An address may be half of a larger constant.
      const constants = Array.from(text.matchAll(/\(i(?:32|64)\.const (-?\d+)\)/g), ([, constant]) => BigInt(constant));
      const halves = constants.flatMap((constant) => [constant, constant >> 32n]).map((half) => Number(BigInt.asUintN(32, half)));
      const methods = halves.flatMap((half) => this.#methods(half));
      for (const method of methods) this.users.get(method).add(name);
      this.methods.set(name, new Set(methods));
    }
    // A vtable that is named in the data may be used by anyone.
    const values = new Set(this.words.values());
    for (const address of this.words.keys()) {
      if (!values.has(address)) continue;
      for (const method of this.#methods(address)) this.users.get(method).add('the data');
    }
  }

  #movable(name) {
    return !this.functions.get(name).base && !this.exported.has(name) && (!this.inTable.has(name) || isClosure(name));
  }

  /**
   * Where the deferred part is entered: the futures that are handed to the functions at the path `begin`, and the functions
   * at the paths `entered`.
   */
  entries({ begin, entered }) {
    const at = (path) => {
      const found = [...this.functions.keys()].filter((name) => isBelow(name, path));
      if (found.length === 0) throw new Failure(`Split: there is no function ${path}`);
      return found;
    };
    const begun = at(begin).filter((name) => pathOf(name) === begin).flatMap((name) => [...this.users.get(name)]);
    const handed = begun.map((name) => {
      const futures = [...this.methods.get(name)].filter((method) => this.#movable(method) && pathOf(method).endsWith(closure));
      // With several it could not be told which of them is handed over.
      if (futures.length !== 1) throw new Failure(`Split: ${name} has ${futures.length} futures`);
      const drops = [...this.methods.get(name)].filter((method) => this.#movable(method) && method.includes('drop_in_place'));
      const own = drops.filter((drop) => [...this.users.get(drop)].every((user) => begun.includes(user)));
      return [futures[0], ...own].map((method) => [method, begun]);
    }).flat();
    const others = Object.entries(entered).flatMap(([path, from]) => {
      return at(path).filter((name) => this.#movable(name)).map((name) => [name, [...from, path].flatMap(at)]);
    });
    return new Map([...handed, ...others]);
  }

  /** Fails if an entry is used by others than the functions that wait for the deferred part. */
  check(entries, moved) {
    for (const [name, waiting] of entries) {
      const others = [...this.users.get(name)].filter((user) => !moved.has(user) && !waiting.includes(user));
      if (others.length > 0) throw new Failure(`Split: ${others} may not use ${pathOf(name)}, which is deferred`);
    }
  }

  /** These functions, and those that nothing else uses, however they use one another. */
  usedOnlyBy(entries) {
    const apart = new Set(entries);
    const isRoot = (name) => !this.#movable(name) || this.users.get(name).size === 0 || this.users.get(name).has('the data');
    const kept = new Set([...this.functions.keys()].filter((name) => !apart.has(name) && isRoot(name)));
    // A set is walked to its end, and what is added meanwhile comes there.
    for (const name of kept) {
      for (const used of [...(this.uses.get(name) ?? []), ...(this.methods.get(name) ?? [])]) {
        if (this.functions.has(used) && !apart.has(used)) kept.add(used);
      }
    }
    return new Set([...this.functions.keys()].filter((name) => !kept.has(name)));
  }

  /** Everything outside of these functions that they use, but for what only traps: both parts have that. */
  usedBy(moved) {
    const used = [...moved].flatMap((name) => [...this.uses.get(name)]);
    return new Set(used.filter((name) => !moved.has(name) && !this.traps.has(name)));
  }

  /** Exports what the deferred part uses; returns the names of the exports by those inside. */
  export(used, build) {
    const names = new Map();
    const exported = (kind, name, as) => {
      this.module[`add${kind}Export`](name, as);
      return as;
    };
    const taken = new Set(this.exports.map(({ name }) => name));
    let number = 0;
    const short = () => {
      const name = (number++).toString(36);
      return taken.has(name) ? short() : name;
    };
    for (const name of used) names.set(name, exported(this.functions.has(name) ? 'Function' : 'Global', name, short()));
    for (const { name } of this.tables) names.set(name, exported('Table', name, name === this.table.name ? `t${build}` : short()));
    return names;
  }

  /** Makes the table larger by so many slots. */
  extend(slots) {
    const { name, initial } = this.table;
    this.module.removeTable(name);
    this.module.addTable(name, initial + slots, initial + slots);
  }

  /** Leaves stubs of those that the core can reach instead of the moved functions. */
  stub(moved, reached) {
    const { module, table } = this;
    for (const name of moved) module.removeFunction(name);
    for (const [index, name] of reached.entries()) {
      const { params, results } = this.functions.get(name);
      const operands = binaryen.expandType(params).map((type, parameter) => module.local.get(parameter, type));
      const slot = module.i32.const(table.initial + index);
      module.addFunction(name, params, results, [], module.call_indirect(table.name, slot, operands, params, results));
    }
  }

  /** Leaves the moved functions only, and imports the rest. */
  import(moved, names) {
    const { module } = this;
    for (const { name } of this.exports) module.removeExport(name);
    for (const { name } of this.segments) module.removeElementSegment(name);
    for (const { name, params, results } of this.functions.values()) {
      if (moved.has(name) || this.traps.has(name)) continue;
      module.removeFunction(name);
      if (names.has(name)) module.addFunctionImport(name, core, names.get(name), params, results);
    }
    for (const { name, type, mutable } of this.globals) {
      module.removeGlobal(name);
      if (names.has(name)) module.addGlobalImport(name, core, names.get(name), type, mutable);
    }
    for (const { name } of this.tables) module.addTableImport(name, core, names.get(name));
    const memory = this.exports.find(({ kind }) => kind === binaryen.ExternalMemory);
    const { initial, max = -1 } = module.getMemoryInfo(memory.value);
    // Without the data, which are in the core.
    module.setMemory(initial, max, null, [], false, false, memory.value);
    module.addMemoryImport(memory.value, core, memory.name);
  }

  /** Puts the functions into the slots that their stubs call. */
  fill(reached) {
    this.module.addActiveElementSegment(this.table.name, 'reached', reached, this.module.i32.const(this.table.initial));
  }

  emit(what) {
    if (!this.module.validate()) throw new Failure(`Split: the ${what} is not valid`);
    const bytes = this.module.emitBinary();
    this.module.dispose();
    return bytes;
  }
}
