/** Keeps reports as a step does, in a process of its own: the upload reads the environment of the step. */
import { pathToFileURL } from 'node:url'
import type { Assessment } from '../../../src/assess/evidence.ts'
import { createArtifactStore } from '../../../src/report/artifact-store.ts'

const { KEEP_FILES, KEEP_MODULE, KEEP_SERVER, KEEP_TEMP, KEEP_NAME } = process.env
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
  uploadModule: pathToFileURL(KEEP_MODULE ?? ''),
})
const kept = await store.keep('t-1', JSON.parse(KEEP_FILES ?? '') as Assessment['files'])
console.log(`KEPT ${JSON.stringify(kept)}`)
