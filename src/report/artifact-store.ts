import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Assessment, REPORT_FILES, type ReportFile, type ReportKind } from '../assess/evidence.ts'
import type { RunContext } from '../config/config.ts'
import type { ReportsResult, Warning } from '../outcome.ts'
import { artifactName, hasArtifactService } from './artifact-service.ts'
import { uploadInThread } from './artifact-upload.ts'

const UPLOAD_SECONDS = 60

export interface ArtifactStoreSettings {
  readonly run: Pick<RunContext, 'repository' | 'runId' | 'runAttempt' | 'job' | 'serverUrl' | 'runnerTemp'>
  readonly name?: string
  readonly retentionDays?: number
  /** The bundled upload module, see artifact-bundle.ts. */
  readonly uploadModule: URL
}

/** Keeps the report files of one deployment: on the runner, and as an artifact of the workflow run. */
export interface ArtifactStore {
  /** Never throws: what cannot be kept is a warning, and the outcome of the deployment stands. */
  keep(
    transactionId: string,
    files: Assessment['files'],
  ): Promise<{ readonly reports: ReportsResult; readonly warnings: readonly Warning[] }>
}

/** A store under the runner's own temporary directory and its artifact service. */
export function createArtifactStore(settings: ArtifactStoreSettings): ArtifactStore {
  return {
    async keep(transactionId, files) {
      const absent = Object.entries(files).flatMap(([kind, file]) => absence(kind as ReportKind, file))
      const directory = join(settings.run.runnerTemp, 'closed-loop', transactionId)
      const written = await writeReports(directory, files)
      const { names } = written
      if (names.length === 0) {
        return {
          reports: { path: '', files: [], artifact: { kind: 'none' } },
          warnings: [...absent, ...written.warnings],
        }
      }
      const upload = await uploadReports(settings, transactionId, directory, names)
      return {
        reports: { path: directory, files: names, artifact: upload.artifact },
        warnings: [...absent, ...written.warnings, ...upload.warnings],
      }
    },
  }
}

function absence(kind: ReportKind, file: ReportFile): readonly Warning[] {
  switch (file.kind) {
    case 'found':
      return []
    case 'absent':
      return [warnAbsent(kind, 'the runner did not write it')]
    case 'stale':
      return [warnAbsent(kind, `the file on the host is of another run: ${file.detail}`)]
    case 'unreadable':
      return [warnAbsent(kind, `it could not be read: ${file.detail}`)]
  }
}

function warnAbsent(kind: ReportKind, detail: string): Warning {
  return { kind: 'report-absent', file: REPORT_FILES[kind], detail }
}

interface Written {
  readonly names: readonly string[]
  readonly warnings: readonly Warning[]
}

/** Readable for the runner's user only: a self-hosted runner may share its machine. */
async function writeReports(directory: string, files: Assessment['files']): Promise<Written> {
  const names: string[] = []
  try {
    for (const [kind, file] of Object.entries(files)) {
      if (file.kind !== 'found') continue
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const name = REPORT_FILES[kind as ReportKind]
      await writeFile(join(directory, name), file.text, { mode: 0o600 })
      names.push(name)
    }
    return { names, warnings: [] }
  } catch (error) {
    return { names, warnings: [artifactFailed(`writing to the runner failed: ${String(error)}`)] }
  }
}

async function uploadReports(
  { run, name, retentionDays, uploadModule }: ArtifactStoreSettings,
  transactionId: string,
  directory: string,
  names: readonly string[],
): Promise<{ readonly artifact: ReportsResult['artifact']; readonly warnings: readonly Warning[] }> {
  if (!hasArtifactService(run.serverUrl)) {
    return {
      artifact: { kind: 'none' },
      warnings: [{ kind: 'artifact-unsupported', server: run.serverUrl }],
    }
  }
  const uploadedName = artifactName({ given: name, job: run.job, runAttempt: run.runAttempt, transactionId })
  const reply = await uploadInThread(
    uploadModule,
    {
      name: uploadedName,
      files: names.map((file) => join(directory, file)),
      rootDirectory: directory,
      ...(retentionDays === undefined ? {} : { retentionDays }),
    },
    UPLOAD_SECONDS,
  )
  if (reply.kind === 'failed') return { artifact: { kind: 'none' }, warnings: [artifactFailed(reply.detail)] }
  const url = `${run.serverUrl}/${run.repository}/actions/runs/${run.runId}/artifacts/${reply.id}`
  return { artifact: { kind: 'uploaded', id: reply.id, url, name: uploadedName }, warnings: [] }
}

function artifactFailed(detail: string): Warning {
  return { kind: 'artifact-failed', detail }
}
