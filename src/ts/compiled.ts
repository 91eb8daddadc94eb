// Modules of WebAssembly, wherever they come from.

/** A module of WebAssembly: its address, a response, its bytes or itself. */
export type ModuleSource = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

/** Compiles a module, while it arrives where the server says what it is. Throws where it does not come. */
export async function compiled(source: ModuleSource, options: RequestInit = {}): Promise<WebAssembly.Module> {
  const isAddress = typeof source === 'string' || source instanceof URL || source instanceof Request;
  const given = isAddress ? await fetch(source, options) : source;
  if (given instanceof Response) {
    if (!given.ok) throw new Error(`${given.url} was answered with status ${given.status}`);
    const said = given.headers.get('Content-Type') === 'application/wasm';
    return said ? WebAssembly.compileStreaming(given) : WebAssembly.compile(await given.arrayBuffer());
  }
  return given instanceof WebAssembly.Module ? given : WebAssembly.compile(given);
}
