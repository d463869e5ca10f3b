import { afterAll, describe, expect, it } from '@jest/globals'
import { continuityOf } from '../../../src/health/continuity.ts'
import { container, STATES } from '../../unit/health/builders.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const WAS = { service: 'app', container: 'app-1', id: 'id', startedAt: 'then', imageId: 'sha256:1' }

/** Whatever Docker may say of one container, seen ready as WAS. */
const SEEN = STATES.flatMap((state) =>
  ['then', 'later'].flatMap((startedAt) =>
    ['sha256:1', 'sha256:2'].flatMap((imageId) =>
      ['none', 'starting', 'healthy', 'unhealthy'].flatMap((health) =>
        [0, 1].flatMap((exitCode) =>
          (['one-shot', 'lasting'] as const).map((kind) =>
            container({ id: 'id', state, startedAt, imageId, health, exitCode, kind }),
          ),
        ),
      ),
    ),
  ),
)

function judgedByClient(): readonly string[] {
  return SEEN.map((seen) => {
    const continuity = continuityOf([WAS], new Map([['id', seen]]))
    // No change for the client, who goes on watching; the host waits for it before it confirms.
    if (continuity.kind === 'unbroken') return seen.health === 'starting' ? 'starting' : 'none'
    return continuity.problem.code === 'health.lost' ? continuity.problem.change : continuity.problem.code
  })
}

describe.each(SHELLS)('what became of a container, by the host under %s', (shell) => {
  it('is what the client says, whatever Docker says', () => {
    const lines = SEEN.map(({ state, startedAt, imageId, health, exitCode, kind }) =>
      ['app-1', 'app', '1', 'False', imageId, 'app:1', state, health, 'no:0', 'h', 'id', startedAt]
        .concat(['0', String(exitCode), 'false', kind])
        .join('\t'),
    )
    const { stdout } = bench.run(
      shell,
      `awk -F '\\t' "$CHANGE_OF"'{ print change_of($0, "then", "sha256:1") }' "$1"`,
      { words: [bench.file('lines', `${lines.join('\n')}\n`)] },
    )
    expect(stdout.trimEnd().split('\n')).toEqual(judgedByClient())
    expect(new Set(judgedByClient())).toEqual(
      new Set(['none', 'starting', 'exited', 'restarted', 'stopped', 'replaced', 'unhealthy']),
    )
  })
})
