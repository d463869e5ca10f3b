import { join } from 'node:path'
import type { RunContext } from '../../config/config.ts'
import type { ArtifactResult } from '../../model/outcome.ts'
import { UPLOAD_SECONDS } from '../../model/timeouts.ts'
import type { Mask } from '../mask.ts'
import { uploadInThread } from './artifact-upload.ts'

/** @actions/artifact 6 accepts these servers only (internal/shared/config.ts); GitHub Enterprise Server lacks the service. */
export function hasArtifactService(serverUrl: string): boolean {
  if (!URL.canParse(serverUrl)) return false
  const { hostname } = new URL(serverUrl)
  return hostname === 'github.com' || hostname.endsWith('.ghe.com') || hostname.endsWith('.localhost')
}

/**
 * The artifact's name: names are unique within a run, so a given one gets the attempt, and the default one
 * the attempt and the transaction. Characters that the artifact service refuses become dashes.
 */
export function artifactName(parts: {
  readonly given: string | undefined
  readonly job: string
  readonly runAttempt: string
  readonly transactionId: string
}): string {
  const { given, job, runAttempt, transactionId } = parts
  const name =
    given === undefined ? `closed-loop-${job}-${runAttempt}-${transactionId}` : `${given}-${runAttempt}`
  return name.replace(/[":<>|*?\\/\p{Cc}]/gu, '-')
}

export interface UploadSettings {
  readonly run: Pick<RunContext, 'repository' | 'runId' | 'serverUrl'>
  readonly retentionDays?: number
  /** The bundled upload module, see artifact-bundle.ts. */
  readonly uploadModule: URL
}

export type ArtifactUpload =
  | Extract<ArtifactResult, { kind: 'uploaded' }>
  /** This server has no artifact service that can be used. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'failed'; readonly detail: string }

/** Uploads files of one directory as an artifact of the workflow run; takes 60 s at most, and never throws. */
export async function uploadArtifact(
  { run, retentionDays, uploadModule }: UploadSettings,
  name: string,
  directory: string,
  files: readonly string[],
): Promise<ArtifactUpload> {
  if (!hasArtifactService(run.serverUrl)) return { kind: 'unsupported' }
  const reply = await uploadInThread(
    uploadModule,
    {
      name,
      files: files.map((file) => join(directory, file)),
      rootDirectory: directory,
      ...(retentionDays === undefined ? {} : { retentionDays }),
    },
    UPLOAD_SECONDS,
  )
  if (reply.kind === 'failed') return reply
  const url = `${run.serverUrl}/${run.repository}/actions/runs/${run.runId}/artifacts/${reply.id}`
  return { kind: 'uploaded', id: reply.id, url, name }
}

export interface ArtifactStoreSettings extends UploadSettings {
  readonly run: UploadSettings['run'] & Pick<RunContext, 'runAttempt' | 'job' | 'runnerTemp'>
  readonly name?: string
  /** What comes behind the name of the reports, for the second artifact; names are unique within a run. */
  readonly diagnosticsName: 'diagnostics' | 'post-diagnostics'
  /** For what this step knows to be secret, and the host perhaps does not: a registry's token. */
  readonly mask: Mask
}
