// Columns as the gateway sends them: base64 of little-endian values, decoded when first asked for.

export type Packed = { f8: string } | { i4: string } | { ms: string };
export type Column = Float64Array | Int32Array;

const EMPTY = new Float64Array(0);
const decoded = new WeakMap<object, Column>();

/** The values of a column; empty where it is absent. Decoded once: the same array comes back. */
export function column(packed: Packed | undefined): Column {
  if (packed === undefined) return EMPTY;
  const known = decoded.get(packed);
  if (known !== undefined) return known;
  const fresh = "i4" in packed ? new Int32Array(bytes(packed.i4)) : new Float64Array(bytes("f8" in packed ? packed.f8 : packed.ms));
  decoded.set(packed, fresh);
  return fresh;
}

function bytes(base64: string): ArrayBuffer {
  const native = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array };
  if (native.fromBase64 !== undefined) return native.fromBase64(base64).buffer as ArrayBuffer;
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out.buffer;
}
