import personLock from './program/cli/lock.sh'
import main from './program/cli/main.sh'
import personRecover from './program/cli/recover.sh'
import complaint from './program/compose/complaint.sh'
import details from './program/compose/details.sh'
import envFile from './program/compose/env-file.sh'
import images from './program/compose/images.sh'
import inventory from './program/compose/inventory.sh'
import project from './program/compose/project.sh'
import restore from './program/compose/restore.sh'
import volumes from './program/compose/volumes.sh'
import docker from './program/lib/docker.sh'
import frame from './program/lib/frame.sh'
import jobs from './program/lib/jobs.sh'
import lock from './program/lib/lock.sh'
import plan from './program/lib/plan.sh'
import redact from './program/lib/redact.sh'
import references from './program/lib/references.sh'
import transaction from './program/lib/transaction.sh'
import apply from './program/phases/apply.sh'
import assess from './program/phases/assess.sh'
import baseline from './program/phases/baseline.sh'
import begin from './program/phases/begin.sh'
import confirm from './program/phases/confirm.sh'
import detachment from './program/phases/detachment.sh'
import diagnostics from './program/phases/diagnostics.sh'
import prefetch from './program/phases/prefetch.sh'
import preflight from './program/phases/preflight.sh'
import recover from './program/phases/recover.sh'
import releases from './program/phases/releases.sh'
import rollback from './program/phases/rollback.sh'
import snapshot from './program/phases/snapshot.sh'
import space from './program/phases/space.sh'
import trial from './program/phases/trial.sh'
import verify from './program/phases/verify.sh'
import watch from './program/phases/watch.sh'
import arm from './program/watchdog/arm.sh'
import bootTrigger from './program/watchdog/boot-trigger.sh'
import guard from './program/watchdog/guard.sh'
import notify from './program/watchdog/notify.sh'
import oldImages from './program/watchdog/old-images.sh'
import retention from './program/watchdog/retention.sh'
import { shellConstants } from './protocol/shell-constants.ts'

/** The host program as one text: what every part may use stands first. */
export const hostProgram = [
  ...[frame, shellConstants, redact, docker, references, plan, transaction, lock, jobs],
  ...[inventory, project, envFile, complaint, details, images, volumes, restore],
  ...[bootTrigger, arm, guard, notify, oldImages, retention],
  ...[preflight, detachment, begin, snapshot, space, prefetch, trial, apply, watch, assess, baseline],
  ...[confirm, rollback, recover, diagnostics, verify, releases],
  ...[personLock, personRecover, main],
].join('\n')
