import { Worker } from 'node:worker_threads'

export interface UploadRequest {
  readonly name: string
  /** Absolute paths, all below `rootDirectory`. */
  readonly files: readonly string[]
  readonly rootDirectory: string
  readonly retentionDays?: number
}

export type UploadReply =
  | { readonly kind: 'uploaded'; readonly id: string }
  | { readonly kind: 'failed'; readonly detail: string }

/**
 * Runs the upload module in a thread and waits for its reply, at most `deadlineSeconds`. Never throws.
 *
 * A thread, because the library cannot be aborted and waits up to 180 s for one answer: a thread can be
 * ended. Its output goes nowhere: it holds runner commands, and words of the artifact service.
 */
export async function uploadInThread(
  module: URL,
  request: UploadRequest,
  deadlineSeconds: number,
): Promise<UploadReply> {
  const worker = new Worker(module, {
    workerData: request,
    stdout: true,
    stderr: true,
    // What it allocates is soon garbage: a small nursery keeps the whole step below 120 MB.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  })
  worker.stdout.resume()
  worker.stderr.resume()
  const { promise, resolve } = Promise.withResolvers<UploadReply>()
  const failed = (detail: string) => resolve({ kind: 'failed', detail: withoutQueries(detail) })
  const deadline = setTimeout(() => failed(`no answer after ${deadlineSeconds} s`), deadlineSeconds * 1000)
  worker.once('message', (reply: UploadReply) =>
    reply.kind === 'uploaded' ? resolve(reply) : failed(reply.detail),
  )
  worker.once('error', (error) => failed(error instanceof Error ? error.message : String(error)))
  worker.once('exit', (code) => failed(`the upload ended without a reply (exit code ${code})`))
  const reply = await promise
  clearTimeout(deadline)
  await worker.terminate()
  return reply
}

/** The query of an upload address is its key. */
function withoutQueries(detail: string): string {
  return detail.replace(/(https?:\/\/[^\s?'"]+)\?[^\s'"]*/gu, '$1?***')
}
