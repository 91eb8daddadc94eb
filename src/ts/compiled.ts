// Modules of WebAssembly that lie beside the package's files.

/** Fetches a module and compiles it, while it arrives where the server says what it is. Throws where it does not come. */
export async function compiled(url: URL, options: RequestInit = {}): Promise<WebAssembly.Module> {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${response.url} was answered with status ${response.status}`);
  const said = response.headers.get('Content-Type') === 'application/wasm';
  return said ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
