import { createInterface } from "node:readline";
import { completeCommand } from "../web/client/commands.ts";
import { printable } from "./transcript.ts";

export interface Terminal {
  readonly interactive: boolean;
  readonly lines: AsyncIterable<string>;
  /** To standard output, safe whatever it holds. */
  print(text: string): void;
  /** The same, for what calls for somebody's eye: it stands out and rings. */
  call(text: string): void;
  /** To standard error, safe whatever it holds. */
  note(text: string): void;
  /** What the prompt shows. */
  prompt(room: string): void;
  close(): void;
}

export interface TerminalDeps {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  /** The keys that interrupt, where the terminal hands them to us instead of making a signal of them. */
  onInterrupt: () => void;
}

const boldWithBell = ["\u0007\u001b[1m", "\u001b[22m"] as const;

/** A prompt where somebody sits, plain lines otherwise. */
export function openTerminal({ stdin, stdout, stderr, onInterrupt }: TerminalDeps): Terminal {
  const interactive = stdin.isTTY === true && stdout.isTTY === true;
  if (!interactive)
    return {
      interactive,
      lines: linesOf(stdin),
      print: (text) => void stdout.write(`${printable(text)}\n`),
      call: (text) => void stdout.write(`${printable(text)}\n`),
      note: (text) => void stderr.write(`${printable(text)}\n`),
      prompt: () => {},
      close: () => void stdin.destroy(),
    };

  const editor = createInterface({
    input: stdin,
    output: stdout,
    completer(typed: string): [string[], string] {
      return [completeCommand(typed).map(({ name }) => `/${name} `), typed];
    },
  });
  editor.on("SIGINT", onInterrupt);
  editor.on("line", () => editor.prompt());
  /** Keeps what is being typed below what comes in. */
  function above(
    stream: NodeJS.WriteStream,
    text: string,
    [before, after]: readonly [string, string] = ["", ""],
  ) {
    stdout.write("\r\u001b[K");
    stream.write(`${before}${printable(text)}${after}\n`);
    editor.prompt(true);
  }
  return {
    interactive,
    // Made right now: lines that come before somebody asks for them are kept.
    lines: {
      [Symbol.asyncIterator]: constantly(editor[Symbol.asyncIterator]()),
    },
    print: (text) => above(stdout, text),
    call: (text) => above(stdout, text, boldWithBell),
    note: (text) => above(stderr, text),
    prompt(room) {
      editor.setPrompt(`${printable(room)}> `);
      editor.prompt(true);
    },
    close() {
      editor.close();
      stdout.write("\n");
    },
  };
}

function constantly<T>(value: T): () => T {
  return () => value;
}

/** The lines of a stream of text, read no faster than they are taken; the last one needs no line end. */
export async function* linesOf(stream: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
