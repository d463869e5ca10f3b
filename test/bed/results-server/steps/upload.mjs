import { DefaultArtifactClient } from '@actions/artifact'
import { setOutput } from '@actions/core'

const { ARTIFACT_NAME, ARTIFACT_ROOT, ARTIFACT_FILES = '[]', RETENTION_DAYS } = process.env
const files = JSON.parse(ARTIFACT_FILES).map((file) => `${ARTIFACT_ROOT}/${file}`)
const options = RETENTION_DAYS === undefined ? {} : { retentionDays: Number(RETENTION_DAYS) }
try {
  const uploaded = await new DefaultArtifactClient().uploadArtifact(
    ARTIFACT_NAME,
    files,
    ARTIFACT_ROOT,
    options,
  )
  setOutput('id', uploaded.id)
  setOutput('digest', uploaded.digest)
} catch (error) {
  setOutput('error', String(error))
  // A retry timer of the client would keep the process for minutes.
  process.exit(1)
}
