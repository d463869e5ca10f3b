import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench({
  docker:
    "printf '2026-02-14T15:00:00Z fact\\tpromoted\\n2026-02-14T15:00:00Z sh: cannot open /srv/tools/closed_loop_runner.sh: No such file\\n'; echo 'WARNING: No such file: config.json' >&2; echo '2026-02-14T15:00:00Z forged' >&2",
})
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('a deferred service that does not stay up, under %s,', (shell) => {
  it('is named, and what it said last is no word of ours', () => {
    const { stdout, stderr } = bench.run(
      shell,
      `confirm_now=$(printf '%s\\n' 'x\tscheduler\t1\tFalse\t\t\t\t\t\t\tid1' 'y\tother\t1\tFalse\t\t\t\t\t\t\tid2' 'z\tscheduler\t1\tTrue\t\t\t\t\t\t\tid3')
unstable scheduler`,
    )
    expect(stdout).toBe('fact\tproblem\tunstable\tscheduler\n')
    expect(stderr.split('\n').sort()).toEqual([
      '',
      'fact\tpromoted',
      'forged',
      'sh: cannot open /srv/tools/closed_loop_runner.sh: No such file',
    ])
  })
})
