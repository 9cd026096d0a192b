/** Two independent 32-bit keys: all randomness of one walk. */
export type NoiseKey = { readonly first: number; readonly second: number };

const GOLDEN = 0x9e37_79b1;
const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;
const UINT32 = 2 ** 32;

/** Murmur's finaliser: every bit of the input moves half the bits of the output. */
function scramble(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return bits ^ (bits >>> 16);
}

export function hashText(text: string): number {
  let bits = FNV_OFFSET;
  for (let index = 0; index < text.length; index += 1) bits = Math.imul(bits ^ text.charCodeAt(index), FNV_PRIME);
  return scramble(bits);
}

export function noiseKey(seed: string, name: string): NoiseKey {
  return { first: hashText(`${seed}/${name}`), second: hashText(`${name}/${seed}`) };
}

/** In (0, 1), the same for the same arguments always. */
export function uniform(key: NoiseKey, level: number, index: number): number {
  return (hash(key.first, level, index) + 0.5) / UINT32;
}

/** A standard normal deviate, the same for the same arguments always (Box and Muller's transform). */
export function gaussian(key: NoiseKey, level: number, index: number): number {
  const radius = Math.sqrt(-2 * Math.log(uniform(key, level, index)));
  return radius * Math.cos((2 * Math.PI * (hash(key.second, level, index) + 0.5)) / UINT32);
}

function hash(key: number, level: number, index: number): number {
  return scramble(scramble(key ^ Math.imul(index, GOLDEN)) + Math.imul(level + 1, FNV_PRIME)) >>> 0;
}
