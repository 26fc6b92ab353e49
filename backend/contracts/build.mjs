// Compiles CheckpointAnchor.sol to the JSON that the backend carries: `npm run build`, or `node build.mjs -` to print it.
// Nothing of this machine goes in: no paths, no metadata hash. The same compiler gives the same bytes everywhere.
import { readFileSync, writeFileSync } from 'node:fs'
import solc from 'solc'

const NAME = 'CheckpointAnchor'
const TARGET = new URL('../src/civicroot_backend/anchor/checkpoint_anchor.json', import.meta.url)

const settings = {
  evmVersion: 'paris', // without PUSH0 and MCOPY, which not every chain has; they would save a few gas
  viaIR: true, // a hundred gas less for an anchor
  optimizer: { enabled: true, runs: 1000000 }, // anchors are many, deployments few
  metadata: { bytecodeHash: 'none', appendCBOR: false },
}

function compile() {
  const source = readFileSync(new URL(`${NAME}.sol`, import.meta.url), 'utf8')
  const outputSelection = { '*': { [NAME]: ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } }
  const input = {
    language: 'Solidity',
    sources: { [`${NAME}.sol`]: { content: source } },
    settings: { ...settings, outputSelection },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input)))
  if (output.errors?.length) throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'))
  const { abi, evm } = output.contracts[`${NAME}.sol`][NAME]
  return {
    contract: NAME,
    compiler: solc.version(),
    settings,
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    runtime: `0x${evm.deployedBytecode.object}`,
  }
}

const text = `${JSON.stringify(compile(), null, 1)}\n`
if (process.argv[2] === '-') process.stdout.write(text)
else writeFileSync(TARGET, text)
