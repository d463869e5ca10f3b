import type { ReportKind } from '../../model/assessment.ts'
import { BY_ENV_FILE } from '../../model/check.ts'
import type { PreflightFinding } from '../../model/problem.ts'
import { type ContainerState, parseContainer } from './container.ts'
import { type DeliveredFile, deliveredFiles } from './delivered-file.ts'
import { type Fact, fieldsOf, firstOf } from './facts.ts'
import { parseFinding } from './findings.ts'
import { type Engine, engineOf, type OtherContainers, otherContainers } from './preflight-facts.ts'
import type { Unfinished } from './results.ts'

/** What the host program looked at (phases/verify.sh); the rest it left out, because of a finding. */
export type Looked = 'transactions' | 'reports' | 'compose' | 'containers'

/** A directory of a run. `seconds`: when, since 1970. `complete`: its log and its two reports are there, and not empty. */
export interface RunDirectory {
  readonly name: string
  readonly seconds: number
  readonly parts: 'complete' | 'incomplete'
}

/** `full`: a full run of the loop, not that there will be one. */
export type LogTopic = 'round' | 'full' | 'run' | 'error'

/** A line of a log, of what it is about. `at`: Docker's time of it. Foreign text. */
export interface LoggedLine {
  readonly topic: LogTopic
  readonly at: string
  readonly text: string
}

/** The last lines of a service's log about rounds of a watchdog, runs of the loop, and errors; the oldest first. */
export type ServiceLog =
  | { readonly kind: 'read'; readonly lines: readonly LoggedLine[] }
  /** `detail`: the last word of `docker logs`, which ended with that code. */
  | { readonly kind: 'unreadable'; readonly code: string; readonly detail: string }

/** A container, and when Docker made it. */
export interface WatchedContainer extends ContainerState {
  readonly madeAt: string
}

/** An event that dockerd remembers of the window in which restarts are counted. */
export interface DockerEvent {
  /** Since 1970. */
  readonly seconds: number
  /** The ID of the container that was started; empty for any other event. */
  readonly started: string
}

/** What the host said of itself. All of it is foreign text but for the names of our own protocol. */
export interface VerifyFacts extends OtherContainers {
  readonly engine: Engine
  /** Empty where the files could not be read. */
  readonly projectName: string
  /** The host's clock, in seconds since 1970. */
  readonly clockSeconds: number
  readonly findings: readonly PreflightFinding[]
  readonly looked: ReadonlySet<Looked>
  /** `pwd -P`; empty where there is none. */
  readonly projectDir: string
  /** In the order in which they had the lock. `at`: its last word, by the host's clock. */
  readonly transactions:
    | readonly { readonly id: string; readonly state: string; readonly at: string }[]
    | 'unreadable'
  readonly unfinished: readonly Unfinished[]
  /** Who works on the project, in words of the host; empty where nobody does. */
  readonly atWork: string
  readonly latest: Readonly<Partial<Record<ReportKind, DeliveredFile>>>
  /** The newest first. */
  readonly runs: readonly RunDirectory[] | 'unreadable'
  /** The reports of the newest complete ones. */
  readonly readRuns: readonly { readonly run: string; readonly files: readonly DeliveredFile[] }[]
  /** An empty ID: there is no such image here. */
  readonly images: readonly {
    readonly service: string
    readonly reference: string
    readonly imageId: string
  }[]
  /** What AI_TRADE_PROJECT_DIR is: in the env file, where it was read, and in the containers that have it. */
  readonly projectDirs: readonly { readonly by: string; readonly value: string }[]
  /** What AI_TRADE_WATCHDOG_INTERVAL_SECONDS is in the environment of the containers that have it, by their service. */
  readonly intervals: ReadonlyMap<string, string>
  readonly containers: readonly WatchedContainer[]
  /** The oldest first. */
  readonly events: readonly DockerEvent[] | 'unread'
  readonly logs: ReadonlyMap<string, ServiceLog>
  /** How a look at the Docker socket from within the container ended, as an exit code, by its service. */
  readonly sockets: ReadonlyMap<string, string>
}

