import { globSync, readFileSync } from 'node:fs'
import type { ExampleTexts, NamedText } from './example-names.ts'

/** Relative to the root of the repository, where the check and the tests run. */
export const EXAMPLE = 'examples/ai-trade'

export function exampleTexts(): ExampleTexts {
  return {
    composeFiles: [`${EXAMPLE}/docker-compose.prod.yml`, `${EXAMPLE}/docker-compose.yml`].map(textOf),
    programs: globSync(`${EXAMPLE}/src/**/*.ts`).map(textOf),
    envTemplate: textOf(`${EXAMPLE}/.env.example`),
    runner: textOf(`${EXAMPLE}/tools/closed_loop_runner.sh`),
    reference: textOf('docs/configuration.md'),
    readme: textOf(`${EXAMPLE}/README.md`),
  }
}

/** Every document that people read, in whichever a block may be marked as runnable. */
export function readDocuments(): readonly NamedText[] {
  return globSync(['README.md', 'docs/**/*.md', 'examples/**/*.md']).toSorted().map(textOf)
}

function textOf(path: string): NamedText {
  return { path, text: readFileSync(path, 'utf8') }
}
