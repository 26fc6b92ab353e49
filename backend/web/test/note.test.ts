import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, fromUtf8, toBase64, utf8 } from "../src/verifier/bytes.ts";
import { parseCheckpoint, parseNote, parseVerifierKey } from "../src/verifier/note.ts";
import { parsePolicyFile, verifyPolicy } from "../src/verifier/policy.ts";
import { checkQuorum, verifyCheckpoint } from "../src/verifier/treehead.ts";
import { City, Key, ORIGIN } from "./support/city.ts";
import { refused } from "./support/refusal.ts";

function scene(): { city: City; note: string; policy: ReturnType<typeof verifyPolicy> } {
  const city = new City();
  city.append(utf8("an entry"));
  city.append(utf8("another"));
  return { city, note: fromUtf8(city.checkpoint()), policy: verifyPolicy(parsePolicyFile(city.policyFile())) };
}

test("the vkey of the checksum database reads, and no other key id belongs to it", () => {
  // Published with C2SP signed-note's first user, the Go checksum database.
  const vkey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
  assert.equal(parseVerifierKey(vkey).name, "sum.golang.org");
  refused("malformed", () => parseVerifierKey(vkey.replace("033d", "033e")));
});

test("a checkpoint by the policy's log and witnesses", () => {
  const { note, policy } = scene();
  const { checkpoint, cosignatures } = verifyCheckpoint(utf8(note), policy);
  assert.deepEqual([checkpoint.origin, checkpoint.size], [ORIGIN, 2n]);
  assert.deepEqual(
    cosignatures.map(({ time }) => time),
    [1_750_000_090n, 1_750_000_091n],
  );
});

test("a note that is not one, or not canonical, is refused", () => {
  const { note } = scene();
  refused("malformed", () => parseNote(utf8(note.slice(0, -1))));
  refused("malformed", () => parseNote(utf8(note.replace("\n\n", "\n"))));
  refused("malformed", () => parseNote(utf8(`${note}no signature\n`)));
  refused("malformed", () => parseNote(utf8(note.replace(/=\n$/, "\n"))));
  refused("malformed", () => parseNote(utf8(note.replace("\n", "\r\n"))));
  refused("bad-text", () => parseNote(concat(utf8(note), Uint8Array.of(0xff))));
  refused("malformed", () => parseNote(utf8(note + note.split("\n").slice(4, 5).join("").concat("\n").repeat(16))));
  refused("too-large", () => parseNote(new Uint8Array(16 * 1024 + 1)));
});

test("a checkpoint body has exactly origin, size and root", () => {
  const root = toBase64(new Uint8Array(32));
  assert.equal(parseCheckpoint(`${ORIGIN}\n7\n${root}\n`).size, 7n);
  refused("bad-path", () => parseCheckpoint(`${ORIGIN}\n0\n${root}\n`));
  for (const body of [`${ORIGIN}\n01\n${root}\n`, `${ORIGIN}\n-1\n${root}\n`, `${ORIGIN}\n1\n${root}\nmore\n`, `\n1\n${root}\n`]) {
    refused("malformed", () => parseCheckpoint(body), body);
  }
  refused("bad-length", () => parseCheckpoint(`${ORIGIN}\n1\n${toBase64(new Uint8Array(31))}\n`));
});

test("lines by strangers, twice by one key, or without the log are refused", () => {
  const { city, note, policy } = scene();
  const lines = note.split("\n");
  refused("untrusted", () => verifyCheckpoint(city.checkpoint(2, 2, new Key("other log")), policy));
  refused("not-deterministic", () => verifyCheckpoint(utf8(`${note}${lines[5]}\n`), policy));
  const logless = [...lines.slice(0, 4), ...lines.slice(5)].join("\n");
  refused("untrusted", () => verifyCheckpoint(utf8(logless), policy));
  refused("bad-signature", () => verifyCheckpoint(utf8(note.replace("\n2\n", "\n1\n")), policy));
});

test("fewer witnesses than the quorum are too few", () => {
  const { city, policy } = scene();
  const { cosignatures } = verifyCheckpoint(city.checkpoint(2, 1), policy);
  refused("quorum-missed", () => checkQuorum(cosignatures, policy));
});
