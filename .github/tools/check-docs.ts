/**
 * Holds the documents of the example to its files, the compose files to compose, and runnable blocks to what they
 * promise. Names everything that is wrong, and exits 1 when there is something.
 */
import { staleNames } from '../../test/support/docs/example-names.ts'
import { failedRuns } from '../../test/support/docs/example-runs.ts'
import { EXAMPLE, exampleTexts, readDocuments } from '../../test/support/docs/example-texts.ts'
import { provideCompose } from '../../test/support/private-host/provision.ts'

const texts = exampleTexts()

/** Without Compose the files cannot be checked, and that fails: the check must not pass for what it did not do. */
async function runComplaints(): Promise<readonly string[]> {
  try {
    const composePlugin = await provideCompose(console.log)
    return failedRuns(EXAMPLE, readDocuments(), composePlugin)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

const complaints = [...staleNames(texts), ...(await runComplaints())]
for (const complaint of complaints) console.error(complaint)
process.exitCode = complaints.length === 0 ? 0 : 1
