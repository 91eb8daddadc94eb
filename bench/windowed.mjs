// Many asynchronous operations, a few at a time: so many that every core has work, and as many as the library's own.
const AT_ONCE = 16;

/** The results of `work` on each item, in their order. */
export async function windowed(items, work) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
