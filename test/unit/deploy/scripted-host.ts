import type { ContainerState } from '../../../src/host/protocol/container.ts'
import type { SshChannel, SshConnection } from '../../../src/model/connection.ts'
import { DeployError, type Problem } from '../../../src/model/problem.ts'
import { container, stateFact } from '../health/builders.ts'
import { type Call, ScriptedPeer } from '../host/scripted-peer.ts'

export const NEW_IMAGE = `sha256:${'2'.repeat(64)}`
export const OLD_IMAGE = `sha256:${'1'.repeat(64)}`
/** As many as an administrator can be asked to allow: no moment of a deployment needs more. */
const MAX_SESSIONS = 2
export const RUN_ID = '20260214T151200Z'
const RELEASE = 'registry.example.com/ai-trade:2'

/** Where a transaction of the simulated host stands; `none` before one was begun. */
export type HostState =
  | 'none'
  | 'begun'
  | 'snapshotted'
  | 'prefetched'
  | 'applying'
  | 'applied'
  | 'promoted'
  | 'rolled_back'
  | 'rollback_failed'
  | 'unchanged'

export const BEFORE_BOUNDARY: readonly HostState[] = [
  'none',
  'begun',
  'snapshotted',
  'prefetched',
  'unchanged',
]

/**
 * What happens to one call: `link-dies` before or after the host did what was asked; `shell-dies`: only the
 * shell that was asked; `fails`: the host refuses and does nothing; `silent`: no answer comes.
 */
export type Fault = 'none' | 'link-dies' | 'link-dies-after' | 'shell-dies' | 'fails' | 'silent'

/** A job of the simulated host, as its own code sees it. */
export interface Job {
  readonly name: string
  readonly kind: string
  readonly words: readonly string[]
  fact(...fields: readonly string[]): void
  text(line: string): void
  /** An empty code is what a full disk leaves in the file of the exit code. */
  end(code: number | ''): void
}

export interface Scene {
  /** What a job does instead of what it does on a good day. */
  readonly jobs?: Readonly<Record<string, (job: Job, host: ScriptedHost) => void>>
  readonly fault?: (call: Call, number: number, host: ScriptedHost) => Fault
  /** Lines of the answer to `reports`, instead of a passing run's. */
  readonly reports?: (host: ScriptedHost) => readonly string[]
  /** Lines of the answer to `baseline`; default: none was kept. */
  readonly baseline?: readonly string[]
  /** Lines of the answer to `verify`; default: nothing was looked at. */
  readonly verify?: readonly string[]
  /** Answers to verbs that the host has none of its own for. */
  readonly answers?: Readonly<Record<string, readonly [lines: readonly string[], code: number]>>
  /** Lines of the answer to `assessed`, instead of the proven run's. */
  readonly assessed?: readonly string[]
  /** The answer to `acquire`, instead of the lock. */
  readonly acquire?: () => readonly [lines: readonly string[], code: number]
  /** The answer to `probe_check`; default: what a login leaves running lives on. */
  readonly survived?: 'yes' | 'no'
  /** What a full disk makes of `abandon` before the boundary; default: it is done. */
  readonly abandon?: 'untidy'
  /** What ended a container that is lost; default: itself. */
  readonly endedBy?: 'docker'
  /** The second connection of the first checks; default: it works. */
  readonly beside?: Problem
  /** Which boot of the host a new shell is in; default: the same one for ever. */
  readonly bootId?: () => string
  /** A connection on which no command can be started. */
  readonly open?: 'refused'
  /** Lines of the answer to `preflight`; default: {@link PREFLIGHT}. */
  readonly preflight?: () => readonly string[]
  /**
   * What becomes of an attempt to connect after those of the first checks, by its number from 1; default: it is
   * refused.
   */
  readonly reconnect?: (attempt: number) => 'works' | Problem
}

interface RunningJob {
  readonly job: Job
  readonly lines: string[]
  code: number | '' | 'running'
}

