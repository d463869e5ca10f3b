import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { SHELLS } from './shells.ts'
import { clients, clientsBench, TWO_CLIENTS } from './two-clients.ts'

const bench = clientsBench()
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('one project under %s', (shell) => {
  it('is deployed from one directory at a time; who comes second is told which', () => {
    const { lines, directory } = clients(
      bench,
      shell,
      `
mkdir "$1/two"
as acquire a
acquire b 0 "$1/two" 2>&1; echo "b $?"
lock_over "$1/two/.closed-loop/lock" && echo 'the second directory is free'
acquire c 0 "$1/two" other-shop; echo "c $?"
plan a | { use_plan "$(cat)"; verb_release a; }
acquire b 0 "$1/two" 2>&1; echo "b $?"`,
    )
    expect(lines.filter((line) => !line.startsWith('holder'))).toEqual([
      ...['fact acquired 1', 'acquire a 0', 'b 75', 'the second directory is free'],
      ...['fact acquired 2', 'c 0', 'b 75'],
    ])
    expect(readdirSync(join(directory, 'locks')).toSorted()).toEqual(['other-shop', 'shop'])
  })

  it('has one lock by whatever way its directory is reached', () => {
    const directory = join(bench.directory, `linked ${shell}`)
    mkdirSync(join(directory, 'real'), { recursive: true })
    symlinkSync('real', join(directory, 'link'))
    const { stdout } = bench.run(
      shell,
      `${TWO_CLIENTS}
acquire a 0 "$1/real" one-name; echo "a $?"
acquire b 0 "$1/link" other-name >/dev/null; echo "b $?"
acquire a 0 "$1/link" one-name; echo "a $?"`,
      { words: [directory] },
    )
    expect(stdout).toBe('fact\tacquired\t1\na 0\nb 75\nfact\tacquired\t1\na 0\n')
  })

  it('names the directory of the other deployment', () => {
    const { lines, directory } = clients(
      bench,
      shell,
      `mkdir "$1/two"; acquire a >/dev/null; acquire b 0 "$1/two" | cut -f 3-6,8-10 | tr '\\t' '|'`,
    )
    expect(lines).toEqual([`deployment|a|user-a|https://ci/a|1|o/r|${directory}/one`])
  })
})
