import { APPLY } from '../../src/output/messages/apply.ts'
import { CONFIGURATION } from '../../src/output/messages/configuration.ts'
import { CONFIRM } from '../../src/output/messages/confirm.ts'
import { EXCEPTIONS } from '../../src/output/messages/exceptions.ts'
import { FILES } from '../../src/output/messages/files.ts'
import { FINDINGS } from '../../src/output/messages/findings.ts'
import { GATE } from '../../src/output/messages/gate.ts'
import { GATE_REASONS } from '../../src/output/messages/gate-reasons.ts'
import { HEALTH } from '../../src/output/messages/health.ts'
import { KNOWN_CAUSES } from '../../src/output/messages/known-causes.ts'
import { LOCK } from '../../src/output/messages/lock.ts'
import { OUTCOMES } from '../../src/output/messages/outcomes.ts'
import { PREFETCH } from '../../src/output/messages/prefetch.ts'
import { PREFLIGHT } from '../../src/output/messages/preflight.ts'
import { FAULTS } from '../../src/output/messages/problem.ts'
import { RECOVER } from '../../src/output/messages/recover.ts'
import { RETURN } from '../../src/output/messages/return.ts'
import { ROLLBACK } from '../../src/output/messages/rollback.ts'
import { SSH } from '../../src/output/messages/ssh.ts'
import { STEP } from '../../src/output/messages/step.ts'
import type { Docs, ProblemRow, SentenceRow } from '../../src/output/messages/table.ts'
import { VERIFY } from '../../src/output/messages/verify.ts'
import { WARNINGS } from '../../src/output/messages/warnings.ts'
import { code, table } from './markdown-table.ts'

export const TROUBLESHOOTING_PAGE = 'docs/troubleshooting.md'

/** The tables of the page, from the tables of the messages. */
export const TROUBLESHOOTING_TABLES = {
  outcomes: () =>
    table(
      ['outcome', 'what runs now', 'what to do'],
      Object.entries(OUTCOMES).map(([name, { docs }]) => [code(name), docs.runsNow, docs.next]),
    ),
  faults: () =>
    table(
      ['fault', 'where to look'],
      Object.entries(FAULTS).map(([name, { docs }]) => [code(name), docs]),
    ),
  configuration: () => problems('code', CONFIGURATION),
  connection: () => problems('code', SSH),
  files: () => problems('code', FILES),
  preflight: () => problems('code', PREFLIGHT),
  recover: () => problems('code', RECOVER),
  findings: () => problems('finding', FINDINGS),
  lock: () => problems('code', LOCK),
  prefetch: () => problems('code', PREFETCH),
  apply: () => problems('code', APPLY),
  health: () => problems('code', HEALTH),
  gate: () => problems('code', GATE),
  'gate-reasons': () => sentences('reason', GATE_REASONS),
  confirm: () => problems('code', CONFIRM),
  rollback: () => problems('code', ROLLBACK),
  return: () => problems('code', RETURN),
  exceptions: () => sentences('exception', EXCEPTIONS),
  'known-causes': () =>
    table(
      ['output', 'points to', 'fault'],
      KNOWN_CAUSES.map(({ docs, fault }) => [
        docs.output,
        docs.pointsTo,
        fault === undefined ? '' : code(fault),
      ]),
    ),
  step: () => problems('code', STEP),
  verify: () => problems('code', VERIFY),
  warnings: () => sentences('warning', WARNINGS),
}

function problems(kind: string, rows: Readonly<Record<string, ProblemRow<never>>>): string {
  return table(
    [kind, 'the message names', 'usual causes', 'cure', 'fault'],
    Object.entries(rows).map(([name, { docs, fault }]) => [
      ...cells(name, docs),
      typeof fault === 'string' ? code(fault) : fault.docs,
    ]),
  )
}

function sentences(kind: string, rows: Readonly<Record<string, SentenceRow<never>>>): string {
  return table(
    [kind, 'the message names', 'usual causes', 'cure'],
    Object.entries(rows).map(([name, { docs }]) => cells(name, docs)),
  )
}

function cells(name: string, { names, causes, cure }: Docs): readonly string[] {
  return [code(name), names, causes, cure]
}
