import { readFileSync } from 'node:fs';

export type TranscriptLine = {
  readonly from: 'client' | 'server';
  readonly msg: { readonly type: string; readonly channel: number; readonly [key: string]: unknown };
};

/** The text of one recorded file of test/unit/dxlink/recorded. */
export function recorded(name: string): string {
  return readFileSync(new URL(`../unit/dxlink/recorded/${name}.json`, import.meta.url), 'utf8');
}

export function recordedTranscript(): readonly TranscriptLine[] {
  return JSON.parse(recorded('dxlink.client-transcript.verified')) as TranscriptLine[];
}