/** Reads the answer of the verb `verify`. */
export function verifyFacts(facts: readonly Fact[]): VerifyFacts {
  const { latest, readRuns } = filesOf(facts)
  return {
    engine: engineOf(facts),
    projectName: firstOf(facts, 'project'),
    ...otherContainers(facts),
    clockSeconds: Number(firstOf(facts, 'clock')),
    findings: fieldsOf(facts, 'finding').map(parseFinding),
    looked: new Set(fieldsOf(facts, 'looked').map(([what]) => what as Looked)),
    projectDir: firstOf(facts, 'project_dir'),
    transactions: transactionsOf(facts),
    unfinished: fieldsOf(facts, 'unfinished').map(([transaction = '', state = '']) => ({
      transaction,
      state,
    })),
    atWork: firstOf(facts, 'at_work'),
    latest,
    runs: fieldsOf(facts, 'runs_unreadable').length > 0 ? 'unreadable' : runsOf(facts),
    readRuns,
    images: fieldsOf(facts, 'image').map(([service = '', reference = '', imageId = '']) => ({
      service,
      reference,
      imageId,
    })),
    projectDirs: [
      ...fieldsOf(facts, 'project_dir_set').map(([value = '']) => ({ by: BY_ENV_FILE, value })),
      ...fieldsOf(facts, 'project_dir_in').map(([by = '', json = '']) => ({ by, value: fromJson(json) })),
    ],
    intervals: new Map(
      fieldsOf(facts, 'interval_in').map(([service = '', json = '']) => [service, fromJson(json)]),
    ),
    containers: containersOf(facts),
    events: fieldsOf(facts, 'events_read').length > 0 ? eventsOf(facts) : 'unread',
    logs: new Map(logsOf(facts)),
    sockets: new Map(fieldsOf(facts, 'socket').map(([service = '', code = '']) => [service, code])),
  }
}

function transactionsOf(facts: readonly Fact[]): VerifyFacts['transactions'] {
  if (fieldsOf(facts, 'transactions_unreadable').length > 0) return 'unreadable'
  return fieldsOf(facts, 'transaction')
    .toSorted(([, one = ''], [, other = '']) => Number(one) - Number(other))
    .map(([id = '', , state = '', at = '']) => ({ id, state, at }))
}

/** The files that were delivered before the first `delivered`, and those behind each. */
function filesOf(facts: readonly Fact[]): Pick<VerifyFacts, 'latest' | 'readRuns'> {
  const marks = facts.flatMap(([name], index) => (name === 'delivered' ? [index] : []))
  const latest = deliveredFiles(facts.slice(0, marks[0]))
  return {
    latest: Object.fromEntries(latest.map((file) => [file.kind, file])),
    readRuns: marks.map((mark, index) => ({
      run: facts[mark]?.[1] ?? '',
      files: deliveredFiles(facts.slice(mark, marks[index + 1])),
    })),
  }
}

function runsOf(facts: readonly Fact[]): readonly RunDirectory[] {
  return fieldsOf(facts, 'run').map(([time = '', parts = '', name = '']) => ({
    name,
    seconds: secondsOf(time),
    parts: parts === 'complete' ? 'complete' : 'incomplete',
  }))
}

/** Of YYYYMMDDHHMMSS in UTC; NaN where it is no time. */
function secondsOf(time: string): number {
  const iso = time.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/u, '$1-$2-$3T$4:$5:$6Z')
  return iso === time ? Number.NaN : Date.parse(iso) / 1000
}

function containersOf(facts: readonly Fact[]): readonly WatchedContainer[] {
  const made = new Map(fieldsOf(facts, 'made').map(([id = '', at = '']) => [id, at]))
  return fieldsOf(facts, 'container').map((columns) => {
    const container = parseContainer(columns)
    return { ...container, madeAt: made.get(container.id) ?? '' }
  })
}

function eventsOf(facts: readonly Fact[]): readonly DockerEvent[] {
  return fieldsOf(facts, 'event').map(([seconds = '', started = '']) => ({
    seconds: Number(seconds),
    started,
  }))
}

function logsOf(facts: readonly Fact[]): readonly (readonly [string, ServiceLog])[] {
  return fieldsOf(facts, 'log_read').map(([service = '', code = '', detail = '']): [string, ServiceLog] => [
    service,
    code === '0' ? { kind: 'read', lines: linesOf(facts, service) } : { kind: 'unreadable', code, detail },
  ])
}

function linesOf(facts: readonly Fact[], service: string): readonly LoggedLine[] {
  const lines = fieldsOf(facts, 'log_line')
    .filter(([of]) => of === service)
    .flatMap(([, at = '', text = '']): readonly LoggedLine[] => {
      const topic = topicOf(text)
      return topic === undefined ? [] : [{ topic, at, text }]
    })
  const last = TOPICS.flatMap(({ topic }) =>
    lines.filter((line) => line.topic === topic).slice(-LINES_OF_TOPIC),
  )
  return lines.filter((line) => last.includes(line))
}

const LINES_OF_TOPIC = 40
/** The first that fits. */
const TOPICS: readonly { readonly topic: LogTopic; readonly pattern: RegExp }[] = [
  { topic: 'round', pattern: /All systems operational|\[ALERT\]/u },
  { topic: 'full', pattern: /^(?!.*closed loop full every).*closed loop full/iu },
  { topic: 'run', pattern: /closed[ _-]?loop/iu },
  {
    topic: 'error',
    pattern: /error|fatal|panic|traceback|denied|no such file|not found|cannot|can.t|fail/iu,
  },
]

function topicOf(text: string): LogTopic | undefined {
  return TOPICS.find(({ pattern }) => pattern.test(text))?.topic
}

/** The redactor may have cut something out of it. */
function fromJson(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}
