import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench({ docker: 'echo "$COMPOSE_REMOVE_ORPHANS $COMPOSE_ANSI"' })
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('every call of Compose, under %s', (shell) => {
  it.each(['up --detach app', 'config', 'up --dry-run app'])(
    'has settings of the environment that beat those of the env file: %s',
    (words) => {
      const { stdout } = bench.run(
        shell,
        `PROJECT_DIR=${bench.directory} COMPOSE_FILES=compose.yml; compose .env 10 ${words}`,
      )
      expect(stdout).toBe('false never\n')
    },
  )
})
