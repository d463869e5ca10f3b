import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { parseReply } from '../../../src/host/protocol/facts.ts'
import { type LoggedLine, type VerifyFacts, verifyFacts } from '../../../src/host/protocol/verify-facts.ts'
import { JUDGED_WORDS } from '../../../src/model/assessment.ts'
import { knownSeconds, startsOf } from '../../../src/verify/starts.ts'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const SECRET = 'canary+secret:0123456789'

/** What of Docker a verification asks for. `$FAKES/plays`, where it exists, is read first. */
const DOCKER = `
FAKES=$(dirname "$0")
line() { printf '/shop-%s-1\\t%s\\t1\\tFalse\\tsha256:aa\\tapp:1\\trunning\\tnone\\tunless-stopped:0\\t-\\tid-%s\\t2026-02-14T15:00:00Z\\t0\\t0\\tfalse\\t-\\t-\\n' "$1" "$1" "$1"; }
[ ! -f "$FAKES/plays" ] || . "$FAKES/plays"
case $* in
'version '*) echo 28.0.1 ;;
'compose version '*) echo 2.30.0 ;;
*'--file - '*) read -r first; printf 'services:\\n  probe:\\n    environment:\\n      P_AI_TRADE_PROJECT_DIR: %s\\n    image: probe\\n' "'[/opt/shop]'" ;;
*' config') printf 'name: shop\\nservices:\\n  ai-trade-research:\\n    image: research:1\\n  scheduler:\\n    image: cli:1\\n  watchdog:\\n    image: app:1\\n' ;;
'ps '*) printf 'id-watchdog\\nid-scheduler\\n' ;;
'inspect '*'split . '*)
  printf 'made\\tid-watchdog\\t2026-02-14T14:00:00Z\\ninterval_in\\twatchdog\\t"300"\\n'
  printf 'made\\tid-scheduler\\t2026-02-14T14:00:00Z\\nproject_dir_in\\tscheduler\\t"/opt/shop=x"\\ninterval_in\\tscheduler\\t"${SECRET}"\\n' ;;
'inspect '*) line watchdog; line scheduler ;;
'events '*) printf '100\\tcontainer\\tstart\\tid-watchdog\\n101\\tcontainer\\texec_create: sh\\tid-watchdog\\n102\\tcontainer\\tstart\\tid-watchdog\\n103\\timage\\tstart\\tid-x\\n' ;;
'logs '*' id-watchdog')
  echo '2026-02-14T15:01:00.000000001Z [Watchdog] All systems operational.'
  echo '2026-02-14T15:02:00.000000001Z [ALERT] ${SECRET} is said' >&2
  printf '2026-02-14T15:03:00.000000001Z something else\\n0' ;;
'logs '*' id-scheduler')
  echo '2026-02-14T15:01:00Z [Scheduler] closed loop full started'
  printf '2026-02-14T15:01:01Z [ERROR]\t${SECRET} is no key\n' >&2
  echo '2026-02-14T15:01:01Z a word of no interest'
  echo '2026-02-14T15:02:00Z [Scheduler] closed loop full every 5s, first run in 5s' ;;
'exec id-watchdog '*) exit 4 ;;
'exec id-scheduler '*) exit 0 ;;
'image inspect '*research:1) echo 'Error: No such image: research:1' >&2; exit 1 ;;
'image inspect '*) echo sha256:aa ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac`

const bench = programBench({ docker: DOCKER })
afterAll(() => bench[Symbol.dispose]())

interface Stage {
  readonly projectDir: string
  /** What the verb said, and that it left everything as it was. */
  verify(): { readonly facts: VerifyFacts }
  run(name: string, files: Readonly<Record<string, string>>): void
  plays(script: string): void
}

