import { createHash, randomBytes, randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { BackendIds } from './runtime-token.ts'
import { readZip } from './zip.ts'

/** An artifact that was uploaded whole. */
export interface UploadedArtifact {
  readonly id: string
  readonly name: string
  /** What the zip holds, by path. */
  readonly files: ReadonlyMap<string, Buffer>
  /** Bytes of the zip. */
  readonly size: number
  /** `sha256:` and the digest of the zip. */
  readonly hash: string
  /** When it goes away; `default` leaves that to the repository's setting. */
  readonly expires: Date | 'default'
}

/** A refusal with the status and the Twirp code that the real service gives. */
export class ArtifactRefusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

interface PendingArtifact {
  readonly name: string
  readonly expires: Date | 'default'
  /** What the upload URL is signed with. */
  readonly signature: string
  readonly blocks: Map<string, Buffer>
  content: Buffer | undefined
}

const idsSchema = z.object({ workflow_run_backend_id: z.string(), workflow_job_run_backend_id: z.string() })

const createSchema = idsSchema.extend({
  name: z.string().min(1),
  version: z.literal(7),
  mime_type: z.literal('application/zip'),
  expires_at: z.coerce.date().optional(),
})

const finalizeSchema = idsSchema.extend({
  name: z.string(),
  size: z.string().regex(/^\d+$/),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
})

/** The artifacts of one run: created, uploaded in blocks, finalized. */
export class ArtifactStore {
  readonly #ids: BackendIds
  readonly #pending = new Map<string, PendingArtifact>()
  readonly #finished: UploadedArtifact[] = []

  constructor(ids: BackendIds) {
    this.#ids = ids
  }

  /** The artifacts that were finalized, in order. */
  finished(): readonly UploadedArtifact[] {
    return [...this.#finished]
  }

  /** CreateArtifact: gives the path and query to upload to. A name can be used once a run. */
  create(request: unknown): string {
    const { name, expires_at, ...ids } = this.#parse(createSchema, request)
    this.#demandIds(ids)
    const taken = [...this.#finished, ...this.#pending.values()].some((artifact) => artifact.name === name)
    if (taken) throw new ArtifactRefusal(409, 'already_exists', `an artifact called ${name} exists already`)
    const blob = randomUUID()
    // A short signature would be masked as a secret wherever its characters occur.
    const signature = randomBytes(32).toString('base64url')
    this.#pending.set(blob, {
      name,
      expires: expires_at ?? 'default',
      signature,
      blocks: new Map(),
      content: undefined,
    })
    // The blob client expects /account/container/blob from a host that is an address.
    return `/account/actions-results/${blob}?se=2099-01-01T00%3A00%3A00Z&sp=cw&sv=2025-11-05&sig=${signature}`
  }

  /** Put Block. */
  putBlock(upload: UploadTarget, blockId: string, content: Buffer): void {
    this.#upload(upload).blocks.set(blockId, content)
  }

  /** Put Block List: the blob is its blocks in the order of the list, whatever order they came in. */
  putBlockList(upload: UploadTarget, xml: string): void {
    const artifact = this.#upload(upload)
    const blocks = [...xml.matchAll(/<Latest>([^<]*)<\/Latest>/g)].map(([, id = '']) => {
      const block = artifact.blocks.get(id)
      if (block === undefined) throw new ArtifactRefusal(400, 'InvalidBlockList', `block ${id} was never put`)
      return block
    })
    artifact.content = Buffer.concat(blocks)
  }

  /** FinalizeArtifact: checks size and hash against what was uploaded; gives the artifact's id. */
  finalize(request: unknown): string {
    const { name, size, hash, ...ids } = this.#parse(finalizeSchema, request)
    this.#demandIds(ids)
    const found = [...this.#pending].find(([, artifact]) => artifact.name === name)
    if (found === undefined)
      throw new ArtifactRefusal(404, 'not_found', `no artifact called ${name} was created`)
    const [blob, { content, expires }] = found
    if (content === undefined) throw new ArtifactRefusal(400, 'failed_precondition', 'nothing was uploaded')
    const received = {
      size: String(content.length),
      hash: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    }
    if (received.size !== size || received.hash !== hash) {
      const message = `expected ${size} bytes ${hash}, got ${received.size} bytes ${received.hash}`
      throw new ArtifactRefusal(400, 'invalid_argument', message)
    }
    const id = String(this.#finished.length + 1)
    this.#finished.push({ id, name, files: readZip(content), size: content.length, hash, expires })
    this.#pending.delete(blob)
    return id
  }

  #upload(target: UploadTarget): PendingArtifact {
    const artifact = this.#pending.get(target.blob)
    if (artifact === undefined) throw new ArtifactRefusal(404, 'BlobNotFound', `no upload ${target.blob}`)
    if (artifact.signature !== target.signature) {
      throw new ArtifactRefusal(403, 'AuthenticationFailed', 'the signature of the upload URL is wrong')
    }
    return artifact
  }

  #demandIds(ids: z.infer<typeof idsSchema>): void {
    if (ids.workflow_run_backend_id === this.#ids.run && ids.workflow_job_run_backend_id === this.#ids.job)
      return
    throw new ArtifactRefusal(403, 'permission_denied', 'the token is of another run or job')
  }

  #parse<Schema extends z.ZodType>(schema: Schema, request: unknown): z.infer<Schema> {
    const parsed = schema.safeParse(request)
    if (parsed.success) return parsed.data
    throw new ArtifactRefusal(400, 'invalid_argument', z.prettifyError(parsed.error))
  }
}

/** Where a block goes: the blob and the signature, both from the upload URL. */
export interface UploadTarget {
  readonly blob: string
  readonly signature: string
}
