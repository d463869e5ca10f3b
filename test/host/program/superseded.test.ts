import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

interface Run {
  readonly number?: string
  readonly attempt?: string
  readonly repository?: string
  readonly workflow?: string
  readonly state?: string
  /** The number of the lock that it had. */
  readonly lock?: number
}

/** The run that asks came when the lock had been had 10 times. */
const ARRIVED = 10

const CASES: readonly (readonly [what: string, asks: Run, there: readonly Run[], superseded: string])[] = [
  ['nothing was deployed yet', {}, [], ''],
  ['an older one', {}, [{ number: '41' }], ''],
  ['the same one', {}, [{ number: '42' }], ''],
  ['a newer one', {}, [{ number: '43' }], '43'],
  ['a newer one from before this one came', {}, [{ number: '43', lock: 3 }], '43'],
  ['a number with more digits', { number: '9' }, [{ number: '10' }], '10'],
  ['several newer ones', {}, [{ number: '44' }, { number: '101' }, { number: '43' }], '101'],
  ['a newer one of another workflow', {}, [{ number: '43', workflow: 'o/r/other.yml' }], ''],
  ['a newer one of another repository', {}, [{ number: '43', repository: 'o/fork' }], ''],
  ['a newer one that was rolled back', {}, [{ number: '43', state: 'rolled_back' }], ''],
  ['a newer one that changed nothing', {}, [{ number: '43', state: 'unchanged' }], ''],
  ['a newer one whose rollback failed', {}, [{ number: '43', state: 'rollback_failed' }], ''],
  ['again on purpose, after a newer one', { attempt: '2' }, [{ number: '43', lock: 3 }], ''],
  ['again on purpose, the last one it saw', { attempt: '2' }, [{ number: '43', lock: ARRIVED }], ''],
  ['again, and a newer one came while it waited', { attempt: '2' }, [{ number: '43', lock: 11 }], '43'],
  ['a run without a number', { number: '' }, [{ number: '43' }], ''],
  ['a newer one without a number', {}, [{ number: '' }], ''],
  ['neither names its workflow', { workflow: '' }, [{ number: '43', workflow: '' }], ''],
  [
    'a workflow with a backslash in its name',
    { workflow: 'o/r/a\\tb.yml' },
    [{ number: '43', workflow: 'o/r/a\\tb.yml' }],
    '43',
  ],
]

const planOf = ({ number = '42', attempt = '1', repository = 'o/r', workflow = 'o/r/deploy.yml' }: Run) =>
  [
    ['project_dir', '/p'],
    ['repository', repository],
    ['workflow', workflow],
    ['run_number', number],
    ['attempt', attempt],
    ['arrived', String(ARRIVED)],
  ]
    .filter(([, value]) => value !== '')
    .map((line) => `${line.join('\t')}\n`)
    .join('')

describe.each(SHELLS)('a deployment gives way under %s', (shell) => {
  it.each(CASES)('%s', (_, asks, there, superseded) => {
    const script = `
STATE_DIR=$(mktemp -d -p "$PWD")
write() { mkdir -p "$STATE_DIR/transactions/$1" && printf '%s' "$3" >"$STATE_DIR/transactions/$1/$2"; }
${there
  .map(
    (run, index) =>
      `write t${index} state '${run.state ?? 'promoted'}'; write t${index} lock-number '${run.lock ?? 7}'; write t${index} plan '${planOf(run)}'`,
  )
  .join('\n')}
PLAN=$1
newer_run`
    const { stdout, stderr } = bench.run(shell, script, { words: [planOf(asks)] })
    expect({ newer: stdout.trim(), stderr }).toEqual({ newer: superseded, stderr: '' })
  })
})
