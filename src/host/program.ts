import frame from './program/00-frame.sh'
import redact from './program/10-redact.sh'
import docker from './program/20-docker.sh'
import references from './program/22-references.sh'
import inventory from './program/30-inventory.sh'
import details from './program/31-details.sh'
import envFile from './program/40-env-file.sh'
import plan from './program/50-plan.sh'
import preflight from './program/51-preflight.sh'
import lock from './program/52-lock.sh'
import preflightProject from './program/53-preflight-project.sh'
import detachment from './program/54-detachment.sh'
import transaction from './program/60-transaction.sh'
import snapshot from './program/61-snapshot.sh'
import prefetch from './program/62-prefetch.sh'
import apply from './program/63-apply.sh'
import watch from './program/64-watch.sh'
import assess from './program/65-assess.sh'
import baseline from './program/65-baseline.sh'
import confirm from './program/66-confirm.sh'
import rollback from './program/67-rollback.sh'
import restore from './program/68-restore.sh'
import volumes from './program/69-volumes.sh'
import guard from './program/70-guard.sh'
import arm from './program/71-arm.sh'
import bootTrigger from './program/72-boot-trigger.sh'
import recover from './program/73-recover.sh'
import notify from './program/74-notify.sh'
import retention from './program/75-retention.sh'
import diagnostics from './program/76-diagnostics.sh'
import verify from './program/77-verify.sh'
import verifyContainers from './program/78-verify-containers.sh'
import jobs from './program/80-jobs.sh'
import personLock from './program/85-person-lock.sh'
import personRecover from './program/86-person-recover.sh'
import main from './program/90-main.sh'

/** The host program as one text: its parts in the order of their names. */
export const hostProgram = [
  frame,
  redact,
  docker,
  references,
  inventory,
  details,
  envFile,
  plan,
  preflight,
  lock,
  preflightProject,
  detachment,
  transaction,
  snapshot,
  prefetch,
  apply,
  watch,
  assess,
  baseline,
  confirm,
  rollback,
  restore,
  volumes,
  guard,
  arm,
  bootTrigger,
  recover,
  notify,
  retention,
  diagnostics,
  verify,
  verifyContainers,
  jobs,
  personLock,
  personRecover,
  main,
].join('\n')
