import type { HostSession } from '../host/client/session.ts'
import type { Ending } from '../model/outcome.ts'
import type { DiagnosticFile, Ports } from '../model/ports.ts'
import { problemOf } from '../model/problem.ts'
import type { DeploymentRecord } from './record.ts'

/** The way to the host, once it is known how a deployment ended. */
export type Open = Pick<HostSession, 'diagnostics' | 'close'>

/** Where it is noted what can be read, and who keeps it. */
interface Keeping {
  readonly ports: Pick<Ports, 'reportStore'>
  readonly record: DeploymentRecord
}

/** The outcome stands, however and whenever the connection ends. */
export function disconnect({ close }: Open): void {
  void close().catch(() => undefined)
}

/**
 * Keeps the reports of this run and, unless the release is promoted, the diagnostics of the host. A failure is a warning and
 * does not change the outcome. Never throws.
 */
export async function collectArtifacts(
  { ending, ...host }: Open & { readonly ending: Ending },
  keeping: Keeping,
): Promise<void> {
  const files = ending.kind === 'promoted' ? [] : await diagnosticsOf(host, keeping)
  disconnect(host)
  await keepReports(keeping)
  if (files.length > 0) await keepDiagnostics(files, keeping)
}

/** Empty where no transaction began: the host has nothing of such a deployment. */
async function diagnosticsOf(host: Open, { record }: Keeping): Promise<readonly DiagnosticFile[]> {
  if (record.transactionId === '') return []
  record.enter('reports')
  try {
    return await host.diagnostics(record.transactionId)
  } catch (error) {
    const { code } = problemOf(error)
    record.warn({ kind: 'diagnostics-failed', detail: `the host did not send them (${code})` })
    return []
  }
}

/** Keeps the reports of this run, if there are any. A failure is a warning. Never throws. */
export async function keepReports({ ports, record }: Keeping): Promise<void> {
  if (!record.files) return
  if (record.phase !== 'reports') record.enter('reports')
  try {
    const kept = await ports.reportStore.keep(record.transactionId, record.files, record.extras)
    record.reports = kept.reports
    for (const warning of kept.warnings) record.warn(warning)
  } catch (error) {
    record.warn({ kind: 'artifact-failed', detail: String(error) })
  }
}

async function keepDiagnostics(files: readonly DiagnosticFile[], { ports, record }: Keeping): Promise<void> {
  try {
    const found = { files, reports: record.files, gate: record.gate }
    const kept = await ports.reportStore.keepDiagnostics(record.transactionId, found)
    record.diagnostics = kept.diagnostics
    for (const warning of kept.warnings) record.warn(warning)
  } catch (error) {
    record.warn({ kind: 'diagnostics-failed', detail: String(error) })
  }
}
