import { afterAll, describe, expect, it } from '@jest/globals'
import { programText } from '../../support/host-program/program-text.ts'
import { SHELLS, type ShellName } from './shells.ts'
import { clients, clientsBench, TWO_CLIENTS } from './two-clients.ts'

const bench = clientsBench()
afterAll(() => bench[Symbol.dispose]())

const ENTRY = programText().trimEnd().split('\n').at(-1) ?? ''
/** The program on the host, whose assessment notes that it ran, and with what stdin, and waits for the file `go`. */
const program = bench.file(
  'installed.sh',
  programText().replace(
    ENTRY,
    `job_assess() {
  read -r word
  echo "ran with $word" >>"$PROJECT_DIR/runs.$JOB"
  until [ -e "$PROJECT_DIR/go" ]; do pause; done
}
${ENTRY}`,
  ),
)

const WORDS = `
jobs=$STATE_DIR/transactions/a/jobs
# start NAME REQUEST [WORD]
start() { echo "\${3-boots}" | as verb_start_job a "$1" "assess\${2:+@$2}" S3; }
ended() { : >"$one/go"; until [ -f "$jobs/$1/exit" ]; do pause; done; cat "$one/runs.$1"; echo "ended $(cat "$jobs/$1/exit")"; }
ran() { until [ -s "$one/runs.$1" ]; do pause; done; }
`
/** A shell of its own on the same host: what it is told in `$2`. */
const OTHER_SHELL = bench.file(
  'other-shell.sh',
  `. '${bench.program}'\n${TWO_CLIENTS}\n${WORDS}\neval "$2"\n`,
)

const SETTING = `${WORDS}
as acquire a >/dev/null; as begin a >/dev/null; in_state a applied
mkdir -p "$STATE_DIR/bin"; cp '${program}' "$STATE_DIR/bin/sha.sh"
`
const run = (shell: ShellName, script: string) => clients(bench, shell, `${SETTING}\n${script}`)

describe.each(SHELLS)('a snapshot that is asked for again under %s', (shell) => {
  const TAKING = `
as acquire a >/dev/null; as begin a >/dev/null
take_snapshot() {
  echo taken >>"$one/taken"
  until [ -e "$one/go" ]; do pause; done
  echo ai-trade >"$TX_DIR/snapshot/containers"; echo 'name: shop' >"$TX_DIR/snapshot/config.yml"; set_state snapshotted
}
print_containers() { echo "containers $1"; }`

  it('is taken once: who comes second waits, and is told the same; and so is who comes later', () => {
    const { lines } = clients(
      bench,
      shell,
      `${TAKING}
as verb_snapshot a >/dev/null &
until [ -s "$one/taken" ]; do pause; done
as verb_snapshot a >"$one/second" &
sleep 1; cat "$one/second"; : >"$one/go"
wait
cat "$one/second"; as verb_snapshot a; cat "$one/taken"`,
    )
    const told = ['fact grace 0', 'containers ai-trade', 'verb_snapshot a 0']
    expect(lines).toEqual([...told, ...told, 'taken'])
  })

  it('is taken anew where the shell that was asked first died', () => {
    const { lines } = clients(
      bench,
      shell,
      `${TAKING}
: >"$one/go"; echo '999999999 1' >"$STATE_DIR/transactions/a/snapshot/pid"
as verb_snapshot a; cat "$one/taken"; read_state a`,
    )
    expect(lines).toEqual(['verb_snapshot a 0', 'taken', 'snapshotted'])
  })
})

describe.each(SHELLS)('a job that is asked for again under %s', (shell) => {
  it('is not started again by the same request: while it runs, once it ended, once the lock is gone', () => {
    const { lines } = run(
      shell,
      `
start x r1; ran x; start x r1
ended x; start x r1
NOW=131; as acquire b; start x r1
cat "$one/runs.x"`,
    )
    expect(lines).toEqual([
      ...['verb_start_job a 0', 'verb_start_job a 0', 'ran with boots', 'ended 0', 'verb_start_job a 0'],
      ...['fact acquired 2', 'acquire b 0', 'verb_start_job a 0', 'ran with boots'],
    ])
  })

  it('is not started again after it changed the state in which it may be started', () => {
    const { lines } = run(shell, `start x r1; ended x; in_state a confirming; start x r1; start y r2`)
    expect(lines).toEqual([
      ...['verb_start_job a 0', 'ran with boots', 'ended 0', 'verb_start_job a 0', 'verb_start_job a 65'],
    ])
  })

  it.each([
    ['another request', 'start x r2'],
    ['no request at all', 'start x ""'],
  ])('is refused to %s', (_, again) => {
    const { lines } = run(shell, `start x r1; ran x\n${again}\nended x`)
    expect(lines).toEqual(['verb_start_job a 0', 'verb_start_job a 65', 'ran with boots', 'ended 0'])
  })

  it.each([
    ['it had made the directory', 'mkdir "$jobs/x"'],
    ['it had written down who asks', 'mkdir "$jobs/x"; ln -s assess@r1 "$jobs/x/request"'],
  ])('is started where the first attempt died when %s, with its stdin', (_, died) => {
    const { lines } = run(shell, `${died}\nstart x r1 again; ended x; ls -A "$jobs/x" | grep '[.]'`)
    expect(lines).toEqual(['verb_start_job a 0', 'ran with again', 'ended 0'])
  })

  it('runs once where two shells are asked at the same time', () => {
    const { lines } = run(
      shell,
      `
for round in 1 2 3 4 5 6 7 8 9 10; do
  for shell in 1 2 3; do sh '${OTHER_SHELL}' "$1" "start x$round r$round" >>"$one/answers" & done
  wait
done
sort "$one/answers" | uniq -c | tr -s ' '
for round in 1 2 3 4 5 6 7 8 9 10; do
  ran "x$round"
  job_alive "$jobs/x$round" || echo 'known by a process that is gone'
done
for round in 1 2 3 4 5 6 7 8 9 10; do ended "x$round"; done | sort | uniq -c | tr -s ' '`,
    )
    expect(lines).toEqual([' 30 verb_start_job a 0', ' 10 ended 0', ' 10 ran with boots'])
  })

  it('runs once where who started it died before that was written down', () => {
    const { lines } = run(
      shell,
      `
(claim_job() { :; }; start x r1 first); start x r1 second
ran x; job_alive "$jobs/x" && echo 'known by its process'
ended x | sed 's/first\\|second/one of them/'`,
    )
    expect(lines).toEqual([
      ...['verb_start_job a 0', 'verb_start_job a 0', 'known by its process', 'ran with one of them'],
      'ended 0',
    ])
  })

  it('begins once, where a connection was lost after an earlier transaction was ended', () => {
    const { lines } = run(
      shell,
      'in_state a unchanged; tx_release a; as acquire b >/dev/null; as begin b; as begin b; read_state b; lock_holds "$STATE_DIR/lock" b && echo held',
    )
    expect(lines).toEqual(['begin b 0', 'begin b 0', 'begun', 'held'])
  })
})