function stage(shell: ShellName): Stage {
  const projectDir = join(bench.directory, 'project')
  const root = join(projectDir, 'reports')
  rmSync(projectDir, { recursive: true, force: true })
  rmSync(join(bench.directory, 'fakes', 'plays'), { force: true })
  mkdirSync(root, { recursive: true })
  writeFileSync(join(projectDir, '.env'), `API_SECRET='${SECRET}'\n`)
  writeFileSync(join(projectDir, 'c.yml'), 'services: {}\n')
  const plan = [
    ...[`project_dir\t${projectDir}`, 'compose_file\tc.yml', 'env_file\t.env'],
    ...['deploy\twatchdog', 'deploy\tscheduler', 'gate\tscheduler', ''],
  ].join('\n')
  return {
    projectDir,
    plays: (script) => writeFileSync(join(bench.directory, 'fakes', 'plays'), script),
    run: (name, files) => {
      mkdirSync(join(root, name))
      for (const [file, text] of Object.entries(files)) writeFileSync(join(root, name, file), text)
    },
    verify: () => {
      const before = marks(projectDir)
      const { code, stdout } = bench.run(shell, 'reply NONCE verify "$@"', {
        words: [root, '900', ...JUDGED_WORDS],
        stdin: plan,
      })
      expect(code).toBe(0)
      expect(marks(projectDir)).toEqual(before)
      expect(stdout).not.toContain(SECRET)
      // Nothing was complained about besides.
      expect(stdout).not.toMatch(/^text\t/m)
      const lines = stdout.split('\n')
      expect(lines.slice(-2)).toEqual(['NONCE end 0', ''])
      return { facts: verifyFacts(parseReply(0, lines).facts) }
    },
  }
}

const line = (topic: LoggedLine['topic'], at: string, text: string): LoggedLine => ({ topic, at, text })

function textsOf({ logs }: VerifyFacts, service: string): readonly string[] {
  const log = logs.get(service)
  return log?.kind === 'read' ? log.lines.map(({ text }) => text) : []
}

/** Every file below, with its content and when it was written. */
function marks(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const stat = statSync(join(directory, path), { throwIfNoEntry: false })
      const bytes = stat?.isFile() && (stat.mode & 0o400) !== 0 ? readFileSync(join(directory, path)) : ''
      return `${path} ${stat?.mtimeMs} ${stat?.mode} ${createHash('sha256').update(bytes).digest('hex')}`
    })
}

const WHOLE = { 'runtime.log': 'x', 'runtime_assess.json': '{"a":1}', 'closed_loop_report.json': '{"b":2}' }

