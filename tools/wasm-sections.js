// The sections of a WebAssembly binary.

/** After an 8-byte preamble, each section is its id, its length in LEB128, its bytes. `start` is where the bytes begin. */
export function sections(bytes) {
  const found = [];
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at++];
    let length = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      length += (bytes[at] & 127) * 2 ** shift;
      more = bytes[at++] >= 128;
    }
    found.push({ id, start: at, length });
    at += length;
  }
  return found;
}
