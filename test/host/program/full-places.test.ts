import { afterAll, describe, expect, it } from '@jest/globals'
import { programText } from '../../support/host-program/program-text.ts'
import { SHELLS } from './shells.ts'
import { clients, clientsBench } from './two-clients.ts'

const bench = clientsBench()
afterAll(() => bench[Symbol.dispose]())

/** Where the locks of project names lie is a file system of its own; `fill` fills it to the last byte. */
const OWN_FILE_SYSTEM = `
mkdir -p "$locks"; mount -t tmpfs -o size=64k,nr_inodes=60 tmpfs "$locks" || exit 9
trap 'umount "$locks"' EXIT
fill() {
  number=0
  while (: >"$locks/filler.$number") 2>/dev/null; do number=$((number + 1)); done
  cat /dev/zero >"$locks/filler.0" 2>/dev/null
}
`

describe.each(SHELLS)('where the locks of project names lie is full, under %s:', (shell) => {
  const full = (script: string) => clients(bench, shell, `${OWN_FILE_SYSTEM}\n${script}`)

  it('a holder renews its lease all the same', () => {
    const { lines } = full(`
as acquire a; as begin a; fill
for NOW in 120 140 160; do in_state a snapshotted; fenced a; echo "$NOW $?"; done
NOW=189; as acquire b`)
    expect(lines.slice(3)).toEqual(['120 0', '140 0', '160 0', 'holder a', 'acquire b 75'])
  })

  it('what ends a transaction takes back a lease that is over', () => {
    const { lines } = full(`
as acquire a; as begin a; in_state a applied; fill
NOW=500
back_to_snapshot() { tx_holds a && echo 'a rolls back'; }
(open_transaction a; JOB=rollback; as job_rollback x)`)
    expect(lines.slice(3)).toEqual(['a rolls back', 'job_rollback x 0'])
  })

  it('what ends a transaction takes back what it had given back', () => {
    const { lines } = full(`
as acquire a; as begin a; in_state a applied; tx_release a; fill
back_to_snapshot() { tx_holds a && echo 'a rolls back'; }
(open_transaction a; JOB=rollback; as job_rollback x)`)
    expect(lines.slice(3)).toEqual(['a rolls back', 'job_rollback x 0'])
  })

  it('a lock that somebody else wrote there last is no obstacle to a rollback once it is over', () => {
    const { lines } = full(`
as acquire a; as begin a; in_state a applied; NOW=150
lock_try "$locks/shop" other "$(printf 'kind\\tdeployment\\nlease\\t30')"; fill
back_to_snapshot() { tx_holds a && echo 'a rolls back'; }
RETAKE_SECONDS=0
(open_transaction a; JOB=rollback; as job_rollback x | grep -v holder)
NOW=500
(open_transaction a; JOB=rollback; as job_rollback x)`)
    expect(lines.slice(3)).toEqual(['job_rollback x 66', 'a rolls back', 'job_rollback x 0'])
  })

  it('a lock is over once it was given back', () => {
    const { lines } = full(`
as acquire a; as begin a; fill; tx_release a
lock_over "$locks/shop" && echo 'nobody has it'; lock_over "$STATE_DIR/lock" && echo 'nobody has it'`)
    expect(lines.slice(3)).toEqual(['nobody has it', 'nobody has it'])
  })

  it('nothing begins, and the directory and the cause are named', () => {
    const { lines } = full(`
project_lock() { mkdir -p "$locks/shop"; printf '%s\\n' "$locks/shop"; }
mkdir "$locks/shop"; fill
acquire a 2>&1; echo "$?"; lock_over "$STATE_DIR/lock" && echo 'nobody has it'`)
    expect(lines[0]).toMatch(
      /^the lock cannot be written in \S.*\/locks\/shop: .*(?:No space left on device|I\/O error|rror).* \(\d+ KiB are free there\)$/u,
    )
    expect(lines.slice(1)).toEqual(['1', 'nobody has it'])
  })
})

describe.each(SHELLS)('a renewal that is written over, under %s,', (shell) => {
  const onLock = (script: string) =>
    clients(
      bench,
      shell,
      `dir=$1/lock; mkdir "$dir"
lock_try "$dir" a "$(printf 'kind\\tdeployment\\nlease\\t30')"
${script}`,
    ).lines

  it('is never read half written: as old, as of another boot, or as given back', () => {
    expect(
      onLock(`
# What a reader sees that began before the writer did, or was overtaken by it, at any byte.
line() { BOOT_CLOCK="boot $1"; clock_line "$1"; }
before=$(line 99); NOW=100; cut=0
rest=$(tail -n +2 "$dir/1")
while [ "$cut" -le "\${#before}" ]; do
  for torn in "$(line 99 | head -c "$cut")$(line 100 | tail -c "+$((cut + 1))")" "$(line 100 | head -c "$cut")$(line 99 | tail -c "+$((cut + 1))")"; do
    printf '%s\\n%s\\n' "$torn" "$rest" >"$dir/1"
    lock_holds "$dir" a || echo "lost: $torn"
  done
  cut=$((cut + 1))
done
echo "$cut cuts"`),
    ).toEqual(['33 cuts'])
  })

  it('is as long as before, and keeps its file', () => {
    expect(
      onLock(`
before=$(stat -c '%i %s' "$dir/1"); rest=$(tail -n +2 "$dir/1"); NOW=99999; lock_renew "$dir" 1
[ "$before" = "$(stat -c '%i %s' "$dir/1")" ] && [ "$rest" = "$(tail -n +2 "$dir/1")" ] && echo same
lock_holds "$dir" a && echo held`),
    ).toEqual(['same', 'held'])
  })

  it('makes no file, and follows no link', () => {
    expect(
      onLock(`
cp "$dir/1" victim; before=$(cat victim)
rm "$dir/1"; lock_renew "$dir" 1; echo "$?"; ls "$dir"
ln -s "$PWD/victim" "$dir/1"; NOW=110; lock_renew "$dir" 1; echo "$?"
[ "$before" = "$(cat victim)" ] && echo untouched`),
    ).toEqual(['1', '1', 'untouched'])
  })
})

describe('the program', () => {
  it('has no here-document, which some shells put into a file in /tmp, and makes no temporary file', () => {
    const code = programText()
      .split('\n')
      .filter((line) => !line.trimStart().startsWith('#'))
    expect(code.filter((line) => line.includes('<<'))).toEqual([])
    expect(code.filter((line) => line.includes('mktemp'))).toEqual([])
  })
})
