/** Bytes as people and programs read them: eight to a line, which a phone shows whole, with their place before and their letters behind. */

/** Lower-case hexadecimal, as keys and values are shown. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const PER_LINE = 8;
const PRINTABLE = /[\x20-\x7e]/;

export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const part = Array.from(bytes.subarray(at, at + PER_LINE));
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = part.map((byte) => String.fromCharCode(byte)).map((letter) => (PRINTABLE.test(letter) ? letter : ".")).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(PER_LINE * 3 - 1)}  ${letters}`);
  }
  return lines.join("\n");
}
