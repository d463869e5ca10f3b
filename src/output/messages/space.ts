import type { PullNeed, Space } from '../../model/space.ts'
import { size } from './quantities.ts'
import { quotedName, quotedOutput } from './quote.ts'

/** What is needed of the disks and what is free there, one after the other. */
export function describeSpace({ pull, dataRoot, project, disks }: Space): string {
  const images =
    dataRoot.kind === 'here'
      ? `${size(dataRoot.freeBytes)} are free where Docker keeps images (${quotedName(dataRoot.path)})`
      : 'what is free where Docker keeps images cannot be seen from the host'
  const place = disks === 'one' ? 'on the same disk' : quotedName(project.path)
  return `${describePull(pull)}, ${images}; snapshot and rollback need ${size(project.needBytes)}, ${size(project.freeBytes)} are free (${place})`
}

function describePull(pull: PullNeed): string {
  if (pull.kind === 'known')
    return `the pull needs at most ${size(pull.bytes)} (${size(pull.downloadBytes)} compressed)`
  switch (pull.why) {
    case 'docker-hub':
      return 'what the pull needs is not known, because Docker Hub counts a question without an account as a pull'
    case 'no-answer':
      return `what the pull needs is not known${pull.detail === '' ? '' : ` (${quotedOutput(pull.detail)})`}`
  }
}
