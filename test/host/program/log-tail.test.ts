import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const MEGABYTES = "head -c 10000000 /dev/zero | tr '\\000' x"

/** A Docker whose container logs this. */
const bench = programBench({
  docker: `echo 'before, hunter2-hunter2'; ${MEGABYTES}; echo; echo 'between ##[error]' >&2; ${MEGABYTES}; printf '\\nlast, and no end'`,
})
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('the last log lines of a container, under %s,', (shell) => {
  it('are as many as were asked for, though Docker is asked for more', () => {
    const { stdout } = bench.run(shell, `fenced() { ENV_PATHS=; }\nverb_log_tail a id 1`)
    expect(stdout).toBe('text\tlast, and no end\n')
  })

  it('are told but for those that are too long, of which the length is', () => {
    const { stdout, stderr } = bench.run(shell, `fenced() { ENV_PATHS=$1; }\nverb_log_tail "$1" id 50`, {
      words: [bench.file('env', 'A=hunter2-hunter2\n')],
    })
    expect(stderr).toBe('')
    expect(stdout.split('\n')).toEqual([
      'text\tbefore, ***',
      'text\t(a line of 10000001 bytes was left out)',
      'text\tbetween ##[error]',
      'text\t(a line of 10000001 bytes was left out)',
      'text\tlast, and no end',
      '',
    ])
  })
})
