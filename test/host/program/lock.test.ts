import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench({
  // A wall clock that jumps about, and would end or lengthen every lease that was measured by it.
  date: `case $(($(/bin/date +%N | sed 's/^0*//') % 2)) in 0) echo 1999-01-01T00:00:00Z ;; *) echo 2099-12-31T23:59:59Z ;; esac`,
})
let directories = 0
afterAll(() => bench[Symbol.dispose]())

/** The boot clock is $NOW seconds of $BOOT; \`try TOKEN [LEASE]\` tries to take the lock and says how that went. */
const CLOCK = `
NOW=100 BOOT=a
boot_clock() { BOOT_CLOCK="$BOOT $NOW"; }
dir=$1
try() { lock_try "$dir" "$1" "$(printf 'kind\\tdeployment\\nlease\\t%s' "\${2:-30}")"; echo "$1 $?"; }
holds() { lock_holds "$dir" "$1"; echo "$1 holds $?"; }
`

/** Runs a script on an empty lock directory; gives what it printed, line by line, and the directory's files. */
function onLock(shell: ShellName, script: string, files: Readonly<Record<string, string>> = {}) {
  directories += 1
  const directory = join(bench.directory, `lock ${directories}`)
  mkdirSync(directory)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
  const { code, stdout, stderr } = bench.run(shell, `${CLOCK}\n${script}`, { words: [directory] })
  return {
    code,
    lines: stdout.split('\n').filter((line) => line !== ''),
    stderr,
    directory,
    files: readdirSync(directory).toSorted(),
  }
}

const holder = (token: string, renewed = 'a 100', lease = '30') =>
  `token\t${token}\nrenewed\t${renewed}\nkind\tdeployment\nlease\t${lease}\n`