describe.each(SHELLS)('the verb verify under %s', (shell) => {
  it('says what runs, and leaves no trace on the host', () => {
    const { verify } = stage(shell)
    const { facts } = verify()
    expect(facts.findings).toEqual([])
    expect([...facts.looked]).toEqual(['transactions', 'reports', 'compose', 'containers'])
    expect(
      facts.containers.map((one) => ({
        service: one.service,
        state: one.state,
        starts: startsOf(one, facts),
      })),
    ).toEqual([
      { service: 'watchdog', state: 'running', starts: 2 },
      { service: 'scheduler', state: 'running', starts: 0 },
    ])
    expect(facts.containers.map(({ madeAt }) => madeAt)).toEqual(Array(2).fill('2026-02-14T14:00:00Z'))
    expect(facts.events).toEqual([
      { seconds: 100, started: 'id-watchdog' },
      { seconds: 101, started: '' },
      { seconds: 102, started: 'id-watchdog' },
      { seconds: 103, started: '' },
    ])
    expect(knownSeconds(facts)).toBe(900)
    expect(Object.fromEntries(facts.logs)).toEqual({
      watchdog: {
        kind: 'read',
        lines: [
          line('round', '2026-02-14T15:01:00.000000001Z', '[Watchdog] All systems operational.'),
          line('round', '2026-02-14T15:02:00.000000001Z', '[ALERT] *** is said'),
        ],
      },
      scheduler: {
        kind: 'read',
        lines: [
          line('full', '2026-02-14T15:01:00Z', '[Scheduler] closed loop full started'),
          line('error', '2026-02-14T15:01:01Z', '[ERROR] *** is no key'),
          line('run', '2026-02-14T15:02:00Z', '[Scheduler] closed loop full every 5s, first run in 5s'),
        ],
      },
    })
    expect(Object.fromEntries(facts.sockets)).toEqual({ watchdog: '4', scheduler: '0' })
    expect(facts.images).toEqual([
      { service: 'ai-trade-research', reference: 'research:1', imageId: '' },
      { service: 'scheduler', reference: 'cli:1', imageId: 'sha256:aa' },
      { service: 'watchdog', reference: 'app:1', imageId: 'sha256:aa' },
    ])
    expect(facts.projectDirs).toEqual([
      { by: 'env-file', value: '/opt/shop' },
      { by: 'scheduler', value: '/opt/shop=x' },
    ])
    expect(Object.fromEntries(facts.intervals)).toEqual({ watchdog: '300', scheduler: '***' })
    expect(facts.runs).toEqual([])
    expect(Object.values(facts.latest).map(({ age }) => age)).toEqual(['absent', 'absent', 'absent'])
  })

  it('reads the newest complete runs, whatever they are called', () => {
    const { verify, run, projectDir } = stage(shell)
    run('20260214T150000Z', WHOLE)
    run('20260214T160000Z-abc', WHOLE)
    run('20260214T170000Z', { ...WHOLE, 'runtime.log': '' })
    run(`by hand ${SECRET}`, WHOLE)
    run('summary', WHOLE)
    utimesSync(join(projectDir, 'reports', `by hand ${SECRET}`), 1_771_081_200, 1_771_081_200)
    writeFileSync(join(projectDir, 'reports', 'latest_runtime_assess.json'), `{"said":"${SECRET}"}`)
    symlinkSync('/etc/hostname', join(projectDir, 'reports', 'latest_run_meta.json'))
    const { facts } = verify()
    const at = (hour: number) => Date.UTC(2026, 1, 14, hour) / 1000
    expect(facts.runs).toEqual([
      { name: '20260214T170000Z', seconds: at(17), parts: 'incomplete' },
      { name: '20260214T160000Z-abc', seconds: at(16), parts: 'complete' },
      { name: 'by hand ***', seconds: at(15), parts: 'complete' },
      { name: '20260214T150000Z', seconds: at(15), parts: 'complete' },
    ])
    expect(facts.readRuns.map(({ run: name }) => name)).toEqual([
      ...['20260214T160000Z-abc', 'by hand ***', '20260214T150000Z'],
    ])
    for (const { files } of facts.readRuns)
      expect(files.map(({ kind, bytes }) => [kind, bytes.toString()])).toEqual([
        ['runtimeAssess', '{"a":1}'],
        ['closedLoop', '{"b":2}'],
      ])
    expect(facts.latest.runtimeAssess?.bytes.toString()).toBe('{"said":"***"}')
    expect(facts.latest.runMeta?.age).toBe('outside')
  })

  it('reads runs that have been, where a clock that was wrong left others', () => {
    const { verify, run } = stage(shell)
    for (const name of ['20991231T000000Z', '20991231T000001Z', '20991231T000002Z', '99999999T999999Z'])
      run(name, WHOLE)
    run('20260214T150000Z', WHOLE)
    const { facts } = verify()
    expect(facts.runs).toHaveLength(5)
    expect(facts.readRuns.map(({ run: name }) => name)).toEqual(['20260214T150000Z'])
  })

  it('asks the container that runs, where the service has another one', () => {
    const { verify, plays } = stage(shell)
    plays(
      `case $* in *'split . '*) ;; 'inspect '*) line watchdog | sed 's/running/exited/; s/id-watchdog/id-old/'; line watchdog; line scheduler; exit 0 ;; esac`,
    )
    expect(textsOf(verify().facts, 'watchdog').at(-1)).toBe('[ALERT] *** is said')
  })

  it('does not say that there are no containers where they could not be read', () => {
    const { verify, plays } = stage(shell)
    plays(`case $1 in inspect) exit 1 ;; esac`)
    const { facts } = verify()
    expect(facts.findings).toEqual([
      { finding: 'docker-unreachable', detail: 'its containers cannot be read' },
    ])
    expect([...facts.looked]).toEqual(['transactions', 'reports', 'compose'])
  })

  it('waits for no FIFO', () => {
    const { verify, projectDir } = stage(shell)
    const fifo = (...path: readonly string[]) => {
      mkdirSync(join(projectDir, ...path.slice(0, -1)), { recursive: true })
      execFileSync('mkfifo', [join(projectDir, ...path)])
    }
    const transaction = ['.closed-loop', 'transactions', 'aaa']
    fifo(...transaction, 'journal')
    fifo(...transaction, 'snapshot', 'env')
    fifo(...transaction, 'lock-number')
    writeFileSync(join(projectDir, ...transaction, 'state'), 'promoted')
    fifo('.closed-loop', 'transactions', 'bbb', 'state')
    for (const file of ['runtime.log', 'runtime_assess.json', 'closed_loop_report.json'])
      fifo('reports', '20260214T150000Z', file)
    fifo('reports', 'latest_run_meta.json')
    const { facts } = verify()
    expect(facts.transactions).toEqual([{ id: 'aaa', state: 'promoted', at: '' }])
    expect(facts.runs).toMatchObject([{ parts: 'incomplete' }])
    expect(facts.latest.runMeta?.age).toBe('absent')
  })

  it('tells the transactions, those that have no end, and who is at work', () => {
    const { verify, projectDir } = stage(shell)
    const put = (id: string, state: string, number: string) => {
      const directory = join(projectDir, '.closed-loop', 'transactions', id)
      mkdirSync(join(directory, 'snapshot'), { recursive: true })
      writeFileSync(join(directory, 'state'), `${state}\n`)
      writeFileSync(join(directory, 'lock-number'), `${number}\n`)
      writeFileSync(join(directory, 'journal'), '2026-02-14T15:00:00Z\tbegun\n2026-02-14T15:01:00Z\tlast\n')
      // Of then: what the log still shows.
      writeFileSync(join(directory, 'snapshot', 'env'), 'OLD_SECRET=formerly-a-canary\n')
    }
    put('bbb', 'applied', '9')
    put('aaa', 'promoted', '10')
    const lock = join(projectDir, '.closed-loop', 'lock')
    mkdirSync(lock)
    writeFileSync(join(lock, '10'), 'lease\t0\nwords\ta hold of ops: formerly-a-canary, since then\n')
    const { facts } = verify()
    expect(facts.transactions).toEqual([
      { id: 'bbb', state: 'applied', at: '2026-02-14T15:01:00Z' },
      { id: 'aaa', state: 'promoted', at: '2026-02-14T15:01:00Z' },
    ])
    expect(facts.unfinished).toEqual([{ transaction: 'bbb', state: 'applied' }])
    expect(facts.atWork).toBe('a hold of ops: ***, since then')
  })

  it.each<readonly [what: string, plays: string, findings: readonly unknown[], looked: readonly string[]]>([
    [
      'Docker does not answer',
      `case $1 in version) echo "refused ${SECRET}" >&2; exit 1 ;; esac`,
      [{ finding: 'docker-unreachable', detail: 'refused ***' }],
      ['transactions', 'reports'],
    ],
    [
      'Compose cannot read the files',
      `case "$*" in *' config') echo "bad ${SECRET}" >&2; exit 1 ;; esac`,
      [{ finding: 'compose-config-invalid', detail: 'bad ***' }],
      ['transactions', 'reports'],
    ],
    [
      'the containers cannot be listed',
      'case $1 in ps) exit 1 ;; esac',
      [{ finding: 'docker-unreachable', detail: 'its containers cannot be listed' }],
      ['transactions', 'reports', 'compose'],
    ],
  ])('says that %s, and all that it knows besides', (_what, plays, findings, looked) => {
    const played = stage(shell)
    played.plays(plays)
    const { facts } = played.verify()
    expect(facts.findings).toEqual(findings)
    expect([...facts.looked]).toEqual(looked)
  })

  it('takes the judged service for none that has done its work', () => {
    const { verify, plays } = stage(shell)
    plays(`ended() { line "$1" | sed 's/running/exited/; s/unless-stopped/no/'; }
case $* in *'split . '*) ;; 'inspect '*) ended watchdog; ended scheduler; exit 0 ;; esac`)
    expect(verify().facts.containers.map(({ service, kind }) => [service, kind])).toEqual([
      ['watchdog', 'one-shot'],
      ['scheduler', 'lasting'],
    ])
  })

  it('takes nothing that docker says of itself for a word of a log', () => {
    const { verify, plays } = stage(shell)
    plays(`case $1 in logs)
  echo "WARNING: Error loading config file: [ALERT] closed loop full: permission denied" >&2
  trap 'echo "WARNING: [ALERT] closed loop full failed" >&2' EXIT ;;
esac`)
    const { facts } = verify()
    expect(textsOf(facts, 'watchdog')).toEqual(['[Watchdog] All systems operational.', '[ALERT] *** is said'])
    expect(textsOf(facts, 'scheduler')).toEqual([
      '[Scheduler] closed loop full started',
      '[ERROR] *** is no key',
      '[Scheduler] closed loop full every 5s, first run in 5s',
    ])
  })

  it('tells the last lines of each topic, in the order of the log, and no more than is shown', () => {
    const { verify, plays } = stage(shell)
    plays(`case $1 in logs)
  at=2026-02-14T15:00:00Z
  echo "$at closed loop full started"
  for n in $(seq 41); do echo "$at error $n"; echo "$at All systems operational $n"; echo "$at closed loop assess $n"; done
  printf '%s closed-loop %s\\n' "$at" "$(head -c 2000 /dev/zero | tr '\\0' x)"
  echo "$at"; exit ;;
esac`)
    const texts = textsOf(verify().facts, 'scheduler')
    expect(texts).toHaveLength(121)
    // Other runs push out none of the full ones.
    expect(texts.slice(0, 3)).toEqual(['closed loop full started', 'error 2', 'All systems operational 2'])
    expect(texts.at(-1)).toBe(`closed-loop ${'x'.repeat(988)}`)
  })

  it.each([
    [
      'echo "Error: it is broken" >&2; echo "2026-02-14T15:01:00Z all is well"; exit 1',
      { code: '1', detail: 'Error: it is broken' },
    ],
    ['echo "2026-02-14T15:01:00Z all is well"; exit 124', { code: '124', detail: '' }],
  ])('tells no line of a log that could not be read as the reason: %s', (played, ended) => {
    const { verify, plays } = stage(shell)
    plays(`case $1 in logs) ${played} ;; esac`)
    expect(verify().facts.logs.get('watchdog')).toEqual({ kind: 'unreadable', ...ended })
  })

  it('says what a log cannot be read for', () => {
    const { verify, plays } = stage(shell)
    plays(
      `case $1 in logs) echo "configured driver does not support reading: ${SECRET}" >&2; exit 1 ;; events) exit 1 ;; esac`,
    )
    const { facts } = verify()
    expect(facts.logs.get('watchdog')).toEqual({
      ...{ kind: 'unreadable', code: '1', detail: 'configured driver does not support reading: ***' },
    })
    expect(facts.events).toBe('unread')
  })

  it('reads nothing where the redactor could not learn what to hide', () => {
    const { verify, projectDir } = stage(shell)
    writeFileSync(join(projectDir, 'reports', 'latest_runtime_assess.json'), `{"said":"${SECRET}"}`)
    rmSync(join(projectDir, '.env'))
    const { facts } = verify()
    expect(facts.findings).toEqual([{ finding: 'env-file-missing', path: join(projectDir, '.env') }])
    expect(facts.looked.size).toBe(0)
    expect(facts.latest).toEqual({})
  })
})
