/**
 * GB18030 by the platform's own `TextDecoder`: the module leaves its tables out, which would be half as large as itself. GBK and
 * GB2312 are parts of it.
 */

/** What the module asks for. Neither throws. */
export interface CharsetTables {
  /** The bytes of a text; undefined if a character has none. */
  encode(text: string): Uint8Array | undefined;
  /** The text of bytes; undefined if they are none. */
  decode(bytes: Uint8Array): string | undefined;
}

/** A sequence of four bytes by its number, counted from 0x81308130. */
const four = (number: number): number[] => [
  0x81 + Math.floor(number / 12_600),
  0x30 + (Math.floor(number / 1260) % 10),
  0x81 + (Math.floor(number / 10) % 126),
  0x30 + (number % 10),
];
/** The number of U+10000; from there on they are in order. */
const ASTRAL = 189_000;
/** How many stand for characters below U+10000. */
const BASIC = 39_420;

/** The tables of this platform, if it knows GB18030 at all. */
export function gb18030(): CharsetTables | undefined {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder("gb18030", { fatal: true, ignoreBOM: true });
  } catch {
    return undefined;
  }
  let table: Map<string, number[]> | undefined;
  return {
    encode(text) {
      table ??= inverse();
      const bytes: number[] = [];
      for (const character of text) {
        const point = character.codePointAt(0) ?? 0;
        if (point < 0x80) {
          bytes.push(point);
          continue;
        }
        const sequence = point < 0x10000 ? table.get(character) : four(ASTRAL + point - 0x10000);
        if (sequence === undefined) return undefined;
        for (const byte of sequence) bytes.push(byte);
      }
      return Uint8Array.from(bytes);
    },
    decode(bytes) {
      try {
        return decoder.decode(bytes);
      } catch {
        return undefined;
      }
    },
  };
}

/** Every character below U+10000 that is not ASCII, and its bytes: what the decoder makes of every sequence there is. */
function inverse(): Map<string, number[]> {
  const sequences: number[][] = [];
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) if (trail !== 0x7f) sequences.push([lead, trail]);
  }
  for (let number = 0; number < BASIC; number += 1) sequences.push(four(number));
  // All at once, a line each: a decoder takes its time to begin.
  const lines = Uint8Array.from(sequences.flatMap((sequence) => [...sequence, 0x0a]));
  const characters = new TextDecoder("gb18030", { ignoreBOM: true }).decode(lines).split("\n");
  const table = new Map<string, number[]>();
  sequences.forEach((sequence, at) => {
    const character = characters[at] ?? "";
    // The first one counts: a character that has two bytes is not written in four.
    if (character.length === 1 && character !== "\uFFFD" && !table.has(character)) table.set(character, sequence);
  });
  return table;
}
