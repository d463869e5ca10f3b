/**
 * The upload of an artifact, in a bundle and a thread of its own: the library is three times as large as the
 * rest of the action, and few ways lead here.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { DefaultArtifactClient } from '@actions/artifact'
import type { UploadReply, UploadRequest } from './artifact-upload.ts'

/** Uploads the files and gives the artifact's ID. Throws what the library throws. */
export async function upload(request: UploadRequest): Promise<string> {
  const { name, files, rootDirectory, retentionDays } = request
  const { id } = await new DefaultArtifactClient().uploadArtifact(
    name,
    [...files],
    rootDirectory,
    retentionDays === undefined ? {} : { retentionDays },
  )
  if (id === undefined) throw new Error('the artifact service gave no ID')
  return String(id)
}

async function replyTo(request: UploadRequest): Promise<UploadReply> {
  try {
    return { kind: 'uploaded', id: await upload(request) }
  } catch (error) {
    return { kind: 'failed', detail: error instanceof Error ? error.message : String(error) }
  }
}

const port = parentPort
if (port !== null) void replyTo(workerData as UploadRequest).then((reply) => port.postMessage(reply))
