import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiagnosticsResult, Warning } from '../../model/outcome.ts'
import type { Diagnostics } from '../../model/ports.ts'
import { printable } from '../clean-text.ts'
import { describeReports } from '../messages/reports.ts'
import { type ArtifactStoreSettings, artifactName, uploadArtifact } from './artifact-service.ts'

/** More than the host sends on its worst day; beyond it nothing is kept. */
const MOST_FILES = 100
const MOST_BYTES = 16 * 1024 * 1024

/** What was kept of the diagnostics, and what a person should know of it. */
interface Kept {
  readonly diagnostics: DiagnosticsResult
  readonly warnings: readonly Warning[]
}

/** Keeps the diagnostics on the runner, and as the second artifact of the deployment. Never throws. */
export async function keepDiagnostics(
  settings: ArtifactStoreSettings,
  transactionId: string,
  diagnostics: Diagnostics,
): Promise<Kept> {
  const { run, name, diagnosticsName } = settings
  const path = join(run.runnerTemp, 'closed-loop', `${transactionId}-${diagnosticsName}`)
  try {
    const names = await writeDiagnostics(path, diagnostics, settings)
    const reportsName = artifactName({ given: name, job: run.job, runAttempt: run.runAttempt, transactionId })
    const upload = await uploadArtifact(settings, `${reportsName}-${diagnosticsName}`, path, names)
    switch (upload.kind) {
      case 'uploaded':
        return { diagnostics: { kind: 'kept', path, artifact: upload }, warnings: [] }
      case 'unsupported':
        return onRunner(path, `${run.serverUrl} has no artifact service that can be used`)
      case 'failed':
        return onRunner(path, upload.detail)
    }
  } catch (error) {
    const detail = `writing to the runner failed: ${String(error)}`
    return { diagnostics: { kind: 'none' }, warnings: [{ kind: 'diagnostics-failed', detail }] }
  }
}

function onRunner(path: string, because: string): Kept {
  return {
    diagnostics: { kind: 'kept', path, artifact: { kind: 'none' } },
    warnings: [{ kind: 'diagnostics-failed', detail: `${because}; they are on the runner in ${path}` }],
  }
}

/** Readable for the runner's user only: a self-hosted runner may share its machine. Masked as the log is. */
async function writeDiagnostics(
  directory: string,
  { files, reports, gate }: Diagnostics,
  { mask }: ArtifactStoreSettings,
): Promise<readonly string[]> {
  const texts = [
    { name: 'reports', text: describeReports(reports, gate) },
    ...bounded(files).map(({ name, bytes }) => ({ name, text: bytes.toString() })),
  ]
  const names = fileNames(texts.map(({ name }) => name))
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const [index, { text }] of texts.entries())
    await writeFile(join(directory, names[index] ?? ''), mask(printable(mask(text))), { mode: 0o600 })
  return names
}

function bounded(files: Diagnostics['files']): Diagnostics['files'] {
  let bytesLeft = MOST_BYTES
  return files.slice(0, MOST_FILES).filter(({ bytes }) => {
    bytesLeft -= bytes.length
    return bytesLeft >= 0
  })
}

/** Of a file name, with room for a number and an ending. */
const MOST_CHARACTERS = 90

/**
 * Names of text files for names that come from the host: no separators, no leading dot, at most 100 characters, and no
 * two alike, also where upper and lower case are one.
 */
export function fileNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const clean =
      name
        .replace(/[^\w.-]/gu, '_')
        .replace(/^[.-]+/u, '')
        .slice(0, MOST_CHARACTERS) || 'unnamed'
    let free = clean
    for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${clean}-${number}`
    taken.add(free.toLowerCase())
    return `${free}.txt`
  })
}
