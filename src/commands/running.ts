/** Something that was started and can be ended. */
export type Running = { close(): Promise<void> };