interface Poll {
  readonly call: Call
  readonly peer: ScriptedPeer
}

/** One connection to the simulated host: two sessions on it at most. */
class ScriptedConnection implements SshConnection {
  link: 'up' | 'dead' | 'closed' = 'up'
  readonly peers: ScriptedPeer[] = []
  readonly lost: Promise<{ readonly detail: string }>
  readonly #reportLost: (loss: { readonly detail: string }) => void
  readonly #host: ScriptedHost

  constructor(host: ScriptedHost) {
    this.#host = host
    const { promise, resolve } = Promise.withResolvers<{ readonly detail: string }>()
    this.lost = promise
    this.#reportLost = resolve
  }

  async open(): Promise<SshChannel> {
    const during = 'opening a channel'
    if (this.link === 'closed')
      throw new DeployError({ code: 'ssh.lost', during, detail: 'the connection was closed' })
    if (this.link === 'dead') throw new DeployError({ code: 'ssh.lost', during, detail: 'keepalive timeout' })
    if (this.peers.filter((peer) => peer.isOpen).length >= MAX_SESSIONS)
      throw new DeployError({ code: 'ssh.shell_unusable', detail: 'open failed' })
    const peer = this.#host.login()
    this.peers.push(peer)
    return peer
  }

  async close(): Promise<void> {
    this.link = 'closed'
    for (const peer of this.peers) peer.end({ kind: 'lost', detail: 'the connection was closed' })
    await this.#host.closing()
  }

  die(): void {
    if (this.link !== 'up') return
    this.link = 'dead'
    for (const peer of this.peers) peer.end({ kind: 'lost', detail: 'keepalive timeout' })
    this.#reportLost({ detail: 'keepalive timeout' })
  }
}

/**
 * A host that keeps the contract of the host program without Docker: a state machine behind an SSH
 * connection, whose every call a test can make fail. What is "really so" is in {@link state} and {@link log}.
 */
export class ScriptedHost {
  state: HostState = 'none'
  /** Verbs and job starts that the host carried out, in order. */
  readonly log: string[] = []
  /** Earlier transactions that did not end, as `ID<TAB>STATE`; a `recover` job of the scene ends the first. */
  readonly unfinished: string[] = []
  /** What closing a connection does besides. */
  closing: () => Promise<void> = async () => undefined
  readonly #scene: Scene
  readonly #connections: ScriptedConnection[] = []
  readonly #jobs = new Map<string, RunningJob>()
  readonly #polls: Poll[] = []
  /** By the name of a job, what it was asked for with. */
  readonly #asked = new Map<string, string>()
  #calls = 0

  constructor(scene: Scene = {}) {
    this.#scene = scene
  }

  /** How often somebody tried to connect, the second connection of the first checks left out. */
  attempts = 0
  #beside: 'to come' | 'made' = 'to come'

  async connect(): Promise<SshConnection> {
    const answer = this.#answerToConnect()
    if (answer !== 'works') throw new DeployError(answer)
    const connection = new ScriptedConnection(this)
    this.#connections.push(connection)
    return connection
  }

  #answerToConnect(): 'works' | Problem {
    if (this.attempts === 1 && this.#beside === 'to come' && this.state === 'none') {
      this.#beside = 'made'
      return this.#scene.beside ?? 'works'
    }
    const attempt = this.attempts++
    return attempt === 0 ? 'works' : (this.#scene.reconnect?.(attempt) ?? refused())
  }

