import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import * as z from 'zod';
import { epochMs } from '../core/clock.ts';
import type { Slot } from './reference-key.ts';
import type { Outcome, Stored } from './stored.ts';

const compress = promisify(gzip);
const expand = promisify(gunzip);
const MAX_EXPANDED_BYTES = 64 * 1024 * 1024;
const MAX_HEAD_BYTES = 120;
const HEAD = /^([0-9a-zA-Z-]{36}) (\d{1,15}) (\d{1,9}) (\d{1,9})$/u;

const packedBody = z.discriminatedUnion('kind', [
  z.object({ of: z.string(), kind: z.literal('value'), value: z.unknown() }),
  z.object({ of: z.string(), kind: z.literal('absent'), message: z.string(), advice: z.string().optional() }),
]);

const nameOf = ({ id, date }: Slot): string => `${date}/${id}`;

/** How many characters of a packed value are its version. */
export const VERSION_LENGTH = 36;

/** A line that Redis can be asked for alone, then the compressed rest, which names what it is of. */
export async function pack(slot: Slot, { version, outcome, loadedAt, tookMs, lifeMs }: Stored): Promise<Buffer> {
  const head = `${version} ${Math.trunc(loadedAt)} ${Math.ceil(tookMs)} ${Math.trunc(lifeMs)}\n`;
  const body = await compress(JSON.stringify({ of: nameOf(slot), ...outcome }), { level: constants.Z_BEST_SPEED });
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** What `pack` packed for this slot; `undefined` for anything else. */
export async function unpack(slot: Slot, packed: Buffer): Promise<Stored | undefined> {
  const end = packed.subarray(0, MAX_HEAD_BYTES).indexOf('\n');
  const head = HEAD.exec(packed.toString('latin1', 0, Math.max(end, 0)));
  if (head === null) return undefined;
  const [, version = '', loadedAt, tookMs, lifeMs] = head;
  try {
    const text = await expand(packed.subarray(end + 1), { maxOutputLength: MAX_EXPANDED_BYTES });
    const outcome = readOutcome(slot, JSON.parse(text.toString('utf8')));
    if (outcome === undefined) return undefined;
    return { version, outcome, loadedAt: epochMs(Number(loadedAt)), tookMs: Number(tookMs), lifeMs: Number(lifeMs) };
  } catch {
    return undefined;
  }
}

function readOutcome(slot: Slot, read: unknown): Outcome | undefined {
  const body = packedBody.safeParse(read).data;
  if (body === undefined || body.of !== nameOf(slot)) return undefined;
  if (body.kind === 'value') return { kind: 'value', value: body.value };
  const { kind, message, advice } = body;
  return { kind, message, ...(advice === undefined ? {} : { advice }) };
}
