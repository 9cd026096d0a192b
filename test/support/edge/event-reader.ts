export type ServerEvent = { readonly name: string; readonly data: string };

export type EventReader = {
  readonly response: Response;
  /** The next event; `undefined` at the end of the stream. Comments are passed over. */
  next(): Promise<ServerEvent | undefined>;
  /** Every comment so far. */
  readonly comments: string[];
  hangUp(): void;
};

/** Opens an event stream and reads it event by event. */
export async function readEvents(url: string, init: RequestInit = {}): Promise<EventReader> {
  const controller = new AbortController();
  const response = await fetch(url, { ...init, signal: controller.signal });
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const comments: string[] = [];
  let text = '';

  const nextBlock = async (): Promise<string | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        return block;
      }
      const read = await chunks?.read().catch(() => undefined);
      if (read === undefined || read.done) return undefined;
      text += read.value;
    }
  };
  return {
    response,
    comments,
    hangUp: () => controller.abort(),
    async next() {
      for (let block = await nextBlock(); block !== undefined; block = await nextBlock()) {
        if (block.startsWith(':')) comments.push(block.slice(1).trim());
        else return toEvent(block);
      }
      return undefined;
    },
  };
}

function toEvent(block: string): ServerEvent {
  const field = (name: string): string =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trim())
      .join('\n');
  return { name: field('event') || 'message', data: field('data') };
}
