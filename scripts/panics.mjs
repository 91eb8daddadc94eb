// Takes out of a WebAssembly module what only the texts of panics need. A panic ends the instance, by a trap, and nobody sees its
// text: nothing is set that would show it. So panicking functions trap at once, and the places in the source that they
// would name are blank. The compiler does the same with an option that is not stable yet (`panic = "immediate-abort"`).
import binaryen from 'binaryen';
import { Failure } from './run.mjs';

// With the names of functions.
binaryen.setDebugInfo(true);

/** Functions of the standard library that panic and do nothing else. */
const panicking = /^(?:_R.*?_(?:4core|5alloc)|_ZN(?:4core|5alloc)).*(?:9panicking|unwrap_failed|expect_failed|slice_index_fail|\dpanic_|7raw_vec17capacity_overflow|18handle_alloc_error)/;

/** The module in `bytes`, which has the names of its functions, without texts of panics. */
export function withoutPanics(bytes) {
  const module = binaryen.readBinary(bytes);
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) => binaryen.getFunctionInfo(module.getFunctionByIndex(index)));
  const found = functions.filter(({ name, base }) => !base && panicking.test(name));
  if (found.length === 0) throw new Failure('Panics: there is no function that panics');
  for (const { name, params, results } of found) {
    module.removeFunction(name);
    module.addFunction(name, params, results, [], module.unreachable());
  }
  const data = Array.from({ length: module.getNumDataSegments() }, (_, index) => module.getDataSegmentInfo(module.getDataSegmentByIndex(index)));
  const changed = Buffer.from(module.emitBinary());
  module.dispose();
  blankPlaces(data.map(({ offset, data }) => {
    const start = changed.indexOf(Buffer.from(data));
    return { offset, bytes: changed.subarray(start, start + data.byteLength) };
  }));
  return changed;
}

/** Overwrites each `core::panic::Location` in the data, and the path of the source file that it points to. */
function blankPlaces(segments) {
  const at = (address, length) => {
    const segment = segments.find(({ offset, bytes }) => address >= offset && address + length <= offset + bytes.length);
    return segment?.bytes.subarray(address - segment.offset, address - segment.offset + length);
  };
  const found = new Set();
  for (const { offset, bytes } of segments) {
    for (let start = (4 - (offset % 4)) % 4; start + 16 <= bytes.length; start += 4) {
      const [path, length, line, column] = [0, 4, 8, 12].map((member) => bytes.readUInt32LE(start + member));
      const isPlace = line > 0 && line < 100_000 && column > 0 && column < 1000;
      const file = isPlace ? at(path, length) : undefined;
      if (file && /^[\w./-]+\.rs$/.test(file)) found.add(file).add(bytes.subarray(start, start + 16));
    }
  }
  for (const bytes of found) bytes.fill(0);
}
