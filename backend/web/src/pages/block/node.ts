/**
 * Asking a node that the reader chose for a block, by JSON-RPC: eth_chainId and eth_getBlockByNumber, and nothing else.
 *
 * What it says is believed by whoever chose it; nothing of it changes a verdict.
 */

/** What the proof says. */
export interface Claimed {
  readonly chain: bigint;
  readonly number: bigint;
  /** 0x and 64 digits. */
  readonly hash: string;
}

export type Answer =
  /** `above`: how many blocks the node has above it. */
  | { readonly state: "found"; readonly above: bigint }
  | { readonly state: "other" }
  | { readonly state: "other-chain"; readonly chain: bigint }
  | { readonly state: "absent" }
  | { readonly state: "unreachable"; readonly detail: string };

/** Full blocks with the hashes of their transactions have some 350,000 bytes. */
const MAX_ANSWER_BYTES = 1 << 20;
const PATIENCE_MS = 20_000;
const QUANTITY = /^0x(?:0|[1-9a-f][0-9a-f]{0,63})$/;
const HASH = /^0x[0-9a-f]{64}$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;
const LOOPBACK = ["127.0.0.1", "localhost"];

/** The block that the page's address names; undefined if it names none. */
export function claimedIn(query: string): Claimed | undefined {
  const named = new URLSearchParams(query);
  const [chain, number, hash] = ["chain", "number", "hash"].map((name) => named.get(name) ?? "") as [string, string, string];
  if (!DECIMAL.test(chain) || !DECIMAL.test(number) || !HASH.test(hash)) return undefined;
  return { chain: BigInt(chain), number: BigInt(number), hash };
}

/** An address that the page may ask (its Content-Security-Policy says the same): https, or a node on this machine. */
export function nodeAddress(text: string): URL | undefined {
  const url = URL.parse(text.trim());
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.includes(url.hostname)) ? url : undefined;
}

/** The node answered, but not with what was asked for. */
class NodeError extends Error {}

async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) return text + decoder.decode();
    size += part.value.length;
    if (size > MAX_ANSWER_BYTES) throw new NodeError("the answer is too long");
    text += decoder.decode(part.value, { stream: true });
  }
}

async function call(node: URL, method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
  const response = await fetch(node, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    credentials: "omit",
    redirect: "error",
    signal,
  });
  if (!response.ok) throw new NodeError(`HTTP status ${response.status}`);
  const answer: unknown = JSON.parse(await textOf(response));
  if (typeof answer !== "object" || answer === null || !("result" in answer)) throw new NodeError(`it refuses ${method}`);
  return answer.result;
}

function quantity(value: unknown, what: string): bigint {
  if (typeof value !== "string" || !QUANTITY.test(value)) throw new NodeError(`${what} is no number`);
  return BigInt(value);
}

/** The hash and number of a block; undefined if the node has none. */
async function blockAt(node: URL, which: string, signal: AbortSignal): Promise<{ readonly hash: string; readonly number: bigint } | undefined> {
  const block = await call(node, "eth_getBlockByNumber", [which, false], signal);
  if (block === null) return undefined;
  const { hash, number } = block as { readonly hash?: unknown; readonly number?: unknown };
  if (typeof hash !== "string" || !HASH.test(hash)) throw new NodeError("a block without its hash");
  return { hash, number: quantity(number, "a block's number") };
}

async function asked(node: URL, { chain, number, hash }: Claimed, signal: AbortSignal): Promise<Answer> {
  // 1. A node of that chain: excludes a block of the same number on another.
  const found = quantity(await call(node, "eth_chainId", [], signal), "the chain's id");
  if (found !== chain) return { state: "other-chain", chain: found };
  // 2. The block that the chain has at this number is this one.
  const block = await blockAt(node, `0x${number.toString(16)}`, signal);
  if (block === undefined) return { state: "absent" };
  if (block.hash !== hash || block.number !== number) return { state: "other" };
  // 3. How deep it lies.
  const newest = await blockAt(node, "latest", signal);
  return { state: "found", above: newest === undefined || newest.number < number ? 0n : newest.number - number };
}

/** What the node says of the block. */
export async function askNode(node: URL, claimed: Claimed): Promise<Answer> {
  try {
    return await asked(node, claimed, AbortSignal.timeout(PATIENCE_MS));
  } catch (error) {
    // No connection, or its policy, or no JSON, or too late.
    const known = [TypeError, SyntaxError, DOMException, NodeError].some((kind) => error instanceof kind);
    if (!known) throw error;
    return { state: "unreachable", detail: (error as Error).message };
  }
}
