import { compileRestorePlan } from '../../../src/deploy/restore-plan.ts'
import { parseContainer } from '../../../src/host/protocol/container.ts'
import { fieldsOf } from '../../../src/host/protocol/facts.ts'
import { parseServiceLinks, restorePlanText } from '../../../src/host/protocol/restore-plan.ts'

/** What the client sends with `apply`, of what the host program answered to `snapshot`. */
export function restorePlanOf(answer: readonly (readonly string[])[]): string {
  const facts = answer.flatMap(([name, ...fields]) =>
    name === undefined ? [] : [[name, ...fields] as const],
  )
  const containers = fieldsOf(facts, 'container').map(parseContainer)
  return restorePlanText(compileRestorePlan(containers, parseServiceLinks(facts)))
}
