/** Ways to get bytes into a file of the viewer's: each browser has some of them. */

/** Takes bytes as they come. */
export interface Sink {
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

export interface Saving {
  /** Keeps all in memory, and hands it to the browser at the end: for what is small. */
  readonly inMemory: (name: string, type: string) => Sink;
  /** Asks where to, and writes there at once; null where the browser cannot. `AbortError` when nobody wanted. */
  readonly toChosenFile: ((name: string, type: string) => Promise<Sink>) | null;
  /** Leaves it to the browser's own downloads, which show how far they are. */
  readonly byBrowser: (url: string, name: string) => void;
}

/** Chromium's own, as far as it is used here. */
interface FilePickerWindow {
  showSaveFilePicker?: (options: {
    suggestedName: string;
    types: { accept: Record<string, string[]> }[];
  }) => Promise<{ createWritable(): Promise<Sink> }>;
}

/** The browser reads a blob's URL some time after the click. */
const KEEP_MS = 60_000;

export function browserSaving(window: Window & FilePickerWindow): Saving {
  const click = (href: string, name: string) => {
    const link = window.document.createElement('a');
    link.href = href;
    link.download = name;
    link.click();
  };
  const pick = window.showSaveFilePicker?.bind(window);
  return {
    byBrowser: click,
    inMemory: (name, type) => memorySink(type, (blob) => click(keptUrl(blob), name)),
    toChosenFile: pick ? (name, type) => chosenSink(pick, name, type) : null,
  };
}

function keptUrl(blob: Blob): string {
  const url = URL.createObjectURL(blob);
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
  return url;
}

function memorySink(type: string, save: (blob: Blob) => void): Sink {
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  return {
    write: async (chunk) => void chunks.push(chunk),
    close: async () => save(new Blob(chunks, { type })),
    abort: async () => void (chunks = []),
  };
}

async function chosenSink(
  pick: NonNullable<FilePickerWindow['showSaveFilePicker']>,
  name: string,
  type: string,
): Promise<Sink> {
  const ending = name.slice(name.lastIndexOf('.'));
  const file = await pick({ suggestedName: name, types: [{ accept: { [type]: [ending] } }] });
  return file.createWritable();
}
