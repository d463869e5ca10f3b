import type { DeploymentReport } from '../../model/outcome.ts'
import { shellWord } from './quote.ts'

/**
 * The commands by which a person sees on the host how far a deployment got and what runs. Printed for
 * people, and never run by this action. Indented by two spaces: to be copied as they are.
 */
export function lookCommands({ projectDir, transactionId, services }: DeploymentReport): readonly string[] {
  const containers = services.slice(0, 20).map(({ container }) => shellWord(container))
  return [
    statusCommand(projectDir),
    `  cat ${shellWord(pathOf({ projectDir, transactionId }, 'journal'))}`,
    "  docker ps --all --format 'table {{.Names}}\\t{{.Image}}\\t{{.Status}}'",
    ...(containers.length === 0
      ? []
      : [`  docker inspect --format '{{.Name}} {{.Image}} {{.State.Status}}' ${containers.join(' ')}`]),
  ]
}

/** Where on the host something of a transaction is. */
export function pathOf(
  { projectDir, transactionId }: Pick<DeploymentReport, 'projectDir' | 'transactionId'>,
  within: string,
): string {
  return `${projectDir}/.closed-loop/transactions/${transactionId}/${within}`
}

/** Lists every transaction kept on the host, and how it ended. */
export function statusCommand(projectDir: string): string {
  return `  sh ${shellWord(`${projectDir}/.closed-loop/host.sh`)} status`
}

/** Ends every unfinished deployment. */
export function recoverCommand(projectDir: string): string {
  return `  sh ${shellWord(`${projectDir}/.closed-loop/host.sh`)} recover`
}

/** Ends a transaction as it is, because a person decided so. */
export function keepCommand(projectDir: string, transactionId: string): string {
  return `  sh ${shellWord(`${projectDir}/.closed-loop/host.sh`)} keep ${shellWord(transactionId)}`
}

/** Restores what ran before a transaction; the host program refuses if there is nothing to restore. */
export function rollbackCommand(projectDir: string, transactionId: string): string {
  return `  sh ${shellWord(`${projectDir}/.closed-loop/host.sh`)} rollback ${shellWord(transactionId)}`
}
