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

function textOf(path: string): NamedText {
  return { path, text: readFileSync(path, 'utf8') }
}
