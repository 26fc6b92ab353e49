// CPU microseconds of the browser's verifier: node verify_in_node.ts BUNDLE POLICY ROUNDS. Prints one JSON object.
import { readFileSync } from "node:fs";
import { parsePolicyFile, verifyPolicy } from "../../backend/web/src/verifier/policy.ts";
import { verifyProof } from "../../backend/web/src/verifier/verifier.ts";

const [bundlePath, policyPath, rounds] = process.argv.slice(2);
const bundle = new Uint8Array(readFileSync(bundlePath!));
const policy = verifyPolicy(parsePolicyFile(readFileSync(policyPath!, "utf8")));

function once(): number {
  const begun = process.cpuUsage();
  verifyProof(bundle, policy);
  const { user, system } = process.cpuUsage(begun);
  return user + system;
}

const first = once();
const times = Array.from({ length: Number(rounds) }, once).sort((a, b) => a - b);
console.log(JSON.stringify({ browser_first_us: Math.round(first), browser_us: Math.round(times[times.length >> 1]!) }));
