/**
 * Publishes a report as a step does, in a process of its own: it writes to the step's files and its stdout. With
 * `PUBLISH_LATER`, the summary of that report after it, as a post step does.
 */
import type { DeploymentReport } from '../../../src/model/outcome.ts'
import { Secret } from '../../../src/model/secret.ts'
import { createReporter } from '../../../src/output/log.ts'
import { createMask } from '../../../src/output/mask.ts'
import { publishReport, publishSummary } from '../../../src/output/publish.ts'
import { RUN } from './builders.ts'

const { PUBLISH_LATER, PUBLISH_REPORT, PUBLISH_SECRETS } = process.env
const secrets = (JSON.parse(PUBLISH_SECRETS ?? '[]') as readonly string[]).map((value) => new Secret(value))
const report = JSON.parse(PUBLISH_REPORT ?? '') as DeploymentReport
const [reporter, mask] = [createReporter(secrets), createMask(secrets)]
await publishReport(report, RUN, reporter, mask)
if (PUBLISH_LATER !== undefined)
  await publishSummary(JSON.parse(PUBLISH_LATER) as DeploymentReport, RUN, reporter, mask)
