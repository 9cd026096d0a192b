import type { WireObject } from './engine/desk.ts';

/** A websocket message as an object; what is no JSON object is one without fields. */
export function parseMessage(text: string): WireObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
