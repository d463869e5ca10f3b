import type { Fact } from '../../../src/host/protocol/facts.ts'
import { type VerifyFacts, verifyFacts } from '../../../src/host/protocol/verify-facts.ts'
import { judgeHost } from '../../../src/verify/judge.ts'

/** 2026-02-14T15:12:00Z, which is the host's clock in these tests. */
export const NOW = Date.UTC(2026, 1, 14, 15, 12) / 1000

export const DEPLOYED = ['ai-trade', 'watchdog', 'scheduler']

/** The moment so many seconds before NOW, as Docker writes it. */
export function ago(seconds: number): string {
  return new Date((NOW - seconds) * 1000).toISOString()
}

/** A container line of the host program: up for an hour unless said otherwise. */
export function container(
  service: string,
  over: Readonly<
    Partial<Record<'state' | 'health' | 'restarts' | 'startedAt' | 'exitCode' | 'kind' | 'policy', string>>
  > = {},
): Fact {
  const { state = 'running', health = 'none', restarts = '0', startedAt = ago(3600), exitCode = '0' } = over
  const { kind = 'lasting', policy = 'unless-stopped:0' } = over
  return [
    ...['container', `${service}-1`, service, '1', 'False', 'sha256:1', 'app:1', state, health, policy, '-'],
    ...[`id-${service}`, startedAt, restarts, exitCode, 'false', kind, '-'],
  ] as unknown as Fact
}

/** What the host tells of a log: that it was read, and its line that counts; with no line at all where none does. */
export function logged(service: 'watchdog' | 'scheduler', at?: string, text = ''): Fact[] {
  return [
    ['log_read', service, '0', ''],
    ...(at === undefined ? [] : [['log_line', service, at, text] as const]),
  ]
}

/** The facts of a file that was delivered. */
export function delivered(kind: string, from: 'run' | 'latest', text: string | Buffer, age = 'new'): Fact[] {
  const bytes = Buffer.from(text)
  return [
    ['report', kind, from, age, String(bytes.length)],
    ...(age === 'new' ? [['base64', bytes.toString('base64')] as const] : []),
  ]
}

export const ASSESS = '{"stage":"S3","verdict":"PASS"}'
export const REPORT = '{"overall_status":"PASS_WITH_ACTIONS"}'
export const RUN = '20260214T151000Z'

/** Of every service of a host that is as it should be. */
export const IMAGE_ID = `sha256:${'0a1b'.repeat(16)}`

/** `latest_run_meta.json`, as the runner of the example writes it. */
export function metaWith(part: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ run_id: RUN, action: 'full', stage: 'S3', research_image_id: IMAGE_ID, ...part })
}

export const META = metaWith()

/** What a host says that is as it should be, by topic: a test replaces one. */
export const GOOD = {
  looked: [
    ['looked', 'transactions'],
    ['looked', 'reports'],
    ['looked', 'compose'],
    ['looked', 'containers'],
  ],
  findings: [],
  transactions: [
    ['transaction', 'older', '3', 'rolled_back', '2026-02-13T15:00:00Z'],
    ['transaction', 'newer', '10', 'promoted', '2026-02-14T15:00:00Z'],
  ],
  latest: [
    ...delivered('closedLoop', 'latest', REPORT),
    ...delivered('runtimeAssess', 'latest', ASSESS),
    ...delivered('runMeta', 'latest', META),
  ],
  runs: [
    ['run', '20260214151000', 'complete', RUN],
    ['run', '20260213100000', 'incomplete', '20260213T100000Z'],
  ],
  read: [
    ['delivered', RUN],
    ...delivered('runtimeAssess', 'run', ASSESS),
    ...delivered('closedLoop', 'run', REPORT),
  ],
  projectDirs: [
    ['project_dir_set', '/opt/ai-trade'],
    ['project_dir_in', 'scheduler', '"/opt/ai-trade"'],
  ],
  intervals: [],
  images: [...DEPLOYED, 'ai-trade-research'].map((service): Fact => ['image', service, 'app:1', IMAGE_ID]),
  containers: DEPLOYED.map((service) => container(service)),
  made: DEPLOYED.map((service): Fact => ['made', `id-${service}`, ago(7200)]),
  events: [['events_read']],
  logs: [
    ...logged('watchdog', ago(30), '[Watchdog] All systems operational. Last RUNTIME_STATUS 1s ago.'),
    ...logged('scheduler', ago(600), '[Scheduler] closed loop full ended: exit 0'),
  ],
  sockets: [
    ['socket', 'watchdog', '0'],
    ['socket', 'scheduler', '0'],
  ],
} as const satisfies Readonly<Record<string, readonly Fact[]>>

export type Topics = Readonly<Partial<Record<keyof typeof GOOD, readonly Fact[]>>>

export function factsWith(topics: Topics = {}): VerifyFacts {
  const all: readonly Fact[] = Object.values<readonly Fact[]>({ ...GOOD, ...topics }).flat()
  return verifyFacts([['clock', String(NOW)], ['project_dir', '/opt/ai-trade'], ...all])
}

export function checksWith(topics: Topics = {}, deployed: readonly string[] = DEPLOYED) {
  return judgeHost(factsWith(topics), { deployed, projectDir: '/opt/ai-trade' })
}