  /** A shell on the host. */
  login(): ScriptedPeer {
    if (this.#scene.open === 'refused')
      throw new DeployError({ code: 'ssh.shell_unusable', detail: 'open failed' })
    const peer = new ScriptedPeer((call) => this.#arrive(call, peer))
    peer.bootId = this.#scene.bootId?.() ?? peer.bootId
    return peer
  }

  /** Whether every connection that was made was closed again from the other side. */
  get closed(): 'closed' | 'open' {
    return this.#connections.every(({ link }) => link === 'closed') ? 'closed' : 'open'
  }

  /** Every connection there is dies. */
  die(): void {
    for (const connection of this.#connections) connection.die()
  }

  /** How many calls have arrived, polls for news left out. */
  get calls(): number {
    return this.#calls
  }

  /** A running job, for a test that plays its part. */
  job(name: string): Job {
    const running = this.#jobs.get(name)
    if (running?.code !== 'running') throw new Error(`job ${name} does not run`)
    return running.job
  }

  get runningJobs(): readonly string[] {
    return [...this.#jobs].filter(([, { code }]) => code === 'running').map(([name]) => name)
  }

  stopJobs(except: string): void {
    for (const [name, { job, code }] of this.#jobs) if (code === 'running' && name !== except) job.end(143)
  }

  #arrive(call: Call, peer: ScriptedPeer): void {
    const number = call.verb === 'follow' ? -1 : this.#calls++
    const fault = this.#scene.fault?.(call, number, this) ?? 'none'
    switch (fault) {
      case 'link-dies':
        this.die()
        return
      case 'link-dies-after':
        this.#carryOut(call, { reply: () => this.die() })
        return
      case 'shell-dies':
        peer.end({ kind: 'signalled', signal: 'SIGKILL' })
        return
      case 'fails':
        peer.reply(call, ['text\tno space left on device'], 1)
        return
      case 'silent':
        return
    }
    if (call.verb === 'follow') this.#poll({ call, peer })
    else this.#carryOut(call, peer)
  }

  /** Without news, a poll is answered with nothing after the seconds it names. */
  #poll(poll: Poll): void {
    this.#polls.push(poll)
    this.#spreadNews()
    const timeout = setTimeout(() => {
      const at = this.#polls.indexOf(poll)
      if (at === -1) return
      this.#polls.splice(at, 1)
      poll.peer.reply(poll.call)
    }, Number(poll.call.words[1]) * 1000)
    timeout.unref()
  }

  #carryOut(call: Call, peer: Pick<ScriptedPeer, 'reply'>): void {
    const { verb, words } = call
    if (verb === 'start_job') {
      this.#startJob(call, peer)
      return
    }
    this.log.push(verb === 'stop_job' ? `${verb} ${words[1]}` : verb)
    const [lines, code] = this.#answerTo(verb, words)
    peer.reply(call, lines, code)
  }

  #answerTo(verb: string, words: readonly string[]): readonly [lines: readonly string[], code: number] {
    switch (verb) {
      case 'preflight':
        return [this.#scene.preflight?.() ?? PREFLIGHT, 0]
      case 'ask_docker':
        return [['fact\tended\t0'], 0]
      case 'probe_start':
        return [['fact\tleft\t10\t100\t9\t90'], 0]
      case 'probe_check':
        return [[`fact\tsurvived\t${this.#scene.survived ?? 'yes'}`], 0]
      case 'acquire':
        return this.#scene.acquire?.() ?? [['fact\tacquired\t1'], 0]
      case 'state':
        return [this.#standing(), 0]
      case 'begin':
        if (this.unfinished.length > 0) return [[`fact\tunfinished\t${this.unfinished[0]}`], 1]
        this.state = 'begun'
        return [[], 0]
      case 'snapshot':
        this.state = 'snapshotted'
        return [[containerLine(container({ imageId: OLD_IMAGE, health: 'healthy' }))], 0]
      case 'abandon':
        if (!BEFORE_BOUNDARY.includes(this.state)) return [['text\tpast its boundary'], 65]
        if (this.#scene.abandon === 'untidy') return [['fact\tuntouched', 'text\tno space left on device'], 1]
        this.state = 'unchanged'
        return [['fact\tuntouched'], 0]
      case 'assessed':
        return [this.#scene.assessed ?? [`fact\tfinished\t${RUN_ID}`, `fact\tnew_run\t${RUN_ID}\tnamed`], 0]
      case 'reports':
        return [this.#scene.reports?.(this) ?? REPORTS, 0]
      case 'baseline':
        return [this.#scene.baseline ?? [], 0]
      case 'verify':
        return [this.#scene.verify ?? [], 0]
      case 'diagnostics':
        return [['fact\tdiagnostic\tjournal', `fact\tbase64\t${btoa('it began')}`], 0]
      case 'ended_by':
        return [
          this.#scene.endedBy === 'docker'
            ? ['fact\tevent\tkill\t15', 'fact\tevent\tdie\t']
            : ['fact\tevent\tdie\t'],
          0,
        ]
      case 'log_tail':
        return [['text\tthe last line'], 0]
      case 'stop_job': {
        const running = this.#jobs.get(words[1] ?? '')
        if (running?.code === 'running') running.job.end(143)
        return [[], 0]
      }
      default:
        return this.#scene.answers?.[verb] ?? [[], 0]
    }
  }

  #standing(): readonly string[] {
    if (this.state === 'none') return ['fact\tstate\t']
    const before = container({ imageId: OLD_IMAGE, health: 'healthy' })
    return [
      `fact\tstate\t${this.state}`,
      ['fact', 'before', ...stateFact(before).slice(1)].join('\t'),
      `fact\tpulled\t${RELEASE}\t${NEW_IMAGE}`,
    ]
  }

  #startJob(call: Call, peer: Pick<ScriptedPeer, 'reply'>): void {
    const [, name = '', request = '', ...words] = call.words
    if (this.#jobs.has(name)) {
      const again = this.#asked.get(name) === request
      peer.reply(call, again ? [] : [`text\tjob ${name} was started before`], again ? 0 : 65)
      return
    }
    this.log.push(`start_job ${name}`)
    this.#asked.set(name, request)
    const [kind = ''] = request.split('@')
    const job = this.begin(name, kind, words)
    peer.reply(call)
    const behave = this.#scene.jobs?.[kind] ?? GOOD_DAY[kind]
    behave?.(job, this)
  }

  /** A job that is at work, whoever started it. */
  begin(name: string, kind = name, words: readonly string[] = []): Job {
    const lines: string[] = []
    const running: RunningJob = {
      lines,
      code: 'running',
      job: {
        name,
        kind,
        words,
        fact: (...fields) => this.#say(running, ['job', name, ...fields].join('\t')),
        text: (line) => this.#say(running, `out\t${name}\t${line}`),
        end: (code) => {
          running.code = code
          this.#spreadNews()
        },
      },
    }
    this.#jobs.set(name, running)
    return running.job
  }

  #say(running: RunningJob, line: string): void {
    if (running.code !== 'running') return
    running.lines.push(line)
    this.#spreadNews()
  }

  /** Answers the polls for which there is news, as verb_follow does. */
  #spreadNews(): void {
    for (const poll of this.#polls.splice(0)) {
      const lines = this.#newsFor(poll.call)
      if (lines.length === 0) this.#polls.push(poll)
      else poll.peer.reply(poll.call, lines)
    }
  }

  #newsFor({ words }: Call): readonly string[] {
    return [...this.#jobs].flatMap(([name, { lines, code }]) => {
      const at = words.indexOf(name, 2)
      const offset = at === -1 ? '0' : (words[at + 1] ?? '0')
      if (offset === 'ended') return []
      const fresh = lines.slice(Number(offset))
      if (fresh.length > 0) return [...fresh, `fact\toffset\t${name}\t${lines.length}\t0`]
      return code === 'running' || code === '' ? [] : [`fact\tended\t${name}\t${code}`]
    })
  }
}

/** What connecting comes to where nobody listens. */
export function refused(detail = 'connect ECONNREFUSED'): Problem {
  return {
    code: 'ssh.unreachable',
    hop: 'host',
    host: 'host.example.com',
    port: 22,
    reason: 'refused',
    detail,
  }
}

function containerLine(one: ContainerState): string {
  return ['fact', 'container', ...stateFact(one).slice(1)].join('\t')
}

const containerFields = (one: ContainerState) => ['container', ...stateFact(one).slice(1)]
const SERVICES = ['ai-trade', 'watchdog']

/** A container of the release as it should be. */
export function released(part: Partial<ContainerState> = {}): ContainerState {
  return container({ imageId: NEW_IMAGE, health: 'healthy', startedAt: '2026-02-14T15:10:00Z', ...part })
}

export const PREFLIGHT = [
  'fact\tdocker\t20.10.24',
  'fact\tcompose\t2.26.1',
  'fact\tproject\tai-trade',
  ...['ai-trade', 'watchdog', 'scheduler'].flatMap((service) => [
    `fact\tservice\t${service}`,
    `fact\treleased\t${service}\t${RELEASE}`,
  ]),
  ...['KEY', 'SECRET'].map((what) => `fact\tset\tAI_TRADE_BYBIT_DEMO_API_${what}`),
  'fact\tlooked\tcontainers',
  'fact\tdisk\t1000000',
  'fact\tlock_number\t0',
]

/** What each job of the host program does when all goes well. */
export const GOOD_DAY: Readonly<Record<string, (job: Job, host: ScriptedHost) => void>> = {
  prefetch(job, host) {
    job.text('Pulling ai-trade')
    host.state = 'prefetched'
    job.fact('pulled', RELEASE, NEW_IMAGE, '')
    job.end(0)
  },
  apply(job, host) {
    host.state = 'applying'
    job.fact('boundary')
    for (const service of SERVICES) {
      const one = released({ service })
      job.fact('running', service, one.name, one.id, one.imageId, one.startedAt, '0')
    }
    host.state = 'applied'
    job.end(0)
  },
  watch(job) {
    for (const service of SERVICES) job.fact(...stateFact(released({ service })))
  },
  evidence(job) {
    job.fact('evidence', '12', '1', '0')
    job.end(0)
  },
  assess(job) {
    job.fact('runner_exit', '0')
    job.end(0)
  },
  confirm(job, host) {
    host.state = 'promoted'
    host.stopJobs('confirm')
    for (const service of SERVICES) job.fact(...containerFields(released({ service })))
    job.end(0)
  },
  rollback(job, host) {
    if (host.state === 'promoted') {
      job.fact('promoted')
      job.end(0)
      return
    }
    host.stopJobs(job.name)
    if (BEFORE_BOUNDARY.includes(host.state)) {
      host.state = 'unchanged'
      job.fact('untouched')
      job.end(0)
      return
    }
    host.state = 'rolled_back'
    job.fact('rolled_back')
    job.fact(...containerFields(container({ imageId: OLD_IMAGE, health: 'healthy' })))
    job.end(0)
  },
}

/** The answer of the `reports` verb after a passing run. */
export const REPORTS = reportLines({
  closedLoop: { overall_status: 'PASS', sections: { runtime: { stage: 'S3', verdict: 'PASS' } } },
  runtimeAssess: { stage: 'S3', verdict: 'PASS' },
})

export function reportLines(
  reports: Readonly<Record<'closedLoop' | 'runtimeAssess', unknown>>,
  action = 'assess',
): string[] {
  const meta = { run_id: RUN_ID, action, stage: 'S3' }
  const file = (kind: string, from: string, content: unknown) => {
    const bytes = Buffer.from(JSON.stringify(content))
    return [
      `fact\treport\t${kind}\t${from}\tnew\t${bytes.length}`,
      `fact\tbase64\t${bytes.toString('base64')}`,
    ]
  }
  return [
    ...Object.entries(reports).flatMap(([kind, content]) => file(kind, 'run', content)),
    ...file('runMeta', 'latest', meta),
  ]
}
