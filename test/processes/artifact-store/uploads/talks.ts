/** An upload whose library prints runner commands, and whose error holds the key of an upload address. */
import { parentPort } from 'node:worker_threads'

process.stdout.write('::set-output name=forged::by the upload\n##[error]forged\n')
process.stderr.write('::error::forged\n')
parentPort?.postMessage({
  kind: 'failed',
  detail: 'PUT https://blob.example/a/b/c?sig=verysecret&se=1 answered 403',
})
