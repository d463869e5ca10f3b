import { needsHost, runnableBlocks } from './code-blocks.ts'
import { exampleCopy, type Typed } from './example-copy.ts'
import type { NamedText } from './example-names.ts'

/** How a user's env file comes to be. */
const ENV_FILE = 'install -m 600 .env.example .env.runtime'

/** What `docker compose config` is asked, and the images that it must then speak of. */
const CONFIGS = [
  {
    command: 'docker compose -f docker-compose.yml --profile research config',
    images: ['ai-trade:dev', 'ai-trade-research:dev'],
  },
  {
    command: 'AI_TRADE_IMAGE=dummy docker compose -f docker-compose.prod.yml --profile research config',
    images: ['dummy', 'ai-trade-research:latest'],
  },
]

/** Every runnable block that does not run, and every compose file that compose does not accept: a sentence each. */
export function failedRuns(
  example: string,
  documents: readonly NamedText[],
  composePlugin: string,
): readonly string[] {
  return [
    ...failedConfigs(example, composePlugin),
    ...documents.flatMap((document) => failedBlocks(example, document, composePlugin)),
  ]
}

function failedConfigs(example: string, composePlugin: string): readonly string[] {
  using copy = exampleCopy(example, composePlugin)
  const prepared = copy.type(ENV_FILE)
  if (prepared.code !== 0) return [failure(ENV_FILE, prepared)]
  return CONFIGS.flatMap(({ command, images }) => {
    const typed = copy.type(command)
    if (typed.code !== 0) return [failure(command, typed)]
    return images
      .filter((image) => !typed.stdout.split('\n').includes(`    image: ${image}`))
      .map((image) => `${command}: no service has the image ${image}`)
  })
}

/** All of a document in one copy, in their order, as a reader types them. */
function failedBlocks(example: string, document: NamedText, composePlugin: string): readonly string[] {
  using copy = exampleCopy(example, composePlugin)
  return runnableBlocks(document.text).flatMap((block) => {
    // What needs a host is typed there; whether bash can read it shows here already.
    const typed = copy.type(needsHost(block) ? `set -n\n${block.text}` : block.text)
    return typed.code === 0
      ? []
      : [failure(`${document.path}: the runnable block\n${block.text.trimEnd()}\n`, typed)]
  })
}

function failure(command: string, { code, complaint }: Typed): string {
  return `${command} ended with ${code ?? 'no exit code'}: ${complaint.trim()}`
}
