import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

/** Ten million of them, in the pieces that Docker keeps of a line, each with its time. */
const MEGABYTES = `awk 'BEGIN {
  for (piece = "x"; length(piece) < 16384; ) piece = piece piece
  ORS = ""
  for (left = 10000000; left > 0; left -= 16384) print "2026-02-14T15:00:00.000000001Z " (left < 16384 ? substr(piece, 1, left) : piece)
}'`

/** A Docker whose container logs this, and whose client has something to say of itself. `$FAKES/plays` is read first. */
const DOCKER = `
FAKES=$(dirname "$0")
[ ! -f "$FAKES/plays" ] || . "$FAKES/plays"
at=2026-02-14T15:00:00.000000001Z
echo 'WARNING: Error loading config file: /root/.docker/config.json: permission denied' >&2
echo "$at before, hunter2-hunter2"; ${MEGABYTES}; echo; echo "2026-02-14T16:00:00.000000001+01:00 between ##[error]" >&2
echo "$at "; ${MEGABYTES}; printf "\\n$at last, and no end"`

const bench = programBench({ docker: DOCKER })
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
      'text\t',
      'text\t(a line of 10000001 bytes was left out)',
      'text\tlast, and no end',
      '',
    ])
  })

  it.each([
    [
      'cannot read the log',
      "echo 'Error: no such driver' >&2; exit 1",
      ['text\t(docker: Error: no such driver)'],
    ],
    [
      'hangs',
      'printf "2026-02-14T15:00:00Z whole\\n2026-02-14T15:00:00Z hal"; exec sleep 60',
      ['text\twhole'],
    ],
    ['has none', 'exit 0', []],
  ])('are no words of a Docker that %s', (_what, plays, lines) => {
    bench.file('fakes/plays', `${plays}\n`)
    const { stdout } = bench.run(shell, 'fenced() { ENV_PATHS=; }\nverb_log_tail a id 50')
    rmSync(join(bench.directory, 'fakes', 'plays'))
    expect(stdout.split('\n').slice(0, -1)).toEqual(lines)
  })
})
