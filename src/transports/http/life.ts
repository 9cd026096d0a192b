/** Whether the process means to go on. Once it does not, it still serves for a while: others have to notice first. */
export type Life = { readonly isEnding: boolean; end(): void };

export function createLife(): Life {
  let isEnding = false;
  return {
    get isEnding() {
      return isEnding;
    },
    end() {
      isEnding = true;
    },
  };
}
