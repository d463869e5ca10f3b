import { parseClosedLoopReport, parseRunMeta, parseRuntimeAssess } from '../../gate/reports/reports.ts'
import type { SeenRuns } from '../../gate/reports/run-identity.ts'
import type {
  Assessment,
  ExtraReport,
  ReportFile,
  ReportKind,
  RunIdentity,
  RunnerEnd,
} from '../../model/assessment.ts'
import type { JobEnd } from '../link/job-run.ts'
import type { DeliveredExtra, DeliveredFile } from '../protocol/delivered-file.ts'
import { type Fact, fieldsOf, firstOf } from '../protocol/facts.ts'

/** What the answer of the verb `assessed` (phases/assess.sh) says of the run directories. */
export function seenRuns(facts: readonly Fact[]): SeenRuns {
  const [[givenBy, called] = []] = fieldsOf(facts, 'called')
  const finished = firstOf(facts, 'finished')
  const told = fieldsOf(facts, 'new_run').map(([name = '', named]) => ({ name, named }))
  const newRuns = told.map(({ name, named }) => {
    // Names that are told alike, because what differs is hidden, tell no run from the other.
    const isOne = told.filter((other) => other.name === name).length === 1
    const ties = {
      called: isOne && name === called,
      finished: isOne && name === finished,
      named: isOne && named === 'named',
    }
    return { name, ties: new Set(TIES.filter((tie) => ties[tie])) }
  })
  return {
    newRuns,
    givenBy: givenBy === 'option' ? 'option' : 'environment',
    finishedElsewhere: newRuns.some(({ name }) => name === finished) ? '' : finished,
    output: fieldsOf(facts, 'silent').length > 0 ? 'silent' : 'some',
  }
}

const TIES = ['called', 'finished', 'named'] as const

/** How the runner ended. A shell reports death by a signal as 128 + its number. */
export function runnerEndOf(end: JobEnd, deadlineSeconds: number): RunnerEnd {
  if (end.kind === 'deadline') return { kind: 'deadline', seconds: deadlineSeconds }
  const code = Number(firstOf(end.record.facts, 'runner_exit') || end.code)
  return code > 128 && code <= 128 + 64 ? { kind: 'signalled', signal: code - 128 } : { kind: 'exited', code }
}

/** Binds the delivered files to this run. */
export function assessmentOf(
  end: RunnerEnd,
  identity: RunIdentity,
  delivered: readonly DeliveredFile[],
  extras: readonly ExtraReport[] = [],
): Assessment {
  return { end, identity, files: filesOf(identity, delivered), extras }
}

/** The files of `extra-reports` by their names. Without a proven run no directory is looked into. */
export function extrasOf(
  names: readonly string[],
  identity: RunIdentity,
  delivered: readonly DeliveredExtra[],
): readonly ExtraReport[] {
  return names.map((name): ExtraReport => {
    if (identity.kind !== 'proven')
      return { name, file: { kind: 'unproven', because: 'run', detail: NO_RUN } }
    const file = delivered.find((one) => one.name === name)
    return {
      name,
      file: file === undefined || file.age === 'absent' ? { kind: 'absent' } : extraContent(file),
    }
  })
}

/** What no rule reads need not be UTF-8 as a whole. */
function extraContent(file: DeliveredExtra): ReportFile {
  const read = content(file)
  if (read.kind === 'unreadable' && file.age === 'new' && file.reading === 'whole' && !isJson(file.name))
    return { kind: 'found', text: file.bytes.toString(), from: file.from }
  return read
}

function isJson(name: string): boolean {
  return name.endsWith('.json')
}

/** Whether an extra report was caught half-written. */
export function isExtraHalfWritten({ age, reading, name, bytes }: DeliveredExtra): boolean {
  if (age !== 'new') return false
  if (reading === 'torn') return true
  if (!isJson(name)) return false
  try {
    JSON.parse(bytes.toString())
    return false
  } catch {
    return true
  }
}

const NO_RUN = 'no run directory of this run is known'

/**
 * Which of the delivered files are those of a run. A file of the run's own directory is this run's; `latest_*` only
 * where it was written after the runner started and the meta file next to it names this run.
 */
export function filesOf(identity: RunIdentity, delivered: readonly DeliveredFile[]): Assessment['files'] {
  const latest = latestOwner(identity, delivered)
  const file = (kind: ReportKind) => reportFile(kind, delivered, latest)
  return { closedLoop: file('closedLoop'), runtimeAssess: file('runtimeAssess'), runMeta: file('runMeta') }
}

