import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const PROGRAM = `# a program\n${'# of many lines\n'.repeat(2000)}`
const SHA256 = createHash('sha256').update(PROGRAM).digest('hex')
const INSTALL = bench.file('install.sh', `. '${bench.program}'\nSTATE_DIR=$1\nverb_install '${SHA256}'\n`)

let hosts = 0

function install(shell: ShellName, script: string) {
  hosts += 1
  const directory = join(bench.directory, `host ${hosts}`)
  mkdirSync(directory)
  writeFileSync(join(directory, 'text'), PROGRAM)
  const setting = `STATE_DIR=$1/state; install() { sh '${INSTALL}' "$STATE_DIR"; }; cd "$1"\n`
  const { stdout, stderr } = bench.run(shell, setting + script, { words: [directory] })
  const bin = join(directory, 'state/bin')
  return {
    stdout,
    stderr,
    bin,
    installed: readdirSync(bin).map((name) => readFileSync(join(bin, name), 'utf8')),
  }
}

describe.each(SHELLS)('the program is put on the host under %s', (shell) => {
  it('by two clients at the same moment: both have it then', () => {
    const { stdout, stderr, installed } = install(
      shell,
      `mkfifo slow; install <slow & first=$!
exec 5>slow; head -c 1000 text >&5
until ls "$STATE_DIR"/bin/*new* >/dev/null 2>&1; do sleep 0.1; done
install <text; echo "second $?"
tail -c +1001 text >&5; exec 5>&-
wait "$first"; echo "first $?"`,
    )
    expect({ stdout, stderr }).toEqual({ stdout: 'second 0\nfirst 0\n', stderr: '' })
    expect(installed).toEqual([PROGRAM])
  })

  it('as it was sent, or not at all', () => {
    const { stdout, stderr, installed } = install(shell, 'head -c 1000 text | install; echo "$?"')
    expect({ stdout, stderr }).toEqual({
      stdout: '1\n',
      stderr: 'the host program arrived damaged, or could not be written\n',
    })
    expect(installed).toEqual([])
  })
})