describe.each(SHELLS)('the lock under %s', (shell) => {
  it('has exactly one holder however many come at the same moment', () => {
    const { lines, files, stderr } = onLock(
      shell,
      `
round=1
while [ "$round" -le 15 ]; do
  for contender in 1 2 3 4 5 6 7 8 9 10 11 12; do
    (
      until [ -e "$1.go.$round" ]; do :; done
      lock_try "$dir" "t$contender" "$(printf 'kind\\tdeployment\\nlease\\t30')" && echo "t$contender" >>"$1.won.$round"
    ) &
  done
  : >"$1.go.$round"
  wait
  read_holder "$dir"
  echo "$(wc -l <"$1.won.$round" | tr -d ' ') of number $LOCK_TOP"
  [ "$(cat "$1.won.$round")" = "$holder_token" ] || echo 'somebody else believes to have it'
  lock_release "$dir" "$(cat "$1.won.$round")"
  round=$((round + 1))
done`,
    )
    expect(lines).toEqual(Array.from({ length: 15 }, (_, round) => `1 of number ${round + 1}`))
    expect(stderr).toBe('')
    // What is over is cleared away.
    expect(files).toEqual(['15', '15.released'])
  })

  it('is held still by who has it and asks again', () => {
    const { lines, files } = onLock(shell, 'try a; try a; try b; holds a; holds b')
    expect(lines).toEqual(['a 0', 'a 0', 'b 1', 'a holds 0', 'b holds 1'])
    expect(files).toEqual(['1'])
  })

  it('is over a lease after its holder was last heard of, by the clock of the boot', () => {
    const { lines } = onLock(
      shell,
      'try a; NOW=130; holds a; try b; NOW=131; holds a; try b; holds b; NOW=9999; try c 0; NOW=99999; holds c',
    )
    expect(lines).toEqual([
      ...['a 0', 'a holds 0', 'b 1', 'a holds 1', 'b 0', 'b holds 0'],
      ...['c 0', 'c holds 0'],
    ])
  })

  it('lasts as long as it is renewed', () => {
    const { lines } = onLock(
      shell,
      'try a; NOW=125; lock_holds "$dir" a && lock_renew "$dir" "$LOCK_TOP"; NOW=155; holds a; try b; NOW=156; holds a',
    )
    expect(lines).toEqual(['a 0', 'a holds 0', 'b 1', 'a holds 1'])
  })

  it('does not outlive a boot, unless a person holds it', () => {
    const { lines } = onLock(shell, 'try a; BOOT=b; holds a; try b 0; BOOT=c NOW=1; holds b; try c')
    expect(lines).toEqual(['a 0', 'a holds 1', 'b 0', 'b holds 0', 'c 1'])
  })

  it('does not outlive a boot whose ID is that of the one before: its uptime ran backwards', () => {
    const { lines } = onLock(
      shell,
      'NOW=1000; try a; NOW=999; holds a; try b; holds b; NOW=1005; lock_renew "$dir" 2; NOW=3; holds b; lock_renew "$dir" 2; holds b; NOW=33; holds b; NOW=34; holds b',
    )
    expect(lines).toEqual([
      ...['a 0', 'a holds 1', 'b 0', 'b holds 0'],
      // Renewed again by somebody who goes on, it counts from then.
      ...['b holds 1', 'b holds 0', 'b holds 0', 'b holds 1'],
    ])
  })

  it('is over where the clock jumped forward: who had it may have slept', () => {
    const { lines } = onLock(shell, 'try a; NOW=90000; holds a; try b; holds a; holds b')
    expect(lines).toEqual(['a 0', 'a holds 1', 'b 0', 'a holds 1', 'b holds 0'])
  })

  it('is not given back, nor renewed, by who had it before', () => {
    const { lines, files } = onLock(
      shell,
      `
try a
lock_holds "$dir" a
late=$LOCK_TOP
NOW=140
try b
NOW=165
# Too late: it had looked before, and writes only now.
lock_renew "$dir" "$late"
lock_release "$dir" a
holds a
holds b
NOW=171
holds b
try c
lock_release "$dir" b
holds c`,
    )
    expect(lines).toEqual(['a 0', 'b 0', 'a holds 1', 'b holds 0', 'b holds 1', 'c 0', 'c holds 0'])
    expect(files).toEqual(['3'])
  })

  it('stays given back when a renewal crosses that', () => {
    const { lines, files } = onLock(
      shell,
      `
try a
lock_holds "$dir" a
lock_release "$dir" a
# It had looked before, and writes only now.
lock_renew "$dir" "$LOCK_TOP"
holds a
try b
holds b`,
    )
    expect(lines).toEqual(['a 0', 'a holds 1', 'b 0', 'b holds 0'])
    expect(files).toEqual(['2'])
  })

  it('is not had by a number that became free because it is over', () => {
    const { lines, files, directory } = onLock(
      shell,
      `lock_claim "$dir" 6 late "$(printf 'kind\\tdeployment\\nlease\\t30')"; echo "claim $?"; holds late; holds seven`,
      { '7': holder('seven') },
    )
    expect(lines).toEqual(['claim 1', 'late holds 1', 'seven holds 0'])
    expect(files).toEqual(['7'])
    expect(readFileSync(join(directory, '7'), 'utf8')).toBe(holder('seven'))
  })

  it.each([
    ['nothing is in it', ''],
    ['its numbers are no numbers', 'token\tx\nrenewed\ta x[1]\nlease\tnever\n'],
    ['it has an arithmetic expression for a time', 'token\tx\nrenewed\ta a[$(id>run)]\nlease\t5\n'],
  ])('is had where the file of the one before is damaged: %s', (_, content) => {
    const { lines, stderr } = onLock(shell, 'try a; holds a; [ ! -e run ] || echo RUN', { '3': content })
    expect(lines).toEqual(['a 0', 'a holds 0'])
    expect(stderr).toBe('')
  })

  it('does not mind what else lies there', () => {
    const strange = {
      '08': holder('x'),
      '99999999999999999999': holder('y'),
      notes: '',
      '5.renewed.77': 'a 1',
    }
    const { lines, files, stderr } = onLock(shell, 'try a; holds a', { ...strange, '5': holder('b', 'a 1') })
    expect(lines).toEqual(['a 0', 'a holds 0'])
    expect(stderr).toBe('')
    expect(files).toContain('6')
  })

  it('is never taken for busy where nothing can be written', () => {
    const { lines, files } = onLock(
      shell,
      `(trap '' XFSZ; ulimit -f 0; lock_try "$dir" a x 2>/dev/null; echo "full $?" >&2) 2>&1 | cat
ln() { return 1; }
try a`,
    )
    expect(lines).toEqual(['full 74', 'a 74'])
    expect(files).toEqual([])
  })
})
