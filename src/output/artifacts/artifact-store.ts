import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Assessment,
  type ExtraReport,
  REPORT_FILES,
  type ReportFile,
  type ReportKind,
} from '../../model/assessment.ts'
import type { ReportsResult, Warning } from '../../model/outcome.ts'
import type { ReportStore } from '../../model/ports.ts'
import type { Mask } from '../mask.ts'
import { describeAbsence } from '../messages/reports.ts'
import { type ArtifactStoreSettings, artifactName, uploadArtifact } from './artifact-service.ts'
import { keepDiagnostics } from './diagnostics-store.ts'

/**
 * A store under the runner's own temporary directory and its artifact service. It never throws: a file that it cannot keep is
 * a warning.
 */
export function createArtifactStore(settings: ArtifactStoreSettings): ReportStore {
  return {
    keepDiagnostics: (transactionId, diagnostics) => keepDiagnostics(settings, transactionId, diagnostics),
    async keep(transactionId, files, extras) {
      const absent = [
        ...Object.entries(files).flatMap(([kind, file]) => absence(kind as ReportKind, file)),
        ...extras.flatMap(extraAbsence),
      ]
      const unwritten = notWritten(files)
      const directory = join(settings.run.runnerTemp, 'closed-loop', transactionId)
      const written = await writeReports(directory, [...namedFiles(files), ...extras], settings.mask)
      const { names } = written
      if (names.length === 0) {
        return {
          reports: { path: '', files: [], ...unwritten, artifact: { kind: 'none' } },
          warnings: [...absent, ...written.warnings],
        }
      }
      const upload = await uploadReports(settings, transactionId, directory, names)
      return {
        reports: { path: directory, files: names, ...unwritten, artifact: upload.artifact },
        warnings: [...absent, ...written.warnings, ...upload.warnings],
      }
    },
  }
}

/** A runner that ends early writes no reports: that is no warning, and the line of the reports in the summary says it. */
function notWritten(files: Assessment['files']): Pick<ReportsResult, 'notWritten'> {
  const names = Object.entries(files).flatMap(([kind, file]) =>
    file.kind === 'absent' || file.kind === 'not-written' ? [REPORT_FILES[kind as ReportKind]] : [],
  )
  return names.length === 0 ? {} : { notWritten: names }
}

function absence(kind: ReportKind, file: ReportFile): readonly Warning[] {
  if (file.kind === 'found' || file.kind === 'absent' || file.kind === 'not-written') return []
  // An unknown run is a reason of the gate, for all files at once.
  if (file.kind === 'unproven' && file.because === 'run') return []
  return [{ kind: 'report-absent', file: REPORT_FILES[kind], detail: describeAbsence(file) }]
}

/** Somebody asked for it by its name, so one that was not written is told too. */
function extraAbsence({ name, file }: ExtraReport): readonly Warning[] {
  if (file.kind === 'found' || (file.kind === 'unproven' && file.because === 'run')) return []
  return [{ kind: 'report-absent', file: name, detail: describeAbsence(file) }]
}

function namedFiles(files: Assessment['files']): readonly ExtraReport[] {
  return Object.entries(files).map(([kind, file]) => ({ name: REPORT_FILES[kind as ReportKind], file }))
}

interface Written {
  readonly names: readonly string[]
  readonly warnings: readonly Warning[]
}

/**
 * Readable for the runner's user only: a self-hosted runner may share its machine. The host's redactor knows no secret of the
 * job, and GitHub masks no artifact.
 */
async function writeReports(directory: string, files: readonly ExtraReport[], mask: Mask): Promise<Written> {
  const names: string[] = []
  try {
    for (const { name, file } of files) {
      if (file.kind !== 'found') continue
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await writeFile(join(directory, name), mask(file.text), { mode: 0o600 })
      names.push(name)
    }
    return { names, warnings: [] }
  } catch (error) {
    return { names, warnings: [artifactFailed(`writing to the runner failed: ${String(error)}`)] }
  }
}

async function uploadReports(
  settings: ArtifactStoreSettings,
  transactionId: string,
  directory: string,
  names: readonly string[],
): Promise<{ readonly artifact: ReportsResult['artifact']; readonly warnings: readonly Warning[] }> {
  const { run, name } = settings
  const uploadedName = artifactName({ given: name, job: run.job, runAttempt: run.runAttempt, transactionId })
  const upload = await uploadArtifact(settings, uploadedName, directory, names)
  switch (upload.kind) {
    case 'uploaded':
      return { artifact: upload, warnings: [] }
    case 'unsupported':
      return {
        artifact: { kind: 'none' },
        warnings: [{ kind: 'artifact-unsupported', server: run.serverUrl }],
      }
    case 'failed':
      return { artifact: { kind: 'none' }, warnings: [artifactFailed(upload.detail)] }
  }
}

function artifactFailed(detail: string): Warning {
  return { kind: 'artifact-failed', detail }
}