type LatestOwner =
  | { readonly kind: 'ours' }
  | { readonly kind: 'other'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly because: 'run' | 'meta'; readonly detail: string }
  /** The meta file is this run's to show, but it proves nothing about its neighbours. */
  | { readonly kind: 'unreadable-meta'; readonly detail: string }

function latestOwner(identity: RunIdentity, delivered: readonly DeliveredFile[]): LatestOwner {
  if (identity.kind !== 'proven') return { kind: 'unknown', because: 'run', detail: NO_RUN }
  const meta = delivered.find(({ kind, from }) => kind === 'runMeta' && from === 'latest')
  if (meta?.age !== 'new')
    return { kind: 'unknown', because: 'meta', detail: 'latest_run_meta.json was not written by this run' }
  const text = content(meta)
  const parsed = text.kind === 'found' ? parseRunMeta(text.text) : text
  if (parsed.kind !== 'valid') {
    return { kind: 'unreadable-meta', detail: 'latest_run_meta.json cannot be read, so it proves nothing' }
  }
  const { run_id: runId } = parsed.report
  return runId === identity.runId
    ? { kind: 'ours' }
    : { kind: 'other', detail: `latest_run_meta.json names run ${runId}, this run is ${identity.runId}` }
}

/**
 * Whether a file that may be judged was caught half-written: it changed while it was read, or it is no report. Such a
 * one is worth a second look, a moment later.
 */
export function isHalfWritten({ kind, age, reading, bytes }: DeliveredFile): boolean {
  if (age !== 'new') return false
  if (reading === 'torn') return true
  const text = decoded(bytes)
  return text.kind !== 'found' || PARSE[kind](text.text).kind === 'invalid'
}

const PARSE = {
  closedLoop: parseClosedLoopReport,
  runtimeAssess: parseRuntimeAssess,
  runMeta: parseRunMeta,
} as const satisfies Record<ReportKind, unknown>

function reportFile(kind: ReportKind, delivered: readonly DeliveredFile[], latest: LatestOwner): ReportFile {
  const own = delivered.find(
    (file) => file.kind === kind && file.from === 'run-directory' && file.age !== 'absent',
  )
  if (own) return content(own)
  const shared = delivered.find((file) => file.kind === kind && file.from === 'latest')
  if (!shared || shared.age === 'absent') return { kind: 'absent' }
  if (shared.age === 'outside') return content(shared)
  if (shared.age === 'old')
    return { kind: 'not-written', detail: 'it was not written since the runner started' }
  switch (latest.kind) {
    case 'ours':
      return content(shared)
    case 'other':
      return { kind: 'stale', detail: latest.detail }
    case 'unknown':
      return { kind: 'unproven', because: latest.because, detail: latest.detail }
    case 'unreadable-meta':
      return kind === 'runMeta'
        ? content(shared)
        : { kind: 'unproven', because: 'meta', detail: latest.detail }
  }
}

function content(
  file: Omit<DeliveredFile, 'kind'>,
): Extract<ReportFile, { kind: 'found' | 'stale' | 'unreadable' }> {
  if (file.age === 'elsewhere')
    return { kind: 'stale', detail: "what lies in the run's directory is a link to a file of another place" }
  if (file.age === 'outside')
    return { kind: 'unreadable', detail: 'it is a link that leads out of the directory of the reports' }
  if (file.age === 'too-large')
    return {
      kind: 'unreadable',
      detail: `it has ${file.sizeBytes} bytes, more than 8 MiB, or than is left of 16 MiB for all reports together`,
    }
  if (file.age === 'unreadable')
    return {
      kind: 'unreadable',
      detail: 'the account that deploys is not allowed to read it, or its disk is damaged',
    }
  if (file.reading === 'torn') return { kind: 'unreadable', detail: 'it changed while it was read' }
  const text = decoded(file.bytes)
  return text.kind === 'found' ? { ...text, from: file.from } : text
}

function decoded(
  bytes: Buffer,
):
  | { readonly kind: 'found'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly detail: string } {
  try {
    return { kind: 'found', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return {
      kind: 'unreadable',
      detail: isUtf16(bytes) ? 'it is UTF-16, not UTF-8' : 'it is not valid UTF-8',
    }
  }
}

/** By its byte order mark, or because every other byte is a NUL, which the host delivers as 0xff. */
function isUtf16(bytes: Buffer): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  const isEveryOther = (one: number, other: number) => one === 0xff && other === 0xff
  return isMarked || isEveryOther(first, third) || isEveryOther(second, fourth)
}
