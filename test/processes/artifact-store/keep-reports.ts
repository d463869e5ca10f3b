/** Keeps reports as a step does, in a process of its own: the upload reads the environment of the step. */
import { pathToFileURL } from 'node:url'
import type { Assessment } from '../../../src/model/assessment.ts'
import { createArtifactStore } from '../../../src/output/artifacts/artifact-store.ts'

const {
  KEEP_DIAGNOSTICS,
  KEEP_DIAGNOSTICS_NAME,
  KEEP_EXTRAS,
  KEEP_FILES,
  KEEP_MODULE,
  KEEP_SERVER,
  KEEP_TEMP,
  KEEP_NAME,
} = process.env
const store = createArtifactStore({
  run: {
    repository: 'acme/trade',
    runId: '77',
    runAttempt: '2',
    job: 'deploy',
    serverUrl: KEEP_SERVER ?? '',
    runnerTemp: KEEP_TEMP ?? '',
  },
  ...(KEEP_NAME === undefined ? {} : { name: KEEP_NAME, retentionDays: 5 }),
  diagnosticsName: KEEP_DIAGNOSTICS_NAME === 'post-diagnostics' ? 'post-diagnostics' : 'diagnostics',
  uploadModule: pathToFileURL(KEEP_MODULE ?? ''),
  mask: (text) => text.replaceAll('canary', '***'),
})
const files = JSON.parse(KEEP_FILES ?? '') as Assessment['files']
const kept =
  KEEP_DIAGNOSTICS === undefined
    ? await store.keep('t-1', files, JSON.parse(KEEP_EXTRAS ?? '[]') as Assessment['extras'])
    : await store.keepDiagnostics('t-1', {
        files: Object.entries(JSON.parse(KEEP_DIAGNOSTICS) as Record<string, string>).map(([name, text]) => ({
          name,
          bytes: Buffer.from(text),
        })),
        reports: files,
        gate: { kind: 'not_run' },
      })
console.log(`KEPT ${JSON.stringify(kept)}`)
