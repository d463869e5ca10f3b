import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ArtifactRefusal, ArtifactStore, type UploadedArtifact } from './artifact-store.ts'
import { type BackendIds, makeRuntimeToken } from './runtime-token.ts'

export type { UploadedArtifact } from './artifact-store.ts'

/**
 * `accepts`: as GitHub's service. `refuses`: 403 at once. `fails`: 500 to everything, which clients retry.
 * `hangs`: takes every request and never answers.
 */
export type ResultsBehaviour = 'accepts' | 'refuses' | 'fails' | 'hangs'

/** One request that arrived, answered or not. The query (and the signature in it) is left out of `path`. */
export interface ReceivedRequest {
  readonly method: string
  readonly path: string
}

/** A service that takes artifacts over GitHub's wire format (Twirp in JSON, then blocks of a blob). */
export interface ResultsServer extends AsyncDisposable {
  /** ACTIONS_RESULTS_URL. */
  readonly url: string
  /** ACTIONS_RUNTIME_TOKEN. */
  readonly token: string
  /** What was uploaded whole so far, unzipped. */
  artifacts(): readonly UploadedArtifact[]
  readonly requests: readonly ReceivedRequest[]
  /** Ends every connection, unanswered ones too. */
  stop(): Promise<void>
}

const SERVICE = '/twirp/github.actions.results.api.v1.ArtifactService'

/** Starts one on a free port of 127.0.0.1. */
export async function startResultsServer(options: { behaviour: ResultsBehaviour }): Promise<ResultsServer> {
  const ids: BackendIds = { run: randomUUID(), job: randomUUID() }
  const token = makeRuntimeToken(ids)
  const store = new ArtifactStore(ids)
  const requests: ReceivedRequest[] = []
  const server = createServer((request, response) => {
    const target = new URL(request.url ?? '/', url)
    requests.push({ method: request.method ?? '', path: target.pathname })
    respond(options.behaviour, store, token, request, target, response).catch(() => response.destroy())
  })
  const url = `http://127.0.0.1:${await listen(server)}/`
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url, token, requests, artifacts: () => store.finished(), stop, [Symbol.asyncDispose]: stop }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'))
      else resolve(address.port)
    })
  })
}

async function respond(
  behaviour: ResultsBehaviour,
  store: ArtifactStore,
  token: string,
  request: IncomingMessage,
  target: URL,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request)
  switch (behaviour) {
    case 'hangs':
      return
    case 'refuses':
      sendRefusal(response, new ArtifactRefusal(403, 'permission_denied', 'artifacts are not allowed here'))
      return
    case 'fails':
      sendRefusal(response, new ArtifactRefusal(500, 'internal', 'the artifact service is out of order'))
      return
    case 'accepts':
      try {
        if (target.pathname.startsWith(SERVICE)) serveTwirp(store, token, request, target, body, response)
        else serveBlob(store, request, target, body, response)
      } catch (error) {
        if (!(error instanceof ArtifactRefusal)) throw error
        sendRefusal(response, error)
      }
  }
}

function serveTwirp(
  store: ArtifactStore,
  token: string,
  request: IncomingMessage,
  target: URL,
  body: Buffer,
  response: ServerResponse,
): void {
  if (request.headers.authorization !== `Bearer ${token}`) {
    throw new ArtifactRefusal(401, 'unauthenticated', 'the bearer token is not the one of this run')
  }
  const message: unknown = JSON.parse(body.toString('utf8'))
  switch (`${request.method} ${target.pathname}`) {
    case `POST ${SERVICE}/CreateArtifact`:
      sendJson(response, 200, {
        ok: true,
        signed_upload_url: new URL(store.create(message), target.origin).href,
      })
      return
    case `POST ${SERVICE}/FinalizeArtifact`:
      sendJson(response, 200, { ok: true, artifact_id: store.finalize(message) })
      return
    default:
      throw new ArtifactRefusal(404, 'bad_route', `no route ${request.method} ${target.pathname}`)
  }
}

function serveBlob(
  store: ArtifactStore,
  request: IncomingMessage,
  target: URL,
  body: Buffer,
  response: ServerResponse,
): void {
  const upload = {
    blob: target.pathname.split('/').at(-1) ?? '',
    signature: target.searchParams.get('sig') ?? '',
  }
  switch (`${request.method} ${target.searchParams.get('comp') ?? ''}`) {
    case 'PUT block':
      store.putBlock(upload, target.searchParams.get('blockid') ?? '', body)
      break
    case 'PUT blocklist':
      store.putBlockList(upload, body.toString('utf8'))
      break
    default:
      throw new ArtifactRefusal(400, 'UnsupportedOperation', `${request.method} ${target.search}`)
  }
  response.writeHead(201, { etag: '"1"', 'x-ms-request-id': randomUUID(), 'content-length': 0 })
  response.end()
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Twirp's form of an error; the blob client takes the code from the header. */
function sendRefusal(response: ServerResponse, refusal: ArtifactRefusal): void {
  response.setHeader('x-ms-error-code', refusal.code)
  sendJson(response, refusal.status, { code: refusal.code, msg: refusal.message })
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}
